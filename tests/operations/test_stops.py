"""Stops and user operations (I8, I14): operations after a stop, before it and in the same bundle.

Validation sees a stop of this agent: the EntryPoint includes no operation, and the wallet pays nothing. Validation does
not see a stop of all agents. The first operation after it records the stop in the stop word and moves nothing. Its cost
is within the gas terms.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import decode_refusal, errors
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


STOPS_SEEN_IN_VALIDATION = [revoke, pause, resign, revoke_all_and_sync, pause_all_and_sync]


@pytest.fixture
def miss_heartbeat(suite, created, time_travel):
    """Makes the principal miss its heartbeat."""

    def miss():
        suite.switch.send(created.principal, "setHeartbeat", DAY)
        time_travel(DAY)

    return miss


@pytest.mark.parametrize("stop", STOPS_SEEN_IN_VALIDATION)
def test_refuses_operations_of_a_stopped_agent_without_cost(
    stop, suite, created, sign_payment, send_bundle, ether, bundler, usdc
):
    """I14. Operations signed before and after the stop, with valid and invalid signatures."""
    operations = [sign_payment(created, nonce_key=nonce_key, **at_fee(HIGHEST_FEE)) for nonce_key in range(2)]
    stop(suite, created, sign_payment)
    operations += [sign_payment(created), sign_payment(created, by=created.principal)]
    before = ether(created.wallet), usdc.balance(created.wallet.address), created.wallet.read("operationGas")
    for operation in operations:
        bundle = send_bundle(operation)
        assert (bundle.included, bundle.collected) == (False, 0)
        with refuses(errors.AgentStopped, principal=created.principal.address, wallet=created.wallet.address):
            bundler.send(operation)
    assert (ether(created.wallet), usdc.balance(created.wallet.address), created.wallet.read("operationGas")) == before


def test_refuses_operations_of_a_lifted_or_replaced_mandate_without_cost(
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
    late_operation = sign_payment(created)
    created.wallet.lift_mandate(principal)
    for operation in (second, late_operation):
        bundle = send_bundle(operation)
        assert (bundle.included, bundle.collected) == (False, 0)
        with refuses(errors.NoMandate):
            bundler.send(operation)
    assert ether(created.wallet) == before


def test_refuses_operations_when_the_switch_is_unreadable(
    web3, suite, created, sign_payment, send_bundle, usdc, payee, ether
):
    """I15."""
    operation, before = sign_payment(created), ether(created.wallet)
    web3.provider.make_request("anvil_setCode", [suite.switch.address, "0x60006000fd"])
    bundle = send_bundle(operation)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert ether(created.wallet) == before
    assert usdc.balance(payee.address) == 0


def test_refuses_operations_after_a_recorded_revocation_under_a_new_mandate(
    suite, created, replace_mandate, sign_payment, send_bundle, principal
):
    """I11. A new mandate does not undo the revocation in the stop word."""
    suite.switch.revoke_all(principal, principal.address)
    send_bundle(sign_payment(created))
    replace_mandate(created, epoch=created.mandate.epoch)
    operation = replace(sign_payment(created), signature=b"")
    assert send_bundle(operation).included is False
    with pytest.raises(errors.AgentStopped):
        created.wallet.read(
            "validateUserOp", operation.packed(), bytes(32), 0, sender=created.wallet.read("ENTRY_POINT")
        )


@pytest.mark.parametrize("stop", ["revoke_all", "pause_all", "miss_heartbeat"])
def test_first_operation_after_a_stop_of_all_records_it_and_moves_nothing(
    stop, suite, created, sign_payment, send_bundle, ether, usdc, payee, miss_heartbeat, bundler, principal
):
    """The first operation is included and emits `OperationStopped`. The next one is refused."""
    miss_heartbeat() if stop == "miss_heartbeat" else getattr(suite.switch, stop)(principal, principal.address)
    first, second = sign_payment(created), sign_payment(created, nonce_key=1)
    before = ether(created.wallet)
    bundle = send_bundle(first)
    assert bundle.succeeded == [True]
    (stopped,) = bundle.named("OperationStopped")
    assert stopped.arguments["userOpHash"] == bundler.hash(first)
    expected = {
        "revoke_all": errors.EpochEnded,
        "pause_all": errors.PrincipalIsPaused,
        "miss_heartbeat": errors.PrincipalIsDormant,
    }
    assert isinstance(decode_refusal(stopped.arguments["reason"]), expected[stop])
    assert bundle.named("PaymentMade") == []
    assert usdc.balance(payee.address) == 0
    stop_word = suite.switch.read("stopWord", principal.address, created.wallet.address)
    assert tuple(stop_word) == (False, stop == "revoke_all", stop != "revoke_all")
    assert before - ether(created.wallet) == bundle.collected <= first.max_cost
    after = ether(created.wallet)
    assert send_bundle(second).included is False
    with refuses(errors.AgentStopped):
        bundler.send(second)
    assert ether(created.wallet) == after


@pytest.mark.parametrize("stop", ["revoke_all", "pause_all"])
def test_bundle_signed_before_a_stop_of_all_moves_nothing(
    stop, suite, created, replace_mandate, sign_payment, send_bundle, ether, usdc, payee, principal
):
    """Ten signed operations are pending when the stop comes. Their cost is within the window limit."""
    operations = [sign_payment(created, nonce_key=nonce_key) for nonce_key in range(10)]
    getattr(suite.switch, stop)(principal, principal.address)
    before = ether(created.wallet)
    bundle = send_bundle(*operations)
    assert bundle.succeeded == [True] * 10
    assert len(bundle.named("OperationStopped")) == 10
    assert len(bundle.named("AgentRevoked") + bundle.named("HoldSynced")) == 1
    assert usdc.balance(payee.address) == 0
    assert before - ether(created.wallet) == bundle.collected <= WINDOW_LIMIT
    assert send_bundle(sign_payment(created)).included is False


def test_cost_after_a_stop_of_all_is_within_the_gas_terms(
    suite, created, sign_payment, send_bundle, ether, principal, usdc, payee
):
    """Two of the most expensive operations fill the window. A third one fails the bundle."""
    operations = [sign_payment(created, nonce_key=nonce_key, **at_fee(HIGHEST_FEE)) for nonce_key in range(3)]
    suite.switch.revoke_all(principal, principal.address)
    before = ether(created.wallet)
    assert send_bundle(*operations).included is False
    bundle = send_bundle(*operations[:2])
    assert bundle.succeeded == [True] * 2
    assert 0 < bundle.collected == before - ether(created.wallet) <= 2 * OPERATION_LIMIT == WINDOW_LIMIT
    assert usdc.balance(payee.address) == 0


@pytest.mark.parametrize("stop", [revoke, pause])
def test_stop_in_a_bundle_applies_to_its_later_operations(
    stop, suite, created, sign_principal_call, sign_payment, send_bundle, usdc, payee, principal, ether
):
    """The principal's operation stops the agent after the agent's operations passed validation."""
    data = suite.switch.call_data(stop.__name__, principal.address, created.wallet.address)
    data = bytes.fromhex(data.removeprefix("0x"))
    # The wallet makes the call, so it must be a guardian of the principal.
    suite.switch.send(principal, "setGuardian", created.wallet.address, True)
    stopping = sign_principal_call(created, "execute", suite.switch.address, 0, data)
    bundle = send_bundle(stopping, *(sign_payment(created, nonce_key=nonce_key) for nonce_key in range(3)))
    assert bundle.succeeded == [True] * 4
    assert len(bundle.named("OperationStopped")) == 3
    assert usdc.balance(payee.address) == 0


def test_resignation_in_a_bundle_applies_to_its_later_operations(
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


def test_agent_pays_again_after_unpause_all_and_sync(
    suite, created, sign_payment, send_bundle, principal, usdc, payee, agent
):
    """`unpauseAll` does not clear the stop word, and validation refuses every operation until `sync`."""
    suite.switch.pause_all(principal, principal.address)
    assert len(send_bundle(sign_payment(created)).named("OperationStopped")) == 1
    suite.switch.unpause_all(principal)
    assert send_bundle(sign_payment(created)).included is False
    suite.switch.sync(agent, created.wallet.address)
    assert send_bundle(sign_payment(created)).succeeded == [True]
    assert usdc.balance(payee.address) == 1


def test_principal_withdraws_by_operation_after_stops(
    suite, created, sign_principal_call, send_bundle, usdc, principal
):
    """I18. Stops do not apply to operations of the principal."""
    suite.switch.revoke_all(principal, principal.address)
    suite.switch.revoke(principal, created.wallet.address)
    receiver = "0x" + "77" * 20
    bundle = send_bundle(sign_principal_call(created, "withdrawAll", usdc.address, receiver))
    assert bundle.succeeded == [True]
    assert usdc.balance(created.wallet.address) == 0
