"""Contracts at an address: reads, transactions and events."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi import encode
from eth_abi.exceptions import DecodingError, EncodingError, InsufficientDataBytes
from eth_utils import keccak, to_checksum_address
from eth_utils.abi import collapse_if_tuple
from hexbytes import HexBytes
from web3 import Web3
from web3.exceptions import Web3Exception

from peculium.argument_order import require_order
from peculium.chain.abi import CONTRACTS, decode_result, load_abi
from peculium.chain.logs import last_log, read_logs
from peculium.chain.node import Node, Request
from peculium.chain.receipts import Event, Receipt, event_of, receipt_of
from peculium.chain.record import Record
from peculium.chain.refusals import decode_refusal, refusal_of, refusal_of_node
from peculium.chain.sender import Intent, Signer, no_contract
from peculium.chain.transactions import run, send_transaction, shows
from peculium.checks import check_methods
from peculium.errors import InvalidInput, NodeRefused, OutcomeUnknown, WrongContract, snake_case
from peculium.errors.redaction import ADDRESS, NODE, shown
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

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_methods(cls)

    def __init__(self, web3: Web3, address: str) -> None:
        self.bind(web3, address, load_abi(self.abi_name))

    def bind(self, web3: Web3, address: str, abi: list[dict[str, Any]]) -> None:
        """Sets chain, address and ABI. Only for contracts whose ABI isn't in the package."""
        require_order(f"{type(self).__name__}(web3, address)", web3=(web3, NODE), address=(address, ADDRESS))
        if not isinstance(web3, Web3):
            raise InvalidInput(
                f"web3 is {shown(web3)}. Pass a Web3 object, such as Web3(Web3.HTTPProvider(url)), or Network.of(url).web3."
            )
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
        try:
            return str(self._bound(function, arguments)._encode_transaction_data())
        except (Web3Exception, EncodingError, ValueError, TypeError, AttributeError, OverflowError) as error:
            raise self._malformed(function, arguments) or error from None

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
            raise WrongContract(
                f"The answer of {self.address} to {entry['name']} isn't what this contract returns. Check address and chain: "
                "another contract may be there."
            ) from None

    def send(
        self,
        signer: Sender,
        function: str,
        *arguments: Any,
        value: int = 0,
        gas: int | None = None,
        event: str | None = None,
        confirmations: int | None = None,
        record: Record | None = None,
    ) -> Receipt:
        """Sends a transaction and waits until it is mined. `value` is in wei; the rest as in `send_transaction`.

        `record` is where the transaction is written down before it is handed in, so that a retry sends the same one.

        Raises `ContractError` if it would revert. That is found by a dry run, so nothing is sent and no gas is paid. A
        `Performer` makes the call in its own way.
        """
        if isinstance(signer, Performer):
            return signer.perform(ContractCall(self, function, arguments, value, event))
        data = bytes(HexBytes(self.call_data(function, *arguments)))
        intent = Intent(self.address, data, value, gas, check_code=not self._has_code)
        receipt = run(self.node, signer, intent, event, confirmations, record)
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

    def _malformed(self, function: str, arguments: tuple[Any, ...]) -> InvalidInput | None:
        # What can't be encoded, or None if the arguments aren't the reason.
        name = function.partition("(")[0]
        for entry in self.abi:
            inputs = entry.get("inputs", ())
            if (entry["type"], entry.get("name")) != ("function", name) or len(inputs) != len(arguments):
                continue
            for given, wanted in zip(arguments, inputs, strict=True):
                if not self._takes(collapse_if_tuple(wanted), given):
                    return InvalidInput(
                        f"{snake_case(wanted['name'])} is {shown(given)}, which isn't of the type {collapse_if_tuple(wanted)} that "
                        f"{name} takes. Pass another value."
                    )
        return None

    def _takes(self, type_: str, value: Any) -> bool:
        try:
            return bool(self.web3.is_encodable(type_, value))
        except (ValueError, TypeError, AttributeError):
            # web3 fails at values that it has no rule for, such as the name of an account.
            return False

    def _bound(self, function: str, arguments: Iterable[Any]) -> Any:
        if "(" in function:
            return self._contract.get_function_by_signature(function)(*arguments)
        return self._contract.functions[function](*arguments)


@dataclass(frozen=True)
class ContractCall:
    """A call that an account is to make in a transaction."""

    contract: Contract
    function: str
    arguments: tuple[Any, ...] = ()
    value: int = 0
    """Wei."""
    event: str | None = None
    """Name of an event that the contract must emit."""

    @property
    def data(self) -> bytes:
        """The calldata."""
        return bytes(HexBytes(self.contract.call_data(self.function, *self.arguments)))


class Performer(ABC):
    """An account that makes calls in its own way, and not by a transaction of a key: a multisig, a key without gas."""

    address: str

    @abstractmethod
    def perform(self, call: ContractCall) -> Receipt:
        """Makes the call and waits until it is done. Raises as `Contract.send` does."""

    @abstractmethod
    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """Returns the account's signature of EIP-712 typed data: of its key, or what it accepts itself (ERC-1271)."""


Sender = Signer | Performer
"""Whoever makes a call."""


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
