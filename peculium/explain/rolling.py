"""The most that rolling windows let through, by their definition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

STEPS = 20_000
"""Payments that are followed one by one. A longer interval is put together from parts, which is never too little."""


def most_within(windows: Sequence[tuple[int, int]], seconds: int, ceiling: int | None = None) -> int:
    """Returns the largest sum that can be charged within an interval of so many seconds.

    `windows` are lengths (seconds) and limits: in every interval of the length, at most the limit. `ceiling` is a limit for
    all. Who always charges as much as every window allows, as soon as it does, is ahead of everybody else at all times: the
    total up to `t` is at most each window's limit plus the total up to `t` less the window's length.
    """
    totals = _Totals(windows, seconds, ceiling)
    found = totals.within(seconds)
    return found if ceiling is None else min(found, ceiling)


class _Totals:
    def __init__(self, windows: Sequence[tuple[int, int]], seconds: int, ceiling: int | None) -> None:
        self._times = [0]
        self._sums = [min(limit for _, limit in windows)]
        self._complete = True
        self._end = 0
        left = [0] * len(windows)
        while (next_time := self._next(windows, left)) is not None and next_time < seconds:
            if ceiling is not None and self._sums[-1] >= ceiling:
                return
            self._end = next_time
            if len(self._times) >= STEPS:
                self._complete = False
                return
            self._advance(windows, left, next_time)

    def _next(self, windows: Sequence[tuple[int, int]], left: list[int]) -> int | None:
        # The next time at which a charge leaves a window.
        pairs = zip(windows, left, strict=True)
        times = [self._times[gone] + length for (length, _), gone in pairs if gone < len(self._times)]
        return min(times, default=None)

    def _advance(self, windows: Sequence[tuple[int, int]], left: list[int], now: int) -> None:
        allowed = []
        for i, (length, limit) in enumerate(windows):
            while left[i] < len(self._times) and self._times[left[i]] + length <= now:
                left[i] += 1
            allowed.append(limit + (self._sums[left[i] - 1] if left[i] else 0))
        if min(allowed) > self._sums[-1]:
            self._times.append(now)
            self._sums.append(min(allowed))

    def within(self, seconds: int) -> int:
        if seconds <= 0:
            return 0
        if self._complete:
            return self._sums[bisect_right(self._times, seconds - 1) - 1]
        # No part can have more than the most within its own length.
        parts, rest = divmod(seconds, self._end)
        within_rest = self._sums[bisect_right(self._times, rest - 1) - 1] if rest else 0
        return parts * self._sums[-1] + within_rest
