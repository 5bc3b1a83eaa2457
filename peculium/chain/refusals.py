"""Refusals: reverts as exceptions, in every form in which nodes report them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address
from web3.exceptions import Web3RPCError

from peculium.chain.abi import known_errors
from peculium.chain.text import foreign
from peculium.errors import ContractError, NodeRefused, UnknownRevert, class_of
from peculium.foreign import token_error_of_data, token_error_of_text

_ERROR_STRING, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")
"""Selectors of Solidity's own errors `Error(string)` and `Panic(uint256)`."""
_HEX = re.compile(r"0x((?:[0-9a-fA-F]{2})+)(?![0-9a-fA-F])")
_REVERT_WORDS = re.compile(
    r"revert|out of gas|gas required exceeds|invalid opcode|invalid jump|stack (under|over)flow|vm execution error|"
    r"evm error|vm exception|bad instruction|always failing|opcode|notactivated|undefined instruction",
    re.IGNORECASE,
)
"""Words with which nodes say that the execution failed. They have no common code for it."""


def refusal_of_node(error: NodeRefused) -> ContractError | NodeRefused:
    """Returns the exception for an error of `eth_call` or `eth_estimateGas`: a `ContractError` if the execution failed.

    Nodes put the revert data into `data` (geth, Erigon, Besu, Anvil), into an object within `data` (Hardhat, providers), behind
    the word "Reverted" (Nethermind, OpenEthereum), or only into the message.
    """
    data = revert_data(error.data, error.reason)
    if data is not None:
        return decode_refusal(data)
    if error.code == 3 or _REVERT_WORDS.search(error.reason):
        return UnknownRevert(reason=error.reason)
    return error


def refusal_of(error: Exception) -> ContractError | NodeRefused:
    """As `refusal_of_node`, for an error that web3 raises."""
    data = getattr(error, "data", None)
    reason = foreign(getattr(error, "message", None) or error)
    code = 0
    if isinstance(error, Web3RPCError) and error.rpc_response is not None:
        body = error.rpc_response.get("error", {})
        code, data = int(body.get("code", 0)), data if data is not None else body.get("data")
    found = refusal_of_node(NodeRefused(f"The node rejects the request: {reason.rstrip('.')}.", code, reason, data))
    return UnknownRevert(reason=reason) if isinstance(found, NodeRefused) and not code else found


def revert_data(data: Any, message: str) -> bytes | None:
    """Returns the revert data in an error's `data`, or else in its message; None if there is none."""
    if isinstance(data, str) and re.fullmatch(r"0x([0-9a-fA-F]{2})*", data):
        return bytes.fromhex(data[2:])
    for text in (*_texts(data), message):
        for found in _HEX.findall(text):
            raw = bytes.fromhex(found)
            # A selector and words of 32 bytes; hashes and addresses have other lengths.
            if len(raw) % 32 == 4:
                return raw
    return None


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        # The names that nodes use come first.
        names = [name for name in ("data", "result", "return", "output") if name in data]
        for name in [*names, *(name for name in data if name not in names)]:
            yield from _texts(data[name])
    elif isinstance(data, list):
        for each in data:
            yield from _texts(each)


def decode_refusal(data: bytes) -> ContractError:
    """Returns the exception for revert data, as `eth_call` or a simulation returns it. Doesn't raise it."""
    selector, body = data[:4], data[4:]
    known = known_errors().get(selector)
    try:
        if known is not None:
            name, names, types = known
            found = class_of(name)
            arguments = dict(
                zip(names, (_checksummed(t, v) for t, v in zip(types, decode(types, body), strict=True)), strict=True)
            )
            if name == "FailedOpWithRevert" and arguments["inner"][:4] in known_errors():
                # The contract's own error says more than the EntryPoint's.
                inner = decode_refusal(arguments["inner"])
                inner.operation_index = arguments["opIndex"]
                return inner
            if name == "GuardRefused":
                arguments["refusal"] = decode_refusal(arguments["reason"])
            if found is not None:
                return found(**arguments)
            return UnknownRevert(reason=f"{name}({', '.join(f'{k}={v}' for k, v in arguments.items())})")
        if selector == _ERROR_STRING:
            text = decode(["string"], body)[0]
            return token_error_of_text(text) or UnknownRevert(reason=text)
        if selector == _PANIC:
            return UnknownRevert(reason=f"panic 0x{decode(['uint256'], body)[0]:02x}")
    except (DecodingError, UnicodeDecodeError):
        return UnknownRevert(reason=f"malformed data 0x{data.hex()}")
    return token_error_of_data(data) or UnknownRevert(reason=f"0x{data.hex()}" if data else "no reason was given")


def _checksummed(type_: str, value: Any) -> Any:
    return to_checksum_address(value) if type_ == "address" else value
