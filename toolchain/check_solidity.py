"""Compiles the contracts as `ape compile` does and fails on the first sign of trouble: a warning is an error here.

ape drops the compiler's warnings. Those in `contracts/` count, those in the libraries it imports don't.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import ape
from solcx.install import get_executable

LIBRARIES = "contracts/.cache/"


def main() -> int:
    project = ape.project
    inputs = ape.compilers.solidity.get_standard_input_json(list(project.sources.paths), project=project)
    complaints = [complaint for version, task in inputs.items() for complaint in check(version.base_version, task)]
    for complaint in complaints:
        print(complaint["formattedMessage"], file=sys.stderr)
    count = sum(1 for task in inputs.values() for source in task["sources"] if not source.startswith(LIBRARIES))
    print(f"solc: {count} files, {len(complaints)} warnings or errors")
    return 1 if complaints or not count else 0


def check(version: str, task: dict[str, Any]) -> list[dict[str, Any]]:
    """What the compiler says of our own files. The ABI needs the analysis but no code generation; no output at all would skip both."""
    task["settings"]["outputSelection"] = {"*": {"*": ["abi"]}}
    command = [str(get_executable(version)), "--standard-json"]
    answer = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=True)
    return [each for each in json.loads(answer.stdout).get("errors", []) if counts(each)]


def counts(complaint: dict[str, Any]) -> bool:
    if complaint["severity"] == "error":
        return True
    return complaint["severity"] == "warning" and not complaint.get("sourceLocation", {}).get("file", "").startswith(
        LIBRARIES
    )


if __name__ == "__main__":
    sys.exit(main())
