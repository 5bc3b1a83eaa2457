"""Verifies the evidence of a check, without the chain or with it.

Without the chain, hashes, signatures of keys and the wallet's address show who promised what. That the agent was live in a block
can only be shown by a chain: a node says so, and is believed. Proofs against the block's state root aren't verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from eth_abi.exceptions import EncodingError
from eth_account.messages import encode_typed_data
from web3 import Web3

from peculium.clones import Clone
from peculium.counterparty.evidence import FORMAT
from peculium.credentials import CredentialStatus, SignedCredential, signer_of
from peculium.credentials import verify as verify_credential
from peculium.deployments import suite_addresses
from peculium.errors import InvalidEvidence, InvalidInput, NodeRefused
from peculium.mandate import MANDATE_TYPES, WALLET_DOMAIN, typed_data
from peculium.network import Network
from peculium.registry import REGISTRY_DOMAIN, Status
from peculium.suite import Suite
from peculium.units import to_address

_ENROLLMENT = ("principal", "wallet", "agentURI", "statementHash", "epoch", "deadline")
Finding = tuple[str, bool | None]
"""A sentence, and whether it was shown (True), is wrong (False), or can't be shown here (None)."""


@dataclass(frozen=True)
class EvidenceReport:
    """What evidence shows."""

    shown: tuple[str, ...]
    """What was verified."""
    wrong: tuple[str, ...]
    """What contradicts itself or the chain."""
    open: tuple[str, ...]
    """What can't be shown from the evidence alone."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong. What is in `open` wasn't verified."""
        return not self.wrong

    def require(self) -> Self:
        """Returns the report itself. Raises `InvalidEvidence` if something is wrong."""
        if self.wrong:
            raise InvalidEvidence(self.wrong)
        return self

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {"holds": self.holds, "shown": [*self.shown], "wrong": [*self.wrong], "open": [*self.open]}


def verify_evidence(
    evidence: Mapping[str, Any],
    network: Network | Suite | Web3 | str | None = None,
    contracts: Mapping[str, str] | None = None,
) -> EvidenceReport:
    """Verifies what `Counterparty.as_evidence` returned: offline, or also against the chain of `network`.

    `contracts` are the addresses of the suite that you trust, by name; by default those of this package, or of `network`.
    Raises `InvalidInput` for what isn't evidence at all.
    """
    chain = None if network is None else Network.of(network)
    trusted = dict(contracts or (_addresses(chain) if chain else suite_addresses()))
    try:
        if evidence["format"] != FORMAT:
            raise InvalidInput(f"The format is {evidence['format']!r}. Pass evidence of the format {FORMAT}.")
        findings = [*_offline(evidence, trusted), *(_online(evidence, chain) if chain else [])]
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, EncodingError) as error:
        if type(error) is InvalidInput and "The format" in str(error):
            raise
        raise InvalidInput(f"This isn't evidence of a check: {error!r}. Pass what as_evidence returned.") from None
    if chain is None:
        findings.append((f"That the agent was {evidence['agent']['status']} in the block needs the chain.", None))
        findings.append(
            (
                "That the block is one of the chain, and the contracts' code is that of the hashes, needs the chain.",
                None,
            )
        )
    return EvidenceReport(*(tuple(text for text, held in findings if held is state) for state in (True, False, None)))


def _addresses(chain: Network) -> dict[str, str]:
    suite = chain.suite
    return {
        "AgentRegistry": suite.registry.address,
        "AgentWalletFactory": suite.factory.address,
        "AgentWallet": suite.factory.read("IMPLEMENTATION"),
        "CredentialRegistry": suite.credentials.address,
    }


def _offline(evidence: Mapping[str, Any], trusted: Mapping[str, str]) -> Iterator[Finding]:
    for name, entry in evidence["contracts"].items():
        yield f"The {name} is that of the trusted suite.", trusted.get(name) == entry["address"]
    yield from _wallet(evidence["wallet"], evidence["principal"], trusted)
    for part, verify in (("mandate", _mandate), ("liability", _liability)):
        if evidence[part] is None:
            yield f"The evidence has no {part}.", None
        else:
            yield from verify(evidence, trusted)
    yield from _credentials(evidence, trusted)


def _wallet(wallet: Mapping[str, Any], principal: str, trusted: Mapping[str, str]) -> Iterator[Finding]:
    clone = Clone.of(bytes.fromhex(wallet["code"][2:]))
    ours = clone is not None and clone.implementation == trusted["AgentWallet"]
    yield "The wallet's code is a clone of the suite's wallet.", ours
    if clone is not None:
        same = clone.address(trusted["AgentWalletFactory"]) == wallet["address"]
        yield "Principal, agent key and salt in the code give the wallet's address, so the factory created it.", same
        stated = (wallet["implementation"], wallet["principal"], wallet["agent_key"], int(wallet["salt"]))
        in_code = (clone.implementation, clone.principal, clone.agent_key, clone.salt)
        yield "What the evidence says of the wallet is what its code says.", stated == in_code
        if clone.principal == principal:
            yield "The wallet was created for the principal that answers.", True
        else:
            yield f"That {clone.principal}, for whom the wallet was created, handed it over needs the chain.", None


