"""Compiles properties together with the contracts that they check.

halmos runs `forge build` and reads the artifacts in `out/`. This module writes those artifacts with the project's own
compiler and settings, so the prover sees the bytecode that is deployed, and puts a `forge` in its path that does nothing.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from toolchain.compiler import solve, standard_input
from verification.symbolic.errors import SymbolicError

ROOT = Path(__file__).parents[2]
PROOFS = "verification/symbolic/proofs"
IMPORT = re.compile(r'^import\b[^;]*?"([^"]+)";', re.MULTILINE)
DEPLOYED = re.compile(r'"(\w+\.sol):\w+"')
"""A contract that a proof deploys by its compiled code. It is not imported, so the proof is compiled once for all seeded bugs."""
OUTPUTS = ["abi", "metadata", "evm.bytecode", "evm.deployedBytecode.object", "evm.methodIdentifiers"]


class Builder:
    """Writes the artifacts of a contract of properties. Compiles each source once for each state of itself and its imports."""

    def __init__(self) -> None:
        self._artifacts: dict[str, dict[str, str]] = {}

    def build(self, folder: Path, contract: str, changed: Mapping[str, str]) -> None:
        """Writes what `forge build --ast` would write into `folder`. `changed` replaces sources by path."""
        sources = dict(self._sources([f"{PROOFS}/{contract}.sol"], changed))
        if missing := changed.keys() - sources.keys():
            raise SymbolicError(f"{contract} does not depend on {', '.join(missing)}. Seed the bug in another source.")
        for path, artifacts in self._compile(sources).items():
            target = folder / "out" / Path(path).name
            target.mkdir(parents=True)
            for name, artifact in artifacts.items():
                (target / f"{name}.json").write_text(artifact)
        forge = folder / "bin" / "forge"
        forge.parent.mkdir()
        forge.write_text("#!/bin/sh\n")
        forge.chmod(0o755)

    def _compile(self, sources: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """The artifacts of these sources, by path and contract."""
        keys = {path: self._key(path, sources) for path in sources}
        new = [path for path, key in keys.items() if key not in self._artifacts]
        if new:
            selection = {path: {"": ["ast"], "*": OUTPUTS} for path in new}
            task = {
                **self._task,
                "sources": {path: {"content": text} for path, text in sources.items()},
                "settings": {**self._task["settings"], "outputSelection": selection},
            }
            output = solve(task)
            for path in new:
                contracts = output["contracts"].get(path, {})
                self._artifacts[keys[path]] = {
                    name: json.dumps(_artifact(compiled, output["sources"][path]))
                    for name, compiled in contracts.items()
                }
        return {path: self._artifacts[key] for path, key in keys.items() if self._artifacts[key]}

    @cached_property
    def _task(self) -> dict[str, Any]:
        return standard_input({})

    def _key(self, path: str, sources: Mapping[str, str]) -> str:
        """Changes with the source or any of its imports."""
        digest = hashlib.sha256()
        for name, text in sorted(self._sources([path], sources, with_deployed=False)):
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()

    def _sources(
        self, paths: list[str], changed: Mapping[str, str], with_deployed: bool = True
    ) -> Iterator[tuple[str, str]]:
        """The sources at these paths, all that they import and, unless left out, all that they deploy."""
        unread, seen = list(paths), set[str]()
        while unread:
            path = unread.pop()
            if path in seen:
                continue
            seen.add(path)
            text = changed.get(path) or (ROOT / path).read_text()
            unread += [self._resolve(path, name) for name in IMPORT.findall(text)]
            if with_deployed and path.startswith(PROOFS):
                unread += [_find_source(name) for name in DEPLOYED.findall(text)]
            yield path, text

    def _resolve(self, importer: str, name: str) -> str:
        if name.startswith("."):
            return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
        for prefix, target in (remapping.split("=") for remapping in self._task["settings"]["remappings"]):
            if name.startswith(prefix):
                return str(target) + name.removeprefix(prefix)
        return name


@cache
def _find_source(name: str) -> str:
    """The path of a source of the project, by the name of its file."""
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("contracts", PROOFS)
        for path in (ROOT / folder).rglob(name)
        if ".cache" not in path.parts
    ]
    if len(found) != 1:
        raise SymbolicError(f"A proof deploys {name}, but the project has {len(found)} files of this name.")
    return found[0]


def _artifact(compiled: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """A compiled contract in forge's format."""
    bytecode, deployed = compiled["evm"]["bytecode"], compiled["evm"]["deployedBytecode"]
    return {
        "abi": compiled["abi"],
        "ast": source["ast"],
        "id": source["id"],
        "bytecode": {"object": "0x" + bytecode["object"], "linkReferences": bytecode.get("linkReferences", {})},
        "deployedBytecode": {"object": "0x" + deployed["object"], "linkReferences": {}},
        "methodIdentifiers": compiled["evm"]["methodIdentifiers"],
        "metadata": json.loads(compiled["metadata"]),
    }
