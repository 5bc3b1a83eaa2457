"""What the owner of a canonical agent does: registers it, links it to a wallet, and keeps its file up to date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from web3 import Web3

from peculium.accounts import PrincipalAccount, account_of
from peculium.argument_order import require_order
from peculium.canonical.agent import KEY, CanonicalAgent, check
from peculium.canonical.identity import IdentityRegistry, identity_registry
from peculium.canonical.reference import AgentReference
from peculium.canonical.registration_file import RegistrationFile, Service
from peculium.chain.node import Node
from peculium.chain.receipts import to_int
from peculium.contract import Receipt
from peculium.counterparty import check as check_account
from peculium.errors import InvalidInput, NodeRefused, NotOwner, quote
from peculium.errors.redaction import KEY as PRIVATE_KEY
from peculium.errors.redaction import NODE
from peculium.network import Network
from peculium.principal import Principal
from peculium.suite import Suite
from peculium.units import to_address

SIGNED_FOR = 240
"""Seconds for which a wallet's signature can be submitted. The registry takes at most 300."""


@dataclass(frozen=True)
class Registered:
    """An agent that was registered."""

    reference: AgentReference
    owner: str
    file: RegistrationFile
    transactions: tuple[str, ...]
    """Hashes of the transactions (0x hex)."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {
            "reference": str(self.reference),
            "chain_id": self.reference.chain_id,
            "registry": self.reference.registry,
            "agent_id": self.reference.agent_id,
            "owner": self.owner,
            "file": self.file.as_dict(),
            "transactions": list(self.transactions),
        }

    def __str__(self) -> str:
        return f"Registered {quote(self.file.name)} as {self.reference}, owned by {self.owner}."


@dataclass(frozen=True)
class Bound:
    """An agent after it was linked to a wallet."""

    agent: CanonicalAgent
    transactions: tuple[str, ...]
    """Hashes of the transactions (0x hex); none for what was linked before."""

    @property
    def linked(self) -> bool:
        """Whether the link holds in both directions."""
        return self.agent.linked

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {"linked": self.linked, "transactions": list(self.transactions), "agent": self.agent.as_dict()}

    def __str__(self) -> str:
        end = "in both directions" if self.linked else f"in one direction only. {self.agent.problem}"
        return f"{self.agent.reference} and the wallet {self.agent.wallet} are linked {end}{'.' if self.linked else ''}"


@dataclass(frozen=True)
class Mirrored:
    """The registration file after `active` was set."""

    reference: AgentReference
    active: bool
    transaction: str | None
    """Hash of the transaction (0x hex); None if the file said so before."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {"reference": str(self.reference), "active": self.active, "transaction": self.transaction}

    def __str__(self) -> str:
        how = "says" if self.transaction else "said before"
        return (
            f"The registration file of {self.reference} {how} that the agent is {'' if self.active else 'not '}active."
        )


def register(
    network: Network | Suite | Web3 | str,
    account: PrincipalAccount | str,
    name: str,
    description: str,
    *,
    image: str = "",
    services: Sequence[Service | Sequence[str]] = (),
    x402_support: bool = False,
    active: bool = True,
    supported_trust: Sequence[str] = (),
    registry: str | None = None,
) -> Registered:
    """Registers an agent in the canonical Identity Registry of ERC-8004. The account owns it.

    The registration file is written into the agent's URI, with the agent's own id. `services` are `Service` objects, or names
    and endpoints such as ("MCP", "https://agent.example/mcp"). `registry` is the address of another registry.

    Nothing is sent if an argument is malformed (`InvalidInput`). A second call registers a second agent: after
    `OutcomeUnknown`, look first whether the first one was registered.
    """
    chain, owner = _parties("register(network, account, name, description)", network, account)
    contract = identity_registry(chain, registry)
    draft = RegistrationFile.write(
        name,
        description,
        image=image,
        services=services,
        x402_support=x402_support,
        active=active,
        supported_trust=supported_trust,
    )
    chain_id, address = chain.node.chain_id(), to_address(owner.address)
    expected = AgentReference(chain_id, contract.address, contract.next_id(address, draft.uri()))
    file = draft.with_registration(expected)
    agent_id, receipt = contract.register(owner, file.uri())
    receipts = [receipt]
    reference = AgentReference(chain_id, contract.address, agent_id)
    if reference != expected:
        # Somebody else has registered meanwhile and taken the expected id.
        file = draft.with_registration(reference)
        receipts.append(contract.set_uri(owner, agent_id, file.uri()))
    return Registered(reference, address, file, tuple(each.transaction for each in receipts))


