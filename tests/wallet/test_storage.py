"""Wallet and modules share one storage layout: only `WalletStorage` declares variables, and each inherits it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from peculium.devnet import artifact
from toolchain.storage_layout import SNAPSHOT, layouts

CONTRACTS = Path(__file__).parents[2] / "contracts"
CODE = ("AgentWallet", "MandateModule", "PowersModule", "ViewsModule")
FILES = [CONTRACTS / "AgentWallet.sol", *sorted((CONTRACTS / "wallet").rglob("*.sol"))]
# A state variable: indented once, and no constant, immutable or function.
VARIABLE = re.compile(
    r"^    (?:mapping\(.*\)|[\w.]+(?:\[\d*\])*)(?: (?:public|internal|private|transient))+ \w+;", re.MULTILINE
)


def test_pattern_finds_every_variable_of_wallet_storage():
    assert len(VARIABLE.findall((CONTRACTS / "wallet" / "WalletStorage.sol").read_text())) == 23


def test_files_include_wallet_and_modules():
    assert set(CODE) <= {path.stem for path in FILES}


@pytest.mark.parametrize("path", [path for path in FILES if path.stem != "WalletStorage"], ids=lambda path: path.stem)
def test_only_wallet_storage_declares_variables(path):
    """F04. A variable would have different slots in different contracts. Immutables are part of the code."""
    found = VARIABLE.findall(path.read_text())
    assert [each for each in found if " immutable " not in each] == []


@pytest.mark.parametrize("name", CODE)
def test_code_is_within_the_size_limit(name):
    """EIP-170."""
    assert len(artifact(name).runtime_code) <= 24_576


def test_every_variable_keeps_its_slot():
    """Existing clones keep their storage, so slots must not move. All four contracts have the same layout."""
    found = layouts()
    assert json.loads(SNAPSHOT.read_text()) == found, "run `make layout` and review the diff"
    assert all(found[name] == found["AgentWallet"] for name in CODE)
