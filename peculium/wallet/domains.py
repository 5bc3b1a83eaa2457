"""The EIP-712 domain of a token, found from what the token says and checked against its separator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.authorizations import Domain
from peculium.chain.node import Request
from peculium.errors import NodeRefused, WrongDomain
from peculium.token import ERC20
from peculium.wallet.settlement import separator_of

_NAMES = {
    "DOMAIN_SEPARATOR()": ["bytes32"],
    "name()": ["string"],
    "version()": ["string"],
    "eip712Domain()": ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"],
}
_USUAL_VERSIONS = ("1", "2")
"""Versions that are tried for a token that doesn't report one. A match of the separator proves it."""


def domain_of(token: ERC20) -> Domain:
    """Returns the name and version of a token's EIP-712 domain.

    What the token reports (ERC-5267, or name and version) must hash to its `DOMAIN_SEPARATOR()`. Raises `WrongDomain` if
    nothing does, or if the token has no separator: then nothing proves the domain.
    """
    return domain_from(token.address, token.node.chain_id(), token.node.batch(domain_requests(token.address)))


def domain_requests(address: str) -> list[Request]:
    """Returns the requests whose answers `domain_from` takes."""
    return [("eth_call", ({"to": address, "data": "0x" + keccak(text=name)[:4].hex()}, "latest")) for name in _NAMES]


def domain_from(address: str, chain_id: int, answers: Sequence[Any]) -> Domain:
    """As `domain_of`, from the answers to `domain_requests`."""
    decoded = [_decoded(types, answer) for types, answer in zip(_NAMES.values(), answers, strict=True)]
    found = dict(zip(_NAMES, decoded, strict=True))
    separator = found["DOMAIN_SEPARATOR()"]
    if separator is not None:
        for domain in _candidates(found):
            if separator_of(domain, chain_id, address) == separator[0]:
                return domain
    why = (
        "has no DOMAIN_SEPARATOR()"
        if separator is None
        else "has an EIP-712 domain that its name and version don't give"
    )
    raise WrongDomain(
        f"The token {address} {why}, so nothing tells how to sign an authorization for it (EIP-3009).",
        "Ask the token's issuer for name and version and pass domain=Domain(name, version), or use pay.",
    )


def _candidates(found: dict[str, Any]) -> list[Domain]:
    reported, name, version = (found[each] for each in ("eip712Domain()", "name()", "version()"))
    exact = [] if reported is None else [Domain(reported[1], reported[2])]
    names = [] if name is None else [name[0]]
    versions = [*([] if version is None else [version[0]]), *_USUAL_VERSIONS]
    return [*exact, *(Domain(each, number) for each in names for number in versions)]


def _decoded(types: list[str], answer: Any) -> Any:
    if isinstance(answer, NodeRefused):
        return None
    data = bytes(HexBytes(answer))
    try:
        # Where ape is imported, eth_abi decodes missing data as zero.
        return decode(types, data) if len(data) >= 32 * len(types) else None
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None
