"""Whether a mandate can be enforced and doesn't contradict itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from peculium import errors
from peculium.mandate.bounds import (
    CURRENCY,
    MAX_BUDGET_DECIMALS,
    MAX_BUDGETS,
    MAX_DIFFERENCE,
    MAX_LIMITED_PAYEES,
    MAX_PAYEES,
    MAX_TOKENS,
    MAX_WINDOW,
    MAX_WINDOWS,
    MIN_WINDOW,
    ZERO_ADDRESS,
)
from peculium.mandate.budget import Budget
from peculium.mandate.power_rules import check_powers
from peculium.units import to_timestamp

if TYPE_CHECKING:
    from peculium.mandate.mandate import Mandate


def check(mandate: Mandate, now: datetime | int | None) -> None:
    """Raises the error that the wallet would raise; see `Mandate.check`."""
    try:
        _check(mandate, now)
    except errors.ContractError as error:
        raise explained(mandate, error) from None


def explained(mandate: Mandate, error: errors.ContractError) -> errors.ContractError:
    """Returns an error about a mandate with the unit of the budget that it is about."""
    currency, token = (error.arguments.get(name) for name in ("currency", "token"))
    about = [budget for budget in mandate.budgets if budget.currency == currency]
    if token is not None and (budget := mandate.budget_of(token)) is not None:
        about.append(budget)
    for budget in about:
        error.with_units(budget=errors.Unit(budget.decimals, budget.currency))
    return error


@contextmanager
def explaining(mandate: Mandate) -> Iterator[None]:
    """Does the same for the errors of a block."""
    try:
        yield
    except errors.ContractError as error:
        raise explained(mandate, error) from None


@contextmanager
def in_units(decimals: int, currency: str) -> Iterator[None]:
    """Tells the errors of a block the unit of their budget."""
    try:
        yield
    except errors.ContractError as error:
        error.with_units(budget=errors.Unit(decimals, currency))
        raise


def _check(mandate: Mandate, now: datetime | int | None) -> None:
    m = mandate.message()
    if int(mandate.agent_key, 16) == 0 or mandate.agent_key == mandate.principal:
        raise errors.InvalidAgentKey(agentKey=mandate.agent_key)
    if m["validFrom"] >= m["validUntil"]:
        raise errors.ValidityInverted(validFrom=m["validFrom"], validUntil=m["validUntil"])
    if now is not None and to_timestamp(now) >= m["validUntil"]:
        raise errors.ValidityPast(validUntil=m["validUntil"], timestamp=to_timestamp(now))
    if not 1 <= len(mandate.budgets) <= MAX_BUDGETS:
        raise errors.InvalidBudgetCount(count=len(mandate.budgets), maximum=MAX_BUDGETS)
    tokens = _check_budgets(mandate)
    # The agent may neither pay nor call its guard. Without one, this is the zero address.
    excluded = [*tokens, mandate.guard]
    for budget in mandate.budgets:
        _check_payees(budget, excluded, m["validFrom"])
    check_powers(mandate, tokens)
    _check_guard(mandate, tokens)


def _check_guard(mandate: Mandate, tokens: list[str]) -> None:
    if mandate.guard == ZERO_ADDRESS:
        return
    if mandate.cheque_books:
        raise errors.GuardBesideChequeBook(guard=mandate.guard)
    if mandate.guard in tokens or any(rule.floor and rule.floor.token == mandate.guard for rule in mandate.calls):
        raise errors.GuardIsToken(guard=mandate.guard)


def _check_budgets(mandate: Mandate) -> list[str]:
    # Returns the addresses of all tokens.
    budgets = mandate.budgets
    tokens: list[str] = []
    payees = 0
    for i, budget in enumerate(budgets):
        if budget.currency in (other.currency for other in budgets[:i]):
            raise errors.CurrencyTwice(currency=budget.currency)
        _check_limits(budget)
        for token in budget.tokens:
            if token.address in tokens:
                raise errors.TokenTwice(token=token.address)
            tokens.append(token.address)
            if abs(token.decimals - budget.decimals) > MAX_DIFFERENCE:
                raise errors.InvalidScale(
                    token=token.address, tokenDecimals=token.decimals, budgetDecimals=budget.decimals
                )
        listed = len(budget.payees) + len(budget.limited_payees)
        payees += listed
        too_many = payees > MAX_PAYEES or len(budget.limited_payees) > MAX_LIMITED_PAYEES
        nobody = not listed and not budget.stranger_payment_limit and not mandate.calls
        if nobody or too_many:
            raise errors.InvalidPayeeCount(currency=budget.currency, count=payees, maximum=MAX_PAYEES)
    return tokens


def _check_limits(budget: Budget) -> None:
    message = budget.message()
    windows = [(window["length"], window["limit"]) for window in message["windows"]]
    check_limits(budget.currency, budget.decimals, message["paymentLimit"], windows, message["lifetimeLimit"])
    _check_strangers(message)
    if not 1 <= len(budget.tokens) <= MAX_TOKENS:
        raise errors.InvalidTokenCount(currency=budget.currency, count=len(budget.tokens), maximum=MAX_TOKENS)


def check_limits(
    currency: str, decimals: int, smallest: int, windows: Sequence[tuple[int, int]], lifetime_limit: int
) -> None:
    """Raises the error that the contracts raise for a currency, or for its windows and limits.

    `windows` are lengths (seconds) and limits; no limit may be below `smallest`. Limits are budget base units.
    """
    if not re.fullmatch(CURRENCY, currency):
        raise errors.InvalidCurrency(currency=currency)
    if not 0 <= decimals <= MAX_BUDGET_DECIMALS:
        raise errors.InvalidBudgetDecimals(currency=currency, decimals=decimals, maximum=MAX_BUDGET_DECIMALS)
    if not 1 <= len(windows) <= MAX_WINDOWS:
        raise errors.InvalidWindowCount(currency=currency, count=len(windows), maximum=MAX_WINDOWS)
    previous, smaller = 0, smallest
    for length, limit in windows:
        if length % 8 or not MIN_WINDOW <= length <= MAX_WINDOW:
            raise errors.InvalidWindowLength(currency=currency, length=length, minimum=MIN_WINDOW, maximum=MAX_WINDOW)
        if length <= previous:
            raise errors.WindowsNotAscending(currency=currency, previous=previous, length=length)
        if smaller > limit:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=limit)
        previous, smaller = length, limit
    if smaller > lifetime_limit:
        raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=lifetime_limit)


def _check_strangers(budget: dict[str, Any]) -> None:
    currency, payment, window = (budget[each] for each in ("currency", "strangerPaymentLimit", "strangerWindowLimit"))
    if (payment == 0) != (window == 0):
        raise errors.StrangerLimitsContradict(currency=currency, paymentLimit=payment, windowLimit=window)
    bounds = ((payment, budget["paymentLimit"]), (payment, window), (window, budget["windows"][0]["limit"]))
    for smaller, larger in bounds:
        if smaller > larger:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=larger)


def _check_payees(budget: Budget, excluded: list[str], valid_from: int) -> None:
    for previous, payee in pairwise(budget.payees):
        if previous == payee:
            raise errors.PayeesNotAscending(previous=previous, payee=payee)
    for payee in budget.payees:
        if payee in excluded or int(payee, 16) == 0:
            raise errors.PayeeRefused(payee=payee)
    _check_limited_payees(budget, excluded, valid_from)


def _check_limited_payees(budget: Budget, excluded: list[str], valid_from: int) -> None:
    previous = ZERO_ADDRESS
    for each in budget.limited_payees:
        if each.payee in excluded or int(each.payee, 16) == 0:
            raise errors.PayeeRefused(payee=each.payee)
        if each.payee == previous:
            raise errors.PayeesNotAscending(previous=previous, payee=each.payee)
        previous = each.payee
        if each.payee in budget.payees:
            raise errors.PayeeTwice(payee=each.payee)
        until = to_timestamp(each.valid_until)
        if until <= valid_from:
            raise errors.PayeeNeverValid(payee=each.payee, validUntil=until, validFrom=valid_from)
