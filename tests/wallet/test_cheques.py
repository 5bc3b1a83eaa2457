"""Cheques: EIP-3009 authorizations signed off-chain, so many of so much in a period, inside the budget's limits (I29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Authorization, Cheque, ChequeBook, Domain, LimitedPayee
from peculium import exceptions as errors
from peculium.actions import cheque_nonce, cheque_signature, sign_with
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.token_code import UNCLEAR_RESULTS

USD = 10**6
PERIOD = 3600
COUNT, LIMIT = 4, 1
# In any day 25 periods of an hour, and in thirty days 721.
RESERVE, LIFE = 25 * COUNT * LIMIT, 721 * COUNT * LIMIT
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
USDC = Domain("USD Coin", "2")


@pytest.fixture
def book(usdc):
    """Four cheques of a dollar an hour."""
    return ChequeBook(usdc.address, COUNT, Decimal(LIMIT), timedelta(seconds=PERIOD))


@pytest.fixture
def created(checkpoint, new_agent, book, now, time_travel, stranger):
    """It begins in the first minute of an hour."""

    def create():
        time_travel(to=(now() // PERIOD + 1) * PERIOD + 30)
        return new_agent(cheque_books=(book,), limited_payees=(LimitedPayee(stranger.address),))

    return checkpoint.share("created", create)


@pytest.fixture
def write(created, usdc, payee):
    """Writes a cheque of a dollar to the payee."""

    def sign(slot=0, amount=LIMIT, to=payee.address, by=None, now=None):
        return created.wallet.write_cheque(by or created.agent, usdc.address, to, amount, USDC, slot, now=now)

    return sign


@pytest.fixture
def cash(created, usdc, relayer):
    """Anyone settles a cheque at the token."""

    def at_the_token(cheque):
        _, payee, amount, after, before, nonce, _, _ = cheque.authorization.as_tuple()
        arguments = (created.wallet.address, payee, amount, after, before, nonce, cheque.signature)
        return usdc.send(relayer, TRANSFER, *arguments)

    return at_the_token


@pytest.fixture
def is_good(created):
    """Whether the wallet vouches for a cheque now."""
    chain = created.wallet.web3.eth.chain_id
    return lambda cheque: created.wallet.is_valid_signature(
        cheque.authorization.digest(created.wallet.address, chain), cheque.signature
    )


# What is set aside


def test_what_cheques_can_come_to_is_set_aside_from_every_limit(created, book):
    state = created.wallet.remaining("USD")
    assert (state.windows[0].limit, state.lifetime_limit) == (500 - RESERVE, 10_000 - LIFE)
    units = LIMIT * USD
    assert book.within(DAY, units) == RESERVE * USD
    assert book.between(created.mandate.valid_from, created.mandate.valid_until - 1, units) == LIFE * USD
    assert created.wallet.enforces(created.mandate)


def test_payments_do_not_use_the_cheque_reserve(created, usdc, payee):
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


# What is no cheque


@pytest.mark.parametrize("to", ["stranger", "other_agent", "agent"])
def test_only_payees_without_terms_of_their_own_get_cheques(to, write, is_good, request):
    """I6. A payee's own limit couldn't be counted."""
    assert not is_good(write(to=request.getfixturevalue(to).address))


def test_a_cheque_is_for_its_limit_at_the_most(write, is_good):
    assert is_good(write(amount=LIMIT))
    assert not is_good(write(amount=Decimal("1.000001")))


@pytest.mark.parametrize("slot", [COUNT, COUNT + 1, 2**256 - 1])
def test_there_are_no_more_cheques_than_the_book_has(slot, write, is_good):
    assert is_good(write(slot=COUNT - 1))
    assert not is_good(write(slot=slot))


@pytest.mark.parametrize("by", ["stranger", "principal", "payee"])
def test_only_the_agent_writes_them(by, write, is_good, request):
    assert not is_good(write(by=request.getfixturevalue(by)))


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_cheque_is_good_until_its_period_ends(offset, write, is_good, now, time_travel):
    """I21."""
    cheque = write()
    end = (now() // PERIOD + 1) * PERIOD
    time_travel(to=end + offset)
    assert is_good(cheque) is (offset < 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_cheque_is_good_from_when_its_period_begins(offset, write, is_good, now, time_travel):
    end = (now() // PERIOD + 1) * PERIOD
    cheque = write(now=end)
    time_travel(to=end + offset)
    assert is_good(cheque) is (offset == 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_cheque_is_good_until_the_mandate_ends(
    offset, created, write, is_good, replace_mandate, book, now, time_travel
):
    """I21. Though its period goes on."""
    end = now() + 600
    replace_mandate(created, cheque_books=(book,), valid_until=end)
    cheque = write()
    time_travel(to=end + offset)
    assert is_good(cheque) is (offset < 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_a_cheque_is_good_from_when_the_mandate_begins(
    offset, created, write, is_good, replace_mandate, book, now, time_travel
):
    begin = now() + 600
    replace_mandate(created, cheque_books=(book,), valid_from=begin, valid_until=begin + 30 * DAY)
    cheque = write()
    time_travel(to=begin + offset)
    assert is_good(cheque) is (offset == 0)


@pytest.mark.parametrize("change", [-1, 1])
def test_what_begins_with_another_magic_is_no_cheque(change, write, is_good):
    cheque = write()
    magic = (int.from_bytes(cheque.signature[:4]) + change).to_bytes(4)
    assert not is_good(replace(cheque, signature=magic + cheque.signature[4:]))


def test_a_cheque_that_outlasts_its_period_is_none(created, write, is_good):
    cheque = write()
    longer = replace(cheque.authorization, valid_before=cheque.authorization.valid_before + 1)
    signature = sign_with(created.agent, longer.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id))
    assert not is_good(replace(cheque, authorization=longer, signature=cheque_signature(longer, 0, signature)))


def test_a_high_s_is_refused(created, write, is_good):
    """D07."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    cheque = write()
    authorization = cheque.authorization
    data = authorization.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id)
    own = sign_with(created.agent, data)
    high = own[:32] + (order - int.from_bytes(own[32:64])).to_bytes(32) + bytes([55 - own[64]])
    assert not is_good(replace(cheque, signature=cheque_signature(authorization, 0, high)))


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace"])
def test_unsettled_cheques_are_void_after_a_stop(stop, created, write, is_good, cash, suite, replace_mandate, book):
    """I8."""
    cheque = write()
    wallet, principal = created.wallet, created.principal
    assert is_good(cheque)
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "replace":
        replace_mandate(created, cheque_books=(book,))
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
    assert not is_good(cheque)
    with pytest.raises(errors.ContractError):
        cash(cheque)


