"""The same scenarios drawn by Hypothesis, which also shrinks a failing one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from verification.scenarios.actions.time import draw_wait
from verification.scenarios.campaign import Failure
from verification.scenarios.fixtures import Fixtures
from verification.scenarios.replay import script_of
from verification.scenarios.scenario import ACTIONS, begin, compare_with_chain, draw_step, finish, predict_step
from verification.scenarios.trace import Step

NO_SEED = 0
"""The seed of a scenario that was not drawn from one."""
RNG = st.randoms(use_true_random=False)
"""The random generator of a step, controlled by Hypothesis."""


class ScenarioMachine(RuleBasedStateMachine):
    """One scenario. Each rule predicts one step; the chain runs all of them at the end."""

    fixtures: ClassVar[Fixtures]
    reached: ClassVar[Counter[tuple[str, str]]] = Counter()
    """How often each action had each outcome, in all scenarios together."""
    failing: ClassVar[list[Step]] = []
    """The last scenario on which model and chain diverged."""

    def __init__(self) -> None:
        super().__init__()
        self.trace, self.steps = begin(self.fixtures), list[Step]()

    def add(self, step: Step | None) -> None:
        """Predicts a step, unless it is not possible now."""
        if step is not None:
            self.steps.append(step)
            predict_step(self.trace, len(self.steps) - 1, step)

    @rule(rng=RNG)
    def anything(self, rng: Random) -> None:
        """A step with the same weights as in `ape run fuzz`."""
        self.add(draw_step(rng, self.trace))

    @rule(rng=RNG)
    def wait(self, rng: Random) -> None:
        """Lets time pass."""
        self.add(("wait", {"seconds": draw_wait(rng, self.trace)}))

    def teardown(self) -> None:
        """Runs the scenario on the chain and compares every answer."""
        finish(self.trace, len(self.steps))
        result = compare_with_chain(self.trace, self.steps)
        type(self).reached.update(result.reached)
        if result.difference is not None:
            type(self).failing = self.steps
            failure = Failure(NO_SEED, self.steps, result.difference)
            raise AssertionError(f"{result.difference}\n\n{script_of(failure)}")


def _rule_of(name: str) -> Callable[..., None]:
    """A rule for one action."""

    def step(self: ScenarioMachine, rng: Random) -> None:
        arguments: dict[str, Any] | None = ACTIONS[name].draw(rng, self.trace)
        self.add(None if arguments is None else (name, arguments))

    step.__name__, step.__doc__ = name, f"`{name}`, with the arguments of `ape run fuzz`."
    return rule(rng=RNG)(step)


for _name in ACTIONS:
    setattr(ScenarioMachine, _name, _rule_of(_name))
