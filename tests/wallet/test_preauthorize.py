"""Preauthorization (EIP-3009): charged first, valid for one digest, counted while it can be settled (I29)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from peculium import AgentWallet, Authorization, Domain, Token
from peculium import exceptions as errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.token_code import UNCLEAR_RESULTS

USD = 10**6
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
RECEIVE = TRANSFER.replace("transfer", "receive", 1)
USDC = Domain("USD Coin", "2")


@pytest.fixture
def authorization(usdc, payee, now):
    """100 dollars to the payee, valid for five days."""
    return Authorization(usdc.address, payee.address, 100 * USD, now() + 5 * DAY, USDC, keccak(text="nonce"))


@pytest.fixture
def settle(created, usdc, relayer):
    """Settles an authorization at the token, by default as the relayer."""

    def at_the_token(authorization, function=TRANSFER, signature=b"\0", by=relayer):
        _, payee, amount, after, before, nonce, _, _ = authorization.as_tuple()
        return usdc.send(by, function, created.wallet.address, payee, amount, after, before, nonce, signature)

    return at_the_token


@pytest.fixture
def is_valid(created):
    """Whether the wallet accepts a signature of the authorization's digest (ERC-1271)."""
    chain = created.wallet.web3.eth.chain_id
    return lambda each: created.wallet.is_valid_signature(each.digest(created.wallet.address, chain), b"\0")


# Refusals and validity


@pytest.mark.parametrize("caller", ["stranger", "principal", "payee"])
def test_refuses_callers_other_than_the_agent_key(caller, created, authorization, request):
    with refuses(errors.NotAgentKey):
        created.wallet.preauthorize(request.getfixturevalue(caller), authorization)


def test_refuses_what_the_mandate_does_not_allow(created, authorization, stranger):
    """I6."""
    with refuses(errors.PayeeNotListed, payee=stranger.address):
        created.wallet.preauthorize(created.agent, replace(authorization, payee=stranger.address))
    with refuses(errors.TokenNotListed, token=stranger.address):
        created.wallet.preauthorize(created.agent, replace(authorization, token=stranger.address))
    with refuses(errors.PaymentLimitExceeded, charge=100 * USD + 1, limit=100 * USD):
        created.wallet.preauthorize(created.agent, replace(authorization, amount=100 * USD + 1))
    with refuses(errors.ZeroAmount):
        created.wallet.preauthorize(created.agent, replace(authorization, amount=0))


def test_refuses_an_end_outside_the_validity_of_the_mandate(created, authorization, now):
    until = created.mandate.valid_until
    for end in (now(), until + 1, 2**200):
        with refuses(errors.InvalidAuthorizationEnd, valid_before=end, valid_until=until):
            created.wallet.preauthorize(created.agent, replace(authorization, valid_before=end))
    created.wallet.preauthorize(created.agent, replace(authorization, valid_before=until))


def test_refuses_the_same_authorization_twice(created, authorization):
    created.wallet.preauthorize(created.agent, authorization)
    with refuses(errors.AuthorizationKnown):
        created.wallet.preauthorize(created.agent, authorization)


@pytest.mark.parametrize("name", ["wallet", *SUITE_GETTERS, "token", "zero"])
def test_refuses_the_suite_and_the_tokens_even_with_any_payee(name, new_agent, authorization, usdc, dai):
    """I6. `PowersModule` reads the factory from the wallet."""
    created = new_agent(any_payee=True)
    known = {"wallet": created.wallet.address, "token": dai.address, "zero": ZERO_ADDRESS}
    forbidden = known.get(name) or created.wallet.read(name)
    with refuses(errors.PayeeNotListed, payee=forbidden, token=usdc.address):
        created.wallet.preauthorize(created.agent, replace(authorization, payee=forbidden))


