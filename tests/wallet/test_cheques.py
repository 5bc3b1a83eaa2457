"""Cheques: EIP-3009 authorizations signed off-chain. Their number and amount per period are limited (I29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Authorization, Cheque, ChequeBook, Domain, LimitedPayee, errors
from peculium.cheques import cheque_nonce, cheque_signature
from peculium.keys import sign_with
from peculium.wallet.cheques import sign_cheque
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.token_code import UNCLEAR_RESULTS

USD = 10**6
PERIOD = 3600
COUNT, LIMIT = 4, 1
# A day overlaps up to 25 periods of an hour, thirty days up to 721.
RESERVE, LIFETIME_RESERVE = 25 * COUNT * LIMIT, 721 * COUNT * LIMIT
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
USDC = Domain("USD Coin", "2")


@pytest.fixture
def book(usdc):
    """A book of four cheques of one dollar per hour."""
    return ChequeBook(usdc.address, COUNT, Decimal(LIMIT), timedelta(seconds=PERIOD))


@pytest.fixture
def created(checkpoint, new_agent, book, now, time_travel, stranger):
    """An agent with the book. Its mandate begins in the first minute of an hour."""

    def create():
        time_travel(to=(now() // PERIOD + 1) * PERIOD + 30)
        return new_agent(cheque_books=(book,), limited_payees=(LimitedPayee(stranger.address),))

    return checkpoint.share("created", create)


@pytest.fixture
def write(created, usdc, payee):
    """Writes a cheque of one dollar to the payee."""

    def sign(slot=0, amount=LIMIT, to=payee.address, by=None, now=None):
        return sign_cheque(created.wallet, by or created.agent, usdc.address, to, amount, USDC, slot, now=now)

    return sign


@pytest.fixture
def settle(created, usdc, relayer):
    """Settles a cheque at the token, as any account can."""

    def submit(cheque):
        return usdc.send(relayer, TRANSFER, *cheque.authorization.transfer(created.wallet.address), cheque.signature)

    return submit


@pytest.fixture
def is_valid(created):
    """Whether the wallet's `isValidSignature` accepts a cheque now."""
    chain = created.wallet.web3.eth.chain_id
    return lambda cheque: created.wallet.is_valid_signature(
        cheque.authorization.digest(created.wallet.address, chain), cheque.signature
    )


# Invalid books

PERIODS = {"minimum": 60, "maximum": 365 * DAY}


