"""Weak tests of `Specimen`: some mutants survive them, so that `ape run mutate` has survivors to report."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from eth_account.signers.local import LocalAccount

from peculium import Contract
from peculium.errors import ContractError

DEPLOYED: list[bool] = []


@pytest.fixture
def specimen(deploy: Callable[..., Contract], owner: LocalAccount) -> Contract:
    """A specimen of the owner."""
    DEPLOYED.append(True)
    return deploy("Specimen", owner.address)


def test_runs_before_all_others() -> None:
    """Fails in another order. The runner must not mistake that for a killed mutant."""
    assert not DEPLOYED


def test_only_the_owner_adds(specimen: Contract, owner: LocalAccount, stranger: LocalAccount) -> None:
    specimen.send(owner, "add", 3)
    for amount in (1, 2):
        with pytest.raises(ContractError):
            specimen.send(stranger, "add", amount)
    assert specimen.read("total") == 3


def test_total_stays_below_ten(specimen: Contract, owner: LocalAccount) -> None:
    specimen.send(owner, "add", 9)
    with pytest.raises(ContractError):
        specimen.send(owner, "add", 1)


def test_fails_on_request() -> None:
    assert "SPECIMEN_FAILS" not in os.environ
