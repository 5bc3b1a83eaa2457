"""The form of evidence: which entries it has, and of which type each is. What it says isn't verified here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from eth_utils import to_checksum_address

from peculium.credentials import CREDENTIAL_TYPES
from peculium.errors import InvalidInput, clean
from peculium.errors.redaction import shown
from peculium.mandate import MANDATE_TYPES
from peculium.registry import Status

Shape = Callable[[Any, str], None]
"""Raises `InvalidInput` for a value that isn't of this form. The text is where the value stands."""
FORMAT = "peculium-evidence-1"
"""Name and version of the form of evidence."""
LONGEST_TEXT, MOST_ITEMS = 100_000, 10_000
"""Beyond, evidence isn't read: it comes from a stranger."""
CONTRACTS = ("AgentRegistry", "AgentWalletFactory", "AgentWallet", "CredentialRegistry")
"""The contracts that evidence names."""
ENROLLMENT_TYPES: dict[str, list[dict[str, str]]] = {
    "AgentEnrollment": [
        {"name": name, "type": type_}
        for name, type_ in (
            ("principal", "address"),
            ("wallet", "address"),
            ("agentURI", "string"),
            ("statementHash", "bytes32"),
            ("epoch", "uint64"),
            ("deadline", "uint256"),
        )
    ]
}
"""EIP-712 type of the acceptance that a principal signs when its agent is created."""


def require_evidence(value: Any) -> None:
    """Raises `InvalidInput`, with the place, unless a value has the form of evidence."""
    if not isinstance(value, Mapping):
        raise _wrong("", value, "an object")
    _EVIDENCE(value, "")


def _wrong(path: str, value: Any, wanted: str) -> InvalidInput:
    what = f"{path} is {clean(shown(value))}" if path else f"It is {clean(shown(value))}"
    return InvalidInput(f"This isn't evidence of a check. {what}, not {wanted}. Pass what as_evidence returned.")


def _members(**shapes: Shape) -> Shape:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, Mapping):
            raise _wrong(path, value, "an object")
        prefix = f"{path}." if path else ""
        for name in shapes:
            if name not in value:
                raise InvalidInput(
                    f"This isn't evidence of a check: {prefix}{name} is missing. Pass what as_evidence returned."
                )
        for name in value:
            if name not in shapes:
                # An entry that nobody verifies could be taken as verified.
                raise InvalidInput(
                    f"This isn't evidence of a check: {prefix}{clean(shown(name))} is no entry of it. Pass what as_evidence "
                    "returned."
                )
        for name, shape in shapes.items():
            shape(value[name], f"{prefix}{name}")

    return check


def _list(shape: Shape) -> Shape:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, Sequence) or isinstance(value, str | bytes) or len(value) > MOST_ITEMS:
            raise _wrong(path, value, f"a list of at most {MOST_ITEMS} items")
        for position, each in enumerate(value):
            shape(each, f"{path}[{position}]")

    return check


def _or_none(shape: Shape) -> Shape:
    def check(value: Any, path: str) -> None:
        if value is not None:
            shape(value, path)

    return check


def _number(bits: int) -> Shape:
    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**bits:
            raise _wrong(path, value, f"a whole number of at most {bits} bits")

    return check


def _hex(length: int | None = None) -> Shape:
    digits = "*" if length is None else f"{{{2 * length}}}"
    pattern = re.compile(f"0x[0-9a-f]{digits}")

    def check(value: Any, path: str) -> None:
        wrong = not isinstance(value, str) or len(value) > LONGEST_TEXT or len(value) % 2
        if wrong or not pattern.fullmatch(value):
            raise _wrong(path, value, "0x and hex digits" if length is None else f"0x and {2 * length} hex digits")

    return check


def _one_of(*values: str) -> Shape:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, str) or value not in values:
            raise _wrong(path, value, f"one of {', '.join(values)}")

    return check


def _address(value: Any, path: str) -> None:
    # Addresses are compared as texts, so each has one form.
    wrong = not isinstance(value, str) or not re.fullmatch("0x[0-9a-fA-F]{40}", value)
    if wrong or to_checksum_address(value) != value:
        raise _wrong(path, value, "an address with its checksum (ERC-55)")


def _text(value: Any, path: str) -> None:
    # Lone surrogates can't be encoded, so nothing that has them was signed.
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or re.search("[\ud800-\udfff]", value):
        raise _wrong(path, value, "a text")


def _boolean(value: Any, path: str) -> None:
    if not isinstance(value, bool):
        raise _wrong(path, value, "true or false")


def _moment(value: Any, path: str) -> None:
    try:
        moment = datetime.fromisoformat(value)
        right = moment.tzinfo is not None and moment.timestamp() >= 0
    except (TypeError, ValueError, OverflowError):
        right = False
    if not right:
        raise _wrong(path, value, "a time (ISO 8601 with its zone)")


def _anything(value: Any, path: str) -> None:
    """Of what is only compared with what it has to be, or has a check of its own."""


def _struct(types: Mapping[str, Sequence[Mapping[str, str]]], name: str) -> Shape:
    return _members(**{each["name"]: _solidity(types, each["type"]) for each in types[name]})


def _solidity(types: Mapping[str, Sequence[Mapping[str, str]]], type_: str) -> Shape:
    if type_.endswith("[]"):
        return _list(_solidity(types, type_[:-2]))
    if type_ in types:
        return _struct(types, type_)
    if type_.startswith("uint"):
        return _number(int(type_[4:]))
    simple: dict[str, Shape] = {"address": _address, "string": _text, "bool": _boolean}
    return simple[type_] if type_ in simple else _hex(int(type_.removeprefix("bytes")))


def _typed_data(types: Mapping[str, Sequence[Mapping[str, str]]], primary: str) -> Shape:
    return _members(types=_anything, primaryType=_anything, domain=_anything, message=_struct(types, primary))


_HASH = _hex(32)
_EVIDENCE = _members(
    format=_one_of(FORMAT),
    block=_members(chain_id=_number(64), number=_number(64), hash=_HASH, time=_moment),
    contracts=_members(**dict.fromkeys(CONTRACTS, _members(address=_address, code_hash=_HASH))),
    wallet=_members(
        address=_address,
        code=_hex(),
        implementation=_address,
        principal=_address,
        agent_key=_address,
        salt=_number(96),
    ),
    agent=_members(
        id=_or_none(_number(256)),
        uri=_or_none(_text),
        status=_one_of(*(each.name for each in Status)),
        live=_boolean,
    ),
    principal=_or_none(_address),
    wallet_principal=_address,
    mandate=_or_none(
        _members(
            hash=_HASH,
            typed_data=_typed_data(MANDATE_TYPES, "Mandate"),
            principal_signature=_hex(),
            agent_signature=_hex(),
            transaction=_HASH,
        )
    ),
    liability=_or_none(
        _members(
            principal=_address,
            statement_hash=_HASH,
            epoch=_number(64),
            block=_number(64),
            transaction=_HASH,
            typed_data=_or_none(_typed_data(ENROLLMENT_TYPES, "AgentEnrollment")),
            signature=_hex(),
        )
    ),
    credentials=_list(
        _members(
            id=_HASH,
            credential=_struct(CREDENTIAL_TYPES, "Credential"),
            signature=_hex(),
            chain_id=_number(256),
            registry=_address,
            schema_name=_text,
            data=_anything,
            data_in_hex=_boolean,
        )
    ),
)
