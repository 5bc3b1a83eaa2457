"""What a new mandate widens, and what it narrows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain

from peculium.checks import checked
from peculium.errors import digits, quote
from peculium.explain.budget_differences import budget_differences
from peculium.explain.call_differences import call_differences
from peculium.explain.difference import Difference, Direction, by_size, changed, difference
from peculium.explain.words import NATIVE_WORDS, Naming, length, moment, money, native
from peculium.explain.worst_case import WorstCase, worst_cases
from peculium.mandate import ZERO_ADDRESS, ChequeBook, Mandate
from peculium.units import to_seconds, to_timestamp


@checked
def diff(old: Mandate, new: Mandate, names: Mapping[str, str] | None = None) -> list[Difference]:
    """Returns what differs, one entry each: field by field, and then the worst case in money.

    Empty if and only if both have the same hash. `diff(new, old)` has the same entries the other way around. `names` are
    addresses by name. Raises the error of `Mandate.check` for a mandate that no wallet would take.
    """
    naming = Naming(names)
    worst = list(_worst_cases(old, new))
    found = list(
        chain(
            _head(old, new, naming),
            budget_differences(old, new, naming),
            _cheques(old, new, naming),
            call_differences(old, new, naming),
            _powers(old, new),
            worst,
        )
    )
    if not found and old.hash() != new.hash():
        text = "Only the order of lists differs, which has no effect. Signatures of one are not valid for the other."
        found.append(Difference(Direction.CHANGED, "order", text, *("0x" + each.hash().hex() for each in (old, new))))
    return found


def _head(old: Mandate, new: Mandate, naming: Naming) -> Iterator[Difference]:
    yield from changed("principal", "Principal", (old.principal, new.principal), naming)
    yield from changed("agent_key", "Agent key", (old.agent_key, new.agent_key), naming)
    start, end = (to_timestamp(old.valid_from), to_timestamp(new.valid_from)), (old.valid_until, new.valid_until)
    yield from by_size("valid_from", "Begins", start, moment, more_is_wider=False)
    yield from by_size("valid_until", "Ends", map(to_timestamp, end), moment)
    yield from changed("epoch", "Epoch", (old.epoch, new.epoch))
    yield from changed("round", "Round", (old.round, new.round))
    yield from changed("terms", "Address of the terms", (old.terms_uri, new.terms_uri), quote)
    yield from changed(
        "terms_hash", "Hash of the terms", (old.terms_hash, new.terms_hash), lambda each: "0x" + each.hex()
    )
    if old.guard != new.guard:
        before, after = (None if each == ZERO_ADDRESS else naming(each) for each in (old.guard, new.guard))
        direction = Direction.of(after is None, before is None)
        yield difference(direction, "guard", "Guard", (before, after))


def _powers(old: Mandate, new: Mandate) -> Iterator[Difference]:
    yield from by_size("requests.count", "Requests at a time", (old.max_requests, new.max_requests), str)
    ages = to_seconds(old.max_request_age), to_seconds(new.max_request_age)
    yield from by_size("requests.longest_age", "Longest wait of a request", ages, length)
    ages = to_seconds(old.max_authorization_age), to_seconds(new.max_authorization_age)
    yield from by_size("authorizations.longest_age", "Longest validity of an authorization", ages, length)
    before, after = old.gas_terms, new.gas_terms
    if before.window and after.window:
        operations, windows = (before.operation_limit, after.operation_limit), (before.window_limit, after.window_limit)
        yield from by_size("gas.per_operation", "Cost of a user operation", operations, native)
        yield from by_size("gas.limit", "Cost of all user operations in a window", windows, native)
        lengths = to_seconds(before.window), to_seconds(after.window)
        yield from by_size("gas.window", "Window of user operations' cost", lengths, length, more_is_wider=False)
    elif before != after:
        shown = [
            f"{native(each.operation_limit)} each, {digits(each.window_limit)} in any {length(each.window)}"
            if each.window
            else None
            for each in (before, after)
        ]
        yield difference(Direction.of(shown[0] is None, shown[1] is None), "gas", "Cost of user operations", shown)


def _cheques(old: Mandate, new: Mandate, naming: Naming) -> Iterator[Difference]:
    books = _books(old), _books(new)
    for currency in dict.fromkeys((*books[0], *books[1])):
        before, after = (each.get(currency) for each in books)
        field, what = f"budget.{currency}.cheques", f"Cheques in {currency}"
        if before and after:
            yield from _book(field, what, currency, before, after, naming)
            continue
        shown = [
            f"{each.count} in each {length(each.period)}, each at most {money(each.limit, currency)}" if each else None
            for each in (before, after)
        ]
        yield difference(Direction.of(before is None, after is None), field, what, shown)


def _books(mandate: Mandate) -> dict[str, ChequeBook]:
    return {
        budget.currency: book for book in mandate.cheque_books if (budget := mandate.budget_of(book.token)) is not None
    }


def _book(
    field: str, what: str, currency: str, before: ChequeBook, after: ChequeBook, naming: Naming
) -> Iterator[Difference]:
    yield from changed(f"{field}.token", f"{what}, token", (before.token, after.token), naming)
    yield from by_size(f"{field}.count", f"{what} in each period", (before.count, after.count), str)
    limits = before.limit, after.limit
    yield from by_size(f"{field}.limit", f"{what}, one of them", limits, lambda each: money(each, currency))
    periods = to_seconds(before.period), to_seconds(after.period)
    yield from by_size(f"{field}.period", f"{what}, period", periods, length, more_is_wider=False)
    yield from by_size(
        f"{field}.strangers",
        f"{what}, payees",
        (before.strangers, after.strangers),
        lambda strangers: "strangers as well" if strangers else "listed payees only",
    )


def _worst_cases(old: Mandate, new: Mandate) -> Iterator[Difference]:
    found = [{(each.currency, each.gas): each for each in worst_cases(mandate)} for mandate in (old, new)]
    for key in dict.fromkeys((*found[0], *found[1])):
        currency, gas = key
        nothing = WorstCase(currency, gas, Decimal(0), Decimal(0), Decimal(0))
        before, after = (each.get(key, nothing) for each in found)
        field = "worst_case.gas" if gas else f"worst_case.{currency}"
        unit = f"of {NATIVE_WORDS}, for gas," if gas else currency
        for name, words in (("now", "at once"), ("any_24_hours", "in any 24 hours"), ("ever", "ever")):
            yield from by_size(
                f"{field}.{name}",
                f"At most {unit} {words}",
                [_or_endless(getattr(each, name)) for each in (before, after)],
                lambda amount: "without end" if amount.is_infinite() else digits(amount),
            )


def _or_endless(amount: Decimal | None) -> Decimal:
    return Decimal("Infinity") if amount is None else amount
