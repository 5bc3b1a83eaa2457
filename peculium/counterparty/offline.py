"""Verifies evidence without a chain: hashes, signatures of keys, and the address of the wallet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from eth_account.messages import encode_typed_data

from peculium.clones import Clone
from peculium.counterparty.findings import Finding, either
from peculium.counterparty.shape import ENROLLMENT_TYPES
from peculium.credentials import CredentialStatus, SignedCredential, signer_of
from peculium.credentials import verify as verify_credential
from peculium.mandate import MANDATE_TYPES, WALLET_DOMAIN, typed_data
from peculium.registry import REGISTRY_DOMAIN, Status
from peculium.units import to_address

KEY_SIGNATURE = 65
"""Bytes of a signature of a secp256k1 key. Others are verified by contracts."""
Evidence = Mapping[str, Any]
Addresses = Mapping[str, str]


def verify_offline(evidence: Evidence, trusted: Addresses) -> Iterator[Finding]:
    """Yields what evidence (of the right form) shows by itself. `trusted` are the addresses of the suite's contracts."""
    for name, entry in evidence["contracts"].items():
        yield either(
            entry["address"] == trusted[name],
            f"The {name} is that of the trusted suite.",
            f"contracts.{name}.address is {entry['address']}, but the {name} of the trusted suite is {trusted[name]}.",
        )
    yield from _wallet(evidence, trusted)
    yield from _agent(evidence)
    yield from _mandate(evidence)
    yield from _liability(evidence, trusted)
    for entry in evidence["credentials"]:
        yield from _credential(evidence, entry, trusted)


def _wallet(evidence: Evidence, trusted: Addresses) -> Iterator[Finding]:
    wallet, factory = evidence["wallet"], trusted["AgentWalletFactory"]
    clone = Clone.of(bytes.fromhex(wallet["code"][2:]))
    if clone is None or clone.implementation != trusted["AgentWallet"]:
        yield Finding("wallet.code isn't that of a wallet of the suite.", False)
        return
    yield either(
        clone.address(factory) == wallet["address"],
        f"Only the factory {factory} can have created {wallet['address']}, as a wallet of the suite.",
        f"wallet.address isn't the one that the factory {factory} gives to a wallet with this code.",
    )
    for name in ("implementation", "principal", "agent_key", "salt"):
        yield either(
            wallet[name] == getattr(clone, name),
            f"wallet.{name} is what the wallet's code says.",
            f"wallet.{name} isn't what the wallet's code says.",
        )
    if clone.principal == evidence["wallet_principal"]:
        yield Finding("The wallet belongs to the principal for whom it was created.", True)
    else:
        yield Finding(f"That {clone.principal}, for whom the wallet was created, handed it over needs the chain.", None)


def _agent(evidence: Evidence) -> Iterator[Finding]:
    agent = evidence["agent"]
    yield either(
        agent["live"] == (agent["status"] == Status.ACTIVE.name),
        "agent.live agrees with agent.status.",
        f"agent.live is {agent['live']}, but agent.status is {agent['status']}.",
    )


def _mandate(evidence: Evidence) -> Iterator[Finding]:
    mandate, wallet, chain_id = evidence["mandate"], evidence["wallet"]["address"], evidence["block"]["chain_id"]
    if mandate is None:
        yield Finding("The evidence has no mandate.", None)
        return
    message = mandate["typed_data"]["message"]
    # Built anew, so that types and domain are those that the wallet checks.
    data = typed_data(WALLET_DOMAIN, chain_id, wallet, MANDATE_TYPES, "Mandate", message)
    yield either(
        data == mandate["typed_data"],
        "The mandate's typed data are of this wallet and chain.",
        "mandate.typed_data isn't a mandate for this wallet on this chain: types, primaryType or domain differ.",
    )
    yield either(
        "0x" + bytes(encode_typed_data(full_message=data).body).hex() == mandate["hash"],
        "The mandate's hash is that of its typed data.",
        "mandate.hash isn't that of mandate.typed_data.",
    )
    yield either(
        message["principal"] == evidence["wallet_principal"],
        "The mandate names the wallet's principal.",
        f"The mandate names the principal {message['principal']}, but wallet_principal is {evidence['wallet_principal']}.",
    )
    yield either(
        evidence["agent"]["status"] != Status.ACTIVE.name or message["principal"] == evidence["principal"],
        "The mandate names the principal that answers, if the agent is active.",
        f"The agent is active, and principal is {evidence['principal']}, but the mandate names {message['principal']}.",
    )
    for who, signer in (("principal", message["principal"]), ("agent", message["agentKey"])):
        yield _signature(f"The {who} has signed the mandate", data, mandate, f"{who}_signature", signer)


