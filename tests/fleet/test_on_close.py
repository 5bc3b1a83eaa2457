"""`onClose`: a pre-authorization that was settled counts like a payment made now; one that wasn't is released (I29, I35)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import ContractError, WalletCall, Window, errors
from peculium.mandate import MAX_WINDOW
from verification.testing.durations import DAY
from verification.testing.fleet import CURRENCY, USD, fleet_refuses
from verification.testing.refusals import refuses
from verification.testing.snapshots import restored

BUCKET = DAY // 8
FOUR_WINDOWS = (3_600, DAY, 30 * DAY, MAX_WINDOW)
"""Lengths of the windows (seconds), from the shortest to the longest that a budget may have."""


@pytest.fixture
def close(relayer):
    """Closes authorizations of an agent as the relayer."""
    return lambda agent, *made: agent.wallet.close_authorizations(relayer, "USD", made)


# Callers


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("role", ["stranger", "principal", "agent"])
def test_refuses_accounts_without_code(role, settled, request, fleet, agents, preauthorize, state):
    preauthorize(agents[0])
    before, caller = state(), request.getfixturevalue(role)
    with refuses(errors.NotAWallet, sender=caller.address):
        fleet.send(caller, "onClose", CURRENCY, 100 * USD, settled)
    assert state() == before


def test_refuses_code_that_resembles_a_wallets(fleet, agents, preauthorize, web3):
    preauthorize(agents[0])
    resembling = "0x00000000000000000000000000000000000c0de3"
    web3.provider.make_request("anvil_setCode", [resembling, web3.eth.get_code(agents[0].wallet.address).to_0x_hex()])
    with refuses(errors.NotAWallet, sender=resembling):
        fleet.read("onClose", CURRENCY, 100 * USD, False, sender=resembling)


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("owner", ["principal", "other_principal"])
def test_no_principal_can_make_its_wallet_invent_a_closing(
    owner, settled, fleet, agents, preauthorize, new_agent, other_agent, request, state
):
    """I35. Otherwise anybody with a wallet could release what other wallets have pending."""
    preauthorize(agents[0])
    before, caller = state(), request.getfixturevalue(owner)
    wallet = agents[1].wallet if owner == "principal" else new_agent(by=caller, key=other_agent).wallet
    call = WalletCall(fleet.address, 0, fleet.call_data("onClose", CURRENCY, 100 * USD, settled))
    with refuses(errors.ReservedForGuards, target=fleet.address, selector=bytes.fromhex(call.data[2:10])):
        wallet.execute(caller, call)
    assert state() == before


@pytest.mark.parametrize("settled", [False, True])
def test_refuses_more_than_is_pending(settled, fleet, agents, preauthorize):
    """No wallet reports that. If one did, the counters must not wrap."""
    preauthorize(agents[0])
    sender = agents[0].wallet.address
    fleet.read("onClose", CURRENCY, 100 * USD, settled, sender=sender)
    with refuses(errors.UnknownRevert, reason="panic 0x11"):
        fleet.read("onClose", CURRENCY, 100 * USD + 1, settled, sender=sender)


# Closing


def test_settled_authorization_counts_for_a_window_from_its_closing(
    fleet, agents, preauthorize, settle, close, now, time_travel
):
    made = preauthorize(agents[0])
    settle(agents[0], made)
    time_travel(seconds=2 * DAY)
    close(agents[0], made)
    closed = now()
    state = fleet.remaining("USD")
    assert (state.pending, state.windows[0].remaining, state.lifetime) == (0, 500, 4_900)
    returns_at = int(state.windows[0].returns_at.timestamp())
    assert closed + DAY <= returns_at <= closed + DAY + BUCKET
    time_travel(to=returns_at)
    assert fleet.remaining("USD").windows[0].remaining == 600
    assert fleet.spent("USD") == 100


def test_released_authorization_is_as_if_it_had_never_been(fleet, agents, preauthorize, close, state, time_travel):
    before = state()
    made = preauthorize(agents[0])
    assert state() != before
    time_travel(to=made.valid_before)
    close(agents[0], made)
    assert state() == before


def test_released_amount_can_be_spent_once_by_another_agent(
    fleet, principal, agents, pay, preauthorize, close, time_travel
):
    fleet.set_budget(principal, "USD", 100, [Window(timedelta(days=1), 100)])
    made = preauthorize(agents[0])
    time_travel(to=made.valid_before)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[1], "0.000001")
    close(agents[0], made)
    pay(agents[1], 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[2], "0.000001")


def test_closes_several_authorizations_of_several_agents(fleet, agents, preauthorize, settle, close, time_travel):
    first, second = (preauthorize(agents[0], amount, str(amount)) for amount in (30, 50))
    other = preauthorize(agents[1], 20)
    settle(agents[0], second)
    time_travel(to=first.valid_before)
    assert fleet.remaining("USD").pending == 100
    close(agents[0], first, second)
    assert (fleet.remaining("USD").pending, fleet.spent("USD")) == (20, 70)
    close(agents[1], other)
    assert (fleet.remaining("USD").pending, fleet.spent("USD")) == (0, 50)


def test_closes_an_authorization_of_a_mandate_that_named_the_fleet(fleet, agents, put_mandate, preauthorize, close):
    """The wallet remembers the guard of each round."""
    made = preauthorize(agents[0])
    put_mandate(agents[0], guard="0x" + "00" * 20)
    close(agents[0], made)
    assert (fleet.remaining("USD").pending, fleet.spent("USD")) == (0, 0)


def test_does_not_count_an_authorization_of_a_mandate_that_did_not_name_the_fleet(
    fleet, agents, put_mandate, preauthorize, close, state
):
    put_mandate(agents[0], guard="0x" + "00" * 20)
    preauthorize(agents[1], 40)
    before = state()
    made = preauthorize(agents[0])
    put_mandate(agents[0])
    close(agents[0], made)
    assert state() == before


@pytest.mark.parametrize("stop", ["revoke", "revoke_all", "limits zero"])
def test_closes_after_a_stop(stop, fleet, agents, suite, principal, preauthorize, close, time_travel):
    """A stopped agent must not hold the budget of the others."""
    made = preauthorize(agents[0])
    if stop == "revoke":
        suite.switch.revoke(principal, agents[0].wallet.address)
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
    else:
        fleet.set_budget(principal, "USD", 0, [Window(timedelta(days=1), 0)])
    time_travel(to=made.valid_before)
    close(agents[0], made)
    assert (fleet.remaining("USD").pending, fleet.spent("USD")) == (0, 0)


def test_closes_after_other_windows_were_set(fleet, agents, principal, preauthorize, settle, close):
    made = preauthorize(agents[0])
    fleet.set_budget(principal, "USD", 5_000, [Window(timedelta(hours=1), 600), Window(timedelta(days=7), 700)])
    assert [each.remaining for each in fleet.remaining("USD").windows] == [500, 600]
    settle(agents[0], made)
    close(agents[0], made)
    state = fleet.remaining("USD")
    assert (state.pending, [each.remaining for each in state.windows]) == (0, [500, 600])


@pytest.mark.parametrize("settled", [False, True])
def test_closes_an_authorization_of_a_wallet_that_was_handed_over(
    settled, fleet, agents, hand_over, preauthorize, settle, close, state
):
    """The fleet that agreed to it learns of its closing, so nothing stays pending."""
    unused = state()
    made = preauthorize(agents[0])
    if settled:
        settle(agents[0], made)
    hand_over()
    assert fleet.remaining("USD").pending == 100
    close(agents[0], made)
    remaining = fleet.remaining("USD")
    assert (agents[0].wallet.read("pendingAuthorizations", "USD"), remaining.pending) == (0, 0)
    if settled:
        assert (remaining.windows[0].remaining, fleet.spent("USD")) == (500, 100)
    else:
        assert state() == unused


def test_budget_that_a_hand_over_frees_can_be_spent_once(fleet, agents, principal, hand_over, preauthorize, close, pay):
    fleet.set_budget(principal, "USD", 100, [Window(timedelta(days=1), 100)])
    made = preauthorize(agents[0])
    hand_over()
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[1], "0.000001")
    close(agents[0], made)
    pay(agents[1], 100)
    with fleet_refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        pay(agents[2], "0.000001")


def test_closes_what_two_principals_authorized_each_at_its_own_fleet(
    fleet, new_fleet, agents, hand_over, put_mandate, preauthorize, close, other_principal
):
    """The wallet changes hands while an authorization is pending, and then spends under its new principal's fleet."""
    other = new_fleet(other_principal)
    other.set_budget(other_principal, "USD", 1_000, [Window(timedelta(days=1), 1_000)])
    first = preauthorize(agents[0], 100)
    hand_over()
    later = replace(agents[0], principal=other_principal)
    put_mandate(later, guard=other.address)
    second = preauthorize(later, 30, "later")
    later.wallet.refuse_all(other_principal)
    assert (fleet.remaining("USD").pending, other.remaining("USD").pending) == (100, 30)
    close(later, second)
    assert (fleet.remaining("USD").pending, other.remaining("USD").pending) == (100, 0)
    close(later, first)
    assert (fleet.remaining("USD").pending, fleet.spent("USD"), other.spent("USD")) == (0, 0, 0)


