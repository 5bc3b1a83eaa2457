"""The committed figures, of the working tree or of a git revision."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent
GAS, PARTS, SIZES = "gas.json", "parts.json", "sizes.json"
"""The gas of each row, the parts of a payment's gas, and the bytes of each contract."""


def committed(name: str, revision: str | None = None) -> dict[str, int]:
    """The figures of a file, as committed at a revision or else in the working tree; none if it doesn't exist there.

    Raises `LookupError` if git doesn't know the revision.
    """
    if revision is None:
        text = (FOLDER / name).read_text() if (FOLDER / name).exists() else "{}"
    else:
        _git("rev-parse", "--verify", f"{revision}^{{commit}}")
        text = _git("show", f"{revision}:./{name}") if _git("ls-tree", revision, name) else "{}"
    figures: dict[str, int] = json.loads(text)
    return figures


def write(name: str, figures: Mapping[str, int]) -> None:
    """Makes these the figures of the working tree."""
    (FOLDER / name).write_text(json.dumps(figures, indent=2) + "\n")


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=FOLDER, capture_output=True, text=True)
    if done.returncode != 0:
        raise LookupError(f"git {' '.join(arguments)} failed: {done.stderr.strip()}")
    return done.stdout
