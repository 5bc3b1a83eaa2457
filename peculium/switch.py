"""The revocation switch: stop one agent, or all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from peculium.contract import Contract, Receipt, Signer
from peculium.mandate import ZERO_ADDRESS, typed_data
from peculium.units import from_timestamp, to_address, to_seconds

SWITCH_DOMAIN = ("Peculium RevocationSwitch", "1")


class OrderKind(IntEnum):
    """The orders that can be signed beforehand."""

    PAUSE = 0
    REVOKE = 1
    PAUSE_ALL = 2
    REVOKE_ALL = 3

    @property
    def for_all(self) -> bool:
        """Whether it is for all agents of the principal."""
        return self >= OrderKind.PAUSE_ALL


@dataclass(frozen=True)
class Order:
    """A signed order: whoever holds it can stop the agents it names, and do nothing else with it."""

    kind: OrderKind
    principal: str
    wallet: str
    epoch: int
    signer: str
    nonce: int
    signature: bytes


@dataclass(frozen=True)
class PrincipalState:
    """What a principal has said about all of its agents."""

    epoch: int
    paused: bool
    heartbeat: timedelta | None
    last_check_in: datetime | None


class RevocationSwitch(Contract):
    """The switch. `principal` is whose agents; the signer of a stop is that principal or one of its guardians."""

    abi_name = "RevocationSwitch"

    def pause(self, signer: Signer, wallet: str, principal: str | None = None) -> Receipt:
        """Pauses one agent, reversibly."""
        return self.send(signer, "pause", to_address(principal or signer.address), to_address(wallet))

    def unpause(self, signer: Signer, wallet: str) -> Receipt:
        """Unpauses one agent; the principal only."""
        return self.send(signer, "unpause", to_address(wallet))

    def revoke(self, signer: Signer, wallet: str, principal: str | None = None) -> Receipt:
        """Revokes one agent for ever, also before its wallet exists."""
        return self.send(signer, "revoke", to_address(principal or signer.address), to_address(wallet))

    def pause_all(self, signer: Signer, principal: str | None = None) -> Receipt:
        """Pauses all agents of the principal."""
        return self.send(signer, "pauseAll", to_address(principal or signer.address))

    def unpause_all(self, signer: Signer) -> Receipt:
        """Lifts the pause of all agents; the principal only."""
        return self.send(signer, "unpauseAll")

    def revoke_all(self, signer: Signer, principal: str | None = None) -> Receipt:
        """Revokes all agents of the principal for ever, in one write."""
        return self.send(signer, "revokeAll", to_address(principal or signer.address))

    def resign(self, signer: Signer, principal: str) -> Receipt:
        """Revokes the signer itself, an agent that acts with a bare key."""
        return self.send(signer, "resign", to_address(principal))

    def set_guardian(self, signer: Signer, guardian: str, appointed: bool = True) -> Receipt:
        """Appoints or removes a guardian, who may pause and revoke and nothing else."""
        return self.send(signer, "setGuardian", to_address(guardian), appointed)

    def set_heartbeat(self, signer: Signer, interval: timedelta | None) -> Receipt:
        """Asks the signer to check in at least this often; None for no heartbeat."""
        return self.send(signer, "setHeartbeat", 0 if interval is None else to_seconds(interval))

    def check_in(self, signer: Signer) -> Receipt:
        """Checks the signer in."""
        return self.send(signer, "checkIn")

    def sync(self, signer: Signer, wallet: str) -> Receipt:
        """Copies a stop of all agents into one wallet's own stop word; anyone may."""
        return self.send(signer, "sync", to_address(wallet))

    def order_typed_data(
        self, kind: OrderKind, principal: str, nonce: int, wallet: str = ZERO_ADDRESS, epoch: int = 0
    ) -> dict[str, Any]:
        """What the signer of an order signs."""
        primary = ("Pause", "Revoke", "PauseAll", "RevokeAll")[kind]
        subject = ("epoch", "uint64", epoch) if kind.for_all else ("wallet", "address", to_address(wallet))
        members = [("principal", "address", to_address(principal)), subject, ("nonce", "uint256", nonce)]
        types = {primary: [{"name": name, "type": type_} for name, type_, _ in members]}
        message = {name: value for name, _, value in members}
        return typed_data(SWITCH_DOMAIN, self.web3.eth.chain_id, self.address, types, primary, message)

    def sign_order(
        self, signer: Signer, kind: OrderKind, principal: str, nonce: int, wallet: str | None = None
    ) -> Order:
        """Signs an order, to be submitted by anyone, at any later time."""
        from eth_account.messages import encode_typed_data

        subject = to_address(wallet or ZERO_ADDRESS)
        epoch = self.epoch_of(principal) if kind.for_all else 0
        data = self.order_typed_data(kind, principal, nonce, subject, epoch)
        signature = signer.sign_message(encode_typed_data(full_message=data)).signature
        return Order(kind, to_address(principal), subject, epoch, signer.address, nonce, bytes(signature))

    def submit_order(self, signer: Signer, order: Order) -> Receipt:
        """Carries out a signed order; `signer` only pays the gas."""
        return self.send(
            signer,
            "submitOrder",
            int(order.kind),
            order.principal,
            order.wallet,
            order.epoch,
            order.signer,
            order.nonce,
            order.signature,
        )

    def cancel_order(self, signer: Signer, nonce: int) -> Receipt:
        """Makes a nonce of the signer's unusable."""
        return self.send(signer, "cancelOrder", nonce)

    def epoch_of(self, principal: str) -> int:
        """How often the principal has revoked all of its agents."""
        return int(self.read("epochOf", to_address(principal)))

    def is_guardian(self, principal: str, guardian: str) -> bool:
        """Whether `guardian` is one of `principal`'s."""
        return bool(self.read("isGuardian", to_address(principal), to_address(guardian)))

    def is_dormant(self, principal: str) -> bool:
        """Whether the principal has missed its heartbeat."""
        return bool(self.read("isDormant", to_address(principal)))

    def state_of(self, principal: str) -> PrincipalState:
        """What the principal has said about all of its agents."""
        epoch, paused, interval, last = self.read("principalState", to_address(principal))
        return PrincipalState(
            epoch, paused, timedelta(seconds=interval) if interval else None, from_timestamp(last) if last else None
        )
