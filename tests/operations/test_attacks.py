"""What a rogue agent, its bundler and everybody else try by user operations, each named after it. The measure is what was taken:
ether that the bundler got, tokens that left."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hexbytes import HexBytes

from peculium import CallRule, Payment, SelfBundler, decode_refusal
from peculium import exceptions as errors
from peculium.actions import sign_with
from peculium.operations import ENTRY_POINT
from verification.testing.contracts import deploy_published
from verification.testing.refusals import refuses

# Somebody else's EntryPoint, chain, wallet, nonce


def test_a_contract_in_the_entry_points_place(
    created, sign_payment, bundler, deploy, stranger, outflow, sign_principal_call
):
    other = deploy("MockBundler")
    for operation in (sign_payment(created), sign_principal_call(created, "execute", stranger.address, 10**17, b"")):
        arguments = operation.packed(), bundler.hash(operation)
        calls = [
            created.wallet.call_data("validateUserOp", *arguments, 10**17),
            created.wallet.call_data("executeUserOp", *arguments),
            operation.call_data,
        ]
        for data in calls:
            (success,) = other.read("attempt", [(created.wallet.address, data)], sender=stranger.address)
            assert success is False
            other.send(stranger, "attempt", [(created.wallet.address, data)])
    assert outflow() == (0, 0)


def test_a_replay_on_another_wallet(
    created, new_agent, new_mandate, other_agent, other_principal, sign_payment, send_bundle, fund
):
    """Under the same mandate but for its epoch, and with the same agent key: the wallet is signed too."""
    other = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(other.wallet.address, 1)
    twin = replace(created.mandate, replaces=other.wallet.last_mandate_hash)
    other.wallet.set_mandate(created.principal, twin)
    operation = sign_payment(created)
    assert send_bundle(replace(operation, sender=other.wallet.address)).included is False
    moved = sign_payment(replace(other, agent=created.agent))
    assert send_bundle(replace(moved, signature=operation.signature)).included is False
    assert send_bundle(moved).succeeded == [True]


def test_a_replay_on_another_chain(
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


def test_a_replay_on_another_entry_point(
    web3, created, sign_payment, sign_principal_call, validate, version, send_bundle, deployer, outflow
):
    """Of v0.8 on v0.9, and the other way round: the same hash in another domain."""
    other = "0x433709009B8330FDa32311DF1C2AFA402eD8D009" if version == "0.8" else ENTRY_POINT
    for operation, key in (
        (sign_payment(created), created.agent),
        (sign_principal_call(created, "liftMandate"), created.principal),
    ):
        moved = replace(operation, signature=sign_with(key, operation.typed_data(web3.eth.chain_id, other)))
        assert validate(moved)[0] is False
        assert send_bundle(moved).included is False
    assert outflow() == (0, 0)


def test_the_other_entry_point_itself(web3, created, sign_payment, version, entry_point, bundler, relayer, outflow):
    """It holds a deposit of the wallet's, and the operation is signed for it: the wallet doesn't answer to it."""
    address = deploy_published(web3, relayer, "EntryPoint", "0.9").address if version == "0.8" else ENTRY_POINT
    other = SelfBundler(web3, relayer, address)
    other.entry_point.deposit_to(relayer, created.wallet.address, 1)
    operation = other.sign(sign_payment(created), created.agent)
    with refuses(errors.NotEntryPoint, caller=address, entry_point=entry_point.address):
        other.send(operation)
    assert outflow() == (0, 0)
    assert other.entry_point.deposit_of(created.wallet.address) == 1


def test_an_agents_operation_under_the_principals_nonce_key(
    created, sign_payment, sign_principal_call, send_bundle, validate, stranger, outflow
):
    executes = sign_principal_call(created, "execute", stranger.address, 10**17, b"", by=created.agent)
    verb = sign_payment(created, nonce=0)
    for operation in (executes, verb):
        assert validate(operation)[0] is False
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


def test_a_principals_operation_under_the_agents_nonce_key(
    created, sign_principal_call, sign_payment, send_bundle, validate, stranger, outflow
):
    key = created.wallet.nonce_key() << 64
    with refuses(errors.NotAnAgentOperation):
        validate(sign_principal_call(created, "execute", stranger.address, 10**17, b"", nonce=key))
    verb = sign_payment(created, by=created.principal)
    assert validate(verb)[0] is False
    assert send_bundle(verb).included is False
    assert outflow() == (0, 0)


def test_the_principals_word_for_an_agents_action(
    created, sign_payment, sign_principal_call, send_bundle, outflow, bundler
):
    """Under the principal's key, with its signature: executeUserOp is the agent's, and its nonce key says it isn't."""
    operation = replace(sign_payment(created), nonce=0)
    bundle = send_bundle(bundler.sign(operation, created.principal))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.OperationOfOtherMandate)
    assert outflow()[1] == 0


