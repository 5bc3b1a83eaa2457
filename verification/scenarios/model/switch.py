"""The revocation switch: which agents are stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from verification.scenarios.model.outcomes import Refused, require

DAY = 86_400
FLAGS = ("paused", "revoked", "held")


@dataclass(frozen=True)
class Principal:
    """What a principal has set for all of its agents."""

    epoch: int = 0
    paused: bool = False
    heartbeat: int = 0
    """The longest time between two check-ins (seconds); zero disables the heartbeat."""
    last_check_in: int = 0
    guardians: frozenset[str] = frozenset()

    def dormant_since(self) -> int | None:
        """When the principal became, or will become, dormant."""
        return self.last_check_in + self.heartbeat if self.heartbeat else None

    def dormant(self, now: int) -> bool:
        """Whether the principal has missed its heartbeat."""
        since = self.dormant_since()
        return since is not None and now >= since


DEFAULT = Principal()
"""A principal that has never used the switch."""


@dataclass
class Switch:
    """The state of the switch, by principal."""

    emit: Callable[..., None]
    principals: dict[str, Principal] = field(default_factory=dict)
    flags: set[tuple[str, str, str]] = field(default_factory=set)
    """Principal, wallet, and one of `FLAGS`."""
    spent: set[tuple[str, int]] = field(default_factory=set)
    """Signer and nonce of every executed or canceled order."""

    def of(self, principal: str) -> Principal:
        """The state of a principal."""
        return self.principals.get(principal, DEFAULT)

    def _update(self, principal: str, **what: Any) -> None:
        self.principals[principal] = replace(self.of(principal), **what)

    def has(self, principal: str, wallet: str, flag: str) -> bool:
        """Whether a principal's wallet has a flag."""
        return (principal, wallet, flag) in self.flags

    # Stop

    def may_stop(self, who: str, principal: str) -> None:
        """Refuses everybody except the principal and its guardians."""
        allowed = who == principal or who in self.of(principal).guardians
        require(allowed, "NotPrincipalOrGuardian", who, principal)

    def pause(self, sender: str, principal: str, wallet: str) -> None:
        """Stops one agent temporarily."""
        self.may_stop(sender, principal)
        self._set_flag(principal, wallet, "paused", "AgentPaused", sender)

    def revoke(self, sender: str, principal: str, wallet: str) -> None:
        """Stops one agent permanently."""
        self.may_stop(sender, principal)
        self.force_revoke(principal, wallet, sender)

    def force_revoke(self, principal: str, wallet: str, by: str) -> None:
        """Revokes an agent without checking the caller."""
        self._set_flag(principal, wallet, "revoked", "AgentRevoked", by)

    def _set_flag(self, principal: str, wallet: str, flag: str, event: str, by: str) -> None:
        # A repeated stop changes nothing and emits no event.
        if not self.has(principal, wallet, flag):
            self.flags.add((principal, wallet, flag))
            self.emit("switch", event, principal, wallet, by)

    def pause_all(self, sender: str, principal: str) -> None:
        """Stops all agents of a principal temporarily."""
        self.may_stop(sender, principal)
        if not self.of(principal).paused:
            self._update(principal, paused=True)
            self.emit("switch", "AllPaused", principal, sender)

    def revoke_all(self, sender: str, principal: str) -> None:
        """Stops all agents of a principal permanently, by incrementing its epoch (I9)."""
        self.may_stop(sender, principal)
        is_revoked = self.of(principal).epoch
        self._update(principal, epoch=is_revoked + 1)
        self.emit("switch", "AllRevoked", principal, is_revoked, sender)

    # Restore

    def unpause(self, sender: str, wallet: str) -> None:
        """Resumes an agent of the caller, and of nobody else."""
        require(not self.has(sender, wallet, "revoked"), "AgentIsRevoked", sender, wallet)
        if self.has(sender, wallet, "paused"):
            self.flags.discard((sender, wallet, "paused"))
            self.emit("switch", "AgentUnpaused", sender, wallet)

    def unpause_all(self, sender: str) -> None:
        """Resumes all agents of the caller."""
        if self.of(sender).paused:
            self._update(sender, paused=False)
            self.emit("switch", "AllUnpaused", sender)

    # Guardians and heartbeat

    def set_guardian(self, sender: str, guardian: str, appointed: bool) -> None:
        """Appoints or dismisses a guardian."""
        require(guardian != "nobody", "ZeroAddress")
        guardians = self.of(sender).guardians
        self._update(sender, guardians=guardians | {guardian} if appointed else guardians - {guardian})
        self.emit("switch", "GuardianSet", sender, guardian, appointed)

    def set_heartbeat(self, sender: str, interval: int, now: int) -> None:
        """Requires a check-in every `interval` seconds, at least a day; zero disables it."""
        require(interval == 0 or interval >= DAY, "HeartbeatTooShort", interval, DAY)
        self._update(sender, heartbeat=interval)
        self.emit("switch", "HeartbeatSet", sender, interval)
        self.check_in(sender, now)

    def check_in(self, sender: str, now: int) -> None:
        """Ends dormancy."""
        self._update(sender, last_check_in=now)
        self.emit("switch", "CheckedIn", sender, now)

    # Signed orders

    def submit_order(
        self, order: str, principal: str, wallet: str, epoch: int, signer: str, nonce: int, digest: bytes, signed: bool
    ) -> None:
        """Executes an order that a principal or guardian has signed. Anyone may submit it at any later time."""
        self.may_stop(signer, principal)
        require((signer, nonce) not in self.spent, "OrderSpent", signer, nonce)
        require(signed, "BadOrderSignature", signer, digest)
        self.spent.add((signer, nonce))
        if order == "Pause":
            return self.pause(signer, principal, wallet)
        if order == "Revoke":
            return self.revoke(signer, principal, wallet)
        current = self.of(principal).epoch
        require(epoch == current, "OrderOutdated", epoch, current)
        return self.pause_all(signer, principal) if order == "PauseAll" else self.revoke_all(signer, principal)

    def cancel_order(self, sender: str, nonce: int) -> None:
        """Makes a signed order void."""
        require((sender, nonce) not in self.spent, "OrderSpent", sender, nonce)
        self.spent.add((sender, nonce))
        self.emit("switch", "OrderCanceled", sender, nonce)

    # Checks

    def require_live(self, principal: str, wallet: str, epoch: int, now: int) -> None:
        """Refuses if an agent is stopped, with the first reason in this order."""
        require(not self.has(principal, wallet, "revoked"), "AgentIsRevoked", principal, wallet)
        state = self.of(principal)
        require(epoch == state.epoch, "EpochEnded", principal, epoch, state.epoch)
        require(not state.dormant(now), "PrincipalIsDormant", principal, state.dormant_since(), now)
        require(not state.paused, "PrincipalIsPaused", principal)
        require(not self.has(principal, wallet, "paused"), "AgentIsPaused", principal, wallet)

    def is_live(self, principal: str, wallet: str, epoch: int, now: int) -> bool:
        """Whether an agent is not stopped."""
        try:
            self.require_live(principal, wallet, epoch, now)
        except Refused:
            return False
        return True

    def sync(self, sender: str, principal: str, wallet: str, epoch: int, now: int) -> None:
        """Copies a stop of all agents into the flags of one. Anyone may call it."""
        state = self.of(principal)
        if epoch != state.epoch:
            self.force_revoke(principal, wallet, sender)
        held = state.paused or state.dormant(now)
        if held != self.has(principal, wallet, "held"):
            (self.flags.add if held else self.flags.discard)((principal, wallet, "held"))
            self.emit("switch", "HoldSynced", principal, wallet, held)
