"""The worst case in money is never too little, and an adversary reaches it as far as the ledger's buckets let it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peculium import (
    FOREVER,
    NATIVE,
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    GasTerms,
    InvalidInput,
    LimitedPayee,
    Mandate,
    OperationGas,
    Remaining,
    Token,
    Window,
    WindowState,
    errors,
)
from peculium.explain import WalletState, rolling, worst_cases
from peculium.explain.rolling import most_within
from verification.scenarios.model.ledger import BUCKETS, ExactWindow, Ledger

A, B, C, D, E = (f"0x{digit * 40}" for digit in "12345")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START = 1_800_000_000
USDC = Token(C, 6)
BUDGET = Budget("USD", 50, 5_000, [Window(DAY, 200)], [USDC], [D])
MANDATE = Mandate(A, B, START, START + 90 * 86_400, [BUDGET])


def worst(budget=BUDGET, state=None, **changes):
    """Now, in any 24 hours, and ever."""
    found = worst_cases(replace(MANDATE, budgets=[budget], **changes), state)[0]
    return found.now, found.any_24_hours, found.ever


def state_of(mandate, *, left, lifetime, pending=0, held=10_000, seconds=0, **changes):
    remaining = Remaining(
        Decimal(50), Decimal(5_000), Decimal(lifetime), Decimal(pending), None,
        (WindowState(DAY, Decimal(200), Decimal(left), None, Decimal(0)),),
    )  # fmt: skip
    at = datetime.fromtimestamp(START + seconds, UTC)
    state = WalletState(mandate.hash(), at, True, {"USD": remaining}, {C: Decimal(held)})
    return replace(state, **changes)


class TestRefusals:
    def test_refuses_a_mandate_that_no_wallet_takes(self):
        with pytest.raises(errors.LimitsContradict):
            worst(replace(BUDGET, lifetime_limit=1))

    def test_refuses_the_state_of_another_mandate(self):
        state = state_of(replace(MANDATE, round=1), left=1, lifetime=1)
        with pytest.raises(InvalidInput, match="that of another mandate"):
            worst(state=state)


class TestLimits:
    def test_is_bounded_by_windows_and_life(self):
        assert worst() == (200, 200, 5_000)

    def test_of_a_short_validity_is_what_its_windows_let_through(self):
        assert worst(valid_until=START + 10 * 86_400) == (200, 200, 2_000)
        assert worst(valid_until=START + 10 * 86_400 + 1) == (200, 200, 2_200)

    def test_of_a_shorter_window_counts_it_more_than_once_a_day(self):
        assert worst(replace(BUDGET, windows=[Window(timedelta(hours=6), 100)])) == (100, 400, 5_000)

    def test_of_a_longer_window_is_its_limit(self):
        assert worst(replace(BUDGET, windows=[Window(DAY, 200), Window(7 * DAY, 300)])) == (200, 200, 3_900)

    def test_without_payment_is_nothing(self):
        assert worst(replace(BUDGET, payment_limit=0)) == (0, 0, 0)

    def test_without_end_is_the_lifetime_limit(self):
        assert worst(valid_until=FOREVER) == (200, 200, 5_000)


class TestPayees:
    def test_of_limited_payees_is_the_sum_of_their_limits(self):
        budget = replace(BUDGET, payees=(), limited_payees=[LimitedPayee(D, 10), LimitedPayee(E, 20)])
        assert worst(budget) == (30, 30, 30)

    def test_of_a_payee_with_an_end_is_what_the_windows_let_through_until_then(self):
        budget = replace(BUDGET, payees=(), limited_payees=[LimitedPayee(D, 5_000, START + 2 * 86_400)])
        assert worst(budget) == (200, 200, 400)

    def test_of_strangers_is_what_their_window_lets_through(self):
        strangers = {"stranger_payment_limit": 1, "stranger_window_limit": 5}
        assert worst(replace(BUDGET, payees=(), **strangers)) == (5, 5, 450)
        assert worst(replace(BUDGET, **strangers)) == (200, 200, 5_000)


class TestCalls:
    RULE = CallRule(E, "f(uint256)", [Argument.any()], pull_limit=20, max_calls=3, window=DAY)

    def test_of_calls_alone_is_what_they_take(self):
        assert worst(replace(BUDGET, payees=()), calls=[self.RULE]) == (60, 60, 5_000)

    def test_variants_share_their_number(self):
        variant = replace(self.RULE, variant=1, pull_limit=30)
        assert worst(replace(BUDGET, payees=()), calls=[self.RULE, variant]) == (90, 90, 5_000)

    def test_no_call_takes_more_than_one_payment(self):
        assert worst(replace(BUDGET, payees=()), calls=[replace(self.RULE, pull_limit=70)]) == (150, 150, 5_000)
        charged = replace(self.RULE, pull_limit=0, arguments=[Argument.charged()])
        assert worst(replace(BUDGET, payees=()), calls=[charged]) == (150, 150, 5_000)

    def test_what_is_sent_counts_in_the_native_budget(self):
        ether = Budget("ETH", 1, 10, [Window(DAY, 5)], [Token(NATIVE, 18)], decimals=18)
        rule = replace(self.RULE, value_limit="0.5", token=C, pull_limit=0)
        found = worst_cases(replace(MANDATE, budgets=[ether, BUDGET], calls=[rule]))
        assert [each.now for each in found] == [Decimal("1.5"), 200]


class TestCheques:
    BOOK = ChequeBook(C, 4, 1, HOUR)

    def test_are_within_the_limits(self):
        # 100 are reserved. Payments take 100 at once, and cheques the 4 of the hour; 25 hours touch any 24.
        assert worst(cheque_books=[self.BOOK], valid_until=START + 30 * 86_400) == (104, 200, 5_000)

    def test_nobody_takes_them_if_all_payees_have_terms_of_their_own(self):
        budget = replace(BUDGET, payees=(), limited_payees=[LimitedPayee(D)])
        assert worst(budget, cheque_books=[self.BOOK], valid_until=START + 30 * 86_400) == (100, 100, 2_120)

    def test_to_strangers_are_within_the_limits_of_strangers(self):
        budget = replace(BUDGET, payees=(), stranger_payment_limit=1, stranger_window_limit=150)
        book = replace(self.BOOK, strangers=True)
        # A day that begins with an hour touches 24 of them, any other 25.
        assert worst(budget, cheque_books=[book], valid_until=START + 86_400) == (54, 146, 146)
        assert worst(budget, cheque_books=[book], valid_until=START + 2 * 86_400) == (54, 150, 292)


class TestGas:
    def test_is_a_line_of_its_own(self):
        gas = worst_cases(replace(MANDATE, gas_terms=GasTerms("0.001", "0.003", timedelta(hours=6))))[-1]
        assert (gas.gas, gas.now, gas.any_24_hours, gas.ever) == (
            True,
            Decimal("0.003"),
            Decimal("0.012"),
            Decimal("1.08"),
        )

    def test_has_no_bound_without_an_end(self):
        terms = GasTerms("0.001", "0.003", DAY)
        assert worst_cases(replace(MANDATE, gas_terms=terms, valid_until=FOREVER))[-1].ever is None

    def test_now_is_what_is_left(self):
        mandate = replace(MANDATE, gas_terms=GasTerms("0.001", "0.003", DAY))
        gas = OperationGas(Decimal("0.001"), Decimal("0.003"), Decimal("0.002"), DAY)
        assert worst_cases(mandate, state_of(mandate, left=200, lifetime=5_000, gas=gas))[-1].now == Decimal("0.002")


class TestState:
    def test_now_is_what_is_left(self):
        assert worst(state=state_of(MANDATE, left=70, lifetime=900)) == (70, 200, 900)

    def test_now_is_at_most_what_the_wallet_holds(self):
        assert worst(state=state_of(MANDATE, left=70, lifetime=900, held=12)) == (12, 200, 900)

    def test_now_includes_what_was_authorized_before(self):
        assert worst(state=state_of(MANDATE, left=70, lifetime=900, pending=30)) == (100, 200, 930)

    def test_now_is_nothing_while_the_agent_is_stopped(self):
        assert worst(state=state_of(MANDATE, left=70, lifetime=900, live=False)) == (0, 200, 900)

    def test_now_is_nothing_before_the_start(self):
        assert worst(state=state_of(MANDATE, left=70, lifetime=900, seconds=-1)) == (0, 200, 900)

    def test_counts_the_time_that_is_left(self):
        state = state_of(MANDATE, left=200, lifetime=5_000, seconds=88 * 86_400)
        assert worst(state=state) == (200, 200, 400)

    def test_counts_what_limited_payees_were_paid(self):
        budget = replace(BUDGET, payees=(), limited_payees=[LimitedPayee(D, 50)])
        mandate = replace(MANDATE, budgets=[budget])
        state = state_of(mandate, left=200, lifetime=5_000, paid_to={("USD", D): Decimal(45)})
        assert worst(budget, state) == (5, 5, 5)

    def test_counts_the_cheques_that_are_left(self):
        mandate = replace(MANDATE, cheque_books=[TestCheques.BOOK], valid_until=START + 30 * 86_400)
        state = state_of(mandate, left=100, lifetime=2_100, cheques_left={C: 1})
        assert worst_cases(mandate, state)[0].now == 101


LENGTHS = st.lists(st.integers(450, 4_000).map(lambda width: width * BUCKETS), min_size=1, max_size=4, unique=True)


@st.composite
def windows(draw):
    """One to four windows, shortest first, with limits that don't decrease."""
    lengths = sorted(draw(LENGTHS))
    limits = sorted(draw(st.lists(st.integers(1, 50), min_size=len(lengths), max_size=len(lengths))))
    return list(zip(lengths, limits, strict=True))


