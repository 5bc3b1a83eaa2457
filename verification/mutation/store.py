"""The cache of results, kept between runs. Deleting it costs only time."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from verification.mutation.mutants import Mutant
from verification.mutation.results import KILLED, NOT_COMPILABLE, SAME_BYTECODE
from verification.mutation.sources import imported, source_of
from verification.mutation.targets import target_of

ROOT = Path(__file__).parents[2]
PATH = ROOT / ".build" / "mutation.json"
SCENARIOS = "verification/scenarios/scenario.py"
"""Names the scenarios as the test that killed a mutant. All that this file imports determines them."""


class Store:
    """Results by the mutant's key. A result is valid while the mutated file and the tests behind it are unchanged."""

    def __init__(self, sources: dict[str, str], forget: bool = False) -> None:
        self._sources = sources
        self._records: dict[str, dict[str, Any]] = {}
        if PATH.exists() and not forget:
            self._records = json.loads(PATH.read_text())
        self._hashes: dict[str, str] = {}

    def outcome(self, key: str, mutant: Mutant) -> str | None:
        """The stored outcome, or None if there is none that is still valid."""
        record = self._records.get(key)
        if record is None or record["valid for"] != self._inputs(mutant, record["outcome"], record["killed by"]):
            return None
        return str(record["outcome"])

    def killed_by(self, key: str) -> str:
        """The test that killed the mutant in its last run, or an empty string."""
        return str(self._records.get(key, {}).get("killed by", ""))

    def is_final(self, key: str) -> bool:
        """Whether the survivor was run with all Hypothesis examples."""
        return bool(self._records.get(key, {}).get("final"))

    def save(self, key: str, mutant: Mutant, outcome: str, killed_by: str = "", final: bool = False) -> None:
        """Saves a result at once, because a run may be stopped at any time."""
        inputs = self._inputs(mutant, outcome, killed_by)
        self._records[key] = {"outcome": outcome, "killed by": killed_by, "valid for": inputs, "final": final}
        PATH.parent.mkdir(exist_ok=True)
        PATH.write_text(json.dumps(self._records, indent=0, sort_keys=True))

    def _inputs(self, mutant: Mutant, outcome: str, killed_by: str) -> str:
        """Hashes of the mutated file and of the test that killed the mutant, or of all tests if none did."""
        source = hashlib.sha256(self._sources[mutant.path].encode()).hexdigest()
        if outcome in (SAME_BYTECODE, NOT_COMPILABLE):
            # These results come from the compiler alone.
            return source[:8]
        target = target_of(mutant.path)
        tests = target.tests if target else ()
        if outcome == KILLED and killed_by:
            tests = (killed_by.partition("[")[0],)
        return " ".join([source[:8], *(self._hash(each) for each in tests)])

    def _hash(self, test: str) -> str:
        """The hash of a folder, a file, or `file::test`."""
        if test not in self._hashes:
            path, _, name = test.partition("::")
            texts = [each.read_text() for each in _files_of(path) if each.exists()]
            if name:
                texts = [source_of(text, name) for text in texts]
            self._hashes[test] = hashlib.sha256("".join(texts).encode()).hexdigest()[:8]
        return self._hashes[test]


def _files_of(path: str) -> list[Path]:
    """The files that determine what the tests of a file or folder do."""
    if path == SCENARIOS:
        return sorted(imported(ROOT / path, ROOT))
    return sorted((ROOT / path).rglob("*.py")) if (ROOT / path).is_dir() else [ROOT / path]
