"""`approveCall` and `approveCallSigned`: what a requested call may do, once the principal has approved it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_account.messages import encode_typed_data

from peculium import CallRequest, WalletCall, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.requests import asked

USD = 10**6
TERMS = {"max_requests": 3, "max_request_age": timedelta(days=2)}
FORBIDDEN_TARGETS = {
    "Multicall3": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "Permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "CREATE2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}


@pytest.fixture
def created(checkpoint, new_agent):
    """The mandate allows three pending requests of at most two days, and no calls."""
    return checkpoint.share("created", lambda: new_agent(**TERMS))


# What an approved call may do


def test_refuses_a_target_that_takes_more_than_was_shown(created, ask_and_approve, usdc, dai, now, deploy):
    """I4. The principal can't see in calldata what a target takes by an older approval."""
    target = deploy("MockTarget")
    approval = dai.call_data("approve", target.address, 2**255)
    created.wallet.execute(created.principal, WalletCall(dai.address, 0, approval))
    take = dai.call_data("transferFrom", created.wallet.address, target.address, 1)
    target.send(created.principal, "arm", dai.address, take, 1, True)
    with refuses(errors.TokenTookMore, token=dai.address, taken=1, amount=0):
        ask_and_approve(CallRequest(target.address, "0x12345678", now() + DAY, pull_token=usdc.address, pull=9))
    assert dai.balance(target.address) == 0


@pytest.mark.parametrize("taken", [10, 10**6 + 1])
def test_refuses_a_target_that_needs_more_than_the_pull(taken, created, ask_and_approve, trade, venue, usdc, dai):
    data = venue.call_data("swap", usdc.address, taken, dai.address, 0)
    with pytest.raises(errors.ContractError):
        ask_and_approve(replace(trade, data=data, pull=Decimal(taken - 1).scaleb(-6)))
    assert usdc.balance(venue.address) == 0


def test_refuses_a_pull_while_the_target_has_an_approval(created, pending_trade, approve, usdc, venue):
    """I7."""
    approval = usdc.call_data("approve", venue.address, 7)
    created.wallet.execute(created.principal, WalletCall(usdc.address, 0, approval))
    with refuses(errors.ApprovalStands, token=usdc.address, target=venue.address, amount=7):
        approve(pending_trade)


def test_refuses_a_target_that_has_lost_its_code(created, pending_trade, approve, venue, web3):
    web3.provider.make_request("anvil_setCode", [venue.address, "0x"])
    with refuses(errors.TargetRefused, target=venue.address):
        approve(pending_trade)


def test_refuses_a_target_that_stops_the_agent(created, ask_and_approve, now, deploy, suite):
    """I8."""
    target = deploy("MockTarget")
    suite.switch.set_guardian(created.principal, target.address)
    revoke = suite.switch.call_data("revoke", created.principal.address, created.wallet.address)
    target.send(created.principal, "arm", suite.switch.address, revoke, 1, True)
    with refuses(errors.AgentIsRevoked):
        ask_and_approve(CallRequest(target.address, "0x12345678", now() + DAY))


def test_refuses_too_little_gas_for_the_call(created, trade, relayer, now):
    """Whoever submits an approval could otherwise make a part of the call fail, and use the approval up."""
    request = replace(trade, min_gas=2_000_000)
    created.wallet.request_call(created.agent, 0, request)
    deadline, moment = now() + DAY, asked(created)
    typed = created.wallet.approval_typed_data(0, request, moment, 1, deadline)
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=typed)).signature)
    arguments = ("approveCallSigned", 0, request.as_tuple(6), moment, 1, deadline, signature)
    with refuses(errors.GasTooLow, minimum=2_000_000):
        created.wallet.send(relayer, *arguments, gas=1_900_000)
    created.wallet.send(relayer, *arguments, gas=2_300_000)


def test_failed_call_stays_pending(created, trade, approve, venue, usdc, dai):
    """The venue can't give what it doesn't have."""
    data = venue.call_data("swap", usdc.address, 5_000 * USD, dai.address, 2**200)
    request = replace(trade, data=data)
    created.wallet.request_call(created.agent, 0, request)
    with pytest.raises(errors.ContractError):
        approve(request)
    assert [pending.slot for pending in created.wallet.pending_requests()] == [0]
    assert usdc.balance(venue.address) == 0


