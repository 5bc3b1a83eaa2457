"""`act`: relays an action that the agent key has signed. Checks and events are those of a direct call."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import (
    FOREVER,
    Authorization,
    Call,
    CallRequest,
    CancelRequest,
    Domain,
    Pay,
    PayBatch,
    Request,
    WalletCall,
    errors,
)
from peculium.mandate import WALLET_DOMAIN
from verification.testing.actions import action_of
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.fixture
def created(checkpoint, new_agent, payee, relayer):
    """An agent that may pay the relayer, so that an action can carry a fee."""
    return checkpoint.share("created", lambda: new_agent(payees=(payee.address, relayer.address)))


# Refusals


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_action_can_be_relayed_through_its_deadline(offset, created, signed, relayer, now, time_travel):
    """I21. The deadline is inclusive."""
    deadline = now() + DAY
    action = signed(deadline=deadline)
    time_travel(to=deadline + offset)
    arguments = ("act", action.action, action.relay(), action.signature)
    if offset <= 0:
        created.wallet.read(*arguments, sender=relayer.address)
        return
    with refuses(errors.DeadlinePassed, deadline=deadline, timestamp=deadline + 1):
        created.wallet.read(*arguments, sender=relayer.address)


def test_action_can_be_relayed_once(created, signed, relayer, usdc, payee):
    """D06, I16."""
    action = signed()
    created.wallet.act(relayer, action)
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 1


@pytest.mark.parametrize("field", ["action", "nonce", "deadline", "relayer", "fee_token", "fee"])
def test_refuses_an_action_changed_after_signing(field, created, signed, relayer, dai, stranger):
    """D05."""
    action = signed(relayer=relayer.address)
    changed = {
        "action": created.wallet.call_data("pay", dai.address, stranger.address, 1, bytes(32)),
        "nonce": 2,
        "deadline": action.deadline + 1,
        "relayer": ZERO_ADDRESS,
        "fee_token": dai.address,
        "fee": 1,
    }[field]
    changed = bytes.fromhex(changed[2:]) if field == "action" else changed
    with refuses(errors.BadAgentSignature, agent_key=created.agent.address):
        created.wallet.act(relayer, replace(action, **{field: changed}))


@pytest.mark.parametrize("difference", ["chain", "wallet", "mandate", "name", "version"])
def test_refuses_a_signature_for_another_domain_or_mandate(difference, created, signed, relayer):
    """D01, D02."""
    action = signed()
    wallet = created.wallet
    chain = wallet.web3.eth.chain_id + (difference == "chain")
    domain = (WALLET_DOMAIN[0] + "x" * (difference == "name"), WALLET_DOMAIN[1] + "x" * (difference == "version"))
    mandate = bytes(32) if difference == "mandate" else wallet.mandate_hash
    signed_action = replace(action, wallet=relayer.address) if difference == "wallet" else action
    data = signed_action.typed_data(mandate, chain, domain)
    signature = bytes(created.agent.sign_message(encode_typed_data(full_message=data)).signature)
    with refuses(errors.BadAgentSignature):
        wallet.act(relayer, replace(action, signature=signature))


@pytest.mark.parametrize("side", [0, 1])
def test_refuses_callers_adjacent_to_the_named_relayer(created, signed, relayer, side):
    action = signed(relayer=relayer.address)
    caller = adjacent_addresses(relayer.address)[side]
    with refuses(errors.NotRelayer, caller=caller, relayer=relayer.address):
        created.wallet.read("act", action.action, action.relay(), action.signature, sender=caller)


@pytest.mark.parametrize("by", ["principal", "stranger", "payee"])
def test_refuses_a_signature_by_another_account(by, created, signed, relayer, request):
    with refuses(errors.BadAgentSignature, agent_key=created.agent.address):
        created.wallet.act(relayer, signed(by=request.getfixturevalue(by)))


@pytest.mark.parametrize("form", ["high s", "64 bytes", "empty", "66 bytes", "zeros", "a byte"])
def test_refuses_a_malformed_signature(form, created, signed, relayer):
    """D07, D08."""
    action = signed()
    r, s, v = action.signature[:32], int.from_bytes(action.signature[32:64]), action.signature[64]
    signature = {
        "high s": r + (CURVE_ORDER - s).to_bytes(32) + bytes([55 - v]),
        "64 bytes": r + (s | (v - 27) << 255).to_bytes(32),
        "empty": b"",
        "66 bytes": action.signature + b"\0",
        "zeros": bytes(65),
        "a byte": b"\1",
    }[form]
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, signature=signature))


@pytest.mark.parametrize("seed", range(20))
def test_refuses_arbitrary_bytes_with_the_same_error(seed, created, signed, relayer):
    """Some of the bytes begin like the signature of a contract or of an ERC-7913 key."""
    random_bytes = b"".join(keccak(text=f"{seed} {i}") for i in range(9))
    prefix = [b"", b"\0\x15", b"\0\x14", b"\xff\xff", b"\0\x54"][seed % 5]
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(signed(), signature=prefix + random_bytes[: 7 * seed]))


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace", "expire", "resign"])
def test_signed_action_is_void_after_a_stop(
    stop, created, signed, suite, relayer, replace_mandate, time_travel, usdc, payee
):
    """D16, E03, I8."""
    action = signed(deadline=FOREVER)
    wallet, principal = created.wallet, created.principal
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "replace":
        replace_mandate(created)
    elif stop == "expire":
        time_travel(to=created.mandate.valid_until)
    elif stop == "resign":
        wallet.resign(created.agent)
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
    expected = {
        "lift": errors.NoMandate,
        "replace": errors.BadAgentSignature,
        "expire": errors.MandateExpired,
        "revoke_all": errors.EpochEnded,
        "pause": errors.AgentIsPaused,
    }.get(stop, errors.AgentIsRevoked)
    with refuses(expected):
        wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 0


@pytest.mark.parametrize("sender", ["principal", "agent", "stranger"])
@pytest.mark.parametrize(
    "function",
    ["execute", "withdraw", "withdrawAll", "liftMandate", "refuseAll", "cancelAction", "act", "offerHandOver", "none"],
)
def test_refuses_a_function_that_is_not_an_action(function, sender, created, usdc, stranger, now, request):
    """A principal that relays an action must not lend it the principal's rights (confused deputy)."""
    wallet = created.wallet
    arguments = {
        "execute": (usdc.address, 0, usdc.call_data("transfer", stranger.address, 1)),
        "withdraw": (usdc.address, stranger.address, 1),
        "withdrawAll": (usdc.address, stranger.address),
        "cancelAction": (1,),
        "act": (b"", (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, 0, 0), b""),
        "offerHandOver": (stranger.address, now() + DAY),
    }.get(function, ())
    data = b"" if function == "none" else bytes.fromhex(wallet.call_data(function, *arguments)[2:])
    relay = (ZERO_ADDRESS, ZERO_ADDRESS, 0, 0, now() + DAY, 1)
    digest = wallet.read("actionDigest", data, relay)
    signature = bytes(created.agent.unsafe_sign_hash(digest).signature)
    with refuses(errors.NotAnAction, selector=data[:4].ljust(4, b"\0")):
        wallet.send(request.getfixturevalue(sender), "act", data, relay, signature)


