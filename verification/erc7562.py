"""Traces the validation of a user operation, opcode by opcode, and checks it against the rules of ERC-7562.

A bundler that follows these rules drops operations whose validation breaks one. The numbers (OP-011, STO-021, …) are
those of the ERC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from eth_utils import keccak, to_checksum_address
from web3 import Web3
from web3.types import RPCEndpoint

TRACER = """{
    steps: [],
    step: function(log) {
        var op = log.op.toString(), step = {op: op, pc: log.getPC(), depth: log.getDepth()};
        step.context = toHex(log.contract.getAddress());
        if (/^[ST](LOAD|STORE)$|^EXTCODE|^BALANCE$/.test(op)) step.first = log.stack.peek(0).toString(16);
        if (/CALL(CODE)?$/.test(op)) {
            step.first = log.stack.peek(1).toString(16);
            step.second = log.stack.peek(2).toString(16);
        }
        if (/^(KECCAK256|SHA3)$/.test(op)) {
            var start = log.stack.peek(0).valueOf(), size = log.stack.peek(1).valueOf();
            if (size <= 256) step.hashed = toHex(log.memory.slice(start, start + size));
        }
        this.steps.push(step);
    },
    fault: function() {},
    result: function() { return this.steps; }
}"""
"""For `debug_traceCall`."""
GAS_LIMIT = 10_000_000

BLOCK_OPCODES = {
    "TIMESTAMP",
    "NUMBER",
    "BASEFEE",
    "GASPRICE",
    "GASLIMIT",
    "DIFFICULTY",
    "PREVRANDAO",
    "RANDOM",
    "BLOCKHASH",
    "COINBASE",
}
FORBIDDEN = BLOCK_OPCODES | {
    "ORIGIN",
    "SELFBALANCE",
    "BALANCE",
    "BLOBHASH",
    "BLOBBASEFEE",
    "SELFDESTRUCT",
    "INVALID",
    "CREATE",
    "CREATE2",
}
"""OP-011, OP-080."""
CALLS = {"CALL", "DELEGATECALL", "CALLCODE", "STATICCALL"}
STORAGE = {"SLOAD", "SSTORE", "TLOAD", "TSTORE"}
"""The rules for storage hold for transient storage too (OP-070)."""
EXTERNAL_CODE = {"EXTCODESIZE", "EXTCODECOPY", "EXTCODEHASH"}
PRECOMPILES = {*range(1, 18), 0x100}
ASSOCIATED_SLOTS = 128
"""A slot is associated with an address up to this distance from the hash, so that the value may be a struct."""


@dataclass(frozen=True)
class Step:
    """One executed opcode."""

    op: str
    pc: int
    depth: int
    code: str
    """The contract whose code contains the opcode."""
    context: str
    """The contract whose storage the opcode accesses; differs from `code` in a DELEGATECALL."""
    slot: int | None = None
    target: str | None = None
    value: int = 0
    hashed: bytes | None = None

    def __str__(self) -> str:
        details = {"slot": self.slot and hex(self.slot), "target": self.target}
        text = ", ".join(f"{name} {value}" for name, value in details.items() if value)
        return f"{self.op} at {self.pc} in {self.code}{f' ({text})' if text else ''}"


@dataclass(frozen=True)
class ValidationTrace:
    """The steps of one call. Each method returns the steps that break a rule."""

    steps: list[Step]
    has_code: Callable[[str], bool] = field(repr=False)

    @classmethod
    def of(cls, web3: Web3, sender: str, to: str, data: str) -> ValidationTrace:
        """Traces a call, which must not revert."""
        call = {"from": sender, "to": to, "data": data, "gas": hex(GAS_LIMIT)}
        response = web3.provider.make_request(RPCEndpoint("debug_traceCall"), [call, "latest", {"tracer": TRACER}])
        if "error" in response:
            raise AssertionError(response["error"])
        code_at_depth: dict[int, str] = {}
        steps: list[Step] = []
        for raw in response["result"]:
            code = code_at_depth.setdefault(raw["depth"], to_checksum_address(to))
            step = _step(raw, code)
            if step.op in CALLS and step.target is not None:
                code_at_depth[step.depth + 1] = step.target
            steps.append(step)
        return cls(steps, lambda address: bool(web3.eth.get_code(to_checksum_address(address))))

    def forbidden_opcodes(self) -> list[Step]:
        """Opcodes that depend on the block or destroy code (OP-011), and GAS unless a call follows (OP-012)."""
        found = [step for step in self.steps if step.op in FORBIDDEN]
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            if step.op == "GAS" and following.op not in CALLS:
                found.append(step)
        return found

    def foreign_storage(self, wallet: str, own: tuple[str, ...] = ()) -> list[Step]:
        """Accesses to storage that is neither the wallet's (STO-010) nor associated with it (STO-021).

        `own` are entities whose own storage is allowed too, such as a staked paymaster (STO-031).
        """
        roots = self._associated_roots(wallet)
        return [
            step
            for step in self.steps
            if step.slot is not None
            and step.context not in (wallet, *own)
            and not any(root <= step.slot < root + ASSOCIATED_SLOTS for root in roots)
        ]

    def codeless_accesses(self, wallet: str) -> list[Step]:
        """Accesses to addresses without code (OP-041, OP-042). Calls of precompiles are allowed (OP-062)."""
        return [
            step
            for step in self.steps
            if step.target is not None
            and step.op in EXTERNAL_CODE | CALLS
            and step.target != wallet
            and not (step.op in CALLS and int(step.target, 16) in PRECOMPILES)
            and not self.has_code(step.target)
        ]

    def value_transfers(self) -> list[Step]:
        """Calls with ether; only the EntryPoint may receive it (OP-061)."""
        return [step for step in self.steps if step.op in ("CALL", "CALLCODE") and step.value]

    def delegatecalls_outside(self, contract: str) -> list[Step]:
        """Delegatecalls of other contracts. Their code may change, and storage behind a proxy is not associated."""
        return [step for step in self.steps if step.op == "DELEGATECALL" and step.context != contract]

    def slots_of(self, contract: str) -> set[int]:
        """The slots of a contract that were accessed."""
        return {step.slot for step in self.steps if step.slot is not None and step.context == contract}

    def _associated_roots(self, wallet: str) -> list[int]:
        """keccak(wallet . x) for every such hash that the call computed, and the wallet's address as a slot."""
        key = bytes(12) + bytes.fromhex(wallet[2:])
        return [
            int.from_bytes(keccak(step.hashed))
            for step in self.steps
            if step.hashed is not None and len(step.hashed) == 64 and step.hashed.startswith(key)
        ] + [int.from_bytes(key)]


def _step(raw: dict[str, Any], code: str) -> Step:
    op, first = raw["op"], int(raw["first"], 16) if "first" in raw else None
    target = None
    if first is not None and op not in STORAGE:
        target = to_checksum_address((first & (2**160 - 1)).to_bytes(20))
    return Step(
        op=op,
        pc=raw["pc"],
        depth=raw["depth"],
        code=code,
        context=to_checksum_address(raw["context"]),
        slot=first if op in STORAGE else None,
        target=target,
        value=int(raw["second"], 16) if op in ("CALL", "CALLCODE") else 0,
        hashed=bytes.fromhex(raw["hashed"][2:]) if "hashed" in raw else None,
    )
