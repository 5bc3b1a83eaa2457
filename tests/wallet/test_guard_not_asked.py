"""What no guard is asked: whatever the principal does, stops, requests and approvals (I10, I13, I34)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data

from peculium import NATIVE, CallRequest, Request, WalletCall, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.guard_fixtures import TAKE
from verification.testing.refusals import refuses
from verification.testing.requests import asked

UNASKED = (
    "withdraw",
    "withdraw ether",
    "withdrawAll",
    "execute",
    "executeBatch",
    "executeSigned",
    "cancelNonce",
    "cancelAction",
    "liftMandate",
    "refuseAll",
    "offerHandOver",
    "acceptHandOver",
    "setMandate",
    "requestPayment",
    "requestCall",
    "cancelRequest",
    "refuseRequest",
    "expireRequest",
    "approveRequest",
    "approveRequestSigned",
    "approveCall",
    "approveCallSigned",
    "resign",
    "revoke",
    "revokeAll",
    "pause",
    "unpause",
    "receive",
)


@pytest.fixture
def created(checkpoint, guarded):
    return checkpoint.share("created", guarded)


@pytest.fixture
def requests(usdc, stranger, target, now):
    """A payment and a call, both beyond the mandate."""
    until = now() + DAY
    payment = Request(usdc.address, stranger.address, 5_000, until)
    return payment, CallRequest(target.address, TAKE, until, "2.5", usdc.address, 900, ref="asked for")


@pytest.fixture
def unasked(created, suite, requests, usdc, stranger, relayer, other_principal, target, now, time_travel, guardian):
    """Prepares each action, and returns it. Preparing may ask the guard, the action itself not."""
    wallet, agent, principal = created.wallet, created.agent, created.principal
    payment, call = requests
    transfer = WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1))

    def sign(data):
        return bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)

    def pending(request, then):
        (wallet.request_call if request is call else wallet.request_payment)(agent, 0, request)
        return then

    def approve(request):
        return pending(request, lambda: wallet.approve_request(principal, 0, request, asked(created)))

    def approve_signed(request):
        def act():
            made, deadline = asked(created), now() + DAY
            signature = sign(wallet.approval_typed_data(0, request, made, 5, deadline))
            return wallet.approve_request_signed(relayer, 0, request, made, 5, deadline, signature)

        return pending(request, act)

    def expire():
        pending(payment, None)
        time_travel(to=payment.expires_at)
        return lambda: wallet.expire_request(relayer, 0, payment)

    def offered():
        wallet.offer_hand_over(principal, other_principal.address, now() + 60)
        return lambda: wallet.accept_hand_over(other_principal)

    def paused():
        suite.switch.pause(principal, wallet.address)
        return lambda: suite.switch.unpause(principal, wallet.address)

    def execute_signed():
        signature = sign(wallet.execute_typed_data([transfer], 3, now() + DAY))
        deadline = now() + DAY
        return lambda: wallet.execute_signed(relayer, [transfer], 3, deadline, signature)

    def mandate():
        free = replace(created.mandate, guard=ZERO_ADDRESS).in_round(wallet.round)
        return lambda: wallet.set_mandate(principal, free)

    return {
        "withdraw": lambda: lambda: wallet.withdraw(principal, usdc.address, stranger.address, 7),
        "withdraw ether": lambda: lambda: wallet.withdraw(principal, NATIVE, stranger.address, 1),
        "withdrawAll": lambda: lambda: wallet.withdraw_all(principal, usdc.address, stranger.address),
        "execute": lambda: lambda: wallet.execute(principal, transfer),
        "executeBatch": lambda: lambda: wallet.execute_batch(principal, [transfer, transfer]),
        "executeSigned": execute_signed,
        "cancelNonce": lambda: lambda: wallet.send(principal, "cancelNonce", 8),
        "cancelAction": lambda: lambda: wallet.cancel_action(principal, 8),
        "liftMandate": lambda: lambda: wallet.lift_mandate(principal),
        "refuseAll": lambda: lambda: wallet.refuse_all(principal),
        "offerHandOver": lambda: lambda: wallet.offer_hand_over(principal, stranger.address, now() + DAY),
        "acceptHandOver": offered,
        "setMandate": mandate,
        "requestPayment": lambda: lambda: wallet.request_payment(agent, 0, payment),
        "requestCall": lambda: lambda: wallet.request_call(agent, 0, call),
        "cancelRequest": lambda: pending(payment, lambda: wallet.cancel_request(agent, 0, payment)),
        "refuseRequest": lambda: pending(call, lambda: wallet.refuse_request(principal, 0, call)),
        "expireRequest": expire,
        "approveRequest": lambda: approve(payment),
        "approveRequestSigned": lambda: approve_signed(payment),
        "approveCall": lambda: approve(call),
        "approveCallSigned": lambda: approve_signed(call),
        "resign": lambda: lambda: wallet.resign(agent),
        "revoke": lambda: lambda: suite.switch.revoke(principal, wallet.address),
        "revokeAll": lambda: lambda: suite.switch.revoke_all(principal),
        "pause": lambda: lambda: suite.switch.pause(principal, wallet.address),
        "unpause": paused,
        "receive": lambda: lambda: usdc.send(agent, "transfer", wallet.address, 0),
    }


@pytest.mark.parametrize("code", ["0x", "0xfe", "0x5b5f56"], ids=["none", "fails", "burns gas"])
@pytest.mark.parametrize("action", UNASKED)
def test_needs_no_agreement(action, code, unasked, guard, web3, created, usdc, payee):
    """The guard can't be called at all any more, and the agent can pay nothing."""
    assert tuple(unasked) == UNASKED
    act = unasked[action]()
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    with refuses(errors.GuardRefused) if action != "unpause" else refuses(errors.AgentIsPaused):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    act()


@pytest.mark.parametrize("action", UNASKED)
def test_calls_no_guard(action, unasked, guard_calls):
    assert guard_calls(unasked[action]()()) == []


def test_approved_call_beyond_the_mandate_is_made(created, requests, unasked, usdc, target, web3, behave):
    """The request's value and pull are the principal's decision, with a guard as without one."""
    ether = web3.eth.get_balance(target.address)
    unasked["approveCall"]()()
    assert web3.eth.get_balance(target.address) - ether == 25 * 10**17
    assert created.wallet.spent("USD") == 0


def test_reading_asks_nobody(created, guard, web3, usdc, payee):
    """All views work without the guard, also those that say what the agent can pay."""
    wallet = created.wallet
    web3.provider.make_request("anvil_setCode", [guard.address, "0xfe"])
    assert (wallet.remaining("USD").now, wallet.grant().guard) == (100, guard.address)
    assert wallet.read("isPayee", usdc.address, payee.address) is True
    assert wallet.enforces(created.mandate)


def test_signature_of_an_authorization_is_checked_without_the_guard(
    created, authorization, is_valid, guard, web3, settle, usdc, payee
):
    """The guard agreed when it was charged. It can't prevent that the payee settles it."""
    created.wallet.preauthorize(created.agent, authorization)
    web3.provider.make_request("anvil_setCode", [guard.address, "0xfe"])
    assert is_valid(authorization)
    settle(authorization)
    assert usdc.balance(payee.address) == 100
