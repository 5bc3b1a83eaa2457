"""Compiles mutants: many in one build where they can be chosen at run time, one by one where they can't."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from toolchain.compiler import compile_raw, narrowed, solve, standard_input
from verification.mutation.mutants import Mutant, find, number_alike
from verification.mutation.schemata import SWITCH, SWITCH_PATH, refused, weave
from verification.mutation.targets import Lane

CODE = ["evm.bytecode.object", "evm.deployedBytecode.object"]


class TooMany(Exception):
    """So many mutants can't be compiled together; the message is the compiler's."""


@dataclass(frozen=True)
class Code:
    """A contract as it is created, and as it is then but for its immutables (hexadecimal)."""

    creation: str
    runtime: str


class Workshop:
    """The sources, their syntax trees, and the mutants of each file by key."""

    def __init__(self) -> None:
        self.task = standard_input({"*": {"": ["ast"]}})
        self.trees = {path: each["ast"] for path, each in solve(self.task)["sources"].items()}
        self.sources = {path: each["content"] for path, each in self.task["sources"].items()}
        self._narrow: dict[tuple[str, ...], dict[str, Any]] = {}
        self._unchanged: dict[str, dict[str, Code]] = {}

    def mutants(self, path: str) -> dict[str, Mutant]:
        """Every mutant of a file."""
        return number_alike(find(path, self.sources[path], self.trees[path]))

    def woven(self, lane: Lane, mutants: dict[int, Mutant]) -> tuple[dict[str, Code], set[int]]:
        """Codes with all these mutants in them, and the numbers of those that couldn't be chosen at run time.

        Raises `TooMany` where the compiler has no room for all of them on the stack.
        """
        left, out = dict(mutants), set[int]()
        while True:
            by_path: dict[str, dict[int, Mutant]] = {}
            for number, mutant in left.items():
                by_path.setdefault(mutant.path, {})[number] = mutant
            texts = {path: weave(self._source(path), each) for path, each in by_path.items()}
            answer = compile_raw(self._with(lane, {**texts, SWITCH_PATH: SWITCH}))
            errors = [each for each in answer.get("errors", []) if each["severity"] == "error"]
            if not errors:
                return self._codes(lane, answer), out
            blamed = set[int]()
            for error in errors:
                at = error.get("sourceLocation", {})
                if at.get("file") in texts:
                    blamed |= refused(texts[at["file"]], at["start"], at["end"])
            blamed &= set(left)
            if not blamed:
                raise TooMany(errors[0]["formattedMessage"])
            out |= blamed
            left = {number: mutant for number, mutant in left.items() if number not in blamed}

    def single(self, lane: Lane, mutant: Mutant | None) -> dict[str, Code] | None:
        """Codes with one mutant, as `ape compile` would make them; None if it isn't Solidity."""
        texts = {mutant.path: mutant.applied(self._source(mutant.path)).decode()} if mutant else {}
        answer = compile_raw(self._with(lane, texts))
        if any(each["severity"] == "error" for each in answer.get("errors", [])):
            return None
        return self._codes(lane, answer)

    def unchanged(self, lane: Lane) -> dict[str, Code]:
        """Codes without any mutant."""
        if lane.name not in self._unchanged:
            codes = self.single(lane, None)
            assert codes is not None, "the contracts don't compile"
            self._unchanged[lane.name] = codes
        return self._unchanged[lane.name]

    def _source(self, path: str) -> bytes:
        return self.sources[path].encode()

    def _with(self, lane: Lane, texts: dict[str, str]) -> dict[str, Any]:
        if lane.contracts not in self._narrow:
            paths = {name: self._path_of(name) for name in lane.contracts}
            self._narrow[lane.contracts] = narrowed(self.task, self.trees, paths, CODE)
        task = self._narrow[lane.contracts]
        return {**task, "sources": {**task["sources"], **{path: {"content": text} for path, text in texts.items()}}}

    def _path_of(self, name: str) -> str:
        return next(path for path in self.trees if path.startswith("contracts/") and path.endswith(f"/{name}.sol"))

    def _codes(self, lane: Lane, answer: dict[str, Any]) -> dict[str, Code]:
        made = {name: answer["contracts"][self._path_of(name)][name]["evm"] for name in lane.contracts}
        return {name: Code(evm["bytecode"]["object"], evm["deployedBytecode"]["object"]) for name, evm in made.items()}
