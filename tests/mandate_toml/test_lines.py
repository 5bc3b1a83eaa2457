"""The line of each value of a TOML document."""

from __future__ import annotations

import tomllib

import pytest

from peculium.mandate.toml.lines import lines_of

TEXT = '''\
# a comment with [brackets] = "and quotes"
"quoted key" = 1
plain.dotted = """
two lines ] } #
"""
list = [ # opened
  "a, ] [",
  { x = 1, "y" = [2,
    3] },

  'last',
]

[table."with dots.in"]
time = 2026-12-01 00:00:00Z # a comment
text = "it"

[[each]]
name = 1
[each.inner]
deep = { a.b = 1 }
[[each]]
name = 2
[each.inner]
deep = 3
[[each.further]]
z = 1
'''
LINES = {
    ("quoted key",): 2,
    ("plain", "dotted"): 3,
    ("list",): 6,
    ("list", 0): 7,
    ("list", 1): 8,
    ("list", 1, "x"): 8,
    ("list", 1, "y"): 8,
    ("list", 1, "y", 1): 9,
    ("list", 2): 11,
    ("table",): 14,
    ("table", "with dots.in", "time"): 15,
    ("table", "with dots.in", "text"): 16,
    ("each",): 18,
    ("each", 0, "name"): 19,
    ("each", 0, "inner", "deep", "a", "b"): 21,
    ("each", 1): 22,
    ("each", 1, "name"): 23,
    ("each", 1, "inner", "deep"): 25,
    ("each", 1, "further", 0, "z"): 27,
}


def paths_in(value, path=()):
    """The path of every value of a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in children:
        yield (*path, key)
        yield from paths_in(each, (*path, key))


@pytest.mark.parametrize("path", LINES)
def test_says_where_a_value_begins(path):
    assert lines_of(TEXT)[path] == LINES[path]


def test_has_every_value_of_the_document_and_no_other():
    assert set(lines_of(TEXT)) == set(paths_in(tomllib.loads(TEXT)))


def test_has_no_value_of_an_empty_document():
    assert lines_of("# nothing\n") == {}
