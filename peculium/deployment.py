"""Deployment of the suite with CREATE2: addresses are the same on every chain and follow from the code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from web3 import Web3

from peculium.chain.node import Node
from peculium.chain.sender import Intent
from peculium.chain.transactions import run, shows
from peculium.contract import Receipt, Signer
from peculium.deployments import Artifact, packaged_suite
from peculium.errors import (
    ChainTooOld,
    ChainUnavailable,
    ContractError,
    InvalidInput,
    NoContractHere,
    NodeRefused,
    OutcomeUnknown,
)
from peculium.operations import ENTRY_POINT
from peculium.suite import Suite

DEPLOYER = "0x4e59b44847b379578588920cA78FbF26c0B4956C"
"""The deterministic deployment proxy, which most chains have. Its calldata is a salt and the contract's init code."""
SALT = bytes(32)
"""The CREATE2 salt of every contract of the suite."""
INSTRUCTIONS = {"PUSH0": "0x5f00", "TSTORE": "0x600060005d00", "TLOAD": "0x60005c00", "MCOPY": "0x6000600060005e00"}
"""Programs that run one instruction each, which older EVMs lack. A call to no address runs them as init code."""


@dataclass(frozen=True)
class Planned:
    """A contract of the suite before its deployment: all of it follows from the code."""

    name: str
    address: str
    arguments: dict[str, Any]
    """The constructor's arguments by name."""
    init_code: bytes
    """With the arguments; empty if another contract creates this one."""
    created_by: str
    """Address of the CREATE2 deployer, or name of the contract that creates this one."""


@dataclass(frozen=True)
class Deployed:
    """A contract of a deployment."""

    name: str
    address: str
    arguments: dict[str, Any]
    """The constructor's arguments by name."""
    code_hash: str
    """keccak256 of the code on the chain (0x hex)."""
    init_code_hash: str
    """keccak256 of the init code with its arguments (0x hex); empty if another contract created this one."""
    created_by: str
    """Address of the CREATE2 deployer, or name of the contract that created this one."""
    block: int | None = None
    """The block of its creation; None if it existed before."""
    gas_used: int = 0
    """Gas of its creation; 0 if it existed before."""

    @property
    def found(self) -> bool:
        """Whether it existed before, so that nothing was sent."""
        return self.block is None


@dataclass
class Deployment:
    """A deployed suite and its contracts."""

    suite: Suite
    entry_point: str
    contracts: list[Deployed] = field(default_factory=list)

    def manifest(self, compiler: Mapping[str, Any]) -> dict[str, Any]:
        """Returns what others need to find and verify the deployment, for `Suite.connect`.

        `compiler` holds the compiler's version and settings.
        """
        node = Node.of(self.suite.web3)
        return {
            "chain_id": node.chain_id(),
            "block": node.block_number(),
            "deployer": DEPLOYER,
            "salt": "0x" + SALT.hex(),
            "entry_point": self.entry_point,
            "compiler": dict(compiler),
            "contracts": {
                each.name: {
                    "address": each.address,
                    "arguments": each.arguments,
                    "code_hash": each.code_hash,
                    "init_code_hash": each.init_code_hash,
                    "created_by": each.created_by,
                }
                for each in self.contracts
            },
        }


def deploy_suite(
    web3: Web3,
    signer: Signer,
    artifacts: Mapping[str, Artifact] | None = None,
    entry_point: str = ENTRY_POINT,
    progress: Callable[[str], None] = lambda _: None,
) -> Deployment:
    """Deploys the contracts that are missing and compares the code of all with the build. A second run sends nothing.

    `artifacts` are the compiled contracts by name; by default those of the package. `progress` is called with each contract's
    name before its deployment. Raises `ChainUnavailable` if the chain has no CREATE2 deployer, or other code than the build,
    and before anything is sent `ChainTooOld` if its EVM isn't at Cancun yet.
    """
    contracts: list[Deployed] = []
    check_instructions(Node.of(web3))
    built = packaged_suite() if artifacts is None else artifacts
    for planned in plan_suite(built, entry_point):
        progress(planned.name)
        contracts.append(_deploy(web3, signer, planned, built[planned.name]))
    found = {each.name: each.address for each in contracts}
    suite = Suite.at(web3, found["AgentRegistry"], found["AgentWalletFactory"], found["CredentialRegistry"])
    return Deployment(suite, entry_point, contracts)


def plan_suite(artifacts: Mapping[str, Artifact], entry_point: str = ENTRY_POINT) -> list[Planned]:
    """Returns the contracts of the suite in the order of their deployment, with their addresses. Asks no chain."""
    plan: list[Planned] = []

    def add(name: str, **arguments: str) -> str:
        plan.append(_planned(name, artifacts[name], arguments))
        return plan[-1].address

    def add_created(name: str, by: str, **arguments: str) -> None:
        plan.append(Planned(name, _first_contract_of(plan[-1].address), arguments, b"", by))

    registry = add("AgentRegistry")
    add_created("RevocationSwitch", "AgentRegistry", registry=registry)
    shared = {"registry": registry, "entryPoint": to_checksum_address(entry_point)}
    shared["writer"] = add("MandateWriter")
    modules = {
        "mandate_module": add("MandateModule", **shared),
        "powers_module": add("PowersModule", **shared),
        "views_module": add("ViewsModule", **shared),
    }
    add("AgentWalletFactory", **shared, **modules)
    add_created("AgentWallet", "AgentWalletFactory", **shared, **modules)
    add("CredentialRegistry")
    add("P256Verifier")
    return plan


