"""`--show-cast`: the line for Foundry's `cast` that sends what a command would send. It has no key in it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from eth_utils.abi import collapse_if_tuple
from hexbytes import HexBytes

from peculium.chain.sender import Signer
from peculium.cli.answer import Answer
from peculium.contract import ContractCall, Performer, Receipt
from peculium.errors import InvalidInput
from peculium.keys import sign_with

SIMPLE = ("address", "bool", "uint", "int", "bytes")
"""Types of arguments that the line shows as they are; with any other it has the calldata."""


class NotSent(Exception):
    """Ends a command in place of sending."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class CastAccount(Performer):
    """An account that signs what others submit, and shows what it would send itself."""

    def __init__(self, key: Signer, safe: str | None = None) -> None:
        """`safe` is that of which the key is an owner; for it there is no such line."""
        if safe:
            raise InvalidInput(
                "--show-cast is for a key. What a Safe sends is in the file of its signatures; run the command without it."
            )
        self._key, self.address = key, key.address

    @property
    def payer(self) -> Any:
        """Itself: it pays for nothing."""
        return self

    def perform(self, call: ContractCall) -> Receipt:
        """See `Performer.perform`. Tries the call, so that a refusal is known, and raises `NotSent`."""
        call.contract.read(call.function, *call.arguments, sender=self.address)
        raise NotSent(cast_line(call, self.address))

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """See `Performer.sign_typed_data`."""
        return sign_with(self._key, full_message)

    def sign_message(self, signable_message: Any) -> Any:
        """Signs a message."""
        return self._key.sign_message(signable_message)

    def sign_transaction(self, transaction_dict: Any) -> NoReturn:
        """Raises `NotSent`."""
        data = bytes(HexBytes(transaction_dict["data"]))
        raise NotSent(raw_line(str(transaction_dict["to"]), data, int(transaction_dict["value"]), self.address))


def cast_line(call: ContractCall, sender: str) -> str:
    """Returns the line for a call: with the function and its arguments if they are simple, else with the calldata."""
    entry = _entry(call)
    types = [collapse_if_tuple(each) for each in entry["inputs"]] if entry else []
    if entry is None or not all(each.startswith(SIMPLE) and not each.endswith("]") for each in types):
        return raw_line(call.contract.address, call.data, call.value, sender)
    words = [f"{entry['name']}({','.join(types)})", *map(_word, call.arguments)]
    return _line([call.contract.address, *words], call.value, sender)


def raw_line(to: str, data: bytes, value: int, sender: str) -> str:
    """Returns the line for calldata. `value` is in wei."""
    return _line([to, "0x" + data.hex()], value, sender)


def answer_of_cast(command: Callable[[], Answer]) -> Answer:
    """Returns the line in place of what the command answers; its answer if it has nothing to send."""
    try:
        return command()
    except NotSent as shown:
        following = (
            "set ETH_RPC_URL to the node, and run the line; cast asks for the key. If the command sends several transactions, "
            "run it again after this one."
        )
        return Answer({"cast": shown.line}, [shown.line], following)


def _line(words: Sequence[str], value: int, sender: str) -> str:
    extra = ["--value", str(value)] if value else []
    return shlex.join(["cast", "send", "--interactive", "--from", sender, *extra, *words])


def _entry(call: ContractCall) -> dict[str, Any] | None:
    name, _, rest = call.function.partition("(")
    found = [
        entry
        for entry in call.contract.abi
        if (entry["type"], entry.get("name")) == ("function", name) and len(entry["inputs"]) == len(call.arguments)
    ]
    return found[0] if len(found) == 1 and not rest else None


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)
