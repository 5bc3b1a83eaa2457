"""Contracts beside the suite: mocks, created by a plain transaction or at an address that follows from their code."""

from __future__ import annotations

from typing import Any, TypeVar

from eth_abi import encode
from eth_utils import keccak, to_checksum_address
from rlp import encode as rlp_encode  # type: ignore[import-untyped]  # rlp has no type hints
from web3 import Web3

from peculium import Contract, Signer, send_transaction
from peculium.deployments import Artifact
from peculium.deployments.create2 import DEPLOYER, SALT, create2_address

C = TypeVar("C", bound=Contract)


def contract_address(creator: str, nonce: int) -> str:
    """The address of the contract that `creator` creates with its transaction `nonce` (CREATE)."""
    return to_checksum_address(keccak(rlp_encode([bytes.fromhex(creator[2:]), nonce]))[12:])


def create_contract(
    web3: Web3, creator: Signer, abi: list[dict[str, Any]], init_code: str | bytes, *arguments: Any, kind: type[C]
) -> C:
    """Creates a contract and returns it as an instance of `kind`."""
    nonce = web3.eth.get_transaction_count(to_checksum_address(creator.address))
    constructor = web3.eth.contract(abi=abi, bytecode=init_code).constructor(*arguments)
    send_transaction(web3, creator, None, str(constructor.data_in_transaction))
    # `Contract.__init__` would look for an ABI by the name of the class.
    contract = kind.__new__(kind)
    contract.bind(web3, contract_address(creator.address, nonce), abi)
    return contract


def find_or_create(web3: Web3, creator: Signer, artifact: Artifact, *arguments: Any, kind: type[C]) -> C:
    """Returns the contract of this code and these arguments; creates it with CREATE2 unless it is there."""
    constructor = next(entry for entry in artifact.abi if entry["type"] == "constructor")
    init_code = artifact.init_code + encode([each["type"] for each in constructor["inputs"]], arguments)
    address = create2_address(init_code)
    if not web3.eth.get_code(to_checksum_address(address)):
        send_transaction(web3, creator, DEPLOYER, "0x" + (SALT + init_code).hex())
    contract = kind.__new__(kind)
    contract.bind(web3, address, artifact.abi)
    return contract