@pytest.fixture
def write_as(created):
    """Signs an authorization of any kind as a cheque."""

    def sign(authorization, slot=0):
        data = authorization.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id)
        own = sign_with(created.agent, data)
        return Cheque(authorization, slot, cheque_signature(authorization, slot, own))

    return sign


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32], ids=["lowest", "highest"])
def test_what_else_the_agent_has_signed_is_not_good_behind_the_words_of_a_cheque(digest, created, agent, write):
    """Or it could sign whatever a token takes, and put a cheque of its own in front."""
    own = bytes(agent.unsafe_sign_hash(digest).signature)
    assert not created.wallet.is_valid_signature(digest, cheque_signature(write().authorization, 0, own))


@pytest.mark.parametrize("bit", [160, 161, 255])
@pytest.mark.parametrize("word", [0, 1], ids=["token", "payee"])
def test_an_address_with_anything_above_it_is_no_cheque(word, bit, write, is_good):
    """The rest of it, as the agent signed it, would be one."""
    cheque = write()
    assert is_good(cheque)
    words = bytearray(cheque.signature)
    words[4 + 32 * word + 31 - bit // 8] |= 1 << bit % 8
    assert not is_good(replace(cheque, signature=bytes(words)))


def test_an_amount_of_more_than_128_bits_is_no_cheque(write, write_as, is_good):
    """What is below the 129th would be good."""
    good = write().authorization
    assert is_good(write_as(good))
    assert not is_good(write_as(replace(good, amount=2**128 + good.amount)))


@pytest.mark.parametrize("start", [0, 1])
def test_a_cheque_without_an_end_is_none(start, write, write_as, is_good):
    assert not is_good(write_as(replace(write().authorization, valid_before=0, valid_after=start)))


@pytest.mark.parametrize("start", [0, 1, 2**48 - 1])
def test_from_when_it_can_be_cashed_is_between_agent_and_token(start, write, write_as, is_good):
    assert is_good(write_as(replace(write().authorization, valid_after=start)))


def test_a_token_outside_the_mandate_has_no_cheques(write, write_as, is_good, deploy):
    other = deploy("MockUSDC", "0x" + "11" * 20, "0x" + "11" * 20).address
    assert not is_good(write_as(replace(write().authorization, token=other)))


@pytest.mark.parametrize("token", ["usdc", "dai"])
def test_another_token_of_the_budget_than_the_books_has_no_cheques(
    token, created, write_as, is_good, replace_mandate, book, usdc, dai, payee, now
):
    """Whichever of the two has the higher address."""
    tokens = {"usdc": usdc, "dai": dai}
    of_book, other = tokens.pop(token), *tokens.values()
    mandate = replace_mandate(created, cheque_books=(replace(book, token=of_book.address),))
    period = now() // PERIOD
    for each, good in ((of_book, True), (other, False)):
        nonce = cheque_nonce(created.wallet.address, each.address, mandate.hash(), period, 0)
        cheque = Authorization(each.address, payee.address, 1, (period + 1) * PERIOD, USDC, nonce)
        assert is_good(write_as(cheque)) is good


def test_a_contract_that_needs_no_signature_writes_cheques_without_one(
    created, write, replace_mandate, deploy, relayer, book, is_good
):
    """Of 256 bytes just: the shortest there are."""
    key = deploy("MockContractPrincipal", relayer.address)
    key.send(relayer, "setBehavior", 1)
    replace_mandate(created, agent_key=key.address, cheque_books=(book,))
    cheque = write()
    assert is_good(replace(cheque, signature=cheque_signature(cheque.authorization, 0, b"")))


@pytest.mark.parametrize("answer", UNCLEAR_RESULTS)
def test_a_token_that_does_not_say_clearly_what_it_has_seen_is_named(answer, created, usdc, web3):
    web3.provider.make_request("anvil_setCode", [usdc.address, UNCLEAR_RESULTS[answer]])
    for view in ("chequesLeft", "chequesOutstanding"):
        with refuses(errors.AuthorizationStateUnreadable, token=usdc.address):
            created.wallet.read(view, usdc.address)


@pytest.mark.parametrize("period", [DAY - 1, DAY, DAY + 1])
def test_what_is_set_aside_is_for_the_periods_that_a_window_can_touch(period, created, replace_mandate, book):
    """A second longer than the period, it touches three."""
    replace_mandate(created, cheque_books=(replace(book, period=timedelta(seconds=period)),))
    touched = 3 if period < DAY else 2
    assert created.wallet.remaining("USD").windows[0].limit == 500 - touched * COUNT * LIMIT


@pytest.mark.parametrize("length", [0, 1, 4, 31, 32, 100, 255, 256, 257, 288, 400])
def test_noise_behind_the_magic_is_no_cheque_and_harms_nobody(length, created, write):
    """The principal's own signatures stay what they are."""
    noise = write().signature[:4] + bytes([255]) * length
    assert not created.wallet.is_valid_signature(bytes(32), noise)


# What is one


def test_a_cheque_is_cashed_without_a_transaction_of_the_agent(created, write, cash, usdc, payee, web3):
    sent = web3.eth.get_transaction_count(created.agent.address)
    cash(write())
    assert usdc.balance(payee.address) == LIMIT
    assert web3.eth.get_transaction_count(created.agent.address) == sent


def test_slot_can_be_settled_once(write, cash, usdc, payee):
    """A retry that uses the slot of the first try can't pay twice."""
    cash(write(slot=2))
    for again in (write(slot=2), write(slot=2, amount="0.5")):
        with pytest.raises(errors.ContractError):
            cash(again)
    assert usdc.balance(payee.address) == LIMIT


def test_a_whole_book_is_cashed_and_no_more_until_the_next_period(created, write, cash, usdc, payee, now, time_travel):
    for slot in range(COUNT):
        assert created.wallet.cheques_left(usdc.address) == COUNT - slot
        assert created.wallet.read("chequesOutstanding", usdc.address) == (COUNT - slot) * LIMIT * USD
        cash(write(slot=slot))
    assert created.wallet.cheques_left(usdc.address) == 0
    time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert created.wallet.cheques_left(usdc.address) == COUNT
    cash(write(slot=0))
    assert usdc.balance(payee.address) == (COUNT + 1) * LIMIT


def test_the_views_are_those_of_the_book(created, usdc, dai, write):
    assert tuple(created.wallet.read("chequeBook", usdc.address)) == (COUNT, LIMIT * USD, PERIOD)
    nonce = created.wallet.read("chequeNonce", usdc.address, 7, 3)
    assert nonce == cheque_nonce(created.wallet.address, usdc.address, created.mandate.hash(), 7, 3)
    for view in ("chequeBook", "chequesLeft", "chequesOutstanding"):
        with refuses(errors.NoChequeBook, token=dai.address):
            created.wallet.read(view, dai.address)


def test_payments_and_cheques_together_stay_within_every_window(created, write, cash, usdc, payee, now, time_travel):
    """I2, I29. All that can be paid, and every cheque of a whole day and the hour that it overlaps."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    for _ in range(25):
        for slot in range(COUNT):
            cash(write(slot=slot))
        time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert usdc.balance(payee.address) == 400 + RESERVE == 500


@pytest.mark.parametrize("how", ["same", "more cheques", "larger cheques", "other period", "lifted first"])
def test_replacing_the_mandate_adds_up_to_no_more(
    how, created, write, cash, is_good, usdc, payee, replace_mandate, book
):
    """I29. In the middle of a period, with all cheques cashed and all paid that could be."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    for slot in range(COUNT):
        cash(write(slot=slot))
    changed = {
        "more cheques": replace(book, count=8),
        "larger cheques": replace(book, limit=Decimal(2)),
        "other period": replace(book, period=timedelta(hours=2)),
    }.get(how, book)
    if how == "lifted first":
        created.wallet.lift_mandate(created.principal)
    replace_mandate(created, cheque_books=(changed,))
    # What the old book can have cost is counted now. Where that leaves no room for all that the new one can cost, neither
    # payment nor cheque is possible until enough has returned.
    counted = 400 + COUNT * LIMIT
    assert created.wallet.spent("USD") == counted
    window = created.wallet.remaining("USD").windows[0]
    fits = counted <= window.limit
    assert fits is (how == "other period")
    assert is_good(write(slot=0)) is fits
    reserve = changed.within(DAY, int(changed.limit))
    assert counted + window.remaining + (reserve if fits else 0) <= 500


def test_a_book_that_ends_is_charged_for_the_time_that_it_was_open(created, replace_mandate, time_travel, now):
    """I3. And in no window for more than fits into it."""
    time_travel(seconds=2 * DAY)
    replace_mandate(created)
    periods = now() // PERIOD - created.mandate.valid_from // PERIOD + 1
    assert created.wallet.spent("USD") == periods * COUNT * LIMIT
    assert created.wallet.remaining("USD").window == 500 - RESERVE


@pytest.mark.parametrize("past", [-1, 0, 1, 2])
@pytest.mark.parametrize("late", [-2, -1, 0, 1, DAY])
def test_a_book_is_charged_until_it_is_replaced_or_its_mandate_ends(
    past, late, created, replace_mandate, book, now, time_travel
):
    """To the last second, with which a period may just have begun."""
    first = now() // PERIOD
    end = (first + 3) * PERIOD + past
    replace_mandate(created, cheque_books=(book,), valid_until=end)
    before = created.wallet.spent("USD")
    time_travel(next_at=end + late)
    replace_mandate(created, valid_until=end + 30 * DAY)
    last = min(end + late, end - 1)
    assert created.wallet.spent("USD") - before == (last // PERIOD - first + 1) * COUNT * LIMIT


@pytest.mark.parametrize("ahead", [1, 60, PERIOD, 3 * PERIOD])
def test_a_book_that_hasnt_begun_is_charged_nothing_when_it_is_replaced(
    ahead, created, replace_mandate, book, now, time_travel
):
    """Until the second before its mandate's first."""
    start = now() + 3 * PERIOD
    replace_mandate(created, cheque_books=(book,), valid_from=start)
    before = created.wallet.spent("USD")
    time_travel(next_at=start - ahead)
    replace_mandate(created)
    assert created.wallet.spent("USD") == before


def test_a_lifted_book_is_charged_until_it_was_lifted(created, replace_mandate, time_travel):
    created.wallet.lift_mandate(created.principal)
    time_travel(seconds=5 * DAY)
    replace_mandate(created)
    assert created.wallet.spent("USD") == COUNT * LIMIT


def test_cheques_are_good_again_when_enough_has_returned(
    created, write, is_good, usdc, payee, replace_mandate, book, time_travel
):
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    replace_mandate(created, cheque_books=(book,))
    assert not is_good(write())
    time_travel(seconds=2 * DAY)
    assert is_good(write())


def test_cheques_of_a_mandate_whose_life_is_spent_are_never_good(
    created, write, is_good, usdc, payee, replace_mandate, book, time_travel
):
    """What is left beside the cheques an earlier mandate has spent, and life doesn't return."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    spent = created.wallet.spent("USD")
    replace_mandate(created, cheque_books=(book,), lifetime_limit=spent + LIFE - 1)
    time_travel(seconds=2 * DAY)
    assert not is_good(write())
    replace_mandate(created, cheque_books=(book,), lifetime_limit=10_000)
    assert is_good(write())


# What the mandate may not say

PERIODS = {"minimum": 60, "maximum": 365 * DAY}


@pytest.mark.parametrize(
    ("change", "expected", "named"),
    [
        ({"count": 0}, errors.InvalidChequeCount, {"count": 0, "maximum": 256}),
        ({"count": 257}, errors.InvalidChequeCount, {"count": 257, "maximum": 256}),
        ({"limit": Decimal(0)}, errors.InvalidChequeLimit, {"limit": 0, "payment_limit": 100 * USD}),
        (
            {"limit": Decimal("100.000001")},
            errors.InvalidChequeLimit,
            {"limit": 100 * USD + 1, "payment_limit": 100 * USD},
        ),
        ({"period": timedelta(seconds=59)}, errors.InvalidChequePeriod, {"period": 59} | PERIODS),
        ({"period": timedelta(days=366)}, errors.InvalidChequePeriod, {"period": 366 * DAY} | PERIODS),
        ({"count": 21}, errors.ChequesExceedLimit, {"reserve": 21 * 25 * USD, "limit": 500 * USD}),
    ],
    ids=[
        "none",
        "too many",
        "of nothing",
        "above a payment",
        "period too short",
        "period too long",
        "above the window",
    ],
)
def test_a_book_that_could_pass_a_limit_is_refused(change, expected, named, created, new_mandate, book):
    mandate = new_mandate(cheque_books=(replace(book, **change),)).replacing(created.wallet.last_mandate_hash)
    with refuses(expected, token=book.token, **named):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
    with refuses(expected, token=book.token, **named):
        mandate.check()


def test_a_book_outside_the_budgets_is_refused(created, new_mandate, book, stranger, dai):
    for books, expected in (
        ((replace(book, token=stranger.address),), errors.InvalidChequeToken),
        ((book, replace(book, token=dai.address)), errors.ChequeBookTwice),
    ):
        mandate = new_mandate(cheque_books=books).replacing(created.wallet.last_mandate_hash)
        with refuses(expected):
            created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
        with refuses(expected):
            mandate.check()
