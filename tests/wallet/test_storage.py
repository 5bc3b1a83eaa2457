"""One storage for three parts of code: nothing but `WalletStorage` declares any, and each part begins with it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from peculium.devnet import artifact
from toolchain.storage_layout import SNAPSHOT, layouts

CONTRACTS = Path(__file__).parents[2] / "contracts"
PARTS = ("AgentWallet", "PowersModule", "MandateModule")
SOURCES = [CONTRACTS / "AgentWallet.sol", *sorted((CONTRACTS / "wallet").rglob("*.sol"))]
# A member of a contract, which is indented once, that is neither constant nor immutable, and no function.
VARIABLE = re.compile(
    r"^    (?:mapping\(.*\)|[\w.]+(?:\[\d*\])*)(?: (?:public|internal|private|transient))+ \w+;", re.MULTILINE
)


def test_the_expression_finds_what_wallet_state_declares():
    assert len(VARIABLE.findall((CONTRACTS / "wallet" / "WalletStorage.sol").read_text())) == 18


@pytest.mark.parametrize("path", [path for path in SOURCES if path.stem != "WalletStorage"], ids=lambda path: path.stem)
def test_no_other_file_declares_storage(path):
    """F04. Immutables are code; a variable would lie at another place in another part."""
    found = VARIABLE.findall(path.read_text())
    assert [each for each in found if " immutable " not in each] == []


@pytest.mark.parametrize("part", PARTS)
def test_every_part_fits_into_a_contract(part):
    """EIP-170."""
    assert len(artifact(part).runtime_code) <= 24_576


def test_every_variable_is_where_it_was():
    """What a clone's storage means can't change under it; and the three parts have one layout between them."""
    found = layouts()
    assert json.loads(SNAPSHOT.read_text()) == found, "run `ape run layout --update`, and read the diff"
    assert found["AgentWallet"] == found["PowersModule"] == found["MandateModule"]
