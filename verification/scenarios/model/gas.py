"""Gas terms: what user operations may cost, each, and within a window. A mandate has them, and a paymaster."""

from __future__ import annotations

from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.rules import Refused, require
from verification.scenarios.model.terms import BUCKETS, NO_LIMIT

GasTerms = tuple[int, int, int]
"""The most that one operation may cost, that all may within the window (wei), and the window (seconds)."""
NO_TERMS = 0, 0, 0
MIN_WINDOW, MAX_WINDOW = 3600, 8 * (2**24 - 1)
FOREVER = 2**48 - 1
MAX_START = 2**40
"""The latest that a period may begin."""


def check(operation: int, window: int, length: int) -> None:
    """All of them nothing, or none."""
    together = len({operation == 0, window == 0, length == 0}) == 1 and operation <= window
    require(together, "GasTermsContradict", operation, window, length)
    good = length % BUCKETS == 0 and MIN_WINDOW <= length <= MAX_WINDOW
    require(length == 0 or good, "InvalidGasWindow", length, MIN_WINDOW, MAX_WINDOW)


def open_window(ledgers: dict[str, Ledger], whose: str, newest: int, now: int, length: int) -> int:
    """Opens a window in a ledger, and tells the time up to which it is brought, which was `newest`. Terms that allow nothing
    leave what is counted as it is, for later ones that do."""
    width = length // BUCKETS
    if width == 0:
        return newest
    ledger = ledgers.setdefault(whose, Ledger())
    stays = [each for each, _ in ledger.windows] == [width]
    ledger.open(now, [width])
    return newest if stays else now


def charge(ledger: Ledger | None, terms: GasTerms, newest: int, cost: int, period: int) -> tuple[int, int, int]:
    """Counts a cost in the period that an operation names, an eighth of the window, counted from the epoch of unix time.

    From when until when (exclusive) it may be carried out; and the time up to which the ledger is brought, which never goes
    back: `newest` was the last."""
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
