"""Whether a mandate can be enforced and doesn't contradict itself."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from peculium import exceptions as errors
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
    m = mandate.message()
    if int(mandate.agent_key, 16) == 0 or mandate.agent_key == mandate.principal:
        raise errors.InvalidAgentKey(agentKey=mandate.agent_key)
    if m["validFrom"] >= m["validUntil"]:
        raise errors.ValidityInverted(validFrom=m["validFrom"], validUntil=m["validUntil"])
    if now is not None and to_timestamp(now) >= m["validUntil"]:
        raise errors.ValidityPast(validUntil=m["validUntil"], timestamp=to_timestamp(now))
    if mandate.guard != ZERO_ADDRESS:
        raise errors.GuardNotSupported(guard=mandate.guard)
    if not 1 <= len(mandate.budgets) <= MAX_BUDGETS:
        raise errors.InvalidBudgetCount(count=len(mandate.budgets), maximum=MAX_BUDGETS)
    tokens = _check_budgets(mandate)
    for budget in mandate.budgets:
        _check_payees(budget, tokens, m["validFrom"])
    check_powers(mandate, tokens)


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
    currency = budget.currency
    if not re.fullmatch(CURRENCY, currency):
        raise errors.InvalidCurrency(currency=currency)
    if not 0 <= budget.decimals <= MAX_BUDGET_DECIMALS:
        raise errors.InvalidBudgetDecimals(currency=currency, decimals=budget.decimals, maximum=MAX_BUDGET_DECIMALS)
    if not 1 <= len(budget.windows) <= MAX_WINDOWS:
        raise errors.InvalidWindowCount(currency=currency, count=len(budget.windows), maximum=MAX_WINDOWS)
    message = budget.message()
    previous, smaller = 0, message["paymentLimit"]
    for window in message["windows"]:
        length, limit = window["length"], window["limit"]
        if length % 8 or not MIN_WINDOW <= length <= MAX_WINDOW:
            raise errors.InvalidWindowLength(currency=currency, length=length, minimum=MIN_WINDOW, maximum=MAX_WINDOW)
        if length <= previous:
            raise errors.WindowsNotAscending(currency=currency, previous=previous, length=length)
        if smaller > limit:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=limit)
        previous, smaller = length, limit
    if smaller > message["lifetimeLimit"]:
        raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=message["lifetimeLimit"])
    _check_strangers(message)
    if not 1 <= len(budget.tokens) <= MAX_TOKENS:
        raise errors.InvalidTokenCount(currency=currency, count=len(budget.tokens), maximum=MAX_TOKENS)


def _check_strangers(budget: dict[str, Any]) -> None:
    currency, payment, window = (budget[each] for each in ("currency", "strangerPaymentLimit", "strangerWindowLimit"))
    if (payment == 0) != (window == 0):
        raise errors.StrangerLimitsContradict(currency=currency, paymentLimit=payment, windowLimit=window)
    bounds = ((payment, budget["paymentLimit"]), (payment, window), (window, budget["windows"][0]["limit"]))
    for smaller, larger in bounds:
        if smaller > larger:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=larger)


def _check_payees(budget: Budget, tokens: list[str], valid_from: int) -> None:
    for previous, payee in pairwise(budget.payees):
        if previous == payee:
            raise errors.PayeesNotAscending(previous=previous, payee=payee)
    for payee in budget.payees:
        if payee in tokens or int(payee, 16) == 0:
            raise errors.PayeeRefused(payee=payee)
    _check_limited_payees(budget, tokens, valid_from)


def _check_limited_payees(budget: Budget, tokens: list[str], valid_from: int) -> None:
    previous = ZERO_ADDRESS
    for each in budget.limited_payees:
        if each.payee in tokens or int(each.payee, 16) == 0:
            raise errors.PayeeRefused(payee=each.payee)
        if each.payee == previous:
            raise errors.PayeesNotAscending(previous=previous, payee=each.payee)
        previous = each.payee
        if each.payee in budget.payees:
            raise errors.PayeeTwice(payee=each.payee)
        until = to_timestamp(each.valid_until)
        if until <= valid_from:
            raise errors.PayeeNeverValid(payee=each.payee, validUntil=until, validFrom=valid_from)
