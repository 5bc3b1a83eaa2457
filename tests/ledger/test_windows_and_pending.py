"""`SpendLedger` against the model: several windows, pending authorizations, retroactive charges (I2, I3, I29)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peculium import decode_refusal
from verification.scenarios.model.ledger import BUCKETS, Ledger
from verification.testing.ledger import ADD_RETROACTIVELY, CHARGE, HOLD, OPEN, RELEASE, SETTLE, START, accounting_table

SETS = [
    [450],
    [450, 10_800],
    [450, 75_600],
    [450, 10_800, 75_600],
    [10_800, 75_600],
    [75_600],
    [450, 10_800, 75_600, 324_000],
]
# A longer window allows more, or the same, or less, so that each of them has its turn to refuse.
LIMITS = [[100, 300, 900, 2_700], [100, 100, 100, 100], [100, 80, 60, 90]]

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@st.composite
def traces(draw, reopen=True):
    """Steps (kind, time, amount, lifetime limit, limits, widths) that the ledger and the model both understand."""
    widths = draw(st.sampled_from(SETS))
    limits = draw(st.sampled_from(LIMITS))
    lifetime = draw(st.sampled_from([300, 1_000, 10**6]))
    time = START + draw(st.integers(0, 10**6))
    steps, pending = [(OPEN, time, 0, 0, [], widths)], []
    for _ in range(draw(st.integers(1, 30))):
        width = draw(st.sampled_from(widths))
        edge = draw(st.sampled_from([0, 1, width, BUCKETS * width, (BUCKETS + 1) * width, 20 * width]))
        time = max(time, (time // width) * width + edge + draw(st.integers(-1, 1)))
        kind = draw(st.sampled_from([CHARGE, CHARGE, CHARGE, HOLD, HOLD, SETTLE, RELEASE, ADD_RETROACTIVELY, OPEN]))
        if kind in (SETTLE, RELEASE):
            steps.append((kind, time, len(pending), 0, [], []))
            pending.append(None)
        elif kind == OPEN and reopen:
            widths = draw(st.sampled_from(SETS))
            steps.append((OPEN, time, 0, 0, [], widths))
        elif kind == ADD_RETROACTIVELY and reopen:
            steps.append((kind, time, draw(st.integers(0, 80)), 0, [draw(st.integers(0, 60)) for _ in widths], []))
        else:
            kind = kind if kind in (CHARGE, HOLD) else CHARGE
            steps.append((kind, time, draw(st.integers(0, 60)), lifetime, limits[: len(widths)], []))
    return steps


def run(harness, trace):
    """Runs a trace on model and chain. Returns the steps, the model's results and states, and the chain's outcomes."""
    model, held, steps, results, states = Ledger(), [], [], [], []
    for kind, time, amount, lifetime, limits, widths in trace:
        result = None
        if kind in (SETTLE, RELEASE):
            # Of what is pending by now; nothing pending, nothing to settle.
            if not held:
                continue
            amount = held.pop(amount % len(held))
            model.settle(time, amount) if kind == SETTLE else model.release(amount)
        elif kind == OPEN:
            model.open(time, widths)
        elif kind == ADD_RETROACTIVELY:
            model.add_retroactively(time, amount, limits)
        else:
            result = model.charge(time, amount, limits, lifetime)
            if kind == HOLD and result is None:
                model.hold(time, amount)
                held.append(amount)
        steps.append((kind, time, amount, lifetime, limits, widths))
        results.append(result)
        every = range(len(model.windows))
        states.append(
            (
                [model.counted(i, time) for i in every],
                model.spent,
                model.pending,
                *map(list, zip(*(model.next_return(i, time) for i in every), strict=True)),
            )
        )
    return steps, results, states, harness.read("play", steps)


@relaxed
@given(traces())
def test_results_and_sums_equal_the_models(harness, trace):
    """I2, I3, I29."""
    for step, result, state, (accepted, data, *observed) in zip(*run(harness, trace), strict=True):
        refusal = None if accepted else decode_refusal(data)
        actual = refusal and (type(refusal).__name__, refusal.remaining, refusal.arguments.get("length", 0))
        assert actual == result, step
        assert tuple(observed) == state, step


@relaxed
@given(traces(reopen=False))
def test_no_interval_as_long_as_a_window_exceeds_its_limit(harness, trace):
    """I2, I29: what moved in (t - W, t], and what may still move at t, is at most the limit, for every window at once."""
    steps, results, _, outcomes = run(harness, trace)
    widths, moved, pending = steps[0][5], [], 0
    for (kind, time, amount, _, limits, _), result, outcome in zip(steps, results, outcomes, strict=True):
        assert outcome[0] is (result is None)
        if result is None and kind in (CHARGE, SETTLE):
            moved.append((time, amount))
        if result is None:
            pending += {HOLD: amount, SETTLE: -amount, RELEASE: -amount}.get(kind, 0)
        for width, limit in zip(widths, limits, strict=False):
            within = sum(each for when, each in moved if time - width * BUCKETS < when <= time)
            assert within + pending <= limit


def test_adding_retroactively_never_reverts(harness):
    """A principal must always be able to end a mandate. Above 96 bits the counter saturates, and the agent is refused."""
    largest = 2**96 - 1
    trace = [
        (OPEN, START, 0, 0, [], [450]),
        (CHARGE, START, 5, largest, [largest], []),
        (ADD_RETROACTIVELY, START, largest, 0, [7], []),
        (CHARGE, START, 1, largest, [largest], []),
    ]
    outcomes = harness.read("play", trace)
    assert [outcome[0] for outcome in outcomes] == [True, True, True, False]
    assert outcomes[2][3] == largest


def test_removed_window_starts_empty_when_it_returns(harness):
    """Otherwise its old counters would still count."""
    trace = [
        (OPEN, START, 0, 0, [], [450, 10_800, 75_600]),
        (OPEN, START, 0, 0, [], [450]),
        (CHARGE, START, 10, 100, [100], []),
        (OPEN, START + 10_000, 0, 0, [], [450, 10_800]),
    ]
    assert [outcome[2] for outcome in harness.read("play", trace)] == [[0, 0, 0], [0], [10], [0, 0]]


@pytest.mark.parametrize(("heading", "rows"), [("### A worked authorization", 7)])
def test_documented_authorization_gives_the_documented_results(harness, heading, rows):
    midnight = START // 86_400 * 86_400
    trace, documented = [(OPEN, midnight, 0, 0, [], [10_800])], []
    for at, what, result, counted, _ in accounting_table(heading):
        hour, minute = map(int, at.split(":"))
        operation, _, amount = what.rpartition(" ")
        kind = {"": CHARGE, "hold": HOLD, "settle": SETTLE, "release": RELEASE}[operation]
        limits = [500] if kind in (CHARGE, HOLD) else []
        trace.append((kind, midnight + hour * 3600 + minute * 60, int(amount), 10_000, limits, []))
        documented.append((result, int(counted)))
    assert len(documented) == rows
    for (result, counted), (accepted, data, observed, *_) in zip(
        documented, harness.read("play", trace)[1:], strict=True
    ):
        assert observed == [counted]
        if accepted:
            assert result in ("authorized", "paid", "closed")
        else:
            refusal = decode_refusal(data)
            assert result == f"`{type(refusal).__name__}({refusal.charge}, {refusal.remaining})`"
