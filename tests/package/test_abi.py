"""The ABIs that come with the package are those of the contracts."""

import json
from pathlib import Path

import pytest

import peculium
from peculium.contract import CONTRACTS
from scripts._entry_point import published
from scripts.abi import abi_of, committed_names

FOLDER = Path(peculium.__file__).parent / "abi"


@pytest.mark.parametrize("name", committed_names())
def test_the_committed_abi_is_the_contracts(name):
    committed = json.loads((FOLDER / f"{name}.json").read_text())
    assert committed == abi_of(name), "run `ape run abi --update`, and read the diff"


def test_the_entry_points_abi_is_as_published():
    assert json.loads((FOLDER / "EntryPoint.json").read_text()) == published("EntryPoint")["abi"]


def test_no_abi_is_left_over():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CONTRACTS)
