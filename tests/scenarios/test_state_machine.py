"""Stories that Hypothesis draws, simulated and mined: they end as the model says, and one that fails becomes short."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.fixtures import Cast
from verification.scenarios.injected_faults import planted
from verification.scenarios.scenario import tell
from verification.scenarios.setup import own_cast
from verification.scenarios.state_machine import StoryMachine

STEPS, FEW = 30, 12
# The same stories every time: what has failed is kept by `ape run fuzz`, not here.
DRAWN = settings(
    stateful_step_count=STEPS,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


CHAINS = {"simulated": (Simulator, 150), "mined": (Transactions, 12)}
"""How stories are told, and how many."""


def machine_on(cast: Cast) -> type[StoryMachine]:
    """Draws for a chain, and counts anew."""
    return type("Machine", (StoryMachine,), {"cast": cast, "reached": Counter(), "failing": []})


@pytest.mark.slow
@pytest.mark.parametrize("how", CHAINS)
def test_what_hypothesis_draws_ends_as_the_model_says(how):
    """I1 to I9, I11, I12, I14, I17, I18, I21, I24, I28."""
    chain, examples = CHAINS[how]
    with own_cast(chain) as cast:
        machine = machine_on(cast)
        run_state_machine_as_test(machine, settings=settings(DRAWN, max_examples=examples))
    done = {name for name, ending in machine.reached if ending == "done"}
    assert len(done) >= 30, f"the stories did no more than {sorted(done)}"


@pytest.mark.slow
def test_hypothesis_shrinks_a_failing_story_to_its_cause():
    """Somebody stops who has no say; that, or what follows from it, is all that is left of the story.

    Hypothesis ends after 500 improvements, which of a story of thirty steps may leave eighteen that do nothing.
    """
    with own_cast() as cast:
        machine = machine_on(cast)
        with planted("I12: anybody stops"), pytest.raises(AssertionError, match="Run it from the project's folder"):
            run_state_machine_as_test(machine, settings=settings(DRAWN, max_examples=300, stateful_step_count=FEW))
        assert len(machine.failing) <= 3
        assert tell(cast, machine.failing).difference is None
