"""The encoding of a mandate in the code that the wallet reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from peculium.mandate.arguments import ArgumentKind
from peculium.mandate.bounds import ZERO_ADDRESS
from peculium.mandate.budget import Budget, Window
from peculium.mandate.values import address_bytes
from peculium.units import to_seconds, to_timestamp

if TYPE_CHECKING:
    from peculium.mandate.mandate import Mandate

# Lengths of the sections and entries (bytes), as in `MandateDecoder`.
HEAD, TOKEN, BUDGET, CALL, PAYEE, LIMITED_PAYEE = 134, 30, 76, 29, 20, 38


def encode(mandate: Mandate) -> bytes:
    """Encodes a mandate in the layout of `MandateDecoder`: the wallet's copy without its leading STOP byte."""
    tokens = [(i, budget, token) for i, budget in enumerate(mandate.budgets) for token in budget.tokens]
    books = b"".join(_cheque_book_code(book) for book in mandate.message()["powers"]["chequeBooks"])
    guard = address_bytes(mandate.guard) if mandate.guard != ZERO_ADDRESS else b""
    limits = b"".join(_further_limits(mandate, budget) for budget in mandate.budgets)
    middle = HEAD + TOKEN * len(tokens) + BUDGET * len(mandate.budgets) + len(books + guard + limits)
    calls = _calls_code(mandate, middle)
    parts = [_head_code(mandate, len(tokens), middle)]
    for index, budget, token in tokens:
        difference = budget.decimals - token.decimals
        parts.append(address_bytes(token.address) + bytes([index, difference >= 0]))
        parts.append((10 ** abs(difference)).to_bytes(8))
    payees = middle + len(calls)
    for budget in mandate.budgets:
        parts.append(_budget_code(mandate, budget, payees))
        payees += PAYEE * len(budget.payees) + LIMITED_PAYEE * len(budget.limited_payees)
    parts += [books, guard, limits, calls]
    for budget in mandate.budgets:
        parts += [address_bytes(payee) for payee in budget.payees]
        for each in budget.limited_payees:
            until = to_timestamp(each.valid_until).to_bytes(6)
            parts.append(address_bytes(each.payee) + budget.units(each.limit).to_bytes(12) + until)
    return b"".join(parts)


def _head_code(mandate: Mandate, tokens: int, first_call: int) -> bytes:
    m, powers = mandate.message(), mandate.message()["powers"]
    return b"".join(
        (
            address_bytes(mandate.principal),
            mandate.epoch.to_bytes(8),
            address_bytes(mandate.agent_key),
            m["validFrom"].to_bytes(6),
            m["validUntil"].to_bytes(6),
            mandate.hash(),
            bytes([tokens, len(mandate.budgets), len(mandate.calls)]),
            first_call.to_bytes(2),
            bytes([len(mandate.cheque_books) | (128 if mandate.guard != ZERO_ADDRESS else 0), powers["maxRequests"]]),
            powers["maxRequestAge"].to_bytes(4),
            powers["gasTerms"]["operationLimit"].to_bytes(12),
            powers["gasTerms"]["windowLimit"].to_bytes(12),
            (powers["gasTerms"]["window"] // 8).to_bytes(3),
            powers["maxAuthorizationAge"].to_bytes(4),
        )
    )


def _budget_code(mandate: Mandate, budget: Budget, payees: int) -> bytes:
    lifetime = budget.units(budget.lifetime_limit) - _lifetime_reserve(mandate, budget)
    limits = (budget.units(budget.payment_limit), lifetime, _window_limit(mandate, budget, budget.windows[0]))
    flags = len(budget.windows) - 1 | (128 if budget.stranger_payment_limit else 0)
    lists = len(budget.payees).to_bytes(2) + payees.to_bytes(2) + bytes([len(budget.limited_payees)])
    limited = payees + PAYEE * len(budget.payees)
    return b"".join(
        (
            budget.currency_key,
            *(limit.to_bytes(12) for limit in limits),
            bytes([flags]),
            lists,
            limited.to_bytes(2),
        )
    )


def _further_limits(mandate: Mandate, budget: Budget) -> bytes:
    limits = [_window_limit(mandate, budget, window) for window in budget.windows[1:]]
    if budget.stranger_payment_limit:
        book, first = mandate.book_of(budget), to_seconds(budget.windows[0].length)
        reserve = book.within(first, budget.units(book.limit)) if book and book.strangers else 0
        limits.append(budget.units(budget.stranger_payment_limit))
        limits.append(budget.units(budget.stranger_window_limit) - reserve)
    return b"".join(limit.to_bytes(12) for limit in limits)


def _window_limit(mandate: Mandate, budget: Budget, window: Window) -> int:
    book = mandate.book_of(budget)
    reserve = book.within(to_seconds(window.length), budget.units(book.limit)) if book else 0
    return budget.units(window.limit) - reserve


def _lifetime_reserve(mandate: Mandate, budget: Budget) -> int:
    book, m = mandate.book_of(budget), mandate.message()
    return book.between(m["validFrom"], m["validUntil"] - 1, budget.units(book.limit)) if book else 0


def _calls_code(mandate: Mandate, start: int) -> bytes:
    tokens = [token.address for budget in mandate.budgets for token in budget.tokens]
    messages = mandate.message()["powers"]["calls"]
    rules = [_rule_code(message, tokens.index(message["token"])) for message in messages]
    offset = start + CALL * len(rules)
    index = b""
    for rule, code in zip(mandate.calls, rules, strict=True):
        name = address_bytes(rule.target) + rule.selector + bytes([rule.variant])
        index += name + offset.to_bytes(2) + len(code).to_bytes(2)
        offset += len(code)
    return index + b"".join(rules)


def _rule_code(rule: dict[str, Any], token: int) -> bytes:
    # Without target, selector and variant, which are in the index. `token` is the token's place in the mandate.
    arguments, floor = rule["arguments"], b""
    tail = bool(arguments) and arguments[-1]["kind"] == ArgumentKind.TAIL_IN
    flags = len(arguments) | (64 if tail else 0) | (128 if rule["gain"] else 0)
    if rule["gain"]:
        floor = address_bytes(rule["gainToken"]) + rule["gain"].to_bytes(12) + rule["per"].to_bytes(12)
    numbers = ((rule["valueLimit"], 12), (rule["pullLimit"], 12), (rule["maxCalls"], 4), (rule["window"] // 8, 3))
    parts = [bytes([token]), *(int(number).to_bytes(length) for number, length in numbers), bytes([flags]), floor]
    for argument in arguments:
        parts += [bytes([argument["kind"], len(argument["values"])]), *argument["values"]]
    return b"".join(parts)


def _cheque_book_code(book: dict[str, Any]) -> bytes:
    numbers = ((book["count"], 2), (book["limit"], 12), (book["period"], 4), (book["strangers"], 1))
    return address_bytes(book["token"]) + b"".join(int(number).to_bytes(length) for number, length in numbers)
