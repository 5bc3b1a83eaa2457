"""Compares an answer of the chain with the model's prediction: status, error, return data and events, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from verification.scenarios.actions.agent import as_argument
from verification.scenarios.chain.driver import Answer, Log
from verification.scenarios.invariants import Oracle
from verification.scenarios.model.authorizations import Authorization
from verification.scenarios.model.charging import UNPREDICTED
from verification.scenarios.model.guards import Charge
from verification.scenarios.model.outcomes import Event, Hashed, Refused
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import CallRequest, Request
from verification.scenarios.observers import InvariantViolated
from verification.scenarios.trace import Prediction, Trace


@dataclass(frozen=True)
class Difference:
    """Where chain and model diverge."""

    number: int
    """Index of the step; the number of steps if the final checks fail."""
    name: str
    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"step {self.number}, {self.name}: {self.what}\n  model: {self.expected}\n  chain: {self.found}"


def outcome_of(prediction: Prediction) -> str:
    """ "done", or the name of the error. An inner failure that the transaction survives counts too."""
    if prediction.refusal is None:
        return next((name for event in prediction.events if (name := inner_failure(event))), "done")
    return error_name(prediction.refusal)


def error_name(refusal: Refused) -> str:
    """The name of an error; for `Error(string)` and the EntryPoint's errors, the part of the text that names the reason."""
    error, arguments = refusal.error, refusal.arguments
    if error == "GuardRefused":
        reason = arguments[1]
        return f"GuardRefused_{error_name(reason)}" if isinstance(reason, Refused) else "GuardRefused"
    if error == "FailedOpWithRevert":
        inner = arguments[2]
        assert isinstance(inner, Refused)
        return inner.error
    if error == "FailedOp":
        return str(arguments[1]).partition(" ")[0]
    if error == "Error":
        return str(arguments[0]).rpartition(": ")[2].replace(" ", "_")
    return error or "without_a_reason"


def inner_failure(event: Event) -> str | None:
    """Why a user operation had no effect, or why a token's callback failed."""
    if event.name == "CalledBack" and not event.arguments[1]:
        return error_name(event.arguments[2])
    if event.name == "OperationStopped":
        return "stopped"
    return "failed" if event.name == "UserOperationEvent" and not event.arguments[4] else None


def check_invariants(oracle: Oracle, prediction: Prediction, answer: Answer) -> Difference | None:
    """Checks the invariants, which do not depend on the model."""
    try:
        oracle.check(prediction, answer)
    except InvariantViolated as violation:
        return Difference(prediction.number, prediction.name, "invariant", "(not consulted)", str(violation))
    return None


def compare(trace: Trace, prediction: Prediction, answer: Answer) -> Difference | None:
    """Compares status, error, return data and events."""

    def difference(what: str, expected: str, found: str) -> Difference:
        return Difference(prediction.number, prediction.name, what, expected, found)

    refusal = prediction.refusal
    expected = f"reverts with {refusal.error}{refusal.arguments}" if refusal else "succeeds"
    if answer.succeeded != (refusal is None):
        return difference("outcome", expected, trace.explain(answer))
    if refusal is not None:
        if without_gas(refusal, answer.data) != "0x" + refusal_data(trace, refusal).hex():
            return difference("error", expected, trace.explain(answer))
        return None
    if prediction.returned is not None and answer.data != "0x" + prediction.returned.hex():
        return difference("return data", prediction.returned.hex(), answer.data)
    if len(answer.logs) != len(prediction.events):
        names = [f"{each.emitter}.{each.name}" for each in prediction.events]
        return difference("number of events", str(names), str(answer.logs))
    for event, log in zip(prediction.events, answer.logs, strict=True):
        expected_log, found = encoded_event(trace, event), comparable(event, log)
        if expected_log != found:
            return difference(f"event {event}", str(expected_log), str(found))
    return None


def without_gas(refusal: Refused, data: str) -> str:
    """Revert data without how much gas was available, which the model does not predict."""
    return data[:10] + f"{UNPREDICTED:064x}" + data[74:] if refusal.error == "GasTooLow" else data


def comparable(event: Event, log: Log) -> Log:
    """A log without the parts that the model does not predict."""
    emitter, topics, data = log
    if event.name == "MandateInstalled":
        # The first word is where the mandate is stored.
        return emitter, topics, "0x" + data[66:]
    if event.name == "UserOperationEvent":
        # The last two words are the actual gas cost; invariants.py compares it with the limits.
        return emitter, topics, data[:130] + "0" * 128
    return log


CONTRACTS = {"registry": "AgentRegistry"}


def encoded_event(trace: Trace, event: Event) -> Log:
    """Emitter, topics and data that the chain must log for an event."""
    codec = trace.fixtures.codec
    arguments: Sequence[Any] = event.arguments
    if event.name == "MandateInstalled":
        hash_, key, _ = arguments
        topics, data = codec.log("", event.name, (hash_, key, NOBODY, trace.arguments[hash_]))
        data = data[32:]
    else:
        arguments = [encodable(trace, each) for each in arguments]
        topics, data = codec.log(CONTRACTS.get(event.emitter, ""), event.name, arguments)
    return codec.addresses[event.emitter], ["0x" + topic.hex() for topic in topics], "0x" + data.hex()


def encodable(trace: Trace, value: Any) -> Any:
    """A value as the ABI encoder takes it. A nested refusal becomes its revert data."""
    if isinstance(value, Request | CallRequest):
        return value.as_tuple()
    if isinstance(value, Hashed):
        return keccak(text=value)
    if isinstance(value, Authorization):
        return as_argument(trace, value)
    if isinstance(value, Charge):
        return tuple(encodable(trace, each) for each in value)
    return refusal_data(trace, value) if isinstance(value, Refused) else value


def refusal_data(trace: Trace, refusal: Refused) -> bytes:
    """The revert data of a refusal."""
    return trace.fixtures.codec.refusal(refusal.error, *(encodable(trace, each) for each in refusal.arguments))
