"""Replacing a mandate charges the cheques that it had: exactly those that were used, or all if they are many (I29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import ChequeBook, Domain, Token
from peculium.wallet.cheques import sign_cheque
from verification.testing.durations import DAY

USD = 10**6
PERIOD = 3600
COUNT, LIMIT = 4, 1
MANY = 30
MAX_LOOKUPS = 64
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
USDC = Domain("USD Coin", "2")


@pytest.fixture
def book(usdc):
    """A book of four cheques of one dollar per hour."""
    return ChequeBook(usdc.address, COUNT, Decimal(LIMIT), timedelta(seconds=PERIOD))


@pytest.fixture
def large_book(book):
    """A book of thirty cheques of ten cents per hour: those of three periods are too many to look up."""
    return replace(book, count=MANY, limit=Decimal("0.1"))


@pytest.fixture
def created(checkpoint, new_agent, book, now, time_travel):
    """An agent with the book. Its mandate begins in the first minute of an hour."""

    def create():
        time_travel(to=(now() // PERIOD + 1) * PERIOD + 30)
        return new_agent(cheque_books=(book,))

    return checkpoint.share("created", create)


@pytest.fixture
def use(created, usdc, payee, relayer):
    """Writes a cheque of the present period and settles it."""

    def make(slot=0, amount=LIMIT):
        cheque = sign_cheque(created.wallet, created.agent, usdc.address, payee.address, amount, USDC, slot)
        usdc.send(relayer, TRANSFER, *cheque.authorization.transfer(created.wallet.address), cheque.signature)

    return make


@pytest.fixture
def next_period(now, time_travel):
    """Goes so many periods ahead, to their first second."""
    return lambda periods=1: time_travel(to=(now() // PERIOD + periods) * PERIOD)


# Exactly


@pytest.mark.parametrize("used", range(COUNT + 1))
def test_charges_exactly_the_cheques_that_were_used(used, created, use, replace_mandate):
    """A renewal must not charge cheques that were never written."""
    for slot in range(used):
        use(slot)
    replace_mandate(created)
    assert created.wallet.spent("USD") == used * LIMIT
    assert created.wallet.remaining("USD").window == 500 - used * LIMIT


def test_charges_a_used_cheque_in_full(created, use, replace_mandate):
    """The wallet doesn't know the amount."""
    use(amount="0.01")
    replace_mandate(created)
    assert created.wallet.spent("USD") == LIMIT


def test_charges_the_cheques_of_every_period(created, use, next_period, replace_mandate):
    for used in (1, 0, 3, 2):
        for slot in range(used):
            use(slot)
        next_period()
    replace_mandate(created)
    assert created.wallet.spent("USD") == 6 * LIMIT


@pytest.mark.parametrize(("periods", "charged"), [(15, 1), (16, 1), (17, 17 * COUNT)])
def test_looks_up_at_most_64_cheques(periods, charged, created, use, next_period, replace_mandate):
    """Sixteen periods have 64. Of more, all are charged."""
    assert 16 * COUNT == MAX_LOOKUPS
    use()
    next_period(periods - 1)
    replace_mandate(created)
    assert created.wallet.spent("USD") == charged * LIMIT


@pytest.mark.parametrize("code", ["0x00", "0xfe", "0x60006000fd", "0x600260005260206000f3"])
def test_charges_a_cheque_that_the_token_does_not_report(code, created, next_period, replace_mandate, usdc, dai, web3):
    """I15. Nor can a token that uses all gas prevent the renewal."""
    web3.provider.make_request("anvil_setCode", [usdc.address, code])
    next_period()
    replace_mandate(created, tokens=(Token(dai.address, 18),))
    assert created.wallet.spent("USD") == 2 * COUNT * LIMIT


def test_cheques_of_periods_before_the_window_count_for_life_only(created, use, replace_mandate, book, next_period):
    """With periods of a day, four days have few enough cheques to look up."""
    replace_mandate(created, cheque_books=(replace(book, period=timedelta(days=1)),))
    use(0)
    use(1)
    next_period(72)
    use(2)
    replace_mandate(created)
    assert created.wallet.spent("USD") == 3 * LIMIT
    assert created.wallet.remaining("USD").window == 500 - LIMIT


# All


def test_charges_every_cheque_of_every_period_in_force_if_they_are_many(created, replace_mandate, time_travel, now):
    """I3. The window holds only the charge of the periods that it overlaps."""
    time_travel(seconds=2 * DAY)
    replace_mandate(created)
    periods = now() // PERIOD - created.mandate.valid_from // PERIOD + 1
    assert created.wallet.spent("USD") == periods * COUNT * LIMIT
    assert created.wallet.remaining("USD").window == 500 - 25 * COUNT * LIMIT


