"""Attacks on calls, signatures, the queue and what is settled later, each named after what is tried. The measure is what was taken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from peculium import Argument, Authorisation, Call, CallRule, Domain, Request, send_transaction
from peculium import exceptions as errors
from peculium.actions import sign_with
from tests.helpers import DAY, ZERO, refuses

USDC = Domain("USD Coin", "2")
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
OUTFLOWS = {
    "transfer": ("transfer(address,uint256)", lambda wallet, to: (to, 1)),
    "transferFrom": ("transferFrom(address,address,uint256)", lambda wallet, to: (wallet, to, 1)),
    "approve": ("approve(address,uint256)", lambda wallet, to: (to, 1)),
    "increaseAllowance": ("increaseAllowance(address,uint256)", lambda wallet, to: (to, 1)),
}


@pytest.mark.parametrize("name", OUTFLOWS)
def test_a01_a02_alternate_outflow_selectors(name, rogue, usdc, accomplice, taken):
    function, arguments = OUTFLOWS[name]
    data = usdc.call_data(function, *arguments(rogue.wallet.address, accomplice.address))
    with refuses(errors.CallNotListed, target=usdc.address):
        rogue.wallet.call(rogue.agent, usdc.address, data)
    assert taken() == 0


def test_a03_hoarding_approvals(rogue, target, usdc, accomplice, taken, principal):
    """A little is approved every time and never pulled, to be pulled at once later."""
    for _ in range(4):
        rogue.wallet.call(rogue.agent, target.address, keccak(text="take()")[:4], pull=(usdc.address, 100))
    pull = usdc.call_data("transferFrom", rogue.wallet.address, accomplice.address, 1)
    target.send(principal, "arm", usdc.address, pull, 1, True)
    with pytest.raises(errors.ContractError):
        send_transaction(target.web3, accomplice, target.address, "0xdeadbeef")
    assert taken() == 0
    assert rogue.wallet.spent("USD") == 400


def test_a04_leftover_of_an_approval(rogue, vault, usdc, taken):
    data = vault.call_data("deposit", usdc.address, 10**6)
    rogue.wallet.call(rogue.agent, vault.address, data, pull=(usdc.address, 100))
    assert usdc.read("allowance", rogue.wallet.address, vault.address) == 0
    assert (taken(), rogue.wallet.spent("USD")) == (1, 100)


def test_a05_an_authorisation_that_was_not_charged(rogue, usdc, payee, accomplice, now, relayer, taken):
    for to in (payee.address, accomplice.address):
        later = Authorisation(usdc.address, to, 100 * 10**6, now() + DAY, USDC)
        signable = later.typed_data(rogue.wallet.address, usdc.web3.eth.chain_id)
        signature = sign_with(rogue.agent, signable)
        _, _, amount, after, before, nonce, _, _ = later.as_tuple()
        with pytest.raises(errors.ContractError):
            usdc.send(relayer, TRANSFER, rogue.wallet.address, to, amount, after, before, nonce, signature)
    assert taken() == 0


def test_a20_a_refund_in_the_middle(rogue, target, usdc, relayer, principal, taken):
    """The target pulls the whole and sends it back in the same call, to be pulled again and again."""
    usdc.send(relayer, "mint", target.address, 500 * 10**6)
    refund = usdc.call_data("transfer", rogue.wallet.address, 100 * 10**6)
    for _ in range(4):
        target.send(principal, "arm", usdc.address, refund, 1, True)
        rogue.wallet.call(rogue.agent, target.address, keccak(text="take()")[:4], pull=(usdc.address, 100))
    assert rogue.wallet.spent("USD") == 400
    with refuses(errors.WindowLimitExceeded):
        rogue.wallet.call(rogue.agent, target.address, keccak(text="take()")[:4], pull=(usdc.address, 100))
    assert taken() <= 0


def test_a27_every_path_with_a_counter_of_its_own(rogue, vault, usdc, payee, relayer, now, taken):
    """Payment, carried payment, call, authorisation: each a hundred, and then again."""
    wallet, agent = rogue.wallet, rogue.agent
    wallet.pay(agent, usdc.address, payee.address, 100)
    action = wallet.sign_action(agent, "pay", usdc.address, payee.address, 100, deadline=now() + DAY)
    wallet.act(relayer, action)
    deposit = vault.call_data("deposit", usdc.address, 100 * 10**6)
    wallet.call(agent, vault.address, deposit, pull=(usdc.address, 100))
    wallet.preauthorise(agent, Authorisation(usdc.address, payee.address, 100 * 10**6, now() + DAY, USDC))
    left = wallet.remaining("USD").now
    assert left < 100
    with refuses(errors.WindowLimitExceeded):
        wallet.pay(agent, usdc.address, payee.address, 100)
    assert taken() == 300


@pytest.mark.parametrize("offset", [0, 31, 96, 2**255])
def test_b01_an_offset_to_another_argument(offset, new_agent, target, taken, other_agent):
    rule = CallRule(target.address, "take(bytes)", (Argument.any_bytes(),))
    mine = new_agent(key=other_agent, calls=(rule,))
    data = rule.selector + offset.to_bytes(32) + (1).to_bytes(32) + b"a" + bytes(31)
    with refuses(errors.ArgumentRefused, index=0):
        mine.wallet.call(other_agent, target.address, data)


def test_b06_the_wallet_as_its_own_target(new_agent, new_mandate, rogue):
    """It can't even be listed."""
    rule = CallRule(rogue.wallet.address, "liftMandate()")
    mandate = new_mandate(calls=(rule,)).replacing(rogue.wallet.last_mandate_hash)
    with refuses(errors.TargetRefused, target=rogue.wallet.address):
        rogue.wallet.set_mandate(rogue.principal, mandate)


