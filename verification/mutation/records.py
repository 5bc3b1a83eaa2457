"""What became of each mutant, kept from run to run, and what is known to be no difference at all."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path

from verification.mutation.mutants import Mutant
from verification.mutation.runner import KILLED
from verification.mutation.sources import imported, source_of
from verification.mutation.targets import lane_of

ROOT = Path(__file__).parents[2]
KNOWN = ROOT / "tests" / "mutants.toml"
STORE = ROOT / "tests" / "mutation.json"
TELLER = "verification/scenarios/scenario.py"
"""What tells stories. They are what it and all that it imports make them."""
SAME_CODE, EQUIVALENT, UNCOMPILABLE = "same code", "equivalent", "not Solidity"


class Records:
    """Verdicts by `path:key`. One holds while the file that was changed is the same, and the tests that judged it are."""

    def __init__(self, sources: dict[str, str], forget: bool = False) -> None:
        self._sources = sources
        self._store = json.loads(STORE.read_text()) if STORE.exists() and not forget else {}
        self._hashes: dict[str, str] = {}
        listed = tomllib.loads(KNOWN.read_text()) if KNOWN.exists() else {}
        self._known = {f"{path}:{key}": each["why"] for path, keys in listed.items() for key, each in keys.items()}

    def outcome(self, name: str, mutant: Mutant) -> str | None:
        """What is on record, or None."""
        if name in self._known:
            return EQUIVALENT
        record = self._store.get(name)
        if record is None or record["held"] != self._held(mutant, record["outcome"], record["by"]):
            return None
        return str(record["outcome"])

    def killer(self, name: str) -> str:
        """The test that killed it when it was last judged, if one did."""
        return str(self._store.get(name, {}).get("by", ""))

    def is_final(self, name: str) -> bool:
        """Whether it was looked at thoroughly."""
        return bool(self._store.get(name, {}).get("final"))

    def note(self, name: str, mutant: Mutant, outcome: str, by: str = "", final: bool = False) -> None:
        """Keeps a verdict, at once: a campaign may be stopped at any time."""
        held = self._held(mutant, outcome, by)
        self._store[name] = {"outcome": outcome, "by": by, "held": held} | ({"final": True} if final else {})
        lines = (f"{json.dumps(key)}: {json.dumps(self._store[key], sort_keys=True)}" for key in sorted(self._store))
        STORE.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    def stale(self, names: set[str]) -> list[str]:
        """What is listed as equivalent and isn't found any more."""
        return sorted(set(self._known) - names)

    def _held(self, mutant: Mutant, outcome: str, by: str) -> str:
        """By what a verdict holds: the changed file, and the test that killed it; or all the tests that didn't, if they were asked."""
        source = hashlib.sha256(self._sources[mutant.path].encode()).hexdigest()
        if outcome in (SAME_CODE, UNCOMPILABLE):
            # The compiler's word: no test has a say.
            return source[:8]
        lane = lane_of(mutant.path)
        tests = (by.partition("[")[0],) if outcome == KILLED and by else lane.tests if lane else ()
        return " ".join([source[:8], *(self._hash(each) for each in tests)])

    def _hash(self, of: str) -> str:
        """Of a folder, a file, or `file::test`."""
        if of not in self._hashes:
            path, _, name = of.partition("::")
            texts = [each.read_text() for each in _files(path) if each.exists()]
            if name:
                texts = [source_of(text, name) for text in texts]
            self._hashes[of] = hashlib.sha256("".join(texts).encode()).hexdigest()[:8]
        return self._hashes[of]


def _files(path: str) -> list[Path]:
    """What a verdict by this file or folder rests on."""
    if path == TELLER:
        return sorted(imported(ROOT / path, ROOT))
    return sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path]
