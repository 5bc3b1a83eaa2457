"""A, H: payments that are authorized or written as cheques: settled late, not settled, or given back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import AuthorizationKind, LimitedPayee, errors
from peculium.wallet.cheques import sign_cheque
from tests.attacks.conftest import SETTLE, USDC
from verification.testing.durations import DAY

LEAST = Decimal("0.000001")
NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"
RECEIVE = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


@pytest.fixture
def lapse(rogue, authorize, relayer, now, time_travel):
    """The rogue authorizes a payment, lets it end, and closes it."""

    def authorize_and_close(amount=99, **fields):
        later = replace(authorize(amount, **fields), valid_before=now() + 60)
        rogue.wallet.preauthorize(rogue.agent, later)
        time_travel(to=later.valid_before)
        rogue.wallet.close_authorizations(relayer, "USD", [later])

    return authorize_and_close


# A37, A38: authorizations and cheques


def test_a37_a_released_authorization_that_is_settled(attack, rogue, authorize, settle, pay, now, time_travel):
    """Closes authorizations as unused in the second in which they end, and settles them then."""
    wallet = rogue.wallet
    laters = [replace(authorize(99), valid_before=now() + 60) for _ in range(5)]
    for later in laters:
        wallet.preauthorize(rogue.agent, later)
    with attack.refused(errors.AuthorizationOpen):
        wallet.close_authorizations(rogue.agent, "USD", [laters[0]])
    time_travel(to=laters[0].valid_before)
    for later in laters:
        with attack.accepted():
            wallet.close_authorizations(rogue.agent, "USD", [later])
        with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: authorization is expired"):
            settle(wallet, later)
        with attack.refused(errors.AuthorizationUnknown):
            wallet.close_authorizations(rogue.agent, "USD", [later])
    assert wallet.remaining("USD").pending == 0


def test_a37_two_authorizations_with_one_nonce(attack, rogue, authorize, settle, now, time_travel):
    """Settles the larger of two authorizations with one nonce, so that only the smaller is charged."""
    attack.may_extract(100)
    large, small = authorize(100), authorize("0.000001")
    small = replace(small, nonce=large.nonce)
    rogue.wallet.preauthorize(rogue.agent, large)
    rogue.wallet.preauthorize(rogue.agent, small)
    with attack.accepted():
        settle(rogue.wallet, large)
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: authorization is used or canceled"):
        settle(rogue.wallet, small)
    for each in (large, small):
        rogue.wallet.close_authorizations(rogue.agent, "USD", [each])
    assert rogue.wallet.spent("USD") == Decimal("100.000001")


def test_a38_a_new_cheque_book_with_every_mandate(attack, rogue, usdc, payee, drain, regrant, settle, pay):
    """Cashes all cheques of a day, has the mandate set again, and cashes those of the new book."""
    attack.may_extract(500)
    drain()
    cheque = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    with attack.accepted():
        settle(rogue.wallet, cheque.authorization, cheque.signature)
    attack.charged_in_advance(1)
    for _ in range(2):
        regrant()
        fresh = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
        with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: invalid signature"):
            settle(rogue.wallet, fresh.authorization, fresh.signature)
        with attack.refused(errors.WindowLimitExceeded, remaining=0):
            pay("0.000001")


def test_a38_a_cheque_of_the_previous_mandate(attack, rogue, usdc, payee, regrant, settle):
    """Writes a cheque under one mandate, and cashes it under the next, beside the new book's cheques."""
    attack.may_extract(1)
    attack.charged_in_advance(1)
    kept = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    regrant()
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: invalid signature"):
        settle(rogue.wallet, kept.authorization, kept.signature)
    fresh = sign_cheque(rogue.wallet, rogue.agent, usdc.address, payee.address, 1, USDC, 0)
    with attack.accepted():
        settle(rogue.wallet, fresh.authorization, fresh.signature)


# H22 to H28: what is given back, and what can be authorized


def test_h22_a_lifetime_used_up_without_a_payment(attack, rogue, regrant, budgets, lapse, pay):
    """Authorizes, lets lapse and closes again and again, so that nothing is left for life for any later key."""
    attack.may_extract(99)
    regrant(budgets=(replace(budgets[0], lifetime_limit=600), budgets[1]), cheque_books=())
    for _ in range(12):
        with attack.accepted():
            lapse()
    assert (rogue.wallet.spent("USD"), rogue.wallet.remaining("USD").lifetime) == (0, 600)
    with attack.accepted():
        pay(99)


def test_h22_more_given_back_than_was_charged(attack, rogue, lapse, drain, pay, relayer, authorize, now, time_travel):
    """Pays the window away, then closes lapsed and settled authorizations in one batch, twice, and in another currency."""
    attack.may_extract(500)
    laters = [replace(authorize(50), valid_before=now() + 60) for _ in range(2)]
    for later in laters:
        rogue.wallet.preauthorize(rogue.agent, later)
    drain()
    time_travel(to=laters[0].valid_before)
    for wrong in ("ETH", "USDC", ""):
        with attack.refused(errors.AuthorizationUnknown):
            rogue.wallet.close_authorizations(relayer, wrong, laters)
    with attack.refused(errors.AuthorizationUnknown):
        # The package would leave the second one out.
        twice = [each.as_tuple() for each in (*laters, laters[0])]
        rogue.wallet.send(relayer, "closeAuthorizations", keccak(text="USD"), twice)
    with attack.accepted():
        rogue.wallet.close_authorizations(relayer, "USD", laters)
    assert drain() == 100
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay(LEAST)


