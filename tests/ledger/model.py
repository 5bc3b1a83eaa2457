"""The rolling window in plain Python, twice: exactly, from a log of every charge; and by buckets, as the contract keeps it.

Neither knows the chain. Times are unix seconds, amounts currency units.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BUCKETS = 8


@dataclass
class ExactWindow:
    """Every charge with its time. What no storage could keep, and the promise is about."""

    log: list[tuple[int, int]] = field(default_factory=list)

    def add(self, time: int, charge: int) -> None:
        """Notes a charge."""
        self.log.append((time, charge))

    def counted(self, time: int, length: int) -> int:
        """The sum charged in `(time - length, time]`."""
        return sum(charge for when, charge in self.log if time - length < when <= time)

    def most(self, length: int) -> int:
        """The largest sum in any interval of this length. It is reached at one that ends with a charge."""
        return max((self.counted(when, length) for when, _ in self.log), default=0)


@dataclass
class BucketLedger:
    """What the contract says that it does: a charge counts until eight more buckets have begun after its own has ended.

    Written from the definition, as a list of charges by bucket, and not as the ring of sums that the contract keeps.
    """

    width: int = 0
    charges: list[tuple[int, int]] = field(default_factory=list)
    """Bucket and charge, of everything that may still count."""
    spent: int = 0

    def open(self, time: int, width: int) -> None:
        """A new width counts everything still counted as charged just now."""
        if width == self.width:
            return
        still = self.counted(time)
        self.width = width
        self.charges = [(time // width, still)]

    def counted(self, time: int) -> int:
        """What counts against the window."""
        if not self.width:
            return 0
        return sum(charge for bucket, charge in self.charges if bucket >= time // self.width - BUCKETS)

    def add(self, time: int, charge: int, window_limit: int, lifetime_limit: int) -> tuple[str, int] | None:
        """Charges, or tells which limit it would pass, and what is left of it."""
        left = max(window_limit - self.counted(time), 0)
        if charge > left:
            return "WindowLimitExceeded", left
        left = max(lifetime_limit - self.spent, 0)
        if charge > left:
            return "LifetimeLimitExceeded", left
        self.charges.append((time // self.width, charge))
        self.spent += charge
        return None