# What the agent's calldata reach


def test_an_agents_calldata_that_hit_execute(
    created, sign_payment, bundler, send_bundle, validate, stranger, usdc, outflow
):
    """By themselves, as the verb, and inside of one."""
    template = sign_payment(created)
    wallet = created.wallet
    theft = bytes(HexBytes(wallet.call_data("execute", stranger.address, 10**17, b"")))
    nested = bytes(HexBytes(wallet.call_data("executeUserOp", template.packed(), bytes(32))))
    carried = bytes(HexBytes(wallet.call_data("act", theft, (stranger.address, 2**40, usdc.address, 0, 0), b"")))
    for data in (theft, nested, carried):
        for whole in (data, template.call_data[:8] + data):
            operation = bundler.sign(replace(template, call_data=whole), created.agent)
            assert send_bundle(operation).included is False
            with pytest.raises(errors.NotAnAgentOperation):
                validate(operation)
    assert outflow() == (0, 0)


def test_an_agents_operation_in_an_agents_operation(created, sign_payment, bundler, send_bundle, validate, outflow):
    """executeUserOp where its period should be: what follows is no verb."""
    inner = sign_payment(created)
    for data in (inner.call_data[:4] + inner.call_data, inner.call_data[:8] + inner.call_data):
        operation = bundler.sign(replace(inner, call_data=data), created.agent)
        with pytest.raises(errors.NotAnAgentOperation):
            validate(operation)
        assert send_bundle(operation).included is False
    assert outflow() == (0, 0)


@pytest.mark.parametrize("function", ["withdrawTo", "depositTo", "withdrawStake", "incrementNonce", "handleOps"])
def test_the_entry_point_as_a_target(
    function, created, sign_action, new_mandate, entry_point, send_bundle, stranger, fund, outflow
):
    """Neither listed nor listable; the deposit stays."""
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
    mandate = new_mandate(calls=(CallRule(entry_point.address, "withdrawTo(address,uint256)"),))
    with refuses(errors.TargetRefused, target=entry_point.address):
        created.wallet.set_mandate(created.principal, mandate.replacing(created.wallet.last_mandate_hash))


def test_an_approval_by_operation(created, sign_action, usdc, stranger, send_bundle, outflow):
    data = usdc.call_data("approve", stranger.address, 2**255)
    bundle = send_bundle(sign_action(created, "call", usdc.address, data))
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
    assert outflow()[1] == 0


def test_every_path_with_a_counter_of_its_own(
    created, sign_payment, sign_action, send_bundle, usdc, payee, agent, relayer, now, outflow
):
    """A27, I5: direct, carried, by operation, in a batch: one counter."""
    wallet = created.wallet
    wallet.pay(agent, usdc.address, payee.address, 100)
    wallet.act(relayer, wallet.sign_action(agent, "pay", usdc.address, payee.address, 100, deadline=now() + 100))
    assert send_bundle(sign_payment(created, amount=100)).succeeded == [True]
    batch = [Payment(usdc.address, payee.address, 50) for _ in range(4)]
    assert send_bundle(sign_action(created, "pay_batch", batch)).succeeded == [True]
    bundle = send_bundle(sign_payment(created))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.WindowLimitExceeded)
    assert outflow()[1] == 500


def test_a_failed_operation_charges_no_budget(created, sign_payment, send_bundle, stranger, sign_action, usdc, outflow):
    """I16: gas is paid, and nothing else."""
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


def test_a_principal_that_changes_in_the_middle_of_a_bundle(
    created, new_agent, other_agent, sign_principal_call, sign_payment, send_bundle, usdc, stranger, fund, outflow
):
    """Validated as the principal's; by the time that it is carried out another is principal, and the mandate is lifted."""
    heir = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(heir.wallet.address, 1)
    created.wallet.offer_hand_over(created.principal, heir.wallet.address)
    accept = bytes(HexBytes(created.wallet.call_data("acceptHandOver")))
    bundle = send_bundle(
        sign_principal_call(heir, "execute", created.wallet.address, 0, accept),
        sign_principal_call(created, "withdrawAll", usdc.address, stranger.address),
        sign_payment(created, amount=100),
    )
    assert bundle.succeeded == [True, False, False]
    refusals = [decode_refusal(reason) for reason in bundle.reasons]
    assert [type(refusal) for refusal in refusals] == [errors.NotPrincipal, errors.NoMandate]
    assert created.wallet.principal == heir.wallet.address
    assert outflow()[1] == 0


