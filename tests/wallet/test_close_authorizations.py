"""`closeAuthorizations`: records in the ledger what became of authorizations. Anyone can call it (I29)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from peculium import LimitedPayee, Token, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.token_code import UNCLEAR_RESULTS

USD = 10**6
CURRENCY = keccak(text="USD")


def test_refuses_to_close_an_authorization_twice(created, authorization, stranger, time_travel):
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(to=authorization.valid_before)
    created.wallet.close_authorization(stranger, "USD", authorization)
    with refuses(errors.AuthorizationUnknown):
        created.wallet.close_authorization(stranger, "USD", authorization)


@pytest.mark.parametrize("currency", ["EUR", "usd", ""])
def test_refuses_to_close_an_authorization_in_another_currency(currency, created, authorization, stranger, time_travel):
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(to=authorization.valid_before)
    with refuses(errors.AuthorizationUnknown):
        created.wallet.close_authorization(stranger, currency, authorization)


def test_refuses_to_close_an_unknown_authorization(created, authorization, stranger, time_travel):
    time_travel(to=authorization.valid_before)
    with refuses(errors.AuthorizationUnknown):
        created.wallet.close_authorization(stranger, "USD", authorization)


def test_refuses_to_close_an_authorization_of_a_paused_agent(created, authorization, suite, principal, stranger):
    """It becomes valid again after `unpause`."""
    created.wallet.preauthorize(created.agent, authorization)
    suite.switch.pause(principal, created.wallet.address)
    with refuses(errors.AuthorizationOpen):
        created.wallet.close_authorization(stranger, "USD", authorization)


def test_capacity_of_a_settled_authorization_returns_one_window_after_closing(
    created, authorization, settle, stranger, now, time_travel
):
    created.wallet.preauthorize(created.agent, authorization)
    settle(authorization)
    time_travel(seconds=2 * DAY)
    event = created.wallet.close_authorization(stranger, "USD", authorization).event("AuthorizationClosed").arguments
    assert (event["charge"], event["settled"]) == (100 * USD, True)
    closed = now()
    state = created.wallet.remaining("USD")
    assert (state.window, state.pending) == (400, 0)
    assert closed + DAY <= state.windows[0].returns_at.timestamp() <= closed + DAY + DAY // 8
    time_travel(to=int(state.windows[0].returns_at.timestamp()))
    assert created.wallet.remaining("USD").window == 500
    assert created.wallet.remaining("USD").lifetime == 9_900


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_closing_releases_an_unsettled_authorization_after_its_end(
    offset, created, authorization, stranger, time_travel
):
    """I21."""
    created.wallet.preauthorize(created.agent, authorization)
    end = authorization.valid_before
    time_travel(to=end + offset)
    arguments = ("closeAuthorizations", CURRENCY, [authorization.as_tuple()])
    if offset < 0:
        with refuses(errors.AuthorizationOpen, valid_before=end, timestamp=end - 1):
            created.wallet.read(*arguments, sender=stranger.address)
        return
    created.wallet.close_authorization(stranger, "USD", authorization)
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.pending, created.wallet.spent("USD")) == (500, 10_000, 0, 0)


def test_released_amount_can_be_spent_once_more(new_agent, authorization, usdc, payee, stranger, time_travel):
    created = new_agent(lifetime_limit=500)
    created.wallet.preauthorize(created.agent, authorization)
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    time_travel(to=authorization.valid_before)
    with refuses(errors.LifetimeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")
    created.wallet.close_authorization(stranger, "USD", authorization)
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.LifetimeLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


def test_closes_an_authorization_of_a_replaced_mandate(created, authorization, stranger, replace_mandate, time_travel):
    created.wallet.preauthorize(created.agent, authorization)
    replace_mandate(created)
    assert created.wallet.remaining("USD").window == 400
    time_travel(to=authorization.valid_before)
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert created.wallet.remaining("USD").window == 500


@pytest.fixture(params=["another mandate", "refuseAll"])
def end_all(request, created, replace_mandate):
    """Ends all authorizations before their own end."""
    if request.param == "refuseAll":
        return lambda: created.wallet.refuse_all(created.principal)
    return lambda: replace_mandate(created)


def test_releases_an_ended_authorization_at_once(end_all, created, authorization, settle, stranger):
    """It can no longer be settled, so closing need not wait for its end."""
    created.wallet.preauthorize(created.agent, authorization)
    with refuses(errors.AuthorizationOpen):
        created.wallet.read("closeAuthorizations", CURRENCY, [authorization.as_tuple()])
    end_all()
    with pytest.raises(errors.ContractError):
        settle(authorization)
    event = created.wallet.close_authorization(stranger, "USD", authorization).event("AuthorizationClosed").arguments
    assert event["settled"] is False
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.pending) == (500, 10_000, 0)


def test_settled_authorization_counts_after_it_was_ended(end_all, created, authorization, settle, stranger):
    created.wallet.preauthorize(created.agent, authorization)
    settle(authorization)
    end_all()
    created.wallet.close_authorization(stranger, "USD", authorization)
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.pending) == (400, 9_900, 0)


@pytest.mark.parametrize("offset", [-1, 0])
def test_authorization_counts_as_settled_when_the_token_reports_nothing_any_more(
    offset, created, authorization, stranger, usdc, web3, time_travel
):
    """I15. The token may have settled it. It counts in the window for its length, and for life."""
    created.wallet.preauthorize(created.agent, authorization)
    end = authorization.valid_before
    web3.provider.make_request("anvil_setCode", [usdc.address, "0x00"])
    time_travel(to=end + offset)
    if offset < 0:
        with refuses(errors.AuthorizationOpen, valid_before=end, timestamp=end - 1):
            created.wallet.read("closeAuthorizations", CURRENCY, [authorization.as_tuple()], sender=stranger.address)
        return
    event = created.wallet.close_authorization(stranger, "USD", authorization).event("AuthorizationClosed").arguments
    assert event["settled"] is True
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.pending) == (400, 9_900, 0)
    time_travel(to=int(state.windows[0].returns_at.timestamp()))
    assert (created.wallet.remaining("USD").window, created.wallet.remaining("USD").lifetime) == (500, 9_900)


@pytest.mark.parametrize("answer", UNCLEAR_RESULTS)
def test_authorization_counts_as_settled_for_a_malformed_state(answer, created, authorization, stranger, usdc, web3):
    """I15."""
    created.wallet.preauthorize(created.agent, authorization)
    web3.provider.make_request("anvil_setCode", [usdc.address, UNCLEAR_RESULTS[answer]])
    with refuses(errors.AuthorizationOpen):
        created.wallet.close_authorization(stranger, "USD", authorization)
    created.wallet.refuse_all(created.principal)
    event = created.wallet.close_authorization(stranger, "USD", authorization).event("AuthorizationClosed").arguments
    assert event["settled"] is True


def test_next_agent_can_spend_the_whole_window_of_a_rogue_agent(
    new_agent, authorization, replace_mandate, new_usdc, usdc, payee, relayer, time_travel, web3
):
    """The rogue agent authorizes the whole window in a token that reports nothing any more.

    Anyone can close these authorizations under the next mandate. One window later, the capacity is back.
    """
    broken = new_usdc()
    created = new_agent(tokens=(Token(usdc.address, 6), Token(broken.address, 6)))
    made = [replace(authorization, token=broken.address, nonce=bytes([i]) * 32) for i in range(5)]
    for each in made:
        # The package refuses what the token wouldn't settle.
        created.wallet.send(created.agent, "preauthorize", each.as_tuple(), bytes(32))
    web3.provider.make_request("anvil_setCode", [broken.address, "0x00"])
    replace_mandate(created, agent_key=relayer.address, tokens=(Token(usdc.address, 6),))
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(relayer, usdc.address, payee.address, "0.000001")
    created.wallet.close_authorizations(relayer, "USD", made)
    time_travel(to=int(created.wallet.remaining("USD").windows[0].returns_at.timestamp()))
    created.wallet.pay(relayer, usdc.address, payee.address, 100)


# Release


def test_releasing_returns_the_lifetime_limit(created, authorization, stranger, time_travel, now):
    """I3. Otherwise authorize, let lapse, close and repeat would end the currency for every later key."""
    for i in range(30):
        made = replace(authorization, valid_before=now() + 60, nonce=bytes([i]) * 32)
        created.wallet.preauthorize(created.agent, made)
        assert created.wallet.spent("USD") == 100
        time_travel(seconds=60)
        created.wallet.close_authorization(stranger, "USD", made)
    state = created.wallet.remaining("USD")
    assert (created.wallet.spent("USD"), state.lifetime, state.window, state.pending) == (0, 10_000, 500, 0)


def test_release_lowers_spent_by_exactly_the_charge(created, authorization, usdc, payee, stranger, settle, time_travel):
    """I3. What was settled or paid stays."""
    second = replace(authorization, amount=30 * USD, nonce=bytes(32))
    for each in (authorization, second):
        created.wallet.preauthorize(created.agent, each)
    created.wallet.pay(created.agent, usdc.address, payee.address, 7)
    settle(second)
    time_travel(to=authorization.valid_before)
    assert created.wallet.spent("USD") == 137
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert (created.wallet.spent("USD"), created.wallet.remaining("USD").pending) == (37, 30)
    created.wallet.close_authorization(stranger, "USD", second)
    assert (created.wallet.spent("USD"), created.wallet.remaining("USD").pending) == (37, 0)


def test_release_returns_a_payees_own_limit(new_agent, authorization, payee, stranger, usdc, time_travel):
    created = new_agent(payees=(), limited_payees=(LimitedPayee(payee.address, limit=150),))
    created.wallet.preauthorize(created.agent, authorization)
    assert created.wallet.read("paidTo", "USD", payee.address) == 100 * USD
    with refuses(errors.PayeeLimitExceeded, payee=payee.address, charge=51 * USD, remaining=50 * USD):
        created.wallet.pay(created.agent, usdc.address, payee.address, 51)
    time_travel(to=authorization.valid_before)
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert created.wallet.read("paidTo", "USD", payee.address) == 0
    created.wallet.pay(created.agent, usdc.address, payee.address, 100)


def test_settled_authorization_stays_counted_for_the_payee(new_agent, authorization, payee, relayer, usdc):
    created = new_agent(payees=(), limited_payees=(LimitedPayee(payee.address, limit=150),))
    created.wallet.preauthorize(created.agent, authorization)
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(relayer, function, *authorization.transfer(created.wallet.address), b"\0")
    created.wallet.close_authorization(relayer, "USD", authorization)
    assert created.wallet.read("paidTo", "USD", payee.address) == 100 * USD


def test_release_returns_no_limit_that_was_not_charged(created, authorization, payee, replace_mandate, usdc, stranger):
    """The payee had no limit of its own when it was authorized, and has one when it is released."""
    created.wallet.preauthorize(created.agent, authorization)
    replace_mandate(created, payees=(), limited_payees=(LimitedPayee(payee.address, limit=150),))
    created.wallet.pay(created.agent, usdc.address, payee.address, 60)
    created.wallet.close_authorization(stranger, "USD", authorization)
    assert created.wallet.read("paidTo", "USD", payee.address) == 60 * USD
    assert created.wallet.spent("USD") == 60


# Several at once


@pytest.fixture
def several(created, authorization):
    """Three authorizations of 50 dollars."""
    made = [replace(authorization, amount=50 * USD, nonce=bytes([i]) * 32) for i in range(3)]
    for each in made:
        created.wallet.preauthorize(created.agent, each)
    return made


def test_closes_several_with_different_outcomes(created, several, settle, stranger, time_travel):
    settle(several[1])
    time_travel(to=several[0].valid_before)
    receipt = created.wallet.close_authorizations(stranger, "USD", several)
    closed = [event.arguments for event in receipt.events if event.name == "AuthorizationClosed"]
    assert [(each["charge"], each["settled"]) for each in closed] == [
        (50 * USD, False),
        (50 * USD, True),
        (50 * USD, False),
    ]
    state = created.wallet.remaining("USD")
    assert (created.wallet.spent("USD"), state.window, state.pending) == (50, 450, 0)


def test_refuses_all_if_one_is_open(created, several, settle, stranger):
    for each in several[:2]:
        settle(each)
    with refuses(errors.AuthorizationOpen, valid_before=several[2].valid_before):
        created.wallet.close_authorizations(stranger, "USD", several)
    assert created.wallet.remaining("USD").pending == 150


def test_refuses_the_same_authorization_twice_in_one_call(created, several, stranger, time_travel):
    """Its charge would be released twice."""
    time_travel(to=several[0].valid_before)
    twice = [each.as_tuple() for each in (several[0], several[1], several[0])]
    with refuses(errors.AuthorizationUnknown):
        created.wallet.send(stranger, "closeAuthorizations", keccak(text="USD"), twice)
    assert created.wallet.remaining("USD").pending == 150


def test_two_authorizations_with_one_nonce_count_as_settled_together(
    created, authorization, settle, stranger, payee, usdc
):
    """The token reports only the nonce, and the wallet doesn't rely on who received what."""
    larger = replace(authorization, amount=80 * USD)
    for each in (authorization, larger):
        created.wallet.preauthorize(created.agent, each)
    settle(larger)
    created.wallet.close_authorizations(stranger, "USD", [authorization, larger])
    assert usdc.balance(payee.address) == 80
    assert created.wallet.spent("USD") == 180


