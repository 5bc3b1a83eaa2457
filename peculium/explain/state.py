"""What a wallet's state adds to its mandate: what is left now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from peculium.mandate import NATIVE, NO_LIMIT, Mandate
from peculium.units import from_base_units, from_timestamp

if TYPE_CHECKING:
    from peculium.overview import Overview
    from peculium.wallet import AgentWallet, OperationGas, Remaining


@dataclass(frozen=True)
class WalletState:
    """A wallet's counters and balances at one time, for the mandate in force. Amounts are whole units."""

    mandate_hash: bytes
    """Hash of the mandate in force (32 bytes)."""
    at: datetime
    live: bool
    """Whether the agent may act: neither stopped nor without mandate."""
    remaining: Mapping[str, Remaining]
    """By currency; see `AgentWallet.remaining`."""
    balances: Mapping[str, Decimal]
    """By address of the token, as far as they are known."""
    cheques_left: Mapping[str, int] = field(default_factory=dict)
    """By address of the token of a cheque book: cheques of the present period that aren't settled."""
    paid_to: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    """By currency and payee: what counts against the payee's own limit."""
    gas: OperationGas | None = None
    """See `AgentWallet.operation_gas`."""

    @classmethod
    def of(cls, overview: Overview) -> WalletState:
        """Returns the state that an overview has. It has none without a mandate."""
        from peculium.wallet import Remaining

        remaining: dict[str, Remaining] = {}
        paid_to: dict[tuple[str, str], Decimal] = {}
        for each in overview.currencies:
            limits = each.payment_limit, each.lifetime_limit, each.lifetime, each.pending
            remaining[each.name] = Remaining(*limits, each.strangers, each.windows)
            paid_to |= {
                (each.name, payee.address): payee.limit - payee.left for payee in each.payees if payee.limit != NO_LIMIT
            }
        tokens = [token for each in overview.currencies for token in each.tokens]
        return cls(
            mandate_hash=overview.mandate_hash,
            at=overview.time,
            live=overview.live,
            remaining=remaining,
            balances={token.address: token.balance for token in tokens},
            cheques_left={book.token: book.left for book in overview.cheque_books},
            paid_to=paid_to,
            gas=overview.operation_gas,
        )


def read_state(wallet: AgentWallet, mandate: Mandate, live: bool = True) -> WalletState:
    """Reads the state of a wallet that enforces this mandate.

    `live` is False if the agent is stopped, which the registry says (`AgentRegistry.check_wallet`). Raises `NoMandate` or
    `CurrencyNotBudgeted` if another mandate is in force.
    """
    tokens = [token for budget in mandate.budgets for token in budget.tokens]
    limited = [
        (budget, each.payee) for budget in mandate.budgets for each in budget.limited_payees if each.limit != NO_LIMIT
    ]
    return WalletState(
        mandate_hash=wallet.mandate_hash,
        at=from_timestamp(wallet.node.timestamp()),
        live=live,
        remaining={budget.currency: wallet.remaining(budget) for budget in mandate.budgets},
        balances={token.address: _balance(wallet, token.address, token.decimals) for token in tokens},
        cheques_left={book.token: wallet.cheques_left(book.token) for book in mandate.cheque_books},
        paid_to={
            (budget.currency, payee): budget.whole(wallet.read("paidTo", budget.currency, payee))
            for budget, payee in limited
        },
        gas=wallet.operation_gas(),
    )


def _balance(wallet: AgentWallet, token: str, decimals: int) -> Decimal:
    from peculium.token import ERC20

    if token == NATIVE:
        return from_base_units(wallet.web3.eth.get_balance(wallet.web3.to_checksum_address(wallet.address)), 18)
    return from_base_units(ERC20(wallet.web3, token).read("balanceOf", wallet.address), decimals)
