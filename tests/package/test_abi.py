"""The ABIs that come with the package are those of the contracts."""

import json
from pathlib import Path

import ape
import pytest

import peculium
from peculium.contract import CONTRACTS

FOLDER = Path(peculium.__file__).parent / "abi"


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name != "ERC20"])
def test_the_committed_abi_is_the_contracts(name):
    entries = getattr(ape.project, name).contract_type.abi
    compiled = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in entries]
    assert json.loads((FOLDER / f"{name}.json").read_text()) == compiled, (
        "run `ape run abi --update`, and read the diff"
    )


def test_no_abi_is_left_over():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(CONTRACTS)
