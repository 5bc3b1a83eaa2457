"""Creation of one contract, unless it exists; and whether its code is the right one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_utils import to_checksum_address

from peculium.chain.node import Node
from peculium.chain.receipts import Receipt
from peculium.chain.sender import Intent, Signer
from peculium.chain.transactions import run, shows
from peculium.deployments.artifacts import Artifact
from peculium.deployments.create2 import DEPLOYER, SALT
from peculium.deployments.expected import first_difference, same_code
from peculium.deployments.manifest import hash_of
from peculium.deployments.planned import Planned
from peculium.deployments.record import record_of
from peculium.errors import ContractError, NoContractHere, OutcomeUnknown, WrongContract
from peculium.journal import Journal


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


@dataclass(frozen=True)
class Creator:
    """Who creates contracts, and where what was sent is written down."""

    node: Node
    signer: Signer
    journal: Journal | None = None

    def create(self, planned: Planned, artifact: Artifact, expected: bytes | None, code: bytes) -> Deployed:
        """Creates a contract unless it exists, and compares its code with `expected`, or with the artifact.

        `code` is what the chain has at its address.
        Raises `WrongContract` for other code, and `OutcomeUnknown` if the node doesn't show what was created.
        """
        receipt = None
        if not code and planned.init_code:
            receipt = self._create(planned)
        if not code:
            # A node can be behind.
            code = self._shown_code(planned.address)
        if not code:
            raise self._missing(planned, receipt)
        check_code(planned, code, artifact, expected)
        return Deployed(
            name=planned.name,
            address=planned.address,
            arguments=planned.arguments,
            code_hash=hash_of(code),
            init_code_hash=hash_of(planned.init_code) if planned.init_code else "",
            created_by=planned.created_by,
            block=receipt.block if receipt else None,
            gas_used=receipt.gas_used if receipt else 0,
        )

    def _create(self, planned: Planned) -> Receipt | None:
        # None if somebody else has created it meanwhile.
        data = SALT + planned.init_code
        record = record_of(self.node, self.journal, planned.address, data)
        try:
            return run(self.node, self.signer, Intent(DEPLOYER, data), record=record)
        except ContractError:
            if not self.node.code(planned.address):
                raise
            return None

    def _shown_code(self, address: str) -> bytes:
        found = [b""]

        def has_code() -> bool:
            found[0] = self.node.code(address)
            return bool(found[0])

        shows(self.node, has_code)
        return found[0]

    def _missing(self, planned: Planned, receipt: Receipt | None) -> Exception:
        if receipt is None:
            return NoContractHere(
                f"{planned.created_by} has not created {planned.name} at {planned.address} on chain {self.node.chain_id()}. "
                "Use another chain."
            )
        return OutcomeUnknown(
            f"Block {receipt.block} includes the creation of {planned.address} (transaction {receipt.transaction}), but the "
            "node doesn't show the contract. Deploy again later: what exists isn't created twice.",
            receipt.transaction,
            to_checksum_address(self.signer.address),
        )


def check_code(planned: Planned, code: bytes, artifact: Artifact, expected: bytes | None) -> None:
    """Raises `WrongContract` unless the code is `expected`; without it, the artifact's but for the immutables."""
    if expected is None:
        if same_code(code, artifact.runtime_code):
            return
        expected = artifact.runtime_code
    at = first_difference(code, expected)
    if at is not None:
        raise WrongContract(f"{difference_sentence(planned.name, planned.address, code, expected, at)} {OTHER_CODE}")


OTHER_CODE = "Use another chain, or the version of the package that has this code."


def difference_sentence(name: str, address: str, code: bytes, expected: bytes, at: int) -> str:
    """Says where code differs from what is expected."""
    lengths = f"{len(code)} bytes" if len(code) == len(expected) else f"{len(code)} bytes instead of {len(expected)}"
    return (
        f"The code of {name} at {address} ({lengths}) differs from the package's: byte {at} is {_byte(code, at)}, "
        f"not {_byte(expected, at)}."
    )


def _byte(code: bytes, at: int) -> str:
    return f"0x{code[at]:02x}" if at < len(code) else "missing"


Report = Callable[["Step"], None]
"""Gets each step of a deployment."""


@dataclass(frozen=True)
class Step:
    """A step of a deployment."""

    text: str
    """What happens now, in words."""
    name: str = ""
    """The contract that it is about; empty for a step of another kind."""
    number: int = 0
    """The contract's place in the order, from 1."""
    count: int = 0
    """How many contracts there are."""
    done: Deployed | None = None
    """The contract, once it exists and its code was compared."""


def ignore(step: Step) -> None:
    """Reports nothing."""