@pytest.mark.parametrize(
    "forwarder",
    [
        "0xcA11bde05977b3631167028862bE2a173976CA11",
        "0x000000000022D473030F116dDEE9F6B43aC78BA3",
        "0x4e59b44847b379578588920cA78FbF26c0B4956C",
    ],
    ids=["Multicall3", "Permit2", "CREATE2 deployer"],
)
def test_b07_a_forwarder_that_acts_for_whoever_asks(forwarder, new_mandate, rogue, web3):
    web3.provider.make_request("anvil_setCode", [forwarder, "0x6000"])
    mandate = new_mandate(calls=(CallRule(forwarder, "run(bytes)"),)).replacing(rogue.wallet.last_mandate_hash)
    with refuses(errors.TargetRefused, target=forwarder):
        rogue.wallet.set_mandate(rogue.principal, mandate)


@pytest.mark.parametrize("part", ["REGISTRY", "SWITCH", "FACTORY", "WRITER", "EXTENSION"])
def test_b06_the_suite_as_a_target(part, new_mandate, rogue):
    address = rogue.wallet.read(part)
    mandate = new_mandate(calls=(CallRule(address, "run()"),)).replacing(rogue.wallet.last_mandate_hash)
    with refuses(errors.TargetRefused, target=address):
        rogue.wallet.set_mandate(rogue.principal, mandate)


def test_d06_one_signature_twice(rogue, usdc, payee, relayer, now, taken):
    action = rogue.wallet.sign_action(rogue.agent, "pay", usdc.address, payee.address, 100, deadline=now() + DAY)
    rogue.wallet.act(relayer, action)
    with refuses(errors.NonceSpent):
        rogue.wallet.act(relayer, action)
    assert taken() == 100


def test_d16_e03_a_thousand_signatures_for_after_the_revocation(rogue, usdc, payee, relayer, suite, taken):
    signed = [
        rogue.wallet.sign_action(rogue.agent, "pay", usdc.address, payee.address, 1, deadline=2**47, nonce=nonce)
        for nonce in range(20)
    ]
    suite.switch.revoke(rogue.principal, rogue.wallet.address)
    for action in signed:
        with refuses(errors.AgentIsRevoked):
            rogue.wallet.act(relayer, action)
    assert taken() == 0


def test_e18_the_queue_swapped_under_the_human(rogue, usdc, payee, accomplice, now, taken):
    """The principal has read the first; the agent puts another in the same slot."""
    read = Request(usdc.address, payee.address, 900, now() + DAY)
    rogue.wallet.request_payment(rogue.agent, 0, read)
    rogue.wallet.cancel_request(rogue.agent, 0, read)
    rogue.wallet.request_payment(rogue.agent, 0, replace(read, payee=accomplice.address))
    with refuses(errors.RequestMismatch, slot=0):
        rogue.wallet.approve_request(rogue.principal, 0, read)
    assert taken() == 0


def test_e21_an_approval_replayed(rogue, usdc, payee, now, taken):
    asked = Request(usdc.address, payee.address, 900, now() + DAY)
    rogue.wallet.request_payment(rogue.agent, 0, asked)
    rogue.wallet.approve_request(rogue.principal, 0, asked)
    with refuses(errors.RequestMismatch, slot=0):
        rogue.wallet.approve_request(rogue.principal, 0, asked)
    assert taken() == 900


def test_c01_back_into_the_wallet_from_a_listed_target(rogue, target, usdc, payee, principal, taken):
    inner = rogue.wallet.call_data("pay", usdc.address, payee.address, 100 * 10**6, bytes(32))
    target.send(principal, "arm", rogue.wallet.address, inner, 1, True)
    with pytest.raises(errors.ContractError):
        rogue.wallet.call(rogue.agent, target.address, keccak(text="take()")[:4])
    assert taken() == 0


def test_c06_a_view_in_the_middle_never_says_too_much(rogue, target, usdc, principal):
    """What it says is left has been charged already."""
    view = rogue.wallet.call_data("remaining", "USD")
    target.send(principal, "arm", rogue.wallet.address, view, 1, True)
    rogue.wallet.call(rogue.agent, target.address, keccak(text="take()")[:4], pull=(usdc.address, 100))
    told = bytes(target.read("lastReturndata"))
    now = rogue.wallet.read("remaining", "USD")
    assert now[2].to_bytes(32) in told


def test_i18_the_principals_way_out_in_the_middle_of_everything(rogue, usdc, payee, now, taken):
    """Authorisations open, requests pending: the money goes home all the same."""
    rogue.wallet.preauthorise(rogue.agent, Authorisation(usdc.address, payee.address, 10**8, now() + DAY, USDC))
    rogue.wallet.request_payment(rogue.agent, 0, Request(usdc.address, payee.address, 900, now() + DAY))
    home = "0x" + "77" * 20
    rogue.wallet.withdraw_all(rogue.principal, usdc.address, home)
    assert usdc.balance(rogue.wallet.address) == 0
    rogue.wallet.execute(rogue.principal, Call(usdc.address, 0, usdc.call_data("approve", ZERO[:-1] + "1", 0)))
