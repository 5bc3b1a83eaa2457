"""Whether the powers of a mandate can be enforced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_utils import keccak

from peculium import errors
from peculium.mandate.arguments import ONE_VALUE, SEVERAL_VALUES, ArgumentKind
from peculium.mandate.bounds import (
    MAX_ARGUMENTS,
    MAX_CALLS,
    MAX_CHEQUES,
    MAX_PERIOD,
    MAX_VALUES,
    MAX_WINDOW,
    MIN_PERIOD,
    MIN_WINDOW,
    NATIVE,
    ZERO_ADDRESS,
)
from peculium.mandate.calls import CallRule
from peculium.mandate.powers import ChequeBook
from peculium.units import to_seconds

if TYPE_CHECKING:
    from peculium.mandate.mandate import Mandate

GUARD_SELECTORS = tuple(
    keccak(text=each)[:4]
    for each in (
        "onCharge((address,bytes32,address,address,uint256,uint256,bytes32,bool))",
        "onClose(bytes32,uint96,bool)",
    )
)
"""The functions of a guard that only a wallet itself calls."""


def check_powers(mandate: Mandate, tokens: list[str]) -> None:
    powers = mandate.message()["powers"]
    requests, age = powers["maxRequests"], powers["maxRequestAge"]
    if (requests == 0) != (age == 0):
        raise errors.RequestTermsContradict(maxRequests=requests, maxRequestAge=age)
    _check_gas(powers["gasTerms"])
    if len(mandate.calls) > MAX_CALLS:
        raise errors.InvalidCallCount(count=len(mandate.calls), maximum=MAX_CALLS)
    for previous, rule in zip((None, *mandate.calls), mandate.calls, strict=False):
        if previous is not None:
            _check_variant(previous, rule)
        if rule.target in (*tokens, mandate.guard):
            raise errors.TargetRefused(target=rule.target)
        if rule.selector == bytes(4):
            raise errors.InvalidSelector(target=rule.target, selector=rule.selector)
        if rule.selector in GUARD_SELECTORS:
            raise errors.ReservedForGuards(target=rule.target, selector=rule.selector)
        _check_call_limits(rule, tokens)
        _check_arguments(rule)
        _check_floor(rule)
    for i, book in enumerate(mandate.cheque_books):
        _check_book(mandate, book, mandate.cheque_books[:i])


def _check_variant(previous: CallRule, rule: CallRule) -> None:
    if (previous.target, previous.selector) != (rule.target, rule.selector):
        return
    place = {"target": rule.target, "selector": rule.selector, "variant": rule.variant}
    if previous.variant == rule.variant:
        raise errors.CallsNotAscending(**place)
    if (previous.max_calls, previous.window) != (rule.max_calls, rule.window):
        raise errors.VariantsDiffer(**place)


def _check_call_limits(rule: CallRule, tokens: list[str]) -> None:
    place = {"target": rule.target, "selector": rule.selector}
    if rule.token not in tokens:
        raise errors.InvalidCallToken(**place, token=rule.token)
    if rule.value_limit and NATIVE not in tokens:
        raise errors.NativeNotBudgeted(**place)
    if rule.pull_limit and rule.token == NATIVE:
        raise errors.NativeNotPullable(**place)
    if rule.max_calls == 0:
        raise errors.InvalidMaxCalls(**place)
    length = to_seconds(rule.window)
    if length % 8 or not MIN_WINDOW <= length <= MAX_WINDOW:
        raise errors.InvalidCallWindow(**place, length=length, minimum=MIN_WINDOW, maximum=MAX_WINDOW)


def _check_arguments(rule: CallRule) -> None:
    place = {"target": rule.target, "selector": rule.selector}
    if len(rule.arguments) > MAX_ARGUMENTS:
        raise errors.InvalidArgumentCount(**place, count=len(rule.arguments), maximum=MAX_ARGUMENTS)
    charged = bool(rule.pull_limit) or (rule.token == NATIVE and bool(rule.value_limit))
    dynamic = False
    for index, argument in enumerate(rule.arguments):
        count = len(argument.values)
        several = argument.kind in SEVERAL_VALUES
        if not (1 <= count <= MAX_VALUES if several else count == int(argument.kind in ONE_VALUE)):
            raise errors.InvalidArgumentValues(**place, index=index, count=count)
        if argument.kind == ArgumentKind.CHARGED:
            if charged:
                raise errors.ChargedTwice(**place)
            charged = True
        dynamic |= argument.kind in (ArgumentKind.ANY_BYTES, ArgumentKind.ANY_WORDS)
        if argument.kind == ArgumentKind.TAIL_IN and (dynamic or index != len(rule.arguments) - 1):
            raise errors.InvalidTail(**place, index=index)


def _check_floor(rule: CallRule) -> None:
    floor, place = rule.floor, {"target": rule.target, "selector": rule.selector}
    if floor is None:
        return
    if (floor.gain == 0) != (floor.per == 0):
        raise errors.FloorIncomplete(**place, gain=floor.gain, per=floor.per)
    if floor.gain == 0:
        if floor.token != ZERO_ADDRESS:
            raise errors.GainTokenWithoutFloor(**place, gainToken=floor.token)
        return
    if floor.token == rule.token:
        raise errors.FloorInOwnToken(**place, token=floor.token)
    if rule.value_limit and rule.token != NATIVE:
        raise errors.ValueBesideFloor(**place)
    if not rule.charges():
        raise errors.FloorWithoutCharge(**place)


def _check_gas(terms: dict[str, int]) -> None:
    window = terms["window"]
    if len({terms[name] == 0 for name in terms}) != 1 or terms["operationLimit"] > terms["windowLimit"]:
        raise errors.GasTermsContradict(**terms)
    if window and (window % 8 or not MIN_WINDOW <= window <= MAX_WINDOW):
        raise errors.InvalidGasWindow(length=window, minimum=MIN_WINDOW, maximum=MAX_WINDOW)


def _check_book(mandate: Mandate, book: ChequeBook, before: tuple[ChequeBook, ...]) -> None:
    budget = mandate.budget_of(book.token)
    if budget is None or book.token == NATIVE:
        raise errors.InvalidChequeToken(token=book.token)
    if any(mandate.budget_of(other.token) is budget for other in before):
        raise errors.ChequeBookTwice(currency=budget.currency)
    if not 1 <= book.count <= MAX_CHEQUES:
        raise errors.InvalidChequeCount(token=book.token, count=book.count, maximum=MAX_CHEQUES)
    period, limit = to_seconds(book.period), budget.units(book.limit)
    payment = budget.units(budget.stranger_payment_limit if book.strangers else budget.payment_limit)
    if not MIN_PERIOD <= period <= MAX_PERIOD:
        raise errors.InvalidChequePeriod(token=book.token, period=period, minimum=MIN_PERIOD, maximum=MAX_PERIOD)
    if not 1 <= limit <= payment:
        raise errors.InvalidChequeLimit(token=book.token, limit=limit, paymentLimit=payment)
    m = mandate.message()
    reserves = [(book.within(to_seconds(w.length), limit), budget.units(w.limit)) for w in budget.windows]
    if book.strangers:
        reserves.insert(0, (reserves[0][0], budget.units(budget.stranger_window_limit)))
    reserves.append((book.between(m["validFrom"], m["validUntil"] - 1, limit), budget.units(budget.lifetime_limit)))
    for reserve, bound in reserves:
        if reserve > bound:
            raise errors.ChequesExceedLimit(token=book.token, reserve=reserve, limit=bound)
