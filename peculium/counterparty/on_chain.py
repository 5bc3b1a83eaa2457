"""Compares evidence with the chain, as it was in the block of the evidence. The node is believed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from eth_utils import keccak

from peculium.chain.node import Request
from peculium.chain.receipts import receipt_of, to_int
from peculium.contract import Read, read_all
from peculium.counterparty.findings import Finding, either, same
from peculium.credentials import CredentialStatus, SignedCredential
from peculium.errors import NodeRefused
from peculium.mandate import ZERO_ADDRESS, ZERO_HASH
from peculium.network import Network
from peculium.registry import AgentCheck, Status, check_of
from peculium.wallet import AgentWallet

Evidence = Mapping[str, Any]


def compare(evidence: Evidence, network: Network) -> Iterator[Finding]:
    """Yields what the chain says about evidence of the right form.

    Raises `ChainUnavailable` if the node doesn't answer, or doesn't keep the state of the block.
    """
    for compare_part in (_block, _codes, _state):
        findings = list(compare_part(evidence, network))
        yield from findings
        # The rest of another block, or of other contracts, says nothing.
        if any(each.held is False for each in findings):
            return


def suite_of(network: Network) -> dict[str, str]:
    """Returns the addresses of the contracts that evidence names, by name."""
    suite = network.suite
    return {
        "AgentRegistry": suite.registry.address,
        "AgentWalletFactory": suite.factory.address,
        "AgentWallet": suite.factory.read("IMPLEMENTATION"),
        "CredentialRegistry": suite.credentials.address,
    }


def _block(evidence: Evidence, network: Network) -> Iterator[Finding]:
    block = evidence["block"]
    requests: list[Request] = [("eth_chainId", ()), ("eth_getBlockByNumber", (hex(block["number"]), False))]
    chain_id, header = network.node.batch(requests)
    yield same("block.chain_id", block["chain_id"], to_int(_usable(chain_id)), "now")
    if _usable(header) is None:
        yield Finding(f"block.number is {block['number']}, but the chain has no such block.", False)
        return
    where = f"of block {block['number']}"
    yield same("block.hash", block["hash"], str(header["hash"]), where)
    stated = int(datetime.fromisoformat(block["time"]).timestamp())
    yield same("block.time (unix seconds)", stated, to_int(header["timestamp"]), where)


def _codes(evidence: Evidence, network: Network) -> Iterator[Finding]:
    contracts, wallet, addresses = evidence["contracts"], evidence["wallet"], suite_of(network)
    number, where = hex(evidence["block"]["number"]), _where(evidence)
    requests: list[Request] = [("eth_getCode", (each, number)) for each in (*addresses.values(), wallet["address"])]
    *codes, wallet_code = (bytes.fromhex(_of_state(each, evidence)[2:]) for each in network.node.batch(requests))
    for (name, address), code in zip(addresses.items(), codes, strict=True):
        yield same(f"contracts.{name}.address", contracts[name]["address"], address, "now")
        yield same(f"contracts.{name}.code_hash", contracts[name]["code_hash"], "0x" + keccak(code).hex(), where)
    yield same("wallet.code", wallet["code"], "0x" + wallet_code.hex(), where)


def _state(evidence: Evidence, network: Network) -> Iterator[Finding]:
    suite, number, where = network.suite, evidence["block"]["number"], _where(evidence)
    signed = [SignedCredential.from_dict(each) for each in evidence["credentials"]]
    reads = [
        Read(suite.factory, "checkWallet", (evidence["wallet"]["address"],)),
        *(Read(suite.credentials, "verify", (each.credential.as_tuple(), each.signature)) for each in signed),
    ]
    (checked, *statuses), _ = read_all(network.node, reads, block=number)
    agent, is_wallet = check_of(checked[0]), checked[1]
    yield either(
        is_wallet,
        f"The factory says {where} that the wallet is one of its own.",
        f"The factory doesn't know wallet.address {where}.",
    )
    for position, (each, status) in enumerate(zip(signed, statuses, strict=True)):
        found = CredentialStatus(status)
        yield either(
            found is CredentialStatus.VALID,
            f"The credential 0x{each.credential_id.hex()} is valid {where}.",
            f"credentials[{position}] isn't valid: the chain says {found.name} {where}.",
        )
    if is_wallet:
        yield from _agent(evidence, network, agent)
        yield from _mandate(evidence, network, agent)
        yield from _liability(evidence, network, agent)


def _agent(evidence: Evidence, network: Network, agent: AgentCheck) -> Iterator[Finding]:
    stated, where = evidence["agent"], _where(evidence)
    known = agent.status is not Status.UNKNOWN
    yield same("agent.id", stated["id"], agent.agent_id if known else None, where)
    yield same("agent.status", stated["status"], agent.status.name, where)
    yield same("agent.live", stated["live"], agent.status is Status.ACTIVE, where)
    yield same("principal", evidence["principal"], _known(agent.principal), where)
    registry = network.suite.registry
    uri = registry.read("tokenURI", agent.agent_id, block=evidence["block"]["number"]) if known else None
    yield same("agent.uri", stated["uri"], uri, where)


def _mandate(evidence: Evidence, network: Network, agent: AgentCheck) -> Iterator[Finding]:
    mandate, where = evidence["mandate"], _where(evidence)
    wallet = AgentWallet(network.web3, evidence["wallet"]["address"])
    reads = [Read(wallet, "mandateHash"), Read(wallet, "principal")]
    (in_force, owner), _ = read_all(network.node, reads, block=evidence["block"]["number"])
    yield same("wallet_principal", evidence["wallet_principal"], owner, where)
    hash_ = None if in_force == ZERO_HASH else "0x" + bytes(in_force).hex()
    yield same("mandate.hash", None if mandate is None else mandate["hash"], hash_, where)
    if mandate is None:
        return
    if mandate["hash"] == "0x" + agent.mandate_hash.hex():
        yield Finding(f"The registry says {where} that principal and agent key agreed to the mandate.", True)
    else:
        yield Finding(f"The mandate wasn't anchored {where}: only its signatures show that the agent agreed.", None)
    events = _events(network, mandate["transaction"], wallet.address, "MandateInstalled")
    yield either(
        any("0x" + bytes(each["mandateHash"]).hex() == mandate["hash"] for each in events),
        "mandate.transaction has installed the mandate.",
        f"mandate.transaction is {mandate['transaction']}, which hasn't installed the mandate.",
    )


def _liability(evidence: Evidence, network: Network, agent: AgentCheck) -> Iterator[Finding]:
    liability, block, registry = evidence["liability"], evidence["block"]["number"], network.suite.registry
    answers = agent.principal != ZERO_ADDRESS
    if liability is None or not answers:
        yield either(
            liability is None and not answers,
            f"Nobody answers for the agent {_where(evidence)}.",
            f"liability is {'missing' if liability is None else 'given'}, but the chain says that "
            f"{agent.principal if answers else 'nobody'} answers {_where(evidence)}.",
        )
        return
    who = {"agentId": agent.agent_id, "principal": agent.principal}
    # From the block that is named on, because a later acceptance would have replaced it.
    events = registry.events_with("LiabilityAccepted", min(liability["block"], block), **who)
    events = [each for each in events if each.block <= block]
    if not events:
        yield Finding(f"liability.block is {liability['block']}, but the chain has no acceptance since then.", False)
        return
    last = events[-1]
    found = {
        "principal": agent.principal,
        "statement_hash": "0x" + bytes(last.arguments["statementHash"]).hex(),
        "epoch": last.arguments["epoch"],
        "block": last.block,
        "transaction": last.transaction,
    }
    for name, value in found.items():
        yield same(f"liability.{name}", liability[name], value, _where(evidence))


def _events(network: Network, transaction: str, address: str, name: str) -> Sequence[Mapping[str, Any]]:
    receipt = network.node.request("eth_getTransactionReceipt", transaction)
    events = () if receipt is None else receipt_of(receipt).events
    return [each.arguments for each in events if (each.name, each.address) == (name, address)]


def _where(evidence: Evidence) -> str:
    return f"in block {evidence['block']['number']}"


def _known(address: str) -> str | None:
    return None if address == ZERO_ADDRESS else address


def _usable(answer: Any) -> Any:
    if isinstance(answer, NodeRefused):
        raise answer
    return answer


def _of_state(answer: Any, evidence: Evidence) -> Any:
    if isinstance(answer, NodeRefused):
        raise NodeRefused(
            f"The node doesn't keep the state of block {evidence['block']['number']}. Use an archive node.",
            answer.code,
            answer.reason,
        )
    return answer
