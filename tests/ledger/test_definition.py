"""Random steps of every kind: the contract answers what the plain definition says (I2, I3, I22, I29)."""

from itertools import product

import pytest

from verification.ledger.definition import SELECTORS, Step, predict
from verification.ledger.run import run
from verification.testing.ledger import ADD_RETROACTIVELY, CHARGE, HOLD, KINDS, OPEN, RELEASE, SETTLE

STEPS = 3_000


def test_contract_agrees_with_the_definition(harness):
    report = run(harness, seed=1, steps=STEPS)
    assert report.failure is None
    assert report.steps >= STEPS
    # Every kind was accepted, and every refusal reached.
    refusals = product((CHARGE, HOLD), (selector.hex() for selector in SELECTORS.values()))
    assert not {*((kind, "") for kind in range(len(KINDS))), *refusals} - set(report.results)
    charged = sum(count for (kind, _), count in report.results.items() if kind == CHARGE)
    assert report.results[CHARGE, ""] > charged * 0.3


class FaultyLedger:
    """Answers like the definition, except that a step of one kind is done as another."""

    def __init__(self, kind, other):
        self.kind, self.other = kind, other

    def read(self, _, trace):
        steps = [Step(*each) for each in trace]
        return predict(step._replace(kind=self.other) if step.kind == self.kind else step for step in steps)


@pytest.mark.parametrize(
    ("kind", "other", "shortest"),
    [
        (RELEASE, SETTLE, [OPEN, HOLD, RELEASE]),
        (SETTLE, RELEASE, [OPEN, HOLD, SETTLE]),
        (HOLD, CHARGE, [OPEN, HOLD]),
    ],
)
def test_fault_is_found_and_reduced_to_the_steps_that_show_it(kind, other, shortest):
    report = run(FaultyLedger(kind, other), seed=1, steps=STEPS)
    assert [step.kind for step in report.failure] == shortest


def test_definition_refuses_what_the_counter_cannot_hold():
    """Retroactive spending is capped, so that a principal can always end a mandate."""
    largest = 2**96 - 1
    steps = [
        Step(OPEN, 10**9, widths=(450,)),
        Step(ADD_RETROACTIVELY, 10**9, largest, limits=(7,)),
        Step(ADD_RETROACTIVELY, 10**9, 1, limits=(1,)),
        Step(CHARGE, 10**9, 1, largest, (largest,)),
    ]
    outcomes = predict(steps)
    assert [each.accepted for each in outcomes] == [True, True, True, False]
    assert (outcomes[-1].spent, outcomes[-1].counted) == (largest, [7])
