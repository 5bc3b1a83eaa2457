"""What tests of guards share: how `GuardDouble` behaves, and what a transaction asked it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from eth_utils import function_abi_to_4byte_selector
from web3 import Web3

from peculium import Contract
from peculium.contract import load_abi
from peculium.devnet.anvil import rpc

CLOSE_GAS = 200_000
"""The gas of `onClose`."""
DESTROYABLE = bytes.fromhex("3660065733ff5b5f3560e01c60e01b5f5260205ff3")
"""Runtime code of a guard that agrees to everything, and destroys itself when it is called without data."""
_SELECTORS = {
    entry["name"]: function_abi_to_4byte_selector(entry)  # type: ignore[arg-type]
    for entry in load_abi("FleetBudget")
    if entry.get("name") in ("accepts", "onCharge", "onClose")
}


class Behavior(IntEnum):
    """`GuardDouble.Behavior`."""

    AGREES = 0
    ANSWERS = 1
    REVERTS = 2
    BURNS_GAS = 3


@dataclass(frozen=True)
class GuardCall:
    """One call of a guard."""

    function: str
    arguments: dict[str, Any]
    caller: str
    gas: int
    """The gas that the call got."""
    kind: str
    """The opcode."""
    data: str
    """The calldata (0x hex)."""


def guard_selector(function: str) -> bytes:
    """The selector of a function of `IGuard`."""
    return _SELECTORS[function]


def word(selector: bytes) -> bytes:
    """A selector as a contract returns it."""
    return selector.ljust(32, b"\0")


def calls_of_guard(web3: Web3, guard: Contract, transaction: str) -> list[GuardCall]:
    """The calls of a guard in a transaction, in order. Calls of its other functions are left out."""
    trace = rpc(web3, "debug_traceTransaction", transaction, {"tracer": "callTracer"})
    return list(_calls(web3, guard, trace))


def _calls(web3: Web3, guard: Contract, frame: dict[str, Any]) -> Iterator[GuardCall]:
    data = bytes.fromhex(frame["input"][2:])
    if frame.get("to", "").lower() == guard.address.lower() and data[:4] in _SELECTORS.values():
        contract = web3.eth.contract(web3.to_checksum_address(guard.address), abi=load_abi("FleetBudget"))
        function, arguments = contract.decode_function_input(data)
        caller = web3.to_checksum_address(frame["from"])
        yield GuardCall(function.fn_name, arguments, caller, int(frame["gas"], 16), frame["type"], frame["input"])
    for inner in frame.get("calls", ()):
        yield from _calls(web3, guard, inner)


def calling_code(to: str, data: str) -> str:
    """Runtime code (0x hex) that makes one call whenever it is called. Slot 0 holds 2 if it succeeded, 1 if it failed.

    It needs little gas besides the call's own, unlike `GuardDouble`, which stores what the call returned.
    """
    payload = bytes.fromhex(data[2:])
    length = len(payload).to_bytes(2).hex()
    copy = f"61{length}61002c5f39"
    call = f"5f5f61{length}5f5f73{to[2:].lower()}5af1"
    return "0x" + copy + call + "6001015f5500" + payload.hex()