def test_closing_nothing_changes_nothing(created, several, stranger):
    receipt = created.wallet.close_authorizations(stranger, "USD", [])
    assert receipt.events == ()
    assert created.wallet.remaining("USD").pending == 150


def test_each_further_one_costs_little(created, authorization, stranger, time_travel):
    """Closing must be cheap, or open authorizations would hold the budget."""
    made = [replace(authorization, amount=USD, nonce=i.to_bytes(32)) for i in range(12)]
    for each in made:
        created.wallet.preauthorize(created.agent, each)
    time_travel(to=authorization.valid_before)
    one = created.wallet.close_authorizations(stranger, "USD", made[:1]).gas_used
    eleven = created.wallet.close_authorizations(stranger, "USD", made[1:]).gas_used
    assert (eleven - one) / 10 < 25_000


def test_event_has_everything_that_closing_needs(created, authorization, stranger, time_travel):
    """Whoever closes needs nobody's records but the chain's."""
    event = created.wallet.preauthorize(created.agent, authorization, "x402").event("PaymentAuthorized").arguments
    assert event["currency"] == CURRENCY
    assert tuple(event["authorization"].values()) == authorization.as_tuple()
    time_travel(to=authorization.valid_before)
    created.wallet.send(stranger, "closeAuthorizations", event["currency"], [tuple(event["authorization"].values())])
    assert created.wallet.remaining("USD").pending == 0