def test_h23_a_payee_limit_refilled_by_a_release(
    attack, rogue, regrant, budgets, usdc, accomplice, authorize, relayer, now, time_travel
):
    """Releases an authorization from before the payee had a limit, so that the payee's counter goes below its payments."""
    attack.may_extract(60)
    limited = (replace(budgets[0], limited_payees=(LimitedPayee(accomplice.address, 30),)), budgets[1])
    listed = (replace(budgets[0], payees=(*budgets[0].payees, accomplice.address)), budgets[1])
    wallet, later = rogue.wallet, authorize(30, to=accomplice.address)
    regrant(budgets=listed)
    wallet.preauthorize(rogue.agent, later)
    regrant(budgets=limited)
    wallet.pay(rogue.agent, usdc.address, accomplice.address, 30)
    with attack.accepted():
        wallet.close_authorizations(relayer, "USD", [later])
    with attack.refused(errors.PayeeLimitExceeded, remaining=0):
        wallet.pay(rogue.agent, usdc.address, accomplice.address, LEAST)
    # What counted for the limit does come back, once.
    regrant(budgets=(replace(limited[0], limited_payees=(LimitedPayee(accomplice.address, 60),)), budgets[1]))
    later = replace(authorize(30, to=accomplice.address), valid_before=now() + 60)
    wallet.preauthorize(rogue.agent, later)
    time_travel(to=later.valid_before)
    wallet.close_authorizations(relayer, "USD", [later])
    with attack.accepted():
        wallet.pay(rogue.agent, usdc.address, accomplice.address, 30)
    with attack.refused(errors.PayeeLimitExceeded, remaining=0):
        wallet.pay(rogue.agent, usdc.address, accomplice.address, LEAST)


def test_h24_a_currency_that_looks_like_another(attack, regrant, budgets):
    """Has a mandate set in a currency that a person takes for dollars, with a counter of its own."""
    for name in ("USD ", "usd", "U\u0405D", "US\u200bD", "USD\0", "", "USDUSDUSDUSDU", "US-D"):
        with attack.refused(errors.InvalidCurrency, currency=name):
            regrant(budgets=(replace(budgets[0], currency=name), budgets[1]))


def test_h25_an_authorization_that_nobody_can_settle(attack, rogue, authorize, settle, dai, relayer):
    """Authorizes what a token can't settle or report, so that the charge stays pending or is given back wrongly."""
    attack.may_extract(50)
    used = authorize(50)
    rogue.wallet.preauthorize(rogue.agent, used)
    settle(rogue.wallet, used)
    for closed in (False, True):
        for amount in (50, 1):
            with attack.refused(errors.AuthorizationUsed, nonce=used.nonce):
                rogue.wallet.preauthorize(rogue.agent, replace(authorize(amount), nonce=used.nonce))
        if not closed:
            rogue.wallet.close_authorizations(relayer, "USD", [used])
    with attack.refused(errors.AuthorizationStateUnreadable, token=dai.address):
        rogue.wallet.preauthorize(rogue.agent, replace(authorize(1), token=dai.address))


def test_h26_authorizations_that_never_end(attack, rogue, regrant, authorize, now):
    """Authorizes payments for longer than the mandate allows, to hold the budget against every later key."""
    for end in (now() + 3 * DAY + 60, 2**48 - 1, now(), 0):
        with attack.refused(errors.InvalidAuthorizationEnd, valid_before=end):
            rogue.wallet.preauthorize(rogue.agent, replace(authorize(1), valid_before=end))
    regrant(max_authorization_age=timedelta(0))
    for end in (now() + 60, now() + 2):
        with attack.refused(errors.InvalidAuthorizationEnd, valid_before=end):
            rogue.wallet.preauthorize(rogue.agent, replace(authorize(1), valid_before=end))


def test_h26_an_authorization_beyond_its_payees_end(
    attack, rogue, regrant, budgets, authorize, settle, accomplice, now, time_travel
):
    """Authorizes a payment to a payee with an end of its own, and settles it after that end."""
    end = now() + DAY
    limited = LimitedPayee(accomplice.address, valid_until=end)
    regrant(budgets=(replace(budgets[0], limited_payees=(limited,)), budgets[1]))
    later = authorize(50, to=accomplice.address)
    for beyond in (end + 1, end + DAY):
        with attack.refused(errors.InvalidAuthorizationEnd, valid_before=beyond, latest=end):
            rogue.wallet.preauthorize(rogue.agent, replace(later, valid_before=beyond))
    kept = replace(later, valid_before=end)
    rogue.wallet.preauthorize(rogue.agent, kept)
    time_travel(to=end)
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: authorization is expired"):
        settle(rogue.wallet, kept)
    with attack.refused(errors.PayeeExpired, payee=accomplice.address):
        rogue.wallet.preauthorize(rogue.agent, replace(later, valid_before=end + 60))


def test_h28_a_receive_authorization_settled_by_others(
    attack, rogue, authorize, settle, usdc, payee, accomplice, colluder
):
    """Settles an authorization that only its payee can settle: as anybody, as a transfer, and for another payee."""
    attack.may_extract(50)
    later = replace(authorize(50), kind=AuthorizationKind.RECEIVE)
    rogue.wallet.preauthorize(rogue.agent, later)
    _, _, to, amount, after, before, nonce, _, _ = later.as_tuple()
    message = (rogue.wallet.address, to, amount, after, before, nonce, b"\0")
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        usdc.send(accomplice, SETTLE, *message)
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: caller must be the payee"):
        usdc.send(accomplice, RECEIVE, *message)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        usdc.send(accomplice, RECEIVE, rogue.wallet.address, accomplice.address, *message[2:])
    with attack.accepted():
        usdc.send(payee, RECEIVE, *message)
    with attack.refused(errors.UnknownRevert, reason="FiatTokenV2: authorization is used or canceled"):
        usdc.send(payee, RECEIVE, *message)