def deploy_paymaster(web3: Web3, signer: Signer, artifact: Artifact, factory: str, principal: str) -> Deployed:
    """Deploys a principal's paymaster, or finds it: its address depends on factory, principal and code only.

    Raises `ChainUnavailable` as `deploy_suite` does, and `InvalidInput` for the zero address as principal.
    """
    return _deploy_for(web3, signer, "PrincipalPaymaster", artifact, factory, principal)


def deploy_fleet_budget(web3: Web3, signer: Signer, artifact: Artifact, factory: str, principal: str) -> Deployed:
    """Deploys a principal's fleet budget, or finds it: its address depends on factory, principal and code only.

    Raises `ChainUnavailable` as `deploy_suite` does, and `InvalidInput` for the zero address as principal.
    """
    return _deploy_for(web3, signer, "FleetBudget", artifact, factory, principal)


def create2_address(init_code: bytes, salt: bytes = SALT) -> str:
    """Returns the address of a contract that `DEPLOYER` creates (EIP-1014). `init_code` includes the arguments."""
    packed = b"\xff" + bytes.fromhex(DEPLOYER[2:]) + salt + keccak(init_code)
    return to_checksum_address(keccak(packed)[12:])


def _deploy_for(web3: Web3, signer: Signer, name: str, artifact: Artifact, factory: str, principal: str) -> Deployed:
    # The constructor refuses it too, but the CREATE2 deployer doesn't pass on the reason.
    if int(principal, 16) == 0:
        raise InvalidInput("The principal is the zero address. Pass the address of the wallets' principal.")
    arguments = {"factory": to_checksum_address(factory), "principal": to_checksum_address(principal)}
    return _deploy(web3, signer, _planned(name, artifact, arguments), artifact)


def _planned(name: str, artifact: Artifact, arguments: dict[str, Any]) -> Planned:
    inputs: list[dict[str, Any]] = next(
        (entry["inputs"] for entry in artifact.abi if entry["type"] == "constructor"), []
    )
    init_code = artifact.init_code + encode([each["type"] for each in inputs], list(arguments.values()))
    return Planned(name, create2_address(init_code), arguments, init_code, DEPLOYER)


def _first_contract_of(creator: str) -> str:
    # The address of the first contract that a contract creates (CREATE): the hash of the RLP list of creator and nonce 1.
    return to_checksum_address(keccak(b"\xd6\x94" + bytes.fromhex(creator[2:]) + b"\x01")[12:])


def _deploy(web3: Web3, signer: Signer, planned: Planned, artifact: Artifact) -> Deployed:
    address, init_code = planned.address, planned.init_code
    block, gas_used = None, 0
    node = Node.of(web3)
    if not node.code(DEPLOYER):
        raise NoContractHere(
            f"Chain {node.chain_id()} has no CREATE2 deployer at {DEPLOYER}. Deploy it first "
            "(github.com/Arachnid/deterministic-deployment-proxy), or use another chain."
        )
    if init_code and not node.code(address):
        receipt = _create(node, signer, init_code, address)
        if receipt is not None:
            block, gas_used = receipt.block, receipt.gas_used
    return Deployed(
        name=planned.name,
        address=address,
        arguments=planned.arguments,
        code_hash=_check_code(web3, planned.name, address, artifact),
        init_code_hash="0x" + keccak(init_code).hex() if init_code else "",
        created_by=planned.created_by,
        block=block,
        gas_used=gas_used,
    )


def _create(node: Node, signer: Signer, init_code: bytes, address: str) -> Receipt | None:
    # None if somebody else has created it meanwhile.
    try:
        receipt = run(node, signer, Intent(DEPLOYER, SALT + init_code))
    except ContractError:
        if not node.code(address):
            raise
        return None
    # A node that is behind doesn't have the code yet.
    if not shows(node, lambda: bool(node.code(address))):
        raise OutcomeUnknown(
            f"Block {receipt.block} includes the creation of {address} (transaction {receipt.transaction}), but the node doesn't "
            "show the contract. Deploy again later: what exists isn't created twice.",
            receipt.transaction,
        )
    return receipt


def check_instructions(node: Node) -> None:
    """Raises `ChainTooOld` unless the chain's EVM has the instructions that the contracts use (Cancun)."""
    trials = node.batch([("eth_call", ({"data": code}, "latest")) for code in INSTRUCTIONS.values()])
    missing = {name: trial for name, trial in zip(INSTRUCTIONS, trials, strict=True) if isinstance(trial, NodeRefused)}
    if missing:
        reason = next(iter(missing.values())).reason
        raise ChainTooOld(
            f"The EVM of chain {node.chain_id()} doesn't run {', '.join(missing)} ({reason}). The contracts need the Cancun "
            "version or a later one. Nothing was sent. Use another chain."
        )


def _check_code(web3: Web3, name: str, address: str, artifact: Artifact) -> str:
    node, found = Node.of(web3), [b""]

    def has_code() -> bool:
        found[0] = node.code(address)
        return bool(found[0])

    shows(node, has_code)
    code = found[0]
    if not same_code(code, artifact.runtime_code):
        raise ChainUnavailable(
            f"The code of {name} at {address} ({len(code)} bytes) differs from the build ({len(artifact.runtime_code)} "
            "bytes). Build the version that was deployed, or use another chain."
        )
    return "0x" + keccak(code).hex()


def same_code(code: bytes, built: bytes) -> bool:
    """Whether deployed code equals the build. They may differ in immutables: where the build pushes 32 zero bytes."""
    if len(code) != len(built):
        return False
    position = 0
    while position < len(built):
        if code[position] == built[position]:
            position += 1
            continue
        # The byte may differ only within the operand of a PUSH32 of 32 zero bytes; find that instruction.
        start = built.rfind(b"\x7f" + bytes(32), max(0, position - 32), position + 32)
        if start < 0 or code[start] != 0x7F:
            return False
        position = start + 33
    return True
