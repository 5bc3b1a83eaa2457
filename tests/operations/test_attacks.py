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
from verification.expectations import refuses
from verification.testing.contracts import deploy_published

# Somebody else's EntryPoint, chain, wallet, nonce


def test_a_contract_in_the_entry_points_place(created, pays, bundler, deploy, stranger, taken, orders):
    other = deploy("MockBundler")
    for operation in (pays(created), orders(created, "execute", stranger.address, 10**17, b"")):
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
    assert taken() == (0, 0)


def test_a_replay_on_another_wallet(created, new_agent, new_mandate, other_agent, other_principal, pays, force, fund):
    """Under the same mandate but for its epoch, and with the same agent key: the wallet is signed too."""
    other = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(other.wallet.address, 1)
    twin = replace(created.mandate, replaces=other.wallet.last_mandate_hash)
    other.wallet.set_mandate(created.principal, twin)
    operation = pays(created)
    assert force(replace(operation, sender=other.wallet.address)).included is False
    moved = pays(replace(other, agent=created.agent))
    assert force(replace(moved, signature=operation.signature)).included is False
    assert force(moved).succeeded == [True]


def test_a_replay_on_another_chain(web3, created, pays, orders, entry_point, validate, taken, force):
    for operation, key in (
        (pays(created), created.agent),
        (orders(created, "liftMandate"), created.principal),
    ):
        elsewhere = operation.typed_data(web3.eth.chain_id + 1, entry_point.address)
        moved = replace(operation, signature=sign_with(key, elsewhere))
        assert validate(moved)[0] is False
        assert force(moved).included is False
    assert taken() == (0, 0)


def test_a_replay_on_another_entry_point(web3, created, pays, orders, validate, version, force, deployer, taken):
    """Of v0.8 on v0.9, and the other way round: the same hash in another domain."""
    other = "0x433709009B8330FDa32311DF1C2AFA402eD8D009" if version == "0.8" else ENTRY_POINT
    for operation, key in (
        (pays(created), created.agent),
        (orders(created, "liftMandate"), created.principal),
    ):
        moved = replace(operation, signature=sign_with(key, operation.typed_data(web3.eth.chain_id, other)))
        assert validate(moved)[0] is False
        assert force(moved).included is False
    assert taken() == (0, 0)


def test_the_other_entry_point_itself(web3, created, pays, version, entry_point, bundler, relayer, taken):
    """It holds a deposit of the wallet's, and the operation is signed for it: the wallet doesn't answer to it."""
    address = deploy_published(web3, relayer, "EntryPoint", "0.9").address if version == "0.8" else ENTRY_POINT
    other = SelfBundler(web3, relayer, address)
    other.entry_point.deposit_to(relayer, created.wallet.address, 1)
    operation = other.sign(pays(created), created.agent)
    with refuses(errors.NotEntryPoint, caller=address, entry_point=entry_point.address):
        other.send(operation)
    assert taken() == (0, 0)
    assert other.entry_point.deposit_of(created.wallet.address) == 1


def test_an_agents_operation_under_the_principals_nonce_key(created, pays, orders, force, validate, stranger, taken):
    executes = orders(created, "execute", stranger.address, 10**17, b"", by=created.agent)
    verb = pays(created, nonce=0)
    for operation in (executes, verb):
        assert validate(operation)[0] is False
        assert force(operation).included is False
    assert taken() == (0, 0)


def test_a_principals_operation_under_the_agents_nonce_key(created, orders, pays, force, validate, stranger, taken):
    key = created.wallet.nonce_key() << 64
    with refuses(errors.NotAnAgentOperation):
        validate(orders(created, "execute", stranger.address, 10**17, b"", nonce=key))
    verb = pays(created, by=created.principal)
    assert validate(verb)[0] is False
    assert force(verb).included is False
    assert taken() == (0, 0)


def test_the_principals_word_for_an_agents_action(created, pays, orders, force, taken, bundler):
    """Under the principal's key, with its signature: executeUserOp is the agent's, and its nonce key says it isn't."""
    operation = replace(pays(created), nonce=0)
    bundle = force(bundler.sign(operation, created.principal))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.OperationOfOtherMandate)
    assert taken()[1] == 0


