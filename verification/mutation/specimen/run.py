"""Runs `ape run mutate` on `Specimen` only, for the tests of the command.

    python -m verification.mutation.specimen.run FOLDER [options of ape run mutate]

The store, the log and the list of equivalent mutants are in FOLDER. With `--file` it runs on the project's own targets.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from toolchain.compiler import standard_input
from verification.mutation import builder, campaign, command, equivalent, store
from verification.mutation.targets import Target

PATH = "contracts/mocks/Specimen.sol"
TARGET = Target("specimen", (PATH,), ("Specimen",), ("verification/mutation/specimen/weak_tests.py",))


def only_the_specimen(selection: dict[str, Any]) -> dict[str, Any]:
    """The compiler's input with this one source."""
    task = standard_input(selection)
    return {**task, "sources": {PATH: task["sources"][PATH]}}


def main() -> None:
    """Replaces the paths and the targets, then runs the command."""
    folder = Path(sys.argv.pop(1))
    with ExitStack() as stack:
        stack.enter_context(patch.object(store, "PATH", folder / "mutation.json"))
        stack.enter_context(patch.object(equivalent, "LIST", folder / "equivalent.toml"))
        stack.enter_context(patch.object(campaign, "LOG", folder / "mutation.log"))
        if not any(each.startswith("--file") for each in sys.argv):
            stack.enter_context(patch.object(builder, "standard_input", only_the_specimen))
            stack.enter_context(patch.object(command, "TARGETS", (TARGET,)))
            stack.enter_context(patch.object(store, "target_of", lambda path: TARGET))
        command.cli()


if __name__ == "__main__":
    main()
