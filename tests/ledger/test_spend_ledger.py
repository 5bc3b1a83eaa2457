"""`SpendLedger` with one window against the model: the same results, and no interval above the limit (I2, I3, I21, I22).

One `eth_call` runs a whole trace, so that Hypothesis checks many steps at once.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peculium import Budget, Token, decode_refusal
from verification.gas.cadence import cadence_row
from verification.gas.committed import GAS, committed
from verification.scenarios.model.ledger import BUCKETS, BucketLedger, ExactWindow
from verification.testing.ledger import ACCOUNTING, CHARGE, LARGEST, OPEN, START, accounting_table

WIDTHS = st.sampled_from([450, 10_800, 75_600, 324_000])

relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def run(harness, steps):
    """The outcome of each step: None or (error, remaining), counted, spent."""
    trace = [
        (OPEN, time, 0, 0, [], [width]) if width else (CHARGE, time, charge, lifetime, [window], [])
        for time, width, charge, window, lifetime in steps
    ]
    outcomes = []
    for accepted, data, counted, spent, *_ in harness.read("play", trace):
        refusal = None if accepted else decode_refusal(data)
        result = None if refusal is None else (type(refusal).__name__, refusal.remaining)
        outcomes.append((result, counted[0], spent))
    return outcomes


@st.composite
def traces(draw, widths=WIDTHS, reopen=False):
    """A width, limits, and charges at times close to the edges of buckets and windows."""
    width = draw(widths)
    scale = draw(st.sampled_from([10, 10**9, LARGEST // 20]))
    window_limit = draw(st.integers(0, 10)) * scale
    lifetime_limit = min(window_limit * draw(st.integers(1, 6)) + draw(st.integers(0, 3)), LARGEST)
    time, steps = START + draw(st.integers(0, 2 * width)), []
    steps.append((time, width, 0, 0, 0))
    for _ in range(draw(st.integers(1, 40))):
        edge = draw(st.sampled_from([0, 1, width, BUCKETS * width, (BUCKETS + 1) * width, 20 * width]))
        jitter = draw(st.integers(-2, 2))
        if draw(st.booleans()):
            time = max(time, (time // width) * width + edge + jitter)
        else:
            time += draw(st.integers(0, 3 * width))
        if reopen and draw(st.integers(0, 5)) == 0:
            width = draw(widths)
            steps.append((time, width, 0, 0, 0))
            continue
        charge = draw(st.one_of(st.integers(0, 4).map(lambda n: n * scale // 2), st.integers(0, window_limit + 1)))
        steps.append((time, 0, charge, window_limit, lifetime_limit))
    return steps


@relaxed
@given(traces(reopen=True))
def test_results_and_sums_equal_the_models(harness, steps):
    """I2, I3: even when a mandate changes the length of the window."""
    model = BucketLedger()
    for (time, width, charge, window_limit, lifetime_limit), outcome in zip(steps, run(harness, steps), strict=True):
        if width:
            model.open(time, width)
            expected = None
        else:
            expected = model.add(time, charge, window_limit, lifetime_limit)
        assert outcome == (expected, model.counted(time), model.spent)


@relaxed
@given(traces())
def test_no_interval_as_long_as_the_window_exceeds_the_limit(harness, steps):
    """I2: for every instant t, the sum charged in (t - W, t] is at most the limit."""
    length, exact = steps[0][1] * BUCKETS, ExactWindow()
    for step, (result, _, _) in zip(steps[1:], run(harness, steps)[1:], strict=True):
        if result is None:
            exact.add(step[0], step[2])
        assert exact.most(length) <= step[3]


@relaxed
@given(traces())
def test_capacity_returns_at_most_an_eighth_of_the_window_late(harness, steps):
    """What the exact log of the last 9/8 of a window would allow is never refused by the window."""
    width, exact = steps[0][1], ExactWindow()
    for (time, _, charge, limit, _), (result, counted, _) in zip(steps[1:], run(harness, steps)[1:], strict=True):
        before = exact.counted(time, (BUCKETS + 1) * width)
        if result is not None and result[0] == "WindowLimitExceeded":
            assert before + charge > limit
        if result is None:
            exact.add(time, charge)
        assert exact.counted(time, BUCKETS * width) <= counted <= exact.counted(time, (BUCKETS + 1) * width)


@relaxed
@given(traces(reopen=True))
def test_spent_never_decreases_without_release_and_never_exceeds_the_lifetime_limit(harness, steps):
    """I3."""
    previous = 0
    for step, (result, _, spent) in zip(steps, run(harness, steps), strict=True):
        accepted = step[2] if step[1] == 0 and result is None else 0
        assert spent == previous + accepted
        if step[1] == 0 and accepted:
            assert spent <= step[4]
        previous = spent


@relaxed
@given(traces(reopen=True))
def test_opening_with_another_width_restores_no_capacity(harness, steps):
    """I2: what is counted before is counted after."""
    # A charge of nothing before each opening, in the same second, reads the counter.
    probed = [each for step in steps for each in ([(step[0], 0, 0, 0, 0), step] if step[1] else [step])]
    # The first opens a ledger that can't be charged yet.
    probed = probed[1:]
    outcomes = run(harness, probed)
    before, until, width = 0, 0, probed[0][1]
    for i in range(1, len(probed)):
        if probed[i][1]:
            assert outcomes[i][1:] == outcomes[i - 1][1:]
            # And for a whole new window: a change of length never refills it later, either.
            if i > 1 and probed[i][1] != width:
                before, until, width = outcomes[i][1], probed[i][0] + BUCKETS * probed[i][1], probed[i][1]
        assert outcomes[i][1] >= before or probed[i][0] >= until


@pytest.mark.parametrize("width", [450, 10_800, 2**24 - 1])
@pytest.mark.parametrize("second", ["first", "last"])
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_charge_counts_until_nine_buckets_after_its_bucket_began(harness, width, second, offset):
    """I21: at the edge, one second before it and one after."""
    bucket = START // width + 1
    spent_at = bucket * width + (0 if second == "first" else width - 1)
    returns_at = (bucket + BUCKETS + 1) * width
    steps = [(spent_at, width, 0, 0, 0), (spent_at, 0, 100, 100, 1000), (returns_at + offset, 0, 1, 100, 1000)]
    expected = ("WindowLimitExceeded", 0) if offset < 0 else None
    assert run(harness, steps)[-1][0] == expected
    # Never early, and at most one width late.
    assert 0 < returns_at - (spent_at + BUCKETS * width) <= width


@pytest.mark.parametrize("before", [(), (10_800,), (10_800, 450), (450, 75_600)], ids=str)
@pytest.mark.parametrize("tries", ["in every bucket", "once"])
@pytest.mark.parametrize("later", range(1, BUCKETS + 2))
def test_charge_in_the_bucket_of_the_opening_counts_for_the_whole_window(harness, before, tries, later):
    """Without an entry for that bucket, the next one's would stand for it: 1,000 would pass a limit of 500."""
    opened = [(OPEN, START - 450, 0, 0, [], list(before))] if before else []
    last = START + later * 450
    trace = [
        *opened,
        (OPEN, START, 0, 0, [], [450]),
        (CHARGE, START, 500, LARGEST, [500], []),
        *((CHARGE, time, 500, LARGEST, [500], []) for time in range(START + 450, last, 450) if tries != "once"),
        (CHARGE, last, 500, LARGEST, [500], []),
    ]
    assert harness.read("play", trace)[-1][0] is (later > BUCKETS)


