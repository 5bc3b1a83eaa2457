"""A story: drawn, told on both sides, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.fuzz.actions import agent, issuers, operations, principal, signed, stops
from tests.fuzz.actions.chance import Action, any_name
from tests.fuzz.actions.time import draw_wait
from tests.fuzz.cast import TOKENS, WALLETS, Cast
from tests.fuzz.chain.simulate import Answer, Sent
from tests.fuzz.invariants import Broken, Witness
from tests.fuzz.looks import look_at, look_at_all
from tests.fuzz.model.registry import NOBODY
from tests.fuzz.model.requests import Request
from tests.fuzz.model.rules import Event, Refused
from tests.fuzz.model.terms import NATIVE
from tests.fuzz.model.world import World
from tests.fuzz.play import Play, Predicted, Step
from tests.fuzz.stage import beginning

ACTIONS: dict[str, Action] = {
    **agent.ACTIONS,
    **principal.ACTIONS,
    **stops.ACTIONS,
    **signed.ACTIONS,
    **operations.ACTIONS,
    **issuers.ACTIONS,
}
NAMES = list(ACTIONS)
WEIGHTS = [ACTIONS[name].weight for name in NAMES]
WAITING = 0.2
"""How many steps are time passing."""
LOOKING = 0.015
"""How many steps look at a wallet."""


@dataclass(frozen=True)
class Difference:
    """Where chain and model part."""

    number: int
    """Of the step; as many as there are: at the end."""
    name: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"step {self.number}, {self.name}: {self.what}\n  the model says {self.expected}\n  the chain says {self.found}"


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


def ending(predicted: Predicted) -> str:
    """How an action ended, in a word: a reason of other people's contracts is as good as an error's name."""
    if predicted.refusal is None:
        return next((how for event in predicted.events if (how := without_effect(event))), "done")
    error, arguments = predicted.refusal.error, predicted.refusal.arguments
    if error == "FailedOpWithRevert":
        return arguments[2].error
    if error == "FailedOp":
        return str(arguments[1]).partition(" ")[0]
    if error == "Error":
        return str(arguments[0]).rpartition(": ")[2].replace(" ", "_")
    return error or "without_a_reason"


def without_effect(event: Event) -> str | None:
    """Why a user operation that was paid for did nothing."""
    if event.name == "OperationStopped":
        return "stopped"
    return "failed" if event.name == "UserOperationEvent" and not event.arguments[4] else None


def broken(witness: Witness, predicted: Predicted, answer: Answer) -> Difference | None:
    """What doesn't hold whatever the model says."""
    try:
        witness.watch(predicted, answer)
    except Broken as finding:
        return Difference(
            predicted.number, predicted.name, "invariant", "nothing: the chain alone is looked at", str(finding)
        )
    return None


def compare(play: Play, predicted: Predicted, answer: Answer) -> Difference | None:
    """Status, reason, returned data and events, byte for byte."""
    refusal = predicted.refusal
    expected = f"it is refused: {refusal.error}{refusal.arguments}" if refusal else "it is done"
    if answer.succeeded != (refusal is None):
        return Difference(predicted.number, predicted.name, "outcome", expected, play.explain(answer))
    if refusal is not None:
        if answer.data != "0x" + refusal_data(play, refusal).hex():
            return Difference(predicted.number, predicted.name, "reason", expected, play.explain(answer))
        return None
    if predicted.returned is not None and answer.data != "0x" + predicted.returned.hex():
        return Difference(predicted.number, predicted.name, "answer", predicted.returned.hex(), answer.data)
    if len(answer.logs) != len(predicted.events):
        names = [f"{each.emitter}.{each.name}" for each in predicted.events]
        return Difference(predicted.number, predicted.name, "number of events", str(names), str(answer.logs))
    for event, log in zip(predicted.events, answer.logs, strict=True):
        expected_log = encoded_event(play, event)
        found = log
        if event.name == "MandateInstalled":
            found = log[0], log[1], "0x" + log[2][66:]
        elif event.name == "UserOperationEvent":
            # What it has cost is the EntryPoint's to know; whether it stays within the limits is seen to in invariants.py.
            found = log[0], log[1], log[2][:130] + "0" * 128
        if expected_log != found:
            return Difference(predicted.number, predicted.name, f"event {event}", str(expected_log), str(found))
    return None


CONTRACTS = {"registry": "AgentRegistry"}


def encoded_event(play: Play, event: Event) -> tuple[str, list[str], str]:
    """Emitter, topics and data as the chain has to tell them."""
    codec = play.cast.codec
    arguments: Sequence[Any] = event.arguments
    if event.name == "MandateInstalled":
        # Where the mandate is kept is the writer's business; the rest of the event is the mandate as it was given.
        hash_, key, _ = arguments
        topics, data = codec.log("", event.name, (hash_, key, NOBODY, play.arguments[hash_]))
        data = data[32:]
    else:
        arguments = [told_as(play, each) for each in arguments]
        topics, data = codec.log(CONTRACTS.get(event.emitter, ""), event.name, arguments)
    return codec.addresses[event.emitter], ["0x" + topic.hex() for topic in topics], "0x" + data.hex()


def told_as(play: Play, value: Any) -> Any:
    """A value as an event or an error has it: a refusal within is what would have been said."""
    if isinstance(value, Request):
        return value.as_tuple()
    return refusal_data(play, value) if isinstance(value, Refused) else value


def refusal_data(play: Play, refusal: Refused) -> bytes:
    """What a call reverts with."""
    return play.cast.codec.refusal(refusal.error, *(told_as(play, each) for each in refusal.arguments))


def tell(cast: Cast, steps: list[Step], change: Callable[[World], None] | None = None) -> Told:
    """A story that is given."""
    play = begin(cast, change)
    play_story(play, steps)
    return told(play, steps)


def tell_drawn(cast: Cast, seed: int, length: int, change: Callable[[World], None] | None = None) -> Told:
    """The story of a seed."""
    play = begin(cast, change)
    return told(play, draw_story(play, seed, length))
