"""Calls and transactions to contracts, their events, and their reverts as exceptions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ChecksumAddress
from eth_utils import function_abi_to_4byte_selector, to_checksum_address
from eth_utils.abi import get_abi_input_names, get_abi_input_types
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.types import TxParams, TxReceipt

from peculium.exceptions import ContractError, UnknownRevert, class_of
from peculium.units import to_address

CONTRACTS = (
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "CredentialRegistry",
    "EntryPoint",
    "MandateWriter",
    "PrincipalPaymaster",
    "RevocationSwitch",
    "ERC20",
)
"""Every contract with an ABI in the package. `ERC20` is the standard interface, `EntryPoint` that of ERC-4337 v0.8."""

_ERROR_STRING, _PANIC = bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")
"""Selectors of Solidity's own errors `Error(string)` and `Panic(uint256)`."""


class Signer(Protocol):
    """An account that signs: an `eth_account` account, or any object with these three members."""

    @property
    def address(self) -> ChecksumAddress:
        """The signer's address, with its checksum."""
        ...

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Signs a transaction; the result has `raw_transaction` (bytes)."""

    def sign_message(self, signable_message: Any) -> Any:
        """Signs a message (ERC-191, EIP-712); the result has `signature` (bytes)."""


@dataclass(frozen=True)
class Event:
    """An event that a contract emitted."""

    name: str
    address: str
    """The contract that emitted it."""
    arguments: dict[str, Any]
    """By the names of the ABI."""
    block: int
    transaction: str
    """The transaction's hash (0x hex)."""
    index: int
    """Position among all events of the block."""


@dataclass(frozen=True)
class Receipt:
    """The outcome of a transaction that succeeded."""

    transaction: str
    """The transaction's hash (0x hex)."""
    block: int
    gas_used: int
    events: tuple[Event, ...]
    """In order. Events that aren't in the package's ABIs are left out."""

    def event(self, name: str) -> Event:
        """Returns the only event of this name. Raises `LookupError` if there is none, or more than one."""
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            names = ", ".join(event.name for event in self.events) or "none"
            raise LookupError(
                f"The transaction {self.transaction} has {len(found)} events {name}, not one. Its events: {names}."
            )
        return found[0]


class Contract:
    """A contract at an address. Subclasses bind the contracts of the suite."""

    abi_name: str = ""
    """Name of its ABI in the package."""

    def __init__(self, web3: Web3, address: str) -> None:
        self.bind(web3, address, load_abi(self.abi_name))

    def bind(self, web3: Web3, address: str, abi: list[dict[str, Any]]) -> None:
        """Sets chain, address and ABI. Only for contracts whose ABI isn't in the package."""
        self.web3 = web3
        self.address = to_address(address)
        self.abi = abi
        self._contract = web3.eth.contract(to_checksum_address(address), abi=abi)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    def call_data(self, function: str, *arguments: Any) -> str:
        """Encodes a call (0x hex). `function` is a name, or a signature if the name is overloaded."""
        return str(self._bound(function, arguments)._encode_transaction_data())

    def read(self, function: str, *arguments: Any, sender: str | None = None, block: int | str = "latest") -> Any:
        """Calls a function without a transaction and returns its result. Raises `ContractError` if it reverts."""
        params: TxParams = {"from": to_checksum_address(sender)} if sender else {}
        try:
            return self._bound(function, arguments).call(params, block_identifier=block)
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None

    def send(self, signer: Signer, function: str, *arguments: Any, value: int = 0, gas: int | None = None) -> Receipt:
        """Sends a transaction and waits until it is mined. `value` is in wei; `gas` as in `send_transaction`.

        Raises `ContractError` if it would revert. That is found by a dry run, so nothing is sent and no gas is paid.
        """
        return send_transaction(
            self.web3, signer, self.address, self.call_data(function, *arguments), value=value, gas=gas
        )

    def events(self, name: str, first_block: int = 0, last_block: int | str = "latest") -> list[Event]:
        """Returns all events of this name from this address, oldest first. Both blocks are inclusive."""
        logs = self._contract.events[name]().get_logs(from_block=first_block, to_block=last_block)
        return [_event(log) for log in logs]

    def events_with(self, name: str, first_block: int = 0, **indexed: Any) -> list[Event]:
        """Returns all events of this name with these indexed arguments, oldest first. `first_block` is inclusive."""
        logs = self._contract.events[name]().get_logs(from_block=first_block, argument_filters=indexed)
        return [_event(log) for log in logs]

    def log(self, name: str, first_block: int = 0, **indexed: Any) -> Event | None:
        """Returns the latest event of this name with these indexed arguments, or None."""
        found = self.events_with(name, first_block, **indexed)
        return found[-1] if found else None

    def _bound(self, function: str, arguments: Iterable[Any]) -> Any:
        if "(" in function:
            return self._contract.get_function_by_signature(function)(*arguments)
        return self._contract.functions[function](*arguments)


