"""H: payments to payees that the mandate doesn't list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import ChequeBook, LimitedPayee, Pay, Request, RequestPayment, Window, errors
from peculium.wallet.cheques import sign_cheque
from tests.attacks.conftest import TAKE, USDC
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY

FULL = errors.StrangerWindowLimitExceeded
LEAST = Decimal("0.000001")
NOT_OF_THE_WALLETS = "FiatTokenV2: invalid signature"


def somebody(number: int) -> str:
    """An address that nobody has listed, another for each number."""
    return to_checksum_address(keccak(text=f"stranger {number}")[:20])


@pytest.fixture
def open_up(regrant, budgets):
    """The principal lets the rogue pay strangers: ten dollars at once, thirty in a day; overridden as given."""

    def grant(powers=(), **terms):
        terms = {"stranger_payment_limit": 10, "stranger_window_limit": 30, **terms}
        return regrant(budgets=(replace(budgets[0], **terms), budgets[1]), **dict(powers))

    return grant


@pytest.fixture
def pay_somebody(rogue, usdc):
    """The rogue pays a stranger; another one for each number."""
    return lambda amount, number=0: rogue.wallet.pay(rogue.agent, usdc.address, somebody(number), amount)


def test_h06_a_listed_payee_as_a_stranger(
    attack, rogue, open_up, usdc, dai, accomplice, guardian, target, now, time_travel
):
    """Pays payees whose own terms are used up or have ended, by payment and by call, as if they were strangers."""
    attack.may_extract(20)
    ends = now() + 3600
    limited = (LimitedPayee(accomplice.address, 10), LimitedPayee(guardian.address, 10, ends))
    limited = (*limited, LimitedPayee(target.address, 10))
    rule = call_rule(target.address, "take()", pull_limit=100, token=usdc.address)
    open_up({"calls": (rule,)}, limited_payees=limited)
    rogue.wallet.pay(rogue.agent, usdc.address, accomplice.address, 10)
    for token in (usdc, dai):
        with attack.refused(errors.PayeeLimitExceeded, payee=accomplice.address, remaining=0):
            rogue.wallet.pay(rogue.agent, token.address, accomplice.address, LEAST)
    time_travel(to=ends)
    with attack.refused(errors.PayeeExpired, payee=guardian.address):
        rogue.wallet.pay(rogue.agent, usdc.address, guardian.address, LEAST)
    with attack.refused(errors.PayeeLimitExceeded, payee=target.address):
        rogue.wallet.call(rogue.agent, target.address, TAKE, pull="10.000001")
    rogue.wallet.call(rogue.agent, target.address, TAKE, pull=10)
    with attack.refused(errors.PayeeLimitExceeded, payee=target.address, remaining=0):
        rogue.wallet.pay(rogue.agent, usdc.address, target.address, LEAST)
    assert rogue.wallet.remaining("USD").strangers.window.remaining == 30


def test_h06_a_forbidden_address_as_a_stranger(attack, rogue, open_up, usdc, dai, usdt):
    """Pays the wallet, a token, the zero address and the suite as strangers, by payment and authorization."""
    open_up()
    tokens = [token.address for token in (usdc, dai, usdt)]
    for payee in (ZERO_ADDRESS, *tokens, *rogue.wallet.read("suite")):
        with attack.refused(errors.PayeeNotListed, payee=payee):
            rogue.wallet.send(rogue.agent, "pay", usdc.address, payee, 1, bytes(32))


def test_h07_an_amount_above_the_strangers_limit(attack, rogue, open_up, pay_somebody, usdc, authorize, relayer, now):
    """Pays a stranger more than the strangers' payment limit, within the limit for listed payees."""
    open_up()
    wallet, agent, payment = rogue.wallet, rogue.agent, (usdc.address, somebody(0), "10.000001")
    with attack.refused(errors.StrangerPaymentLimitExceeded, charge=10_000_001, limit=10_000_000):
        pay_somebody("10.000001")
    with attack.refused(errors.StrangerPaymentLimitExceeded):
        wallet.pay_batch(agent, [Pay(*payment)])
    with attack.refused(errors.StrangerPaymentLimitExceeded):
        wallet.act(relayer, wallet.sign_action(agent, Pay(*payment), deadline=now() + DAY))
    with attack.refused(errors.StrangerPaymentLimitExceeded):
        wallet.preauthorize(agent, authorize("10.000001", to=somebody(0)))


