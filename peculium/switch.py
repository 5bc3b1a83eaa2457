"""The revocation switch, which stops one agent or all agents of a principal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from web3 import Web3

from peculium.chain.refusals import refusal_of_node
from peculium.chain.sender import require_signer
from peculium.checks import checked_fields
from peculium.contract import Contract, Performer, Read, Receipt, Sender
from peculium.errors import ChainUnavailable, ContractError, InvalidInput, NodeRefused, WrongContract
from peculium.keys import sign_with
from peculium.mandate import ZERO_ADDRESS, typed_data
from peculium.signatures import low_s
from peculium.units import from_timestamp, to_address, to_seconds, to_uint

SWITCH_DOMAIN = ("Peculium RevocationSwitch", "1")
"""Name and version in the EIP-712 domain of the switch."""


class OrderKind(IntEnum):
    """The stops that can be signed in advance."""

    PAUSE = 0
    REVOKE = 1
    PAUSE_ALL = 2
    REVOKE_ALL = 3

    @property
    def for_all(self) -> bool:
        """Whether the order stops all agents of the principal."""
        return self >= OrderKind.PAUSE_ALL


@checked_fields
@dataclass(frozen=True)
class Order:
    """A signed order to stop agents. Anyone can submit it, at any time."""

    kind: OrderKind
    principal: str
    """Address of the principal of the agents."""
    wallet: str
    """Wallet of the agent; the zero address for all agents."""
    epoch: int
    """The principal's epoch for an order on all agents, so that it can't stop agents of a later epoch; else 0."""
    signer: str
    """Address of the principal, or of a guardian."""
    nonce: int
    """Any number of 256 bits that the signer has neither used nor canceled."""
    signature: bytes


@dataclass(frozen=True)
class PrincipalState:
    """The state of a principal in the switch, which concerns all of its agents."""

    epoch: int
    """Number of times that the principal has called `revoke_all`."""
    paused: bool
    """Whether all agents are paused."""
    heartbeat: timedelta | None
    """The longest time between two check-ins; None if no heartbeat is required."""
    last_check_in: datetime | None
    """Time of the last check-in (UTC); None if there was none."""


class RevocationSwitch(Contract):
    """The switch of all principals.

    Stops (`pause`, `revoke`, `pause_all`, `revoke_all`) are for agents of `principal`, by default the signer. The signer
    must be that principal or one of its guardians, else they raise `NotPrincipalOrGuardian`. Stops return after they have
    read the new state from the chain.
    """

    abi_name = "RevocationSwitch"

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self._agents: set[str] = set()

    def pause(
        self, signer: Sender, wallet: str, principal: str | None = None, *, other_contract: bool = False
    ) -> Receipt:
        """Pauses one agent until the principal unpauses it.

        Raises `WrongContract` if the address has code that is neither a wallet nor an agent of the registry, so that the
        stop would stop nobody. With `other_contract` it isn't asked what the address is.
        """
        by, agent = _granter(signer, principal), to_address(wallet)
        self._require_agent(agent, other_contract)
        receipt = self.send(signer, "pause", by, agent)
        return self.confirmed(receipt, lambda: self._is_paused(by, agent))

    def unpause(self, signer: Sender, wallet: str) -> Receipt:
        """Unpauses one agent of the signer. Raises `AgentIsRevoked` if the agent is revoked."""
        return self.send(signer, "unpause", to_address(wallet))

    def revoke(
        self, signer: Sender, wallet: str, principal: str | None = None, *, other_contract: bool = False
    ) -> Receipt:
        """Revokes one agent permanently, even before its wallet exists. Asks and raises as `pause` does."""
        by, agent = _granter(signer, principal), to_address(wallet)
        self._require_agent(agent, other_contract)
        receipt = self.send(signer, "revoke", by, agent)
        return self.confirmed(receipt, lambda: self._is_revoked(by, agent))

    def pause_all(self, signer: Sender, principal: str | None = None) -> Receipt:
        """Pauses all agents of the principal, including those created later, until it calls `unpause_all`."""
        by = _granter(signer, principal)
        receipt = self.send(signer, "pauseAll", by)
        return self.confirmed(receipt, lambda: self.state_of(by).paused)

    def unpause_all(self, signer: Sender) -> Receipt:
        """Ends the signer's `pause_all`. Agents that were paused one by one stay paused."""
        return self.send(signer, "unpauseAll")

    def revoke_all(self, signer: Sender, principal: str | None = None) -> Receipt:
        """Revokes all agents of the principal permanently, in one transaction. It starts a new epoch."""
        by = _granter(signer, principal)
        receipt = self.send(signer, "revokeAll", by, event="AllRevoked")
        return self.confirmed(receipt, lambda: self.epoch_of(by) > _ended_epoch(receipt))

    def resign(self, signer: Sender, principal: str) -> Receipt:
        """Revokes the signer, an agent of the principal that acts with a bare key instead of a wallet."""
        return self.send(signer, "resign", to_address(principal))

    def set_guardian(self, signer: Sender, guardian: str, appointed: bool = True) -> Receipt:
        """Appoints or removes a guardian of the signer, which can pause and revoke its agents and nothing else."""
        return self.send(signer, "setGuardian", to_address(guardian), appointed)

    def set_heartbeat(self, signer: Sender, interval: timedelta | None) -> Receipt:
        """Requires the signer to check in at least every `interval`; None requires nothing. Counts as a check-in.

        Raises `HeartbeatTooShort` if the interval is below the minimum of the switch.
        """
        return self.send(signer, "setHeartbeat", 0 if interval is None else to_seconds(interval))

    def check_in(self, signer: Sender) -> Receipt:
        """Records a check-in of the signer. It ends dormancy."""
        return self.send(signer, "checkIn")

    def sync(self, signer: Sender, wallet: str) -> Receipt:
        """Copies the state of the wallet's principal to where the validation of user operations can read it (ERC-7562).

        Anyone can call it.
        """
        return self.send(signer, "sync", to_address(wallet))

    def order_typed_data(
        self, kind: OrderKind, principal: str, nonce: int, wallet: str = ZERO_ADDRESS, epoch: int = 0
    ) -> dict[str, Any]:
        """Returns the EIP-712 typed data of an order. `wallet` is for orders on one agent, `epoch` for those on all."""
        primary = ("Pause", "Revoke", "PauseAll", "RevokeAll")[kind]
        subject = ("epoch", "uint64", epoch) if kind.for_all else ("wallet", "address", to_address(wallet))
        members = [
            ("principal", "address", to_address(principal)),
            subject,
            ("nonce", "uint256", to_uint(nonce, 256, "nonce")),
        ]
        types = {primary: [{"name": name, "type": type_} for name, type_, _ in members]}
        message = {name: value for name, _, value in members}
        return typed_data(SWITCH_DOMAIN, self.node.chain_id(), self.address, types, primary, message)

    def sign_order(
        self, signer: Sender, kind: OrderKind, principal: str, nonce: int, wallet: str | None = None
    ) -> Order:
        """Signs an order that anyone can submit later. An order on one agent needs its `wallet`; else raises `InvalidInput`."""
        if not kind.for_all and wallet is None:
            raise InvalidInput(
                f"The order {kind.name} is about one agent, and no wallet is named. It would stop nobody: pass wallet=."
            )
        subject = to_address(wallet or ZERO_ADDRESS)
        epoch = self.epoch_of(principal) if kind.for_all else 0
        data = self.order_typed_data(kind, principal, nonce, subject, epoch)
        signature = sign_with(signer, data)
        return Order(kind, to_address(principal), subject, epoch, to_address(signer.address), nonce, signature)

    def submit_order(self, signer: Sender, order: Order) -> Receipt:
        """Submits a signed order. `signer` only pays the gas."""
        receipt = self.send(
            signer,
            "submitOrder",
            int(order.kind),
            order.principal,
            order.wallet,
            order.epoch,
            order.signer,
            order.nonce,
            low_s(order.signature),
        )
        return self.confirmed(receipt, lambda: self._is_in_effect(order))

    def cancel_order(self, signer: Sender, nonce: int) -> Receipt:
        """Cancels a nonce of the signer, so that orders signed with it are void."""
        return self.send(signer, "cancelOrder", nonce)

    def _require_agent(self, agent: str, other_contract: bool) -> None:
        # An address without code can be a wallet yet to be created, or a bare key. A stop isn't held up by a node that
        # doesn't answer this.
        if other_contract or agent in self._agents:
            return
        wallet = Authority(self.web3, agent)
        call = Read(wallet, "authority").request("latest")
        try:
            code, authority, registry = self.node.batch(
                [("eth_getCode", (agent, "latest")), call, Read(self, "REGISTRY").request("latest")], patience=0
            )
            if code in ("0x", None) or isinstance(code, NodeRefused) or _answers(authority):
                self._agents.add(agent)
                return
            linked = self.decode("REGISTRY", (), registry) if isinstance(registry, str) else ""
            if not linked or Registry(self.web3, linked).read("checkWallet", agent)[1] != ZERO_ADDRESS:
                return
        except ChainUnavailable:
            return
        raise WrongContract(
            f"The contract at {agent} is neither a wallet nor an agent of the registry, so the stop would stop nobody. Check the "
            "address. If the stop is meant, RevocationSwitch.pause and revoke take other_contract=True."
        )

    def _is_revoked(self, principal: str, wallet: str) -> bool:
        return bool(self._stop_word(principal, wallet)["revoked"])

    def _is_paused(self, principal: str, wallet: str) -> bool:
        return bool(self._stop_word(principal, wallet)["paused"])

    def _stop_word(self, principal: str, wallet: str) -> dict[str, Any]:
        (entry,) = (each for each in self.abi if each.get("name") == "stopWord")
        names = (member["name"] for member in entry["outputs"][0]["components"])
        return dict(zip(names, self.read("stopWord", principal, wallet), strict=True))

    def _is_in_effect(self, order: Order) -> bool:
        if order.kind is OrderKind.REVOKE_ALL:
            return self.epoch_of(order.principal) > order.epoch
        if order.kind is OrderKind.REVOKE:
            return self._is_revoked(order.principal, order.wallet)
        if order.kind is OrderKind.PAUSE_ALL:
            return self.state_of(order.principal).paused
        return self._is_paused(order.principal, order.wallet)

    def epoch_of(self, principal: str) -> int:
        """Returns the principal's epoch: the number of times that it has called `revoke_all`."""
        return int(self.read("epochOf", to_address(principal)))

    def is_guardian(self, principal: str, guardian: str) -> bool:
        """Whether `guardian` is a guardian of `principal`."""
        return bool(self.read("isGuardian", to_address(principal), to_address(guardian)))

    def is_dormant(self, principal: str) -> bool:
        """Whether the principal has missed its heartbeat."""
        return bool(self.read("isDormant", to_address(principal)))

    def state_of(self, principal: str) -> PrincipalState:
        """Returns the principal's state, which concerns all of its agents."""
        epoch, paused, interval, last = self.read("principalState", to_address(principal))
        return PrincipalState(
            epoch, paused, timedelta(seconds=interval) if interval else None, from_timestamp(last) if last else None
        )


def _granter(signer: Sender, principal: str | None) -> str:
    # The principal whose agents are meant: by default the signer.
    account = signer if isinstance(signer, Performer) else require_signer(signer)
    return to_address(principal or account.address)


class Authority(Contract):
    """A wallet, as the switch asks it for its principal."""

    abi_name = "AgentWallet"


class Registry(Contract):
    """The registry, as far as the switch asks it."""

    abi_name = "AgentRegistry"


def _answers(authority: Any) -> bool:
    # Two words, or a node that refuses for another reason than a revert.
    if isinstance(authority, NodeRefused):
        return not isinstance(refusal_of_node(authority), ContractError)
    return isinstance(authority, str) and len(authority) >= 2 + 2 * 64


def _ended_epoch(receipt: Receipt) -> int:
    return max(int(event.arguments["endedEpoch"]) for event in receipt.events if event.name == "AllRevoked")
