"""Compares what the Python package carries of the contracts with the compiler's output: ABIs, bytecode and addresses.

`make abi` rewrites the three files. The ABIs have one entry per line, so that a changed interface is a readable diff.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import yaml  # type: ignore[import-untyped]  # it has no type hints

from peculium.chain.abi import CONTRACTS as WITH_ABI
from peculium.deployments.artifacts import OTHERS, SUITE, packaged_artifact
from peculium.deployments.expected import immutable_positions
from peculium.deployments.planned import plan_suite
from peculium.devnet.artifacts import compiled as artifact
from peculium.devnet.artifacts import contract_types
from peculium.devnet.entry_point import published
from peculium.operations import ENTRY_POINT

Immutables = dict[str, list[int]]
"""Positions in the deployed code, by the variable's name."""

CONFIG = Path(__file__).parents[1] / "ape-config.yaml"
PACKAGE = Path(__file__).parents[1] / "peculium"
FILE = PACKAGE / "abi.json"
BYTECODE = PACKAGE / "deployments" / "bytecode.json"
ADDRESSES = PACKAGE / "deployments" / "addresses.json"
CONTRACTS = (
    "AgentRegistry",
    "AgentWallet",
    "AgentWalletFactory",
    "CredentialRegistry",
    "FleetBudget",
    "MandateWriter",
    "PrincipalPaymaster",
    "RevocationSwitch",
)
MODULES = ("MandateModule", "P256Verifier", "PowersModule", "ViewsModule")
"""Contracts that the package deploys but never calls by name: it needs only their constructors."""


def compiled() -> dict[str, list[dict[str, Any]]]:
    """The compiled ABIs, the published one of `EntryPoint`, and that of the ERC-20 standard from the file."""
    abis = {name: artifact(name).abi for name in CONTRACTS}
    abis["EntryPoint"] = published("EntryPoint")["abi"]
    abis["ERC20"] = json.loads(FILE.read_text())["ERC20"]
    return dict(sorted(abis.items()))


def text_of(abis: dict[str, list[dict[str, Any]]]) -> str:
    """The content of the ABI file: one entry per line."""
    parts = []
    for name, abi in abis.items():
        entries = ",\n".join(f"  {json.dumps(entry, separators=(',', ':'))}" for entry in abi)
        parts.append(f" {json.dumps(name)}: [\n{entries}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def bytecode_text(immutables: Mapping[str, Immutables]) -> str:
    """The content of the bytecode file: the compiler's settings, then one contract per line.

    The runtime code is a part of the init code, so the file names only where it starts and how long it is.
    """
    lines = [f' "compiler": {json.dumps(settings())}']
    for name in sorted((*SUITE, *OTHERS)):
        built = artifact(name)
        start = built.init_code.find(built.runtime_code)
        if start < 0:
            raise click.ClickException(f"The init code of {name} doesn't contain its runtime code.")
        entry: dict[str, Any] = {"init_code": built.init_code.hex(), "runtime_code": [start, len(built.runtime_code)]}
        entry["immutables"] = immutables[name]
        if name in MODULES:
            entry["abi"] = [each for each in built.abi if each["type"] == "constructor"]
        elif name not in WITH_ABI:
            entry["abi"] = built.abi
        lines.append(f" {json.dumps(name)}: {json.dumps(entry)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def settings() -> dict[str, Any]:
    """The compiler's version and the settings that the bytecode depends on."""
    solidity = yaml.safe_load(CONFIG.read_text())["solidity"]
    return {
        "solc": str(solidity["version"]),
        "evm_version": solidity["evm_version"],
        "optimizer_runs": solidity["optimization_runs"],
        "via_ir": solidity["via_ir"],
    }


def carried_immutables() -> dict[str, Immutables]:
    """Where the file has the immutables. Empty for a contract whose placeholders are elsewhere, so that the file differs."""
    found = {}
    for name in (*SUITE, *OTHERS):
        carried = dict(packaged_artifact(name).immutables or {})
        placed = sorted(position for positions in carried.values() for position in positions)
        same = placed == immutable_positions(artifact(name).runtime_code)
        found[name] = {variable: list(positions) for variable, positions in carried.items()} if same else {"": [0]}
    return found


def compiled_immutables() -> dict[str, Immutables]:
    """Where the compiler puts the immutables, by their names. Compiles the contracts, which takes a minute."""
    # Only `--update` needs the compiler.
    from toolchain.compiler import solve, standard_input

    sources = {name: str(contract_types()[name]["sourceId"]) for name in (*SUITE, *OTHERS)}
    task = standard_input({})
    selection: dict[str, dict[str, list[str]]] = {path: {"": ["ast"]} for path in task["sources"]}
    for name, path in sources.items():
        selection[path][name] = ["evm.deployedBytecode.immutableReferences"]
    task["settings"]["outputSelection"] = selection
    output = solve(task)
    names = dict(_variables([each["ast"] for each in output["sources"].values()]))
    found = {}
    for name, path in sources.items():
        references = output["contracts"][path][name]["evm"]["deployedBytecode"]["immutableReferences"]
        named = {names[int(id_)]: [each["start"] for each in places] for id_, places in references.items()}
        found[name] = {variable: sorted(named[variable]) for variable in sorted(named)}
    return found


def _variables(node: Any) -> Iterator[tuple[int, str]]:
    # The declarations within a part of the AST, by their ids.
    if isinstance(node, list):
        for each in node:
            yield from _variables(each)
    elif isinstance(node, dict):
        if node.get("nodeType") == "VariableDeclaration":
            yield node["id"], node["name"]
        for each in node.values():
            yield from _variables(each)


def addresses_text() -> str:
    """The content of the address file: where `deploy_suite` creates the compiled contracts on every chain."""
    plan = plan_suite({name: artifact(name) for name in SUITE}, ENTRY_POINT)
    return json.dumps({each.name: each.address for each in plan}, indent=2) + "\n"


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the files.")
def main(update: bool) -> None:
    """Compare the ABIs, the bytecode and the addresses in the Python package with the contracts."""
    immutables = compiled_immutables() if update else carried_immutables()
    texts = {FILE: text_of(compiled()), BYTECODE: bytecode_text(immutables), ADDRESSES: addresses_text()}
    for file, text in texts.items():
        name = file.relative_to(PACKAGE.parent)
        if update:
            file.write_text(text)
        elif not file.is_file() or file.read_text() != text:
            click.echo(f"{name} differs from the contracts. Run `make abi` and review the diff.", err=True)
            sys.exit(1)
    bytecodes = len(SUITE) + len(OTHERS)
    click.echo(f"abi: {len(WITH_ABI)} ABIs, {bytecodes} bytecodes and {len(SUITE)} addresses match the contracts.")


if __name__ == "__main__":
    main()
