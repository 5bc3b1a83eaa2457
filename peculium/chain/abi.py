"""The ABIs of the package: lookup, and the decoding of results, errors and events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from eth_abi import decode
from eth_utils import event_abi_to_log_topic, function_abi_to_4byte_selector, to_checksum_address
from eth_utils.abi import collapse_if_tuple, get_abi_input_names, get_abi_input_types
from hexbytes import HexBytes
from web3 import Web3

CONTRACTS = (
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "CredentialRegistry",
    "EntryPoint",
    "FleetBudget",
    "MandateWriter",
    "PrincipalPaymaster",
    "RevocationSwitch",
    "ERC20",
)
"""Every contract with an ABI in the package. `ERC20` is the standard interface, `EntryPoint` that of ERC-4337 v0.8."""


@cache
def load_abi(name: str) -> list[dict[str, Any]]:
    """Returns the ABI of a contract in `CONTRACTS`. Raises `KeyError` for any other name."""
    return _abis()[name]


@cache
def _abis() -> dict[str, list[dict[str, Any]]]:
    content: dict[str, list[dict[str, Any]]] = json.loads(files("peculium").joinpath("abi.json").read_text())
    return content


@cache
def known_errors() -> dict[bytes, tuple[str, list[str], list[str]]]:
    """Returns name, argument names and argument types of every error, by its selector (4 bytes)."""
    found = {}
    for contract in CONTRACTS:
        for entry in load_abi(contract):
            if entry["type"] == "error":
                selector = function_abi_to_4byte_selector({**entry, "type": "function"})  # type: ignore[arg-type]
                found[selector] = (entry["name"], get_abi_input_names(entry), get_abi_input_types(entry))  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


@cache
def topic_of(contract: str, event: str) -> str:
    """Returns the topic of an event (0x hex) of a contract in `CONTRACTS`."""
    (entry,) = (each for each in load_abi(contract) if each["type"] == "event" and each["name"] == event)
    return "0x" + event_abi_to_log_topic(entry).hex()  # type: ignore[arg-type]


@cache
def event_decoders() -> dict[bytes, list[Any]]:
    """Returns web3's decoders of every event, by the event's topic (32 bytes)."""
    web3 = Web3()
    found: dict[bytes, list[Any]] = {}
    for name in CONTRACTS:
        abi = load_abi(name)
        contract = web3.eth.contract(abi=abi)
        for event in (entry["name"] for entry in abi if entry["type"] == "event"):
            decoder = contract.events[event]()
            found.setdefault(bytes(HexBytes(decoder.topic)), []).append(decoder)
    return found


def decode_result(outputs: Sequence[dict[str, Any]], data: bytes) -> Any:
    """Decodes what a function returned: one value, or a list of several. Addresses get their checksum."""
    values = decode([collapse_if_tuple(each) for each in outputs], data)
    found = [_as_python(output["type"], output, value) for output, value in zip(outputs, values, strict=True)]
    return found[0] if len(found) == 1 else found


def _as_python(type_: str, output: dict[str, Any], value: Any) -> Any:
    if type_.endswith("]"):
        element = type_[: type_.rindex("[")]
        return [_as_python(element, output, each) for each in value]
    if type_ == "tuple":
        members = zip(output["components"], value, strict=True)
        return tuple(_as_python(member["type"], member, each) for member, each in members)
    return to_checksum_address(value) if type_ == "address" else value
