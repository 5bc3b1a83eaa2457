"""EIP-712: the types of a mandate, typed data and its hashes."""

from __future__ import annotations

from typing import Any

from eth_account.messages import _hash_eip191_message, encode_typed_data

from peculium.mandate.bounds import ZERO_ADDRESS
from peculium.units import to_address

WALLET_DOMAIN = ("Peculium AgentWallet", "1")
"""Name and version in the EIP-712 domain of every wallet."""

MANDATE_TYPES: dict[str, list[dict[str, str]]] = {
    name: [dict(zip(("type", "name"), member.split(), strict=True)) for member in members.split(", ")]
    for name, members in {
        "Token": "address token, uint8 decimals",
        "Window": "uint32 length, uint96 limit",
        "LimitedPayee": "address payee, uint96 limit, uint48 validUntil",
        "Budget": "string currency, uint8 decimals, uint96 paymentLimit, uint96 lifetimeLimit, uint96 spentAtMost, "
        "Window[] windows, Token[] tokens, uint96 strangerPaymentLimit, uint96 strangerWindowLimit, address[] payees, "
        "LimitedPayee[] limitedPayees",
        "Argument": "uint8 kind, bytes32[] values",
        "CallRule": "address target, bytes4 selector, uint8 variant, address token, uint96 valueLimit, uint96 pullLimit, "
        "uint32 maxCalls, uint32 window, address gainToken, uint96 gain, uint96 per, Argument[] arguments",
        "ChequeBook": "address token, uint16 count, uint96 limit, uint32 period, bool strangers",
        "GasTerms": "uint96 operationLimit, uint96 windowLimit, uint32 window",
        "Powers": "CallRule[] calls, ChequeBook[] chequeBooks, uint8 maxRequests, uint32 maxRequestAge, "
        "uint32 maxAuthorizationAge, GasTerms gasTerms",
        "Mandate": "address principal, uint64 epoch, address agentKey, uint48 validFrom, uint48 validUntil, "
        "uint32 round, address guard, Budget[] budgets, Powers powers, bytes32 termsHash, string termsURI",
    }.items()
}
"""The EIP-712 types of a mandate."""

_DOMAIN_TYPE = [
    {"name": name, "type": type_}
    for name, type_ in (
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    )
]


def typed_data(
    domain: tuple[str, str], chain_id: int, contract: str, types: dict[str, Any], primary: str, message: dict[str, Any]
) -> dict[str, Any]:
    """Returns EIP-712 typed data in the JSON form that signers take. `domain` is name and version."""
    return {
        "types": {"EIP712Domain": _DOMAIN_TYPE, **types},
        "primaryType": primary,
        "domain": {
            "name": domain[0],
            "version": domain[1],
            "chainId": chain_id,
            "verifyingContract": to_address(contract),
        },
        "message": message,
    }


def digest_of(data: dict[str, Any]) -> bytes:
    """Returns the EIP-712 digest (32 bytes) of typed data."""
    return bytes(_hash_eip191_message(encode_typed_data(full_message=data)))


def struct_hash(primary: str, message: dict[str, Any], types: dict[str, list[dict[str, str]]] = MANDATE_TYPES) -> bytes:
    """Returns the EIP-712 struct hash (32 bytes) of a message; by default of a part of a mandate."""
    # The body of a signable message is the struct hash of its primary type.
    used = {name: types[name] for name in _referenced_types(primary, types)}
    data = typed_data(WALLET_DOMAIN, 1, ZERO_ADDRESS, used, primary, message)
    return bytes(encode_typed_data(full_message=data).body)


def _referenced_types(primary: str, types: dict[str, list[dict[str, str]]]) -> list[str]:
    # eth_account rejects types that the primary type doesn't refer to.
    found = [primary]
    for name in found:
        inner = (member["type"].removesuffix("[]") for member in types[name])
        found += [each for each in inner if each in types and each not in found]
    return found
