"""Asks the chain who an account is: two round trips for an address, three for the id of an agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_utils import event_abi_to_log_topic, to_checksum_address
from web3 import Web3

from peculium.argument_order import require_order
from peculium.chain.node import Request
from peculium.chain.receipts import event_of, to_int
from peculium.chain.refusals import refusal_of_node
from peculium.clones import Clone
from peculium.contract import Contract, Event, Read, read_all
from peculium.counterparty.counterparty import Counterparty
from peculium.counterparty.parts import Block, Liability
from peculium.counterparty.wanted import Wanted
from peculium.credentials import SignedCredential
from peculium.errors import ContractError, InvalidInput, NodeRefused, clean
from peculium.errors.redaction import ADDRESS, NODE, shown
from peculium.mandate import ZERO_ADDRESS, ZERO_HASH, Mandate
from peculium.mandate.values import address_bytes
from peculium.network import Network
from peculium.registry import AgentCheck, Status, check_of
from peculium.suite import Suite
from peculium.units import from_timestamp, to_address, to_uint
from peculium.wallet import AgentWallet, Remaining
from peculium.wallet.installed import mandate_of

ATTEMPTS = 3
"""How often a check begins again because the agent has changed while it was read."""


def check(
    who: str | int,
    network: Network | Suite | Web3 | str,
    *,
    credentials: Sequence[str | bytes | SignedCredential] = (),
    issuers: Sequence[str] = (),
) -> Counterparty:
    """Returns who acts with an address or as an agent, who answers for it, what it may do, and whether it is live.

    `who` is the address of a wallet, or the id of an agent. `network` is the URL of a node, or a connection. `credentials`
    are schemas, by name or hash, of which one of `issuers` must have issued a live credential to the agent's wallet or its
    principal; or credentials that the agent presents.

    Strangers are an answer, not an error: an account without code, another contract, an id that nobody has. Raises
    `InvalidInput` for what can't be an address or an id, and `ChainUnavailable` if the chain doesn't answer.
    """
    require_order("check(who, network)", who=(who, ADDRESS), network=(network, NODE))
    look_up = LookUp(Network.of(network), Wanted.of(credentials, issuers))
    if isinstance(who, str) and who.startswith("eip155:"):
        raise InvalidInput(f"{clean(who)} is an agent of another registry. Pass it to peculium.canonical.check.")
    if isinstance(who, str):
        return look_up.by_address(to_address(who))
    if isinstance(who, bool) or not isinstance(who, int):
        raise InvalidInput(
            f"{shown(who)} is neither an address nor the id of an agent. Pass 0x and 40 hex digits, or an int."
        )
    return look_up.by_id(to_uint(who, 256, "The agent's id"))


@dataclass(frozen=True)
class _First:
    """What the first round trip finds, which says what the second has to ask."""

    block: Block
    agent: AgentCheck
    is_wallet: bool
    mandate_hash: bytes
    """That of the mandate in force in the wallet; zero if there is none."""
    mandate: Mandate | None
    """The mandate itself; None if there is none, or the node doesn't show its event."""

    @property
    def subjects(self) -> list[str]:
        """The accounts whose credentials count."""
        return [each for each in dict.fromkeys((self.agent.wallet, self.agent.principal)) if each != ZERO_ADDRESS]


