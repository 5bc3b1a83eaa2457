"""Reads the text as TOML: its version, and what is wrong with its syntax, in words."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from peculium.errors import clean, quote
from peculium.mandate.toml.errors import InvalidMandateFile

VERSION = 1
"""The version of the form that this package reads and writes."""
HEADING = "peculium mandate, version"
"""How the comment that names the version begins."""

_HEADING = re.compile(rf"#\s*{HEADING}\s+(.*?)\s*", re.IGNORECASE)
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_CLOSING = "A text ends with the quote mark that it begins with, on the same line. Write it."
_WORDS = (
    ("Expected '=' after a key", "Expected = after the key. A key that has blanks or dots is written in quotes."),
    (
        "Invalid value",
        'Expected a value: a text in quotes such as "50 USD", a number, true, false, a time, [a list] or { a table }.',
    ),
    (
        "Expected newline or end of document",
        'Expected the end of the line after the value. A text is written in quotes, such as "50 USD".',
    ),
    ("Illegal character '\\n'", _CLOSING),
    ("Illegal character", "Expected a printable character. Remove this one."),
    ("Unterminated string", _CLOSING),
    ('Expected "\'"', _CLOSING),
    ("Unclosed array", "Expected a comma or ] after a value of the list."),
    ("Unclosed inline table", "Expected a comma or } after a value. A table in { } is on one line."),
    ("Cannot overwrite a value", "The key has a value already. Keep one of the lines."),
    ("Cannot declare", "The table is there already. Keep one of its headings."),
    ("Cannot mutate immutable", "The table is complete already. Write all its keys in one place."),
    ("Duplicate inline table key", "The key is in the table twice. Keep one of them."),
    ("Expected ']", "Expected ] at the end of the table's name."),
    ("Invalid statement", "Expected a key such as per_day = …, or the heading of a table such as [names]."),
    ("Invalid initial character for a key part", "Expected a key: letters, digits, - and _, or a text in quotes."),
    ("Invalid hex value", "Expected hex digits after \\u or \\U, or two backslashes for one."),
    ("Unescaped '\\'", "Expected two backslashes for one, or the text in ' ' instead of \" \"."),
)
"""What the parser of the standard library says, and what to write instead."""


def parse(text: str) -> dict[str, Any]:
    """Returns the values of a text. Raises `InvalidMandateFile` for an unknown version, and if it isn't TOML."""
    _check_heading(text)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _explained(text, str(error)) from None


def require_version(version: object, line: int | None) -> None:
    """Raises `InvalidMandateFile` for a version that this package doesn't know."""
    if version != VERSION or isinstance(version, bool):
        raise InvalidMandateFile(
            f"The file says that it is version {quote(str(version))}; this package reads version {VERSION}. Use a package that "
            "knows that version.",
            line,
            "version",
        )


def _check_heading(text: str) -> None:
    # A later version may not even be valid TOML for this one.
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            return
        if match := _HEADING.fullmatch(line):
            require_version(int(match[1]) if re.fullmatch(r"[0-9]{1,9}", match[1]) else match[1], number)


def _explained(text: str, said: str) -> InvalidMandateFile:
    match = _PLACE.fullmatch(said)
    reason = match[1] if match else said
    if match and match[2]:
        line, column = int(match[2]), int(match[3])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    words = next((words for start, words in _WORDS if reason.startswith(start)), f"{clean(reason)}.")
    return InvalidMandateFile(f"This isn't valid TOML. {words}", line, column=column)