def test_makes_the_approved_call_and_counts_it_toward_no_limit(created, pending_trade, approve, usdc, dai, venue):
    """The principal decides about its own money."""
    before = dai.balance(created.wallet.address)
    receipt = approve(pending_trade)
    assert receipt.event("CallApproved").arguments["request"]["pull"] == 5_000 * USD
    assert usdc.balance(venue.address) == 5_000
    assert dai.balance(created.wallet.address) == before + 4_990
    assert usdc.read("allowance", created.wallet.address, venue.address) == 0
    assert (created.wallet.spent("USD"), created.wallet.remaining("USD").window) == (0, 500)
    assert created.wallet.pending_requests() == []


def test_pulls_an_unlisted_token(created, ask_and_approve, venue, deploy, relayer, dai, now):
    token = deploy("MockStablecoin", "Unlisted", "UN", 6)
    token.send(relayer, "mint", created.wallet.address, 9 * USD)
    data = venue.call_data("swap", token.address, 9 * USD, dai.address, 1)
    ask_and_approve(CallRequest(venue.address, data, now() + DAY, pull_token=token.address, pull=9))
    assert token.balance(venue.address) == 9


def test_sends_native_value(created, ask_and_approve, venue, dai, now, web3):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    data = venue.call_data("swap", ZERO_ADDRESS, 0, dai.address, 1)
    ask_and_approve(CallRequest(venue.address, data, now() + DAY, value=2))
    assert web3.eth.get_balance(venue.address) == 2 * 10**18


# Signed approvals


@pytest.fixture
def sign(created, now):
    """Signs an approval of the call in the first slot, by default as the principal."""

    def make(request, nonce=1, deadline=None, by=None):
        typed = created.wallet.approval_typed_data(0, request, asked(created), nonce, deadline or now() + DAY)
        return bytes((by or created.principal).sign_message(encode_typed_data(full_message=typed)).signature)

    return make


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_an_approval_signed_by_another_account(by, created, pending_trade, sign, relayer, now, request):
    deadline = now() + DAY
    signature = sign(pending_trade, deadline=deadline, by=request.getfixturevalue(by))
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        created.wallet.approve_request_signed(relayer, 0, pending_trade, asked(created), 1, deadline, signature)


def test_refuses_an_approval_signed_in_an_earlier_round(created, pending_trade, sign, relayer, now, time_travel):
    """I31. The same is asked again in the same second, so that only the signature tells the two requests apart."""
    deadline, moment = now() + DAY, asked(created)
    signature = sign(pending_trade, deadline=deadline)
    # Valid in its own round: this call, which is only simulated, succeeds.
    created.wallet.read("approveCallSigned", 0, pending_trade.as_tuple(6), moment, 1, deadline, signature)
    time_travel(next_at=moment)
    created.wallet.refuse_all(created.principal)
    time_travel(next_at=moment)
    created.wallet.request_call(created.agent, 0, pending_trade)
    assert asked(created) == moment
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        created.wallet.approve_request_signed(relayer, 0, pending_trade, moment, 1, deadline, signature)


def test_anyone_can_submit_a_signed_approval_once(created, pending_trade, sign, relayer, now, usdc, venue):
    deadline, moment = now() + DAY, asked(created)
    signature = sign(pending_trade, deadline=deadline)
    arguments = (relayer, 0, pending_trade, moment, 1, deadline, signature)
    created.wallet.approve_request_signed(*arguments)
    assert usdc.balance(venue.address) == 5_000
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.approve_request_signed(*arguments)


def test_the_call_gets_the_signed_gas(created, sign, relayer, now, deploy, usdc, dai, web3):
    """Whoever submits the approval chooses the gas. Only the call itself is still paid from it, less than 1,000."""
    target, minimum = deploy("MockTarget").address, 200_000
    # Stores the gas that it has.
    web3.provider.make_request("anvil_setCode", [target, "0x5a5f55"])
    request = CallRequest(target, b"", now() + DAY, pull_token=usdc.address, pull=9, min_gas=minimum)
    created.wallet.request_call(created.agent, 0, request)
    deadline, moment = now() + DAY, asked(created)
    arguments = (0, request.as_tuple(6), moment, 1, deadline, sign(request, deadline=deadline))
    data = created.wallet.call_data("approveCallSigned", *arguments)

    def succeeds(gas):
        call = {"from": relayer.address, "to": created.wallet.address, "data": data, "gas": hex(gas)}
        return "error" not in web3.provider.make_request("eth_call", [call, "latest"])

    low, high = minimum, 2_000_000
    assert not succeeds(low)
    while high - low > 100:
        middle = (low + high) // 2
        low, high = (low, middle) if succeeds(middle) else (middle, high)
    created.wallet.send(relayer, "approveCallSigned", *arguments, gas=high)
    had = int.from_bytes(web3.eth.get_storage_at(web3.to_checksum_address(target), 0))
    assert minimum - 1_000 <= had <= minimum + 1_000
