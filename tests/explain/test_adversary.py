"""Whoever has the agent key tries everything at random times, against the model of the wallet's limits, and never gets more."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from peculium import (
    NO_LIMIT,
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    ContractError,
    LimitedPayee,
    Mandate,
    Token,
    Window,
)
from peculium.explain import worst_cases
from verification.scenarios.model.ledger import BUCKETS, ExactWindow, Ledger
from verification.scenarios.model.terms import Book
from verification.scenarios.model.terms import Budget as Limits

A, B, C, D, E, F = (f"0x{digit * 40}" for digit in "123456")
START, HOUR, DAY = 1_800_000_000, 3_600, 86_400
PLENTY = 10**9


def seconds(length):
    return timedelta(seconds=length)


@st.composite
def mandates(draw):
    """A budget of whole units that some of these can take from: payees, limited payees, strangers, calls, cheques."""
    start = START + draw(st.integers(0, DAY))
    validity = draw(st.one_of(st.integers(1, 2 * HOUR), st.integers(1, 4 * DAY)))
    window_lengths = sorted(draw(st.lists(st.sampled_from([1, 2, 6, 24, 31, 48]), min_size=1, max_size=3, unique=True)))
    limits = sorted(draw(st.lists(st.integers(20, 200), min_size=len(window_lengths), max_size=len(window_lengths))))
    ends = st.one_of(st.just(start + validity), st.integers(start + 1, start + 4 * DAY))
    own = st.builds(LimitedPayee, st.just(E), st.one_of(st.just(NO_LIMIT), st.integers(1, 60)), ends)
    other = st.builds(LimitedPayee, st.just(F), st.integers(1, 60), ends)
    strangers = draw(st.one_of(st.just(0), st.integers(1, 20)))
    calls = draw(st.booleans())
    books = st.builds(
        ChequeBook,
        st.just(C),
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(900, 2 * DAY).map(seconds),
        st.booleans(),
    )
    budget = Budget(
        "USD", 10, draw(st.integers(200, 1_000)),
        [Window(seconds(HOUR * length), limit) for length, limit in zip(window_lengths, limits, strict=True)],
        [Token(C, 0)], draw(st.sampled_from([(), (D,)])), [*draw(st.lists(own, max_size=1)), *draw(st.lists(other, max_size=1))],
        0, stranger_payment_limit=min(strangers, 10), stranger_window_limit=strangers,
    )  # fmt: skip
    rule = CallRule(A, "f()", [], pull_limit=7, max_calls=2, window=seconds(3 * HOUR))
    charged = CallRule(A, "g(uint256)", [Argument.charged()], max_calls=1, window=seconds(3 * HOUR))
    mandate = Mandate(
        A, B, start, start + validity, [budget], calls=[rule, charged] if calls else [], cheque_books=draw(st.lists(books, max_size=1))
    )  # fmt: skip
    try:
        mandate.check()
    except ContractError:
        assume(False)
    return mandate


class Adversary:
    """Has the agent key. Takes as much as the model of the wallet's limits lets it, in a given order."""

    def __init__(self, mandate):
        self.mandate, self.budget = mandate, mandate.budgets[0]
        book = mandate.cheque_books[0] if mandate.cheque_books else None
        period = int(book.period.total_seconds()) if book else 0
        self.book = Book(C, book.count, int(book.limit), period, book.strangers) if book else None
        windows = tuple((int(each.length.total_seconds()), int(each.limit)) for each in self.budget.windows)
        self.limits = Limits(
            "USD", 0, 10, int(self.budget.lifetime_limit), 0, windows, {C: 0}, 0,
            int(self.budget.stranger_window_limit), frozenset(), {}, self.book,
        )  # fmt: skip
        reserve = self.book.between(mandate.valid_from, mandate.valid_until - 1) if self.book else 0
        self.lifetime = int(self.budget.lifetime_limit) - reserve
        self.ledger, self.strangers, self.calls = Ledger(), Ledger(), {}
        self.ledger.open(START, self.limits.widths())
        self.strangers.open(START, self.limits.widths()[:1])
        self.paid, self.cheques, self.log = {}, set(), ExactWindow()

    def act(self, way, time):
        """Takes in one way until it is refused."""
        while self.mandate.valid_from <= time < self.mandate.valid_until and (amount := getattr(self, way)(time)):
            self.log.add(time, amount)

    def _charge(self, time, most):
        left = [limit - self.ledger.counted(i, time) for i, limit in enumerate(self.limits.limits())]
        amount = max(min(most, 10, *left, self.lifetime - self.ledger.spent), 0)
        if amount:
            assert self.ledger.charge(time, amount, self.limits.limits(), self.lifetime) is None
        return amount

    def payee(self, time):
        return self._charge(time, PLENTY) if self.budget.payees else 0

    def limited(self, time):
        for each in self.budget.limited_payees:
            left = PLENTY if each.limit == NO_LIMIT else int(each.limit) - self.paid.get(each.payee, 0)
            if time < each.valid_until and (amount := self._charge(time, left)):
                self.paid[each.payee] = self.paid.get(each.payee, 0) + amount
                return amount
        return 0

    def stranger(self, time):
        limit = self.limits.stranger_limit()
        left = min(int(self.budget.stranger_payment_limit), limit - self.strangers.counted(0, time))
        amount = self._charge(time, max(left, 0))
        if amount:
            assert self.strangers.charge(time, amount, [limit], PLENTY) is None
        return amount

    def call(self, time):
        for rule in self.mandate.calls:
            ledger = self.calls.setdefault(rule.selector, Ledger())
            ledger.open(time, [int(rule.window.total_seconds()) // BUCKETS])
            if ledger.counted(0, time) < rule.max_calls:
                amount = self._charge(time, int(rule.pull_limit) or PLENTY)
                if amount:
                    assert ledger.charge(time, 1, [rule.max_calls], PLENTY) is None
                    return amount
        return 0

    def cheque(self, time):
        if self.book is None or not (
            self.budget.payees or (self.book.strangers and self.budget.stranger_payment_limit)
        ):
            return 0
        for slot in range(self.book.cheques):
            if (time // self.book.period, slot) not in self.cheques:
                self.cheques.add((time // self.book.period, slot))
                return self.book.limit
        return 0


WAYS = ["payee", "limited", "stranger", "call", "cheque"]


@given(mandates(), st.data())
@settings(max_examples=150, deadline=None)
def test_takes_no_more_than_the_worst_case(mandate, data):
    worst = worst_cases(mandate)[0]
    adversary, length = Adversary(mandate), mandate.valid_until - mandate.valid_from
    steps = st.lists(st.integers(0, length - 1), min_size=1, max_size=12)
    for after in sorted(data.draw(steps)):
        for way in data.draw(st.permutations(WAYS)):
            adversary.act(way, mandate.valid_from + after)
    assert adversary.log.most(1) <= worst.now
    assert adversary.log.most(DAY) <= worst.any_24_hours
    assert adversary.log.most(length + 1) <= worst.ever


@given(mandates())
@settings(max_examples=100, deadline=None)
def test_takes_the_worst_case_at_once(mandate):
    """The first second reaches what is said, also where only strangers, calls or payees with terms of their own take."""
    adversary = Adversary(mandate)
    for way in WAYS:
        adversary.act(way, mandate.valid_from)
    assert adversary.log.most(1) == worst_cases(mandate)[0].now


@given(st.integers(0, 3), st.integers(1, 2), st.integers(900, 2 * DAY), st.integers(0, 10 * DAY))
@settings(max_examples=100, deadline=None)
def test_takes_the_worst_case_of_a_day(count, limit, period, after):
    """All at once in the last second of a period, and then every cheque of each period that the day touches."""
    start = START + after
    budget = Budget("USD", 10, 50_000, [Window(seconds(DAY), 1_000)], [Token(C, 0)], (D,), decimals=0)
    books = [ChequeBook(C, count, limit, seconds(period))] if count else []
    mandate = Mandate(A, B, start, start + 30 * DAY, [budget], cheque_books=books)
    adversary = Adversary(mandate)
    time = start + (-start - 1) % period
    adversary.act("payee", time)
    for moment in [time, *range(time + 1, time + DAY, period)]:
        adversary.act("cheque", moment)
    assert adversary.log.most(DAY) == worst_cases(mandate)[0].any_24_hours
