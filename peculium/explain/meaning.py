"""Says what bytes of the suite mean: calldata, errors, events, cheques."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import function_abi_to_4byte_selector, keccak, to_checksum_address
from eth_utils.abi import collapse_if_tuple

from peculium.chain.abi import CONTRACTS, event_decoders, known_errors, load_abi
from peculium.chain.refusals import decode_refusal
from peculium.cheques import CHEQUE
from peculium.errors import PeculiumError, clean, quote
from peculium.errors.money import Unit
from peculium.explain.action_words import ActionWords, order_sentence
from peculium.explain.sentences import explain, text_of
from peculium.explain.words import Naming, moment
from peculium.plain import as_plain
from peculium.wallet.installed import mandate_of

DEEPEST = 6
"""Calls within calls that are followed."""
_SOLIDITY_ERRORS = (bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71"))
_EXECUTE_USER_OP = keccak(
    text="executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)"
)[:4]


@dataclass(frozen=True)
class Meaning:
    """What bytes mean."""

    kind: str
    """`call`, `error`, `event`, `cheque`, `hash`, `signature`, `address` or `unknown`."""
    name: str
    """Of the function with its contract, or of the error or event; empty if there is none."""
    text: str
    """In words."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """By the names of the ABI, JSON-ready."""
    inner: tuple[Meaning, ...] = ()
    """What is within: calls in a batch, a relayed action, a mandate."""

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program."""
        own = {"kind": self.kind, "name": self.name or None, "text": self.text, "arguments": dict(self.arguments)}
        return {**own, "inner": [each.as_dict() for each in self.inner]}

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        title = f"{self.name}: " if self.name and self.kind != "mandate" else ""
        for index, line in enumerate((title + self.text).split("\n")):
            yield "  " * (depth + (index > 0)) + line
        for each in self.inner:
            yield from each._lines(depth + 1)


def meaning_of(data: bytes, names: Mapping[str, str] | None = None, units: Mapping[str, Unit] | None = None) -> Meaning:
    """Returns what bytes of the suite mean. Bytes that aren't of the suite are an answer too, of the kind `unknown`.

    `names` are addresses by name; `units` those of tokens by address, for amounts in whole units.
    """
    return _Reader(Naming(names), units or {}).read(data, 0)


def tokens_in(data: bytes) -> list[str]:
    """Returns the addresses that calldata names as tokens, so that their units can be read."""
    found: dict[str, None] = {}
    _collect(meaning_of(data), found)
    return list(found)


class _Reader:
    def __init__(self, naming: Naming, units: Mapping[str, Unit]) -> None:
        self._naming, self._words = naming, ActionWords(naming, units)

    def read(self, data: bytes, depth: int) -> Meaning:
        if (short := _by_length(data)) is not None:
            return short
        selector = data[:4]
        if selector == CHEQUE and len(data) >= 4 + 8 * 32:
            return self._cheque(data)
        # Of a user operation: the selector, a period, and the action.
        if selector == _EXECUTE_USER_OP and data[8:12] in _functions():
            inner = self.read(data[8:], depth + 1)
            return Meaning("call", "AgentWallet.executeUserOp", "A user operation of the agent.", {}, (inner,))
        for contract, entry in _functions().get(selector, ()):
            arguments = _arguments(entry, data[4:])
            if arguments is not None:
                return self._call(contract, entry["name"], arguments, depth)
        if selector in known_errors() or selector in _SOLIDITY_ERRORS:
            return _error(decode_refusal(data))
        return Meaning(
            "unknown", "", f"Not of this suite: the selector 0x{selector.hex()} is no function or error of it."
        )

    def _call(self, contract: str, name: str, arguments: dict[str, Any], depth: int) -> Meaning:
        if name == "submitOrder":
            text: str | None = order_sentence(arguments, self._naming)
        else:
            text = self._words.sentence(name, arguments) if contract in _WITH_SENTENCES else None
        listed = ", ".join(f"{key} {_shown(value, self._naming)}" for key, value in arguments.items())
        inner = tuple(self._inner(contract, name, arguments, depth)) if depth < DEEPEST else ()
        return Meaning(
            "call", f"{contract}.{name}", text or f"With {listed or 'no arguments'}.", as_plain(arguments), inner
        )

    def _inner(self, contract: str, name: str, arguments: dict[str, Any], depth: int) -> Iterator[Meaning]:
        if "mandate" in arguments and isinstance(arguments["mandate"], dict):
            mandate = mandate_of(arguments["mandate"])
            names = {known: address for address, known in self._naming.known.items()}
            yield Meaning("mandate", "0x" + mandate.hash().hex(), text_of(explain(mandate, names)))
        elif name == "act":
            yield self.read(bytes(arguments["action"]), depth + 1)
        elif name == "payBatch":
            for each in arguments["payments"]:
                yield self._call(contract, "pay", each, depth + 1)
        elif name in ("executeBatch", "executeSigned"):
            for each in arguments["calls"]:
                yield self._call(contract, "execute", each, depth + 1)
        elif name == "handleOps":
            yield from (self.read(bytes(each["callData"]), depth + 1) for each in arguments["ops"])
        else:
            data = arguments.get("data", arguments.get("request", {}))
            data = data.get("data", b"") if isinstance(data, dict) else data
            if isinstance(data, bytes) and data:
                yield self.read(data, depth + 1)

    def _cheque(self, data: bytes) -> Meaning:
        types = ["address", "address", *["uint256"] * 4, "bytes32", "bytes32"]
        token, payee, amount, _, before, slot, _, _ = decode(types, data[4 : 4 + 8 * 32])
        token, payee = to_checksum_address(token), to_checksum_address(payee)
        money = self._words.money(token, amount)
        text = f"A cheque over {money} to {self._naming(payee)} in slot {slot}, until {moment(before)}."
        return Meaning("cheque", "", text, {"token": token, "payee": payee, "amount": amount, "slot": slot})


