"""The revocation switch, which stops one agent or all agents of a principal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, Self

from web3 import Web3

from peculium.chain.refusals import refusal_of_node
from peculium.chain.sender import no_contract, require_signer
from peculium.checks import checked_fields
from peculium.contract import Contract, Performer, Read, Receipt, Sender
from peculium.errors import ChainUnavailable, ContractError, InvalidInput, NoContractHere, NodeRefused, WrongContract
from peculium.json_fields import JsonFields
from peculium.keys import sign_with
from peculium.mandate import ZERO_ADDRESS, typed_data
from peculium.registry import check_of
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

    def __str__(self) -> str:
        whom = f"all agents of {self.principal}" if self.kind.for_all else f"the agent with wallet {self.wallet}"
        done = "pauses" if self.kind in (OrderKind.PAUSE, OrderKind.PAUSE_ALL) else "revokes"
        return (
            f"Order, signed by {self.signer} for the principal {self.principal}: {done} {whom} once anybody submits it."
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the order as values that JSON can hold; `from_dict` reads them. `wallet` is None for all agents."""
        return {
            "kind": self.kind.name.lower(),
            "principal": self.principal,
            "wallet": None if self.kind.for_all else self.wallet,
            "epoch": self.epoch,
            "signer": self.signer,
            "nonce": str(self.nonce),
            "signature": "0x" + self.signature.hex(),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Returns the order of `as_dict`. Raises `InvalidInput` if a field is missing, unknown or malformed."""
        found = JsonFields(content, "The order", tuple(each.name for each in fields(cls)))
        kind = found.member("kind", OrderKind)
        if kind.for_all and found.value("wallet") is not None:
            raise InvalidInput(f"The order {kind.name} stops all agents, and names a wallet. Pass None as its wallet.")
        return cls(
            kind=kind,
            principal=found.address("principal"),
            wallet=ZERO_ADDRESS if kind.for_all else found.address("wallet"),
            epoch=found.number("epoch", 64),
            signer=found.address("signer"),
            nonce=found.large("nonce"),
            signature=found.data("signature"),
        )


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
        self._agents: dict[str, str] = {}
        """Principals that agents were seen to have, by wallet."""

    def pause(self, signer: Sender, wallet: str, principal: str | None = None, *, unchecked: bool = False) -> Receipt:
        """Pauses one agent until the principal unpauses it.

        `principal` is the one whose agent it is, by default the signer. Raises what says that the stop would stop nobody:
        `InvalidInput` if the agent has another principal, `NoContractHere` if the address has no code and isn't an agent of
        the registry, `WrongContract` if it has other code. With `unchecked` it isn't asked what the address is, for a wallet
        that doesn't exist yet.
        """
        by, agent = _granter(signer, principal), to_address(wallet)
        if not unchecked:
            self.require_agent(agent, by)
        receipt = self.send(signer, "pause", by, agent)
        return self.confirmed(receipt, lambda: self._is_paused(by, agent))

    def unpause(self, signer: Sender, wallet: str) -> Receipt:
        """Unpauses one agent of the signer. Raises `AgentIsRevoked` if the agent is revoked."""
        return self.send(signer, "unpause", to_address(wallet))

    def revoke(self, signer: Sender, wallet: str, principal: str | None = None, *, unchecked: bool = False) -> Receipt:
        """Revokes one agent permanently, with `unchecked` even before its wallet exists. Asks and raises as `pause` does."""
        by, agent = _granter(signer, principal), to_address(wallet)
        if not unchecked:
            self.require_agent(agent, by)
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
        self,
        signer: Sender,
        kind: OrderKind,
        principal: str,
        nonce: int,
        wallet: str | None = None,
        *,
        unchecked: bool = False,
    ) -> Order:
        """Signs an order that anyone can submit later. An order on one agent needs its `wallet`; else raises `InvalidInput`.

        The agent is checked as in `pause`, so that the order isn't found to be void on the day on which it is needed.
        """
        if not kind.for_all and wallet is None:
            raise InvalidInput(
                f"The order {kind.name} is about one agent, and no wallet is named. It would stop nobody: pass wallet=."
            )
        subject = to_address(wallet or ZERO_ADDRESS)
        if not kind.for_all and not unchecked:
            self.require_agent(subject, to_address(principal))
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

    def require_agent(self, wallet: str, principal: str) -> None:
        """Raises as `pause` does unless this is an agent of the principal, or the node doesn't answer.

        A stop isn't held up by a node that fails here.
        """
        if self._agents.get(wallet) == principal:
            return
        try:
            found = self.principals_of(wallet, principal)
        except (NoContractHere, WrongContract):
            raise
        except ChainUnavailable:
            return
        if principal not in found:
            raise InvalidInput(
                f"The principal of {wallet} is {' or '.join(found)}, and not {principal}: the stop would stop nobody. Pass "
                f"principal={found[0]}; that account and its guardians can stop the agent."
            )
        self._agents[wallet] = principal

    def principals_of(self, wallet: str, likely: str | None = None) -> list[str]:
        """Returns the principals whose stops count for an agent: what a wallet says itself, and what the registry says.

        Returns after the first if that is the `likely` one. Raises `NoContractHere` for an address without code and
        `WrongContract` for another contract, unless it is an agent in the registry, and `ChainUnavailable` if the node doesn't
        answer.
        """
        agent = to_address(wallet)
        code, authority, registry = self.node.batch(
            [
                ("eth_getCode", (agent, "latest")),
                Read(Authority(self.web3, agent), "authority").request("latest"),
                Read(self, "REGISTRY").request("latest"),
            ],
            patience=0,
        )
        if isinstance(code, NodeRefused):
            raise code
        own = ZERO_ADDRESS if code == "0x" else _first_address(authority)
        if own != ZERO_ADDRESS and own == likely:
            return [own]
        # A contract that is no wallet of the suite can say anything: what the registry says counts as well.
        if isinstance(registry, NodeRefused):
            raise registry
        if registry == "0x":
            raise no_contract(self.node, self.address)
        linked = Registry(self.web3, self.decode("REGISTRY", (), registry))
        found = [each for each in (own, check_of(linked.read("checkWallet", agent)).principal) if each != ZERO_ADDRESS]
        if not found:
            raise _no_agent(agent, code == "0x")
        return list(dict.fromkeys(found))

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


def _first_address(authority: Any) -> str:
    # The principal in two words; zero if the contract isn't a wallet.
    if isinstance(authority, NodeRefused) and not isinstance(refusal_of_node(authority), ContractError):
        # The node refuses for another reason than a revert.
        raise authority
    if not isinstance(authority, str) or len(authority) < 2 + 2 * 64 or int(authority[2:26], 16):
        return ZERO_ADDRESS
    return to_address("0x" + authority[26:66])


def _no_agent(agent: str, unborn: bool) -> ChainUnavailable:
    if unborn:
        return NoContractHere(
            f"There is no wallet at {agent} yet, and it isn't an agent of the registry, so the stop would stop nobody now. Check "
            "address and chain. To stop a wallet before it is created, pass unchecked=True."
        )
    return WrongContract(
        f"The contract at {agent} is neither a wallet nor an agent of the registry, so the stop would stop nobody. Check the "
        "address. If the stop is meant, pass unchecked=True."
    )


def _ended_epoch(receipt: Receipt) -> int:
    return max(int(event.arguments["endedEpoch"]) for event in receipt.events if event.name == "AllRevoked")
