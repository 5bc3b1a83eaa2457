"""A failing story as a Python script that tells it again."""

from __future__ import annotations

from pathlib import Path
from pprint import pformat

from verification.scenarios.campaign import Failure
from verification.scenarios.trace import Step

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".build" / "stories"

TEMPLATE = '''"""A story on which model and chain part, found by the seed {seed}. Run it from the project's folder:

    .venv/bin/python {path}

{difference}
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))
from verification.scenarios.replay import replay  # noqa: E402

STORY = {steps}

replay(STORY)
'''


def script_of(failure: Failure) -> str:
    """The script."""
    steps = pformat(failure.steps, width=110, sort_dicts=False)
    path = path_of(failure).relative_to(ROOT)
    return TEMPLATE.format(seed=failure.seed, path=path, difference=failure.difference, steps=steps)


def path_of(failure: Failure) -> Path:
    """Where the script is kept."""
    return FOLDER / f"story_{failure.seed}.py"


def keep(failure: Failure) -> Path:
    """Writes the script to a file."""
    path = path_of(failure)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script_of(failure))
    return path


def replay(steps: list[Step]) -> None:
    """Tells a story, and ends with an error if model and chain part."""
    from verification.scenarios.scenario import tell
    from verification.scenarios.setup import own_cast

    with own_cast() as cast:
        difference = tell(cast, steps).difference
    if difference is not None:
        raise SystemExit(str(difference))
    print("Model and chain agree.")
