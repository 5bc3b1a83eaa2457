"""What a new mandate does to a wallet that its principal may not expect."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from peculium.mandate import NO_LIMIT, Budget, Mandate
from peculium.units import from_base_units

if TYPE_CHECKING:
    from peculium.wallet.views import WalletViews


def review(wallet: WalletViews, mandate: Mandate, first_block: int) -> Iterator[str]:
    """Yields a sentence for each; see `AgentWallet.review`."""
    for currency, spent in dropped_currencies(wallet, mandate, first_block):
        yield (
            f"The mandate drops {currency}, in which {spent} was spent. A later mandate in {currency} counts it again; "
            "one in another name for the same money doesn't."
        )
    for budget in mandate.budgets:
        yield from _payees_paid_before(wallet, budget, first_block)
    for held in wallet.held_authorizations(first_block):
        token, payee, amount = (held.struct[name] for name in ("token", "payee", "amount"))
        yield (
            f"The agent has pre-authorized a payment of {amount} base units of {token} to {payee}, valid until "
            f"{held.valid_before:%Y-%m-%d %H:%M:%S} UTC. If it isn't settled yet, the new mandate voids it."
        )


def dropped_currencies(wallet: WalletViews, mandate: Mandate, first_block: int = 0) -> list[tuple[str, Decimal]]:
    """Returns the currencies of earlier mandates that this one drops although something was spent in them.

    With each comes what was spent (whole units).
    """
    installed = wallet.events("MandateInstalled", first_block)
    budgets = (budget for event in installed for budget in event.arguments["mandate"]["budgets"])
    # Not a set: the sentences keep the order of the mandates.
    earlier = dict.fromkeys(budget["currency"] for budget in budgets)
    kept = {budget.currency for budget in mandate.budgets}
    spent = ((name, wallet.spent(name)) for name in earlier if name not in kept)
    return [(name, amount) for name, amount in spent if amount]


def _payees_paid_before(wallet: WalletViews, budget: Budget, first_block: int) -> Iterator[str]:
    for limited in budget.limited_payees:
        if limited.limit == NO_LIMIT:
            continue
        payments = wallet.events_with("PaymentMade", first_block, payee=limited.payee)
        tokens = {token.address for token in budget.tokens}
        charges = sum(each.arguments["charge"] for each in payments if each.arguments["token"] in tokens)
        uncounted = from_base_units(charges - wallet.read("paidTo", budget.currency, limited.payee), budget.decimals)
        if uncounted > 0:
            yield (
                f"{limited.payee} has been paid at least {uncounted} {budget.currency} while it had no limit of its own. A limit "
                "counts only the payments made while it stands."
            )
