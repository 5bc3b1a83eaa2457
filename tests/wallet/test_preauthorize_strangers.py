"""Pre-authorizations to strangers: pending in their window until they are closed (I29, I32)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import Authorization, Domain, LimitedPayee, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
SMALLEST = Decimal("0.000001")
BUCKET = DAY // 8
STRANGERS = {"stranger_payment_limit": 20, "stranger_window_limit": 50}
STRANGER, OTHER_STRANGER = (to_checksum_address(keccak(text=name)[:20]) for name in ("stranger", "other"))


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent that may pay strangers 20 dollars at a time and 50 a day, beside its listed payee."""
    return checkpoint.share("created", lambda: new_agent(**STRANGERS))


@pytest.fixture
def pay(created, usdc):
    """Pays a stranger in USDC, by default the first one."""
    return lambda amount, to=STRANGER: created.wallet.pay(created.agent, usdc.address, to, amount)


@pytest.fixture
def strangers(created):
    """What remains for strangers now."""
    return lambda: created.wallet.remaining("USD").strangers.window.remaining


@pytest.fixture
def authorization(usdc, now):
    """20 dollars to a stranger, valid for five days."""
    return Authorization(usdc.address, STRANGER, 20 * USD, now() + 5 * DAY, Domain("USD Coin", "2"))


def test_open_authorization_counts_for_strangers_at_every_time(created, authorization, pay, strangers, time_travel):
    """I29, I32. It could be settled at any time."""
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(seconds=4 * DAY)
    assert strangers() == 30
    assert created.wallet.remaining("USD").strangers.window.returns_at is None
    pay(20)
    with refuses(errors.StrangerWindowLimitExceeded, charge=10 * USD + 1, remaining=10 * USD, length=DAY):
        pay(10 + SMALLEST)


def test_released_authorization_returns_the_strangers_window(created, authorization, strangers, stranger, time_travel):
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(to=authorization.valid_before)
    assert strangers() == 30
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert strangers() == 50
    assert created.wallet.spent("USD") == 0


def test_settled_authorization_counts_for_strangers_from_its_closing(
    created, authorization, strangers, stranger, usdc, relayer, time_travel, now
):
    created.wallet.preauthorize(created.agent, authorization)
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(relayer, function, *authorization.transfer(created.wallet.address), b"\0")
    assert usdc.balance(STRANGER) == 20
    time_travel(seconds=3 * DAY)
    created.wallet.close_authorization(stranger, "USD", authorization)
    returns = (now() // BUCKET + 9) * BUCKET
    time_travel(to=returns - 1)
    assert strangers() == 30
    time_travel(to=returns)
    assert strangers() == 50


def test_authorization_of_a_stranger_that_is_listed_later_returns_what_it_was_charged_to(
    created, authorization, strangers, stranger, replace_mandate
):
    """The authorization remembers that it was charged to strangers, and nothing was counted for the payee."""
    created.wallet.preauthorize(created.agent, authorization)
    replace_mandate(created, limited_payees=(LimitedPayee(STRANGER, limit=100),), **STRANGERS)
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert strangers() == 50
    assert created.wallet.read("paidTo", "USD", STRANGER) == 0


def test_authorization_of_a_payee_that_is_listed_no_more_returns_its_own_limit(
    created, authorization, strangers, pay, stranger, replace_mandate
):
    """Strangers' own window isn't released by what was never charged to it."""
    replace_mandate(created, limited_payees=(LimitedPayee(STRANGER, limit=100),), **STRANGERS)
    created.wallet.preauthorize(created.agent, authorization)
    assert created.wallet.read("paidTo", "USD", STRANGER) == 20 * USD
    replace_mandate(created, **STRANGERS)
    pay(20)
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert created.wallet.read("paidTo", "USD", STRANGER) == 0
    assert strangers() == 30
