"""Attributes the gas of a transaction to its parts: by the call that uses it, the instruction, and the storage slot."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import NamedTuple

from eth_utils import function_signature_to_4byte_selector, to_checksum_address
from web3 import Web3

from peculium.deployments.expected import same_code
from peculium.devnet.artifacts import CONTRACTS, artifact
from peculium.operations import ENTRY_POINT
from verification.gas.slots import LOCK_SLOT, Slots
from verification.gas.trace import Frame, Step, Trace

WALLET_CODE = ("AgentWallet", "MandateModule", "PowersModule", "ViewsModule")
CLONE_CODE = bytes.fromhex("363d3d373d3d3d363d73")
"""How the code of a minimal proxy begins (ERC-1167)."""
INTRINSIC, REFUND = "intrinsic and calldata", "refund for cleared storage"
CHECKS, CLONE, MODULE, EVENT = "dispatch and checks", "clone", "code module", "event"
BALANCES, TRANSFER = "balances", "token transfer"
CONTRACTS_BY_ROLE = {
    "AgentRegistry": "registry",
    "AgentWalletFactory": "factory",
    "EntryPoint": "EntryPoint",
    "MandateWriter": "mandate writer",
    "P256Verifier": "signature",
    "RevocationSwitch": "switch",
}
FUNCTIONS = {
    "transfer(address,uint256)": TRANSFER,
    "transferFrom(address,address,uint256)": TRANSFER,
    "balanceOf(address)": BALANCES,
    "isValidSignature(bytes32,bytes)": "signature",
}
BY_SELECTOR = {function_signature_to_4byte_selector(each).hex(): part for each, part in FUNCTIONS.items()}
SIGNATURE_PRECOMPILES = (0x1, 0x100)
"""ecrecover, and the verification of P-256 (RIP-7212)."""
LAST_PRECOMPILE = 0x1FF
INSTRUCTIONS = {"EXTCODECOPY": "mandate code", "SELFBALANCE": BALANCES, "BALANCE": BALANCES} | {
    f"LOG{topics}": EVENT for topics in range(5)
}
CALLS = ("CALL", "STATICCALL", "DELEGATECALL", "CALLCODE")
ACCOUNT_COLD, SLOT_COLD, WARM = 2_600, 2_100, 100
"""Gas of the first access to an account or a slot in a transaction, and of every further one (EIP-2929)."""


class Access(NamedTuple):
    """The first access to an account or a slot, and what it cost more than a further one."""

    part: str
    surcharge: int


def attribute(web3: Web3, trace: Trace, slots: Slots) -> dict[str, int]:
    """The gas of each part. Their sum is the gas of the receipt."""
    attribution = _Attribution(web3, slots)
    attribution.add_frame(trace.top, attribution.part_of(trace.top, ""))
    gas = {INTRINSIC: trace.intrinsic, **attribution.gas}
    return gas | {REFUND: -trace.refund} if trace.refund else gas


class _Attribution:
    """Walks through the calls. The part of a call is empty while the wallet's own code runs: each step has its own."""

    def __init__(self, web3: Web3, slots: Slots) -> None:
        self.gas: Counter[str] = Counter()
        self._contract_at = cache(lambda address: _contract_at(web3, address))
        self._slots = slots
        self._seen: dict[tuple[str, ...], Access] = {}

    def add_frame(self, frame: Frame, part: str) -> None:
        """Adds all steps of a call, and the calls that it makes."""
        for step in frame.steps:
            own = part or self._part_of_step(step)
            if step.call:
                called = self.part_of(step.call, part)
                own = self._part_of_call_step(step.call, own, called, part)
                self._add(own, step, frame)
                self.add_frame(step.call, called)
            else:
                self._add(own, step, frame)
        self.gas[part or CHECKS] += frame.end

    def part_of(self, frame: Frame, caller: str) -> str:
        """The part of a call; empty for the wallet's own code. Unknown code belongs to the part that calls it."""
        if frame.kind not in CALLS:
            return caller or "new contract"
        number = int(frame.code, 16)
        if number <= LAST_PRECOMPILE:
            return caller or ("signature" if number in SIGNATURE_PRECOMPILES else CHECKS)
        name = self._contract_at(frame.code)
        if name == CLONE:
            return CLONE
        if name in WALLET_CODE:
            return ""
        if name in CONTRACTS_BY_ROLE:
            return CONTRACTS_BY_ROLE[name]
        otherwise = caller if caller not in ("", CLONE) else "called contract"
        return BY_SELECTOR.get(frame.selector.removeprefix("0x"), otherwise)

    def _part_of_call_step(self, call: Frame, own: str, called: str, caller: str) -> str:
        """The part of the instruction that makes a call: that of the callee, unless the callee is the wallet."""
        if call.kind not in CALLS or called == CLONE:
            return own
        return called or caller or MODULE

    def _part_of_step(self, step: Step) -> str:
        """The part of an instruction of the wallet's own code."""
        name = step.name
        if name in ("SLOAD", "SSTORE"):
            return f"slot {self._slots.name(int(step.operands[0], 16))}"
        if name in ("TLOAD", "TSTORE"):
            return "reentrancy lock" if int(step.operands[0], 16) == LOCK_SLOT else "transient flags"
        if name in ("KECCAK256", "SHA3") and step.operands:
            mapped = self._slots.learn(bytes.fromhex(step.operands[0].removeprefix("0x")))
            return f"slot {mapped}" if mapped else CHECKS
        return INSTRUCTIONS.get(name, CHECKS)

    def _add(self, part: str, step: Step, frame: Frame) -> None:
        self.gas[part] += step.gas
        for key, cold in _accesses(step, frame):
            first = self._seen.get(key)
            if first is None:
                self._seen[key] = Access(part, cold - WARM if step.gas >= cold else 0)
            elif first.part == BALANCES and part == TRANSFER:
                # The transfer would pay for the first access if the balance weren't read before.
                self.gas[BALANCES] -= first.surcharge
                self.gas[TRANSFER] += first.surcharge
                self._seen[key] = Access(TRANSFER, 0)


def _accesses(step: Step, frame: Frame) -> list[tuple[tuple[str, ...], int]]:
    """The account or slot that an instruction accesses, and what the first access to it costs."""
    if step.name in ("SLOAD", "SSTORE"):
        return [((frame.account, f"{int(step.operands[0], 16):#x}"), SLOT_COLD)]
    if step.call and step.call.kind in CALLS:
        return [((step.call.code,), ACCOUNT_COLD)]
    if step.name in ("EXTCODECOPY", "EXTCODESIZE", "EXTCODEHASH", "BALANCE"):
        return [((f"0x{int(step.operands[0], 16):040x}",), ACCOUNT_COLD)]
    return []


def _contract_at(web3: Web3, address: str) -> str:
    """The name of the contract of the suite at an address, CLONE for a minimal proxy, and empty for all others."""
    if address == ENTRY_POINT.lower():
        return "EntryPoint"
    code = bytes(web3.eth.get_code(to_checksum_address(address)))
    if code.startswith(CLONE_CODE):
        return CLONE
    return next((name for name in CONTRACTS if same_code(code, artifact(name).runtime_code)), "")
