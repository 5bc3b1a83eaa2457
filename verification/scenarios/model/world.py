"""The whole suite: principals, agents, wallets, tokens, time; and actions that are all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verification.scenarios.model.charging import Suite
from verification.scenarios.model.granting import Places
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.money import Bank
from verification.scenarios.model.operations import EntryPoint
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.registry import NO_HASH, Registry
from verification.scenarios.model.rules import Event, Refused
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.wallet import Wallet


class World:
    """Everything that there is."""

    def __init__(self, now: int, places: Places) -> None:
        self.log: list[Event] = []
        """What was told during the last action."""
        switch = Switch(self.emit)
        self.suite = Suite(Bank(self.emit, self.part), switch, Registry(self.emit, switch, self._in_force), places, now)
        self.entry_point = EntryPoint(self.suite, self.emit, self.part)
        self.paymaster = Paymaster("principal", self.suite, self.emit)
        self.shared = [self.suite.bank, switch, self.suite.registry, self.entry_point, self.paymaster]
        """What any action may change."""
        self.wallets: dict[str, Wallet] = {}

    def emit(self, emitter: str, name: str, *arguments: Any) -> None:
        """Somebody tells something."""
        self.log.append(Event(emitter, name, arguments))

    def _in_force(self, wallet: str) -> bytes:
        return self.wallets[wallet].mandate_hash() if wallet in self.wallets else NO_HASH

    def attempt(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """Does something to these wallets and no other, or else nothing at all; tells why it was refused."""
        self.log = []
        return self.part(action, *wallets)

    def part(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """The same within an action: what it did before stays done."""
        trap = self.suite.bank.trap
        # Whatever a token has called meanwhile is undone too.
        touched = [*self.shared, *wallets, *(trap.wallets if trap else ())]
        before, told = [saved(state) for state in touched], len(self.log)
        try:
            action()
        except Refused as refusal:
            del self.log[told:]
            for state, values in zip(touched, before, strict=True):
                vars(state).update(values)
            return refusal
        return None


def saved(state: Any) -> dict[str, Any]:
    """All that a part of the world remembers, so that what is done to it later can be undone."""
    values = {name: value.copy() if type(value) in (dict, set) else value for name, value in vars(state).items()}
    if "ledgers" in values:
        values["ledgers"] = {currency: copied(ledger) for currency, ledger in state.ledgers.items()}
    return values


def copied(ledger: Ledger) -> Ledger:
    """The same ledger once more."""
    windows = [(width, charges.copy()) for width, charges in ledger.windows]
    return Ledger(windows, ledger.spent, ledger.pending, ledger.returned)
