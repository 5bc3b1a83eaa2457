"""What a call does, opcode by opcode, and which of it ERC-7562 doesn't allow while an operation is validated."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from eth_utils import keccak, to_checksum_address

TRACER = """{
    steps: [],
    step: function(log) {
        var op = log.op.toString(), step = {op: op, pc: log.getPC(), depth: log.getDepth()};
        step.at = toHex(log.contract.getAddress());
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
"""For `debug_traceCall`. `at` is whose storage a step works on."""

FORBIDDEN = {
    *(
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
    ),
    *("ORIGIN", "SELFBALANCE", "BALANCE", "BLOBHASH", "BLOBBASEFEE", "SELFDESTRUCT", "INVALID", "CREATE", "CREATE2"),
}
"""OP-011, OP-080."""
CALLS = {"CALL", "DELEGATECALL", "CALLCODE", "STATICCALL"}
STORAGE = {"SLOAD", "SSTORE", "TLOAD", "TSTORE"}
"""Transient storage follows the rules of the other (OP-070)."""
EXTERNAL_CODE = {"EXTCODESIZE", "EXTCODECOPY", "EXTCODEHASH"}
NEAR = 128
"""How far from a hash a slot may be to be associated: structs are that long at most."""


@dataclass(frozen=True)
class Step:
    """One opcode. `code` is whose code it is in, and `at` whose storage it works on."""

    op: str
    pc: int
    depth: int
    code: str
    at: str
    slot: int | None = None
    target: str | None = None
    value: int = 0
    hashed: bytes | None = None

    def __str__(self) -> str:
        about = {"slot": self.slot and hex(self.slot), "target": self.target}
        said = ", ".join(f"{name} {value}" for name, value in about.items() if value)
        return f"{self.op} at {self.pc} of {self.code}{f' ({said})' if said else ''}"


@dataclass
class Trace:
    """The steps of one call, and the rules."""

    steps: list[Step]
    has_code: Any = field(repr=False)
    """Whether there is code at an address."""

    @classmethod
    def of(cls, web3: Any, sender: str, to: str, data: str) -> Trace:
        """Traces a call; it has to succeed."""
        asked = {"from": sender, "to": to, "data": data, "gas": hex(10_000_000)}
        answer = web3.provider.make_request("debug_traceCall", [asked, "latest", {"tracer": TRACER}])
        if "error" in answer:
            raise AssertionError(answer["error"])
        codes, steps = {}, []
        for raw in answer["result"]:
            depth = raw["depth"]
            if not steps:
                codes[depth] = to_checksum_address(to)
            step = _step(raw, codes[depth])
            if step.op in CALLS:
                codes[depth + 1] = step.target
            steps.append(step)
        return cls(steps, lambda address: bool(web3.eth.get_code(address)))

    def opcodes(self) -> list[Step]:
        """Those that are forbidden, and GAS that isn't for a call (OP-012)."""
        found = [step for step in self.steps if step.op in FORBIDDEN]
        for step, following in zip(self.steps, self.steps[1:], strict=False):
            if step.op == "GAS" and following.op not in CALLS:
                found.append(step)
        return found

    def storage(self, wallet: str, own: tuple[str, ...] = ()) -> list[Step]:
        """Accesses that are neither to the wallet's own storage nor associated with it (STO-010, STO-021), nor of `own`, which a
        staked paymaster has of its own (STO-031)."""
        roots = self.associated(wallet)
        return [
            step
            for step in self.steps
            if step.op in STORAGE
            and step.at not in (wallet, *own)
            and not any(root <= step.slot < root + NEAR for root in roots)
        ]

    def associated(self, wallet: str) -> list[int]:
        """keccak(wallet . x), of all that was hashed on the way; and the wallet's own address as a slot."""
        key = bytes(12) + bytes.fromhex(wallet[2:])
        return [
            int.from_bytes(keccak(step.hashed))
            for step in self.steps
            if step.hashed is not None and len(step.hashed) == 64 and step.hashed.startswith(key)
        ] + [int.from_bytes(key)]

    def codeless(self, wallet: str) -> list[Step]:
        """Looks at, and calls to, addresses without code (OP-041, OP-042); precompiles may be called (OP-062)."""
        return [
            step
            for step in self.steps
            if step.op in EXTERNAL_CODE | CALLS
            and step.target != wallet
            and not (step.op in CALLS and int(step.target, 16) in (*range(1, 18), 0x100))
            and not self.has_code(step.target)
        ]

    def values(self) -> list[Step]:
        """Calls with ether (OP-061); only the EntryPoint is paid."""
        return [step for step in self.steps if step.op in ("CALL", "CALLCODE") and step.value]

    def proxies(self, start: str) -> list[Step]:
        """Delegatecalls outside of `start`, whose code may change: what is read behind a proxy isn't associated."""
        return [step for step in self.steps if step.op == "DELEGATECALL" and step.at != start]

    def accessed(self, contract: str) -> set[int]:
        """The slots of a contract that were touched."""
        return {step.slot for step in self.steps if step.op in STORAGE and step.at == contract}


def _step(raw: dict[str, Any], code: str) -> Step:
    op, first = raw["op"], int(raw["first"], 16) if "first" in raw else None
    slot = first if op in STORAGE else None
    target = None
    if first is not None and op not in STORAGE:
        target = to_checksum_address((first & (2**160 - 1)).to_bytes(20))
    value = int(raw["second"], 16) if op in ("CALL", "CALLCODE") else 0
    hashed = bytes.fromhex(raw["hashed"][2:]) if "hashed" in raw else None
    at = to_checksum_address(raw["at"])
    return Step(op, raw["pc"], raw["depth"], code, at, slot, target, value, hashed)
