"""The agent registry: who answers for an agent, and the status that counterparties read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from verification.scenarios.model.outcomes import require
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import Terms

STATUSES = ("Unknown", "Unaccepted", "Revoked", "Expired", "Dormant", "Paused", "NotYetValid", "Active")
NOBODY = "nobody"
NO_HASH = bytes(32)
WALLET_KEY = "agentWallet"
MAX_WALLET_DEADLINE = 5 * 60
"""The longest validity of a new wallet's signature (seconds from now, inclusive)."""


@dataclass(frozen=True)
class Agent:
    """An agent in the registry."""

    owner: str
    principal: str
    epoch: int
    wallet: str
    valid_from: int
    valid_until: int
    mandate: bytes
    anchors: int
    """Counts anchored mandates and unlinkings: the round of a wallet without code."""


@dataclass(frozen=True)
class NewWallet:
    """A wallet that an agent is to use from now on."""

    wallet: str
    address: bytes
    """The address as bytes, which the registry emits."""


class Enrollment(NamedTuple):
    """What a principal signs to accept liability for a wallet's agent, and the wallet's address as bytes."""

    principal: str
    wallet: str
    epoch: int
    deadline: int
    uri: str
    statement: bytes
    address: bytes


@dataclass(frozen=True)
class Signatures:
    """Whether principal and agent key have signed a mandate, and the digest that they sign."""

    principal: bool
    agent: bool
    digest: bytes


