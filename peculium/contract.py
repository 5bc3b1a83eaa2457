"""Calls to a contract: read, send, and refusals turned into exceptions."""

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
    "PowersModule",
    "AgentWalletFactory",
    "CredentialRegistry",
    "EntryPoint",
    "MandateModule",
    "MandateWriter",
    "PrincipalPaymaster",
    "RevocationSwitch",
    "ERC20",
)
"""Every contract whose ABI comes with the package; `ERC20` is the standard token interface, `EntryPoint` the canonical one of ERC-4337 (v0.8)."""


class Signer(Protocol):
    """Whoever signs: an `eth_account` account, or anything with these three."""

    @property
    def address(self) -> ChecksumAddress: ...

    def sign_transaction(self, transaction_dict: Any) -> Any: ...

    def sign_message(self, signable_message: Any) -> Any: ...


@dataclass(frozen=True)
class Event:
    """An event of one of our contracts."""

    name: str
    address: str
    arguments: dict[str, Any]
    block: int
    transaction: str
    index: int


@dataclass(frozen=True)
class Receipt:
    """What a transaction did."""

    transaction: str
    block: int
    gas_used: int
    events: tuple[Event, ...]

    def event(self, name: str) -> Event:
        """The one event of this name; raises `LookupError` if there is none or more."""
        found = [event for event in self.events if event.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} events {name} in {self.transaction}: {[e.name for e in self.events]}")
        return found[0]


class Contract:
    """One contract at one address."""

    abi_name: str = ""
    abi_parts: tuple[str, ...] = ()
    """Further ABIs, where the code of a contract comes in parts."""

    def __init__(self, web3: Web3, address: str) -> None:
        self.bind(web3, address, merged_abi(self.abi_name, *self.abi_parts))

    def bind(self, web3: Web3, address: str, abi: list[dict[str, Any]]) -> None:
        """Sets chain, address and ABI; for contracts whose ABI isn't the package's."""
        self.web3 = web3
        self.address = to_address(address)
        self.abi = abi
        self._contract = web3.eth.contract(to_checksum_address(address), abi=abi)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    def call_data(self, function: str, *arguments: Any) -> str:
        """The calldata of a call. `function` is a name, or a signature where a name is overloaded."""
        return str(self._bound(function, arguments)._encode_transaction_data())

    def read(self, function: str, *arguments: Any, sender: str | None = None, block: int | str = "latest") -> Any:
        """Calls without a transaction; raises the contract's refusal as `ContractError`."""
        params: TxParams = {"from": to_checksum_address(sender)} if sender else {}
        try:
            return self._bound(function, arguments).call(params, block_identifier=block)
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None

    def send(self, signer: Signer, function: str, *arguments: Any, value: int = 0, gas: int | None = None) -> Receipt:
        """Sends a transaction and waits until it is mined; raises the contract's refusal as `ContractError`.

        A refusal is found out before anything is sent, so it costs nothing.
        """
        return send_transaction(
            self.web3, signer, self.address, self.call_data(function, *arguments), value=value, gas=gas
        )

    def events(self, name: str, first_block: int = 0, last_block: int | str = "latest") -> list[Event]:
        """All events of this name from this address, oldest first."""
        logs = self._contract.events[name]().get_logs(from_block=first_block, to_block=last_block)
        return [_event(log) for log in logs]

    def log(self, name: str, first_block: int = 0, **indexed: Any) -> Event | None:
        """The latest event of this name with these indexed arguments, or None."""
        logs = self._contract.events[name]().get_logs(from_block=first_block, argument_filters=indexed)
        return _event(logs[-1]) if logs else None

    def _bound(self, function: str, arguments: Iterable[Any]) -> Any:
        if "(" in function:
            return self._contract.get_function_by_signature(function)(*arguments)
        return self._contract.functions[function](*arguments)


def send_transaction(
    web3: Web3, signer: Signer, to: str | None, data: str, value: int = 0, gas: int | None = None
) -> Receipt:
    """Signs and sends a transaction, to a contract or (`to=None`) to deploy one, and waits until it is mined.

    `gas`: the most that it may use; without it twice what the node estimates, and 100,000.
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
        # It passed the dry run, so the chain has moved on in between: ask again what the reason is now.
        try:
            web3.eth.call(transaction, block_identifier=receipt["blockNumber"])
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None
        raise UnknownRevert(reason=f"transaction {sent.to_0x_hex()} failed, and would succeed now")
    return receipt_of(web3, receipt)


def _with_margin(estimate: int) -> int:
    """What isn't used isn't paid; and a bucket that begins before the block does takes more than was estimated."""
    return 2 * estimate + 100_000


def refusal_of(error: Exception) -> ContractError:
    """The exception for an error that a node answers with."""
    data = getattr(error, "data", None)
    if isinstance(data, dict):
        data = data.get("data")
    if data is None and isinstance(error, Web3RPCError) and error.rpc_response is not None:
        data = error.rpc_response.get("error", {}).get("data")
    if isinstance(data, str) and data.startswith("0x"):
        return decode_refusal(bytes.fromhex(data[2:]))
    return UnknownRevert(reason=str(getattr(error, "message", None) or error))


def decode_refusal(data: bytes) -> ContractError:
    """The exception for revert data, as `eth_call` or a simulation returns it."""
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
                # What the contract said is worth more than that it did.
                return decode_refusal(arguments["inner"])
            if found is not None:
                return found(**arguments)
            return UnknownRevert(reason=f"{name}({', '.join(f'{k}={v}' for k, v in arguments.items())})")
        if selector == bytes.fromhex("08c379a0"):
            return UnknownRevert(reason=decode(["string"], body)[0])
        if selector == bytes.fromhex("4e487b71"):
            return UnknownRevert(reason=f"panic 0x{decode(['uint256'], body)[0]:02x}")
    except DecodingError:
        return UnknownRevert(reason=f"malformed data 0x{data.hex()}")
    return UnknownRevert(reason=f"0x{data.hex()}" if data else "no reason was given")


@cache
def load_abi(name: str) -> list[dict[str, Any]]:
    """The ABI of a contract of the suite."""
    return _abis()[name]


@cache
def _abis() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = json.loads(files("peculium").joinpath("abi.json").read_text())
    return content


@cache
def merged_abi(*names: str) -> list[dict[str, Any]]:
    """The ABIs of a contract whose code comes in parts, each entry once."""
    entries = [entry for name in names for entry in load_abi(name) if entry["type"] not in ("constructor", "fallback")]
    return list({json.dumps(entry, sort_keys=True): entry for entry in entries}.values())


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
    events = []
    for log in receipt["logs"]:
        for decoder in _event_decoders().get(bytes(log["topics"][0]) if log["topics"] else b"", []):
            try:
                events.append(_event(decoder.process_log(log)))
                break
            except Exception as error:  # web3 has no one class for "this log is another event's"
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
