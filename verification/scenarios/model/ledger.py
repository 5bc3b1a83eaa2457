"""Rolling windows in plain Python: exactly, from a log of every charge, and in buckets, as the contract counts.

Times are unix seconds, amounts are currency units.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BUCKETS = 8
LARGEST = 2**96 - 1
"""The most that a counter holds."""


@dataclass
class ExactWindow:
    """Every charge with its time: the promise that the contract's buckets must keep."""

    log: list[tuple[int, int]] = field(default_factory=list)

    def add(self, time: int, charge: int) -> None:
        """Records a charge."""
        self.log.append((time, charge))

    def counted(self, time: int, length: int) -> int:
        """The sum charged in `(time - length, time]`."""
        return sum(charge for when, charge in self.log if time - length < when <= time)

    def most(self, length: int) -> int:
        """The largest sum in any interval of this length. An interval that ends with a charge reaches it."""
        return max((self.counted(when, length) for when, _ in self.log), default=0)


@dataclass
class BucketLedger:
    """A single window in buckets: a charge counts until eight more buckets have begun after the end of its own.

    Written from the definition, as a list of charges, and not as the ring of sums that the contract stores.
    """

    width: int = 0
    charges: list[tuple[int, int]] = field(default_factory=list)
    """Bucket and charge of everything that may still count."""
    spent: int = 0

    def open(self, time: int, width: int) -> None:
        """Changes the width of the buckets. Everything that still counts is treated as charged now."""
        if width == self.width:
            return
        still = self.counted(time)
        self.width = width
        self.charges = [(time // width, still)]

    def counted(self, time: int) -> int:
        """The sum that counts against the window."""
        if not self.width:
            return 0
        return sum(charge for bucket, charge in self.charges if bucket >= time // self.width - BUCKETS)

    def add(self, time: int, charge: int, window_limit: int, lifetime_limit: int) -> tuple[str, int] | None:
        """Charges; or returns the limit that the charge exceeds, and what remains."""
        left = max(window_limit - self.counted(time), 0)
        if charge > left:
            return "WindowLimitExceeded", left
        left = max(lifetime_limit - self.spent, 0)
        if charge > left:
            return "LifetimeLimitExceeded", left
        self.charges.append((time // self.width, charge))
        self.spent += charge
        return None


@dataclass
class Ledger:
    """The ledger of one currency: several windows, pending authorizations and retroactive charges.

    Written from the definition: each window has a list of settled charges, and counts those of its bucket and of
    the eight before. Pending charges count in every window, always as if charged now.
    """

    windows: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)
    """Width of a bucket, and (time, charge) of everything settled."""
    spent: int = 0
    """Everything ever charged, less what was released."""
    pending: int = 0

    def settled(self, index: int, time: int) -> int:
        """What counts against a window, without pending charges."""
        width, charges = self.windows[index]
        return sum(charge for when, charge in charges if when // width >= time // width - BUCKETS)

    def counted(self, index: int, time: int) -> int:
        """What counts against a window."""
        return self.settled(index, time) + self.pending

    def lifetime(self) -> int:
        """What counts against the lifetime limit."""
        return self.spent

    def open(self, time: int, widths: list[int]) -> None:
        """Sets the windows.

        A width that was open keeps its charges; a new one starts with the largest sum of any open window, charged
        now.
        """
        before = dict(self.windows)
        most = max((self.settled(i, time) for i in range(len(self.windows))), default=0)
        self.windows = [(width, before.get(width, [(time, most)])) for width in widths]

    def charge(self, time: int, amount: int, limits: list[int], lifetime: int) -> tuple[str, int, int] | None:
        """Charges; or returns the limit that the charge exceeds, what remains, and the window's length."""
        lengths = [width * BUCKETS for width, _ in self.windows]
        lefts = [max(limit - self.counted(i, time), 0) for i, limit in enumerate(limits)]
        refusals = [("WindowLimitExceeded", left, length) for left, length in zip(lefts, lengths, strict=True)]
        # The contract checks the first window, then the lifetime limit, then the other windows.
        for refusal in (refusals[0], ("LifetimeLimitExceeded", max(lifetime - self.lifetime(), 0), 0), *refusals[1:]):
            if amount > refusal[1]:
                return refusal
        for _, charges in self.windows:
            charges.append((time, amount))
        self.spent += amount
        return None

    def hold(self, time: int, amount: int) -> None:
        """Makes the last charge pending."""
        for _, charges in self.windows:
            charges.remove((time, amount))
        self.pending += amount

    def settle(self, time: int, amount: int) -> None:
        """Turns a pending charge into one made now."""
        self.pending -= amount
        for _, charges in self.windows:
            charges.append((time, amount))

    def release(self, amount: int) -> None:
        """Removes a pending charge, as if it had never been made."""
        self.pending -= amount
        self.spent -= amount

    def add_retroactively(self, time: int, amount: int, recent: list[int]) -> None:
        """Adds spending that could not be recorded when it happened (cheques).

        All of it counts for life, as far as the counter can hold it, and in each window the part that can be recent.
        """
        amount = min(amount, LARGEST - self.spent)
        self.spent += amount
        for (_, charges), part in zip(self.windows, recent, strict=True):
            charges.append((time, min(amount, part)))

    def next_return(self, index: int, time: int) -> tuple[int, int]:
        """When a window's remaining amount next grows, and by how much; zeros if it never does."""
        width, now = self.windows[index][0], self.settled(index, time)
        for bucket in range(time // width + 1, time // width + BUCKETS + 2):
            then = self.settled(index, bucket * width)
            if then < now:
                return bucket * width, now - then
        return 0, 0