# What the agent's calldata reach


def test_an_agents_calldata_that_hit_execute(created, pays, bundler, force, validate, stranger, usdc, taken):
    """By themselves, as the verb, and inside of one."""
    template = pays(created)
    wallet = created.wallet
    theft = bytes(HexBytes(wallet.call_data("execute", stranger.address, 10**17, b"")))
    nested = bytes(HexBytes(wallet.call_data("executeUserOp", template.packed(), bytes(32))))
    carried = bytes(HexBytes(wallet.call_data("act", theft, (stranger.address, 2**40, usdc.address, 0, 0), b"")))
    for data in (theft, nested, carried):
        for whole in (data, template.call_data[:8] + data):
            operation = bundler.sign(replace(template, call_data=whole), created.agent)
            assert force(operation).included is False
            with pytest.raises(errors.NotAnAgentOperation):
                validate(operation)
    assert taken() == (0, 0)


def test_an_agents_operation_in_an_agents_operation(created, pays, bundler, force, validate, taken):
    """executeUserOp where its period should be: what follows is no verb."""
    inner = pays(created)
    for data in (inner.call_data[:4] + inner.call_data, inner.call_data[:8] + inner.call_data):
        operation = bundler.sign(replace(inner, call_data=data), created.agent)
        with pytest.raises(errors.NotAnAgentOperation):
            validate(operation)
        assert force(operation).included is False
    assert taken() == (0, 0)


@pytest.mark.parametrize("function", ["withdrawTo", "depositTo", "withdrawStake", "incrementNonce", "handleOps"])
def test_the_entry_point_as_a_target(function, created, acts, new_mandate, entry_point, force, stranger, fund, taken):
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
    bundle = force(acts(created, "call", entry_point.address, data))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert taken()[0] + force_deposit == bundle.taken
    mandate = new_mandate(calls=(CallRule(entry_point.address, "withdrawTo(address,uint256)"),))
    with refuses(errors.TargetRefused, target=entry_point.address):
        created.wallet.set_mandate(created.principal, mandate.replacing(created.wallet.last_mandate_hash))


def test_an_approval_by_operation(created, acts, usdc, stranger, force, taken):
    data = usdc.call_data("approve", stranger.address, 2**255)
    bundle = force(acts(created, "call", usdc.address, data))
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
    assert taken()[1] == 0


def test_every_path_with_a_counter_of_its_own(created, pays, acts, force, usdc, payee, agent, relayer, now, taken):
    """A27, I5: direct, carried, by operation, in a batch: one counter."""
    wallet = created.wallet
    wallet.pay(agent, usdc.address, payee.address, 100)
    wallet.act(relayer, wallet.sign_action(agent, "pay", usdc.address, payee.address, 100, deadline=now() + 100))
    assert force(pays(created, amount=100)).succeeded == [True]
    batch = [Payment(usdc.address, payee.address, 50) for _ in range(4)]
    assert force(acts(created, "pay_batch", batch)).succeeded == [True]
    bundle = force(pays(created))
    assert bundle.succeeded == [False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.WindowLimitExceeded)
    assert taken()[1] == 500


def test_a_failed_operation_charges_no_budget(created, pays, force, stranger, acts, usdc, taken):
    """I16: gas is paid, and nothing else."""
    bundle = force(acts(created, "pay", usdc.address, stranger.address, 1), pays(created, amount=101, lane=1))
    assert bundle.succeeded == [False, False]
    assert [type(decode_refusal(reason)) for reason in bundle.reasons] == [
        errors.PayeeNotListed,
        errors.PaymentLimitExceeded,
    ]
    assert created.wallet.spent("USD") == 0
    assert taken()[1] == 0


# Between validation and execution


