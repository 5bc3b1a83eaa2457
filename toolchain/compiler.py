"""The contracts through the compiler without ape in between: just the output that is asked for, which is a fraction of the time."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import ape
from solcx.install import get_executable

LIBRARIES = "contracts/.cache/"


class CompilerRefused(Exception):
    """What the compiler said."""


def standard_input(selection: dict[str, Any]) -> dict[str, Any]:
    """The task that `ape compile` would give to the compiler, for this output only."""
    project = ape.project
    tasks = ape.compilers.solidity.get_standard_input_json(list(project.sources.paths), project=project)
    (task,) = tasks.values()
    task["settings"]["outputSelection"] = selection
    return dict(task)


def compile_raw(task: dict[str, Any]) -> dict[str, Any]:
    """The compiler's answer, whatever it is."""
    solc = get_executable(str(ape.project.config.solidity.version))
    command = [str(solc), "--standard-json"]
    answer = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=True)
    output: dict[str, Any] = json.loads(answer.stdout)
    return output


def solve(task: dict[str, Any]) -> dict[str, Any]:
    """The compiler's answer, its warnings with it; an error is raised."""
    output = compile_raw(task)
    errors = [each["formattedMessage"] for each in output.get("errors", []) if each["severity"] == "error"]
    if errors:
        raise CompilerRefused("\n".join(errors))
    return output


def ours(path: str) -> bool:
    """Whether a source is the project's own."""
    return not path.startswith(LIBRARIES)


def narrowed(
    task: dict[str, Any], trees: dict[str, Any], contracts: dict[str, str], outputs: list[str]
) -> dict[str, Any]:
    """A task for a few contracts only (source by name), with the sources that they import and no others."""
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
