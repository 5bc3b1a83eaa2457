"""The principal's switch: who is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from verification.scenarios.model.rules import Refused, require

DAY = 86_400
FLAGS = ("paused", "revoked", "held")


@dataclass(frozen=True)
class Principal:
    """What a principal has said about all of its agents."""

    epoch: int = 0
    paused: bool = False
    heartbeat: int = 0
    """The longest time between two check-ins (seconds); zero: none is asked for."""
    last_check_in: int = 0
    guardians: frozenset[str] = frozenset()

    def dormant_since(self) -> int | None:
        """When it missed, or will miss, its heartbeat."""
        return self.last_check_in + self.heartbeat if self.heartbeat else None

    def dormant(self, now: int) -> bool:
        """Whether it has missed its heartbeat."""
        since = self.dormant_since()
        return since is not None and now >= since


SILENT = Principal()
"""Who has said nothing yet."""


@dataclass
class Switch:
    """Everything that was said, under whoever has said it."""

    emit: Callable[..., None]
    principals: dict[str, Principal] = field(default_factory=dict)
    flags: set[tuple[str, str, str]] = field(default_factory=set)
    """Principal, wallet, and one of `FLAGS`."""
    spent: set[tuple[str, int]] = field(default_factory=set)
    """Signer and nonce of every order that was carried out or canceled."""

    def of(self, principal: str) -> Principal:
        """What a principal has said; nothing yet, if it was never heard of."""
        return self.principals.get(principal, SILENT)

    def _say(self, principal: str, **what: Any) -> None:
        self.principals[principal] = replace(self.of(principal), **what)

    def has(self, principal: str, wallet: str, flag: str) -> bool:
        """Whether a principal's wallet has a flag."""
        return (principal, wallet, flag) in self.flags

    # Stop

    def may_stop(self, who: str, principal: str) -> None:
        """Only the principal, or one of its guardians."""
        allowed = who == principal or who in self.of(principal).guardians
        require(allowed, "NotPrincipalOrGuardian", who, principal)

    def pause(self, sender: str, principal: str, wallet: str) -> None:
        """Stops one agent for a while."""
        self.may_stop(sender, principal)
        self._raise(principal, wallet, "paused", "AgentPaused", sender)

    def revoke(self, sender: str, principal: str, wallet: str) -> None:
        """Stops one agent for ever."""
        self.may_stop(sender, principal)
        self.end(principal, wallet, sender)

    def end(self, principal: str, wallet: str, by: str) -> None:
        """Revokes, whoever has the right to."""
        self._raise(principal, wallet, "revoked", "AgentRevoked", by)

    def _raise(self, principal: str, wallet: str, flag: str, event: str, by: str) -> None:
        # Said twice is said once.
        if not self.has(principal, wallet, flag):
            self.flags.add((principal, wallet, flag))
            self.emit("switch", event, principal, wallet, by)

    def pause_all(self, sender: str, principal: str) -> None:
        """Stops all agents of a principal for a while."""
        self.may_stop(sender, principal)
        if not self.of(principal).paused:
            self._say(principal, paused=True)
            self.emit("switch", "AllPaused", principal, sender)

    def revoke_all(self, sender: str, principal: str) -> None:
        """Stops all agents of a principal for ever, by counting one number up (I9)."""
        self.may_stop(sender, principal)
        ended = self.of(principal).epoch
        self._say(principal, epoch=ended + 1)
        self.emit("switch", "AllRevoked", principal, ended, sender)

    # Restore

    def unpause(self, sender: str, wallet: str) -> None:
        """Whoever calls restores its own agents, and no others."""
        require(not self.has(sender, wallet, "revoked"), "AgentIsRevoked", sender, wallet)
        if self.has(sender, wallet, "paused"):
            self.flags.discard((sender, wallet, "paused"))
            self.emit("switch", "AgentUnpaused", sender, wallet)

    def unpause_all(self, sender: str) -> None:
        """The same for all."""
        if self.of(sender).paused:
            self._say(sender, paused=False)
            self.emit("switch", "AllUnpaused", sender)

    # Guardians and heartbeat

    def set_guardian(self, sender: str, guardian: str, appointed: bool) -> None:
        """Appoints or dismisses one."""
        require(guardian != "nobody", "ZeroAddress")
        guardians = self.of(sender).guardians
        self._say(sender, guardians=guardians | {guardian} if appointed else guardians - {guardian})
        self.emit("switch", "GuardianSet", sender, guardian, appointed)

    def set_heartbeat(self, sender: str, interval: int, now: int) -> None:
        """Asks for a check-in every so many seconds, a day at least; zero: never."""
        require(interval == 0 or interval >= DAY, "HeartbeatTooShort", interval, DAY)
        self._say(sender, heartbeat=interval)
        self.emit("switch", "HeartbeatSet", sender, interval)
        self.check_in(sender, now)

    def check_in(self, sender: str, now: int) -> None:
        """Ends dormancy."""
        self._say(sender, last_check_in=now)
        self.emit("switch", "CheckedIn", sender, now)

    # Signed orders

    def submit_order(
        self, order: str, principal: str, wallet: str, epoch: int, signer: str, nonce: int, digest: bytes, signed: bool
    ) -> None:
        """What a principal or guardian has signed, anyone submits, at any later time."""
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
        """Makes a signed order worthless."""
        require((sender, nonce) not in self.spent, "OrderSpent", sender, nonce)
        self.spent.add((sender, nonce))
        self.emit("switch", "OrderCanceled", sender, nonce)

    # Ask

    def require_live(self, principal: str, wallet: str, epoch: int, now: int) -> None:
        """Refuses for an agent that is stopped, with the first reason in this order."""
        require(not self.has(principal, wallet, "revoked"), "AgentIsRevoked", principal, wallet)
        state = self.of(principal)
        require(epoch == state.epoch, "EpochEnded", principal, epoch, state.epoch)
        require(not state.dormant(now), "PrincipalIsDormant", principal, state.dormant_since(), now)
        require(not state.paused, "PrincipalIsPaused", principal)
        require(not self.has(principal, wallet, "paused"), "AgentIsPaused", principal, wallet)

    def is_live(self, principal: str, wallet: str, epoch: int, now: int) -> bool:
        """The same as an answer."""
        try:
            self.require_live(principal, wallet, epoch, now)
        except Refused:
            return False
        return True

    def sync(self, sender: str, principal: str, wallet: str, epoch: int, now: int) -> None:
        """Copies what was said of all agents into the word of one; anyone may."""
        state = self.of(principal)
        if epoch != state.epoch:
            self.end(principal, wallet, sender)
        held = state.paused or state.dormant(now)
        if held != self.has(principal, wallet, "held"):
            (self.flags.add if held else self.flags.discard)((principal, wallet, "held"))
            self.emit("switch", "HoldSynced", principal, wallet, held)
