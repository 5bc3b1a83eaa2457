"""The page of mistakes says what the package says."""

from __future__ import annotations

import re

import pytest

from peculium import errors
from verification.mistakes.cases import GROUPS
from verification.mistakes.page import PAGE, page, readable

ENTRY = re.compile(r"^```\n(?P<code>.*)\n(?P<kind>\w+): (?P<message>.*)\n```$", re.MULTILINE)
TOO_LITTLE = re.compile(r"base units\)|\?|Traceback|Errno|0x[0-9a-f]{64}")
"""Amounts that nobody can read, missing values, and words of libraries."""


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain, which these tests don't use."""


@pytest.fixture(autouse=True)
def isolation():
    """Likewise."""


@pytest.fixture(scope="module")
def entries():
    """The entries of the page."""
    return [each.groupdict() for each in ENTRY.finditer(PAGE.read_text())]


def test_page_is_what_the_package_says():
    assert page() == PAGE.read_text(), "Run python -m verification.mistakes --update."


def test_page_has_every_mistake(entries):
    codes = [mistake.code for group in GROUPS.values() for mistake in group]
    assert [entry["code"] for entry in entries] == codes
    assert len(codes) >= 30


def test_every_answer_is_a_sentence_of_the_package(entries):
    for entry in entries:
        assert issubclass(getattr(errors, entry["kind"]), errors.PeculiumError)
        assert entry["message"].endswith(".")
        # A question of the message is none in place of a value.
        said = re.sub(r"(Is the node running|Did you mean [\w\"]+)\?", "", entry["message"])
        assert not TOO_LITTLE.search(said), entry["message"]


def test_addresses_are_named():
    address = "0x" + "aB" * 20
    assert readable(f"{address.lower()} and 0x{'12' * 32}.", {address: "payee"}) == "<payee> and 0x…."
