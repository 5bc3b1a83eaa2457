"""The guard is one field of the mandate among others: what follows it in the mandate's code is read as without it (I27)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_utils import to_checksum_address

from peculium import Argument, LimitedPayee, errors
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guard_fixtures import TAKE
from verification.testing.refusals import refuses

INLINE_LIMIT = 1024
"""A wallet reads so many bytes of its mandate at once, and the rest where it needs it."""
LISTED = [to_checksum_address(f"0x{(i + 1) << 40:040x}") for i in range(150)]
LIMITED, STRANGER = (to_checksum_address(f"0x{(i << 60) + 7:040x}") for i in (1, 2))


@pytest.fixture(params=[1, 150], ids=["short", "long"])
def listed(request):
    """The listed payees: with all of them the mandate is longer than what is read at once."""
    return LISTED[: request.param]


@pytest.fixture
def bounded(new_agent, guard, target, usdc, listed):
    """An agent with every term that can follow the guard in the code."""
    rules = (
        call_rule(target.address, "f(uint256)", (Argument.one_of(*range(20)),), token=usdc.address),
        call_rule(target.address, "take()", token=usdc.address, pull_limit=50, max_calls=2),
    )
    return new_agent(
        guard=guard.address,
        payees=listed,
        limited_payees=(LimitedPayee(LIMITED, 30),),
        further_windows=((timedelta(days=2), 600), (timedelta(days=7), 650)),
        stranger_payment_limit=20,
        stranger_window_limit=30,
        calls=sorted(rules, key=lambda rule: rule.selector),
    )


def test_mandate_is_longer_than_what_is_read_at_once(bounded, listed):
    assert (len(bounded.mandate.code()) > INLINE_LIMIT + 500) is (len(listed) == 150)


def test_refuses_what_the_terms_behind_the_guard_refuse(bounded, listed, usdc, target):
    wallet, agent = bounded.wallet, bounded.agent
    with refuses(errors.PayeeLimitExceeded, charge=31 * 10**6, remaining=30 * 10**6):
        wallet.pay(agent, usdc.address, LIMITED, 31)
    with refuses(errors.StrangerPaymentLimitExceeded, charge=21 * 10**6, limit=20 * 10**6):
        wallet.pay(agent, usdc.address, STRANGER, 21)
    with refuses(errors.PullLimitExceeded, charge=51 * 10**6, limit=50 * 10**6):
        wallet.call(agent, target.address, TAKE, pull=51)
    with refuses(errors.PayeeNotListed, payee=bounded.mandate.guard):
        wallet.pay(agent, usdc.address, bounded.mandate.guard, 1)


def test_every_term_allows_its_amount_and_asks(bounded, listed, usdc, target, guard_calls):
    wallet, agent = bounded.wallet, bounded.agent
    actions = [
        lambda: wallet.pay(agent, usdc.address, listed[0], 100),
        lambda: wallet.pay(agent, usdc.address, listed[-1], 100),
        lambda: wallet.pay(agent, usdc.address, LIMITED, 30),
        lambda: wallet.pay(agent, usdc.address, STRANGER, 20),
        lambda: wallet.call(agent, target.address, TAKE, pull=50),
    ]
    for action in actions:
        (asked,) = guard_calls(action())
        assert asked.arguments["charge"]["principal"] == bounded.principal.address
    with refuses(errors.StrangerWindowLimitExceeded, charge=11 * 10**6, remaining=10 * 10**6):
        wallet.pay(agent, usdc.address, STRANGER, 11)


def test_further_windows_hold(bounded, listed, usdc, time_travel):
    """600 in two days, then 650 in seven."""
    wallet, agent = bounded.wallet, bounded.agent
    assert [window.limit for window in wallet.remaining("USD").windows] == [500, 600, 650]
    for _ in range(5):
        wallet.pay(agent, usdc.address, listed[-1], 100)
    time_travel(seconds=DAY + DAY // 8)
    wallet.pay(agent, usdc.address, listed[-1], 100)
    with refuses(errors.WindowLimitExceeded, remaining=0, length=2 * DAY):
        wallet.pay(agent, usdc.address, listed[-1], 1)
    time_travel(seconds=2 * DAY)
    with refuses(errors.WindowLimitExceeded, remaining=50 * 10**6, length=7 * DAY):
        wallet.pay(agent, usdc.address, listed[-1], 51)


def test_grant_and_bytes_are_those_of_the_mandate(bounded, guard):
    assert bounded.wallet.grant().guard == guard.address
    assert bounded.wallet.enforces(bounded.mandate)
    assert bounded.wallet.last_mandate().guard == guard.address
