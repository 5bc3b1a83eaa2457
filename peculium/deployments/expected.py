"""The code that a contract has on a chain: the compiler's output, with the values of its immutables."""

from __future__ import annotations

from collections.abc import Mapping

from eth_utils import keccak

from peculium.authorizations import Domain
from peculium.credentials import CREDENTIAL_DOMAIN
from peculium.deployments.artifacts import Artifact
from peculium.deployments.planned import Planned
from peculium.mandate import WALLET_DOMAIN
from peculium.mandate.values import address_bytes
from peculium.registry import REGISTRY_DOMAIN
from peculium.switch import SWITCH_DOMAIN
from peculium.wallet.settlement import separator_of

_DOMAINS = {
    "AgentRegistry": REGISTRY_DOMAIN,
    "AgentWallet": WALLET_DOMAIN,
    "CredentialRegistry": CREDENTIAL_DOMAIN,
    "MandateModule": WALLET_DOMAIN,
    "PowersModule": WALLET_DOMAIN,
    "RevocationSwitch": SWITCH_DOMAIN,
    "ViewsModule": WALLET_DOMAIN,
}
"""Name and version in the EIP-712 domains of the contracts that have one."""
_SUITE = {
    "FACTORY": "AgentWalletFactory",
    "IMPLEMENTATION": "AgentWallet",
    "MANDATE_MODULE": "MandateModule",
    "POWERS_MODULE": "PowersModule",
    "REGISTRY": "AgentRegistry",
    "SWITCH": "RevocationSwitch",
    "VIEWS_MODULE": "ViewsModule",
    "WRITER": "MandateWriter",
    "_implementation": "AgentWallet",
    "_switch": "RevocationSwitch",
}
"""Immutables that hold the address of a contract of the suite."""
_WORD = 32
_PUSH_ZERO = b"\x7f" + bytes(_WORD)
"""How the compiler's output pushes an immutable: PUSH32 and a placeholder."""


def expected_code(
    planned: Planned, artifact: Artifact, suite: Mapping[str, str], entry_point: str, chain_id: int
) -> bytes:
    """Returns the code that the constructor leaves on this chain. `suite` has the addresses of the suite by name.

    Raises `LookupError` for an artifact without the positions of its immutables.
    """
    if artifact.immutables is None:
        raise LookupError(f"The artifact of {planned.name} doesn't say where its immutables are.")
    code, values = bytearray(artifact.runtime_code), _values(planned, suite, entry_point, chain_id)
    for name, positions in artifact.immutables.items():
        for start in positions:
            code[start : start + _WORD] = values[name]
    return bytes(code)


def first_difference(code: bytes, expected: bytes) -> int | None:
    """Returns the position of the first byte that differs; None if there is none. A missing byte differs too."""
    if code == expected:
        return None
    pairs = enumerate(zip(code, expected, strict=False))
    return next((at for at, (found, wanted) in pairs if found != wanted), min(len(code), len(expected)))


def immutable_positions(runtime_code: bytes) -> list[int]:
    """Returns where the compiler's output has placeholders of immutables, in order."""
    found, at = [], 0
    while at < len(runtime_code):
        if runtime_code[at : at + 1 + _WORD] == _PUSH_ZERO:
            found.append(at + 1)
        at += 1 + pushed_bytes(runtime_code[at])
    return found


def pushed_bytes(instruction: int) -> int:
    """Returns how many bytes of operand follow an instruction: 1 to 32 after PUSH1 to PUSH32, else none."""
    return instruction - 0x5F if 0x60 <= instruction <= 0x7F else 0


def same_code(code: bytes, built: bytes) -> bool:
    """Whether deployed code equals the compiler's output, whatever its immutables are."""
    if len(code) != len(built):
        return False
    masked = bytearray(code)
    for start in immutable_positions(built):
        masked[start : start + _WORD] = bytes(_WORD)
    return bytes(masked) == built


def _values(planned: Planned, suite: Mapping[str, str], entry_point: str, chain_id: int) -> dict[str, bytes]:
    # Every immutable of the contracts, by its name in the source.
    addresses = {name: suite[contract] for name, contract in _SUITE.items() if contract in suite}
    addresses |= {"ENTRY_POINT": entry_point, "_entryPoint": entry_point, "_cachedThis": planned.address}
    if "principal" in planned.arguments:
        addresses["PRINCIPAL"] = planned.arguments["principal"]
    values = {name: address_bytes(address).rjust(_WORD, b"\0") for name, address in addresses.items()}
    if planned.name in _DOMAINS:
        name, version = _DOMAINS[planned.name]
        values |= {
            "_cachedDomainSeparator": separator_of(Domain(name, version), chain_id, planned.address),
            "_cachedChainId": chain_id.to_bytes(_WORD),
            "_hashedName": keccak(text=name),
            "_hashedVersion": keccak(text=version),
            "_name": _short_string(name),
            "_version": _short_string(version),
        }
    return values


def _short_string(text: str) -> bytes:
    # As OpenZeppelin's `ShortStrings` has it: the text to the left, its length in the last byte.
    raw = text.encode()
    return raw.ljust(_WORD - 1, b"\0") + len(raw).to_bytes()
