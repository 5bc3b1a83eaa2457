"""`peculium fleet`: one budget over all your wallets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.reading import principal_option, reader_of
from peculium.cli.stops import seen, sent
from peculium.cli.values import length, whole
from peculium.errors import InvalidInput, digits, quote

if TYPE_CHECKING:
    from peculium.fleet import FleetBudget, FleetRemaining
    from peculium.mandate import Window

fleet = group_of("fleet", "Show or set one budget over all your wallets.")


@command("show", group=fleet)
@principal_option
def show_fleet(caller: Caller, principal: str | None) -> Answer:
    """Show what all your wallets together may spend now."""
    budget = _existing(caller, reader_of(caller, principal).fleet_budget_address())
    if budget is None:
        text = "There is no fleet budget: every wallet has its own limits only."
        return Answer(None, [text], 'peculium fleet set USD --ever "10000 USD" --window "24 hours=500 USD"')
    found = {each: budget.remaining(each) for each in currencies(budget)}
    said = [f"The fleet budget is {budget.address}. It binds the wallets whose mandates have it as their guard."]
    said += [line for currency, state in found.items() for line in _lines(currency, state)]
    return Answer({"address": budget.address, "currencies": found}, said)


@command("set", group=fleet, sends=True)
@click.argument("currency")
@click.option("--ever", required=True, metavar="AMOUNT", help="Limit of everything ever charged.")
@click.option(
    "--window",
    "windows",
    multiple=True,
    required=True,
    metavar="LENGTH=AMOUNT",
    help='A rolling window, such as "24 hours=500". 1 to 4.',
)
@click.option("--decimals", type=int, help="Those of the mandates' budgets. Default: as set before, else 6.")
def set_fleet(caller: Caller, currency: str, ever: str, windows: tuple[str, ...], decimals: int | None) -> Answer:
    """Set the budget of a currency over all your wallets, also while agents spend from it.

    It binds a wallet if its mandate has the fleet budget as its guard. All zero: nobody spends.
    """
    from peculium.mandate.bounds import BUDGET_DECIMALS

    address = caller.principal.fleet_budget_address()
    existing = _existing(caller, address)
    before = existing.remaining(currency) if existing and currency in currencies(existing) else None
    used = decimals if decimals is not None else before.decimals if before else BUDGET_DECIMALS
    limit, limits = whole(ever, currency, used), [_window(each, currency, used) for each in windows]
    limits.sort(key=lambda each: each.length)
    effect = [f"This sets the fleet budget of all your wallets in {currency} ({address}):"]
    effect += [f"- {line}" for line in _set_lines(currency, digits(limit), limits)]
    if before is not None:
        effect += ["It is now:", *(f"- {line}" for line in _lines(currency, before))]
    if existing is None:
        effect.append("Its contract doesn't exist yet, and is deployed first.")
    caller.confirm("\n".join(effect))
    with caller.sending("Waiting for the block") as timer:
        budget = caller.principal.fleet_budget()
        receipt = budget.set_budget(caller.signer, currency, limit, limits, used)
        state, seconds = budget.remaining(currency), timer.seconds()
    result = {"address": address, "currency": currency, "state": state, **sent(receipt, seconds)}
    said = [f"Set. {seen(receipt, seconds)}", *_lines(currency, state)]
    return Answer(result, said, f'write guard = "{address}" in the mandates that it shall bind, and grant them')


def currencies(budget: FleetBudget) -> list[str]:
    """Returns the currencies of a fleet budget, in the order in which they were first set."""
    return list(dict.fromkeys(str(each.arguments["currency"]) for each in budget.events("FleetBudgetSet")))


def _existing(caller: Caller, address: str) -> FleetBudget | None:
    from peculium.fleet import FleetBudget

    return FleetBudget(caller.network.web3, address) if caller.network.node.code(address) else None


def _window(text: str, currency: str, decimals: int) -> Window:
    from peculium.mandate import Window

    over, sign, amount = text.partition("=")
    if not sign:
        raise InvalidInput(
            f'{quote(text)} is no window. Pass a length and an amount, such as "24 hours=500 {currency}".'
        )
    return Window(length(over), whole(amount, currency, decimals))


def _set_lines(currency: str, limit: str, windows: list[Window]) -> list[str]:
    from peculium.explain.words import length as in_words

    lines = [f"{digits(each.limit)} {currency} in any {in_words(each.length)}" for each in windows]
    return [*lines, f"{limit} {currency} ever"]


def _lines(currency: str, state: FleetRemaining) -> list[Any]:
    from peculium.explain.words import length as in_words

    lines = [
        f"{digits(each.remaining)} left of {digits(each.limit)} {currency} in any {in_words(each.length)}"
        for each in state.windows
    ]
    return [*lines, f"{digits(state.lifetime)} left of {digits(state.lifetime_limit)} {currency} for ever"]