def bind(
    network: Network | Suite | Web3 | str,
    account: PrincipalAccount | str,
    agent: AgentReference | str,
    wallet: str,
    *,
    principal: PrincipalAccount | str | None = None,
    registry: str | None = None,
) -> Bound:
    """Links a canonical agent and a wallet of the suite in both directions.

    The canonical registry gets the wallet, with the wallet's own signature (ERC-1271, ERC-7739) by its principal; our registry
    gets the canonical agent as metadata. What is linked already isn't sent again, so it can be repeated. A wallet has one
    canonical agent: another one replaces it. `account` owns the agent; `principal` owns the wallet, and is by default the same account.

    Raises `NotOwner` if the account doesn't own the agent, `NoPeculiumWallet` if the wallet isn't one of the suite, and
    `InvalidInput` if it belongs to another principal. Then nothing was sent.
    """
    chain, owner = _parties("bind(network, account, agent, wallet)", network, account)
    boss = Principal(owner if principal is None else principal, chain)
    found = _owned(chain, owner, agent, registry)
    contract, reference = identity_registry(chain, registry), found.reference
    party = check_account(to_address(wallet), chain)
    if not party.is_wallet and party.refusal is not None:
        raise party.refusal
    if party.wallet_principal != boss.address:
        raise InvalidInput(
            f"The wallet {party.address} belongs to {party.wallet_principal}, not to {boss.address}. Pass principal=, its account."
        )
    receipts = []
    if found.wallet != party.address:
        receipts.append(_set_wallet(contract, owner, boss, reference, str(party.address)))
    ours = chain.suite.registry
    if party.agent_id is not None and bytes(ours.read("getMetadata", party.agent_id, KEY)) != str(reference).encode():
        receipts.append(
            ours.send(boss.account, "setMetadata", party.agent_id, KEY, str(reference).encode(), event="MetadataSet")
        )
    return Bound(check(reference, chain, registry=registry), tuple(each.transaction for each in receipts))


def set_active(
    network: Network | Suite | Web3 | str,
    account: PrincipalAccount | str,
    agent: AgentReference | str,
    active: bool,
    *,
    registry: str | None = None,
) -> Mirrored:
    """Writes into the registration file whether the agent is active. The rest of the file stays as it is.

    It informs others; it stops nothing. Sends nothing if the file says so already. Raises `NotOwner` if the account doesn't own
    the agent, and `InvalidInput` if the file isn't within its URI.
    """
    chain, owner = _parties("set_active(network, account, agent, active)", network, account)
    return _set_active(chain, owner, _owned(chain, owner, agent, registry), active, registry)


def mirror(
    network: Network | Suite | Web3 | str,
    account: PrincipalAccount | str,
    agent: AgentReference | str,
    *,
    registry: str | None = None,
) -> Mirrored:
    """As `set_active`, with what the chain says: active if the agent is live and linked. Call it after a stop, and after its end."""
    chain, owner = _parties("mirror(network, account, agent)", network, account)
    found = _owned(chain, owner, agent, registry)
    return _set_active(chain, owner, found, found.live, registry)


def _parties(
    call: str, network: Network | Suite | Web3 | str, account: PrincipalAccount | str
) -> tuple[Network, PrincipalAccount]:
    require_order(call, network=(network, NODE), account=(account, PRIVATE_KEY))
    return Network.of(network), account_of(account)


def _owned(
    chain: Network, owner: PrincipalAccount, agent: AgentReference | str, registry: str | None
) -> CanonicalAgent:
    found, address = check(agent, chain, registry=registry), to_address(owner.address)
    if found.owner is None:
        raise InvalidInput(f"{found.problem} Register one first.")
    if found.owner != address:
        raise NotOwner(caller=address, agent_id=found.reference.agent_id, owner=found.owner)
    return found


def _set_wallet(
    contract: IdentityRegistry, owner: PrincipalAccount, boss: Principal, reference: AgentReference, wallet: str
) -> Receipt:
    deadline = _next_time(contract.node) + SIGNED_FOR
    data = contract.wallet_typed_data(reference.agent_id, wallet, to_address(owner.address), deadline)
    return contract.set_wallet(owner, reference.agent_id, wallet, deadline, boss.sign_as_wallet(wallet, data))


def _next_time(node: Node) -> int:
    # A quiet chain, such as a devnet, can have a last block that is older than the signature may be.
    try:
        pending = node.request("eth_getBlockByNumber", "pending", False)
    except NodeRefused:
        pending = None
    return max(node.timestamp(), to_int(pending["timestamp"]) if pending else 0)


def _set_active(
    chain: Network, owner: PrincipalAccount, found: CanonicalAgent, active: bool, registry: str | None
) -> Mirrored:
    if found.file is None:
        raise InvalidInput(f"{found.file_problem} `active` can only be changed in a file within the URI.")
    if found.file.content.get("active") is active:
        return Mirrored(found.reference, active, None)
    contract = identity_registry(chain, registry)
    receipt = contract.set_uri(owner, found.reference.agent_id, found.file.with_active(active).uri())
    return Mirrored(found.reference, active, receipt.transaction)
