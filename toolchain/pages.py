"""Writes into README.md what its commands print: the session of the demo, and the table of gas.

`ape run readme` after a change of contracts, and after `ape run gas --update`. The tests compare both.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from verification.gas.targets import COMMITTED, TARGETS
from verification.markers import block, put_between

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
LEFT_OUT = "  …"
SHOWN = (
    (r"╭─ 1\. ", r"Left: "),
    (r"┏━━", r"┡━━"),
    (r"│ ✓ 2  │ begin a new 'day'", r"├──"),
    (r"╭─ 4\. ", r"A counterparty checks"),
    (r"╭─ 5\. ", r"  ✓ write a cheque"),
    (r"╭─ 6\. ", r"  ✓ pay 20 by a user operation that"),
    (r"│ ✓ 3 │ burn the wallet's ether", r"├──"),
    (r" +Sums +$", r"└──"),
    (r"\d+ of \d+ attempts", r""),
)
"""The first and last lines of what is shown of the demo, in order."""


def session() -> str:
    """What the demo prints, shortened."""
    ape = Path(sys.executable).parent / "ape"
    run = subprocess.run([ape, "run", "demo"], cwd=ROOT, capture_output=True, text=True, check=True)
    lines, parts, position = run.stdout.splitlines(), [], 0
    for first, last in SHOWN:
        start = next(i for i in range(position, len(lines)) if re.match(first, lines[i]))
        end = next(i for i in range(start, len(lines)) if re.match(last, lines[i]))
        if start != position and parts:
            parts.append(LEFT_OUT)
        parts += lines[start : end + 1]
        position = end + 1
    return "```\n" + "\n".join(parts) + "\n```"


def gas_table(names: list[str]) -> str:
    """The committed figures of these names."""
    figures = json.loads(COMMITTED.read_text())
    rows = [f"| {name} | {figures[name]:,} | {f'{TARGETS[name]:,}' if name in TARGETS else ''} |" for name in names]
    return "\n".join(["| what (gas of the whole receipt) | gas | aim |", "| --- | ---: | ---: |", *rows])


def gas_names(text: str) -> list[str]:
    """The figures that the table shows."""
    return re.findall(r"^\| ([^|]+) \| [\d,]+ \|", block(text, "gas"), re.MULTILINE)


@click.command()
def cli() -> None:
    """Write the demo's session and the gas table into README.md."""
    console = Console()
    text = README.read_text()
    with console.status("Watching the demo…"):
        shown = {"demo": session(), "gas": gas_table(gas_names(text))}
    for name, content in shown.items():
        put_between(README, name, content)
    console.print("README.md shows what the demo and verification/gas/gas.json say now. Read the diff.")