@pytest.mark.parametrize("shift", [-1, 0, 1, 2])
@pytest.mark.parametrize("delay", [-2, -1, 0, 1, DAY])
def test_charges_through_the_last_second_in_force(shift, delay, created, replace_mandate, large_book, now, time_travel):
    """A period may begin in the last second."""
    first = now() // PERIOD
    end = (first + 3) * PERIOD + shift
    replace_mandate(created, cheque_books=(large_book,), valid_until=end)
    before = created.wallet.spent("USD")
    time_travel(next_at=end + delay)
    replace_mandate(created, valid_until=end + 30 * DAY)
    last = min(end + delay, end - 1)
    periods = last // PERIOD - first + 1
    assert periods * MANY > MAX_LOOKUPS
    assert created.wallet.spent("USD") - before == periods * MANY * large_book.limit


@pytest.mark.parametrize("hours", [0, 10])
def test_charges_nothing_for_the_time_before_the_mandate_was_set(
    hours, created, replace_mandate, large_book, now, next_period
):
    """Its validity may begin long before."""
    replace_mandate(created, cheque_books=(large_book,), valid_from=now() - hours * 3600)
    set_at = now()
    next_period(4)
    replace_mandate(created)
    periods = now() // PERIOD - set_at // PERIOD + 1
    assert created.wallet.spent("USD") == periods * MANY * large_book.limit


@pytest.mark.parametrize("seconds_before", [1, 60, PERIOD, 3 * PERIOD])
def test_charges_nothing_for_a_mandate_that_is_replaced_before_it_begins(
    seconds_before, created, replace_mandate, large_book, now, time_travel
):
    """It is replaced up to one second before its mandate begins."""
    start = now() + 3 * PERIOD
    replace_mandate(created, cheque_books=(large_book,), valid_from=start)
    before = created.wallet.spent("USD")
    time_travel(next_at=start - seconds_before)
    replace_mandate(created)
    assert created.wallet.spent("USD") == before


# Lifting


def test_lifted_book_is_charged_until_it_was_lifted(created, use, replace_mandate, next_period):
    use()
    created.wallet.lift_mandate(created.principal)
    next_period(120)
    replace_mandate(created)
    assert created.wallet.spent("USD") == LIMIT


def test_lifted_book_is_charged_through_the_period_in_which_it_was_lifted(
    created, replace_mandate, large_book, next_period, now
):
    replace_mandate(created, cheque_books=(large_book,))
    set_at = now()
    next_period(3)
    created.wallet.lift_mandate(created.principal)
    lifted_at = now()
    next_period(50)
    replace_mandate(created)
    periods = lifted_at // PERIOD - set_at // PERIOD + 1
    assert created.wallet.spent("USD") == periods * MANY * large_book.limit


def test_book_is_charged_once(created, use, replace_mandate, book):
    """Also when mandates without a book follow, and are lifted."""
    use()
    replace_mandate(created)
    assert created.wallet.spent("USD") == LIMIT
    created.wallet.lift_mandate(created.principal)
    replace_mandate(created)
    replace_mandate(created, cheque_books=(book,))
    replace_mandate(created)
    assert created.wallet.spent("USD") == LIMIT


# Renewals


@pytest.mark.parametrize("replacement", ["same", "more cheques", "larger cheques", "other period", "lifted first"])
def test_replacing_the_mandate_does_not_raise_the_total(replacement, created, use, usdc, payee, replace_mandate, book):
    """I29. The mandate is replaced within a period, after all possible payments and cheques."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    for slot in range(COUNT):
        use(slot)
    changed = {
        "more cheques": replace(book, count=8),
        "larger cheques": replace(book, limit=Decimal(2)),
        "other period": replace(book, period=timedelta(hours=2)),
    }.get(replacement, book)
    if replacement == "lifted first":
        created.wallet.lift_mandate(created.principal)
    replace_mandate(created, cheque_books=(changed,))
    # If what was charged leaves no room for the new reserve, the wallet accepts neither payments nor cheques until the
    # window has room.
    charged = 400 + COUNT * LIMIT
    assert created.wallet.spent("USD") == charged
    window = created.wallet.remaining("USD").windows[0]
    has_room = charged <= window.limit
    assert has_room is (replacement == "other period")
    cheque = sign_cheque(created.wallet, created.agent, usdc.address, payee.address, LIMIT, USDC, 0)
    digest = cheque.authorization.digest(created.wallet.address, created.wallet.web3.eth.chain_id)
    assert created.wallet.is_valid_signature(digest, cheque.signature) is has_room
    reserve = changed.within(DAY, int(changed.limit))
    assert charged + window.remaining + (reserve if has_room else 0) <= 500


def test_cheques_are_valid_again_when_the_window_has_room(
    created, use, usdc, payee, replace_mandate, book, time_travel
):
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    use()
    replace_mandate(created, cheque_books=(book,))

    def is_valid():
        cheque = sign_cheque(created.wallet, created.agent, usdc.address, payee.address, LIMIT, USDC, 1)
        digest = cheque.authorization.digest(created.wallet.address, created.wallet.web3.eth.chain_id)
        return created.wallet.is_valid_signature(digest, cheque.signature)

    assert not is_valid()
    time_travel(seconds=2 * DAY)
    assert is_valid()
