"""ABI encoding with names instead of addresses, as fast as plain Python allows: every type's encoder is made once.

What the model says is turned into the very bytes that the chain has to answer; nothing has to be decoded to be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_hash.auto import keccak
from eth_utils.abi import collapse_if_tuple

Encoder = Callable[[Any], bytes]


def word(value: int) -> bytes:
    """A number of 256 bits."""
    return value.to_bytes(32)


def padded(data: bytes) -> bytes:
    """Bytes filled up to whole words."""
    return data + bytes(-len(data) % 32)


@dataclass(frozen=True)
class Known:
    """A function, an error or an event: its selector or topic, and how to encode what belongs to it."""

    id: bytes
    encode: Callable[..., bytes]
    indexed: tuple[bool, ...] = ()
    encoders: tuple[Encoder, ...] = ()
    dynamic: tuple[bool, ...] = ()


class Codec:
    """Knows the contracts' ABIs, and everybody's address."""

    def __init__(self, addresses: Mapping[str, str], abis: Mapping[str, list[dict[str, Any]]]) -> None:
        self.addresses = {name: address.lower() for name, address in addresses.items()}
        self.names = {address: name for name, address in self.addresses.items()}
        self.words = {name: bytes(12) + bytes.fromhex(address[2:]) for name, address in self.addresses.items()}
        self.functions: dict[str, Known] = {}
        self.errors: dict[str, Known] = {}
        self.events: dict[str, Known] = {}
        tables = {"function": self.functions, "error": self.errors, "event": self.events}
        for contract, abi in abis.items():
            for entry in abi:
                if entry["type"] not in tables:
                    continue
                signature = f"{entry['name']}({','.join(collapse_if_tuple(each) for each in entry['inputs'])})"
                known = self._known(entry, signature)
                # Where several contracts have the name, the first one's is meant, unless more is said.
                for name in (entry["name"], signature, f"{contract}.{entry['name']}"):
                    tables[entry["type"]].setdefault(name, known)

    def _known(self, entry: dict[str, Any], signature: str) -> Known:
        inputs = entry["inputs"]
        encoders = tuple(self.encoder(each) for each in inputs)
        dynamic = tuple(is_dynamic(each) for each in inputs)
        topic = keccak(signature.encode())
        return Known(
            topic if entry["type"] == "event" else topic[:4],
            sequence(encoders, dynamic),
            tuple(each.get("indexed", False) for each in inputs),
            encoders,
            dynamic,
        )

    def call_data(self, function: str, *arguments: Any) -> bytes:
        """Calldata of a function."""
        known = self.functions[function]
        return known.id + known.encode(arguments)

    def refusal(self, error: str, *arguments: Any) -> bytes:
        """What a call reverts with; an error without a name says nothing."""
        if not error:
            return b""
        known = self.errors[error]
        return known.id + known.encode(arguments)

    def log(self, contract: str, name: str, arguments: Sequence[Any]) -> tuple[list[bytes], bytes]:
        """Topics and data of an event."""
        known = self.events.get(f"{contract}.{name}") or self.events[name]
        topics, rest, encoders, moved = [known.id], [], [], []
        for value, indexed, encode, dynamic in zip(
            arguments, known.indexed, known.encoders, known.dynamic, strict=True
        ):
            if indexed:
                topics.append(keccak(value.encode()) if dynamic else encode(value))
                continue
            rest.append(value)
            encoders.append(encode)
            moved.append(dynamic)
        return topics, sequence(tuple(encoders), tuple(moved))(rest)

    def encoder(self, entry: Mapping[str, Any]) -> Encoder:
        """How a value of an ABI type is encoded."""
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
        """How one value is encoded; an address is given by its name."""
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
    """Whether a type is encoded by its place and not on the spot."""
    kind = entry["type"]
    if kind.endswith("[]") or kind in ("string", "bytes"):
        return True
    return kind == "tuple" and any(is_dynamic(each) for each in entry["components"])


def sequence(encoders: tuple[Encoder, ...], dynamic: tuple[bool, ...]) -> Encoder:
    """How several values in a row are encoded."""
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