@pytest.mark.parametrize(
    ("change", "expected", "details"),
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
def test_refuses_a_book_with_invalid_terms(change, expected, details, created, new_mandate, book):
    mandate = new_mandate(cheque_books=(replace(book, **change),)).in_round(created.wallet.round)
    with refuses(expected, token=book.token, **details):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
    with refuses(expected, token=book.token, **details):
        mandate.check()


def test_refuses_an_unlisted_token_and_a_second_book_of_one_budget(created, new_mandate, book, stranger, dai):
    for books, expected in (
        ((replace(book, token=stranger.address),), errors.InvalidChequeToken),
        ((book, replace(book, token=dai.address)), errors.ChequeBookTwice),
    ):
        mandate = new_mandate(cheque_books=books).in_round(created.wallet.round)
        with refuses(expected):
            created.wallet.send(created.principal, "setMandate", mandate.as_tuple())
        with refuses(expected):
            mandate.check()


# Invalid cheques


@pytest.mark.parametrize("to", ["stranger", "other_agent", "agent"])
def test_refuses_a_cheque_to_an_unlisted_or_limited_payee(to, write, is_valid, request):
    """I6. A cheque cannot count toward the payee's own limit."""
    assert not is_valid(write(to=request.getfixturevalue(to).address))


def test_refuses_a_cheque_above_its_limit(write, is_valid):
    assert is_valid(write(amount=LIMIT))
    assert not is_valid(write(amount=Decimal("1.000001")))


@pytest.mark.parametrize("slot", [COUNT, COUNT + 1, 2**256 - 1])
def test_refuses_a_slot_beyond_the_book(slot, write, is_valid):
    assert is_valid(write(slot=COUNT - 1))
    assert not is_valid(write(slot=slot))


@pytest.mark.parametrize("by", ["stranger", "principal", "payee"])
def test_refuses_a_cheque_signed_by_another_account(by, write, is_valid, request):
    assert not is_valid(write(by=request.getfixturevalue(by)))


@pytest.mark.parametrize("offset", [-1, 0])
def test_refuses_a_cheque_after_its_period(offset, write, is_valid, now, time_travel):
    """I21."""
    cheque = write()
    end = (now() // PERIOD + 1) * PERIOD
    time_travel(to=end + offset)
    assert is_valid(cheque) is (offset < 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_refuses_a_cheque_before_its_period(offset, write, is_valid, now, time_travel):
    end = (now() // PERIOD + 1) * PERIOD
    cheque = write(now=end)
    time_travel(to=end + offset)
    assert is_valid(cheque) is (offset == 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_refuses_a_cheque_after_the_mandate_has_expired(
    offset, created, write, is_valid, replace_mandate, book, now, time_travel
):
    """I21. The mandate expires within the period."""
    end = now() + 600
    replace_mandate(created, cheque_books=(book,), valid_until=end)
    cheque = write()
    time_travel(to=end + offset)
    assert is_valid(cheque) is (offset < 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_refuses_a_cheque_before_the_mandate_begins(
    offset, created, write, is_valid, replace_mandate, book, now, time_travel
):
    begin = now() + 600
    replace_mandate(created, cheque_books=(book,), valid_from=begin, valid_until=begin + 30 * DAY)
    cheque = write()
    time_travel(to=begin + offset)
    assert is_valid(cheque) is (offset == 0)


@pytest.mark.parametrize("change", [-1, 1])
def test_refuses_another_magic_value(change, write, is_valid):
    cheque = write()
    magic = (int.from_bytes(cheque.signature[:4]) + change).to_bytes(4)
    assert not is_valid(replace(cheque, signature=magic + cheque.signature[4:]))


def test_refuses_an_authorization_beyond_its_period(created, write, is_valid):
    cheque = write()
    longer = replace(cheque.authorization, valid_before=cheque.authorization.valid_before + 1)
    signature = sign_with(created.agent, longer.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id))
    assert not is_valid(replace(cheque, authorization=longer, signature=cheque_signature(longer, 0, signature)))


def test_refuses_a_high_s(created, write, is_valid):
    """D07."""
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    cheque = write()
    authorization = cheque.authorization
    data = authorization.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id)
    signature = sign_with(created.agent, data)
    high = signature[:32] + (order - int.from_bytes(signature[32:64])).to_bytes(32) + bytes([55 - signature[64]])
    assert not is_valid(replace(cheque, signature=cheque_signature(authorization, 0, high)))


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace"])
def test_unsettled_cheques_are_void_after_a_stop(stop, created, write, is_valid, settle, suite, replace_mandate, book):
    """I8."""
    cheque = write()
    wallet, principal = created.wallet, created.principal
    assert is_valid(cheque)
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "replace":
        replace_mandate(created, cheque_books=(book,))
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
    assert not is_valid(cheque)
    with pytest.raises(errors.ContractError):
        settle(cheque)


@pytest.fixture
def write_as(created):
    """Signs any authorization as a cheque."""

    def sign(authorization, slot=0):
        data = authorization.typed_data(created.wallet.address, created.wallet.web3.eth.chain_id)
        signature = sign_with(created.agent, data)
        return Cheque(authorization, slot, cheque_signature(authorization, slot, signature))

    return sign


@pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32], ids=["lowest", "highest"])
def test_refuses_another_digest_in_the_form_of_a_cheque(digest, created, agent, write):
    """The wallet derives the digest from the cheque. Otherwise, the agent could validate any digest."""
    signature = bytes(agent.unsafe_sign_hash(digest).signature)
    assert not created.wallet.is_valid_signature(digest, cheque_signature(write().authorization, 0, signature))


@pytest.mark.parametrize("bit", [160, 161, 255])
@pytest.mark.parametrize("word", [0, 1], ids=["token", "payee"])
def test_refuses_dirty_upper_bits_of_an_address(word, bit, write, is_valid):
    """The lower 160 bits are those of a valid cheque."""
    cheque = write()
    assert is_valid(cheque)
    words = bytearray(cheque.signature)
    words[4 + 32 * word + 31 - bit // 8] |= 1 << bit % 8
    assert not is_valid(replace(cheque, signature=bytes(words)))


def test_refuses_an_amount_above_128_bits(write, write_as, is_valid):
    """The lower 128 bits are those of a valid cheque."""
    valid = write().authorization
    assert is_valid(write_as(valid))
    assert not is_valid(write_as(replace(valid, amount=2**128 + valid.amount)))


@pytest.mark.parametrize("start", [0, 1])
def test_refuses_an_authorization_without_an_end(start, write, write_as, is_valid):
    assert not is_valid(write_as(replace(write().authorization, valid_before=0, valid_after=start)))


def test_refuses_a_cheque_in_an_unlisted_token(write, write_as, is_valid, deploy):
    other = deploy("MockUSDC", "0x" + "11" * 20, "0x" + "11" * 20).address
    assert not is_valid(write_as(replace(write().authorization, token=other)))


@pytest.mark.parametrize("token", ["usdc", "dai"])
def test_refuses_a_cheque_in_another_token_of_the_budget(
    token, created, write_as, is_valid, replace_mandate, book, usdc, dai, payee, now
):
    """The book's token has the lower or the higher address."""
    tokens = {"usdc": usdc, "dai": dai}
    of_book, other = tokens.pop(token), *tokens.values()
    mandate = replace_mandate(created, cheque_books=(replace(book, token=of_book.address),))
    period = now() // PERIOD
    for each, valid in ((of_book, True), (other, False)):
        nonce = cheque_nonce(created.wallet.address, each.address, mandate.hash(), period, 0)
        cheque = Authorization(each.address, payee.address, 1, (period + 1) * PERIOD, USDC, nonce)
        assert is_valid(write_as(cheque)) is valid


@pytest.mark.parametrize("length", [0, 1, 4, 31, 32, 100, 255, 256, 257, 288, 400])
def test_refuses_arbitrary_bytes_after_the_magic_value(length, created, write):
    """The bytes are not a signature of the principal either."""
    content = write().signature[:4] + bytes([255]) * length
    assert not created.wallet.is_valid_signature(bytes(32), content)


def test_refuses_cheques_beyond_the_lifetime_limit(
    created, write, is_valid, usdc, payee, replace_mandate, book, time_travel
):
    """Spending under an earlier mandate reduces the lifetime limit for ever."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    spent = created.wallet.spent("USD")
    replace_mandate(created, cheque_books=(book,), lifetime_limit=spent + LIFETIME_RESERVE - 1)
    time_travel(seconds=2 * DAY)
    assert not is_valid(write())
    replace_mandate(created, cheque_books=(book,), lifetime_limit=10_000)
    assert is_valid(write())


@pytest.mark.parametrize("answer", UNCLEAR_RESULTS)
def test_views_revert_if_the_authorization_state_is_unclear(answer, created, usdc, web3):
    web3.provider.make_request("anvil_setCode", [usdc.address, UNCLEAR_RESULTS[answer]])
    for view in ("chequesLeft", "chequesOutstanding"):
        with refuses(errors.AuthorizationStateUnreadable, token=usdc.address):
            created.wallet.read(view, usdc.address)


# The reserve


def test_reserve_reduces_every_limit(created, book):
    state = created.wallet.remaining("USD")
    assert (state.windows[0].limit, state.lifetime_limit) == (500 - RESERVE, 10_000 - LIFETIME_RESERVE)
    units = LIMIT * USD
    assert book.within(DAY, units) == RESERVE * USD
    assert book.between(created.mandate.valid_from, created.mandate.valid_until - 1, units) == LIFETIME_RESERVE * USD
    assert created.wallet.enforces(created.mandate)


def test_payments_do_not_use_the_cheque_reserve(created, usdc, payee):
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


@pytest.mark.parametrize("period", [DAY - 1, DAY, DAY + 1])
def test_reserve_covers_the_periods_that_a_window_can_overlap(period, created, replace_mandate, book):
    """A window one second longer than the period overlaps three."""
    replace_mandate(created, cheque_books=(replace(book, period=timedelta(seconds=period)),))
    overlapped = 3 if period < DAY else 2
    assert created.wallet.remaining("USD").windows[0].limit == 500 - overlapped * COUNT * LIMIT


# Valid cheques


def test_cheque_settles_without_a_transaction_of_the_agent(created, write, settle, usdc, payee, web3):
    sent = web3.eth.get_transaction_count(created.agent.address)
    settle(write())
    assert usdc.balance(payee.address) == LIMIT
    assert web3.eth.get_transaction_count(created.agent.address) == sent


@pytest.mark.parametrize("start", [0, 1, 2**48 - 1])
def test_accepts_any_start_of_validity(start, write, write_as, is_valid):
    assert is_valid(write_as(replace(write().authorization, valid_after=start)))


def test_accepts_an_empty_signature_of_a_contract_key(created, write, replace_mandate, deploy, relayer, book, is_valid):
    """It has 256 bytes, the minimum length of a cheque."""
    key = deploy("MockContractPrincipal", relayer.address)
    key.send(relayer, "setBehavior", 1)
    replace_mandate(created, agent_key=key.address, cheque_books=(book,))
    cheque = write()
    assert is_valid(replace(cheque, signature=cheque_signature(cheque.authorization, 0, b"")))


def test_slot_can_be_settled_once(write, settle, usdc, payee):
    """A retry in the same slot cannot pay twice."""
    settle(write(slot=2))
    for again in (write(slot=2), write(slot=2, amount="0.5")):
        with pytest.raises(errors.ContractError):
            settle(again)
    assert usdc.balance(payee.address) == LIMIT


def test_book_is_full_again_in_the_next_period(created, write, settle, usdc, payee, now, time_travel):
    for slot in range(COUNT):
        assert created.wallet.cheques_left(usdc.address) == COUNT - slot
        assert created.wallet.read("chequesOutstanding", usdc.address) == (COUNT - slot) * LIMIT * USD
        settle(write(slot=slot))
    assert created.wallet.cheques_left(usdc.address) == 0
    time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert created.wallet.cheques_left(usdc.address) == COUNT
    settle(write(slot=0))
    assert usdc.balance(payee.address) == (COUNT + 1) * LIMIT


def test_views_return_the_terms_of_the_book(created, usdc, dai, write):
    assert tuple(created.wallet.read("chequeBook", usdc.address)) == (COUNT, LIMIT * USD, PERIOD, False)
    nonce = created.wallet.read("chequeNonce", usdc.address, 7, 3)
    assert nonce == cheque_nonce(created.wallet.address, usdc.address, created.mandate.hash(), 7, 3)
    for view in ("chequeBook", "chequesLeft", "chequesOutstanding"):
        with refuses(errors.NoChequeBook, token=dai.address):
            created.wallet.read(view, dai.address)


def test_payments_and_cheques_together_stay_within_every_window(created, write, settle, usdc, payee, now, time_travel):
    """I2, I29. Spends the payments' whole share and every cheque of 25 periods."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    for _ in range(25):
        for slot in range(COUNT):
            settle(write(slot=slot))
        time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert usdc.balance(payee.address) == 400 + RESERVE == 500
