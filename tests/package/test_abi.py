"""The ABIs that come with the package are those of the contracts."""

import json

from peculium.contract import CONTRACTS
from toolchain.abi import FILE, compiled, text_of


def test_the_committed_abis_are_the_contracts():
    assert FILE.read_text() == text_of(compiled()), "run `make abi`, and read the diff"


def test_every_contract_of_the_package_has_an_abi():
    assert set(json.loads(FILE.read_text())) == set(CONTRACTS)
