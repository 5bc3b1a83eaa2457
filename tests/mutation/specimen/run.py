"""`ape run mutate`, of `Specimen` only, or of a file that is named: its arguments are a folder for what is written, and those of
the command.
"""

import sys
from pathlib import Path

import verification.mutation.build as building
import verification.mutation.campaign as campaign
import verification.mutation.command as mutate
import verification.mutation.records as records
from verification.mutation.targets import Lane

PATH = "contracts/mocks/Specimen.sol"
LANE = Lane("specimen", (PATH,), ("Specimen",), ("tests/mutation/specimen/specimen.py",))


def only_the_specimen(selection):
    """The compiler's task for this one source."""
    task = building_task(selection)
    return {**task, "sources": {PATH: task["sources"][PATH]}}


building_task = building.standard_input
if not any(each.startswith("--file") for each in sys.argv):
    building.standard_input = only_the_specimen
    mutate.LANES = (LANE,)
    records.lane_of = lambda path: LANE
folder = Path(sys.argv.pop(1))
records.STORE, records.KNOWN, campaign.LOG = folder / "mutation.json", folder / "mutants.toml", folder / "log"
mutate.cli()
