"""The same stories, drawn by Hypothesis: it chooses what happens next, and makes a story that fails as short as it can."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from verification.scenarios.actions.time import draw_wait
from verification.scenarios.campaign import Failure
from verification.scenarios.fixtures import Cast
from verification.scenarios.replay import script_of
from verification.scenarios.scenario import ACTIONS, begin, draw_step, end, take, told
from verification.scenarios.trace import Step

BY_HYPOTHESIS = 0
"""The seed of a story that has none."""
CHANCE = st.randoms(use_true_random=False)
"""What draws a step, in Hypothesis's hand."""


class StoryMachine(RuleBasedStateMachine):
    """A story: each rule is one step in the model, and the chain is told all of them when it ends."""

    cast: ClassVar[Cast]
    reached: ClassVar[Counter[tuple[str, str]]] = Counter()
    """How often each action ended how, in all stories together."""
    failing: ClassVar[list[Step]] = []
    """The last story on which model and chain parted."""

    def __init__(self) -> None:
        super().__init__()
        self.play, self.steps = begin(self.cast), list[Step]()

    def add(self, step: Step | None) -> None:
        """Takes a step in the model, if what was chosen can be done now."""
        if step is not None:
            self.steps.append(step)
            take(self.play, len(self.steps) - 1, step)

    @rule(chance=CHANCE)
    def anything(self, chance: Random) -> None:
        """As often as in the other stories."""
        self.add(draw_step(chance, self.play))

    @rule(chance=CHANCE)
    def wait(self, chance: Random) -> None:
        """To the edges of time."""
        self.add(("wait", {"seconds": draw_wait(chance, self.play)}))

    def teardown(self) -> None:
        """Tells the story, and compares every answer."""
        end(self.play, len(self.steps))
        result = told(self.play, self.steps)
        type(self).reached.update(result.reached)
        if result.difference is not None:
            type(self).failing = self.steps
            failure = Failure(BY_HYPOTHESIS, self.steps, result.difference)
            raise AssertionError(f"{result.difference}\n\n{script_of(failure)}")


def _rule_of(name: str) -> Callable[..., None]:
    """A rule for one kind of action."""

    def step(self: StoryMachine, chance: Random) -> None:
        arguments: dict[str, Any] | None = ACTIONS[name].draw(chance, self.play)
        self.add(None if arguments is None else (name, arguments))

    step.__name__, step.__doc__ = name, f"`{name}`, as in the other stories."
    return rule(chance=CHANCE)(step)  # type: ignore[no-any-return]


for _name in ACTIONS:
    setattr(StoryMachine, _name, _rule_of(_name))