def test_refuses_another_relayer_than_the_named_one(created, signed, stranger, relayer):
    action = signed(relayer=relayer.address)
    with refuses(errors.NotRelayer, caller=stranger.address, relayer=relayer.address):
        created.wallet.act(stranger, action)
    created.wallet.act(relayer, action)


def test_refuses_a_fee_without_a_named_relayer(created, signed, relayer, usdc):
    """Without a named relayer, whoever submits the action first could take the fee."""
    with refuses(errors.FeeNeedsRelayer, fee=10**6):
        created.wallet.act(relayer, signed(fee=(usdc.address, 1)))


def test_refuses_a_fee_to_an_unlisted_payee(created, signed, stranger, usdc):
    """I6. Otherwise, a colluding relayer could receive money as a fee."""
    action = signed(relayer=stranger.address, fee=(usdc.address, 1))
    with refuses(errors.PayeeNotListed, payee=stranger.address):
        created.wallet.act(stranger, action)


def test_refuses_a_fee_above_a_limit(created, signed, relayer, usdc, payee):
    """I5."""
    arguments = (usdc.address, payee.address, 100)
    for nonce in range(4):
        created.wallet.act(relayer, signed(arguments=arguments, nonce=nonce))
    action = signed(arguments=arguments, nonce=4, relayer=relayer.address, fee=(usdc.address, 1))
    with refuses(errors.WindowLimitExceeded, charge=10**6, remaining=0):
        created.wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 400