class LookUp:
    """A search for one account."""

    def __init__(self, network: Network, wanted: Wanted) -> None:
        self._network, self._wanted, self._suite, self._node = network, wanted, network.suite, network.node

    def by_id(self, agent_id: int) -> Counterparty:
        """Returns what is known about an agent."""
        (answer,), blocks = read_all(self._node, [Read(self._suite.registry, "checkAgent", (agent_id,))], _LATEST)
        agent = check_of(answer)
        if agent.status is Status.UNKNOWN:
            return self._nobody(None, blocks)
        found = None if agent.wallet == ZERO_ADDRESS else self.by_address(agent.wallet)
        if found is not None and found.agent_id == agent_id:
            return found
        # A wallet that hasn't proven itself may be anybody's: what it may do says nothing about this agent.
        return replace(
            self._nobody(_known(agent.wallet), blocks),
            status=agent.status,
            agent_id=agent_id,
            principal=_known(agent.principal),
        )

    def by_address(self, address: str) -> Counterparty:
        """Returns what is known about an account. Begins again if it changes meanwhile."""
        for attempt in range(1, ATTEMPTS + 1):
            first = self._first(address)
            try:
                found = self._second(address, first)
            except ContractError:
                # The mandate can have changed since the first round trip.
                if attempt == ATTEMPTS:
                    raise
                continue
            if found is not None:
                return found
        raise NodeRefused(
            f"{address} has changed during each of {ATTEMPTS} reads. Check it again.", reason="changed", transient=True
        )

    def _first(self, address: str) -> _First:
        factory, wallet = self._suite.factory, AgentWallet(self._network.web3, address)
        reads = [Read(factory, "checkWallet", (address,)), Read(factory, "IMPLEMENTATION")]
        requests: list[Request] = [
            *_LATEST,
            ("eth_getCode", (to_checksum_address(address), "latest")),
            # Another account than a wallet may answer anything; then the answer isn't read.
            Read(wallet, "mandateHash").request("latest"),
            events_request(wallet, "MandateInstalled"),
        ]
        (checked, implementation), answers = read_all(self._node, reads, requests)
        *blocks, code, hash_, logs = answers
        if isinstance(code, NodeRefused):
            raise code
        clone = Clone.of(bytes.fromhex(code[2:]))
        # Both the factory and the code itself have to say so.
        ours = (
            clone is not None and clone.implementation == implementation and clone.address(factory.address) == address
        )
        if not (checked[1] and ours):
            return _First(_block_of(blocks), check_of(checked[0]), False, ZERO_HASH, None)
        in_force = bytes(wallet.decode("mandateHash", (), _usable(hash_)))
        mandate = None if in_force == ZERO_HASH else _mandate(wallet, in_force, logs)
        return _First(_block_of(blocks), check_of(checked[0]), True, in_force, mandate)

    def _second(self, address: str, first: _First) -> Counterparty | None:
        # None if something has changed since the first round trip.
        suite, agent, block = self._suite, first.agent, hex(first.block.number)
        wallet = AgentWallet(self._network.web3, address)
        budgets = first.mandate.budgets if first.mandate else ()
        known = agent.status is not Status.UNKNOWN
        groups = [
            [Read(suite.factory, "checkWallet", (address,))],
            [Read(suite.registry, "tokenURI", (agent.agent_id,))] if known else [],
            [Read(wallet, "principal"), Read(wallet, "mandateHash")] if first.is_wallet else [],
            [Read(wallet, "remaining", (budget.currency,)) for budget in budgets],
            self._wanted.reads(suite.credentials, first.subjects),
        ]
        requests = [
            ("eth_getBlockByNumber", (block, False)),
            *([_acceptance(suite.registry, agent, block)] if known else []),
        ]
        found, (header, *acceptances) = read_all(
            self._node, [each for group in groups for each in group], requests, block
        )
        (checked,), uri, wallet_state, limits, credentials = _like(groups, found)
        now = check_of(checked[0])
        changed = replace(now, status=agent.status) != agent or wallet_state[1:] not in ([], [first.mandate_hash])
        if changed or _usable(header)["hash"] != first.block.hash:
            return None
        held = self._wanted.held(suite.credentials, first.subjects, credentials)
        mandate_hash = first.mandate_hash if first.is_wallet else now.mandate_hash
        return Counterparty(
            address=address,
            block=first.block,
            registry=suite.registry.address,
            status=now.status,
            is_wallet=first.is_wallet,
            agent_id=now.agent_id if known else None,
            uri=uri[0] if known else None,
            principal=_known(now.principal),
            liability=_liability(suite.registry, now, acceptances),
            wallet_principal=wallet_state[0] if first.is_wallet else None,
            mandate_hash=None if mandate_hash == ZERO_HASH else mandate_hash,
            mandate=first.mandate,
            limits={
                budget.currency: Remaining.of(state, budget.decimals)
                for budget, state in zip(budgets, limits, strict=True)
            },
            credentials=tuple(held),
            missing=self._wanted.missing(held),
            network=self._network,
        )

    def _nobody(self, address: str | None, blocks: Sequence[Any]) -> Counterparty:
        return Counterparty(
            address=address,
            block=_block_of(blocks),
            registry=self._suite.registry.address,
            status=Status.UNKNOWN,
            is_wallet=False,
            missing=self._wanted.missing([]),
            network=self._network,
        )


