"""Contracts at an address: reads, transactions and events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_abi.exceptions import DecodingError, InsufficientDataBytes
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from peculium.chain.abi import CONTRACTS, decode_result, load_abi
from peculium.chain.logs import last_log, read_logs
from peculium.chain.node import Node, Request
from peculium.chain.receipts import Event, Receipt, event_of, receipt_of
from peculium.chain.refusals import decode_refusal, refusal_of, refusal_of_node
from peculium.chain.sender import Intent, Signer, no_contract
from peculium.chain.transactions import run, send_transaction, shows
from peculium.exceptions import NodeRefused, OutcomeUnknown
from peculium.units import to_address

WORD = 32
"""The least number of bytes of a result."""

__all__ = [
    "CONTRACTS",
    "Contract",
    "Event",
    "Receipt",
    "Signer",
    "decode_refusal",
    "load_abi",
    "receipt_of",
    "refusal_of",
    "send_transaction",
]


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
        self._has_code = False

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.address})"

    @property
    def node(self) -> Node:
        """The node through which the contract is reached."""
        return Node.of(self.web3)

    def call_data(self, function: str, *arguments: Any) -> str:
        """Encodes a call (0x hex). `function` is a name, or a signature if the name is overloaded."""
        return str(self._bound(function, arguments)._encode_transaction_data())

    def read(self, function: str, *arguments: Any, sender: str | None = None, block: int | str = "latest") -> Any:
        """Calls a function without a transaction and returns its result.

        Raises `ContractError` if it reverts, and `NoContractHere` if the address has no code.
        """
        return read_all(self.node, [Read(self, function, arguments, sender)], block=block)[0][0]

    @property
    def known_to_exist(self) -> bool:
        """Whether this object has seen code at the address."""
        return self._has_code

    def seen(self) -> None:
        """Notes that the address has code."""
        self._has_code = True

    def decode(self, function: str, arguments: Iterable[Any], data: str) -> Any:
        """Decodes what a function returned (0x hex)."""
        entry, found = self._bound(function, arguments).abi, bytes(HexBytes(data))
        try:
            # Where ape is imported, eth_abi decodes missing data as zero.
            if len(found) < WORD * len(entry["outputs"]):
                raise InsufficientDataBytes(f"{len(found)} bytes")
            return decode_result(entry["outputs"], found)
        except DecodingError:
            raise NodeRefused(
                f"The answer of {self.address} to {entry['name']} isn't what this contract returns. Check address and chain: "
                "another contract may be there."
            ) from None

    def send(
        self,
        signer: Signer,
        function: str,
        *arguments: Any,
        value: int = 0,
        gas: int | None = None,
        event: str | None = None,
        confirmations: int | None = None,
    ) -> Receipt:
        """Sends a transaction and waits until it is mined. `value` is in wei; the rest as in `send_transaction`.

        Raises `ContractError` if it would revert. That is found by a dry run, so nothing is sent and no gas is paid.
        """
        data = bytes(HexBytes(self.call_data(function, *arguments)))
        intent = Intent(self.address, data, value, gas, check_code=not self._has_code)
        receipt = run(self.node, signer, intent, event, confirmations)
        self._has_code = True
        return receipt

    def confirmed(self, receipt: Receipt, holds: Callable[[], bool]) -> Receipt:
        """Returns the receipt once the chain shows its effect: a node can be behind, and a stop must be certain.

        Raises `OutcomeUnknown` if it doesn't within `SendOptions.patience`.
        """
        if shows(self.node, holds):
            return receipt
        raise OutcomeUnknown(
            f"Block {receipt.block} includes the transaction {receipt.transaction}, but {self.address} doesn't show its effect. "
            "The node may be behind, or the block be gone. Don't rely on it before wait() returns.",
            receipt.transaction,
            wait=lambda seconds: self.confirmed(receipt, holds),
        )

    def events(self, name: str, first_block: int = 0, last_block: int | str = "latest") -> list[Event]:
        """Returns all events of this name from this address, oldest first. Both blocks are inclusive."""
        return self._events(name, {}, first_block, last_block)

    def events_with(self, name: str, first_block: int = 0, **indexed: Any) -> list[Event]:
        """Returns all events of this name with these indexed arguments, oldest first. `first_block` is inclusive."""
        return self._events(name, indexed, first_block, "latest")

    def log(self, name: str, first_block: int = 0, **indexed: Any) -> Event | None:
        """Returns the latest event of this name with these indexed arguments, or None."""
        decoder = self._contract.events[name]()
        found = last_log(self.node, self.address, _topics(decoder, indexed), first_block)
        return None if found is None else event_of(found, [decoder])

    def _events(self, name: str, indexed: Mapping[str, Any], first: int, last: int | str) -> list[Event]:
        decoder = self._contract.events[name]()
        logs = read_logs(self.node, self.address, _topics(decoder, indexed), first, last)
        return [event for log in logs if (event := event_of(log, [decoder])) is not None]

    def _bound(self, function: str, arguments: Iterable[Any]) -> Any:
        if "(" in function:
            return self._contract.get_function_by_signature(function)(*arguments)
        return self._contract.functions[function](*arguments)


@dataclass(frozen=True)
class Read:
    """A call of a function without a transaction."""

    contract: Contract
    function: str
    arguments: tuple[Any, ...] = ()
    sender: str | None = None

    def request(self, block: int | str) -> Request:
        """Returns the request to the node."""
        call = {"to": self.contract.address, "data": self.contract.call_data(self.function, *self.arguments)}
        if self.sender:
            call["from"] = to_checksum_address(self.sender)
        return "eth_call", (call, _block(block))


def read_all(
    node: Node, reads: Sequence[Read], requests: Sequence[Request] = (), block: int | str = "latest"
) -> tuple[list[Any], list[Any]]:
    """Makes several reads and other requests in one round trip. Returns the results of both in order.

    Raises as `Contract.read` does for the first read that fails. The answers to `requests` are those of `Node.batch`.
    """
    unseen = list(dict.fromkeys(read.contract for read in reads if not read.contract.known_to_exist))
    codes: list[Request] = [("eth_getCode", (contract.address, _block(block))) for contract in unseen]
    answers = node.batch([*(read.request(block) for read in reads), *codes, *requests])
    for contract, code in zip(unseen, answers[len(reads) :], strict=False):
        if code == "0x":
            raise no_contract(node, contract.address)
        if block == "latest" and not isinstance(code, NodeRefused):
            contract.seen()
    results = []
    for read, answer in zip(reads, answers, strict=False):
        if isinstance(answer, NodeRefused):
            raise refusal_of_node(answer)
        results.append(read.contract.decode(read.function, read.arguments, answer))
    return results, answers[len(reads) + len(codes) :]


def _block(block: int | str) -> str:
    return hex(block) if isinstance(block, int) else block


def _topics(decoder: Any, indexed: Mapping[str, Any]) -> list[str | None]:
    # The topics of a search: those of arguments that aren't given are open.
    topics: list[str | None] = [str(decoder.topic)]
    for entry in decoder.abi["inputs"]:
        if not entry["indexed"]:
            continue
        value = indexed.get(entry["name"])
        topics.append(None if value is None else "0x" + _topic(entry["type"], value).hex())
    while topics[-1] is None:
        topics.pop()
    return topics


def _topic(type_: str, value: Any) -> bytes:
    if type_ == "string":
        return bytes(keccak(text=value))
    return bytes(keccak(value)) if type_ == "bytes" else bytes(encode([type_], [value]))
