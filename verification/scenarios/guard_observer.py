"""The part of the oracle that reads what guarded wallets do: guards get nothing, and the fleet's limits hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.ledger import ExactWindow
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.terms import Terms
from verification.scenarios.observers import InvariantViolated, Observer, Seen


@dataclass(frozen=True)
class FleetBudget:
    """A budget as the principal has set it."""

    lifetime: int
    windows: Mapping[int, int]
    """The limits, by length (seconds)."""
    opened: Mapping[int, int]
    """Since when each window is open, by its length."""


@dataclass
class Guards(Observer):
    """I34 and I35, from the logs of all wallets together."""

    reserved: frozenset[bytes]
    """Selectors of the functions with which wallets call their guards."""
    terms: dict[str, Terms] = field(default_factory=dict)
    """The last mandate of each wallet."""
    budgets: dict[str, FleetBudget] = field(default_factory=dict)
    """The fleet's budgets, by currency."""
    charges: dict[str, ExactWindow] = field(default_factory=lambda: defaultdict(ExactWindow))
    """What all wallets under the fleet's budget were charged, by currency."""
    pending: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """By digest, for open authorizations under the fleet's budget: currency, time and charge."""

    def see(self, time: int, events: list[Seen]) -> None:
        """Checks one transaction."""
        for event in events:
            if event.name == "MandateInstalled":
                self.terms[event.emitter] = self.installed(event)
            elif event.name in ("PaymentMade", "PaymentAuthorized", "CallMade", "Approval", "Transfer"):
                self._require_nothing_for_the_guard(event)
                self._charge(event, time)
            elif event.name == "AuthorizationClosed":
                self._close(event)
            elif event.name == "Executed":
                self._require_not_reserved(event)
            elif event.name == "FleetBudgetSet":
                self._read_budget(event, time)

    # I34

    def _require_nothing_for_the_guard(self, event: Seen) -> None:
        """No payment, call, approval or transfer of a guarded wallet goes to its guard."""
        moves = event.name in ("Approval", "Transfer")
        wallet = self.name_of(event.topics[0]) if moves else event.emitter
        to = event.topics[0 if event.name == "CallMade" else 1]
        guard = self.terms[wallet].guard if wallet in self.terms else NOBODY
        if guard != NOBODY and self.name_of(to) == guard:
            raise InvariantViolated(f"I34: {event.name} of {wallet} to its guard")

    def _require_not_reserved(self, event: Seen) -> None:
        """No principal makes its wallet call a guard as the wallet itself does."""
        data = b"".join(word.to_bytes(32) for word in event.words[3:4])
        if data[:4] in self.reserved:
            raise InvariantViolated(f"I34: the principal of {event.emitter} made it call a guard")

    # I35

    def _charge(self, event: Seen, time: int) -> None:
        wallet = event.emitter
        if event.name not in ("PaymentMade", "PaymentAuthorized") or self.terms[wallet].guard != FLEET:
            return
        budget = self.terms[wallet].budget_of(self.name_of(event.topics[0]))
        assert budget is not None
        currency, charge = budget.currency, event.words[1 if event.name == "PaymentMade" else 2]
        self.charges[currency].add(time, charge)
        if event.name == "PaymentAuthorized":
            self.pending[f"{event.words[1]:064x}"] = currency, time, charge
        self._require_within(currency, time)

    def _require_within(self, currency: str, time: int) -> None:
        budget = self.budgets[currency]
        for length, limit in budget.windows.items():
            since = max(time - length, budget.opened[length] - 1)
            total = self._sum(currency, since)
            if total > limit:
                raise InvariantViolated(
                    f"I35: the fleet was charged {total} {currency} in {length} s until {time}, limit {limit}"
                )
        total = self._sum(currency, -1)
        if total > budget.lifetime:
            raise InvariantViolated(f"I35: the fleet was charged {total} {currency}, limit {budget.lifetime}")

    def _sum(self, currency: str, since: int) -> int:
        return sum(charge for when, charge in self.charges[currency].log if when > since)

    def _close(self, event: Seen) -> None:
        currency, time, charge = self.pending.pop(event.topics[0][2:], ("", 0, 0))
        if currency and not event.words[1]:
            self.charges[currency].log.remove((time, charge))

    def _read_budget(self, event: Seen, time: int) -> None:
        start = event.words[3] // 32
        count, rest = event.words[start], event.words[start + 1 :]
        windows = {rest[2 * i]: rest[2 * i + 1] for i in range(count)}
        self.set_budget(_text(event.words, event.words[0] // 32), event.words[2], windows, time)

    def set_budget(self, currency: str, lifetime: int, windows: Mapping[int, int], time: int) -> None:
        """Sets a budget; a window that was open continues."""
        before = self.budgets.get(currency)
        opened = {length: before.opened.get(length, time) if before else time for length in windows}
        self.budgets[currency] = FleetBudget(lifetime, windows, opened)


def _text(words: list[int], start: int) -> str:
    """A text of at most 32 bytes in the data of an event."""
    return words[start + 1].to_bytes(32)[: words[start]].decode() if words[start] else ""
