"""Stops and user operations (I8, I14): what is bundled after a stop, before one, and in the same bundle as one.

A stop of this agent is seen in validation: nothing is included, and nothing burnt, to the wei. A stop of all agents isn't: the
first operation after it copies it, moves nothing, and costs no more than the gas terms allow.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import decode_refusal
from peculium import exceptions as errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import HIGHEST_FEE, OPERATION_LIMIT, WINDOW_LIMIT, at_fee


def revoke(suite, agent, sign_payment):
    suite.switch.revoke(agent.principal, agent.wallet.address)


def pause(suite, agent, sign_payment):
    suite.switch.pause(agent.principal, agent.wallet.address)


def resign(suite, agent, sign_payment):
    agent.wallet.resign(agent.agent)


def revoke_all_and_sync(suite, agent, sign_payment):
    suite.switch.revoke_all(agent.principal, agent.principal.address)
    suite.switch.sync(agent.agent, agent.wallet.address)


def pause_all_and_sync(suite, agent, sign_payment):
    suite.switch.pause_all(agent.principal, agent.principal.address)
    suite.switch.sync(agent.agent, agent.wallet.address)


OWN = [revoke, pause, resign, revoke_all_and_sync, pause_all_and_sync]


@pytest.fixture
def heartbeat(suite, created, time_travel):
    """Has the principal miss its heartbeat, when called."""

    def miss():
        suite.switch.send(created.principal, "setHeartbeat", DAY)
        time_travel(DAY)

    return miss


@pytest.mark.parametrize("stop", OWN)
def test_after_a_stop_nothing_is_included_and_nothing_is_burnt(
    stop, suite, created, sign_payment, send_bundle, ether, bundler, usdc
):
    """I14. Signed before the stop and after it, with a good signature and with a bad one."""
    signed = [sign_payment(created, nonce_key=nonce_key, **at_fee(HIGHEST_FEE)) for nonce_key in range(2)]
    stop(suite, created, sign_payment)
    signed += [sign_payment(created), sign_payment(created, by=created.principal)]
    before = ether(created.wallet), usdc.balance(created.wallet.address), created.wallet.read("operationGas")
    for operation in signed:
        bundle = send_bundle(operation)
        assert (bundle.included, bundle.collected) == (False, 0)
        with refuses(errors.AgentStopped, principal=created.principal.address, wallet=created.wallet.address):
            bundler.send(operation)
    assert (ether(created.wallet), usdc.balance(created.wallet.address), created.wallet.read("operationGas")) == before


def test_after_a_lifted_or_replaced_mandate_nothing_is_included_and_nothing_is_burnt(
    created, replace_mandate, sign_payment, send_bundle, ether, principal, bundler
):
    before, (first, second) = (
        ether(created.wallet),
        (sign_payment(created, nonce_key=nonce_key) for nonce_key in range(2)),
    )
    replaced = created.wallet.mandate_hash
    replace_mandate(created)
    bundle = send_bundle(first)
    assert (bundle.included, bundle.collected) == (False, 0)
    with refuses(errors.OperationOfOtherMandate, nonce_key=replaced[:16], mandate_hash=created.wallet.mandate_hash):
        bundler.send(first)
    late = sign_payment(created)
    created.wallet.lift_mandate(principal)
    for operation in (second, late):
        bundle = send_bundle(operation)
        assert (bundle.included, bundle.collected) == (False, 0)
        with refuses(errors.NoMandate):
            bundler.send(operation)
    assert ether(created.wallet) == before


@pytest.mark.parametrize("stop", ["revoke_all", "pause_all", "heartbeat"])
def test_after_a_stop_of_all_no_value_moves_and_the_stop_is_copied(
    stop, suite, created, sign_payment, send_bundle, ether, usdc, payee, heartbeat, bundler, principal
):
    """The first operation is included, and says so. The next isn't."""
    heartbeat() if stop == "heartbeat" else getattr(suite.switch, stop)(principal, principal.address)
    first, second = sign_payment(created), sign_payment(created, nonce_key=1)
    before = ether(created.wallet)
    bundle = send_bundle(first)
    assert bundle.succeeded == [True]
    (stopped,) = bundle.named("OperationStopped")
    assert stopped.arguments["userOpHash"] == bundler.hash(first)
    expected = {
        "revoke_all": errors.EpochEnded,
        "pause_all": errors.PrincipalIsPaused,
        "heartbeat": errors.PrincipalIsDormant,
    }
    assert isinstance(decode_refusal(stopped.arguments["reason"]), expected[stop])
    assert bundle.named("PaymentMade") == []
    assert usdc.balance(payee.address) == 0
    word = suite.switch.read("stopWord", principal.address, created.wallet.address)
    assert tuple(word) == (False, stop == "revoke_all", stop != "revoke_all")
    assert before - ether(created.wallet) == bundle.collected <= first.max_cost
    after = ether(created.wallet)
    assert send_bundle(second).included is False
    with refuses(errors.AgentStopped):
        bundler.send(second)
    assert ether(created.wallet) == after


