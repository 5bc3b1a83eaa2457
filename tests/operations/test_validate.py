"""`validateUserOp` of the agent's operations: what is refused before anybody pays, and when what isn't may be carried out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import function_abi_to_4byte_selector

from peculium import Call, GasTerms, UserOperation
from peculium import exceptions as errors
from peculium.operations import EXECUTE
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import HIGHEST_FEE, PERIOD, WINDOW_LIMIT, at_fee, deposit, transact

VERBS = {"pay", "payBatch", "call", "preauthorize", "requestPayment", "cancelRequest", "resign"}


def functions_of(wallet):
    """Name and selector of every function that the wallet has."""
    return [
        (entry["name"], function_abi_to_4byte_selector(entry)) for entry in wallet.abi if entry["type"] == "function"
    ]


def test_only_the_entry_point_may_ask(created, sign_payment, validate, entry_point, agent, principal, relayer, suite):
    operation = sign_payment(created)
    for caller in (agent.address, principal.address, relayer.address, created.wallet.address, suite.factory.address):
        with refuses(errors.NotEntryPoint, caller=caller, entry_point=entry_point.address):
            validate(operation, sender=caller)


def test_only_the_entry_point_may_have_it_carried_out(
    created, sign_payment, bundler, entry_point, agent, principal, relayer
):
    """Not even the principal by way of the wallet itself."""
    arguments = sign_payment(created).packed(), bytes(32)
    for caller in (agent.address, principal.address, relayer.address):
        with refuses(errors.NotEntryPoint, caller=caller, entry_point=entry_point.address):
            created.wallet.read("executeUserOp", *arguments, sender=caller)
    inner = created.wallet.call_data("executeUserOp", *arguments)
    with refuses(errors.NotEntryPoint, caller=created.wallet.address):
        created.wallet.execute(principal, Call(created.wallet.address, data=inner))


@pytest.mark.parametrize("signer", ["principal", "stranger", "other_agent"])
def test_anothers_signature_is_told_to_be_none(signer, request, created, sign_payment, validate, bundler):
    operation = sign_payment(created, by=request.getfixturevalue(signer))
    assert validate(operation)[0] is False
    with refuses(errors.FailedOp, reason="AA24 signature error"):
        bundler.send(operation)


def test_what_is_no_signature_is_told_to_be_none(created, sign_payment, validate):
    """Never refused: bundlers estimate with one that is worth nothing."""
    for signature in (b"", b"\x00", bytes(65), bytes(64), b"\x11" * 65, b"\xff\xfd" * 40, bytes(300)):
        assert validate(replace(sign_payment(created), signature=signature))[0] is False


def test_a_signature_that_begins_with_the_greatest_length_is_told_to_be_none(created, sign_payment, validate):
    for signature in (b"\xff" * 65, b"\xff\xfe", b"\xff\xff"):
        assert validate(replace(sign_payment(created), signature=signature))[0] is False


def test_a_flipped_bit_in_any_field_is_told_to_be_none(created, sign_payment, validate):
    """D05: everything that the EntryPoint hashes is signed."""
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


def test_a_wrong_signature_still_pays_ahead(web3, created, sign_payment, bundler, entry_point, fund):
    """Whether it was paid is the EntryPoint's to see; estimates need it to be."""
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


def test_a_nonce_key_of_another_mandate_is_refused(created, sign_payment, bundler, validate):
    for key in (created.wallet.nonce_key() ^ 1 << 64, 1 << 191, 1 << 64):
        operation = sign_payment(created, nonce=key << 64)
        given = (key >> 64).to_bytes(16)
        with refuses(errors.OperationOfOtherMandate, nonce_key=given, mandate_hash=created.wallet.mandate_hash):
            validate(operation)
        with refuses(errors.OperationOfOtherMandate):
            bundler.send(operation)


@pytest.mark.parametrize("nonce_key", [1, 2**63, 2**64 - 1])
def test_agent_may_use_every_nonce_key(nonce_key, created, sign_payment, validate):
    assert validate(sign_payment(created, nonce_key=nonce_key))[0] is True


