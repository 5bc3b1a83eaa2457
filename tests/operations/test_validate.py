"""`validateUserOp`: what the wallet refuses before it pays, and when an accepted operation is valid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import function_abi_to_4byte_selector

from peculium import GasTerms, UserOperation, WalletCall, errors, units
from peculium.operations import EXECUTE
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import HIGHEST_FEE, PERIOD, WINDOW_LIMIT, at_fee, deposit, transact

ACTIONS = {"pay", "payBatch", "call", "preauthorize", "requestPayment", "requestCall", "cancelRequest", "resign"}


def functions_of(wallet):
    """Name and selector of every function of the wallet."""
    return [
        (entry["name"], function_abi_to_4byte_selector(entry)) for entry in wallet.abi if entry["type"] == "function"
    ]


def test_refuses_validation_by_others_than_the_entry_point(
    created, sign_payment, validate, entry_point, agent, principal, relayer, suite
):
    operation = sign_payment(created)
    for caller in (agent.address, principal.address, relayer.address, created.wallet.address, suite.factory.address):
        with refuses(errors.NotEntryPoint, caller=caller, entry_point=entry_point.address):
            validate(operation, sender=caller)


def test_refuses_execution_by_others_than_the_entry_point(
    created, sign_payment, bundler, entry_point, agent, principal, relayer
):
    """The principal can't call it through `execute` either."""
    arguments = sign_payment(created).packed(), bytes(32)
    for caller in (agent.address, principal.address, relayer.address):
        with refuses(errors.NotEntryPoint, caller=caller, entry_point=entry_point.address):
            created.wallet.read("executeUserOp", *arguments, sender=caller)
    inner = created.wallet.call_data("executeUserOp", *arguments)
    with refuses(errors.NotEntryPoint, caller=created.wallet.address):
        created.wallet.execute(principal, WalletCall(created.wallet.address, data=inner))


def test_refuses_a_nonce_key_of_another_mandate(created, sign_payment, bundler, validate):
    for key in (created.wallet.nonce_key() ^ 1 << 64, 1 << 191, 1 << 64):
        operation = sign_payment(created, nonce=key << 64)
        given = (key >> 64).to_bytes(16)
        with refuses(errors.OperationOfOtherMandate, nonce_key=given, mandate_hash=created.wallet.mandate_hash):
            validate(operation)
        with refuses(errors.OperationOfOtherMandate):
            bundler.send(operation)


def test_refuses_every_function_but_the_actions(created, sign_payment, validate, bundler):
    """Tries every function of the wallet after the valid first bytes."""
    operation, refused_functions = sign_payment(created), 0
    for name, selector in functions_of(created.wallet):
        data = operation.call_data[:8] + selector + bytes(320)
        changed = bundler.sign(replace(operation, call_data=data), created.agent)
        if name in ACTIONS:
            assert validate(changed)[0] is True
            continue
        with refuses(errors.NotAnAgentOperation, selector=EXECUTE, action=selector):
            validate(changed)
        refused_functions += 1
    assert refused_functions > 50


def test_refuses_calldata_of_any_function_but_execute_user_op(created, sign_payment, validate, bundler):
    """This includes the actions: the caller would be the EntryPoint, not the agent key."""
    operation = sign_payment(created)
    for name, selector in functions_of(created.wallet):
        if name == "executeUserOp":
            continue
        changed = bundler.sign(replace(operation, call_data=selector + operation.call_data[4:]), created.agent)
        with refuses(errors.NotAnAgentOperation, selector=selector):
            validate(changed)


@pytest.mark.parametrize("length", [0, 3, 4, 8, 11])
def test_refuses_calldata_without_an_action(length, created, sign_payment, validate):
    operation = sign_payment(created)
    with refuses(errors.NotAnAgentOperation, action=bytes(4)):
        validate(replace(operation, call_data=operation.call_data[:length]))


def test_refuses_an_operation_of_a_lifted_mandate(created, sign_payment, validate, principal):
    operation = sign_payment(created)
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        validate(operation)


def test_refuses_operation_gas_without_a_mandate(created, principal):
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        created.wallet.operation_gas()


def test_refuses_an_invalid_signature_without_charging(created, sign_payment, send_bundle, ether):
    """I16."""
    before = ether(created.wallet), created.wallet.read("operationGas")
    wrong = sign_payment(created, by=created.principal, **at_fee(HIGHEST_FEE))
    bundle = send_bundle(wrong)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert (ether(created.wallet), created.wallet.read("operationGas")) == before
    assert created.wallet.read("operationGas")[2] == WINDOW_LIMIT


