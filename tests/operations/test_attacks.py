"""Attacks by user operation, by a rogue agent, its bundler or anyone else.

Each test measures the loss: ether that the bundler received and tokens that left the wallet.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hexbytes import HexBytes

from peculium import Pay, SelfBundler, decode_refusal, errors
from peculium.keys import sign_with
from peculium.operations import ENTRY_POINT
from verification.testing.call_rules import call_rule
from verification.testing.contracts import deploy_published
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

# Another EntryPoint, chain, wallet or nonce key


def test_refuses_a_contract_that_poses_as_the_entry_point(
    created, sign_payment, bundler, deploy, stranger, outflow, sign_principal_call
):
    contract_bundler = deploy("MockBundler")
    for operation in (sign_payment(created), sign_principal_call(created, "execute", stranger.address, 10**17, b"")):
        arguments = operation.packed(), bundler.hash(operation)
        calls = [
            created.wallet.call_data("validateUserOp", *arguments, 10**17),
            created.wallet.call_data("executeUserOp", *arguments),
            operation.call_data,
        ]
        for data in calls:
            (success,) = contract_bundler.read("attempt", [(created.wallet.address, data)], sender=stranger.address)
            assert success is False
            contract_bundler.send(stranger, "attempt", [(created.wallet.address, data)])
    assert outflow() == (0, 0)


def test_refuses_a_replay_on_another_wallet(
    created, new_agent, new_mandate, other_agent, other_principal, sign_payment, send_bundle, fund
):
    """Both wallets have the same agent key and mandate, but the signature includes the wallet."""
    other = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(other.wallet.address, 1)
    same_mandate = created.mandate.in_round(1)
    for agent in (created, other):
        agent.wallet.set_mandate(created.principal, same_mandate)
    operation = sign_payment(created)
    assert send_bundle(replace(operation, sender=other.wallet.address)).included is False
    moved = sign_payment(replace(other, agent=created.agent))
    assert send_bundle(replace(moved, signature=operation.signature)).included is False
    assert send_bundle(moved).succeeded == [True]


def test_refuses_a_replay_on_another_chain(
    web3, created, sign_payment, sign_principal_call, entry_point, validate, outflow, send_bundle
):
    for operation, key in (
        (sign_payment(created), created.agent),
        (sign_principal_call(created, "liftMandate"), created.principal),
    ):
        elsewhere = operation.typed_data(web3.eth.chain_id + 1, entry_point.address)
        moved = replace(operation, signature=sign_with(key, elsewhere))
        assert validate(moved)[0] is False
        assert send_bundle(moved).included is False
    assert outflow() == (0, 0)


def test_refuses_a_signature_for_another_entry_point(
    web3, created, sign_payment, sign_principal_call, validate, version, send_bundle, deployer, outflow
):
    """A signature for v0.8 on v0.9 and vice versa: the EIP-712 domain differs."""
    other = "0x433709009B8330FDa32311DF1C2AFA402eD8D009" if version == "0.8" else ENTRY_POINT
    for operation, key in (
        (sign_payment(created), created.agent),
        (sign_principal_call(created, "liftMandate"), created.principal),
    ):
        moved = replace(operation, signature=sign_with(key, operation.typed_data(web3.eth.chain_id, other)))
        assert validate(moved)[0] is False
        assert send_bundle(moved).included is False
    assert outflow() == (0, 0)


def test_refuses_calls_from_another_entry_point(
    web3, created, sign_payment, version, entry_point, bundler, relayer, outflow
):
    """The wallet refuses it although it holds a deposit of the wallet and the operation is signed for it."""
    address = deploy_published(web3, relayer, "EntryPoint", "0.9").address if version == "0.8" else ENTRY_POINT
    other = SelfBundler(web3, relayer, address)
    other.entry_point.deposit_to(relayer, created.wallet.address, 1)
    operation = other.sign(sign_payment(created), created.agent)
    with refuses(errors.NotEntryPoint, caller=address, entry_point=entry_point.address):
        other.send(operation)
    assert outflow() == (0, 0)
    assert other.entry_point.deposit_of(created.wallet.address) == 1


def test_refuses_the_agent_key_under_the_principals_nonce_key(
    created, sign_payment, sign_principal_call, send_bundle, validate, stranger, outflow
):
    executes = sign_principal_call(created, "execute", stranger.address, 10**17, b"", by=created.agent)
    payment = sign_payment(created, nonce=0)
    for operation in (executes, payment):
        assert validate(operation)[0] is False
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


def test_refuses_the_principal_under_the_agents_nonce_key(
    created, sign_principal_call, sign_payment, send_bundle, validate, stranger, outflow
):
    key = created.wallet.nonce_key() << 64
    with refuses(errors.NotAnAgentOperation):
        validate(sign_principal_call(created, "execute", stranger.address, 10**17, b"", nonce=key))
    payment = sign_payment(created, by=created.principal)
    assert validate(payment)[0] is False
    assert send_bundle(payment).included is False
    assert outflow() == (0, 0)


def test_refuses_an_action_of_the_agent_signed_by_the_principal(
    created, sign_payment, sign_principal_call, send_bundle, outflow, bundler
):
    """`executeUserOp` requires a nonce key of the agent; the operation has one of the principal."""
    operation = replace(sign_payment(created), nonce=0)
    bundle = send_bundle(bundler.sign(operation, created.principal))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.OperationOfOtherMandate)
    assert outflow()[1] == 0


# Calldata of the agent


def test_refuses_agent_calldata_that_reaches_execute(
    created, sign_payment, bundler, send_bundle, validate, stranger, usdc, outflow
):
    """As the whole calldata, as the action, and inside `act` or `executeUserOp`."""
    template = sign_payment(created)
    wallet = created.wallet
    attack = bytes(HexBytes(wallet.call_data("execute", stranger.address, 10**17, b"")))
    nested = bytes(HexBytes(wallet.call_data("executeUserOp", template.packed(), bytes(32))))
    relayed = bytes(HexBytes(wallet.call_data("act", attack, (stranger.address, usdc.address, 0, 0, 2**40, 0), b"")))
    for data in (attack, nested, relayed):
        for whole in (data, template.call_data[:8] + data):
            operation = bundler.sign(replace(template, call_data=whole), created.agent)
            assert send_bundle(operation).included is False
            with pytest.raises(errors.NotAnAgentOperation):
                validate(operation)
    assert outflow() == (0, 0)


def test_refuses_an_operation_nested_in_an_operation(created, sign_payment, bundler, send_bundle, validate, outflow):
    """`executeUserOp` takes the place of the period or of the action."""
    inner = sign_payment(created)
    for data in (inner.call_data[:4] + inner.call_data, inner.call_data[:8] + inner.call_data):
        operation = bundler.sign(replace(inner, call_data=data), created.agent)
        with pytest.raises(errors.NotAnAgentOperation):
            validate(operation)
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


@pytest.mark.parametrize("function", ["withdrawTo", "depositTo", "withdrawStake", "incrementNonce", "handleOps"])
def test_refuses_the_entry_point_as_a_target(
    function, created, sign_action, new_mandate, entry_point, send_bundle, stranger, usdc, outflow
):
    """No call rule can list the EntryPoint, and the wallet keeps its deposit."""
    arguments = {
        "withdrawTo": (stranger.address, 1),
        "depositTo": (stranger.address,),
        "withdrawStake": (stranger.address,),
        "incrementNonce": (0,),
        "handleOps": ([], stranger.address),
    }[function]
    force_deposit = 10**17
    entry_point.send(stranger, "depositTo", created.wallet.address, value=force_deposit)
    data = entry_point.call_data(function, *arguments)
    bundle = send_bundle(sign_action(created, "call", entry_point.address, data))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert outflow()[0] + force_deposit == bundle.collected
    mandate = new_mandate(calls=(call_rule(entry_point.address, "withdrawTo(address,uint256)", token=usdc.address),))
    with refuses(errors.TargetRefused, target=entry_point.address):
        created.wallet.set_mandate(created.principal, mandate.in_round(created.wallet.round))


def test_refuses_a_token_approval_by_the_agent(created, sign_action, usdc, stranger, send_bundle, outflow):
    data = usdc.call_data("approve", stranger.address, 2**255)
    bundle = send_bundle(sign_action(created, "call", usdc.address, data))
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
    assert outflow()[1] == 0


def test_refuses_a_payment_above_the_limit_summed_over_all_paths(
    created, sign_payment, sign_action, send_bundle, usdc, payee, agent, relayer, now, outflow
):
    """A27, I5. Direct, relayed, by operation, in a batch: all count in one ledger."""
    wallet = created.wallet
    wallet.pay(agent, usdc.address, payee.address, 100)
    wallet.act(relayer, wallet.sign_action(agent, Pay(usdc.address, payee.address, 100), deadline=now() + 100))
    assert send_bundle(sign_payment(created, amount=100)).succeeded == [True]
    batch = [Pay(usdc.address, payee.address, 50) for _ in range(4)]
    assert send_bundle(sign_action(created, "pay_batch", batch)).succeeded == [True]
    bundle = send_bundle(sign_payment(created))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.WindowLimitExceeded)
    assert outflow()[1] == 500


def test_failed_operation_charges_no_budget(created, sign_payment, send_bundle, stranger, sign_action, usdc, outflow):
    """I16. It costs gas and nothing else."""
    bundle = send_bundle(
        sign_action(created, "pay", usdc.address, stranger.address, 1), sign_payment(created, amount=101, nonce_key=1)
    )
    assert bundle.succeeded == [False, False]
    assert [type(decode_refusal(reason)) for reason in bundle.reasons] == [
        errors.PayeeNotListed,
        errors.PaymentLimitExceeded,
    ]
    assert created.wallet.spent("USD") == 0
    assert outflow()[1] == 0


# Between validation and execution


def test_refuses_operations_of_the_old_principal_later_in_the_bundle(
    created, new_agent, other_agent, sign_principal_call, sign_payment, send_bundle, usdc, stranger, fund, outflow, now
):
    """The principal is valid during validation. Before the execution, a hand-over changes it and lifts the mandate."""
    successor = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(successor.wallet.address, 1)
    created.wallet.offer_hand_over(created.principal, successor.wallet.address, now() + DAY)
    accept = bytes(HexBytes(created.wallet.call_data("acceptHandOver")))
    bundle = send_bundle(
        sign_principal_call(successor, "execute", created.wallet.address, 0, accept),
        sign_principal_call(created, "withdrawAll", usdc.address, stranger.address),
        sign_payment(created, amount=100),
    )
    assert bundle.succeeded == [True, False, False]
    refusals = [decode_refusal(reason) for reason in bundle.reasons]
    assert [type(refusal) for refusal in refusals] == [errors.NotPrincipal, errors.NoMandate]
    assert created.wallet.principal == successor.wallet.address
    assert outflow()[1] == 0


def test_refuses_an_operation_of_the_old_principal_after_a_hand_over(
    created, sign_principal_call, send_bundle, usdc, stranger, outflow, now
):
    """The old principal's signature is invalid once the hand-over is accepted."""
    created.wallet.offer_hand_over(created.principal, stranger.address, now() + DAY)
    created.wallet.accept_hand_over(stranger)
    stale = sign_principal_call(created, "withdrawAll", usdc.address, stranger.address, by=created.principal)
    assert send_bundle(stale).included is False
    assert outflow()[1] == 0