# Gas


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("used", [False, True], ids=["new fleet", "all buckets used"])
def test_gas_of_a_closing_suffices_for_four_windows_after_any_sleep(
    used, settled, web3, fleet, agents, principal, put_mandate, pay, preauthorize, settle, close, now, time_travel
):
    """The wallet gives the guard 200,000 gas. With less than it needs, the charge would stay pending."""
    windows = [Window(timedelta(seconds=each), 10**6) for each in FOUR_WINDOWS]
    fleet.set_budget(principal, "USD", 10**6, windows)
    mandate = put_mandate(
        agents[0],
        valid_until=now() + 100 * MAX_WINDOW,
        window_limit=10**6,
        lifetime_limit=10**6,
        max_authorization_age=timedelta(seconds=2**32 - 1),
    )
    agent = replace(agents[0], mandate=mandate)
    for length in reversed(FOUR_WINDOWS):
        for _ in range(9 if used else 1):
            time_travel(seconds=length // 8)
            pay(agent, 1)
    made = preauthorize(agent, 10, valid_before=now() + 20 * MAX_WINDOW)
    for length in FOUR_WINDOWS:
        for buckets in (1, 2, 8, 100):
            with restored(web3):
                pay(agent, 1)
                if settled:
                    settle(agent, made)
                    time_travel(seconds=min(buckets * length // 8, 19 * MAX_WINDOW))
                else:
                    time_travel(to=max(made.valid_before, now() + buckets * length // 8))
                close(agent, made)
                assert fleet.remaining("USD").pending == 0, (length, buckets)


def test_closing_with_any_gas_tells_the_fleet_or_reverts(web3, fleet, agents, preauthorize, stranger, time_travel):
    """Whoever closes chooses the gas. The wallet must not forget a charge that the fleet keeps."""
    made = preauthorize(agents[0])
    time_travel(to=made.valid_before)
    results = set()
    for gas in range(60_000, 400_000, 10_000):
        with restored(web3):
            try:
                arguments = ("closeAuthorizations", CURRENCY, [made.as_tuple()])
                agents[0].wallet.send(stranger, *arguments, gas=gas)
                closed = True
            except ContractError:
                closed = False
            pending = (agents[0].wallet.remaining("USD").pending, fleet.remaining("USD").pending)
            assert pending == ((0, 0) if closed else (100, 100)), gas
            results.add(closed)
    assert results == {False, True}
