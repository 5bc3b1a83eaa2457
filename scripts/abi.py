"""Keeps the ABIs that come with the Python package the same as the contracts'.

`ape run abi` checks, `ape run abi --update` rewrites them: a change of an interface is a diff that somebody reads.
"""

import json
import sys
from pathlib import Path
from typing import Any

import ape
import click
from rich.console import Console

STANDARDS = ("ERC20", "EntryPoint")
FOLDER = Path(__file__).parent.parent / "peculium" / "abi"


def abi_of(name: str) -> list[dict[str, Any]]:
    """The ABI of a compiled contract, in the form that is committed."""
    entries = getattr(ape.project, name).contract_type.abi
    return [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in entries]


def committed_names() -> list[str]:
    """The contracts of the suite whose ABI is committed; `ERC20` and `EntryPoint` are the standards', not ours."""
    return sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in STANDARDS)


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the committed ABIs.")
def cli(update: bool) -> None:
    """Check, or update, the ABIs of the Python package."""
    console = Console()
    stale = []
    for name in committed_names():
        path = FOLDER / f"{name}.json"
        text = json.dumps(abi_of(name), indent=1) + "\n"
        if path.read_text() == text:
            continue
        stale.append(name)
        if update:
            path.write_text(text)
    if update:
        console.print(f"Rewritten: {', '.join(stale) or 'none, all were up to date'}.")
    elif stale:
        console.print(
            f"[red]Not what the contracts say:[/] {', '.join(stale)}. Run `ape run abi --update`, and read the diff."
        )
        sys.exit(1)
    else:
        console.print(f"{len(committed_names())} ABIs are those of the contracts.")