def test_refuses_operations_of_a_mandate_replaced_earlier_in_the_bundle(
    created, new_mandate, other_agent, sign_principal_call, sign_payment, send_bundle, usdc, payee, outflow
):
    """Validation ran under the old mandate. The new one has another agent key, so execution fails."""
    mandate = new_mandate(agent_key=other_agent.address, gas_terms=created.mandate.gas_terms)
    mandate = mandate.in_round(created.wallet.round)
    bundle = send_bundle(
        sign_principal_call(created, "setMandate", mandate.as_tuple(), call_gas_limit=1_000_000),
        sign_payment(created),
        sign_payment(created, nonce_key=1),
    )
    assert bundle.succeeded == [True, False, False]
    for reason in bundle.reasons:
        assert isinstance(decode_refusal(reason), errors.OperationOfOtherMandate)
    assert outflow()[1] == 0


def test_refuses_operations_of_a_mandate_lifted_earlier_in_the_bundle(
    created, sign_principal_call, sign_payment, send_bundle, outflow
):
    bundle = send_bundle(sign_principal_call(created, "liftMandate"), sign_payment(created))
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.NoMandate)
    assert outflow()[1] == 0


# No permission outlives its operation


def attempt_calls(contract_bundler, sender, calls):
    """Makes calls in one transaction and continues after failures. Returns success and return data of each."""
    receipt = contract_bundler.send(sender, "attempt", calls, gas=15_000_000)
    events = contract_bundler.events("Attempted", receipt.block)
    return [event.arguments["success"] for event in events], [event.arguments["returndata"] for event in events]


