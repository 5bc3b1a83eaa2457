"""`validatePaymasterUserOp`: for whom the principal's deposit pays, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import GasTerms, UserOperation, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import GWEI, OPERATION_LIMIT, PERIOD, TERMS, at_fee, paid_by, priced


def test_refuses_validation_by_others_than_the_entry_point(
    sponsored_agent, sign_sponsored_payment, validate_paymaster, principal, agent, relayer
):
    operation = sign_sponsored_payment(sponsored_agent)
    for caller in (principal, agent, relayer):
        with refuses(errors.PaymasterUnauthorized, sender=caller.address):
            validate_paymaster(operation, sender=caller.address)


def test_refuses_post_op_by_others_than_the_entry_point(paymaster, principal):
    with refuses(errors.PaymasterUnauthorized, sender=principal.address):
        paymaster.read("postOp", 0, b"", 0, 0, sender=principal.address)


def test_refuses_a_contract_that_the_factory_did_not_create(
    deploy, principal, paymaster, validate_paymaster, send_bundle, paymaster_deposit, entry_point, stranger, bundler
):
    """It returns what a wallet would."""
    lookalike = deploy("MockLookalike", principal.address)
    before = paymaster_deposit()
    for nonce in (0, 1 << 200):
        operation = UserOperation(sender=lookalike.address, nonce=nonce, call_data=bytes(100))
        operation = replace(priced(operation), **paid_by(paymaster))
        with refuses(errors.NotAWallet, sender=lookalike.address):
            validate_paymaster(operation)
        assert send_bundle(operation).included is False
    assert paymaster_deposit() == before


@pytest.mark.parametrize("imitation", ["no code", "clone of the wallet's code", "implementation"])
def test_refuses_code_that_imitates_a_wallet(
    imitation, web3, sponsored_agent, validate_paymaster, sign_sponsored_payment, stranger, suite
):
    """One has the code of a wallet, with its principal, at another address."""
    address = {"no code": stranger.address, "implementation": suite.factory.read("IMPLEMENTATION")}.get(imitation)
    if address is None:
        address = web3.to_checksum_address("0x" + "c1" * 20)
        code = web3.eth.get_code(sponsored_agent.wallet.address).to_0x_hex()
        web3.provider.make_request("anvil_setCode", [address, code])
    with refuses(errors.NotAWallet, sender=address):
        validate_paymaster(replace(sign_sponsored_payment(sponsored_agent), sender=address))


def test_refuses_the_wallet_of_another_principal(
    web3,
    new_agent,
    other_principal,
    agent,
    created,
    fund,
    paymaster,
    sign_payment,
    sign_principal_call,
    validate_paymaster,
    send_bundle,
    paymaster_deposit,
    principal,
    now,
):
    """Gas terms for the wallet and operations of its new principal make no difference."""
    created.wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
    created.wallet.accept_hand_over(other_principal)
    paymaster.set_gas_terms(principal, created.wallet.address, TERMS)
    before = paymaster_deposit()
    operation = sign_principal_call(created, "cancelNonce", 1, by=other_principal, **paid_by(paymaster))
    agent_operation = replace(operation, nonce=1 << 200)
    for each in (operation, agent_operation):
        with refuses(
            errors.OtherPrincipal,
            wallet=created.wallet.address,
            principal=other_principal.address,
            expected=principal.address,
        ):
            validate_paymaster(each)
    assert send_bundle(operation).included is False
    assert paymaster_deposit() == before


STOPS = {
    "revoke": lambda switch, agent: switch.revoke(agent.principal, agent.wallet.address),
    "pause": lambda switch, agent: switch.pause(agent.principal, agent.wallet.address),
    "resign": lambda switch, agent: agent.wallet.resign(agent.agent),
    "revoke all": lambda switch, agent: switch.revoke_all(agent.principal, agent.principal.address),
    "pause all": lambda switch, agent: switch.pause_all(agent.principal, agent.principal.address),
}


@pytest.mark.parametrize("stop", STOPS)
def test_refuses_an_agent_after_a_stop(
    stop,
    suite,
    sponsored_agent,
    sign_sponsored_payment,
    validate_paymaster,
    send_bundle,
    paymaster_deposit,
    ether,
    usdc,
    payee,
):
    """I14. Stops of one agent or of all apply without `sync`. Nothing is paid or moved."""
    operation = sign_sponsored_payment(sponsored_agent)
    STOPS[stop](suite.switch, sponsored_agent)
    before = paymaster_deposit(), ether(sponsored_agent.wallet)
    with refuses(
        errors.AgentStopped, principal=sponsored_agent.principal.address, wallet=sponsored_agent.wallet.address
    ):
        validate_paymaster(operation)
    bundle = send_bundle(operation)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert (paymaster_deposit(), ether(sponsored_agent.wallet)) == before
    assert usdc.balance(payee.address) == 0


def test_refuses_a_held_agent_until_sync(
    suite, sponsored_agent, sign_sponsored_payment, validate_paymaster, principal, relayer
):
    suite.switch.pause_all(principal, principal.address)
    suite.switch.sync(relayer, sponsored_agent.wallet.address)
    suite.switch.unpause_all(principal)
    with refuses(errors.AgentStopped):
        validate_paymaster(sign_sponsored_payment(sponsored_agent))
    suite.switch.sync(relayer, sponsored_agent.wallet.address)
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent))[0] is True


def test_refuses_an_agent_long_after_a_missed_heartbeat(
    suite, sponsored_agent, sign_sponsored_payment, validate_paymaster, send_bundle, principal, time_travel, now
):
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    dormant = now() + DAY
    time_travel(3 * DAY)
    signed, after, until = validate_paymaster(sign_sponsored_payment(sponsored_agent))
    assert (signed, until) == (True, dormant - 1)
    assert after >= until
    assert send_bundle(sign_sponsored_payment(sponsored_agent)).included is False


def test_refuses_an_agent_without_gas_terms(
    created, sign_sponsored_payment, validate_paymaster, send_bundle, paymaster_deposit
):
    before, operation = paymaster_deposit(), sign_sponsored_payment(created)
    with refuses(errors.OperationCostExceeded, cost=operation.max_cost, limit=0):
        validate_paymaster(operation)
    assert send_bundle(operation).included is False
    assert paymaster_deposit() == before


def test_refuses_an_operation_of_the_principal_signed_by_the_agent(
    sponsored_agent, sign_principal_call, paymaster, send_bundle, paymaster_deposit
):
    before = paymaster_deposit()
    operation = sign_principal_call(sponsored_agent, "cancelNonce", 1, by=sponsored_agent.agent, **paid_by(paymaster))
    assert send_bundle(operation).included is False
    assert paymaster_deposit() == before


def test_refuses_another_period(sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit, now):
    before = paymaster_deposit()
    for period in (now() // PERIOD - 1, now() // PERIOD + 1):
        assert send_bundle(sign_sponsored_payment(sponsored_agent, period=period)).included is False
    assert paymaster_deposit() == before


def test_refuses_a_period_that_begins_too_late(sponsored_agent, sign_sponsored_payment, validate_paymaster):
    period = 2**34 // PERIOD + 1
    with refuses(errors.InvalidPeriod, start=period * PERIOD, maximum=2**34):
        validate_paymaster(sign_sponsored_payment(sponsored_agent, period=period))


@pytest.mark.parametrize("length", [0, 4, 7])
def test_refuses_calldata_without_a_period(length, sponsored_agent, sign_sponsored_payment, validate_paymaster):
    operation = sign_sponsored_payment(sponsored_agent)
    with refuses(errors.NoPeriod, wallet=sponsored_agent.wallet.address):
        validate_paymaster(replace(operation, call_data=operation.call_data[:length]))


def test_operation_expires_with_the_heartbeat(
    suite,
    sponsored_agent,
    sign_sponsored_payment,
    validate_paymaster,
    send_bundle,
    paymaster_deposit,
    now,
    time_travel,
    principal,
    usdc,
    payee,
):
    """The validity ends with the last second before dormancy. The EntryPoint enforces it."""
    time_travel(to=(now() // PERIOD + 1) * PERIOD + 500)
    suite.switch.set_heartbeat(principal, timedelta(days=1))
    dormant = now() + DAY
    period = dormant // PERIOD
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent, period=period)) == (
        True,
        period * PERIOD - 1,
        dormant - 1,
    )
    before = paymaster_deposit()
    last, too_late = (
        sign_sponsored_payment(sponsored_agent, period=period, nonce_key=nonce_key) for nonce_key in range(2)
    )
    time_travel(next_at=dormant - 1)
    assert send_bundle(last).succeeded == [True]
    spent = before - paymaster_deposit()
    time_travel(next_at=dormant)
    assert send_bundle(too_late).included is False
    assert before - paymaster_deposit() == spent
    assert usdc.balance(payee.address) == 1


def test_pays_for_the_principal_without_gas_terms(
    created, sign_principal_call, paymaster, send_bundle, paymaster_deposit, ether, usdc
):
    """The cost is above the limit of every agent."""
    before = paymaster_deposit(), ether(created.wallet)
    receiver = "0x" + "77" * 20
    operation = sign_principal_call(
        created, "withdrawAll", usdc.address, receiver, **at_fee(200 * GWEI), **paid_by(paymaster)
    )
    assert operation.max_cost > OPERATION_LIMIT
    bundle = send_bundle(operation)
    assert bundle.succeeded == [True]
    assert usdc.balance(created.wallet.address) == 0
    assert (before[0] - paymaster_deposit(), ether(created.wallet)) == (bundle.collected, before[1])


def test_pays_for_the_principal_after_revoke_all(
    suite, created, sign_principal_call, paymaster, send_bundle, principal
):
    suite.switch.revoke_all(principal, principal.address)
    assert send_bundle(sign_principal_call(created, "cancelNonce", 1, **paid_by(paymaster))).succeeded == [True]


def test_operation_limit_is_exact(sponsored_agent, sign_sponsored_payment, validate_paymaster, principal, paymaster):
    """All five gas limits count, including those of the paymaster."""
    operation = sign_sponsored_payment(sponsored_agent)
    assert operation.max_cost == 700_000 * 2 * GWEI
    limit = operation.max_cost
    exact = GasTerms(Decimal(limit).scaleb(-18), TERMS.window_limit, TERMS.window)
    paymaster.set_gas_terms(principal, sponsored_agent.wallet.address, exact)
    assert validate_paymaster(operation)[0] is True
    for field in (
        "call_gas_limit",
        "verification_gas_limit",
        "pre_verification_gas",
        "paymaster_verification_gas_limit",
        "paymaster_post_op_gas_limit",
    ):
        over = replace(operation, **{field: getattr(operation, field) + 1})
        with refuses(errors.OperationCostExceeded, cost=limit + 2 * GWEI, limit=limit):
            validate_paymaster(over)


def test_validity_equals_the_period_of_the_paymasters_terms(
    sponsored_agent, sign_sponsored_payment, validate_paymaster, paymaster, principal, now
):
    """The mandate has no gas terms here."""
    width = 2 * 86_400 // 8
    paymaster.set_gas_terms(
        principal, sponsored_agent.wallet.address, GasTerms(TERMS.operation_limit, 1, timedelta(days=2))
    )
    period = now() // width
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent, period=period)) == (
        True,
        period * width - 1,
        (period + 1) * width - 1,
    )


def test_accepts_a_period_until_the_last_possible_start(
    sponsored_agent, sign_sponsored_payment, validate_paymaster, paymaster, principal
):
    """The length is a power of two, so that a period begins exactly at 2^34, in the year 2514."""
    width, last = 2**14, 2**34
    paymaster.set_gas_terms(
        principal, sponsored_agent.wallet.address, GasTerms(TERMS.operation_limit, 1, timedelta(seconds=8 * width))
    )
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent, period=last // width)) == (
        True,
        last - 1,
        last + width - 1,
    )


def test_accepts_calldata_with_only_a_period(sponsored_agent, sign_sponsored_payment, validate_paymaster):
    """The wallet checks the rest of the calldata."""
    operation = sign_sponsored_payment(sponsored_agent)
    assert validate_paymaster(replace(operation, call_data=operation.call_data[:8]))[0] is True


def test_first_period_begins_at_zero(sponsored_agent, sign_sponsored_payment, validate_paymaster):
    """The start must not underflow."""
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent, period=0)) == (True, 0, PERIOD - 1)
    assert validate_paymaster(sign_sponsored_payment(sponsored_agent, period=1)) == (True, PERIOD - 1, 2 * PERIOD - 1)


def test_upper_half_of_the_nonce_selects_principal_or_agent(
    sponsored_agent, sign_sponsored_payment, validate_paymaster
):
    """As in the wallet, zero there means the principal, whatever the lower half is."""
    without_period = replace(sign_sponsored_payment(sponsored_agent), call_data=b"")
    assert validate_paymaster(replace(without_period, nonce=2**128 - 1)) == (True, 0, 0)
    with refuses(errors.NoPeriod, wallet=sponsored_agent.wallet.address):
        validate_paymaster(replace(without_period, nonce=2**128))


def test_pays_for_an_operation_that_creates_its_wallet(
    prepare_agent, sign_creation, paymaster, principal, usdc, payee, send_bundle, paymaster_deposit, relayer
):
    """The principal can set gas terms before the wallet exists."""
    agent, creation = prepare_agent(gas_terms=GasTerms())
    paymaster.set_gas_terms(principal, creation.wallet, TERMS)
    usdc.send(relayer, "mint", creation.wallet, 10**6)
    before = paymaster_deposit()
    bundle = send_bundle(sign_creation(agent, creation, **paid_by(paymaster)))
    assert bundle.succeeded == [True]
    assert usdc.balance(payee.address) == 1
    assert before - paymaster_deposit() == bundle.collected