@pytest.mark.parametrize("above", [False, True])
def test_refuses_the_factory_as_payee_for_any_order_of_addresses(
    above, suite, new_agent, principal, agent, authorization, usdc
):
    """I6. `PowersModule` compares its address with the wallet's for equality; their order must not matter."""
    implementation = AgentWallet(suite.web3, suite.factory.read("IMPLEMENTATION"))
    powers_module = int(implementation.read("POWERS_MODULE"), 16)
    places = (
        (salt, suite.factory.wallet_address(principal.address, agent.address, salt)) for salt in range(999, 2_000)
    )
    salt = next(salt for salt, address in places if (int(address, 16) > powers_module) is above)
    created = new_agent(any_payee=True, salt=salt)
    with refuses(errors.PayeeNotListed, payee=suite.factory.address, token=usdc.address):
        created.wallet.preauthorize(created.agent, replace(authorization, payee=suite.factory.address))


@pytest.mark.parametrize(
    "field", ["payee", "amount", "valid_after", "valid_before", "nonce", "token", "name", "version"]
)
def test_signature_is_invalid_for_any_changed_field(field, created, authorization, is_valid, dai, stranger):
    """A05."""
    created.wallet.preauthorize(created.agent, authorization)
    changed = {
        "payee": {"payee": stranger.address},
        "amount": {"amount": authorization.amount - 1},
        "valid_after": {"valid_after": 1},
        "valid_before": {"valid_before": authorization.valid_before + 1},
        "nonce": {"nonce": bytes(32)},
        "token": {"token": dai.address},
        "name": {"domain": Domain("USDC", "2")},
        "version": {"domain": Domain("USD Coin", "1")},
    }[field]
    assert is_valid(authorization)
    assert not is_valid(replace(authorization, **changed))


@pytest.mark.parametrize(("offset", "valid"), [(-1, True), (0, False), (1, False)])
def test_authorization_is_valid_until_just_before_its_end(offset, valid, created, authorization, is_valid, time_travel):
    """I21."""
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(to=authorization.valid_before + offset)
    assert is_valid(authorization) is valid


def test_digest_of_another_chain_is_invalid(created, authorization):
    """D02."""
    created.wallet.preauthorize(created.agent, authorization)
    chain = created.wallet.web3.eth.chain_id
    assert not created.wallet.is_valid_signature(authorization.digest(created.wallet.address, chain + 1), b"\0")


def test_authorization_for_one_token_is_invalid_at_another(
    created, usdc, deploy, payee, authorization, replace_mandate
):
    """The wallet builds the EIP-712 domain with the address of the listed token."""
    other = deploy("MockStablecoin", "USD Coin", "USDC", 18)
    replace_mandate(created, tokens=(Token(usdc.address, 6), Token(other.address, 18)))
    cheap = replace(authorization, token=other.address, amount=10**12)
    created.wallet.preauthorize(created.agent, cheap)
    chain = created.wallet.web3.eth.chain_id
    digest = replace(cheap, token=usdc.address).digest(created.wallet.address, chain)
    assert not created.wallet.is_valid_signature(digest, b"\0")


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace", "refuse_all", "end", "expire"])
def test_authorization_is_void_after_each_kind_of_stop(
    stop, created, authorization, is_valid, settle, suite, replace_mandate, time_travel, usdc, payee
):
    """I8."""
    authorization = replace(authorization, valid_before=created.mandate.valid_until)
    created.wallet.preauthorize(created.agent, authorization)
    wallet, principal = created.wallet, created.principal
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "replace":
        replace_mandate(created)
    elif stop == "refuse_all":
        wallet.refuse_all(principal)
    elif stop in ("end", "expire"):
        time_travel(to=created.mandate.valid_until - (stop == "end"))
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
    assert is_valid(authorization) is (stop == "end")
    if stop != "end":
        with pytest.raises(errors.ContractError):
            settle(authorization)
        assert usdc.balance(payee.address) == 0


