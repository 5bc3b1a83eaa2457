"""I34 in the model: with a guard that agrees, everything is as without it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from verification.scenarios.comparison import inner_failure
from verification.scenarios.model.charging import Charging
from verification.scenarios.model.outcomes import Event
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.model.world import World, saved
from verification.scenarios.scenario import ACTIONS, begin, draw_step, predict_step
from verification.scenarios.setup import deploy_fixtures
from verification.scenarios.trace import PreparedStep, Trace

SEEDS, LENGTH = range(20), 200


@pytest.fixture(scope="module")
def fixtures():
    with deploy_fixtures() as deployed:
        yield deployed


def states_of(world: World, wallets: Sequence[Wallet]) -> list[dict[str, Any]]:
    """Everything that a step can change, except the guards."""
    guards = list(world.suite.guards.values())
    return [saved(state) for state in (*world.shared, *wallets) if state not in guards]


def without_guard(world: World, step: PreparedStep) -> tuple[list[dict[str, Any]], list[Event]]:
    """The state and events after a step during which no guard is asked. Restores the state."""
    existing = dict(world.wallets)
    touched = [*world.shared, *step.wallets]
    before = [saved(state) for state in touched]
    with patch.object(Charging, "ask_guard", lambda self, terms, charge: None):
        world.attempt(step.apply, *step.wallets)
    after = states_of(world, step.wallets), world.log
    for state, values in zip(touched, before, strict=True):
        vars(state).update(values)
    world.wallets.clear()
    world.wallets.update(existing)
    return after


def agreements(trace: Trace, seed: int) -> int:
    """Draws a scenario. Returns in how many steps a guard agreed and changed nothing."""
    rng, world, number, agreed = Random(seed), trace.world, 0, 0
    while number < LENGTH:
        step = draw_step(rng, trace)
        if step is None:
            continue
        number += 1
        name, arguments = step
        if name not in ACTIONS:
            predict_step(trace, number, step)
            continue
        prepared = ACTIONS[name].prepare(trace, **arguments)
        expected, events = without_guard(world, prepared)
        trace.predict(number, name, prepared)
        made = trace.predictions[-1]
        # An inner call that the guard refuses is refused too, though the transaction succeeds.
        if made.refusal is None and "guard_agreed" in made.branches and not any(map(inner_failure, made.events)):
            assert states_of(world, prepared.wallets) == expected
            assert [each for each in made.events if each.emitter not in world.suite.guards] == events
            agreed += 1
    return agreed


def test_guard_that_agrees_changes_nothing(fixtures):
    assert sum(agreements(begin(fixtures), seed) for seed in SEEDS) >= 100


def test_notices_a_guard_that_changes_something(fixtures):
    def spends(self: Charging, terms: Any, charge: Any) -> None:
        ask(self, terms, charge)
        if terms.guard != "nobody":
            self.ledgers[charge.currency].spent += 1

    ask = Charging.ask_guard
    with patch.object(Charging, "ask_guard", spends), pytest.raises(AssertionError):
        sum(agreements(begin(fixtures), seed) for seed in SEEDS)
