"""`AgentWallet.action` and `nonce_key`: calldata and nonce keys of relayed actions and user operations."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import Authorization, Call, CallRequest, CallRule, Domain, InvalidInput, Pay, Request, WalletCall, errors
from verification.testing.actions import action_of
from verification.testing.refusals import refuses


@pytest.fixture
def wallet(new_agent):
    return new_agent().wallet


@pytest.mark.parametrize("deadline", [1_800_000_000_000, 1_800_000_000.5])
def test_refuses_a_deadline_in_milliseconds_or_as_float(
    wallet, suite, new_mandate, agent, principal, usdc, payee, deadline
):
    """What is signed for a minute would be valid for 57,000 years."""
    payment, call = ("pay", usdc.address, payee.address, 1), WalletCall(payee.address)
    request = Request(usdc.address, payee.address, 1, deadline)
    authorization = (usdc.address, payee.address, 1, 6, deadline, Domain("USD Coin", "2"))
    attempts = (
        lambda: wallet.sign_action(agent, action_of(*payment), deadline=deadline),
        lambda: wallet.execute_typed_data([call], 1, deadline),
        lambda: wallet.execute_signed(agent, [call], 1, deadline, b""),
        lambda: wallet.request_payment(agent, 0, request),
        lambda: wallet.approval_typed_data(0, replace(request, expires_at=1), 1, 1, deadline),
        lambda: wallet.offer_hand_over(principal, payee.address, deadline),
        lambda: Authorization.of(*authorization),
        lambda: suite.factory.prepare(
            suite.registry, new_mandate(), principal, agent, "https://agents.example", bytes(32), deadline
        ),
    )
    for attempt in attempts:
        with pytest.raises(InvalidInput, match="The time"):
            attempt()


@pytest.mark.parametrize("subkey", [-1, 2**64])
def test_nonce_key_refuses_a_subkey_outside_of_64_bits(wallet, subkey):
    with pytest.raises(InvalidInput, match="must be an unsigned number of 64 bits"):
        wallet.nonce_key(subkey)


def test_nonce_key_begins_with_the_mandate_hash(wallet):
    assert wallet.nonce_key(5) == int.from_bytes(wallet.mandate_hash[:16] + (5).to_bytes(8))


def test_encodes_every_action_of_the_agent(wallet, usdc, payee, now):
    token, to = usdc.address, payee.address
    authorization = Authorization(token, to, 1_000_000, now() + 60, Domain("USD Coin", "2"))
    request = Request(token, to, 1, now() + 60)
    call = CallRequest(to, "0x01", now() + 60, "0.5", token, 2, 9, "b")
    ref = b"a".ljust(32, b"\0")
    asked = request.as_tuple(6)
    expected = {
        ("pay", token, to, 1, "a"): ("pay", token, to, 1_000_000, ref),
        ("pay_batch", (Pay(token, to, 1, "a"),)): ("payBatch", [(token, to, 1_000_000, ref)]),
        ("call", to, b"\1", 0, 0, 3, "a"): ("call", to, 3, 0, b"\1", 0, ref),
        ("request_payment", 0, request): ("requestPayment", 0, asked),
        ("request_call", 0, call): ("requestCall", 0, call.as_tuple(6)),
        ("cancel_request", 0, request): ("cancelRequest", 0, wallet.read("requestHash", asked)),
        ("cancel_request", 1, call): ("cancelRequest", 1, wallet.read("callRequestHash", call.as_tuple(6))),
        ("preauthorize", authorization, "a"): ("preauthorize", authorization.as_tuple(), ref),
        ("resign",): ("resign",),
    }
    for arguments, function in expected.items():
        assert "0x" + wallet.action(action_of(*arguments)).hex() == wallet.call_data(*function)


def test_pull_is_an_amount_of_the_rules_token(new_agent, deploy, usdc, dai):
    """The agent names no token: each variant has its own, here of 6 and of 18 decimals."""
    target = deploy("MockVault", usdc.address).address
    rules = [
        CallRule(target, "f()", token=token.address, variant=i, pull_limit=5, max_calls=1, window=timedelta(hours=1))
        for i, token in enumerate((usdc, dai))
    ]
    wallet = new_agent(calls=rules).wallet
    data = rules[0].selector
    for variant, units in enumerate((1_500_000, 15 * 10**17)):
        action = wallet.action(Call(target, data, 0, "1.5", variant))
        assert "0x" + action.hex() == wallet.call_data("call", target, variant, 0, data, units, bytes(32))


def test_call_without_rule_is_left_to_the_wallet(new_agent, usdc, payee):
    created = new_agent()
    with refuses(errors.CallNotListed, target=payee.address, variant=2):
        created.wallet.call(created.agent, payee.address, b"\1\2\3\4", pull="0.5", variant=2)
