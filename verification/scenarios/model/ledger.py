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


@dataclass
class Ledger:
    """The whole ledger by its definition: several windows, authorizations that are pending, and what cheques may have cost.

    Each window keeps a list of settled charges; what is pending counts in all of them, always as if charged just now.
    """

    windows: list[tuple[int, list[tuple[int, int]]]] = field(default_factory=list)
    """Width of a bucket, and (time, charge) of everything settled."""
    spent: int = 0
    pending: int = 0
    returned: int = 0

    def settled(self, index: int, time: int) -> int:
        """What counts against a window but for what is pending."""
        width, charges = self.windows[index]
        return sum(charge for when, charge in charges if when // width >= time // width - BUCKETS)

    def counted(self, index: int, time: int) -> int:
        """What counts against a window."""
        return self.settled(index, time) + self.pending

    def lifetime(self) -> int:
        """What counts for life."""
        return self.spent - self.returned

    def open(self, time: int, widths: list[int]) -> None:
        """A width that was open goes on; a new one takes the most that any open one counts, as charged just now."""
        before = dict(self.windows)
        most = max((self.settled(i, time) for i in range(len(self.windows))), default=0)
        self.windows = [(width, before.get(width, [(time, most)])) for width in widths]

    def charge(self, time: int, amount: int, limits: list[int], lifetime: int) -> tuple[str, int, int] | None:
        """Charges, or tells which limit it would pass, what is left of it, and the window's length."""
        lengths = [width * BUCKETS for width, _ in self.windows]
        lefts = [max(limit - self.counted(i, time), 0) for i, limit in enumerate(limits)]
        refusals = [("WindowLimitExceeded", left, length) for left, length in zip(lefts, lengths, strict=True)]
        # The first window, life, and then the further windows.
        for refusal in (refusals[0], ("LifetimeLimitExceeded", max(lifetime - self.lifetime(), 0), 0), *refusals[1:]):
            if amount > refusal[1]:
                return refusal
        for _, charges in self.windows:
            charges.append((time, amount))
        self.spent += amount
        return None

    def hold(self, time: int, amount: int) -> None:
        """Makes the charge just made pending."""
        for _, charges in self.windows:
            charges.remove((time, amount))
        self.pending += amount

    def settle(self, time: int, amount: int) -> None:
        """A pending charge counts as made now."""
        self.pending -= amount
        for _, charges in self.windows:
            charges.append((time, amount))

    def release(self, amount: int) -> None:
        """A pending charge counts no more."""
        self.pending -= amount
        self.returned += amount

    def add_retroactively(self, time: int, amount: int, recent: list[int]) -> None:
        """What was spent beside the ledger: all of it for life, and in each window what can be recent."""
        self.spent += amount
        for (_, charges), part in zip(self.windows, recent, strict=True):
            charges.append((time, min(amount, part)))

    def next_return(self, index: int, time: int) -> tuple[int, int]:
        """When more comes back to a window by itself, and how much; zeros if nothing will."""
        width, now = self.windows[index][0], self.settled(index, time)
        for bucket in range(time // width + 1, time // width + BUCKETS + 2):
            then = self.settled(index, bucket * width)
            if then < now:
                return bucket * width, now - then
        return 0, 0
