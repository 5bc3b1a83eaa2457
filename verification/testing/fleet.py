"""A fleet budget of the tests: three agents under one budget, and the assertion that the fleet refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_utils import keccak

from peculium import ContractError, FleetBudget, errors
from verification.testing.agents import Agent

USD = 10**6
"""Base units of one dollar."""
CURRENCY = keccak(text="USD")


@dataclass(frozen=True)
class Fleet:
    """A principal's fleet budget, and the agents whose mandates name it."""

    budget: FleetBudget
    agents: tuple[Agent, ...]


@contextmanager
def fleet_refuses(expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
    """Asserts that the block raises `GuardRefused`, because the guard reverted with exactly this error."""
    with pytest.raises(ContractError) as caught:
        yield
    error = caught.value
    assert type(error) is errors.GuardRefused, f"{type(error).__name__}: {error}"
    refusal = error.refusal
    assert type(refusal) is expected, f"{type(refusal).__name__}: {refusal}"
    assert {name: refusal.arguments.get(name) for name in arguments} == arguments
