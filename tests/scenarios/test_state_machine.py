"""Scenarios drawn by Hypothesis agree with the model, simulated and mined; a failing one shrinks."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.fixtures import Fixtures
from verification.scenarios.injected_faults import inject
from verification.scenarios.scenario import run_scenario
from verification.scenarios.setup import deploy_fixtures
from verification.scenarios.state_machine import ScenarioMachine

STEPS, FEW = 30, 12
# The same scenarios in every run; `ape run fuzz` stores what fails, not this test.
DRAWN = settings(
    stateful_step_count=STEPS,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
DRIVERS = {"simulated": (Simulator, 150), "mined": (Transactions, 12)}
"""Drivers and numbers of scenarios."""


def machine_on(fixtures: Fixtures) -> type[ScenarioMachine]:
    """A machine with counters of its own."""
    return type("Machine", (ScenarioMachine,), {"fixtures": fixtures, "reached": Counter(), "failing": []})


@pytest.mark.slow
@pytest.mark.parametrize("driver", DRIVERS)
def test_chain_agrees_with_the_model(driver):
    """I1 to I9, I11, I12, I14, I17, I18, I21, I24, I28."""
    kind, examples = DRIVERS[driver]
    with deploy_fixtures(kind) as fixtures:
        machine = machine_on(fixtures)
        run_state_machine_as_test(machine, settings=settings(DRAWN, max_examples=examples))
    done = {name for name, outcome in machine.reached if outcome == "done"}
    assert len(done) >= 30, f"only these actions succeeded: {sorted(done)}"


@pytest.mark.slow
def test_hypothesis_shrinks_a_failing_scenario_to_its_cause():
    """At most three steps are left, one of which stops an agent without the right to.

    Hypothesis stops after 500 improvements. In a scenario of thirty steps, up to eighteen without effect may be left.
    """
    with deploy_fixtures() as fixtures:
        machine = machine_on(fixtures)
        with (
            inject("I12: anybody stops an agent"),
            pytest.raises(AssertionError, match="Run from the project's folder"),
        ):
            run_state_machine_as_test(machine, settings=settings(DRAWN, max_examples=300, stateful_step_count=FEW))
        assert len(machine.failing) <= 3
        assert run_scenario(fixtures, machine.failing).difference is None
