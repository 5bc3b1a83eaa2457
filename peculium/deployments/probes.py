"""What a chain's EVM can do, found out without a transaction."""

from __future__ import annotations

from typing import Any

from peculium.chain.node import Node, Request
from peculium.errors import ChainTooOld, NodeRefused

INSTRUCTIONS = {"PUSH0": "0x5f00", "TSTORE": "0x600060005d00", "TLOAD": "0x60005c00", "MCOPY": "0x6000600060005e00"}
"""Programs that run one instruction each, which older EVMs lack. A call to no address runs them as init code."""
INSTRUCTION_REQUESTS: tuple[Request, ...] = tuple(
    ("eth_call", ({"data": code}, "latest")) for code in INSTRUCTIONS.values()
)
P256_PRECOMPILE = "0x" + "100".zfill(40)
"""Where RIP-7212 and EIP-7951 verify signatures on P-256."""
P256_SIGNED = (
    "c64295313e198c3d642417f1fc5f0a71fa4616acc8a7bba384c811db2a8ddc25"
    "6d3b052fbd5bb4b4d6cf3ab745c9823d4b6dcbfaaf754b0a4c35ee3fa4993f7d"
    "7992a2154b26de5a192c2da89409d0de012c02f4f241134c9d28ed58a4fea8a1"
    "b3bb2bebe42aea8b01eb40e26cde612ea450c0e7d685b4a5f84ab384adeac8dc"
    "b4920c51d38fed7ca8d040fc451cc12e9f14d7c04f8e86b3da6badbd72bae587"
)
"""What it is asked: the SHA-256 of "peculium", a valid signature of it (r and s), and the key (x and y)."""
P256_REQUEST: Request = ("eth_call", ({"to": P256_PRECOMPILE, "data": "0x" + P256_SIGNED}, "latest"))


def missing_instructions(answers: list[Any]) -> tuple[list[str], str]:
    """Returns the instructions that the EVM lacks, and the node's words, from the answers to `INSTRUCTION_REQUESTS`."""
    missing = {name: found for name, found in zip(INSTRUCTIONS, answers, strict=True) if isinstance(found, NodeRefused)}
    return list(missing), next(iter(missing.values())).reason if missing else ""


def check_instructions(node: Node) -> None:
    """Raises `ChainTooOld` unless the chain's EVM has the instructions that the contracts use (Cancun)."""
    require_instructions(node.chain_id(), node.batch(INSTRUCTION_REQUESTS))


def require_instructions(chain_id: int, answers: list[Any]) -> None:
    """As `check_instructions`, for the answers to `INSTRUCTION_REQUESTS`."""
    missing, reason = missing_instructions(answers)
    if missing:
        raise ChainTooOld(
            f"The EVM of chain {chain_id} doesn't run {', '.join(missing)} ({reason}). The contracts need the Cancun version or a "
            "later one. Nothing was sent. Use another chain."
        )


def verifies_p256(answer: Any) -> bool | None:
    """Whether the chain has the precompile, from the answer to `P256_REQUEST`; None if the node doesn't say."""
    return None if isinstance(answer, NodeRefused) else answer == "0x" + "1".zfill(64)
