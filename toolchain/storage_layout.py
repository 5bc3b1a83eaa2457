"""Keeps the storage layout of the contracts that are deployed as it was: `toolchain/storage-layout.json`.

`ape run layout` checks, `ape run layout --update` rewrites it: a variable that moves is a diff that somebody reads.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from peculium.devnet.artifacts import CONTRACTS
from toolchain.compiler import ours, solve, standard_input

SNAPSHOT = Path(__file__).with_name("storage-layout.json")


def layouts() -> dict[str, list[str]]:
    """Every variable of every contract that is deployed, as `slot offset bytes: name: type`, in order."""
    task = standard_input({})
    task["settings"]["outputSelection"] = {path: {"*": ["storageLayout"]} for path in task["sources"] if ours(path)}
    found: dict[str, list[str]] = {}
    for contracts in solve(task)["contracts"].values():
        for name, contract in contracts.items():
            if name in CONTRACTS:
                found[name] = _lines(contract["storageLayout"])
    return dict(sorted(found.items()))


def _lines(layout: dict[str, Any]) -> list[str]:
    types = layout["types"] or {}
    lines = []
    for each in layout["storage"]:
        kind = types[each["type"]]
        lines.append(f"{each['slot']} {each['offset']} {kind['numberOfBytes']}: {each['label']}: {kind['label']}")
    structs = {kind["label"]: kind["members"] for kind in types.values() if "members" in kind}
    for label, members in sorted(structs.items()):
        lines += [
            f"{label}: {each['slot']} {each['offset']} {types[each['type']]['numberOfBytes']}: {each['label']}"
            for each in members
        ]
    return lines


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the committed layout.")
def cli(update: bool) -> None:
    """Check, or update, the storage layout that is committed."""
    console, found = Console(), layouts()
    if update:
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n")
        console.print(f"{len(found)} layouts written.")
        return
    stale = [name for name, lines in found.items() if json.loads(SNAPSHOT.read_text()).get(name) != lines]
    if stale:
        console.print(f"[red]Moved:[/] {', '.join(stale)}. Run `ape run layout --update`, and read the diff.")
        sys.exit(1)
    console.print(f"The storage of {len(found)} contracts is where it was.")
