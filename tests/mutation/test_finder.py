"""Which mutants the operators make of a source file, and the keys that identify them."""

from collections import defaultdict

import pytest

from tests.mutation.conftest import PATH, compiler_input
from toolchain.compiler import solve
from verification.mutation.builder import Builder
from verification.mutation.equivalent import closest, equivalent_mutants, outdated
from verification.mutation.finder import find
from verification.mutation.mutants import OPERATORS, by_key
from verification.mutation.targets import TARGETS

REQUIRE_OWNER = "require(msg.sender == OWNER, NotOwner(msg.sender, OWNER));"
ADDED = "emit Added(msg.sender, amount, total);"
FITS = "amount < MOST - before"
# Operator, original code, and all its replacements.
EXPECTED = [
    ("bound", "10", {"11", "9"}),
    ("bound", "true", {"false"}),
    ("relation", "msg.sender == OWNER", {"msg.sender != OWNER", "msg.sender >= OWNER"}),
    ("relation", "total + amount < MOST", {"total + amount <= MOST", "total + amount > MOST"}),
    ("relation", FITS, {"amount <= MOST - before", "amount > MOST - before"}),
    ("arithmetic", "total + amount", {"total - amount"}),
    ("arithmetic", "MOST - before", {"MOST + before"}),
    ("arithmetic", "total += amount", {"total -= amount"}),
    ("logic", "_fits(total, amount) && !closed", {"_fits(total, amount) || !closed"}),
    ("condition", "closed", {"!(closed)"}),
    ("removed check", "revert Closed();", {""}),
    ("removed check", "require(total + amount < MOST, TooMuch(amount));", {""}),
    ("removed check", REQUIRE_OWNER, {""}),
    ("removed call", "next.add(total);", {""}),
    ("removed assignment", "OWNER = owner;", {""}),
    ("removed assignment", "total += amount;", {""}),
    ("removed assignment", "closed = true;", {""}),
    ("removed assignment", "(done,) = target.call(data);", {""}),
    ("removed event", ADDED, {""}),
    ("removed modifier", "onlyOwner", {""}),
    ("swapped arguments", REQUIRE_OWNER, {"require(msg.sender == OWNER, NotOwner(OWNER, msg.sender));"}),
    ("swapped arguments", ADDED, {"emit Added(msg.sender, total, amount);"}),
    ("swapped arguments", "_fits(total, amount)", {"_fits(amount, total)"}),
    ("swapped statements", "closed = true; next.add(total);", {"next.add(total); closed = true;"}),
    ("early return", "{", {"{ return;", "{ return (done);", "{ return (false);"}),
    ("delegatecall", "target.call(data)", {"target.delegatecall(data)"}),
]


def test_each_operator_makes_exactly_the_expected_mutants(mutants):
    made = defaultdict(set)
    for each in mutants.values():
        made[each.operator, each.before].add(each.after)
    assert made == {(operator, before): after for operator, before, after in EXPECTED}
    assert {operator for operator, _ in made} == set(OPERATORS)


def test_a_mutant_shows_the_changed_lines(mutants):
    lines = {each.operator: (each.old_code, each.new_code) for each in mutants.values()}
    assert lines["removed event"] == (ADDED, "")
    assert lines["bound"] == ("closed = true;", "closed = false;")
    assert lines["swapped statements"] == ("closed = true; next.add(total);", "next.add(total); closed = true;")


def test_a_key_survives_moved_lines_but_not_a_changed_text(trees):
    keys = {name: set(by_key(find(PATH, *each))) for name, each in trees.items()}
    assert keys["moved"] == keys["original"]
    assert len(keys["original"] - keys["changed"]) == 2


def test_equal_changes_in_one_function_are_numbered(trees):
    text = trees["twice"][0].replace("; total += amount;", ";\n        total += amount;")
    output = solve(compiler_input({PATH: text}, {"*": {"": ["ast"]}}))
    found = by_key(find(PATH, text, output["sources"][PATH]["ast"]))
    first, second = (
        key for key, each in found.items() if each.operator == "removed assignment" and "+=" in each.before
    )
    assert second == f"{first} #2"


@pytest.mark.slow
def test_every_listed_equivalent_mutant_exists():
    builder = Builder()
    mutants = {key: each for target in TARGETS for path in target.files for key, each in builder.mutants(path).items()}
    assert {key: closest(key, mutants) for key in outdated(mutants)} == {}
    assert all(reason.endswith(".") for reason in equivalent_mutants().values())
