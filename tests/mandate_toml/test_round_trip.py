"""A mandate that is written and read again is the same, down to the hash and the code that the wallet stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from peculium import (
    ANY_SPENT,
    FOREVER,
    NATIVE,
    NO_LIMIT,
    Argument,
    Budget,
    CallRule,
    ChequeBook,
    ContractError,
    Floor,
    GasTerms,
    InvalidInput,
    LimitedPayee,
    Mandate,
    Token,
    Window,
)
from peculium.mandate.toml import dump_mandate, load_mandate, read_mandate

HOUR = timedelta(hours=1)
A, B, C, D, E, F = (f"0x{digit * 40}" for digit in "123456")

addresses = st.binary(min_size=20, max_size=20).filter(any).map(lambda raw: "0x" + raw.hex())
moments = st.integers(1_700_000_000, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
lengths = st.integers(450, 2**24 - 1).map(lambda width: timedelta(seconds=8 * width))
usual_lengths = st.sampled_from([HOUR, 24 * HOUR, 7 * 24 * HOUR, 30 * 24 * HOUR])
words = st.one_of(
    st.integers(0, 2**256 - 1), st.integers(0, 1_000), addresses, st.binary(min_size=32, max_size=32)
).map(lambda value: Argument.equal(value).values[0])
arguments = st.one_of(
    st.sampled_from([Argument.any(), Argument.any_address(), Argument.this_wallet(), Argument.listed_payee()]),
    words.map(Argument.equal),
    st.lists(words, min_size=1, max_size=3).map(lambda values: Argument.one_of(*values)),
    st.integers(0, 2**256 - 1).map(Argument.at_most),
    st.integers(0, 2**256 - 1).map(Argument.at_least),
)
FUNCTIONS = ["f()", "deposit(uint256,address)", "swap((address,uint24)[],bytes32)", "0x12345678", "pay(uint)"]


def whole(units, decimals):
    return Decimal(units).scaleb(-decimals)


@st.composite
def budgets(draw, currency, tokens):
    decimals = draw(st.sampled_from([0, 2, 6, 18]))
    limits = sorted(draw(st.lists(st.integers(0, 10**9), min_size=6, max_size=6)))
    window_lengths = sorted(draw(st.lists(st.one_of(lengths, usual_lengths), min_size=1, max_size=4, unique=True)))
    amounts = [whole(units, decimals) for units in limits]
    payees = draw(st.lists(addresses, min_size=1, max_size=4, unique=True))
    own_terms = st.tuples(
        st.one_of(st.just(NO_LIMIT), st.just(amounts[3])), st.one_of(st.just(FOREVER), st.just(4_000_000_001))
    )
    limited = [LimitedPayee(payee, *draw(own_terms)) for payee in payees[2:]]
    strangers = draw(st.booleans()) and limits[0] > 0
    return Budget(
        currency,
        amounts[0],
        amounts[5],
        [Window(length, amounts[1 + i]) for i, length in enumerate(window_lengths)],
        tokens,
        payees[:2],
        limited,
        decimals,
        draw(st.one_of(st.just(ANY_SPENT), st.just(amounts[2]))),
        amounts[0] if strangers else 0,
        amounts[0] if strangers else 0,
    )


@st.composite
def rules(draw, tokens, guard):
    token = draw(st.sampled_from(tokens))
    native = NATIVE in [each.address for each in tokens]
    floor_token = draw(st.sampled_from([*[each.address for each in tokens], E, NATIVE]))
    pull = draw(st.integers(0, 100)) if token.address != NATIVE else 0
    with_floor = pull and floor_token not in (token.address, guard) and draw(st.booleans())
    numbers = st.one_of(st.integers(1, 2**96 - 1), st.integers(1, 20), st.just(10**12))
    return CallRule(
        draw(addresses),
        draw(st.sampled_from(FUNCTIONS)),
        draw(st.lists(arguments, max_size=4)),
        "0.5" if native and not with_floor else 0,
        pull,
        token.address,
        draw(st.integers(0, 255)),
        Floor(floor_token, draw(numbers), draw(numbers)) if with_floor else None,
        max_calls=draw(st.integers(1, 2**32 - 1)),
        window=draw(st.one_of(lengths, usual_lengths)),
    )


@st.composite
def mandates(draw):
    """A mandate that a wallet takes, as far as it depends on the mandate alone."""
    first = [Token(C, 6), Token(D, 18)][: draw(st.integers(1, 2))]
    found = [draw(budgets("USD", first))]
    if draw(st.booleans()):
        found.append(draw(budgets("ETH", [Token(NATIVE, 18)])))
    tokens = [token for budget in found for token in budget.tokens]
    requests, ages = draw(st.integers(0, 255)), st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
    guard = draw(st.one_of(st.just("0x" + "00" * 20), st.just(F)))
    start = draw(moments)
    mandate = Mandate(
        A,
        B,
        start,
        draw(st.one_of(st.just(FOREVER), ages.map(lambda age: start + age))),
        found,
        draw(st.integers(0, 2**64 - 1)),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.binary(min_size=32, max_size=32)),
        draw(st.text(st.characters(codec="utf-8"), max_size=20)),
        draw(st.lists(rules(tokens, guard), max_size=3)),
        [],
        requests,
        draw(ages) if requests else timedelta(0),
        draw(st.one_of(st.just(timedelta(0)), ages)),
        draw(st.sampled_from([GasTerms(), GasTerms("0.001", "0.0025", HOUR), GasTerms(1, 1, timedelta(hours=7))])),
        guard,
    )
    try:
        mandate.check()
    except (ContractError, InvalidInput):
        assume(False)
    return mandate


NAMES = {"principal": A, "agent": B, "USDC": C, "DAI": D, "Jo's vault & co": E, "fleet": F}


@given(mandates(), st.sampled_from([{}, NAMES]))
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_mandate_that_is_written_and_read_is_the_same(mandate, names):
    """I27. The three forms agree: the file, the signed data, and the code that the wallet stores."""
    read = load_mandate(dump_mandate(mandate, names))
    assert read.message() == mandate.message()
    assert read.hash() == mandate.hash()
    assert read.code() == mandate.code()
    assert load_mandate(dump_mandate(read)) == read


BUDGET = Budget("USD", 10, 10**6, [Window(24 * HOUR, 1_000)], [Token(C, 6), Token(D, 18)], [E])
EURO = Budget("EUR", 10, 10**6, [Window(24 * HOUR, 1_000)], [Token(F, 6)], [E])
MANDATE = Mandate(A, B, 1_800_000_000, 1_800_864_000, [BUDGET, EURO])


@pytest.mark.parametrize("strangers", [False, True])
@pytest.mark.parametrize("order", [1, -1])
def test_cheque_books_keep_their_order(order, strangers):
    """The order is part of the hash."""
    books = [ChequeBook(D, 2, 1, HOUR, strangers), ChequeBook(F, 3, 2, HOUR)][::order]
    terms = {"stranger_payment_limit": 5, "stranger_window_limit": 500}
    mandate = replace(MANDATE, budgets=[replace(BUDGET, **terms), EURO], cheque_books=books)
    assert load_mandate(dump_mandate(mandate, NAMES)).hash() == mandate.hash()


@pytest.mark.parametrize(
    ("floor", "text"),
    [
        (Floor.of(D, 18, "0.9", 6), 'floor = "0.9 DAI per USDC"'),
        (Floor.of(D, 18, "0.000475", 6), 'floor = "0.000475 DAI per USDC"'),
        (Floor(D, 2, 2), 'floor = {token = "DAI", gain = 2, per = 2}'),
        (Floor(D, 1, 3), 'floor = {token = "DAI", gain = 1, per = 3}'),
        (Floor(E, 9, 10), 'floor = {token = "Jo\'s vault & co", gain = 9, per = 10}'),
    ],
)
def test_a_floor_is_written_in_whole_tokens_if_that_is_exact(floor, text):
    rule = CallRule(E, "f()", pull_limit=5, token=C, floor=floor, max_calls=1, window=HOUR)
    mandate = replace(MANDATE, calls=[rule])
    written = dump_mandate(mandate, NAMES)
    assert text in written
    assert load_mandate(written).hash() == mandate.hash()


def test_names_are_written_once_and_read_back():
    written = dump_mandate(MANDATE, NAMES | {"unused": "0x" + "99" * 20})
    assert "unused" not in written
    assert written.count(A) == 1
    assert read_mandate(written).names["USDC"] == C


def test_dump_refuses_two_names_of_one_address():
    with pytest.raises(InvalidInput, match="Two names stand for one address"):
        dump_mandate(MANDATE, {"a": A, "b": A})


def test_dump_refuses_a_mandate_that_no_wallet_takes():
    with pytest.raises(ContractError):
        dump_mandate(replace(MANDATE, budgets=[replace(BUDGET, lifetime_limit=1)]))