def test_h07_many_strangers_by_every_path(
    attack, rogue, open_up, pay_somebody, usdc, dai, authorize, settle, bundler, relayer, now
):
    """Pays another stranger by every path and in every token until the strangers' window is full, and then again."""
    open_up()
    # Some ether is the fee of the operation.
    attack.may_extract(30, "0.001")
    wallet, agent, end = rogue.wallet, rogue.agent, now() + DAY
    pay_somebody(10)
    fee = {"relayer": relayer.address, "fee": (usdc.address, 2)}
    wallet.act(relayer, wallet.sign_action(agent, Pay(dai.address, somebody(1), 5), deadline=end, **fee))
    bundler.perform(wallet, agent, Pay(usdc.address, somebody(2), 5))
    later = authorize(5, to=somebody(3))
    wallet.preauthorize(agent, later)
    wallet.pay_batch(agent, [Pay(dai.address, somebody(number), 1) for number in range(3)])
    settle(wallet, later)
    wallet.close_authorizations(relayer, "USD", [later])
    for token in (usdc, dai):
        with attack.refused(FULL, remaining=0):
            wallet.pay(agent, token.address, somebody(9), LEAST)
    with attack.refused(FULL, remaining=0):
        wallet.pay_batch(agent, [Pay(usdc.address, somebody(9), LEAST)])
    with attack.refused(FULL, remaining=0):
        wallet.act(relayer, wallet.sign_action(agent, Pay(usdc.address, somebody(9), LEAST), deadline=end))
    with attack.refused(FULL, remaining=0):
        request = Request(usdc.address, somebody(9), 1, end)
        wallet.act(relayer, wallet.sign_action(agent, RequestPayment(0, request), deadline=end, **fee))
    with attack.refused(FULL, remaining=0):
        bundler.perform(wallet, agent, Pay(usdc.address, somebody(9), LEAST))
    with attack.refused(FULL, remaining=0):
        wallet.preauthorize(agent, authorize(LEAST, to=somebody(9)))


