"""Simulations in which nobody has to sign: `eth_call` with other code at some addresses (state overrides).

Where the wallet asks for the agent key's signature, the key's address gets code that accepts every signature (ERC-1271): the
wallet takes that for the key's consent. So what is tried is what whoever has the key could do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils import keccak, to_checksum_address

from peculium.units import to_address

MAGIC = bytes.fromhex("1626ba7e")
"""What ERC-1271 returns for a valid signature."""
ANYBODY = to_address("0x" + keccak(text="peculium stop-proof: anybody")[-20:].hex())
"""An address that nobody has a key of."""
SIGNATURE = b"\x11" * 32
"""Any bytes; not 65, which would be taken for a signature of a key."""

Transaction = dict[str, str]
Overrides = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Step:
    """One call of a sequence; without calldata the target's balance of the native currency is read."""

    target: str
    data: bytes | None


def call(sender: str, to: str, data: str) -> Transaction:
    """Returns the transaction of a simulation."""
    return {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": data}


def accepting(account: str) -> Overrides:
    """Returns the override that makes an account accept every signature."""
    # PUSH32 magic, PUSH1 0, MSTORE, PUSH1 32, PUSH1 0, RETURN
    code = b"\x7f" + MAGIC.ljust(32, b"\0") + bytes.fromhex("60005260206000f3")
    return {to_checksum_address(account): {"code": "0x" + code.hex()}}


def sequence(caller: str, steps: Sequence[Step]) -> tuple[Transaction, Overrides]:
    """Returns a simulation in which `caller` makes these calls one after another, in one transaction.

    `results` reads what it returns. The code at the caller is replaced by code that makes the calls.
    """
    base, code, data = 64 * len(steps), b"", b""
    for index, step in enumerate(steps):
        word = 64 * index
        if step.data is None:
            code += b"\x73" + _bytes20(step.target) + b"\x31" + _push(word + 32) + b"\x52" + _push(1)
        else:
            # CALLDATACOPY to `base`, then CALL with the first word of the result to `word + 32`.
            code += _push(len(step.data)) + _push(len(data)) + _push(base) + b"\x37"
            code += _push(32) + _push(word + 32) + _push(len(step.data)) + _push(base) + _push(0)
            code += b"\x73" + _bytes20(step.target) + b"\x5a\xf1"
            data += step.data
        code += _push(word) + b"\x52"
    code += _push(base) + _push(0) + b"\xf3"
    overrides: Overrides = {str(to_checksum_address(caller)): {"code": "0x" + code.hex()}}
    return call(ANYBODY, caller, "0x" + data.hex()), overrides


def results(answer: bytes) -> list[tuple[bool, int]]:
    """Returns of each step of a sequence whether it succeeded, and the first word of its result."""
    words = [int.from_bytes(answer[start : start + 32]) for start in range(0, len(answer), 32)]
    return [(bool(success), word) for success, word in zip(words[::2], words[1::2], strict=True)]


def _push(number: int) -> bytes:
    return b"\x63" + number.to_bytes(4)


def _bytes20(address: str) -> bytes:
    return bytes.fromhex(to_address(address)[2:])


def ask(batch: Any, transaction: Transaction, overrides: Overrides | None = None) -> Any:
    """Adds a simulation to a batch."""
    return batch.ask("eth_call", transaction, "latest", *([overrides] if overrides else []))
