"""What the creation of a contract costs: gas, and on rollups of the OP stack the fee for its data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eth_abi import encode
from eth_utils import keccak

from peculium.chain.node import Request
from peculium.chain.receipts import to_int
from peculium.deployments.create2 import DEPLOYER, DEPLOYER_CODE, SALT
from peculium.deployments.planned import Planned

_TRANSACTION, _CREATE, _ZERO, _NONZERO, _CODE_BYTE = 21_000, 32_000, 4, 16, 200
_INIT_WORD, _HASH_WORD, _COPY_WORD, _MEMORY_WORD, _MEMORY_SQUARE = 2, 6, 3, 3, 512
"""Gas of Ethereum's yellow paper, EIP-1014, EIP-2028 and EIP-3860."""
_CONSTRUCTOR = 30_000
"""Gas for what a constructor of the suite runs; about right, and small beside the rest."""
_FEE_ORACLE = "0x420000000000000000000000000000000000000F"
"""The contract of OP stack rollups that knows the fee for data on L1."""
_UPPER_BOUND = keccak(text="getL1FeeUpperBound(uint256)")[:4]
_SIGNATURE_AND_FIELDS = 150
"""Bytes of a transaction beside its calldata."""
_SENDER = "0x" + "5e" * 20


def estimate_requests(missing: Sequence[Planned], codes: Mapping[str, bytes], sender: str | None) -> list[Request]:
    """Returns the requests for the gas of each creation, whose answers `gas_of` takes.

    Each is estimated as if the contracts before it existed: with state overrides that have their `codes`, by address.
    """
    account = sender or _SENDER
    override = {address: {"code": "0x" + code.hex()} for address, code in {**codes, DEPLOYER: DEPLOYER_CODE}.items()}
    requests: list[Request] = []
    for each in missing:
        before = {address: code for address, code in override.items() if _needs(each, address)}
        call = {"from": account, "to": DEPLOYER, "data": "0x" + (SALT + each.init_code).hex()}
        requests.append(("eth_estimateGas", (call, "latest", before)))
    return requests


def gas_of(planned: Planned, answer: object, sizes: Sequence[int]) -> tuple[int, bool]:
    """Returns the gas of a creation, and whether the node estimated it; else it is computed.

    `sizes` are those of the code that stays on the chain (bytes): of the contract, and of one that it creates.
    """
    if isinstance(answer, str):
        return to_int(answer), True
    return computed_gas(planned.init_code, sizes), False


def computed_gas(init_code: bytes, sizes: Sequence[int]) -> int:
    """Returns the gas of a creation on a chain with Ethereum's gas costs, for want of the node's estimate."""
    data = SALT + init_code
    zeros = data.count(0)
    words = -(-len(init_code) // 32)
    calldata = zeros * _ZERO + (len(data) - zeros) * _NONZERO
    memory = words * _MEMORY_WORD + words**2 // _MEMORY_SQUARE
    creation = _CREATE + words * (_INIT_WORD + _HASH_WORD + _COPY_WORD) + memory
    further = sum(_CREATE for _ in sizes[1:])
    return _TRANSACTION + calldata + creation + further + sum(sizes) * _CODE_BYTE + _CONSTRUCTOR


def data_fee_requests(lengths: Sequence[int]) -> list[Request]:
    """Returns the requests for the fee of data on L1, for transactions with so many bytes of calldata."""
    return [
        (
            "eth_call",
            (
                {
                    "to": _FEE_ORACLE,
                    "data": "0x" + (_UPPER_BOUND + encode(["uint256"], [length + _SIGNATURE_AND_FIELDS])).hex(),
                },
                "latest",
            ),
        )
        for length in lengths
    ]


def data_fee_of(answers: Sequence[object]) -> int | None:
    """Returns the sum of these fees (wei), which are upper bounds; None where the chain doesn't say."""
    fees = [int(each, 16) for each in answers if isinstance(each, str) and len(each) == 66]
    return sum(fees) if fees and len(fees) == len(answers) else None


def _needs(planned: Planned, address: str) -> bool:
    # Whether the constructor looks at the address: only arguments matter, so requests stay small.
    return address == DEPLOYER or address in planned.arguments.values()
