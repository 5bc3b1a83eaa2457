"""The whole suite: principals, agents, wallets, tokens and time. Changes are atomic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verification.scenarios.model.bank import Bank
from verification.scenarios.model.charging import Suite
from verification.scenarios.model.factory import Factory
from verification.scenarios.model.fleet import Fleet
from verification.scenarios.model.guards import MOODY, MoodyGuard
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

    def __init__(
        self, now: int, directory: Directory, cheque_nonce: Callable[[str, str, bytes, int, int], int]
    ) -> None:
        self.log: list[Event] = []
        """Events of the current transaction."""
        switch = Switch(self.emit)
        self.suite = Suite(
            Bank(self.emit, self.atomically),
            switch,
            Registry(self.emit, switch, self._in_force, self._authority),
            directory,
            cheque_nonce,
            now,
        )
        self.entry_point = EntryPoint(self.suite, self.emit, self.atomically)
        self.paymaster = Paymaster("principal", self.suite, self.emit)
        self.fleet = Fleet("principal", self.suite, self.emit)
        self.moody_guard = MoodyGuard(self.emit, switch)
        self.suite.guards = {self.fleet.name: self.fleet, MOODY: self.moody_guard}
        self.shared = [
            self.suite.bank,
            switch,
            self.suite.registry,
            self.entry_point,
            self.paymaster,
            self.fleet,
            self.moody_guard,
        ]
        """State that any transaction can change."""
        self.wallets: dict[str, Wallet] = {}
        """Every wallet that exists."""
        self.factory = Factory(self.suite, self.wallets, self.emit)

    def emit(self, emitter: str, name: str, *arguments: Any) -> None:
        """Records an event."""
        self.log.append(Event(emitter, name, arguments))

    def _in_force(self, wallet: str) -> bytes | None:
        if wallet in self.wallets:
            return self.wallets[wallet].mandate_hash()
        return NO_HASH if self.suite.directory.has_code(wallet) else None

    def _authority(self, wallet: str) -> tuple[str, int] | None:
        found = self.wallets.get(wallet)
        return (found.principal, found.epoch) if found else None

    def attempt(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """Runs a transaction that can change only these wallets. A refused one changes nothing; returns the refusal."""
        self.log, self.suite.branches = [], []
        return self.atomically(action, *wallets)

    def atomically(self, action: Callable[[], None], *wallets: Wallet) -> Refused | None:
        """Runs a nested call. A refused one is rolled back; what happened before it stays."""
        callback = self.suite.bank.callback
        # A token's callback may have changed these wallets meanwhile.
        touched = [*self.shared, *wallets, *(callback.wallets if callback else ())]
        before, events_before = [saved(state) for state in touched], len(self.log)
        existing = set(self.wallets)
        try:
            action()
        except Refused as refusal:
            del self.log[events_before:]
            for state, values in zip(touched, before, strict=True):
                vars(state).update(values)
            for name in self.wallets.keys() - existing:
                del self.wallets[name]
            return refusal
        return None


def saved(state: Any) -> dict[str, Any]:
    """A copy of one object's state, to restore it later."""
    values = {name: value.copy() if type(value) in (dict, set) else value for name, value in vars(state).items()}
    for name in LEDGERS & values.keys():
        values[name] = {key: copied(ledger) for key, ledger in values[name].items()}
    return values


LEDGERS = {"ledgers", "stranger_ledgers", "call_ledgers"}
"""Members that contain ledgers by key."""


def copied(ledger: Ledger) -> Ledger:
    """A copy of a ledger."""
    windows = [(width, charges.copy()) for width, charges in ledger.windows]
    return Ledger(windows, ledger.spent, ledger.pending)