@pytest.mark.parametrize("stop", ["revoke_all", "pause_all"])
def test_a_bundle_of_many_that_was_validated_before_a_stop_of_all_moves_nothing(
    stop, suite, created, replace_mandate, sign_payment, send_bundle, ether, usdc, payee, principal
):
    """The stop comes when ten are signed and waiting: together they cost no more than the window allows, and move nothing."""
    many = [sign_payment(created, nonce_key=nonce_key) for nonce_key in range(10)]
    getattr(suite.switch, stop)(principal, principal.address)
    before = ether(created.wallet)
    bundle = send_bundle(*many)
    assert bundle.succeeded == [True] * 10
    assert len(bundle.named("OperationStopped")) == 10
    assert len(bundle.named("AgentRevoked") + bundle.named("HoldSynced")) == 1
    assert usdc.balance(payee.address) == 0
    assert before - ether(created.wallet) == bundle.collected <= WINDOW_LIMIT
    assert send_bundle(sign_payment(created)).included is False


def test_what_a_stop_of_all_still_costs_is_bounded_by_the_gas_terms(
    suite, created, sign_payment, send_bundle, ether, principal, usdc, payee
):
    """The dearest that there may be, as many as there may be: two. A third takes the whole bundle with it."""
    three = [sign_payment(created, nonce_key=nonce_key, **at_fee(HIGHEST_FEE)) for nonce_key in range(3)]
    suite.switch.revoke_all(principal, principal.address)
    before = ether(created.wallet)
    assert send_bundle(*three).included is False
    bundle = send_bundle(*three[:2])
    assert bundle.succeeded == [True] * 2
    assert 0 < bundle.collected == before - ether(created.wallet) <= 2 * OPERATION_LIMIT == WINDOW_LIMIT
    assert usdc.balance(payee.address) == 0


@pytest.mark.parametrize("stop", [revoke, pause])
def test_a_stop_by_an_earlier_operation_of_the_same_bundle_reaches_the_later(
    stop, suite, created, sign_principal_call, sign_payment, send_bundle, usdc, payee, principal, ether
):
    """The principal's operation stops the agent, when the agent's own have been validated already."""
    data = suite.switch.call_data(stop.__name__, principal.address, created.wallet.address)
    data = bytes.fromhex(data.removeprefix("0x"))
    # By the wallet it would be the wallet's word: it has to be a guardian first.
    suite.switch.send(principal, "setGuardian", created.wallet.address, True)
    stopping = sign_principal_call(created, "execute", suite.switch.address, 0, data)
    bundle = send_bundle(stopping, *(sign_payment(created, nonce_key=nonce_key) for nonce_key in range(3)))
    assert bundle.succeeded == [True] * 4
    assert len(bundle.named("OperationStopped")) == 3
    assert usdc.balance(payee.address) == 0


def test_resigning_by_an_operation_ends_the_rest_of_the_bundle(
    created, sign_action, sign_payment, send_bundle, usdc, payee, suite
):
    bundle = send_bundle(
        sign_action(created, "resign"), *(sign_payment(created, nonce_key=nonce_key) for nonce_key in range(1, 4))
    )
    assert bundle.succeeded == [True] * 4
    assert len(bundle.named("OperationStopped")) == 3
    assert usdc.balance(payee.address) == 0
    assert suite.switch.read("isStopped", created.principal.address, created.wallet.address)
    assert send_bundle(sign_payment(created)).included is False


def test_a_hold_ends_with_the_pause_and_a_sync(
    suite, created, sign_payment, send_bundle, principal, usdc, payee, agent
):
    """The copy doesn't go by itself: no operation gets as far as to look."""
    suite.switch.pause_all(principal, principal.address)
    assert len(send_bundle(sign_payment(created)).named("OperationStopped")) == 1
    suite.switch.unpause_all(principal)
    assert send_bundle(sign_payment(created)).included is False
    suite.switch.sync(agent, created.wallet.address)
    assert send_bundle(sign_payment(created)).succeeded == [True]
    assert usdc.balance(payee.address) == 1


def test_a_stop_is_not_the_principals(suite, created, sign_principal_call, send_bundle, usdc, principal):
    """Its own operations go on, and take the money home (I18)."""
    suite.switch.revoke_all(principal, principal.address)
    suite.switch.revoke(principal, created.wallet.address)
    home = "0x" + "77" * 20
    bundle = send_bundle(sign_principal_call(created, "withdrawAll", usdc.address, home))
    assert bundle.succeeded == [True]
    assert usdc.balance(created.wallet.address) == 0


def test_a_switch_that_cannot_be_read_stops_operations_too(
    web3, suite, created, sign_payment, send_bundle, usdc, payee, ether
):
    """I15."""
    operation, before = sign_payment(created), ether(created.wallet)
    web3.provider.make_request("anvil_setCode", [suite.switch.address, "0x60006000fd"])
    bundle = send_bundle(operation)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert ether(created.wallet) == before
    assert usdc.balance(payee.address) == 0


def test_a_replaced_stop_is_no_way_back(suite, created, replace_mandate, sign_payment, send_bundle, principal):
    """I11: a new mandate doesn't undo a copied revocation."""
    suite.switch.revoke_all(principal, principal.address)
    send_bundle(sign_payment(created))
    replace_mandate(created, epoch=created.mandate.epoch)
    operation = replace(sign_payment(created), signature=b"")
    assert send_bundle(operation).included is False
    with pytest.raises(errors.AgentStopped):
        created.wallet.read(
            "validateUserOp", operation.packed(), bytes(32), 0, sender=created.wallet.read("ENTRY_POINT")
        )