def test_refuses_a_fee_after_the_mandate_has_expired(new_agent, relayer, usdc, payee, now, time_travel):
    """I21. An agent may cancel a request after its mandate has expired, but must not pay a fee for it."""
    created = new_agent(
        payees=tuple(sorted((payee.address, relayer.address), key=str.lower)),
        max_requests=1,
        max_request_age=timedelta(days=40),
    )
    payment_request = Request(usdc.address, payee.address, 150, now() + 35 * DAY, "late")
    created.wallet.request_payment(created.agent, 0, payment_request)
    action = created.wallet.sign_action(
        created.agent,
        CancelRequest(0, payment_request),
        deadline=FOREVER,
        relayer=relayer.address,
        fee=(usdc.address, 1),
    )
    time_travel(30 * DAY)
    with refuses(errors.MandateExpired):
        created.wallet.act(relayer, action)
    assert usdc.balance(relayer.address) == 0


@pytest.mark.parametrize("function", ["resign", "cancelRequest"])
@pytest.mark.parametrize("sender", ["relayer", "agent"])
def test_target_cannot_act_with_the_signature_of_a_relayed_call(
    function, sender, new_agent, deploy, now, request, usdc, payee
):
    """A target must not inherit the agent's authority, even if the agent relays the action itself."""
    target = deploy("MockTarget")
    rule = call_rule(target.address, "take()", token=usdc.address)
    created = new_agent(calls=(rule,), max_requests=1, max_request_age=timedelta(days=2))
    wallet = created.wallet
    payment_request = Request(usdc.address, payee.address, 900, now() + DAY)
    wallet.request_payment(created.agent, 0, payment_request)
    data = (
        wallet.call_data("resign")
        if function == "resign"
        else wallet.call_data("cancelRequest", 0, wallet.pending_requests()[0].request_hash)
    )
    account = request.getfixturevalue(sender)
    target.send(created.principal, "arm", wallet.address, data, 1, False)
    wallet.act(account, wallet.sign_action(created.agent, Call(target.address, rule.selector), deadline=now() + DAY))
    assert (target.read("callsMade"), target.read("lastSuccess")) == (1, False)
    assert len(wallet.pending_requests()) == 1
    wallet.pay(created.agent, usdc.address, payee.address, 1)


@pytest.mark.parametrize("function", ["pay", "payBatch", "requestPayment", "resign"])
def test_refuses_a_second_action_without_a_signature_in_the_same_transaction(
    function, new_agent, other_principal, other_agent, suite, usdc, payee, now
):
    """The sender is a contract that makes two calls. The first call's authority must not reach the second."""
    created = new_agent(max_requests=2, max_request_age=timedelta(days=2))
    sender = new_agent(by=other_principal, key=other_agent).wallet
    wallet, payment_request = created.wallet, Request(usdc.address, payee.address, 900, now() + DAY)
    relayed = wallet.sign_action(created.agent, PayBatch([Pay(usdc.address, payee.address, 1)]), deadline=now() + DAY)
    act = wallet.call_data("act", relayed.action, relayed.relay(), relayed.signature)
    payment = (usdc.address, payee.address, 10**6, bytes(32))
    second = {
        "pay": wallet.call_data("pay", *payment),
        "payBatch": wallet.call_data("payBatch", [payment]),
        "requestPayment": wallet.call_data("requestPayment", 0, payment_request.as_tuple(6)),
        "resign": wallet.call_data("resign"),
    }[function]
    with refuses(errors.NotAgentKey, caller=sender.address, agent_key=created.agent.address):
        sender.execute_batch(
            other_principal, [WalletCall(wallet.address, data=act), WalletCall(wallet.address, data=second)]
        )
    sender.execute_batch(other_principal, [WalletCall(wallet.address, data=act)])
    assert wallet.spent("USD") == 1


def test_refuses_an_action_signed_for_another_wallet(new_agent, usdc, payee, relayer, other_principal, now):
    """D01."""
    key = Account.from_key(keccak(text="a key of two"))
    first = new_agent(key=key)
    action = first.wallet.sign_action(key, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    second = new_agent(by=other_principal, key=Account.from_key(keccak(text="another key")))
    with refuses(errors.BadAgentSignature):
        second.wallet.act(relayer, action)


# Relayed actions


def test_relayed_payment_equals_a_direct_one(created, signed, relayer, usdc, payee):
    """I5."""
    sent = created.wallet.pay(created.agent, usdc.address, payee.address, 1, "relayed")
    relayed = created.wallet.act(relayer, signed())
    first, *others = [(event.name, event.arguments) for event in relayed.events]
    assert first == ("ActionRelayed", {"nonce": 1})
    assert others == [(event.name, event.arguments) for event in sent.events]
    assert created.wallet.spent("USD") == 2
    assert usdc.balance(payee.address) == 2


def test_fee_is_paid_and_charged(created, signed, relayer, usdc):
    before = usdc.balance(relayer.address)
    created.wallet.act(relayer, signed(relayer=relayer.address, fee=(usdc.address, "0.5")))
    assert usdc.balance(relayer.address) - before == created.wallet.spent("USD") - 1
    assert float(created.wallet.spent("USD")) == 1.5


@pytest.mark.parametrize("minimum", [10**6, 2**256 - 1])
def test_refuses_less_gas_than_the_agent_signed(minimum, created, signed, relayer, usdc, payee):
    """A relayer could otherwise make a call of the action fail by sending too little, and use the signature up."""
    action = signed(min_gas=minimum)
    with refuses(errors.GasTooLow, minimum=minimum):
        created.wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=1_050_000)
    assert usdc.balance(payee.address) == 0
    assert not created.wallet.is_action_spent(action.nonce)
    if minimum == 10**6:
        created.wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=1_100_000)
        assert usdc.balance(payee.address) == 1


