"""The list of equivalent mutants: no test can detect them, because the mutated contract behaves like the original."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path

from verification.mutation.mutants import Mutant, key_of

LIST = Path(__file__).parent / "equivalent.toml"


def equivalent_mutants() -> dict[str, str]:
    """The reason of each entry of `equivalent.toml`, by the mutant's key."""
    listed = tomllib.loads(LIST.read_text()) if LIST.exists() else {}
    return {
        key_of(path, each["function"], each["line"], each["mutant"], each.get("occurrence", 1)): each["why"]
        for path, entries in listed.items()
        for each in entries
    }


def outdated(keys: Iterable[str]) -> list[str]:
    """The listed keys that no mutant has any more."""
    return sorted(set(equivalent_mutants()) - set(keys))


def closest(key: str, mutants: dict[str, Mutant]) -> str:
    """The mutant of the same file that an outdated entry most likely means, or an empty string."""
    path, listed = key.partition(":")[0], equivalent_mutants()
    candidates = [each for each, mutant in mutants.items() if mutant.path == path and each not in listed]
    return next(iter(difflib.get_close_matches(key, candidates, n=1)), "")
