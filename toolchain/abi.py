"""Compares `peculium/abi.json`, the ABIs in the Python package, with the compiled contracts.

`make abi` rewrites the file with one entry per line, so that a changed interface is a readable diff.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from peculium.devnet.artifacts import artifact
from peculium.devnet.entry_point import published

FILE = Path(__file__).parents[1] / "peculium" / "abi.json"
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


def compiled() -> dict[str, list[dict[str, Any]]]:
    """The compiled ABIs, the published one of `EntryPoint`, and that of the ERC-20 standard from the file."""
    abis = {name: artifact(name).abi for name in CONTRACTS}
    abis["EntryPoint"] = published("EntryPoint")["abi"]
    abis["ERC20"] = json.loads(FILE.read_text())["ERC20"]
    return dict(sorted(abis.items()))


def text_of(abis: dict[str, list[dict[str, Any]]]) -> str:
    """The content of the file: one ABI entry per line."""
    parts = []
    for name, abi in abis.items():
        entries = ",\n".join(f"  {json.dumps(entry, separators=(',', ':'))}" for entry in abi)
        parts.append(f" {json.dumps(name)}: [\n{entries}\n ]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the file.")
def main(update: bool) -> None:
    """Compare the ABIs of the Python package with the contracts."""
    text = text_of(compiled())
    if update:
        FILE.write_text(text)
    elif not FILE.is_file() or FILE.read_text() != text:
        click.echo("peculium/abi.json differs from the contracts. Run `make abi` and review the diff.", err=True)
        sys.exit(1)
    click.echo(f"peculium/abi.json: {len(CONTRACTS) + 2} ABIs match the contracts.")


if __name__ == "__main__":
    main()
