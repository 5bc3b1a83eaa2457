"""ABI encoding with names instead of addresses.

The model's values are encoded to the exact bytes that the chain must return, so nothing needs decoding. Encoders are
built once per type, because this is the slowest part of a run in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

Encoder = Callable[[Any], bytes]


def word(value: int) -> bytes:
    """Encodes a number as a 32-byte word."""
    return value.to_bytes(32)


def padded(data: bytes) -> bytes:
    """Pads bytes with zeros to whole words."""
    return data + bytes(-len(data) % 32)


@dataclass(frozen=True)
class AbiItem:
    """A function, error or event: its selector or topic, and the encoder of its arguments."""

    id: bytes
    encode: Callable[..., bytes]
    indexed: tuple[bool, ...] = ()
    encoders: tuple[Encoder, ...] = ()
    dynamic: tuple[bool, ...] = ()


class Codec:
    """Encodes calls, errors and events of all contracts."""

    def __init__(self, addresses: Mapping[str, str], abis: Mapping[str, list[dict[str, Any]]]) -> None:
        self.addresses = {name: address.lower() for name, address in addresses.items()}
        self.names = {address: name for name, address in self.addresses.items()}
        self.words = {name: bytes(12) + bytes.fromhex(address[2:]) for name, address in self.addresses.items()}
        self.functions: dict[str, AbiItem] = {}
        self.errors: dict[str, AbiItem] = {}
        self.events: dict[str, AbiItem] = {}
        tables = {"function": self.functions, "error": self.errors, "event": self.events}
        for contract, abi in abis.items():
            for entry in abi:
                if entry["type"] not in tables:
                    continue
                signature = f"{entry['name']}({','.join(collapse_if_tuple(each) for each in entry['inputs'])})"
                item = self._known(entry, signature)
                # If several contracts share a name, the plain name means the first contract's.
                for name in (entry["name"], signature, f"{contract}.{entry['name']}"):
                    tables[entry["type"]].setdefault(name, item)

    def _known(self, entry: dict[str, Any], signature: str) -> AbiItem:
        inputs = entry["inputs"]
        encoders = tuple(self.encoder(each) for each in inputs)
        dynamic = tuple(is_dynamic(each) for each in inputs)
        topic = keccak(signature.encode())
        return AbiItem(
            topic if entry["type"] == "event" else topic[:4],
            sequence(encoders, dynamic),
            tuple(each.get("indexed", False) for each in inputs),
            encoders,
            dynamic,
        )

    def call_data(self, function: str, *arguments: Any) -> bytes:
        """The calldata of a call."""
        item = self.functions[function]
        return item.id + item.encode(arguments)

    def refusal(self, error: str, *arguments: Any) -> bytes:
        """The revert data of an error; the empty name means a revert without data."""
        if not error:
            return b""
        item = self.errors[error]
        return item.id + item.encode(arguments)

    def log(self, contract: str, name: str, arguments: Sequence[Any]) -> tuple[list[bytes], bytes]:
        """The topics and data of an event."""
        item = self.events.get(f"{contract}.{name}") or self.events[name]
        topics, rest, encoders, moved = [item.id], [], [], []
        for value, indexed, encode, dynamic in zip(arguments, item.indexed, item.encoders, item.dynamic, strict=True):
            if indexed:
                topics.append(keccak(value.encode()) if dynamic else encode(value))
                continue
            rest.append(value)
            encoders.append(encode)
            moved.append(dynamic)
        return topics, sequence(tuple(encoders), tuple(moved))(rest)

    def encoder(self, entry: Mapping[str, Any]) -> Encoder:
        """The encoder of an ABI type."""
        kind: str = entry["type"]
        if kind.endswith("[]"):
            element = {**entry, "type": kind[:-2]}
            inner, dynamic = self.encoder(element), is_dynamic(element)

            def array(values: Any) -> bytes:
                return word(len(values)) + sequence((inner,) * len(values), (dynamic,) * len(values))(values)

            return array
        if kind == "tuple":
            parts = entry["components"]
            return sequence(tuple(map(self.encoder, parts)), tuple(map(is_dynamic, parts)))
        return self.leaf(kind)

    def leaf(self, kind: str) -> Encoder:
        """The encoder of an elementary type. An address is given by its name."""
        if kind == "address":
            return self.words.__getitem__
        if kind == "string":
            return lambda value: word(len(value.encode())) + padded(value.encode())
        if kind == "bytes":
            return lambda value: word(len(value)) + padded(value)
        if kind.startswith("bytes"):
            return self._fixed_bytes
        return word

    def _fixed_bytes(self, value: int | str | bytes) -> bytes:
        if isinstance(value, bytes):
            return value.ljust(32, b"\0")
        return self.words[value] if isinstance(value, str) else word(value)


def is_dynamic(entry: Mapping[str, Any]) -> bool:
    """Whether a type is encoded as an offset in the head."""
    kind = entry["type"]
    if kind.endswith("[]") or kind in ("string", "bytes"):
        return True
    return kind == "tuple" and any(is_dynamic(each) for each in entry["components"])


def sequence(encoders: tuple[Encoder, ...], dynamic: tuple[bool, ...]) -> Encoder:
    """The encoder of several values in a row."""
    if not any(dynamic):
        return lambda values: b"".join([encode(value) for encode, value in zip(encoders, values, strict=True)])

    def encode_all(values: Any) -> bytes:
        parts = [encode(value) for encode, value in zip(encoders, values, strict=True)]
        offset = sum(32 if moved else len(part) for part, moved in zip(parts, dynamic, strict=True))
        head, tail = [], []
        for part, moved in zip(parts, dynamic, strict=True):
            if not moved:
                head.append(part)
                continue
            head.append(word(offset))
            tail.append(part)
            offset += len(part)
        return b"".join(head + tail)

    return encode_all