def ledger_of(found):
    ledger = Ledger()
    ledger.open(START, [length // BUCKETS for length, _ in found])
    return ledger


def charge_all(ledger, found, time):
    """Charges as much as every window allows. Returns it."""
    amount = max(min(limit - ledger.counted(i, time) for i, (_, limit) in enumerate(found)), 0)
    assert ledger.charge(time, amount, [limit for _, limit in found], 10**9) is None
    return amount


@given(windows(), st.data())
@settings(max_examples=60, deadline=None)
def test_no_adversary_takes_more_in_any_interval(found, data):
    """Charges at random times, each time all that the ledger allows or some of it."""
    ledger, log, time = ledger_of(found), ExactWindow(), START
    for _ in range(data.draw(st.integers(1, 25))):
        time += data.draw(st.one_of(st.integers(0, 3), st.integers(0, found[-1][0])))
        amount = data.draw(st.sampled_from([None, 1, 2, 5]))
        if amount is None:
            log.add(time, charge_all(ledger, found, time))
        elif ledger.charge(time, amount, [limit for _, limit in found], 10**9) is None:
            log.add(time, amount)
    for length in (1, 3_600, 86_400, *(each for each, _ in found), time - START + 1):
        assert log.most(length) <= most_within(found, length)


@given(windows(), st.integers(1, 400_000))
@settings(max_examples=40, deadline=None)
def test_an_adversary_takes_as_much_if_it_waits_an_eighth_longer(found, seconds):
    """The ledger gives back at most an eighth of a window late."""
    # The definition's adversary charges when a charge leaves a window, and again then. This one does an eighth later.
    times, heap = [], [0]
    while heap and len(times) < 150 and heap[0] < seconds:
        times.append(heap[0])
        for length, _ in found:
            if times[-1] + length not in heap:
                heappush(heap, times[-1] + length)
        heappop(heap)
    ledger = ledger_of(found)
    taken = sum(charge_all(ledger, found, START + -(-time * 9 // 8)) for time in times)
    assert taken >= most_within(found, min(seconds, heap[0]))


@given(windows(), st.integers(1, 2_000_000))
@settings(max_examples=50, deadline=None)
def test_a_long_interval_is_put_together_from_parts_and_never_too_little(found, seconds):
    exact, steps = most_within(found, seconds), rolling.STEPS
    rolling.STEPS = 5
    try:
        rough = most_within(found, seconds)
    finally:
        rolling.STEPS = steps
    assert rough >= exact


def test_a_very_long_interval_takes_no_long_time():
    assert most_within([(3_600, 1)], 2**40) == -(-(2**40) // 3_600)
