"""A reader of ERC-7730 files, as a wallet has one, and values for every function. No test uses a chain."""

from __future__ import annotations

import re

import pytest
from eth_abi import decode, encode
from eth_utils import function_signature_to_4byte_selector, to_checksum_address

from peculium.chain.abi import load_abi
from peculium.deployments.descriptors import descriptor, descriptor_names
from peculium.explain.action_words import ActionWords
from peculium.explain.intents import FUNCTIONS
from peculium.explain.words import Naming, length, moment
from peculium.mandate import NATIVE

SOMEBODY = to_checksum_address("0x" + "5b" * 20)
MONEY = ActionWords(Naming(None), {}).money


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain."""


@pytest.fixture(autouse=True)
def isolation():
    """Likewise."""


def kind_of(name):
    """Whether a descriptor is of functions or of typed data, and its contract."""
    return name.split("-")


def formats():
    """Every format of every descriptor, with its descriptor's name."""
    for name in descriptor_names():
        for key, content in descriptor(name)["display"]["formats"].items():
            yield name, key, content


def functions():
    """The entries of the ABIs that a principal calls, with contract and name as test id."""
    for contract, intents in FUNCTIONS.items():
        for entry in load_abi(contract):
            if entry["type"] == "function" and entry["name"] in intents:
                yield pytest.param(contract, entry, id=f"{contract}.{entry['name']}{len(entry['inputs'])}")


def type_of(entry):
    """The type of an argument as a selector has it."""
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    return "(" + ",".join(map(type_of, entry["components"])) + ")" + entry["type"].removeprefix("tuple")


def selector(entry):
    return function_signature_to_4byte_selector(f"{entry['name']}({','.join(map(type_of, entry['inputs']))})")


def example(entry, counter):
    """A value for an argument; each value is another one. An array has two elements."""
    kind = entry["type"]
    if kind.endswith("[]"):
        inner = {**entry, "type": kind.removesuffix("[]")}
        return [example(inner, counter), example(inner, counter)]
    if kind == "tuple":
        return tuple(example(each, counter) for each in entry["components"])
    number = next(counter)
    if kind == "address":
        return f"0x{number:040x}"
    if kind == "bool":
        return True
    if kind == "string":
        return f"text {number}"
    if kind.startswith("bytes"):
        return number.to_bytes(int(kind.removeprefix("bytes") or 4))
    return number


def named(entries, values):
    """Values of arguments by name, as a reader of the ABI has them."""
    return {entry["name"]: _named(entry, value) for entry, value in zip(entries, values, strict=True)}


def _named(entry, value):
    if entry["type"].endswith("[]"):
        return [_named({**entry, "type": entry["type"].removesuffix("[]")}, each) for each in value]
    if entry["type"] == "tuple":
        return named(entry["components"], value)
    return value


def leaves(value):
    """The values within values."""
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from leaves(each)
    else:
        yield value


def found(path, values):
    """The values at a path."""
    current = [values]
    for part in path.split("."):
        if part == "[]":
            current = [element for each in current for element in each]
        else:
            current = [each[part] for each in current]
    return current


class Screen:
    """What a wallet shows of a call."""

    def __init__(self, contract, calldata, value=0):
        content = descriptor(f"calldata-{contract}")
        self.metadata = content["metadata"]
        by_selector = {}
        for key, shown in content["display"]["formats"].items():
            name, _, arguments = key.partition("(")
            plain = f"{name}({without_names(arguments)}"
            by_selector[function_signature_to_4byte_selector(plain)] = (plain, shown)
        signature, shown = by_selector[calldata[:4]]
        entry = next(
            each for each in load_abi(contract) if each["type"] == "function" and selector(each) == calldata[:4]
        )
        types = [type_of(each) for each in entry["inputs"]]
        assert signature == f"{entry['name']}({','.join(types)})"
        self.values = {**named(entry["inputs"], decode(types, calldata[4:])), "@": {"value": value}}
        self.intent, self.sentence, self.fields = shown["intent"], shown["interpolatedIntent"], shown["fields"]

    def lines(self):
        """The values with their labels."""
        return [
            (field["label"], self.text(field, value))
            for field in self.fields
            for value in found(field["path"], self.values)
        ]

    def words(self):
        """The sentence with its values."""
        texts = {field["path"]: field for field in self.fields}

        def value(match):
            (only,) = found(match[1], self.values)
            return self.text(texts[match[1]], only)

        return re.sub(r"{(.*?)}", value, self.sentence)

    def text(self, field, value):
        """A value as the package shows it."""
        if field["format"] == "tokenAmount":
            (token,) = found(field["params"]["tokenPath"], self.values)
            native = field["params"].get("nativeCurrencyAddress", "").lower() == token
            return MONEY(NATIVE if native else to_checksum_address(token), value)
        if field["format"] == "enum":
            return self.metadata["enums"][field["params"]["$ref"].split(".")[-1]][str(value)]
        shown = {
            "addressName": to_checksum_address,
            "amount": lambda wei: MONEY(NATIVE, wei),
            "date": moment,
            "duration": length,
        }
        return shown.get(field["format"], str)(value)


def without_names(arguments):
    """The types of a signature with names."""
    return re.sub(r"([\w)\]]) \w+(?=[,)])", r"\1", arguments)


def call(contract, name, *values):
    """The calldata of a call."""
    entry = next(each for each in load_abi(contract) if each.get("name") == name and len(each["inputs"]) == len(values))
    return selector(entry) + encode([type_of(each) for each in entry["inputs"]], values)
