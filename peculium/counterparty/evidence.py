"""Collects what a third party needs to verify a check again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import function_abi_to_4byte_selector, keccak
from eth_utils.abi import collapse_if_tuple

from peculium.clones import Clone
from peculium.contract import Contract, Event
from peculium.counterparty.offline import KEY_SIGNATURE
from peculium.counterparty.on_chain import suite_of
from peculium.counterparty.parts import HeldCredential
from peculium.counterparty.shape import FORMAT
from peculium.credentials import SignedCredential, signer_of
from peculium.errors import NodeRefused
from peculium.mandate import Mandate
from peculium.network import Network
from peculium.plain import as_plain
from peculium.wallet import AgentWallet

if TYPE_CHECKING:
    from peculium.counterparty.counterparty import Counterparty


def collect(found: Counterparty, network: Network) -> dict[str, Any]:
    """Returns the evidence of a check, JSON-ready. Signatures come from the transactions that brought them to the chain."""
    node = network.node
    _require_complete(found)
    contracts = suite_of(network)
    number = hex(found.block.number)
    codes = node.batch([("eth_getCode", (each, number)) for each in (*contracts.values(), found.address)])
    for code in codes:
        if isinstance(code, NodeRefused):
            raise code
    *suite_codes, wallet_code = (bytes.fromhex(code[2:]) for code in codes)
    creation = _creation(network, found)
    return {
        "format": FORMAT,
        "block": as_plain(found.block),
        "contracts": {
            name: {"address": address, "code_hash": as_plain(keccak(code))}
            for (name, address), code in zip(contracts.items(), suite_codes, strict=True)
        },
        "wallet": {"address": found.address, "code": as_plain(wallet_code), **as_plain(Clone.of(wallet_code) or {})},
        "agent": {"id": found.agent_id, "uri": found.uri, "status": found.status.name, "live": found.live},
        "principal": found.principal,
        "wallet_principal": found.wallet_principal,
        "mandate": None if found.mandate is None else _mandate(network, found, found.mandate, creation),
        "liability": None if found.liability is None else _liability(network, found, creation),
        "credentials": [_credential(network, each) for each in found.credentials if each.live],
    }


def _require_complete(found: Counterparty) -> None:
    # Evidence that leaves something out would be refuted by the chain.
    shown = {
        "mandate in force": found.mandate is not None or found.mandate_hash is None,
        "acceptance of liability": found.liability is not None or found.principal is None,
    }
    for what, complete in shown.items():
        if not complete:
            raise NodeRefused(f"The node doesn't show the event of the {what}. Use a node that keeps all events.")


def _creation(network: Network, found: Counterparty) -> tuple[Any, ...] | None:
    # The arguments of `createAgent`, if the factory created the agent of this wallet.
    if found.agent_id is None:
        return None
    factory = network.suite.factory
    event = factory.log("AgentCreated", agentId=found.agent_id, wallet=found.address)
    return None if event is None else next(_calls(network, event, factory, "createAgent"), None)


def _mandate(
    network: Network, found: Counterparty, mandate: Mandate, creation: tuple[Any, ...] | None
) -> dict[str, Any]:
    wallet = AgentWallet(network.web3, str(found.address))
    event = wallet.log("MandateInstalled", mandateHash=mandate.hash())
    signatures = (b"", b"")
    if event is not None:
        created = (
            creation is not None
            and mandate.round == creation[0][5]
            and mandate.hash() == event.arguments["mandateHash"]
        )
        signed = next(_calls(network, event, wallet, "setMandateSigned"), None)
        if signed is not None:
            signatures = signed[1], signed[2]
        elif created and creation is not None:
            signatures = creation[2][4], creation[2][5]
    data = mandate.typed_data(wallet.address, found.block.chain_id)
    return {
        "hash": as_plain(mandate.hash()),
        "typed_data": as_plain(data),
        "principal_signature": as_plain(_of_key(bytes(signatures[0]), data, mandate.principal)),
        "agent_signature": as_plain(_of_key(bytes(signatures[1]), data, mandate.agent_key)),
        "transaction": None if event is None else event.transaction,
    }


def _liability(network: Network, found: Counterparty, creation: tuple[Any, ...] | None) -> dict[str, Any]:
    accepted = found.liability
    assert accepted is not None
    evidence = {**as_plain(accepted), "typed_data": None, "signature": "0x"}
    if creation is not None and bytes(creation[2][1]) == accepted.statement_hash:
        uri, statement, deadline, signature, *_ = creation[2]
        data = network.suite.registry.enrollment_typed_data(
            accepted.principal, str(found.address), uri, statement, accepted.epoch, deadline
        )
        signature = _of_key(bytes(signature), data, accepted.principal)
        evidence |= {"typed_data": as_plain(data), "signature": as_plain(signature)}
    return evidence


def _of_key(signature: bytes, data: dict[str, Any], signer: str) -> bytes:
    # A contract's signature (ERC-1271) can be as long as that of a key, and would look like a forgery without the chain.
    foreign = len(signature) == KEY_SIGNATURE and signer_of(data, signature) != signer
    return b"" if foreign else signature


def _credential(network: Network, held: HeldCredential) -> dict[str, Any]:
    registry, signature = network.suite.credentials, held.signature
    if not signature and (event := registry.log("CredentialIssued", credentialId=held.credential_id)) is not None:
        message = held.credential.as_tuple()
        calls = (call for call in _calls(network, event, registry, "issue") if call[0][6] == message[6])
        signature = next((bytes(call[1]) for call in calls), b"")
        signature = _of_key(signature, registry.typed_data(held.credential), held.credential.issuer)
    chain_id = network.node.chain_id()
    return {
        "id": as_plain(held.credential_id),
        **SignedCredential(held.credential, signature, chain_id, registry.address).as_dict(),
    }


def _calls(network: Network, event: Event, contract: Contract, function: str) -> Iterator[tuple[Any, ...]]:
    """Yields the arguments of the calls of a function in the transaction of an event, also of calls by other contracts."""
    (entry,) = (each for each in contract.abi if each.get("name") == function and each["type"] == "function")
    selector = function_abi_to_4byte_selector(entry)  # type: ignore[arg-type]
    types = [collapse_if_tuple(each) for each in entry["inputs"]]
    transaction = network.node.request("eth_getTransactionByHash", event.transaction)
    data = bytes.fromhex((transaction or {}).get("input", "0x")[2:])
    start = data.find(selector)
    while start != -1:
        # These four bytes can also be part of something else.
        with suppress(DecodingError, OverflowError, UnicodeDecodeError):
            yield decode(types, data[start + 4 :])
        start = data.find(selector, start + 1)
