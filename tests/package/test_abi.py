"""The ABIs in `peculium/abi.json` are those of the contracts."""

import json

from peculium.contract import CONTRACTS
from toolchain.abi import FILE, compiled, text_of


def test_equals_the_compiled_abis():
    assert FILE.read_text() == text_of(compiled()), "run `python -m toolchain.abi --update` and review the diff"


def test_holds_every_contract_of_the_package():
    assert set(json.loads(FILE.read_text())) == set(CONTRACTS)
