"""Draws a scenario, predicts each step with the model, runs it on the chain and compares every answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from verification.scenarios.actions import (
    agent,
    births,
    guards,
    issuers,
    operations,
    principal,
    reentry,
    requests,
    settlement,
    signed,
    stops,
)
from verification.scenarios.actions.births import clone_of
from verification.scenarios.actions.draws import Action, draw_wallet_name
from verification.scenarios.actions.time import draw_wait
from verification.scenarios.chain.driver import Sent
from verification.scenarios.comparison import Difference, check_invariants, compare, outcome_of
from verification.scenarios.fixtures import ALL_WALLETS, TOKENS, Fixtures
from verification.scenarios.invariants import Oracle
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.world import World
from verification.scenarios.setup import initial_world
from verification.scenarios.trace import Step, Trace
from verification.scenarios.views import predict_all_views, predict_wallet_views

ACTIONS: dict[str, Action] = {
    **agent.ACTIONS,
    **principal.ACTIONS,
    **requests.ACTIONS,
    **births.ACTIONS,
    **stops.ACTIONS,
    **signed.ACTIONS,
    **settlement.ACTIONS,
    **operations.ACTIONS,
    **issuers.ACTIONS,
    **reentry.ACTIONS,
    **guards.ACTIONS,
}
NAMES = list(ACTIONS)
WEIGHTS = [ACTIONS[name].weight for name in NAMES]
WAIT_SHARE = 0.2
"""The share of steps in which only time passes."""
VIEW_SHARE = 0.015
"""The share of steps that compare the views of one wallet."""


@dataclass
class Result:
    """The result of running one scenario."""

    steps: list[Step]
    difference: Difference | None
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each action had each outcome: "done" or the name of the error."""
    actions: int = 0
    """Compared actions."""
    views: int = 0
    """Compared answers of views."""


def begin(fixtures: Fixtures, fault: Callable[[World], None] | None = None) -> Trace:
    """An empty trace. `fault` may change the model before the first step."""
    world = initial_world(fixtures)
    if fault is not None:
        fault(world)
    return Trace(fixtures, world)


def draw_scenario(trace: Trace, seed: int, length: int) -> list[Step]:
    """Draws that many steps. The model predicts each one, because the next draw depends on its state."""
    rng = Random(seed)
    steps: list[Step] = []
    while len(steps) < length:
        step = draw_step(rng, trace)
        if step is not None:
            steps.append(step)
            predict_step(trace, len(steps) - 1, step)
    finish(trace, length)
    return steps


def draw_step(rng: Random, trace: Trace) -> Step | None:
    """Draws the next step, or None if the drawn action is not possible now."""
    kind = rng.random()
    if kind < WAIT_SHARE:
        return "wait", {"seconds": draw_wait(rng, trace)}
    if kind < WAIT_SHARE + VIEW_SHARE:
        return "views", {"wallet": draw_wallet_name(rng, trace)}
    name = rng.choices(NAMES, WEIGHTS)[0]
    arguments = ACTIONS[name].draw(rng, trace)
    return None if arguments is None else (name, arguments)


def predict_step(trace: Trace, number: int, step: Step) -> None:
    """Applies one step to the model and records the prediction."""
    name, arguments = step
    if name == "wait":
        trace.world.suite.now += arguments["seconds"]
    elif name == "views":
        predict_wallet_views(trace, number, trace.wallet(arguments["wallet"]))
    else:
        trace.predict(number, name, ACTIONS[name].prepare(trace, **arguments))


def predict_steps(trace: Trace, steps: Sequence[Step]) -> None:
    """Predicts a scenario that was drawn before."""
    for number, step in enumerate(steps):
        predict_step(trace, number, step)
    finish(trace, len(steps))


def finish(trace: Trace, number: int) -> None:
    """Compares all views, then lets one principal withdraw everything, whatever happened before (I18).

    If the wallet doesn't exist, a stranger creates it (I30).
    """
    predict_all_views(trace, number)
    name = list(ALL_WALLETS)[number % len(ALL_WALLETS)]
    if name not in trace.world.wallets:
        created = {"sender": "stranger", "wallet": name, "principal": clone_of(name).principal}
        trace.predict(number, "create_wallet", ACTIONS["create_wallet"].prepare(trace, **created))
    wallet = trace.wallet(name)
    for token in (*TOKENS, NATIVE):
        arguments = {
            "wallet": wallet.name,
            "sender": wallet.principal,
            "token": token,
            "to": "stranger",
            "amount": None,
        }
        trace.predict(number, "withdraw", ACTIONS["withdraw"].prepare(trace, **arguments))


def compare_with_chain(trace: Trace, steps: list[Step]) -> Result:
    """Runs the whole trace on the chain and compares every answer; stops at the first difference."""
    blocks: list[tuple[int, list[Sent]]] = []
    for each in trace.predictions:
        if not blocks or blocks[-1][0] != each.time:
            blocks.append((each.time, []))
        blocks[-1][1].append(each.sent)
    answers = trace.fixtures.driver.run(blocks)
    result = Result(steps, None)
    oracle = Oracle(trace.fixtures, trace.granted)
    for prediction, answer in zip(trace.predictions, answers, strict=True):
        result.difference = compare(trace, prediction, answer) or check_invariants(oracle, prediction, answer)
        if result.difference is not None:
            break
        if prediction.is_view:
            result.views += 1
            continue
        result.actions += 1
        for outcome in (outcome_of(prediction), *prediction.branches):
            result.reached[prediction.name, outcome] += 1
    return result


def run_scenario(fixtures: Fixtures, steps: list[Step], fault: Callable[[World], None] | None = None) -> Result:
    """Runs the given steps."""
    trace = begin(fixtures, fault)
    predict_steps(trace, steps)
    return compare_with_chain(trace, steps)


def run_seed(fixtures: Fixtures, seed: int, length: int, fault: Callable[[World], None] | None = None) -> Result:
    """Draws the scenario of a seed and runs it."""
    trace = begin(fixtures, fault)
    return compare_with_chain(trace, draw_scenario(trace, seed, length))