def test_a_principal_that_changes_and_is_the_same_again(
    created, sign_principal_call, send_bundle, usdc, stranger, outflow
):
    """A word that was given for an earlier principal is no word for the next, in one transaction either."""
    created.wallet.offer_hand_over(created.principal, stranger.address)
    created.wallet.accept_hand_over(stranger)
    stale = sign_principal_call(created, "withdrawAll", usdc.address, stranger.address, by=created.principal)
    assert send_bundle(stale).included is False
    assert outflow()[1] == 0


def test_a_mandate_replaced_in_the_middle_of_a_bundle(
    created, new_mandate, other_agent, sign_principal_call, sign_payment, send_bundle, usdc, payee, outflow
):
    """What was validated under the old mandate isn't carried out under the new, which has another agent key."""
    mandate = new_mandate(agent_key=other_agent.address, gas_terms=created.mandate.gas_terms)
    mandate = mandate.replacing(created.wallet.last_mandate_hash)
    bundle = send_bundle(
        sign_principal_call(created, "setMandate", mandate.as_tuple()),
        sign_payment(created),
        sign_payment(created, nonce_key=1),
    )
    assert bundle.succeeded == [True, False, False]
    for reason in bundle.reasons:
        assert isinstance(decode_refusal(reason), errors.OperationOfOtherMandate)
    assert outflow()[1] == 0


def test_a_mandate_lifted_in_the_middle_of_a_bundle(created, sign_principal_call, sign_payment, send_bundle, outflow):
    bundle = send_bundle(sign_principal_call(created, "liftMandate"), sign_payment(created))
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.NoMandate)
    assert outflow()[1] == 0


# Nothing of a word that was given is left


def attempts(other, sender, calls):
    """What a contract that goes on after failures gets done in one transaction: which of the calls succeeded."""
    receipt = other.send(sender, "attempt", calls, gas=15_000_000)
    events = other.events("Attempted", receipt.block)
    return [event.arguments["success"] for event in events], [event.arguments["returndata"] for event in events]


@pytest.fixture
def other(deploy):
    """A bundler that is a contract."""
    return deploy("MockBundler")


def test_a_bad_signature_of_the_principals_that_somebody_goes_on_after(
    created, sign_principal_call, sign_payment, sign_action, entry_point, other, stranger, usdc, outflow, version
):
    """The EntryPoint reverts and is caught; nothing of `_operationSigner` is left for what comes after in the same transaction."""
    theft = ("withdrawAll", usdc.address, stranger.address)
    forged = sign_principal_call(created, *theft, by=stranger)
    direct = created.wallet.call_data(*theft)
    agents = sign_payment(created)
    handle = [entry_point.call_data("handleOps", [each.packed()], other.address) for each in (forged, agents)]
    calls = [
        (entry_point.address, handle[0]),
        (created.wallet.address, direct),
        (entry_point.address, handle[1]),
        (created.wallet.address, direct),
        (entry_point.address, handle[0]),
    ]
    successes, reasons = attempts(other, stranger, calls)
    # v0.9 takes no bundles from contracts at all.
    assert successes == [False, False, version == "0.8", False, False]
    assert isinstance(decode_refusal(reasons[1]), errors.NotPrincipal)
    assert outflow()[1] == (1 if version == "0.8" else 0)


def test_a_good_signature_of_the_principals_serves_nobody_after_it(
    created,
    sign_principal_call,
    sign_payment,
    sign_action,
    entry_point,
    other,
    stranger,
    usdc,
    outflow,
    version,
    send_bundle,
):
    """The principal's operation succeeds, and the rest of the transaction is the attacker's."""
    theft = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    theft_as_agent = sign_action(created, "resign")
    template = sign_payment(created, nonce_key=1)
    as_verb = replace(template, call_data=template.call_data[:8] + bytes(HexBytes(theft)))
    forged = sign_principal_call(created, "withdrawAll", usdc.address, stranger.address, by=stranger, nonce_key=1)
    handle = lambda each: (entry_point.address, entry_point.call_data("handleOps", [each.packed()], other.address))  # noqa: E731
    calls = [
        handle(sign_principal_call(created, "cancelNonce", 7)),
        (created.wallet.address, theft),
        handle(forged),
        handle(as_verb),
        (entry_point.address, theft),
        handle(theft_as_agent),
        (created.wallet.address, theft),
    ]
    successes, _ = attempts(other, stranger, calls)
    on_contracts = version == "0.8"
    assert successes == [on_contracts, False, False, False, False, on_contracts, False]
    assert outflow()[1] == 0


def test_an_agents_operation_beside_the_principals_has_not_its_rights(
    created, sign_principal_call, sign_action, send_bundle, usdc, stranger, outflow, agent
):
    """In one bundle, the principal's first: the agent's `call` still reaches nothing that isn't listed, the wallet least."""
    theft = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    bundle = send_bundle(
        sign_principal_call(created, "cancelNonce", 7), sign_action(created, "call", created.wallet.address, theft)
    )
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert outflow()[1] == 0
