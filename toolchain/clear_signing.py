"""Compares the files for wallets that show words instead of data (ERC-7730) with ABIs, EIP-712 types and `explain.intents`.

`python -m toolchain.clear_signing --update` rewrites them.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from peculium.chain.abi import load_abi
from peculium.deployments import networks, suite_addresses
from peculium.explain.intents import ARGUMENT_RULES, ATTACHED, FUNCTIONS, ORDERS, TYPED_DATA, Intent, label_of
from peculium.mandate import NATIVE, WALLET_DOMAIN
from peculium.registry import REGISTRY_DOMAIN
from peculium.switch import SWITCH_DOMAIN
from toolchain.typed_data import type_strings

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "peculium" / "deployments" / "erc7730"
SCHEMA = "https://eips.ethereum.org/assets/eip-7730/erc7730-v2.schema.json"
DOMAINS = {"AgentRegistry": REGISTRY_DOMAIN, "AgentWallet": WALLET_DOMAIN, "RevocationSwitch": SWITCH_DOMAIN}
CREATED = "AgentWallet"
"""The contract that a factory creates again and again."""
OF_ONE_PRINCIPAL = ("FleetBudget", "PrincipalPaymaster")
"""Contracts whose addresses the files can't have: each principal has its own, and adds it with `descriptor`."""

_DATE = {"format": "date", "params": {"encoding": "timestamp"}}
_DURATION = {"format": "duration"}
_NATIVE = {"format": "amount"}
FORMATS: Mapping[str, Mapping[str, Any]] = {
    "CallRequest.pull": {"format": "tokenAmount", "params": {"tokenPath": "pullToken"}},
    "GasTerms.windowLimit": _NATIVE,
    "PrincipalPaymaster.withdraw.amount": _NATIVE,
    "Request.amount": {"format": "tokenAmount", "params": {"tokenPath": "token", "nativeCurrencyAddress": NATIVE}},
    "askedAt": _DATE,
    "deadline": _DATE,
    "expiresAt": _DATE,
    "interval": _DURATION,
    "kind": {"format": "enum", "params": {"$ref": "$.metadata.enums.argumentRule"}},
    "length": _DURATION,
    "maxAuthorizationAge": _DURATION,
    "maxRequestAge": _DURATION,
    "operationLimit": _NATIVE,
    "order": {"format": "enum", "params": {"$ref": "$.metadata.enums.order"}},
    "period": _DURATION,
    "unstakeDelay": _DURATION,
    "validFrom": _DATE,
    "validUntil": _DATE,
    "value": _NATIVE,
    "valueLimit": _NATIVE,
    "window": _DURATION,
    "withdraw.amount": {"format": "tokenAmount", "params": {"tokenPath": "token", "nativeCurrencyAddress": NATIVE}},
}
"""How values are shown whose type alone doesn't say it, as in `explain.intents.LABELS`."""
ENUMS = {"argumentRule": ARGUMENT_RULES, "order": ORDERS}
CALLS = ("Call", "CallRequest", "execute")
"""Structs and functions with a call: `data` is its calldata, `target` its contract, `value` the native currency with it."""
TOKENS = ("token", "gainToken", "pullToken")


@dataclass(frozen=True)
class Leaf:
    """A value within a function's arguments or a message."""

    owner: str
    """The struct or function that it is in."""
    name: str
    type: str
    folder: str
    """Path of the struct that it is in, with a dot at its end; empty at the top."""

    @property
    def path(self) -> str:
        """Its path, which for an array is that of its elements."""
        return self.folder + self.name + (".[]" if self.type.endswith("]") else "")


def files() -> dict[str, dict[str, Any]]:
    """The content of every file, by name."""
    found = {f"calldata-{name}.json": calldata(name) for name in FUNCTIONS}
    return found | {f"eip712-{name}.json": messages(name) for name in TYPED_DATA}


def calldata(contract: str) -> dict[str, Any]:
    """The file for the functions of a contract."""
    formats = {}
    for entry in load_abi(contract):
        if entry["type"] != "function" or entry["name"] not in FUNCTIONS[contract]:
            continue
        leaves = list(_leaves_of_abi(entry["name"], entry["inputs"]))
        fields = [_field(contract, leaf) for leaf in leaves]
        if entry["stateMutability"] == "payable":
            fields.append({"path": "@.value", "label": ATTACHED, **_NATIVE})
        formats[_signature(entry)] = _format(FUNCTIONS[contract][entry["name"]], fields)
    return _descriptor(contract, {"contract": _binding(contract)}, formats)


def messages(contract: str) -> dict[str, Any]:
    """The file for the typed data that a contract verifies."""
    encoded = type_strings()
    formats = {}
    for primary, intent in TYPED_DATA[contract].items():
        types = _types(encoded[primary])
        formats[encoded[primary]] = _format(
            intent, [_field(contract, leaf) for leaf in _leaves_of_types(primary, types)]
        )
    name, version = DOMAINS[contract]
    binding = {"domain": {"name": name, "version": version}, "deployments": _deployments(contract)}
    return _descriptor(contract, {"eip712": binding}, formats)


def _binding(contract: str) -> dict[str, Any]:
    if contract in OF_ONE_PRINCIPAL:
        return {"deployments": []}
    if contract != CREATED:
        return {"deployments": _deployments(contract)}
    event = next(each for each in load_abi("AgentWalletFactory") if each.get("name") == "WalletCreated")
    arguments = ",".join(
        f"{each['type']}{' indexed' if each['indexed'] else ''} {each['name']}" for each in event["inputs"]
    )
    return {
        # Wallets are its clones, for which some readers take the file of the code that they run.
        "deployments": _deployments(contract),
        "factory": {
            "deployments": _deployments("AgentWalletFactory"),
            "deployEvent": f"{event['name']}({arguments})",
        },
    }