def _liability(evidence: Evidence, trusted: Addresses) -> Iterator[Finding]:
    accepted, wallet = evidence["liability"], evidence["wallet"]["address"]
    if accepted is None:
        yield Finding("The evidence has no liability.", None)
        return
    yield either(
        accepted["principal"] == evidence["principal"],
        "The principal that answers is the one that accepted.",
        f"liability.principal is {accepted['principal']}, but principal is {evidence['principal']}.",
    )
    if accepted["typed_data"] is None:
        yield Finding("The principal's acceptance is an event of the chain, without a signature of its own.", None)
        return
    message = accepted["typed_data"]["message"]
    chain_id, registry = evidence["block"]["chain_id"], trusted["AgentRegistry"]
    data = typed_data(REGISTRY_DOMAIN, chain_id, registry, ENROLLMENT_TYPES, "AgentEnrollment", message)
    yield either(
        data == accepted["typed_data"],
        "The acceptance's typed data are of this registry and chain.",
        "liability.typed_data isn't an acceptance for this registry and chain: types, primaryType or domain differ.",
    )
    stated = {
        "principal": accepted["principal"],
        "wallet": wallet,
        "statementHash": accepted["statement_hash"],
        "epoch": accepted["epoch"],
    }
    for name, value in stated.items():
        yield either(
            message[name] == value,
            f"The acceptance has the {name} that the evidence names.",
            f"liability.typed_data.message.{name} is {message[name]}, but the evidence names {value}.",
        )
    yield _signature("The principal has signed the acceptance", data, accepted, "signature", accepted["principal"])


def _credential(evidence: Evidence, entry: Evidence, trusted: Addresses) -> Iterator[Finding]:
    signed, registry = SignedCredential.from_dict(entry), trusted["CredentialRegistry"]
    subjects = (evidence["wallet"]["address"], evidence["principal"])
    chain_id, time = evidence["block"]["chain_id"], int(datetime.fromisoformat(evidence["block"]["time"]).timestamp())
    name = f"The credential 0x{signed.credential_id.hex()} of {signed.credential.issuer}"
    yield either(
        entry["id"] == "0x" + signed.credential_id.hex(),
        f"{name} has this id.",
        f"{name} has another id in credentials.",
    )
    yield either(
        signed.credential.subject in subjects,
        f"{name} is about the agent or its principal.",
        f"{name} is about {signed.credential.subject}, who is neither the agent nor its principal.",
    )
    yield either(
        (signed.chain_id, signed.registry) == (chain_id, registry),
        f"{name} is of this chain and registry.",
        f"{name} is of another chain or registry.",
    )
    if len(signed.signature) != KEY_SIGNATURE:
        yield Finding(f"{name} has no signature of a key: that its issuer made it needs the chain.", None)
    else:
        status = verify_credential(signed, [signed.credential.issuer], time, chain_id, registry)
        yield either(
            status is CredentialStatus.VALID,
            f"{name} is signed, and valid at the time of the block.",
            f"{name} is {status.name} at the time of the block.",
        )
    yield Finding(f"That {name[0].lower()}{name[1:]} wasn't revoked needs the chain.", None)


def _signature(text: str, data: dict[str, Any], entry: Evidence, name: str, signer: str) -> Finding:
    raw = bytes.fromhex(entry[name][2:])
    if len(raw) != KEY_SIGNATURE:
        return Finding(f"{text}: by a contract, another kind of key, or a transaction, which needs the chain.", None)
    return either(
        signer_of(data, raw) == to_address(signer), f"{text}.", f"{name} isn't the signature of {to_address(signer)}."
    )