@dataclass
class Registry:
    """The state of the registry, by agent id."""

    emit: Callable[..., None]
    switch: Switch
    in_force: Callable[[str], bytes | None]
    """Returns the hash of the mandate that a contract enforces now; None for an account without code."""
    authority: Callable[[str], tuple[str, int] | None]
    """Returns the principal and epoch that a wallet reports; None for other accounts."""
    agents: dict[int, Agent] = field(default_factory=dict)
    keys: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The agent that a key was anchored for, and the number of that anchor."""

    def linked(self, wallet: str) -> int | None:
        """The agent that a wallet is linked to."""
        return next((number for number, agent in self.agents.items() if agent.wallet == wallet), None)

    def transfer(self, sender: str, owner: str, to: str, number: int) -> None:
        """Transfers an agent's token. The wallet is revoked under the old principal, and no money moves (I14)."""
        agent = self.agents[number]
        require(sender == agent.owner, "ERC721InsufficientApproval", sender, number)
        self.unlink(number)
        self.emit("registry", "MetadataSet", number, WALLET_KEY, WALLET_KEY, b"")
        if agent.principal != NOBODY:
            self.emit("registry", "LiabilityEnded", number, agent.principal)
        self.agents[number] = replace(self.agents[number], owner=to, principal=NOBODY, epoch=0)
        self.emit("registry", "Transfer", agent.owner, to, number)
        require(owner == agent.owner, "ERC721IncorrectOwner", owner, number, agent.owner)

    def unset_wallet(self, sender: str, number: int) -> None:
        """Unlinks the agent's wallet, which revokes it."""
        require(sender == self.agents[number].owner, "NotAuthorized", sender, number)
        self.unlink(number)
        self.emit("registry", "MetadataSet", number, WALLET_KEY, WALLET_KEY, b"")

    def set_wallet(
        self, sender: str, number: int, change: NewWallet, deadline: int, signed: bool, digest: bytes, now: int
    ) -> None:
        """Links another wallet, which proves by signature that it belongs to the agent.

        The previous one is unlinked and revoked.
        """
        require(sender == self.agents[number].owner, "NotAuthorized", sender, number)
        require(change.wallet != NOBODY, "ZeroAddress")
        require(now <= deadline, "DeadlinePassed", deadline, now)
        require(deadline <= now + MAX_WALLET_DEADLINE, "DeadlineTooFar", deadline, now + MAX_WALLET_DEADLINE)
        require(signed, "BadWalletSignature", change.wallet, digest)
        self._end_stale_link(change.wallet)
        self.unlink(number)
        self.agents[number] = replace(self.agents[number], wallet=change.wallet)
        self.emit("registry", "MetadataSet", number, WALLET_KEY, WALLET_KEY, change.address)

    def _end_stale_link(self, wallet: str) -> None:
        """Ends a link that its wallet has left for another principal or epoch, without touching a stop (I28)."""
        number = self.linked(wallet)
        if number is None:
            return
        agent, now = self.agents[number], self.authority(wallet)
        has_left = now is not None and now != (agent.principal, agent.epoch)
        require(has_left, "WalletAlreadyLinked", wallet, number)
        self._clear(number)
        self.emit("registry", "MetadataSet", number, WALLET_KEY, WALLET_KEY, b"")

    def enroll(self, enrollment: Enrollment, signed: bool, digest: bytes, now: int) -> int:
        """Registers the calling wallet as an agent of a principal that has signed. Returns the agent's id."""
        principal, wallet, epoch, deadline, uri, statement, address = enrollment
        require(principal != NOBODY, "ZeroAddress")
        self._end_stale_link(wallet)
        require(now <= deadline, "DeadlinePassed", deadline, now)
        current = self.switch.of(principal).epoch
        require(epoch == current, "EpochMismatch", epoch, current)
        require(signed, "BadAcceptanceSignature", principal, digest)
        number = len(self.agents)
        self.agents[number] = Agent(principal, principal, epoch, wallet, 0, 0, NO_HASH, 0)
        self.emit("registry", "Transfer", NOBODY, principal, number)
        self.emit("registry", "MetadataUpdate", number)
        self.emit("registry", "Registered", number, uri, principal)
        self.emit("registry", "MetadataSet", number, WALLET_KEY, WALLET_KEY, address)
        self.emit("registry", "LiabilityAccepted", number, principal, statement, epoch)
        return number

    def _clear(self, number: int) -> None:
        agent = self.agents[number]
        self.agents[number] = replace(
            agent, wallet=NOBODY, valid_from=0, valid_until=0, mandate=NO_HASH, anchors=agent.anchors + 1
        )

    def unlink(self, number: int) -> None:
        """Clears wallet and mandate, and revokes the wallet."""
        agent = self.agents[number]
        self._clear(number)
        if agent.wallet != NOBODY and agent.principal != NOBODY:
            self.switch.force_revoke(agent.principal, agent.wallet, "registry")

    def anchor_mandate(self, sender: str, number: int, terms: Terms, signatures: Signatures, now: int) -> None:
        """Anchors a mandate that both sides have signed. Whoever sends it needs no signature.

        A contract must enforce it; for a wallet without code it must name the agent's round.
        """
        agent, key, digest = self.agents[number], terms.agent_key, signatures.digest
        require(agent.principal != NOBODY, "LiabilityNotAccepted", number)
        require(terms.principal == agent.principal, "PrincipalMismatch", terms.principal, agent.principal)
        require(terms.epoch == agent.epoch, "EpochMismatch", terms.epoch, agent.epoch)
        require(agent.wallet != NOBODY, "WalletNotProven", number, agent.wallet)
        by_principal = sender == terms.principal or signatures.principal
        require(by_principal, "BadMandateSignature", terms.principal, digest)
        require(sender == key or signatures.agent, "BadMandateSignature", key, digest)
        in_force = self.in_force(agent.wallet)
        if in_force is None:
            require(terms.round == agent.anchors, "RoundEnded", terms.round, agent.anchors)
        else:
            require(in_force == terms.hash, "MandateNotInForce", agent.wallet, terms.hash)
        self._require_key_free(number, key, now)
        self.keys[key] = number, agent.anchors + 1
        self.agents[number] = replace(
            agent,
            anchors=agent.anchors + 1,
            valid_from=terms.valid_from,
            valid_until=terms.valid_until,
            mandate=terms.hash,
        )
        self.emit("registry", "MandateAnchored", number, terms.hash, key, terms.valid_from, terms.valid_until)

    def _require_key_free(self, number: int, key: str, now: int) -> None:
        """One live agent per key (I23)."""
        other, anchors = self.keys.get(key, (number, 0))
        if other == number or anchors != self.agents[other].anchors:
            return
        taken = STATUSES.index(self.status(other, now)) > STATUSES.index("Expired")
        require(not taken, "AgentKeyTaken", key, other)

    def accept_liability(self, sender: str, number: int, statement: bytes) -> None:
        """The owner accepts liability for the agent."""
        agent = self.agents[number]
        require(sender == agent.owner, "NotOwner", sender, number, agent.owner)
        require(agent.principal == NOBODY, "LiabilityAlreadyAccepted", number, agent.principal)
        epoch = self.switch.of(sender).epoch
        self.agents[number] = replace(agent, principal=sender, epoch=epoch)
        self.emit("registry", "LiabilityAccepted", number, sender, statement, epoch)

    def status(self, number: int, now: int) -> str:
        """The status of an agent."""
        agent = self.agents[number]
        state = self.switch.of(agent.principal)
        if agent.principal == NOBODY:
            return "Unaccepted"
        if self.switch.has(agent.principal, agent.wallet, "revoked") or agent.epoch != state.epoch:
            return "Revoked"
        # A wallet contract must enforce exactly the anchored mandate.
        if agent.mandate == NO_HASH or self.in_force(agent.wallet) not in (None, agent.mandate):
            return "Unaccepted"
        if now >= agent.valid_until:
            return "Expired"
        if state.dormant(now):
            return "Dormant"
        if state.paused or self.switch.has(agent.principal, agent.wallet, "paused"):
            return "Paused"
        return "NotYetValid" if now < agent.valid_from else "Active"