@pytest.fixture
def contract_bundler(deploy):
    """A bundler that is a contract."""
    return deploy("MockBundler")


def test_refuses_principal_calls_after_a_bundle_with_a_forged_signature(
    created,
    sign_principal_call,
    sign_payment,
    sign_action,
    entry_point,
    contract_bundler,
    stranger,
    usdc,
    outflow,
    version,
):
    """The EntryPoint reverts and the contract continues. `_operationSigner` must not be set any more."""
    attack = ("withdrawAll", usdc.address, stranger.address)
    forged = sign_principal_call(created, *attack, by=stranger)
    direct = created.wallet.call_data(*attack)
    agent_payment = sign_payment(created)
    handle = [
        entry_point.call_data("handleOps", [each.packed()], contract_bundler.address)
        for each in (forged, agent_payment)
    ]
    calls = [
        (entry_point.address, handle[0]),
        (created.wallet.address, direct),
        (entry_point.address, handle[1]),
        (created.wallet.address, direct),
        (entry_point.address, handle[0]),
    ]
    successes, reasons = attempt_calls(contract_bundler, stranger, calls)
    # v0.9 refuses bundles from contracts.
    assert successes == [False, False, version == "0.8", False, False]
    assert isinstance(decode_refusal(reasons[1]), errors.NotPrincipal)
    assert outflow()[1] == (1 if version == "0.8" else 0)


