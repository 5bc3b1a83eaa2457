"""Compares the storage layout of the deployable contracts with `toolchain/storage-layout.json`.

`make layout` rewrites the file, so that a variable that moves is a reviewed diff.
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
    """The variables of every deployable contract in order, each as `slot offset bytes: name: type`."""
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
def main(update: bool) -> None:
    """Compare the storage layout with the committed one."""
    console, found = Console(), layouts()
    if update:
        SNAPSHOT.write_text(json.dumps(found, indent=1) + "\n")
        console.print(f"{len(found)} layouts written.")
        return
    stale = [name for name, lines in found.items() if json.loads(SNAPSHOT.read_text()).get(name) != lines]
    if stale:
        console.print(f"[red]Storage layout changed:[/] {', '.join(stale)}. Run `make layout` and review the diff.")
        sys.exit(1)
    console.print(f"The storage layout of {len(found)} contracts is unchanged.")


if __name__ == "__main__":
    main()
