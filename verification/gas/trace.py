"""The trace of a transaction: every step and call with exactly the gas that it used."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hexbytes import HexBytes
from web3 import Web3
from web3.types import TxData

from peculium.devnet.anvil import rpc

TRACER = """{
    // Instructions whose operands matter, and how many.
    operands: {SLOAD: 1, SSTORE: 1, TLOAD: 1, TSTORE: 1, EXTCODECOPY: 1, EXTCODESIZE: 1, EXTCODEHASH: 1, BALANCE: 1},
    events: [],
    refund: 0,
    step: function(log) {
        var name = log.op.toString(), operands = [];
        for (var i = 0; i < (this.operands[name] || 0); i++) operands.push(log.stack.peek(i).toString(16));
        if (name === 'KECCAK256' || name === 'SHA3') {
            var start = log.stack.peek(0).valueOf(), size = log.stack.peek(1).valueOf();
            if (size == 64) operands.push(toHex(log.memory.slice(start, start + size)));
        }
        this.refund = log.getRefund();
        this.events.push([name, log.getGas(), operands]);
    },
    fault: function(log) {},
    enter: function(call) {
        this.events.push(['enter', call.getType(), toHex(call.getTo()), toHex(call.getInput()).slice(0, 10)]);
    },
    exit: function(result) { this.events.push(['exit', result.getGasUsed()]); },
    result: function(context) { return {events: this.events, refund: this.refund}; }
}"""
"""Runs in the node, which executes the transaction again."""
TRANSACTION, ZERO_BYTE, OTHER_BYTE = 21_000, 4, 16
"""Gas of a transaction, and of each byte of its calldata (EIP-2028)."""
LISTED_ACCOUNT, LISTED_SLOT = 2_400, 1_900
"""Gas of each account and slot of an access list (EIP-2930)."""
REFUND_SHARE = 5
"""At most a fifth of the gas used is refunded (EIP-3529)."""


class TraceMismatch(Exception):
    """The gas of the steps doesn't add up to the gas of the receipt."""


@dataclass
class Step:
    """One instruction, without the gas of the call that it makes."""

    name: str
    gas_left: int
    """Gas before the instruction."""
    operands: list[str]
    """The topmost stack items (hex), or what KECCAK256 hashes if that is 64 bytes long."""
    call: Frame | None = None
    gas: int = 0


@dataclass
class Frame:
    """One call: the code that runs, on whose storage, and its steps."""

    kind: str
    """CALL, STATICCALL, DELEGATECALL, CREATE or CREATE2."""
    code: str
    """Address of the code (lower case)."""
    account: str
    """Address of the account whose storage it uses: not that of the code in a DELEGATECALL."""
    selector: str
    """The first four bytes of the calldata (0x hex)."""
    steps: list[Step] = field(default_factory=list)
    gas: int = 0
    """All gas of the call, calls made by it included."""

    @property
    def end(self) -> int:
        """Gas of its last step, or all of it if it has none: a precompiled contract, or the storing of new code."""
        return self.gas - sum(step.gas + (step.call.gas if step.call else 0) for step in self.steps)

    def walk(self) -> Iterator[tuple[Frame, Step]]:
        """Every step of the call and of those made by it, in the order of execution."""
        for step in self.steps:
            yield self, step
            if step.call:
                yield from step.call.walk()


@dataclass(frozen=True)
class Trace:
    """A transaction: `intrinsic` + the gas of `top`, less `refund`, is what its sender paid for."""

    gas_used: int
    """The gas of the receipt."""
    intrinsic: int
    """Gas before the first step: the transaction itself, its calldata and its access list."""
    refund: int
    """Gas given back for storage that was set to zero."""
    top: Frame


def trace(web3: Web3, transaction: str) -> Trace:
    """Traces a mined transaction of Anvil. Raises `TraceMismatch` if the gas of the steps isn't the receipt's."""
    sent = web3.eth.get_transaction(HexBytes(transaction))
    gas_used = web3.eth.get_transaction_receipt(HexBytes(transaction))["gasUsed"]
    recorded = rpc(web3, "debug_traceTransaction", transaction, {"tracer": TRACER})
    target = str(sent["to"]).lower()
    top = Frame("CALL", target, target, HexBytes(sent["input"])[:4].to_0x_hex())
    _fill(top, iter(recorded["events"]))
    intrinsic = _intrinsic(sent)
    # The last instruction is STOP or RETURN of memory that is in use already: it costs nothing.
    top.gas = top.steps[0].gas_left - top.steps[-1].gas_left if top.steps else 0
    refund = min(recorded["refund"], (intrinsic + top.gas) // REFUND_SHARE)
    total = intrinsic + top.gas - refund
    if total != gas_used:
        raise TraceMismatch(f"The trace of {transaction} has {total:,} gas, its receipt {gas_used:,}.")
    return Trace(gas_used, intrinsic, refund, top)


def _intrinsic(sent: TxData) -> int:
    """Gas before the first step."""
    zeros = bytes(sent["input"]).count(0)
    listed = sent.get("accessList", ())
    keys = sum(len(entry["storageKeys"]) for entry in listed)
    calldata = zeros * ZERO_BYTE + (len(sent["input"]) - zeros) * OTHER_BYTE
    return TRANSACTION + calldata + len(listed) * LISTED_ACCOUNT + keys * LISTED_SLOT


def _fill(frame: Frame, events: Iterator[list[Any]]) -> None:
    """Reads the steps of a call until its end, and computes the gas of each."""
    for name, *rest in events:
        if name == "exit":
            frame.gas = rest[0]
            break
        if name == "enter":
            kind, code, selector = rest
            account = frame.account if kind in ("DELEGATECALL", "CALLCODE") else code
            frame.steps[-1].call = Frame(kind, code, account, selector)
            _fill(frame.steps[-1].call, events)
        else:
            frame.steps.append(Step(name, *rest))
    for step, following in zip(frame.steps, frame.steps[1:], strict=False):
        step.gas = step.gas_left - following.gas_left - (step.call.gas if step.call else 0)
