"""A story: drawn, told on both sides, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from verification.scenarios.actions import agent, issuers, operations, principal, reentry, signed, stops
from verification.scenarios.actions.draws import Action, any_name
from verification.scenarios.actions.time import draw_wait
from verification.scenarios.chain.simulator import Sent
from verification.scenarios.comparison import Difference, broken, compare, ending
from verification.scenarios.fixtures import TOKENS, WALLETS, Cast
from verification.scenarios.invariants import Witness
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.world import World
from verification.scenarios.setup import beginning
from verification.scenarios.trace import Play, Step
from verification.scenarios.views import look_at, look_at_all

ACTIONS: dict[str, Action] = {
    **agent.ACTIONS,
    **principal.ACTIONS,
    **stops.ACTIONS,
    **signed.ACTIONS,
    **operations.ACTIONS,
    **issuers.ACTIONS,
    **reentry.ACTIONS,
}
NAMES = list(ACTIONS)
WEIGHTS = [ACTIONS[name].weight for name in NAMES]
WAITING = 0.2
"""How many steps are time passing."""
LOOKING = 0.015
"""How many steps look at a wallet."""


@dataclass
class Told:
    """What became of a story."""

    steps: list[Step]
    difference: Difference | None
    reached: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each action ended how: "done", or the error's name."""
    actions: int = 0
    """How many actions were compared."""
    views: int = 0
    """How many answers of views were."""


def begin(cast: Cast, change: Callable[[World], None] | None = None) -> Play:
    """The model at the beginning of a story. `change`: a defect to be planted in it."""
    world = beginning(cast)
    if change is not None:
        change(world)
    return Play(cast, world)


def draw_story(play: Play, seed: int, length: int) -> list[Step]:
    """Draws a story of so many steps while the model plays it."""
    chance = Random(seed)
    steps: list[Step] = []
    while len(steps) < length:
        step = draw_step(chance, play)
        if step is not None:
            steps.append(step)
            take(play, len(steps) - 1, step)
    end(play, length)
    return steps


def draw_step(chance: Random, play: Play) -> Step | None:
    """Something that happens next, if what was chosen can be done now."""
    kind = chance.random()
    if kind < WAITING:
        return "wait", {"seconds": draw_wait(chance, play)}
    if kind < WAITING + LOOKING:
        return "look", {"wallet": any_name(chance)}
    name = chance.choices(NAMES, WEIGHTS)[0]
    arguments = ACTIONS[name].draw(chance, play)
    return None if arguments is None else (name, arguments)


def take(play: Play, number: int, step: Step) -> None:
    """Plays one step in the model."""
    name, arguments = step
    if name == "wait":
        play.world.suite.now += arguments["seconds"]
    elif name == "look":
        look_at(play, number, play.wallet(arguments["wallet"]))
    else:
        play.do(number, name, ACTIONS[name].make(play, **arguments))


def play_story(play: Play, steps: Sequence[Step]) -> None:
    """Plays a story that was drawn before."""
    for number, step in enumerate(steps):
        take(play, number, step)
    end(play, len(steps))


def end(play: Play, number: int) -> None:
    """Everything is looked at; and then a principal takes all of its money home, whatever has happened (I18)."""
    look_at_all(play, number)
    wallet = list(play.world.wallets.values())[number % len(WALLETS)]
    for token in (*TOKENS, NATIVE):
        leave = {"wallet": wallet.name, "sender": wallet.principal, "token": token, "to": "stranger", "amount": None}
        play.do(number, "withdraw", ACTIONS["withdraw"].make(play, **leave))


def told(play: Play, steps: list[Step]) -> Told:
    """Tells the chain the whole story in one request, and compares every answer."""
    blocks: list[tuple[int, list[Sent]]] = []
    for each in play.predicted:
        if not blocks or blocks[-1][0] != each.time:
            blocks.append((each.time, []))
        blocks[-1][1].append(each.sent)
    answers = play.cast.simulator.run(blocks)
    result = Told(steps, None)
    witness = Witness(play.cast, play.granted)
    for predicted, answer in zip(play.predicted, answers, strict=True):
        result.difference = compare(play, predicted, answer) or broken(witness, predicted, answer)
        if result.difference is not None:
            break
        if predicted.asks:
            result.views += 1
            continue
        result.actions += 1
        result.reached[predicted.name, ending(predicted)] += 1
    return result


def tell(cast: Cast, steps: list[Step], change: Callable[[World], None] | None = None) -> Told:
    """A story that is given."""
    play = begin(cast, change)
    play_story(play, steps)
    return told(play, steps)


def tell_drawn(cast: Cast, seed: int, length: int, change: Callable[[World], None] | None = None) -> Told:
    """The story of a seed."""
    play = begin(cast, change)
    return told(play, draw_story(play, seed, length))
