"""Preauthorization (EIP-3009): charged first, valid for one digest, counted while it can be settled (I29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import NATIVE, AgentWallet, Domain, LimitedPayee, Token, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.token_code import UNCLEAR_RESULTS

USD = 10**6


# Refusals and validity


@pytest.mark.parametrize("caller", ["stranger", "principal", "payee"])
def test_refuses_callers_other_than_the_agent_key(caller, created, authorization, request):
    with refuses(errors.NotAgentKey):
        created.wallet.preauthorize(request.getfixturevalue(caller), authorization)


def test_refuses_what_the_mandate_does_not_allow(created, authorization, stranger, new_usdc):
    """I6."""
    unlisted = new_usdc()
    with refuses(errors.PayeeNotListed, payee=stranger.address):
        created.wallet.preauthorize(created.agent, replace(authorization, payee=stranger.address))
    with refuses(errors.TokenNotListed, token=unlisted.address):
        created.wallet.preauthorize(created.agent, replace(authorization, token=unlisted.address))
    with refuses(errors.NotAuthorizable, token=NATIVE):
        created.wallet.preauthorize(created.agent, replace(authorization, token=NATIVE))
    with refuses(errors.PaymentLimitExceeded, charge=100 * USD + 1, limit=100 * USD):
        created.wallet.preauthorize(created.agent, replace(authorization, amount=100 * USD + 1))
    with refuses(errors.ZeroAmount):
        created.wallet.preauthorize(created.agent, replace(authorization, amount=0))


def test_refuses_an_end_outside_the_validity_of_the_mandate(new_agent, authorization, now, time_travel):
    created = new_agent(max_authorization_age=timedelta(days=99))
    until = created.mandate.valid_until
    time_travel(seconds=DAY)
    moment = now()

    def preauthorize(end):
        # The package refuses some of these times.
        fields = authorization.as_tuple()
        arguments = ((*fields[:5], end, *fields[6:]), bytes(32))
        created.wallet.read("preauthorize", *arguments, sender=created.agent.address)

    for end in (moment - 1, moment, until + 1, 2**200, 2**256 - 1):
        with refuses(errors.InvalidAuthorizationEnd, valid_before=end, timestamp=moment, latest=until):
            preauthorize(end)
    preauthorize(moment + 1)
    preauthorize(until)


def test_refuses_an_end_beyond_the_maximum_age(new_agent, authorization, now, time_travel):
    """An authorization that is never closed holds the budget for a bounded time."""
    created = new_agent(max_authorization_age=timedelta(hours=1))
    moment = now()
    for end, refused in ((3599, False), (3600, False), (3601, True)):
        arguments = (replace(authorization, valid_before=moment + end).as_tuple(), bytes(32))
        if not refused:
            created.wallet.read("preauthorize", *arguments, sender=created.agent.address)
            continue
        with refuses(errors.InvalidAuthorizationEnd, valid_before=moment + end, timestamp=moment, latest=moment + 3600):
            created.wallet.read("preauthorize", *arguments, sender=created.agent.address)


def test_refuses_every_authorization_without_a_maximum_age(new_agent, authorization, now):
    created = new_agent(max_authorization_age=timedelta(0))
    moment = now()
    for end in (moment, moment + 1, created.mandate.valid_until):
        arguments = (replace(authorization, valid_before=end).as_tuple(), bytes(32))
        with refuses(errors.InvalidAuthorizationEnd, valid_before=end, timestamp=moment, latest=moment):
            created.wallet.read("preauthorize", *arguments, sender=created.agent.address)


@pytest.mark.parametrize(("after_its_end", "refused"), [(-1, False), (0, False), (1, True)])
def test_refuses_an_end_after_the_payees_own_terms(after_its_end, refused, new_agent, authorization, payee, now):
    """I21. Otherwise it could be settled when the payee may not be paid any more."""
    end = now() + 2 * DAY
    created = new_agent(payees=(), limited_payees=(LimitedPayee(payee.address, valid_until=end),))
    moment = now()
    arguments = (replace(authorization, valid_before=end + after_its_end).as_tuple(), bytes(32))
    if not refused:
        created.wallet.read("preauthorize", *arguments, sender=created.agent.address)
        return
    with refuses(errors.InvalidAuthorizationEnd, valid_before=end + 1, timestamp=moment, latest=end):
        created.wallet.read("preauthorize", *arguments, sender=created.agent.address)


def test_refuses_a_payee_whose_own_terms_have_ended(new_agent, authorization, payee, now, time_travel):
    end = now() + DAY
    created = new_agent(payees=(), limited_payees=(LimitedPayee(payee.address, valid_until=end),))
    time_travel(to=end)
    with refuses(errors.PayeeExpired, payee=payee.address, timestamp=end, valid_until=end):
        arguments = (replace(authorization, valid_before=end + 60).as_tuple(), bytes(32))
        created.wallet.read("preauthorize", *arguments, sender=created.agent.address)


def test_refuses_the_same_authorization_twice(created, authorization):
    created.wallet.preauthorize(created.agent, authorization)
    with refuses(errors.AuthorizationKnown):
        created.wallet.preauthorize(created.agent, authorization)


def test_refuses_a_token_that_does_not_report_authorizations(created, authorization, dai, usdt):
    """I15. Nobody could tell later whether it was settled."""
    for token in (dai, usdt):
        with refuses(errors.AuthorizationStateUnreadable, token=token.address):
            created.wallet.preauthorize(created.agent, replace(authorization, token=token.address, amount=1))
    assert created.wallet.spent("USD") == 0


@pytest.mark.parametrize("answer", UNCLEAR_RESULTS)
def test_refuses_a_token_whose_report_is_malformed(answer, created, authorization, usdc, web3):
    """I15."""
    web3.provider.make_request("anvil_setCode", [usdc.address, UNCLEAR_RESULTS[answer]])
    with refuses(errors.AuthorizationStateUnreadable, token=usdc.address):
        created.wallet.preauthorize(created.agent, authorization)


def test_refuses_a_nonce_that_was_used(created, authorization, settle, usdc):
    """The token would refuse it, and its charge would count until it is closed."""
    created.wallet.preauthorize(created.agent, authorization)
    settle(authorization)
    with refuses(errors.AuthorizationUsed, token=usdc.address, nonce=authorization.nonce):
        created.wallet.preauthorize(created.agent, replace(authorization, amount=1))


@pytest.mark.parametrize("name", ["wallet", *SUITE_GETTERS, "token", "zero"])
def test_refuses_the_suite_and_the_tokens_as_strangers(name, new_agent, authorization, usdc, dai):
    """I6. `PowersModule` reads the factory from the wallet."""
    created = new_agent(stranger_payment_limit=100, stranger_window_limit=500)
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
    created = new_agent(stranger_payment_limit=100, stranger_window_limit=500, salt=salt)
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
    created, usdc, new_usdc, authorization, replace_mandate, stranger
):
    """The wallet builds the EIP-712 domain with the address of the listed token."""
    other = new_usdc()
    other.send(stranger, "mint", created.wallet.address, 1)
    replace_mandate(created, tokens=(Token(usdc.address, 6), Token(other.address, 6)))
    cheap = replace(authorization, token=other.address, amount=1)
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
        settle(authorization, by=payee, receive=True)
    cancel = "cancelAuthorization(address,bytes32,bytes)"
    with pytest.raises(errors.ContractError):
        usdc.send(payee, cancel, created.wallet.address, authorization.nonce, b"\0")


# Charging and settlement


def test_charges_the_budget_before_the_transfer(created, authorization, usdc, payee):
    event = created.wallet.preauthorize(created.agent, authorization, "x402").event("PaymentAuthorized").arguments
    assert (event["authorization"]["amount"], event["charge"]) == (100 * USD, 100 * USD)
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