def test_a_principal_that_changes_in_the_middle_of_a_bundle(
    created, new_agent, other_agent, orders, pays, force, usdc, stranger, fund, taken
):
    """Validated as the principal's; by the time that it is carried out another is principal, and the mandate is lifted."""
    heir = new_agent(key=other_agent, gas_terms=created.mandate.gas_terms)
    fund(heir.wallet.address, 1)
    created.wallet.offer_hand_over(created.principal, heir.wallet.address)
    accept = bytes(HexBytes(created.wallet.call_data("acceptHandOver")))
    bundle = force(
        orders(heir, "execute", created.wallet.address, 0, accept),
        orders(created, "withdrawAll", usdc.address, stranger.address),
        pays(created, amount=100),
    )
    assert bundle.succeeded == [True, False, False]
    refusals = [decode_refusal(reason) for reason in bundle.reasons]
    assert [type(refusal) for refusal in refusals] == [errors.NotPrincipal, errors.NoMandate]
    assert created.wallet.principal == heir.wallet.address
    assert taken()[1] == 0


def test_a_principal_that_changes_and_is_the_same_again(created, orders, force, usdc, stranger, taken):
    """A word that was given for an earlier principal is no word for the next, in one transaction either."""
    created.wallet.offer_hand_over(created.principal, stranger.address)
    created.wallet.accept_hand_over(stranger)
    stale = orders(created, "withdrawAll", usdc.address, stranger.address, by=created.principal)
    assert force(stale).included is False
    assert taken()[1] == 0


def test_a_mandate_replaced_in_the_middle_of_a_bundle(
    created, new_mandate, other_agent, orders, pays, force, usdc, payee, taken
):
    """What was validated under the old mandate isn't carried out under the new, which has another agent key."""
    mandate = new_mandate(agent_key=other_agent.address, gas_terms=created.mandate.gas_terms)
    mandate = mandate.replacing(created.wallet.last_mandate_hash)
    bundle = force(orders(created, "setMandate", mandate.as_tuple()), pays(created), pays(created, lane=1))
    assert bundle.succeeded == [True, False, False]
    for reason in bundle.reasons:
        assert isinstance(decode_refusal(reason), errors.OperationOfOtherMandate)
    assert taken()[1] == 0


def test_a_mandate_lifted_in_the_middle_of_a_bundle(created, orders, pays, force, taken):
    bundle = force(orders(created, "liftMandate"), pays(created))
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.NoMandate)
    assert taken()[1] == 0


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
    created, orders, pays, acts, entry_point, other, stranger, usdc, taken, version
):
    """The EntryPoint reverts and is caught; nothing of `_operationSigner` is left for what comes after in the same transaction."""
    theft = ("withdrawAll", usdc.address, stranger.address)
    forged = orders(created, *theft, by=stranger)
    direct = created.wallet.call_data(*theft)
    agents = pays(created)
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
    assert taken()[1] == (1 if version == "0.8" else 0)


def test_a_good_signature_of_the_principals_serves_nobody_after_it(
    created, orders, pays, acts, entry_point, other, stranger, usdc, taken, version, force
):
    """The principal's operation succeeds, and the rest of the transaction is the attacker's."""
    theft = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    theft_as_agent = acts(created, "resign")
    template = pays(created, lane=1)
    as_verb = replace(template, call_data=template.call_data[:8] + bytes(HexBytes(theft)))
    forged = orders(created, "withdrawAll", usdc.address, stranger.address, by=stranger, lane=1)
    handle = lambda each: (entry_point.address, entry_point.call_data("handleOps", [each.packed()], other.address))  # noqa: E731
    calls = [
        handle(orders(created, "cancelNonce", 7)),
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
    assert taken()[1] == 0


def test_an_agents_operation_beside_the_principals_has_not_its_rights(
    created, orders, acts, force, usdc, stranger, taken, agent
):
    """In one bundle, the principal's first: the agent's `call` still reaches nothing that isn't listed, the wallet least."""
    theft = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    bundle = force(orders(created, "cancelNonce", 7), acts(created, "call", created.wallet.address, theft))
    assert bundle.succeeded == [True, False]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.CallNotListed)
    assert taken()[1] == 0