@pytest.mark.parametrize("nonce_key", [0, 1, 2**63, 2**64 - 1])
def test_principal_may_use_every_nonce_key_without_a_mandate_hash(nonce_key, created, sign_principal_call, validate):
    """Whenever it may be carried out: there is no period in it."""
    assert validate(sign_principal_call(created, "cancelNonce", 1, nonce_key=nonce_key)) == (True, 0, 0)


def test_refuses_every_function_but_the_actions(created, sign_payment, validate, bundler):
    """Every one that the wallet has, behind the right beginning."""
    operation, tried = sign_payment(created), 0
    for name, selector in functions_of(created.wallet):
        data = operation.call_data[:8] + selector + bytes(320)
        changed = bundler.sign(replace(operation, call_data=data), created.agent)
        if name in VERBS:
            assert validate(changed)[0] is True
            continue
        with refuses(errors.NotAnAgentOperation, selector=EXECUTE, action=selector):
            validate(changed)
        tried += 1
    assert tried > 50


def test_no_function_is_called_directly(created, sign_payment, validate, bundler):
    """Not even a verb: the EntryPoint isn't the agent key."""
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


def test_the_answer_says_the_period(created, sign_payment, validate, now):
    """The EntryPoint's range leaves its first second out and its last in."""
    period = now() // PERIOD + 1
    for number in (period, period + 1, period + 100):
        signed, after, until = validate(sign_payment(created, period=number))
        assert (signed, after, until) == (True, number * PERIOD - 1, (number + 1) * PERIOD - 1)


def test_the_answer_says_what_of_the_period_the_mandate_allows(created, replace_mandate, sign_payment, validate, now):
    period = now() // PERIOD + 1
    start, end = period * PERIOD + 1_000, period * PERIOD + 2_000
    replace_mandate(created, valid_from=start, valid_until=end)
    assert validate(sign_payment(created, period=period)) == (True, start - 1, end - 1)
    replace_mandate(created, valid_from=start, valid_until=start + 30 * DAY)
    assert validate(sign_payment(created, period=period)) == (True, start - 1, (period + 1) * PERIOD - 1)
    replace_mandate(created, valid_from=now(), valid_until=end)
    assert validate(sign_payment(created, period=period)) == (True, period * PERIOD - 1, end - 1)


@pytest.mark.parametrize("start", [0, 1, 2])
def test_what_a_paymaster_pays_for_has_no_period_but_the_mandates(
    start, created, replace_mandate, sign_payment, validate, stranger
):
    """And is charged to nobody here. Nothing is before the first second of all."""
    mandate = replace_mandate(created, valid_from=start, gas_terms=GasTerms())
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    assert validate(operation) == (True, max(start - 1, 0), mandate.valid_until - 1)
    with refuses(errors.OperationCostExceeded, limit=0):
        validate(sign_payment(created))


@pytest.mark.parametrize("end", [2**47 - 1, 2**47, 2**47 + 5, 2**48 - 1])
def test_a_mandate_may_end_later_than_the_entry_point_can_be_told(
    end, created, replace_mandate, sign_payment, validate, stranger, now
):
    """With the 48th bit the EntryPoint's moments mean blocks, or lose it: 2^47 + 5 would be the fifth second of all."""
    start = now()
    replace_mandate(created, valid_from=start, valid_until=end)
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    assert validate(operation) == (True, start - 1, min(end, 2**47) - 1)


def test_a_mandate_that_begins_later_than_that_has_no_operation(
    created, replace_mandate, sign_payment, validate, stranger
):
    replace_mandate(created, valid_from=2**47 + 5, valid_until=2**48 - 1)
    operation = sign_payment(created, paymaster=stranger.address, paymaster_verification_gas_limit=1)
    signed, after, until = validate(operation)
    assert signed
    assert after >= until