def _mandate(evidence: Mapping[str, Any], trusted: Mapping[str, str]) -> Iterator[Finding]:
    mandate, wallet, chain_id = evidence["mandate"], evidence["wallet"]["address"], evidence["block"]["chain_id"]
    message = mandate["typed_data"]["message"]
    # Built anew, so that types and domain are those that the wallet checks.
    data = typed_data(WALLET_DOMAIN, chain_id, wallet, MANDATE_TYPES, "Mandate", message)
    yield "The mandate's typed data are of this wallet and chain.", data == mandate["typed_data"]
    hash_ = "0x" + bytes(encode_typed_data(full_message=data).body).hex()
    yield "The mandate's hash is that of its typed data.", hash_ == mandate["hash"]
    yield "The mandate names the principal that answers.", message["principal"] == evidence["principal"]
    for who, signer in (("principal", message["principal"]), ("agent", message["agentKey"])):
        yield _signature(f"The {who} has signed the mandate.", data, mandate[f"{who}_signature"], signer)


def _liability(evidence: Mapping[str, Any], trusted: Mapping[str, str]) -> Iterator[Finding]:
    accepted = evidence["liability"]
    yield "The principal that answers is the one that accepted.", accepted["principal"] == evidence["principal"]
    if accepted["typed_data"] is None:
        yield "The principal's acceptance is an event of the chain, without a signature of its own.", None
        return
    message, types = accepted["typed_data"]["message"], accepted["typed_data"]["types"]["AgentEnrollment"]
    kinds = ("address", "address", "string", "bytes32", "uint64", "uint256")
    expected = [{"name": name, "type": kind} for name, kind in zip(_ENROLLMENT, kinds, strict=True)]
    chain_id, registry = evidence["block"]["chain_id"], trusted["AgentRegistry"]
    data = typed_data(REGISTRY_DOMAIN, chain_id, registry, {"AgentEnrollment": expected}, "AgentEnrollment", message)
    names = (message["principal"], message["wallet"], message["statementHash"])
    stated = (accepted["principal"], evidence["wallet"]["address"], accepted["statement_hash"])
    yield "The acceptance is of this epoch.", message["epoch"] == accepted["epoch"]
    yield "The acceptance is of this principal, wallet and statement.", types == expected and names == stated
    yield _signature("The principal has signed the acceptance.", data, accepted["signature"], accepted["principal"])


def _credentials(evidence: Mapping[str, Any], trusted: Mapping[str, str]) -> Iterator[Finding]:
    subjects = (evidence["wallet"]["address"], evidence["principal"])
    chain_id, time = evidence["block"]["chain_id"], _seconds(evidence["block"]["time"])
    for entry in evidence["credentials"]:
        signed = SignedCredential.from_dict(entry)
        name = f"The credential 0x{signed.credential_id.hex()} of {signed.credential.issuer}"
        yield f"{name} has this id.", entry["id"] == "0x" + signed.credential_id.hex()
        yield f"{name} is about the agent or its principal.", signed.credential.subject in subjects
        registry = trusted["CredentialRegistry"]
        if not signed.signature:
            yield f"{name} was issued by a transaction, without a signature of its own.", None
            continue
        status = verify_credential(signed, [signed.credential.issuer], time, chain_id, registry)
        yield f"{name} is signed, and valid at the time of the block.", status is CredentialStatus.VALID
        yield f"That {name[0].lower()}{name[1:]} wasn't revoked needs the chain.", None


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _signature(text: str, data: dict[str, Any], signature: str, signer: str) -> Finding:
    raw = bytes.fromhex(signature[2:])
    if len(raw) != 65:
        return f"{text[:-1]}: by a contract, another kind of key, or a transaction, which needs the chain.", None
    found = signer_of(data, raw)
    return text, found == to_address(signer)


def _online(evidence: Mapping[str, Any], chain: Network) -> Iterator[Finding]:
    number, wallet = hex(evidence["block"]["number"]), evidence["wallet"]["address"]
    node, factory = chain.node, chain.suite.factory
    yield "The node serves the chain of the evidence.", node.chain_id() == evidence["block"]["chain_id"]
    header = node.request("eth_getBlockByNumber", number, False) or {}
    yield "The chain has the block.", header.get("hash") == evidence["block"]["hash"]
    try:
        agent, is_wallet = factory.read("checkWallet", wallet, block=int(number, 16))
    except NodeRefused:
        yield "The node doesn't keep the state of the block. Use an archive node.", None
        return
    mandate = evidence["mandate"]
    status = Status(agent[7]).name
    yield f"The registry said {status} in the block.", status == evidence["agent"]["status"]
    yield "The factory said in the block that the wallet is one of its own.", is_wallet
    yield "The principal answered for the agent in the block.", agent[1] == evidence["principal"]
    if mandate is not None:
        yield "The mandate was anchored in the block.", "0x" + bytes(agent[3]).hex() == mandate["hash"]
