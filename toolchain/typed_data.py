"""The EIP-712 types that the contracts hash."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

CONTRACTS = Path(__file__).parents[1] / "contracts"

_CONSTANT = re.compile(r"\w+_TYPEHASH\s*=\s*keccak256\(\s*((?:\"[^\"]*\"\s*)+)\)")


@cache
def type_strings() -> dict[str, str]:
    """The types as the contracts spell them (`encodeType` of EIP-712), by the name of the primary type."""
    found = {}
    for path in sorted(CONTRACTS.rglob("*.sol")):
        if {".cache", "mocks"} & set(path.relative_to(CONTRACTS).parts):
            continue
        for literals in _CONSTANT.findall(path.read_text()):
            encoded = "".join(re.findall(r'"([^"]*)"', literals))
            found[encoded.partition("(")[0]] = encoded
    return found
