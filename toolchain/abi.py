"""Compares what the Python package carries of the contracts with the compiler's output: ABIs, bytecode and addresses.

`make abi` rewrites the three files. The ABIs have one entry per line, so that a changed interface is a readable diff.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from peculium.chain.abi import CONTRACTS as WITH_ABI
from peculium.deployment import plan_suite
from peculium.deployments.artifacts import OTHERS, SUITE
from peculium.devnet.artifacts import compiled as artifact
from peculium.devnet.entry_point import published

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


def bytecode_text() -> str:
    """The content of the bytecode file: one contract per line.

    The runtime code is a part of the init code, so the file names only where it starts and how long it is.
    """
    lines = []
    for name in sorted((*SUITE, *OTHERS)):
        built = artifact(name)
        start = built.init_code.find(built.runtime_code)
        if start < 0:
            raise click.ClickException(f"The init code of {name} doesn't contain its runtime code.")
        entry: dict[str, Any] = {"init_code": built.init_code.hex(), "runtime_code": [start, len(built.runtime_code)]}
        if name in MODULES:
            entry["abi"] = [each for each in built.abi if each["type"] == "constructor"]
        elif name not in WITH_ABI:
            entry["abi"] = built.abi
        lines.append(f" {json.dumps(name)}: {json.dumps(entry)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def addresses_text() -> str:
    """The content of the address file: where `deploy_suite` creates the compiled contracts on every chain."""
    plan = plan_suite({name: artifact(name) for name in SUITE})
    return json.dumps({each.name: each.address for each in plan}, indent=2) + "\n"


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the files.")
def main(update: bool) -> None:
    """Compare the ABIs, the bytecode and the addresses in the Python package with the contracts."""
    texts = {FILE: text_of(compiled()), BYTECODE: bytecode_text(), ADDRESSES: addresses_text()}
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
