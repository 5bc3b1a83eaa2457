"""Very many charges at once, by the ledger's definition: stories of one length, side by side, as columns of numbers.

What counts in a window at a charge is every accepted charge whose bucket is at most eight before the present one. That is all of
the model: no ring, no floor, no running sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

BUCKETS = 8
"""How many buckets make a window."""
COUNTED = BUCKETS
"""How many buckets before the present one still count."""
START = 1_800_000_000
WIDTHS = ((450, 10_800), (450, 75_600), (10_800, 75_600), (450, 453), (10_800, 324_000))
"""Seconds that a bucket of the first and of the second window lasts."""
SHIFTS = (0, 20, 40)
"""Amounts are small numbers times two to the power of this, so that they reach up to 96 bits."""

Numbers = Any
"""An array of 64-bit integers: a row for each charge of a story, a column for each story."""


@dataclass
class Stories:
    """What is played: charges in the order of time, and the limits of each story."""

    widths: Numbers
    """Two rows."""
    limits: Numbers
    """Two rows."""
    lifetime: Numbers
    times: Numbers
    amounts: Numbers
    shift: Numbers

    def words(self) -> Numbers:
        """The stories as the contract takes them: 64-bit lanes, four a word."""
        size, count = self.times.shape
        lanes = np.zeros((count, size + 2, 4), dtype=">u8")
        lanes[:, 0, 0], lanes[:, 0, 1] = self.widths
        lanes[:, 0, 2], lanes[:, 0, 3] = halves(self.lifetime, self.shift)
        for window in range(2):
            lanes[:, 1, 2 * window], lanes[:, 1, 2 * window + 1] = halves(self.limits[window], self.shift)
        lanes[:, 2:, 0] = self.times.T
        upper, lower = halves(self.amounts, self.shift)
        lanes[:, 2:, 2], lanes[:, 2:, 3] = upper.T, lower.T
        return lanes


@dataclass
class Told:
    """What became of each charge: by whom it was refused (a window's length, 1 for life, 0 for nobody), what is left, counted."""

    refused_by: Numbers
    left: Numbers
    counted: Numbers
    """Two layers, one for each window."""

    def words(self, shift: Numbers) -> Numbers:
        """The same as the contract tells it."""
        size, count = self.left.shape
        lanes = np.zeros((count, size, 8), dtype=">u8")
        lanes[:, :, 0] = self.refused_by.T
        for first, numbers in ((2, self.left), (4, self.counted[0]), (6, self.counted[1])):
            upper, lower = halves(numbers, shift)
            lanes[:, :, first], lanes[:, :, first + 1] = upper.T, lower.T
        return lanes


def halves(numbers: Numbers, shift: Numbers) -> tuple[Numbers, Numbers]:
    """Numbers times two to the power of `shift`, as upper and lower 64 bits of 128."""
    plain, by = numbers.astype(np.uint64), shift.astype(np.uint64)
    # A shift by 64 isn't defined.
    upper = np.where(by == 0, np.uint64(0), plain >> (np.uint64(64) - np.maximum(by, np.uint64(1))))
    return upper, plain << by


def draw(seed: int, count: int, size: int) -> Stories:
    """Random stories. Times gather around the edges of buckets and windows, amounts around what is left."""
    chance = np.random.default_rng(seed)
    widths = np.array(WIDTHS)[chance.integers(0, len(WIDTHS), count)].T
    first = chance.integers(0, 1_000, count)
    limits = np.stack([first, first * chance.integers(1, 5, count) // chance.integers(1, 3, count)])
    lifetime = first * chance.integers(1, 9, count) + chance.integers(0, 3, count)
    times = np.empty((size, count), dtype=np.int64)
    now = START + chance.integers(0, 10**6, count)
    for row in range(size):
        width = widths[chance.integers(0, 2, count), np.arange(count)]
        steps = np.array([0, 0, 0, 1, 1, BUCKETS - 1, BUCKETS, BUCKETS + 1, 3 * BUCKETS])
        buckets = now // width + steps[chance.integers(0, len(steps), count)]
        edge = buckets * width + chance.integers(-1, 2, count)
        now = np.maximum(now, np.where(chance.random(count) < 0.7, edge, now + chance.integers(0, width)))
        times[row] = now
    parts = np.array([1, 2, 2, 3, 4, 8])[chance.integers(0, 6, (size, count))]
    amounts = np.maximum(first // parts + chance.integers(-1, 2, (size, count)), 0)
    shift = np.array(SHIFTS)[chance.integers(0, len(SHIFTS), count)]
    return Stories(widths, limits, lifetime, times, amounts, shift)


def predict(stories: Stories) -> Told:
    """What the definition says of each charge."""
    size, count = stories.times.shape
    buckets = stories.times[None] // stories.widths[:, None]
    accepted = np.zeros((size, count), dtype=np.int64)
    told = Told(
        np.zeros((size, count), np.int64), np.zeros((size, count), np.int64), np.zeros((2, size, count), np.int64)
    )
    for row in range(size):
        amount, spent = stories.amounts[row], accepted[:row].sum(axis=0)
        recent = buckets[:, :row] >= buckets[:, row : row + 1] - COUNTED
        counted = (accepted[:row] * recent).sum(axis=1)
        lefts = np.maximum(stories.limits - counted, 0)
        life = np.maximum(stories.lifetime - spent, 0)
        # Asked in this order: the first window, life, the second window.
        lengths = stories.widths * BUCKETS
        for left, name in ((lefts[1], lengths[1]), (life, 1), (lefts[0], lengths[0])):
            refused = amount > left
            told.refused_by[row] = np.where(refused, name, told.refused_by[row])
            told.left[row] = np.where(refused, left, told.left[row])
        accepted[row] = np.where(told.refused_by[row] == 0, amount, 0)
        told.counted[:, row] = counted + accepted[row]
    return told
