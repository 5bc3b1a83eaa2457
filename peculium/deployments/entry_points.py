"""Whether an address has an EntryPoint that the wallets can work with, and which version it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.node import Node, Request
from peculium.errors import NoContractHere, NodeRefused, WrongContract
from peculium.units import to_address

ENTRY_POINTS = {
    "0.8": "0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108",
    "0.9": "0x433709009B8330FDa32311DF1C2AFA402eD8D009",
}
"""Where each version is on every chain."""
_DOMAIN = ("ERC4337", "1")
"""Name and version in the EIP-712 domain of an EntryPoint since version 0.8. Wallets sign user operations in it."""
_DOMAIN_TYPES = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]


def entry_point_requests(address: str) -> list[Request]:
    """Returns the requests whose answers `entry_point_version` takes."""
    nonce = "getNonce(address,uint192)", encode(["address", "uint192"], [address, 0])
    calls = ("eip712Domain()", b""), nonce, ("getCurrentUserOpHash()", b"")
    data = ["0x" + (keccak(text=signature)[:4] + arguments).hex() for signature, arguments in calls]
    return [
        ("eth_getCode", (address, "latest")),
        *(("eth_call", ({"to": address, "data": each}, "latest")) for each in data),
    ]


def entry_point_version(address: str, chain_id: int, answers: Sequence[Any]) -> str:
    """Returns "0.8" or "0.9". Raises `NoContractHere` without code, `WrongContract` for another interface."""
    code, domain, nonce, current = answers
    if isinstance(code, NodeRefused):
        raise code
    if code == "0x":
        raise NoContractHere(
            f"Chain {chain_id} has no EntryPoint at {address}. Nothing was sent. Use another chain, or name the EntryPoint "
            "that it has, version 0.8 or 0.9."
        )
    found = _decoded(_DOMAIN_TYPES, domain)
    if found is None or _decoded(["uint256"], nonce) is None:
        raise _other(address, "it has no EIP-712 domain or no nonces, as versions before 0.8 or another contract")
    name, version, its_chain, itself = found[1:5]
    if (name, version, its_chain, to_address(itself)) != (*_DOMAIN, chain_id, address):
        raise _other(address, "its EIP-712 domain isn't that of an EntryPoint on this chain")
    return "0.8" if _decoded(["bytes32"], current) is None else "0.9"


def check_entry_point(node: Node, address: str) -> str:
    """Returns the version of the EntryPoint. Raises as `entry_point_version` does."""
    return entry_point_version(address, node.chain_id(), node.batch(entry_point_requests(address)))


def _other(address: str, why: str) -> WrongContract:
    return WrongContract(
        f"The contract at {address} isn't an EntryPoint of version 0.8 or 0.9: {why}. Nothing was sent. Check address and chain."
    )


def _decoded(types: list[str], answer: Any) -> Any:
    if not isinstance(answer, str):
        return None
    data = bytes(HexBytes(answer))
    try:
        # Where ape is imported, eth_abi decodes missing data as zero.
        return decode(types, data) if len(data) >= 32 * len(types) else None
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return None
