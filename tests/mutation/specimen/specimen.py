"""Tests of `Specimen` that let some of its mutants live, for the mutator to tell. Pytest doesn't collect them by itself."""

import os

import pytest

from peculium.exceptions import ContractError

DEPLOYED = []


@pytest.fixture
def specimen(deploy, principal):
    """One that the principal owns."""
    DEPLOYED.append(True)
    return deploy("Specimen", principal.address)


def test_nothing_comes_before_it():
    """Whoever tries the tests in another order sees it fail, and may not take that for the mutant's doing."""
    assert not DEPLOYED


def test_only_its_owner_adds(specimen, principal, stranger):
    specimen.send(principal, "add", 3)
    for amount in (1, 2):
        with pytest.raises(ContractError):
            specimen.send(stranger, "add", amount)
    assert specimen.read("total") == 3


def test_it_takes_less_than_ten(specimen, principal):
    specimen.send(principal, "add", 9)
    with pytest.raises(ContractError):
        specimen.send(principal, "add", 1)


def test_it_passes_unless_it_is_told_to_fail():
    assert "SPECIMEN_FAILS" not in os.environ