def test_a_mandate_counts_from_its_first_second_to_before_its_last(
    created, replace_mandate, sign_payment, send_bundle, now, time_travel, usdc, payee
):
    """Both ends on the chain, by the second."""
    period = now() // PERIOD + 1
    start, end = period * PERIOD + 1_000, period * PERIOD + 2_000
    replace_mandate(created, valid_from=start, valid_until=end)
    first, last, early, late = (sign_payment(created, period=period, nonce_key=nonce_key) for nonce_key in range(4))
    for operation, moment, included in (
        (early, start - 1, False),
        (first, start, True),
        (last, end - 1, True),
        (late, end, False),
    ):
        time_travel(next_at=moment)
        assert send_bundle(operation).included is included
    assert usdc.balance(payee.address) == 2


def test_a_period_counts_from_its_first_second_to_before_its_last(
    created, sign_payment, send_bundle, now, time_travel, usdc, payee, bundler
):
    period = now() // PERIOD + 1
    first, last, early, late = (sign_payment(created, period=period, nonce_key=nonce_key) for nonce_key in range(4))
    for operation, moment, included in (
        (early, period * PERIOD - 1, False),
        (first, period * PERIOD, True),
        (last, (period + 1) * PERIOD - 1, True),
        (late, (period + 1) * PERIOD, False),
    ):
        time_travel(next_at=moment)
        assert send_bundle(operation).included is included
    with refuses(errors.FailedOp, reason="AA22 expired or not due"):
        bundler.send(late)
    assert usdc.balance(payee.address) == 2


def test_a_lifted_mandate_is_none(created, sign_payment, validate, principal):
    operation = sign_payment(created)
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        validate(operation)


def test_a_wallet_that_was_never_given_a_mandate_has_no_gas_terms(created, principal):
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        created.wallet.operation_gas()


def test_validation_that_fails_charges_nothing(created, sign_payment, send_bundle, ether):
    """I16."""
    before = ether(created.wallet), created.wallet.read("operationGas")
    wrong = sign_payment(created, by=created.principal, **at_fee(HIGHEST_FEE))
    bundle = send_bundle(wrong)
    assert (bundle.included, bundle.collected) == (False, 0)
    assert (ether(created.wallet), created.wallet.read("operationGas")) == before
    assert created.wallet.read("operationGas")[2] == WINDOW_LIMIT


def test_the_payment_is_made_and_the_bundler_gets_its_cost(created, sign_payment, send_bundle, ether, usdc, payee):
    before = ether(created.wallet)
    bundle = send_bundle(sign_payment(created))
    assert bundle.succeeded == [True]
    assert usdc.balance(payee.address) == 1
    (event,) = bundle.named("UserOperationEvent")
    assert before - ether(created.wallet) == bundle.collected == event.arguments["actualGasCost"]


def test_the_wallet_takes_no_aggregator(web3, created, sign_payment, relayer, entry_point, ether):
    """What isn't signed for an aggregator can't be brought by one, which would vouch for what nobody signed."""
    before = ether(created.wallet)
    for aggregator in ("0x" + "00" * 19 + "01", entry_point.address, relayer.address):
        for operation in (sign_payment(created), sign_payment(created, by=relayer)):
            data = entry_point.call_data(
                "handleAggregatedOps", [([operation.packed()], aggregator, b"")], relayer.address
            )
            assert transact(web3, relayer, entry_point.address, data, 3_000_000)["status"] == 0
    assert ether(created.wallet) == before


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(65), b"\x11" * 65, b"\xff" * 65, bytes(300)],
    ids=["none", "zeros", "ones", "high", "long"],
)
def test_nobody_signs_for_code_without_a_principal(signature, created, validate, suite):
    """The implementation's principal is zero, and so was what a signature that is none recovered to: anyone acted as it."""
    implementation = suite.factory.read("IMPLEMENTATION")
    call = created.wallet.call_data("execute", created.wallet.address, 0, b"")
    operation = UserOperation(implementation, 0, bytes.fromhex(call[2:]), signature=signature)
    assert validate(operation)[0] is False
