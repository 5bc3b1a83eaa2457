"""The whole suite: principals, agents, wallets, tokens and time. Changes are atomic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verification.scenarios.model.bank import Bank
from verification.scenarios.model.charging import Suite
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import Directory
from verification.scenarios.model.operations import EntryPoint
from verification.scenarios.model.outcomes import Event, Refused
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.registry import NO_HASH, Registry
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.wallet import Wallet


class World:
    """The complete state of the model."""

    def __init__(self, now: int, directory: Directory) -> None:
        self.log: list[Event] = []
        """Events of the current transaction."""
        switch = Switch(self.emit)
        self.suite = Suite(
            Bank(self.emit, self.atomically), switch, Registry(self.emit, switch, self._in_force), directory, now
        )
        self.entry_point = EntryPoint(self.suite, self.emit, self.atomically)
        self.paymaster = Paymaster("principal", self.suite, self.emit)
        self.shared = [self.suite.bank, switch, self.suite.registry, self.entry_point, self.paymaster]
        """State that any transaction can change."""
        self.wallets: dict[str, Wallet] = {}

    def emit(self, emitter: str, name: str, *arguments: Any) -> None:
        """Records an event."""
        self.log.append(Event(emitter, name, arguments))

    def _in_force(self, wallet: str) -> bytes:
        return self.wallets[wallet].mandate_hash() if wallet in self.wallets else NO_HASH

    def attempt(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """Runs a transaction that can change only these wallets. A refused one changes nothing; returns the refusal."""
        self.log = []
        return self.atomically(action, *wallets)

    def atomically(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """Runs a nested call. A refused one is rolled back; what happened before it stays."""
        callback = self.suite.bank.callback
        # A token's callback may have changed these wallets meanwhile.
        touched = [*self.shared, *wallets, *(callback.wallets if callback else ())]
        before, events_before = [saved(state) for state in touched], len(self.log)
        try:
            action()
        except Refused as refusal:
            del self.log[events_before:]
            for state, values in zip(touched, before, strict=True):
                vars(state).update(values)
            return refusal
        return None


def saved(state: Any) -> dict[str, Any]:
    """A copy of one object's state, to restore it later."""
    values = {name: value.copy() if type(value) in (dict, set) else value for name, value in vars(state).items()}
    if "ledgers" in values:
        values["ledgers"] = {currency: copied(ledger) for currency, ledger in state.ledgers.items()}
    return values


def copied(ledger: Ledger) -> Ledger:
    """A copy of a ledger."""
    windows = [(width, charges.copy()) for width, charges in ledger.windows]
    return Ledger(windows, ledger.spent, ledger.pending, ledger.returned)
