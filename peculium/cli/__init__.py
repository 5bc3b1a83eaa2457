"""The command `peculium`: what a person types to deploy, grant, decide, watch, stop and account for agents.

It needs the extra `cli`. Every command returns an `Answer`; how it is printed, and with which exit code the process ends, is
the same for all of them: see `peculium.cli.run`.
"""

from __future__ import annotations

import sys

MISSING = "The command line needs further packages: pip install 'peculium[cli]'"


def main() -> None:
    """Runs the command with the arguments of the process, and ends it with the exit code."""
    try:
        from peculium.cli.run import run
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("click", "rich", "platformdirs"):
            raise
        print(f"peculium: {MISSING} ({error.name} isn't installed).", file=sys.stderr)
        sys.exit(2)
    sys.exit(run(sys.argv[1:]))
