"""Reproduces failing scenarios: as a Python script for one, and all that a database stores."""

from __future__ import annotations

from pathlib import Path
from pprint import pformat

from hypothesis.database import ExampleDatabase

from verification.scenarios.campaign import Failure
from verification.scenarios.comparison import Difference
from verification.scenarios.database import KEY, stored
from verification.scenarios.fixtures import Fixtures
from verification.scenarios.scenario import run_scenario
from verification.scenarios.setup import deploy_fixtures
from verification.scenarios.trace import Step

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build" / "scenarios"
NO_SEED = 0
"""The seed of a failure that comes from a database."""

TEMPLATE = '''"""A scenario on which model and chain diverge, found with seed {seed}. Run from the project's folder:

    .venv/bin/python {path}

{difference}
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
from verification.scenarios.replay import replay  # noqa: E402

SCENARIO = {steps}

replay(SCENARIO)
'''


def script_of(failure: Failure) -> str:
    """A script that runs the scenario again."""
    steps = pformat(failure.steps, width=110, sort_dicts=False)
    path = path_of(failure).relative_to(ROOT)
    return TEMPLATE.format(seed=failure.seed, path=path, difference=failure.difference, steps=steps)


def path_of(failure: Failure) -> Path:
    """Where the script is written."""
    return FOLDER / f"scenario_{failure.seed}.py"


def write_script(failure: Failure) -> Path:
    """Writes the script; returns its path."""
    path = path_of(failure)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script_of(failure))
    return path


def replay(steps: list[Step]) -> None:
    """Runs a scenario and exits with an error if model and chain diverge."""
    with deploy_fixtures() as fixtures:
        difference = run_scenario(fixtures, steps).difference
    if difference is not None:
        raise SystemExit(f"Model and chain diverge at {difference}")
    print("Model and chain agree.")


def rerun(fixtures: Fixtures, database: ExampleDatabase) -> tuple[int, Failure | None]:
    """Runs the stored scenarios until one fails. Deletes those that no longer fail; returns how many."""
    fixed = 0
    for value, steps in stored(database):
        difference = _difference(fixtures, steps)
        if difference is not None:
            return fixed, Failure(NO_SEED, steps, difference)
        database.delete(KEY, value)
        fixed += 1
    return fixed, None


def _difference(fixtures: Fixtures, steps: list[Step]) -> Difference | None:
    try:
        return run_scenario(fixtures, steps).difference
    except (KeyError, TypeError, ValueError, AssertionError):
        # Stored before an action or its arguments changed.
        return None