def _by_length(data: bytes) -> Meaning | None:
    if data in event_decoders():
        name = event_decoders()[data][0].event_name
        return Meaning("event", str(name), "The topic of this event.")
    if len(data) == 20:
        return Meaning("address", "", "An address. Ask who it is: peculium check ADDRESS")
    if len(data) == 32:
        return Meaning("hash", "", "A hash or a number of 32 bytes. Only the chain says what it stands for.")
    if len(data) == 65 and data[64] in (27, 28):
        return Meaning("signature", "", "A signature of a key. It says nothing without what was signed.")
    return Meaning("unknown", "", "Too short for a call or an error.") if len(data) < 4 else None


def _error(error: PeculiumError) -> Meaning:
    content = error.as_dict()
    shown = {name: content[name] for name in ("amount", "limit", "left", "currency", "next")}
    return Meaning("error", str(content["code"]), str(error), shown)


@cache
def _functions() -> dict[bytes, list[tuple[str, dict[str, Any]]]]:
    # The wallet and the switch first: what several contracts have is most likely theirs.
    found: dict[bytes, list[tuple[str, dict[str, Any]]]] = {}
    for contract in sorted(CONTRACTS, key=lambda each: each not in ("AgentWallet", "RevocationSwitch", "ERC20")):
        for entry in load_abi(contract):
            if entry["type"] == "function":
                selector = bytes(function_abi_to_4byte_selector(entry))  # type: ignore[arg-type]
                found.setdefault(selector, []).append((contract, entry))
    return found


_WITH_SENTENCES = ("AgentWallet", "RevocationSwitch", "AgentWalletFactory", "EntryPoint")


def _arguments(entry: dict[str, Any], body: bytes) -> dict[str, Any] | None:
    try:
        values = decode([collapse_if_tuple(each) for each in entry["inputs"]], body)
    except (DecodingError, UnicodeDecodeError, OverflowError):
        return None
    return {
        given["name"]: _named(given["type"], given, value) for given, value in zip(entry["inputs"], values, strict=True)
    }


def _named(type_: str, given: dict[str, Any], value: Any) -> Any:
    if type_.endswith("]"):
        return [_named(type_[: type_.rindex("[")], given, each) for each in value]
    if type_ == "tuple":
        members = zip(given["components"], value, strict=True)
        return {member["name"]: _named(member["type"], member, each) for member, each in members}
    return to_checksum_address(value) if type_ == "address" else value


def _shown(value: Any, naming: Naming) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex() if len(value) <= 32 else f"{len(value)} bytes"
    if isinstance(value, str):
        return naming(value) if value.startswith("0x") and len(value) == 42 else quote(value)
    if isinstance(value, dict):
        return f"({', '.join(f'{key} {_shown(each, naming)}' for key, each in value.items())})"
    if isinstance(value, list):
        return f"[{', '.join(_shown(each, naming) for each in value)}]"
    return clean(str(value))


def _collect(meaning: Meaning, found: dict[str, None]) -> None:
    def visit(value: Any) -> None:
        if isinstance(value, Mapping):
            for key, each in value.items():
                if key in ("token", "feeToken", "pullToken") and isinstance(each, str):
                    found[each] = None
                visit(each)
        elif isinstance(value, list):
            for each in value:
                visit(each)

    visit(meaning.arguments)
    for each in meaning.inner:
        _collect(each, found)
