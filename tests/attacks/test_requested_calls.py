"""H: calls that the principal approves, and that do more than it was shown."""

from __future__ import annotations

from dataclasses import replace

from eth_abi import encode
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import CallRequest, WalletCall, errors
from tests.attacks.conftest import AMPLE, TAKE
from verification.testing.durations import DAY


def signed(key, data):
    return bytes(key.sign_message(encode_typed_data(full_message=data)).signature)


def test_h15_a_requested_call_that_does_more(
    attack, rogue, colluder, usdc, dai, usdt, principal, relayer, accomplice, deploy, now
):
    """Has a call approved that takes more than was shown: of the token, of another, or an approval that stays."""
    wallet, agent = rogue.wallet, rogue.agent
    attack.principal_paid(900)

    def approve(request):
        wallet.request_call(agent, 0, request)
        when = wallet.read("pendingRequests")[0][1]
        wallet.send(principal, "approveCall", 0, request.as_tuple(6), when, gas=AMPLE)

    request = CallRequest(colluder.address, TAKE, now() + DAY, 0, usdc.address, 900)

    def arm(*steps):
        colluder.send(
            relayer, "arm", [(token.address, 0, token.call_data(name, *rest)) for token, name, *rest in steps]
        )

    approval = usdt.call_data("approve", colluder.address, 10**6)
    wallet.execute(principal, WalletCall(usdt.address, 0, approval))
    attack.watch(rogue)
    arm((usdt, "transferFrom", wallet.address, accomplice.address, 10**6))
    with attack.refused(errors.TokenTookMore, token=usdt.address, amount=0):
        approve(request)
    wallet.cancel_request(agent, 0, request)
    arm((usdc, "transferFrom", wallet.address, accomplice.address, 900 * 10**6))
    with attack.accepted():
        approve(request)
    with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
        usdc.read("transferFrom", wallet.address, accomplice.address, 1, sender=colluder.address)
    standing = CallRequest(colluder.address, TAKE, now() + DAY, 0, usdt.address, 1)
    with attack.refused(errors.ApprovalStands, token=usdt.address):
        approve(standing)
    wallet.cancel_request(agent, 0, standing)
    other = deploy("MockStablecoin", "Other", "OTHER", 6)
    for function, arguments in (
        ("approve(address,uint256)", (accomplice.address, 2**256 - 1)),
        ("setApprovalForAll(address,bool)", (accomplice.address, True)),
        ("increaseAllowance(address,uint256)", (accomplice.address, 1)),
    ):
        types = function[function.index("(") + 1 : -1].split(",")
        data = keccak(text=function)[:4] + encode(types, arguments)
        with attack.refused(errors.ApprovalRequested, target=other.address):
            wallet.request_call(agent, 0, CallRequest(other.address, data, now() + DAY))
    for target in (usdc, dai, rogue.wallet):
        with attack.refused(errors.TargetRefused, target=target.address):
            wallet.request_call(agent, 0, CallRequest(target.address, TAKE, now() + DAY))


def test_h15_a_call_that_changes_after_the_approval(attack, rogue, target, usdc, principal, relayer, accomplice, now):
    """Sends an approved call with other calldata, value or pull, and again after it failed or was made."""
    wallet, agent = rogue.wallet, rogue.agent
    request = CallRequest(target.address, TAKE, now() + DAY, 0, usdc.address, 100)
    wallet.request_call(agent, 0, request)
    when = wallet.read("pendingRequests")[0][1]
    terms = (when, 1, 2**34, signed(principal, wallet.approval_typed_data(0, request, when, 1, 2**34)))
    for change in ({"data": TAKE + b"\1"}, {"value": "0.1"}, {"pull": 101}, {"target": accomplice.address}):
        with attack.refused(errors.BadPrincipalSignature):
            wallet.approve_request_signed(relayer, 0, replace(request, **change), *terms)
    # A failure of the target spends neither the request nor the nonce.
    fails = usdc.call_data("transferFrom", wallet.address, target.address, 101 * 10**6)
    target.send(relayer, "arm", usdc.address, fails, 1, True)
    with attack.refused(errors.UnknownRevert, reason="ERC20: transfer amount exceeds allowance"):
        wallet.approve_request_signed(relayer, 0, request, *terms)
    target.send(relayer, "arm", usdc.address, b"", 0, False)
    with attack.accepted():
        wallet.approve_request_signed(relayer, 0, request, *terms)
    with attack.refused(errors.NonceSpent):
        wallet.approve_request_signed(relayer, 0, request, *terms)
    with attack.refused(errors.RequestMismatch):
        wallet.approve_request(principal, 0, request, when)