def test_largest_amounts_are_counted_exactly(harness):
    """I22: 96 bits."""
    steps = [
        (START, 450, 0, 0, 0),
        (START, 0, LARGEST - 1, LARGEST, LARGEST),
        (START, 0, 2, LARGEST, LARGEST),
        (START, 0, 2**256 - 1, LARGEST, LARGEST),
        (START, 0, 1, LARGEST, LARGEST),
        (START, 0, 1, LARGEST, LARGEST),
    ]
    results = [result for result, _, _ in run(harness, steps)]
    refused = ("WindowLimitExceeded", 1)
    assert results == [None, None, refused, refused, None, ("WindowLimitExceeded", 0)]


def test_limits_below_the_spent_amount_leave_nothing(harness):
    """A new mandate can set such limits."""
    steps = [(START, 450, 0, 0, 0), (START, 0, 50, 100, 100), (START, 0, 1, 40, 100), (START + 9 * 450, 0, 1, 40, 30)]
    assert [result for result, _, _ in run(harness, steps)][2:] == [
        ("WindowLimitExceeded", 0),
        ("LifetimeLimitExceeded", 0),
    ]


# The documentation's tables


def documented(heading):
    """The steps of a table `at | payment | result | counted afterwards | why`, and their documented results."""
    midnight = START // 86_400 * 86_400
    # The limit is the document's: 500 in 24 hours, in buckets of 3.
    steps, outcomes = [(midnight, 10_800, 0, 0, 0)], [(None, 0)]
    for at, what, result, counted, _ in accounting_table(heading):
        hour, minute = map(int, at.split(":"))
        time = midnight + hour * 3600 + minute * 60
        if what.startswith("window of "):
            steps.append((time, int(what.split()[2]) * 3600 // BUCKETS, 0, 0, 0))
        else:
            steps.append((time, 0, int(what), 500, 10_000))
        refused = re.fullmatch(r"`(\w+)\((\d+), (\d+)\)`", result)
        assert refused or result in ("paid", "set")
        outcomes.append(((refused[1], int(refused[3])) if refused else None, int(counted)))
    return steps, outcomes


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("### Worked numbers", 7),
        ("### What a fixed day would have let through", 4),
        ("### A worked change of length", 5),
    ],
)
def test_documented_payments_give_the_documented_results(harness, heading, rows):
    steps, outcomes = documented(heading)
    assert len(steps) == rows + 1
    assert [(result, counted) for result, counted, _ in run(harness, steps)] == outcomes


def test_fixed_day_would_allow_the_documented_amount():
    steps, outcomes = documented("### What a fixed day would have let through")
    by_day, paid = Counter(), []
    for time, _, charge, limit, _ in steps[1:]:
        if by_day[time // 86_400] + charge <= limit:
            by_day[time // 86_400] += charge
            paid.append((time, charge))
    exact = ExactWindow(paid)
    assert exact.most(86_400) == 1000
    # The ledger refuses what the fixed day lets through.
    assert [result is None for result, _ in outcomes[1:3]] == [True, False]


def test_documented_charges_equal_the_packages():
    rows = accounting_table("## What a payment charges")
    assert len(rows) == 4
    address = "0x" + "11" * 20
    for _, decimals, unit, amount, charge in rows:
        budget = Budget("USD", 1, 1, (), (Token(address, int(decimals)),), decimals=int(unit))
        assert budget.charge(address, number(amount)) == number(charge)


def test_documented_gas_of_a_new_bucket_is_within_a_tenth():
    gas = committed(GAS)
    more = gas[cadence_row("a day")] - gas["pay, second in its window, one token and one payee"]
    documented = re.search(r"about ([\d,]+) gas more", ACCOUNTING)
    assert documented
    assert abs(number(documented[1]) - more) <= more / 10


def number(cell):
    """The number that a cell begins with."""
    return int(cell.split()[0].replace(",", ""))
