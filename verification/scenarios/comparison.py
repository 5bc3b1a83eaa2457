"""Whether the chain has answered as the model said: status, reason, returned data and every event, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verification.scenarios.chain.simulator import Answer
from verification.scenarios.invariants import Broken, Witness
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import Request
from verification.scenarios.model.rules import Event, Refused
from verification.scenarios.trace import Play, Predicted


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


def ending(predicted: Predicted) -> str:
    """How an action ended, in a word: a reason of other people's contracts is as good as an error's name."""
    if predicted.refusal is None:
        return next((how for event in predicted.events if (how := without_effect(event))), "done")
    return reason(predicted.refusal)


def reason(refusal: Refused) -> str:
    """A refusal in a word."""
    error, arguments = refusal.error, refusal.arguments
    if error == "FailedOpWithRevert":
        return arguments[2].error
    if error == "FailedOp":
        return str(arguments[1]).partition(" ")[0]
    if error == "Error":
        return str(arguments[0]).rpartition(": ")[2].replace(" ", "_")
    return error or "without_a_reason"


def without_effect(event: Event) -> str | None:
    """Why a user operation that was paid for did nothing, or what a token has called in the middle of a payment."""
    if event.name == "CalledBack" and not event.arguments[1]:
        return reason(event.arguments[2])
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