def test_refuses_another_minimum_of_gas_than_was_signed(created, signed, relayer):
    action = signed(min_gas=100_000)
    with refuses(errors.BadAgentSignature):
        created.wallet.act(relayer, replace(action, min_gas=99_999))


@pytest.mark.parametrize("code", ["0x00", "0x60006000fd"], ids=["answers nothing", "reverts"])
def test_a_signature_stays_good_when_the_agent_key_delegates(
    code, created, signed, relayer, stranger, web3, usdc, payee
):
    """I36. The agent key's account gains code (EIP-7702) that knows nothing of its key."""
    web3.provider.make_request("anvil_setCode", [created.agent.address, code])
    created.wallet.act(relayer, signed())
    assert usdc.balance(payee.address) == 1
    with refuses(errors.BadAgentSignature, agent_key=created.agent.address):
        created.wallet.act(relayer, signed(nonce=2, by=stranger))


def test_event_finds_the_receipt_of_a_relay(created, signed, relayer):
    """A client that lost the answer looks for the nonce."""
    action = signed()
    assert created.wallet.find_relay(action.nonce) is None
    receipt = created.wallet.act(relayer, action)
    assert created.wallet.find_relay(action.nonce).transaction == receipt.transaction


def test_nonces_can_be_used_in_any_order(created, signed, relayer):
    """No action waits for another."""
    for nonce in (7, 0, 2**256 - 1, 255, 256, 6):
        assert not created.wallet.is_action_spent(nonce)
        created.wallet.act(relayer, signed(nonce=nonce))
        assert created.wallet.is_action_spent(nonce)
    assert not created.wallet.is_action_spent(1)


def test_refused_action_does_not_spend_its_nonce(created, signed, relayer, usdc, payee):
    with refuses(errors.PaymentLimitExceeded):
        created.wallet.act(relayer, signed(arguments=(usdc.address, payee.address, 101)))
    assert not created.wallet.is_action_spent(1)
    created.wallet.act(relayer, signed())


def test_agent_relays_its_own_action(created, signed):
    created.wallet.act(created.agent, signed())
    assert created.wallet.spent("USD") == 1


def test_every_action_can_be_relayed(new_agent, usdc, payee, relayer, now, deploy, suite):
    target = deploy("MockTarget")
    rule = call_rule(target.address, "take()", token=usdc.address)
    created = new_agent(calls=(rule,), max_requests=1, max_request_age=timedelta(days=2))
    wallet = created.wallet
    payment_request = Request(usdc.address, payee.address, 900, now() + DAY)
    later = Authorization(usdc.address, payee.address, 10**6, now() + DAY, Domain("USD Coin", "2"))
    actions = [
        ("pay", usdc.address, payee.address, 1),
        ("pay_batch", [Pay(usdc.address, payee.address, 1)] * 2),
        ("call", target.address, rule.selector),
        ("request_payment", 0, payment_request),
        ("cancel_request", 0, payment_request),
        ("request_call", 0, CallRequest(target.address, rule.selector, now() + DAY)),
        ("preauthorize", later),
        ("resign",),
    ]
    for function, *arguments in actions:
        wallet.act(relayer, wallet.sign_action(created.agent, action_of(function, *arguments), deadline=now() + DAY))
    assert wallet.spent("USD") == 4
    assert wallet.is_valid_signature(later.digest(wallet.address, wallet.web3.eth.chain_id), b"\0") is False
    with refuses(errors.AgentIsRevoked):
        wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_action_digest_equals_the_digest_that_the_agent_signs(created, signed):
    action = signed()
    digest = created.wallet.read("actionDigest", action.action, action.relay())
    assert Account._recover_hash(digest, signature=action.signature) == created.agent.address
