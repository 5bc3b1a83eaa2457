"""The order in which tests run on a mutant. It doesn't change a result: it only makes a campaign affordable.

First come tests that have killed mutants of the same function, then tests that name one of the function's errors, then tests of the
functions that call it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from verification.mutation.sources import source_of
from verification.mutation.syntax import Node, nodes, type_of

ROOT = Path(__file__).parents[2]

MAX_DISTANCE = 9
"""Calls between a public function and the mutant. Longer chains carry no information."""


class CallGraph:
    """Which function calls which, by name, over all contracts."""

    def __init__(self, trees: dict[str, Node]) -> None:
        self.public: set[str] = set()
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._errors: dict[str, set[str]] = defaultdict(set)
        for tree in trees.values():
            for kind in ("FunctionDefinition", "ModifierDefinition"):
                for each in nodes(tree, kind):
                    self._add(each)

    def _add(self, function: Node) -> None:
        name = function["name"] or function.get("kind", "")
        if function["visibility"] in ("external", "public"):
            self.public.add(name)
        parts = [function.get("body"), function.get("modifiers")]
        for call in nodes(parts, "FunctionCall"):
            if type_of(call) == "error":
                called = call["expression"]
                self._errors[name].add(called.get("memberName") or called["name"])
        for called in (*nodes(parts, "Identifier"), *nodes(parts, "IdentifierPath")):
            self._callers[called["name"].rpartition(".")[2]].add(name)
        for called in nodes(parts, "MemberAccess"):
            self._callers[called["memberName"]].add(name)

    def entry_points(self, function: str) -> dict[str, int]:
        """The public functions that lead to `Contract.function`, each with the number of calls in between."""
        layer, found = {function.partition(".")[2]}, dict[str, int]()
        seen = set(layer)
        for distance in range(MAX_DISTANCE):
            found |= {name: distance for name in layer if name in self.public and name not in found}
            layer = {caller for name in layer for caller in self._callers[name]} - seen
            seen |= layer
        return found

    def errors(self, function: str) -> frozenset[str]:
        """The errors that `Contract.function` itself throws."""
        return frozenset(self._errors[function.partition(".")[2]])


class TestOrder:
    """Sorts tests by what the campaign has learned about them."""

    __test__ = False
    """Pytest must not collect this class."""

    def __init__(
        self,
        entry_points: dict[str, dict[str, int]],
        errors: dict[str, frozenset[str]] | None = None,
        max_tests: int | None = None,
    ) -> None:
        """`entry_points`, `errors`: from `CallGraph`, by function. `max_tests`: run only the first of the order."""
        self._entry_points, self._errors, self.max_tests = entry_points, errors or {}, max_tests
        self._kills: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}

    def add_durations(self, seconds: dict[str, float]) -> None:
        """Adds how long each test takes on the original build."""
        self._seconds |= seconds

    @property
    def longest(self) -> float:
        """The duration of the longest test (seconds)."""
        return max(self._seconds.values(), default=1.0)

    def add_kill(self, function: str, test: str) -> None:
        """Records that a test has killed a mutant of a function."""
        for scope in {function, function.partition(".")[0], ""}:
            self._kills[scope, test] += 1

    def sorted(self, tests: Sequence[str], function: str) -> list[str]:
        """The tests to run on a mutant of a function, the likeliest to fail first."""
        turn = Counter[str]()
        keys = {}
        for test in tests:
            # The first test of each file comes before the second test of any file.
            file = test.partition("::")[0]
            turn[file] += 1
            keys[test] = (*self._rank(test, function), turn[file])
        return sorted(tests, key=lambda test: keys[test])[: self.max_tests]

    def _rank(self, test: str, function: str) -> tuple[float, ...]:
        seconds = max(self._seconds.get(test, 1.0), 0.05)
        contract = function.partition(".")[0]
        here, in_contract, anywhere = (self._kills[each, test] / seconds for each in (function, contract, ""))
        errors = self._errors.get(function, frozenset())
        names_error = bool(errors) and not errors.isdisjoint(words_of(test.partition("[")[0]))
        return -here, not names_error, self._distance(test, function), -in_contract, -anywhere, round(seconds)

    def _distance(self, test: str, function: str) -> int:
        """How far the function that a test is named after is from the mutated function.

        A file named after the contract itself, such as a library's, has distance 0.
        """
        path, _, name = test.partition("::")
        subject = path.rpartition("/")[2].removesuffix(".py")
        if subject == f"test_{snake(function.partition('.')[0])}":
            return 0
        entries = self._entry_points.get(function, {}).items()
        near = [2 * far for entry, far in entries if subject == f"test_{snake(entry)}"]
        near += [2 * far + 1 for entry, far in entries if snake(entry) in name + subject]
        return min(near, default=2 * MAX_DISTANCE)


@cache
def words_of(test: str) -> frozenset[str]:
    """All words in the source of a test function."""
    path, _, name = test.partition("::")
    file = ROOT / path
    text = source_of(file.read_text(), name) if name and file.exists() else ""
    return frozenset(re.findall(r"\w+", text))


def snake(name: str) -> str:
    """`payBatch` becomes `pay_batch`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.lstrip("_")).lower()