def test_h07_the_strangers_window_at_every_bucket_boundary(
    attack, rogue, open_up, pay_somebody, web3, payee, now, time_travel
):
    """For three days, pays strangers what is available just before, at and after each bucket boundary."""
    open_up()
    width = DAY // 8
    start = (now() // width + 1) * width
    for edge in range(start, start + 3 * DAY, width):
        time_travel(to=edge - 3)
        for second in (edge - 1, edge, edge + 1):
            if second > now():
                time_travel(to=second)
            while left := min(rogue.wallet.remaining("USD").strangers.window.remaining, Decimal(10)):
                with attack.accepted():
                    pay_somebody(left, second)
    paid = [
        (web3.eth.get_block(event.block)["timestamp"], Decimal(event.arguments["charge"]) / 10**6)
        for event in rogue.wallet.payments()
        if event.arguments["payee"] != payee.address
    ]
    in_a_day = [sum(amount for when, amount in paid if end - DAY < when <= end) for end, _ in paid]
    assert max(in_a_day) == 30
    # Three days, and the start of a fourth.
    attack.may_extract(4 * 30)


def test_h07_the_strangers_window_after_a_new_mandate(attack, rogue, open_up, regrant, pay_somebody, budgets):
    """Fills the strangers' window, and has mandates set: the same, one without strangers, and another window."""
    attack.may_extract(30)
    open_up()
    for number in range(3):
        pay_somebody(10, number)
    hours = {"windows": (Window(timedelta(hours=8), 500),)}
    for change in (open_up, regrant, lambda: open_up({"cheque_books": ()}, **hours), open_up):
        change()
        with attack.refused(errors.PayeeNotListed if change is regrant else FULL):
            pay_somebody(LEAST, 7)
    rogue.wallet.lift_mandate(rogue.principal)
    open_up()
    with attack.refused(FULL, remaining=0):
        pay_somebody(LEAST, 7)


def test_h07_cheques_to_strangers_beside_a_full_window(
    attack, rogue, open_up, pay_somebody, usdc, payee, accomplice, settle
):
    """Fills the strangers' window by payments, cashes cheques to strangers besides, and renews the mandate for more."""
    # Payments of 26, a cheque to a stranger, and one to the listed payee, which isn't charged yet.
    attack.may_extract(28)
    attack.charged_in_advance(1)
    wallet, agent = rogue.wallet, rogue.agent
    book = {"cheque_books": (ChequeBook(usdc.address, 2, Decimal(1), timedelta(days=1), strangers=True),)}
    limited = (LimitedPayee(accomplice.address, 10),)

    def cash(to, slot):
        cheque = sign_cheque(wallet, agent, usdc.address, to, 1, USDC, slot)
        settle(wallet, cheque.authorization, cheque.signature)

    open_up(limited_payees=limited)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        cash(somebody(1), 0)
    open_up(book, limited_payees=limited)
    # A day touches two periods of two cheques: four dollars are reserved.
    for amount in (10, 10, 6):
        pay_somebody(amount)
    with attack.refused(FULL, remaining=0):
        pay_somebody(LEAST)
    for to in (accomplice.address, usdc.address, wallet.address):
        with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
            cash(to, 0)
    with attack.accepted():
        cash(somebody(1), 0)
    open_up(book, limited_payees=limited)
    with attack.refused(FULL, remaining=0):
        pay_somebody(LEAST)
    with attack.refused(errors.UnknownRevert, reason=NOT_OF_THE_WALLETS):
        cash(somebody(2), 0)
    with attack.accepted():
        cash(payee.address, 0)


def test_h17_authorizations_to_strangers_kept_for_later(
    attack, rogue, open_up, pay_somebody, authorize, settle, relayer, now, time_travel
):
    """Authorizes payments to strangers, waits until the window has passed, and pays others before it settles them."""
    attack.may_extract(30)
    open_up()
    wallet = rogue.wallet
    laters = [replace(authorize(10, to=somebody(number)), valid_before=now() + 2 * DAY) for number in range(3)]
    for later in laters:
        wallet.preauthorize(rogue.agent, later)
    time_travel(seconds=DAY + DAY // 4)
    with attack.refused(FULL, remaining=0):
        pay_somebody(LEAST, 7)
    for later in laters:
        settle(wallet, later)
        wallet.close_authorizations(relayer, "USD", [later])
    with attack.refused(FULL, remaining=0):
        pay_somebody(LEAST, 7)


def test_h17_a_lapsed_authorization_closed_twice(attack, rogue, open_up, authorize, relayer, now, time_travel):
    """Lets authorizations to strangers lapse and closes each twice, so that more is given back than was charged."""
    open_up()
    wallet = rogue.wallet
    for _ in range(2):
        later = replace(authorize(10, to=somebody(1)), valid_before=now() + 60)
        wallet.preauthorize(rogue.agent, later)
        time_travel(to=later.valid_before)
        with attack.accepted():
            wallet.close_authorizations(relayer, "USD", [later])
        with attack.refused(errors.AuthorizationUnknown):
            wallet.close_authorizations(relayer, "USD", [later])
        assert wallet.remaining("USD").strangers.window.remaining == 30
    assert wallet.remaining("USD").pending == 0
