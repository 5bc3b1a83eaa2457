"""The factory: creates wallets without anyone's consent (I30), and agents with both sides' signatures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from verification.scenarios.model.charging import Suite
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.registry import NOBODY, Enrollment, Signatures
from verification.scenarios.model.terms import Terms
from verification.scenarios.model.wallet import Wallet

FACTORY = "factory"


class Clone(NamedTuple):
    """A wallet's name, and what its address depends on."""

    name: str
    principal: str
    agent_key: str
    salt: int


@dataclass
class Factory:
    """Creates wallets."""

    suite: Suite
    wallets: dict[str, Wallet]
    emit: Callable[..., None]

    def create_wallet(self, clone: Clone) -> Wallet:
        """Creates a wallet, or returns the one that exists. It has no mandate: only its principal can use it."""
        require(clone.principal != NOBODY, "ZeroAddress")
        wallet = self.wallets.get(clone.name)
        if wallet is None:
            wallet = self.wallets[clone.name] = Wallet(clone.name, self.suite, clone.principal)
            self.suite.bank.receipt_events[clone.name] = "Received"
            self.emit(FACTORY, "WalletCreated", *clone)
        return wallet

    def create_agent(
        self, clone: Clone, terms: Terms, enrollment: Enrollment, accepted: tuple[bool, bytes], signatures: Signatures
    ) -> None:
        """Creates an agent with its first mandate. Its wallet may exist already.

        `accepted` says whether the principal has signed the enrollment, and its digest.
        """
        wallet, registry, now = self.create_wallet(clone), self.suite.registry, self.suite.now
        require(wallet.last is None, "AlreadyInitialized", wallet.principal)
        number = registry.enroll(enrollment, *accepted, now)
        wallet.install(terms)
        registry.anchor_mandate(wallet.name, number, terms, signatures, now)
        self.emit(FACTORY, "AgentCreated", number, *clone)