def send_transaction(
    web3: Web3, signer: Signer, to: str | None, data: str, value: int = 0, gas: int | None = None
) -> Receipt:
    """Signs and sends a transaction, and waits until it is mined. `to=None` deploys a contract. `value` is in wei.

    `gas` is the gas limit; by default twice the node's estimate plus 100,000. Raises `ContractError` if the transaction
    reverts in the dry run, when nothing was sent, or in its block.
    """
    transaction: TxParams = {
        "from": signer.address,
        "data": HexBytes(data),
        "value": value,  # type: ignore[typeddict-item]
        "chainId": web3.eth.chain_id,
        "nonce": web3.eth.get_transaction_count(signer.address),
    }
    if to is not None:
        transaction["to"] = to_checksum_address(to)
    try:
        transaction["gas"] = gas if gas is not None else _with_margin(web3.eth.estimate_gas(transaction))
    except (ContractLogicError, Web3RPCError) as error:
        raise refusal_of(error) from None
    latest = web3.eth.get_block("latest")
    priority = web3.eth.max_priority_fee
    transaction["maxFeePerGas"] = 2 * latest.get("baseFeePerGas", 0) + priority  # type: ignore[typeddict-item]
    transaction["maxPriorityFeePerGas"] = priority
    signed = signer.sign_transaction(transaction)
    sent = web3.eth.send_raw_transaction(signed.raw_transaction)
    receipt = web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)
    if receipt["status"] != 1:
        # The state changed between the dry run and the block. Call again in that block to get the reason.
        try:
            web3.eth.call(transaction, block_identifier=receipt["blockNumber"])
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None
        raise UnknownRevert(
            reason=f"the transaction {sent.to_0x_hex()} failed in its block, but succeeds when repeated"
        )
    return receipt_of(web3, receipt)


def _with_margin(estimate: int) -> int:
    # A rolling window's next bucket can begin between the estimate and the block. A charge to a new bucket writes more
    # storage, so it needs more gas than estimated. Unused gas isn't paid.
    return 2 * estimate + 100_000


def refusal_of(error: Exception) -> ContractError:
    """Returns the exception for an error that web3 raises when a node reports a revert."""
    data = getattr(error, "data", None)
    if isinstance(data, dict):
        data = data.get("data")
    if data is None and isinstance(error, Web3RPCError) and error.rpc_response is not None:
        data = error.rpc_response.get("error", {}).get("data")
    if isinstance(data, str) and data.startswith("0x"):
        return decode_refusal(bytes.fromhex(data[2:]))
    return UnknownRevert(reason=str(getattr(error, "message", None) or error))


def decode_refusal(data: bytes) -> ContractError:
    """Returns the exception for revert data, as `eth_call` or a simulation returns it. Doesn't raise it."""
    selector, body = data[:4], data[4:]
    known = _errors().get(selector)
    try:
        if known is not None:
            name, names, types = known
            found = class_of(name)
            arguments = dict(
                zip(names, (_checksummed(t, v) for t, v in zip(types, decode(types, body), strict=True)), strict=True)
            )
            if name == "FailedOpWithRevert" and arguments["inner"][:4] in _errors():
                # The contract's own error says more than the EntryPoint's.
                return decode_refusal(arguments["inner"])
            if found is not None:
                return found(**arguments)
            return UnknownRevert(reason=f"{name}({', '.join(f'{k}={v}' for k, v in arguments.items())})")
        if selector == _ERROR_STRING:
            return UnknownRevert(reason=decode(["string"], body)[0])
        if selector == _PANIC:
            return UnknownRevert(reason=f"panic 0x{decode(['uint256'], body)[0]:02x}")
    except (DecodingError, UnicodeDecodeError):
        return UnknownRevert(reason=f"malformed data 0x{data.hex()}")
    return UnknownRevert(reason=f"0x{data.hex()}" if data else "no reason was given")


@cache
def load_abi(name: str) -> list[dict[str, Any]]:
    """Returns the ABI of a contract in `CONTRACTS`. Raises `KeyError` for any other name."""
    return _abis()[name]


@cache
def _abis() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = json.loads(files("peculium").joinpath("abi.json").read_text())
    return content


@cache
def _errors() -> dict[bytes, tuple[str, list[str], list[str]]]:
    found = {}
    for contract in CONTRACTS:
        for entry in load_abi(contract):
            if entry["type"] == "error":
                selector = function_abi_to_4byte_selector({**entry, "type": "function"})  # type: ignore[arg-type]
                found[selector] = (entry["name"], get_abi_input_names(entry), get_abi_input_types(entry))  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


@cache
def _event_decoders() -> dict[bytes, list[Any]]:
    web3 = Web3()
    found: dict[bytes, list[Any]] = {}
    for name in CONTRACTS:
        abi = load_abi(name)
        contract = web3.eth.contract(abi=abi)
        for event in (entry["name"] for entry in abi if entry["type"] == "event"):
            decoder = contract.events[event]()
            found.setdefault(bytes(HexBytes(decoder.topic)), []).append(decoder)
    return found


def receipt_of(web3: Web3, receipt: TxReceipt) -> Receipt:
    """Returns web3's receipt as `Receipt`, with its events decoded."""
    events = []
    for log in receipt["logs"]:
        for decoder in _event_decoders().get(bytes(log["topics"][0]) if log["topics"] else b"", []):
            try:
                events.append(_event(decoder.process_log(log)))
                break
            except Exception as error:  # web3 has no common class for a log of another event
                if "LogTopicError" not in type(error).__name__ and "MismatchedABI" not in type(error).__name__:
                    raise
    return Receipt(receipt["transactionHash"].to_0x_hex(), receipt["blockNumber"], receipt["gasUsed"], tuple(events))


def _event(log: Any) -> Event:
    return Event(
        name=log["event"],
        address=log["address"],
        arguments=dict(log["args"]),
        block=log["blockNumber"],
        transaction=log["transactionHash"].to_0x_hex(),
        index=log["logIndex"],
    )


def _checksummed(type_: str, value: Any) -> Any:
    return to_checksum_address(value) if type_ == "address" else value
