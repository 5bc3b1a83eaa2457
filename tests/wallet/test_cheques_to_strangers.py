"""Cheques to strangers: only if the book allows it, and inside the strangers' window (I29, I32)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import ChequeBook, Domain, LimitedPayee, errors
from peculium.wallet.cheques import sign_cheque
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
PERIOD = 3600
COUNT, LIMIT = 2, 1
# A day overlaps up to 25 periods of an hour.
RESERVE = 25 * COUNT * LIMIT
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
USDC = Domain("USD Coin", "2")
STRANGERS = {"stranger_payment_limit": 20, "stranger_window_limit": RESERVE + 30}


@pytest.fixture
def book(usdc):
    """A book of two cheques of one dollar per hour, which may pay strangers."""
    return ChequeBook(usdc.address, COUNT, LIMIT, timedelta(seconds=PERIOD), strangers=True)


@pytest.fixture
def created(checkpoint, new_agent, book, now, time_travel, other_agent):
    """An agent with the book, and one payee with terms of its own. Its mandate begins in the first minute of an hour."""

    def create():
        time_travel(to=(now() // PERIOD + 1) * PERIOD + 30)
        limited = (LimitedPayee(other_agent.address),)
        return new_agent(cheque_books=(book,), limited_payees=limited, **STRANGERS)

    return checkpoint.share("created", create)


@pytest.fixture
def write(created, usdc, stranger):
    """Writes a cheque of one dollar, to a stranger unless another payee is given."""
    return lambda slot=0, to=None: sign_cheque(
        created.wallet, created.agent, usdc.address, to or stranger.address, LIMIT, USDC, slot
    )


@pytest.fixture
def accepts(created):
    """Whether the wallet accepts a cheque now."""
    chain, wallet = created.wallet.web3.eth.chain_id, created.wallet
    return lambda cheque: wallet.is_valid_signature(
        cheque.authorization.digest(wallet.address, chain), cheque.signature
    )


@pytest.fixture
def settle(created, usdc, relayer):
    """Settles a cheque at the token."""
    return lambda cheque: usdc.send(
        relayer, TRANSFER, *cheque.authorization.transfer(created.wallet.address), cheque.signature
    )


def test_refuses_a_stranger_if_the_book_does_not_allow_it(created, write, accepts, replace_mandate, book, payee):
    """Although the budget has limits for strangers."""
    replace_mandate(created, cheque_books=(replace(book, strangers=False),), **STRANGERS)
    assert not accepts(write())
    assert accepts(write(to=payee.address))


def test_refuses_a_payee_with_terms_of_its_own(write, accepts, other_agent):
    """Cheques can't count toward them, and such a payee is no stranger."""
    assert not accepts(write(to=other_agent.address))


@pytest.mark.parametrize("name", ["wallet", *SUITE_GETTERS, "token", "other token", "zero"])
def test_refuses_the_suite_and_the_tokens_as_strangers(name, created, write, accepts, usdc, dai):
    """I6."""
    known = {
        "wallet": created.wallet.address,
        "token": usdc.address,
        "other token": dai.address,
        "zero": ZERO_ADDRESS,
    }
    assert not accepts(write(to=known.get(name) or created.wallet.read(name)))


@pytest.mark.parametrize("above", [0, 1])
def test_refuses_strangers_without_room_in_their_window(
    above, created, write, accepts, replace_mandate, book, usdc, stranger, payee, time_travel
):
    """Payments under an earlier mandate may have used what the new book reserves. Listed payees aren't concerned."""
    replace_mandate(created, stranger_payment_limit=50, stranger_window_limit=80)
    created.wallet.pay(created.agent, usdc.address, stranger.address, 30)
    replace_mandate(
        created, cheque_books=(book,), stranger_payment_limit=20, stranger_window_limit=RESERVE + 30 - above
    )
    assert accepts(write()) is (above == 0)
    assert accepts(write(to=payee.address))
    time_travel(seconds=DAY + DAY // 8)
    assert accepts(write())


def test_pays_a_stranger(created, write, settle, usdc, stranger):
    assert created.wallet.read("chequeBook", usdc.address) == [COUNT, LIMIT * USD, PERIOD, True]
    settle(write())
    assert usdc.balance(stranger.address) == LIMIT


def test_pays_listed_payees_too(write, settle, usdc, payee):
    settle(write(to=payee.address))
    assert usdc.balance(payee.address) == LIMIT


def test_payments_and_cheques_to_strangers_stay_within_their_window(
    created, write, settle, usdc, stranger, now, time_travel
):
    """I29, I32. Spends the payments' whole share, and every cheque of 25 periods."""
    for amount in (20, 10):
        created.wallet.pay(created.agent, usdc.address, stranger.address, amount)
    expected = {"charge": 1, "remaining": 0, "length": DAY}
    with refuses(errors.StrangerWindowLimitExceeded, **expected):
        created.wallet.pay(created.agent, usdc.address, stranger.address, "0.000001")
    for _ in range(25):
        for slot in range(COUNT):
            settle(write(slot))
        time_travel(to=(now() // PERIOD + 1) * PERIOD)
    assert usdc.balance(stranger.address) == 30 + RESERVE


def test_used_cheques_are_charged_to_strangers_when_the_book_ends(created, write, settle, replace_mandate, payee):
    """All of them, because the token doesn't tell who was paid."""
    settle(write(0))
    settle(write(1, to=payee.address))
    replace_mandate(created, **STRANGERS)
    state = created.wallet.remaining("USD")
    assert created.wallet.spent("USD") == 2 * LIMIT
    assert (state.window, state.strangers.window.remaining) == (500 - 2 * LIMIT, RESERVE + 30 - 2 * LIMIT)


def test_cheques_of_another_book_are_not_charged_to_strangers(created, write, settle, replace_mandate, book, payee):
    replace_mandate(created, cheque_books=(replace(book, strangers=False),), **STRANGERS)
    settle(write(to=payee.address))
    replace_mandate(created, **STRANGERS)
    state = created.wallet.remaining("USD")
    assert (state.window, state.strangers.window.remaining) == (500 - LIMIT, RESERVE + 30)