_LATEST: list[Request] = [("eth_chainId", ()), ("eth_getBlockByNumber", ("latest", False))]


def _block_of(answers: Sequence[Any]) -> Block:
    chain_id, header = (_usable(each) for each in answers)
    time = from_timestamp(to_int(header["timestamp"]))
    return Block(to_int(chain_id), to_int(header["number"]), str(header["hash"]), time)


def _usable(answer: Any) -> Any:
    if isinstance(answer, NodeRefused):
        raise refusal_of_node(answer)
    if answer is None:
        raise NodeRefused("The node doesn't know the block that it has just named. Try again.", transient=True)
    return answer


def _known(address: str) -> str | None:
    return None if address == ZERO_ADDRESS else address


def _like(groups: Sequence[Sequence[Any]], values: Sequence[Any]) -> list[list[Any]]:
    # The values in groups as long as those.
    rest = iter(values)
    return [[next(rest) for _ in group] for group in groups]


def events_request(
    contract: Contract, name: str, last_block: str = "latest", topics: Sequence[str | None] = ()
) -> Request:
    """Returns the request for all events of this name. `topics` are those of the indexed arguments; None for any."""
    (entry,) = (each for each in contract.abi if each["type"] == "event" and each["name"] == name)
    first = "0x" + event_abi_to_log_topic(entry).hex()  # type: ignore[arg-type]
    query = {"address": contract.address, "topics": [first, *topics], "fromBlock": "0x0", "toBlock": last_block}
    return "eth_getLogs", (query,)


def _mandate(wallet: AgentWallet, mandate_hash: bytes, logs: Any) -> Mandate | None:
    if isinstance(logs, NodeRefused):
        # The node searches fewer blocks at once.
        event = wallet.log("MandateInstalled", mandateHash=mandate_hash)
    else:
        events = (event_of(log) for log in logs)
        found = [each for each in events if each is not None and each.arguments["mandateHash"] == mandate_hash]
        event = found[-1] if found else None
    mandate = None if event is None else mandate_of(event.arguments["mandate"])
    # The hash is the wallet's, so nobody can put other terms in place of those that it enforces.
    return mandate if mandate is not None and mandate.hash() == mandate_hash else None


def _acceptance(registry: Contract, agent: AgentCheck, block: str) -> Request:
    topics = ["0x" + agent.agent_id.to_bytes(32).hex(), "0x" + address_bytes(agent.principal).rjust(32, b"\0").hex()]
    return events_request(registry, "LiabilityAccepted", block, topics)


def _liability(registry: Contract, agent: AgentCheck, answers: Sequence[Any]) -> Liability | None:
    if agent.principal == ZERO_ADDRESS or not answers:
        return None
    (logs,) = answers
    event: Event | None
    if isinstance(logs, NodeRefused):
        event = registry.log("LiabilityAccepted", agentId=agent.agent_id, principal=agent.principal)
    else:
        event = event_of(logs[-1]) if logs else None
    if event is None:
        return None
    found = event.arguments
    return Liability(agent.principal, bytes(found["statementHash"]), found["epoch"], event.block, event.transaction)
