"""Compiles mutants: many in one build if they can be selected at run time, otherwise one per build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toolchain.compiler import compile_raw, narrowed, solve, standard_input
from verification.mutation.finder import find
from verification.mutation.mutants import Mutant, by_key
from verification.mutation.schemata import LIBRARY, LIBRARY_PATH, combine, rejected
from verification.mutation.targets import Target

OUTPUTS = ["evm.bytecode.object", "evm.deployedBytecode.object"]


class TooManyMutants(Exception):
    """The compiler fails on these mutants together, and blames none of them. The message is the compiler's."""


@dataclass(frozen=True)
class Bytecode:
    """Creation and runtime bytecode of a contract (hexadecimal). The runtime bytecode lacks the immutables."""

    creation: str
    runtime: str


Build = dict[str, Bytecode]
"""Bytecode by the name of the contract."""


class Builder:
    """The sources, their syntax trees and their mutants."""

    def __init__(self) -> None:
        self.task = standard_input({"*": {"": ["ast"]}})
        self.trees = {path: each["ast"] for path, each in solve(self.task)["sources"].items()}
        self.sources = {path: each["content"] for path, each in self.task["sources"].items()}
        self._tasks: dict[tuple[str, ...], dict[str, Any]] = {}
        self._originals: dict[str, Build] = {}

    def mutants(self, path: str) -> dict[str, Mutant]:
        """Every mutant of a file, by key."""
        return by_key(find(path, self.sources[path], self.trees[path]))

    def combined(self, target: Target, mutants: dict[int, Mutant]) -> tuple[Build, set[int]]:
        """One build with all these mutants, and the numbers of those that need a build of their own.

        Raises `TooManyMutants` if the compiler has no room for all of them on the stack.
        """
        left, excluded = dict(mutants), set[int]()
        while True:
            by_path: dict[str, dict[int, Mutant]] = {}
            for number, mutant in left.items():
                by_path.setdefault(mutant.path, {})[number] = mutant
            texts = {path: combine(self._source(path), each) for path, each in by_path.items()}
            output = compile_raw(self._task(target, {**texts, LIBRARY_PATH: LIBRARY}))
            errors = [each for each in output.get("errors", []) if each["severity"] == "error"]
            if not errors:
                return self._build(target, output), excluded
            blamed = set[int]()
            for error in errors:
                at = error.get("sourceLocation", {})
                if at.get("file") in texts:
                    blamed |= rejected(texts[at["file"]], at["start"], at["end"])
            blamed &= set(left)
            if not blamed:
                raise TooManyMutants(errors[0]["formattedMessage"])
            excluded |= blamed
            left = {number: mutant for number, mutant in left.items() if number not in blamed}

    def single(self, target: Target, mutant: Mutant | None) -> Build | None:
        """A build with one mutant, with the settings of `ape compile`. None if it doesn't compile."""
        texts = {mutant.path: mutant.applied(self._source(mutant.path)).decode()} if mutant else {}
        output = compile_raw(self._task(target, texts))
        if any(each["severity"] == "error" for each in output.get("errors", [])):
            return None
        return self._build(target, output)

    def original(self, target: Target) -> Build:
        """The build without a mutant."""
        if target.name not in self._originals:
            build = self.single(target, None)
            assert build is not None, "the contracts don't compile"
            self._originals[target.name] = build
        return self._originals[target.name]

    def _source(self, path: str) -> bytes:
        return str(self.sources[path]).encode()

    def _task(self, target: Target, texts: dict[str, str]) -> dict[str, Any]:
        if target.contracts not in self._tasks:
            paths = {name: self._path_of(name) for name in target.contracts}
            self._tasks[target.contracts] = narrowed(self.task, self.trees, paths, OUTPUTS)
        task = self._tasks[target.contracts]
        return {**task, "sources": {**task["sources"], **{path: {"content": text} for path, text in texts.items()}}}

    def _path_of(self, name: str) -> str:
        paths: list[str] = [path for path in self.trees if path.startswith("contracts/")]
        return next(path for path in paths if path.endswith(f"/{name}.sol"))

    def _build(self, target: Target, output: dict[str, Any]) -> Build:
        evm = {name: output["contracts"][self._path_of(name)][name]["evm"] for name in target.contracts}
        return {
            name: Bytecode(each["bytecode"]["object"], each["deployedBytecode"]["object"]) for name, each in evm.items()
        }