def test_authorization_is_invalid_for_other_functions_of_the_token(created, authorization, settle, payee, usdc, web3):
    """A05. It does not allow `receiveWithAuthorization` or `cancelAuthorization`."""
    created.wallet.preauthorize(created.agent, authorization)
    with pytest.raises(errors.ContractError):
        settle(authorization, RECEIVE, by=payee)
    cancel = "cancelAuthorization(address,bytes32,bytes)"
    with pytest.raises(errors.ContractError):
        usdc.send(payee, cancel, created.wallet.address, authorization.nonce, b"\0")


# Charging and settlement


def test_charges_the_budget_before_the_transfer(created, authorization, usdc, payee):
    event = created.wallet.preauthorize(created.agent, authorization, "x402").event("PaymentAuthorized").arguments
    assert (event["amount"], event["charge"]) == (100 * USD, 100 * USD)
    assert usdc.balance(payee.address) == 0
    state = created.wallet.remaining("USD")
    assert (state.window, state.lifetime, state.pending) == (400, 9_900, 100)


def test_anyone_can_settle_an_authorization_once(created, authorization, settle, usdc, payee):
    created.wallet.preauthorize(created.agent, authorization)
    settle(authorization)
    assert usdc.balance(payee.address) == 100
    with pytest.raises(errors.ContractError):
        settle(authorization)
    assert created.wallet.spent("USD") == 100


@pytest.mark.parametrize("days", [0, 1, 3, 4])
def test_open_authorization_counts_in_every_window(days, created, authorization, usdc, payee, time_travel):
    """I29. It could be settled one window later, together with payments made meanwhile."""
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(seconds=days * DAY)
    state = created.wallet.remaining("USD")
    assert (state.window, state.windows[0].returns_at) == (400, None)
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")


def test_late_settlement_and_payments_stay_within_the_window_limit(
    created, authorization, settle, usdc, payee, time_travel
):
    """I2, I29. The settlement comes after the window in which the wallet charged it."""
    created.wallet.preauthorize(created.agent, authorization)
    time_travel(seconds=3 * DAY)
    settle(authorization)
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, "0.000001")
    assert usdc.balance(payee.address) == 500


# Closing


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
    arguments = ("closeAuthorization", "USD", authorization.as_tuple())
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
        created.wallet.read("closeAuthorization", "USD", authorization.as_tuple())
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


@pytest.fixture
def without_state(created, authorization, dai):
    """An authorization that the wallet granted for a token without EIP-3009."""
    made = replace(authorization, token=dai.address, amount=100 * 10**18)
    created.wallet.preauthorize(created.agent, made)
    return made


@pytest.mark.parametrize("offset", [-1, 0])
def test_authorization_counts_as_settled_when_the_token_has_no_state(
    offset, created, without_state, stranger, time_travel
):
    """I15. The token may have settled it. It counts in the window for its length, and for life."""
    time_travel(to=without_state.valid_before + offset)
    if offset < 0:
        with refuses(
            errors.AuthorizationOpen, valid_before=without_state.valid_before, timestamp=without_state.valid_before - 1
        ):
            created.wallet.read("closeAuthorization", "USD", without_state.as_tuple(), sender=stranger.address)
        return
    event = created.wallet.close_authorization(stranger, "USD", without_state).event("AuthorizationClosed").arguments
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
    new_agent, authorization, replace_mandate, dai, usdc, payee, relayer, time_travel
):
    """The rogue agent authorizes the whole window in a token without `authorizationState`.

    Anyone can close these authorizations under the next mandate. One window later, the capacity is back.
    """
    created = new_agent()
    made = [replace(authorization, token=dai.address, amount=100 * 10**18, nonce=bytes([i]) * 32) for i in range(5)]
    for each in made:
        created.wallet.preauthorize(created.agent, each)
    replace_mandate(created, agent_key=relayer.address)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(relayer, usdc.address, payee.address, "0.000001")
    for each in made:
        created.wallet.close_authorization(relayer, "USD", each)
    time_travel(to=int(created.wallet.remaining("USD").windows[0].returns_at.timestamp()))
    created.wallet.pay(relayer, usdc.address, payee.address, 100)
