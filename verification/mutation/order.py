"""Which tests are worth trying first on a mutant: those that killed before, then those that speak of the errors of its function,
then those of the functions that lead to it.

Every test is tried before a mutant counts as a survivor, if not fewer are asked for; the order is only what makes a campaign
affordable.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from verification.mutation.mutants import Node, kind_of, nodes
from verification.mutation.sources import source_of

ROOT = Path(__file__).parents[2]

FARTHEST = 9
"""Calls between a function that anyone calls and the mutant; what is farther away says nothing."""


class Callers:
    """Who calls whom, by name, in all the contracts together."""

    def __init__(self, trees: dict[str, Node]) -> None:
        self.public: set[str] = set()
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._errors: dict[str, set[str]] = defaultdict(set)
        for tree in trees.values():
            for kind in ("FunctionDefinition", "ModifierDefinition"):
                for each in nodes(tree, kind):
                    self._learn(each)

    def _learn(self, function: Node) -> None:
        name = function["name"] or function.get("kind", "")
        if function["visibility"] in ("external", "public"):
            self.public.add(name)
        parts = [function.get("body"), function.get("modifiers")]
        for call in nodes(parts, "FunctionCall"):
            if kind_of(call) == "error":
                called = call["expression"]
                self._errors[name].add(called.get("memberName") or called["name"])
        for called in (*nodes(parts, "Identifier"), *nodes(parts, "IdentifierPath")):
            self._callers[called["name"].rpartition(".")[2]].add(name)
        for called in nodes(parts, "MemberAccess"):
            self._callers[called["memberName"]].add(name)

    def of(self, place: str) -> dict[str, int]:
        """The functions that anyone can call and that lead to a place (`Contract.function`), and by how many calls."""
        layer, found = {place.partition(".")[2]}, dict[str, int]()
        seen = set(layer)
        for distance in range(FARTHEST):
            found |= {name: distance for name in layer if name in self.public and name not in found}
            layer = {caller for name in layer for caller in self._callers[name]} - seen
            seen |= layer
        return found

    def errors(self, place: str) -> frozenset[str]:
        """The errors that the function at a place throws itself."""
        return frozenset(self._errors[place.partition(".")[2]])


class Order:
    """What a campaign has learned about its tests."""

    def __init__(
        self,
        entries: dict[str, dict[str, int]],
        errors: dict[str, frozenset[str]] | None = None,
        near: int | None = None,
    ) -> None:
        """`entries`, `errors`: what `Callers` tells of each place. `near`: only so many tests are worth trying."""
        self._entries, self._errors, self.near = entries, errors or {}, near
        self._kills: Counter[tuple[str, str]] = Counter()
        self._seconds: dict[str, float] = {}

    def timed(self, seconds: dict[str, float]) -> None:
        """How long each test takes on the unchanged build."""
        self._seconds |= seconds

    @property
    def longest(self) -> float:
        """The longest test (seconds)."""
        return max(self._seconds.values(), default=1.0)

    def killed(self, place: str, test: str) -> None:
        """A test has killed a mutant at a place."""
        for about in {place, place.partition(".")[0], ""}:
            self._kills[about, test] += 1

    def sorted(self, tests: Sequence[str], place: str) -> list[str]:
        """The tests that are worth trying, the most promising first."""
        turn = Counter[str]()
        keys = {}
        for test in tests:
            # The first of each file before the second of any.
            file = test.partition("::")[0]
            turn[file] += 1
            keys[test] = (*self._worth(test, place), turn[file])
        return sorted(tests, key=lambda test: keys[test])[: self.near]

    def _worth(self, test: str, place: str) -> tuple[float, ...]:
        seconds = max(self._seconds.get(test, 1.0), 0.05)
        contract = place.partition(".")[0]
        here, about, anywhere = (self._kills[each, test] / seconds for each in (place, contract, ""))
        errors = self._errors.get(place)
        speaks = bool(errors) and not errors.isdisjoint(words_of(test.partition("[")[0]))
        return -here, not speaks, self._distance(test, place), -about, -anywhere, round(seconds)

    def _distance(self, test: str, place: str) -> int:
        """How far the function that a test is about is from the place: its file, or its own name, is called like it.

        Nearest are the tests of a file that is called like the contract itself: those of a library, say.
        """
        path, _, name = test.partition("::")
        about = path.rpartition("/")[2].removesuffix(".py")
        if about == f"test_{snake(place.partition('.')[0])}":
            return 0
        near = [2 * far for entry, far in self._entries.get(place, {}).items() if about == f"test_{snake(entry)}"]
        near += [2 * far + 1 for entry, far in self._entries.get(place, {}).items() if snake(entry) in name + about]
        return min(near, default=2 * FARTHEST)


@cache
def words_of(test: str) -> frozenset[str]:
    """All words of a test, without what it calls; none of what isn't a test."""
    path, _, name = test.partition("::")
    file = ROOT / path
    text = source_of(file.read_text(), name) if name and file.exists() else ""
    return frozenset(re.findall(r"\w+", text))


def snake(name: str) -> str:
    """`payBatch` becomes `pay_batch`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.lstrip("_")).lower()
