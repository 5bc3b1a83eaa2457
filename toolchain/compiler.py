"""Runs the Solidity compiler without ape, for the selected output only: that takes a fraction of the time."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

import ape
from solcx.install import get_executable

from toolchain.compile import SOLC_FOLDER

LIBRARIES = "contracts/.cache/"

# py-solc-x, which ape uses too, looks for the compiler here.
os.environ["SOLCX_BINARY_PATH"] = str(SOLC_FOLDER)


class CompilerError(Exception):
    """The errors that the compiler reports."""


def standard_input(selection: dict[str, Any]) -> dict[str, Any]:
    """The standard JSON input that `ape compile` would use, with another output selection."""
    project = ape.project
    tasks = ape.compilers.solidity.get_standard_input_json(list(project.sources.paths), project=project)
    (task,) = tasks.values()
    task["settings"]["outputSelection"] = selection
    return dict(task)


def compile_raw(task: dict[str, Any]) -> dict[str, Any]:
    """The compiler's output, errors included."""
    solc = get_executable(str(ape.project.config.solidity.version))
    command = [str(solc), "--standard-json"]
    answer = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=True)
    output: dict[str, Any] = json.loads(answer.stdout)
    return output


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """The compiler's output, warnings included. Raises `CompilerError` if there is an error."""
    output = compile_raw(task)
    errors = [each["formattedMessage"] for each in output.get("errors", []) if each["severity"] == "error"]
    if errors:
        raise CompilerError("\n".join(errors))
    return output


def ours(path: str) -> bool:
    """Whether a source belongs to the project, not to a library."""
    return not path.startswith(LIBRARIES)


def narrowed(
    task: dict[str, Any], trees: dict[str, Any], contracts: dict[str, str], outputs: list[str]
) -> dict[str, Any]:
    """The task reduced to some contracts (source path by name) and the sources that they import."""
    needed, queue = set(), list(contracts.values())
    while queue:
        path = queue.pop()
        if path not in needed:
            needed.add(path)
            parts = trees[path]["nodes"]
            queue += [node["absolutePath"] for node in parts if node["nodeType"] == "ImportDirective"]
    selection = {path: {name: outputs} for name, path in contracts.items()}
    return {
        **task,
        "sources": {path: task["sources"][path] for path in sorted(needed)},
        "settings": {**task["settings"], "outputSelection": selection},
    }
