"""Gas terms: limits for the cost of user operations, per operation and per window.

Mandates and paymasters have them.
"""

from __future__ import annotations

from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.terms import BUCKETS, NO_LIMIT

GasTerms = tuple[int, int, int]
"""Limit per operation and per window (wei), and the window's length (seconds)."""
NO_TERMS = 0, 0, 0
MIN_WINDOW, MAX_WINDOW = 3600, 8 * (2**24 - 1)
FOREVER = 2**48 - 1
MAX_START = 2**34
"""The latest start of a period (unix seconds)."""


def check(operation: int, window: int, length: int) -> None:
    """Refuses terms that are neither all zero nor all set, or with an invalid window."""
    together = len({operation == 0, window == 0, length == 0}) == 1 and operation <= window
    require(together, "GasTermsContradict", operation, window, length)
    good = length % BUCKETS == 0 and MIN_WINDOW <= length <= MAX_WINDOW
    require(length == 0 or good, "InvalidGasWindow", length, MIN_WINDOW, MAX_WINDOW)


def open_window(ledgers: dict[str, Ledger], whose: str, newest: int, now: int, length: int) -> int:
    """Opens a window in a ledger; returns the time up to which the ledger is advanced.

    Zero terms leave the ledger as it is: what it counts still counts under later terms.
    """
    width = length // BUCKETS
    if width == 0:
        return newest
    ledger = ledgers.setdefault(whose, Ledger())
    stays = [each for each, _ in ledger.windows] == [width]
    ledger.open(now, [width])
    return newest if stays else now


def charge(ledger: Ledger | None, terms: GasTerms, newest: int, cost: int, period: int) -> tuple[int, int, int]:
    """Charges a cost in the period that an operation names.

    A period is an eighth of the window, counted from the unix epoch. Returns from when until when (exclusive) the
    operation may run, and the time up to which the ledger is advanced. That time never decreases; `newest` was the
    last one.
    """
    if cost == 0:
        return 0, FOREVER, newest
    most, window_limit, window = terms
    require(cost <= most, "OperationCostExceeded", cost, most)
    assert ledger is not None
    width = window // BUCKETS
    start = width * period
    require(start <= MAX_START, "InvalidPeriod", start, MAX_START)
    time = max(start, newest)
    over = ledger.charge(time, cost, [window_limit], NO_LIMIT)
    if over is not None:
        raise Refused(over[0], cost, over[1], over[2])
    return start, start + width, time