def test_refuses_principal_calls_after_the_principals_own_operation(
    created,
    sign_principal_call,
    sign_payment,
    sign_action,
    entry_point,
    contract_bundler,
    stranger,
    usdc,
    outflow,
    version,
    send_bundle,
):
    """The principal's operation succeeds. The attacker controls the rest of the transaction."""
    attack = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    resignation = sign_action(created, "resign")
    template = sign_payment(created, nonce_key=1)
    as_action = replace(template, call_data=template.call_data[:8] + bytes(HexBytes(attack)))
    forged = sign_principal_call(created, "withdrawAll", usdc.address, stranger.address, by=stranger, nonce_key=1)

    def handle(each):
        return entry_point.address, entry_point.call_data("handleOps", [each.packed()], contract_bundler.address)

    calls = [
        handle(sign_principal_call(created, "cancelNonce", 7)),
        (created.wallet.address, attack),
        handle(forged),
        handle(as_action),
        (entry_point.address, attack),
        handle(resignation),
        (created.wallet.address, attack),
    ]
    successes, _ = attempt_calls(contract_bundler, stranger, calls)
    on_contracts = version == "0.8"
    assert successes == [on_contracts, False, False, False, False, on_contracts, False]
    assert outflow()[1] == 0


def test_refuses_principal_calls_by_the_agent_in_the_principals_bundle(
    created, sign_principal_call, sign_action, send_bundle, usdc, stranger, outflow, agent
):
    """The principal's operation comes first. The agent's `call` still needs a call rule for its target."""
    attack = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    bundle = send_bundle(
        sign_principal_call(created, "cancelNonce", 7), sign_action(created, "call", created.wallet.address, attack)
    )
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert outflow()[1] == 0