def test_refuses_signature_aggregators(web3, created, sign_payment, relayer, entry_point, ether):
    """An aggregator could confirm operations that nobody signed."""
    before = ether(created.wallet)
    for aggregator in ("0x" + "00" * 19 + "01", entry_point.address, relayer.address):
        for operation in (sign_payment(created), sign_payment(created, by=relayer)):
            data = entry_point.call_data(
                "handleAggregatedOps", [([operation.packed()], aggregator, b"")], relayer.address
            )
            assert transact(web3, relayer, entry_point.address, data, 3_000_000)["status"] == 0
    assert ether(created.wallet) == before


@pytest.mark.parametrize("signer", ["principal", "stranger", "other_agent"])
def test_signature_of_another_account_is_invalid(signer, request, created, sign_payment, validate, bundler):
    operation = sign_payment(created, by=request.getfixturevalue(signer))
    assert validate(operation)[0] is False
    with refuses(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(operation)


def test_malformed_signature_is_invalid_and_does_not_revert(created, sign_payment, validate):
    """Bundlers estimate gas with a dummy signature, so validation must not revert."""
    for signature in (b"", b"\x00", bytes(65), bytes(64), b"\x11" * 65, b"\xff\xfd" * 40, bytes(300)):
        assert validate(replace(sign_payment(created), signature=signature))[0] is False


def test_signature_with_the_largest_length_prefix_is_invalid(created, sign_payment, validate):
    for signature in (b"\xff" * 65, b"\xff\xfe", b"\xff\xff"):
        assert validate(replace(sign_payment(created), signature=signature))[0] is False


def test_signature_is_invalid_for_any_changed_field(created, sign_payment, validate):
    """D05. The signature covers everything that the EntryPoint hashes."""
    good = sign_payment(created)
    changes = {
        "nonce": good.nonce + 1,
        "call_data": good.call_data[:-1] + b"\x01",
        "call_gas_limit": good.call_gas_limit + 1,
        "verification_gas_limit": good.verification_gas_limit - 1,
        "pre_verification_gas": good.pre_verification_gas - 1,
        "max_fee_per_gas": good.max_fee_per_gas - 1,
        "max_priority_fee_per_gas": good.max_priority_fee_per_gas + 1,
        "paymaster": created.principal.address,
    }
    assert validate(good)[0] is True
    for name, value in changes.items():
        assert validate(replace(good, **{name: value}))[0] is False, name


def test_pays_the_prefund_even_with_an_invalid_signature(web3, created, sign_payment, bundler, entry_point, fund):
    """Gas estimates use an invalid signature and need the prefund."""
    web3.provider.make_request("anvil_impersonateAccount", [entry_point.address])
    fund(entry_point.address, 1)
    for operation in (sign_payment(created, by=created.principal), sign_payment(created)):
        before = deposit(entry_point, created.wallet)
        data = created.wallet.call_data("validateUserOp", operation.packed(), bundler.hash(operation), 12_345)
        sent = web3.eth.send_transaction(
            {"from": entry_point.address, "to": created.wallet.address, "data": data, "gas": 1_000_000}
        )
        assert web3.eth.wait_for_transaction_receipt(sent, poll_latency=0.02)["status"] == 1
        assert deposit(entry_point, created.wallet) == before + 12_345
    web3.provider.make_request("anvil_stopImpersonatingAccount", [entry_point.address])


@pytest.mark.parametrize("nonce_key", [1, 2**63, 2**64 - 1])
def test_agent_may_use_every_nonce_key(nonce_key, created, sign_payment, validate):
    assert validate(sign_payment(created, nonce_key=nonce_key))[0] is True


@pytest.mark.parametrize("nonce_key", [0, 1, 2**63, 2**64 - 1])
def test_principal_may_use_every_nonce_key_without_a_mandate_hash(nonce_key, created, sign_principal_call, validate):
    """Operations of the principal have no period."""
    assert validate(sign_principal_call(created, "cancelNonce", 1, nonce_key=nonce_key)) == (True, 0, 0)


def test_validity_is_the_period_of_the_operation(created, sign_payment, validate, now):
    """The EntryPoint excludes the first second of a range and includes the last."""
    period = now() // PERIOD + 1
    for number in (period, period + 1, period + 100):
        signed, after, until = validate(sign_payment(created, period=number))
        assert (signed, after, until) == (True, number * PERIOD - 1, (number + 1) * PERIOD - 1)


def test_validity_is_the_intersection_of_period_and_mandate(created, replace_mandate, sign_payment, validate, now):
    period = now() // PERIOD + 1
    start, end = period * PERIOD + 1_000, period * PERIOD + 2_000
    replace_mandate(created, valid_from=start, valid_until=end)
    assert validate(sign_payment(created, period=period)) == (True, start - 1, end - 1)
    replace_mandate(created, valid_from=start, valid_until=start + 30 * DAY)
    assert validate(sign_payment(created, period=period)) == (True, start - 1, (period + 1) * PERIOD - 1)
    replace_mandate(created, valid_from=now(), valid_until=end)
    assert validate(sign_payment(created, period=period)) == (True, period * PERIOD - 1, end - 1)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_validity_with_a_paymaster_is_that_of_the_mandate(
    start, created, replace_mandate, sign_payment, validate, stranger
):
    """The wallet charges nothing. The start must not underflow for a mandate that is valid from zero."""
    mandate = replace_mandate(created, valid_from=start, gas_terms=GasTerms())
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    assert validate(operation) == (True, max(start - 1, 0), mandate.valid_until - 1)
    with refuses(errors.OperationCostExceeded, limit=0):
        validate(sign_payment(created))


@pytest.fixture
def any_time(monkeypatch):
    """Lets the package encode times that the contracts accept and that it refuses."""
    monkeypatch.setattr(units, "LAST_TIME", 2**48)


@pytest.mark.usefixtures("any_time")
@pytest.mark.parametrize("end", [2**47 - 1, 2**47, 2**47 + 5, 2**48 - 1])
def test_validity_ends_at_the_largest_timestamp_of_the_entry_point(
    end, created, replace_mandate, sign_payment, validate, stranger, now
):
    """The EntryPoint reads the 48th bit as a flag for block numbers, so 2^47 + 5 would mean 5."""
    start = now()
    replace_mandate(created, valid_from=start, valid_until=end)
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    assert validate(operation) == (True, start - 1, min(end, 2**47) - 1)


@pytest.mark.usefixtures("any_time")
def test_validity_is_empty_for_a_mandate_that_begins_after_that_timestamp(
    created, replace_mandate, sign_payment, validate, stranger
):
    replace_mandate(created, valid_from=2**47 + 5, valid_until=2**48 - 1)
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    signed, after, until = validate(operation)
    assert signed
    assert after >= until


def test_operation_is_included_exactly_within_the_mandate(
    created, replace_mandate, sign_payment, send_bundle, now, time_travel, usdc, payee
):
    """Sends operations in the first and last valid second, and one second outside."""
    period = now() // PERIOD + 1
    start, end = period * PERIOD + 1_000, period * PERIOD + 2_000
    replace_mandate(created, valid_from=start, valid_until=end)
    first, last, too_early, too_late = (
        sign_payment(created, period=period, nonce_key=nonce_key) for nonce_key in range(4)
    )
    for operation, moment, included in (
        (too_early, start - 1, False),
        (first, start, True),
        (last, end - 1, True),
        (too_late, end, False),
    ):
        time_travel(next_at=moment)
        assert send_bundle(operation).included is included
    assert usdc.balance(payee.address) == 2


def test_operation_is_included_exactly_within_its_period(
    created, sign_payment, send_bundle, now, time_travel, usdc, payee, bundler
):
    period = now() // PERIOD + 1
    first, last, too_early, too_late = (
        sign_payment(created, period=period, nonce_key=nonce_key) for nonce_key in range(4)
    )
    for operation, moment, included in (
        (too_early, period * PERIOD - 1, False),
        (first, period * PERIOD, True),
        (last, (period + 1) * PERIOD - 1, True),
        (too_late, (period + 1) * PERIOD, False),
    ):
        time_travel(next_at=moment)
        assert send_bundle(operation).included is included
    with refuses(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(too_late)
    assert usdc.balance(payee.address) == 2


def test_pays_the_payee_and_the_cost_of_the_bundler(created, sign_payment, send_bundle, ether, usdc, payee):
    before = ether(created.wallet)
    bundle = send_bundle(sign_payment(created))
    assert bundle.succeeded == [True]
    assert usdc.balance(payee.address) == 1
    (event,) = bundle.named("UserOperationEvent")
    assert before - ether(created.wallet) == bundle.collected == event.arguments["actualGasCost"]


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(65), b"\x11" * 65, b"\xff" * 65, bytes(300)],
    ids=["none", "zeros", "ones", "high", "long"],
)
def test_every_signature_is_invalid_at_the_implementation(signature, created, validate, suite):
    """Its principal is zero. A failed recovery also returns zero and must not match it."""
    implementation = suite.factory.read("IMPLEMENTATION")
    call = created.wallet.call_data("execute", created.wallet.address, 0, b"")
    operation = UserOperation(implementation, 0, bytes.fromhex(call[2:]), signature=signature)
    assert validate(operation)[0] is False