def _deployments(contract: str) -> list[dict[str, Any]]:
    # Nothing else can be at the address: it follows from the code.
    address = suite_addresses()[contract]
    return [{"chainId": each.chain_id, "address": address} for each in networks().values()]


def _descriptor(contract: str, context: dict[str, Any], formats: dict[str, Any]) -> dict[str, Any]:
    used = {name for name in ENUMS if f"$.metadata.enums.{name}" in json.dumps(formats)}
    enums = {name: {str(number): text for number, text in enumerate(ENUMS[name])} for name in sorted(used)}
    metadata: dict[str, Any] = {"owner": "Peculium", "contractName": contract}
    if enums:
        metadata["enums"] = enums
    return {"$schema": SCHEMA, "context": context, "metadata": metadata, "display": {"formats": formats}}


def _format(intent: Intent, fields: list[dict[str, Any]]) -> dict[str, Any]:
    shown = {field["path"] for field in fields}
    if missing := set(re.findall(r"{(.*?)}", intent.sentence)) - shown:
        raise click.ClickException(f'"{intent.sentence}" names {", ".join(sorted(missing))}, which isn\'t a value.')
    return {"intent": intent.text, "interpolatedIntent": intent.sentence, "fields": fields}


def _field(contract: str, leaf: Leaf) -> dict[str, Any]:
    try:
        label = label_of(leaf.owner, leaf.name)
    except KeyError:
        raise click.ClickException(f"{leaf.owner}.{leaf.name} has no label in explain.intents.") from None
    return {"path": leaf.path, "label": label, **_display(contract, leaf)}


def _display(contract: str, leaf: Leaf) -> dict[str, Any]:
    if leaf.owner in CALLS and leaf.name == "data":
        parameters = {"calleePath": f"{leaf.folder}target", "amountPath": f"{leaf.folder}value"}
        return {"format": "calldata", "params": parameters}
    for key in (f"{contract}.{leaf.owner}.{leaf.name}", f"{leaf.owner}.{leaf.name}", leaf.name):
        if key in FORMATS:
            found = dict(FORMATS[key])
            if "tokenPath" in found.get("params", {}):
                found["params"] = {**found["params"], "tokenPath": leaf.folder + found["params"]["tokenPath"]}
            return found
    if leaf.type.startswith("address"):
        kinds = ["token"] if leaf.name in TOKENS else ["wallet", "eoa", "contract"]
        return {"format": "addressName", "params": {"types": kinds}}
    return {"format": "raw"}


def _leaves_of_abi(owner: str, inputs: list[dict[str, Any]], folder: str = "") -> Iterator[Leaf]:
    for each in inputs:
        if each["type"].startswith("tuple"):
            struct = each["internalType"].removeprefix("struct ").split(".")[-1].split("[")[0]
            inner = folder + each["name"] + (".[]." if each["type"].endswith("]") else ".")
            yield from _leaves_of_abi(struct, each["components"], inner)
        else:
            yield Leaf(owner, each["name"], each["type"], folder)


def _leaves_of_types(owner: str, types: Mapping[str, list[tuple[str, str]]], folder: str = "") -> Iterator[Leaf]:
    for kind, name in types[owner]:
        struct = kind.removesuffix("[]")
        if struct in types:
            inner = folder + name + (".[]." if kind.endswith("]") else ".")
            yield from _leaves_of_types(struct, types, inner)
        else:
            yield Leaf(owner, name, kind, folder)


def _types(encoded: str) -> dict[str, list[tuple[str, str]]]:
    found = {}
    for name, members in re.findall(r"(\w+)\((.*?)\)", encoded):
        pairs = (member.split(" ") for member in members.split(","))
        found[name] = [(kind, member) for kind, member in pairs]
    return found


def _signature(entry: dict[str, Any]) -> str:
    # With the names of the arguments, which the paths use.
    return f"{entry['name']}({_arguments(entry['inputs'])})"


def _arguments(inputs: list[dict[str, Any]]) -> str:
    parts = []
    for each in inputs:
        kind = each["type"]
        if kind.startswith("tuple"):
            kind = f"({_arguments(each['components'])}){kind.removeprefix('tuple')}"
        parts.append(f"{kind} {each['name']}")
    return ",".join(parts)


def text_of(content: dict[str, Any]) -> str:
    """The content of a file."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the files.")
def main(update: bool) -> None:
    """Compare the ERC-7730 files in the Python package with the contracts."""
    current = {name: text_of(content) for name, content in files().items()}
    carried = {path.name: path.read_text() for path in TARGET.glob("*.json")}
    if differs := sorted(name for name in current.keys() | carried.keys() if current.get(name) != carried.get(name)):
        if not update:
            command = "python -m toolchain.clear_signing --update"
            click.echo(
                f"{', '.join(differs)} in {TARGET.relative_to(ROOT)} are out of date. Run `{command}`.", err=True
            )
            sys.exit(1)
        for name in differs:
            if name in current:
                (TARGET / name).write_text(current[name])
            else:
                (TARGET / name).unlink()
    formats = sum(len(content["display"]["formats"]) for content in files().values())
    click.echo(f"clear_signing: {formats} functions and types in {len(current)} files match.")


if __name__ == "__main__":
    main()
