"""Runs random traces on the contract and on the definition, and shrinks the first one that differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from peculium import Contract
from verification.ledger.definition import Outcome, Step, predict
from verification.ledger.trace import Trace

LENGTH = 100
"""Steps per trace. One `eth_call` runs a trace on a fresh ledger."""


@dataclass
class Report:
    """How many steps agreed, by kind and result; and the shortest trace that differs, if one does."""

    steps: int = 0
    results: Counter[tuple[int, str]] = field(default_factory=Counter)
    """How often a kind of step was accepted (""), or refused with this error selector (hexadecimal)."""
    failure: list[Step] | None = None


def run(harness: Contract, seed: int, steps: int, note: Callable[[Report], None] = lambda _: None) -> Report:
    """Runs at least this many steps, or until contract and definition differ."""
    report, rng = Report(), Random(seed)
    while report.steps < steps:
        trace = Trace(rng).draw(LENGTH)
        expected = predict(trace)
        if observe(harness, trace) != expected:
            report.failure = shrink(harness, trace)
            return report
        report.steps += len(trace)
        report.results.update((step.kind, each.refusal[:4].hex()) for step, each in zip(trace, expected, strict=True))
        note(report)
    return report


def observe(harness: Contract, trace: list[Step]) -> list[Outcome]:
    """What the contract answers to a trace."""
    return [Outcome(*each) for each in harness.read("play", [tuple(step) for step in trace])]


def shrink(harness: Contract, trace: list[Step]) -> list[Step]:
    """The trace up to the first difference, without the steps that don't matter."""
    expected = zip(observe(harness, trace), predict(trace), strict=True)
    trace = trace[: next(i for i, (one, other) in enumerate(expected) if one != other) + 1]
    while True:
        candidates = (trace[:i] + trace[i + 1 :] for i in reversed(range(len(trace))))
        shorter = next((each for each in candidates if fits(each) and observe(harness, each) != predict(each)), None)
        if shorter is None:
            return trace
        trace = shorter


def fits(trace: list[Step]) -> bool:
    """Whether the first step opens the ledger, and every step has as many limits as windows are open."""
    count = 0
    for step in trace:
        count = len(step.widths) or count
        if not count or (step.limits and len(step.limits) != count):
            return False
    return True
