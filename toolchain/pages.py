"""Writes into README.md what the demo prints: `ape run readme` after a change of the contracts. A test compares both."""

import re
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from verification.markers import put_between

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


@click.command()
def cli() -> None:
    """Write the demo's session into README.md."""
    console = Console()
    with console.status("Running the demo…"):
        put_between(README, "demo", session())
    console.print("README.md shows what the demo prints now. Read the diff.")
