"""`onCharge` and `onClose` are reserved: a wallet calls them by itself only, whoever asks it to. Guards rely on it (I34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data

from peculium import CallRequest, RequestCall, WalletCall, errors
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import guard_selector
from verification.testing.refusals import refuses

RESERVED = ("onCharge", "onClose")
TERMS = {"max_requests": 2, "max_request_age": timedelta(days=2)}
BENEATH, ABOVE = -1, 1


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent that may request calls. Its mandate names no guard: the selectors are reserved without one too."""
    return checkpoint.share("created", lambda: new_agent(**TERMS))


@pytest.fixture(params=RESERVED)
def selector(request):
    """The selector of each function that is reserved."""
    return guard_selector(request.param)


@pytest.fixture(params=[0, 1, 96], ids=["selector alone", "one byte more", "three words more"])
def reserved(request, selector, target):
    """A call that begins with a reserved selector, of a contract that accepts any call."""
    return WalletCall(target.address, 0, "0x" + (selector + bytes(request.param)).hex())


@pytest.fixture
def execute_signed(created, relayer, now):
    """Has calls executed that the principal has signed."""

    def make(*calls):
        wallet, deadline = created.wallet, now() + 3600
        data = wallet.execute_typed_data(calls, 0, deadline)
        signature = bytes(created.principal.sign_message(encode_typed_data(full_message=data)).signature)
        return wallet.execute_signed(relayer, calls, 0, deadline, signature)

    return make


# The principal's calls


def test_principal_cannot_execute_it(created, reserved, selector, target):
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.execute(created.principal, reserved)


def test_refuses_it_with_value(created, reserved, selector, target):
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.send(created.principal, "execute", target.address, 1, reserved.as_tuple()[2], value=1)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_batch_with_it_makes_no_call(position, created, reserved, selector, target, usdc, stranger):
    transfer = usdc.call_data("transfer", stranger.address, 1)
    calls = [WalletCall(usdc.address, 0, transfer), WalletCall(usdc.address, 0, transfer)]
    calls.insert(position, reserved)
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.execute_batch(created.principal, calls)
    assert usdc.balance(stranger.address) == 0


def test_refuses_it_with_the_principals_signature(created, reserved, selector, target, usdc, stranger, execute_signed):
    transfer = WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1))
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        execute_signed(transfer, reserved)
    assert created.wallet.read("isNonceSpent", 0) is False


@pytest.mark.parametrize("depth", [1, 2])
@pytest.mark.parametrize("outer", ["execute", "executeBatch", "executeSigned"])
@pytest.mark.parametrize("inner", ["execute", "executeBatch"])
def test_refuses_it_through_the_wallet_itself(inner, outer, depth, created, reserved, selector, target, execute_signed):
    """The wallet accepts its own calls as the principal's."""
    wallet, call = created.wallet, reserved
    for _ in range(depth):
        arguments = call.as_tuple() if inner == "execute" else ([call.as_tuple()],)
        call = WalletCall(wallet.address, 0, wallet.call_data(inner, *arguments))
    ways = {
        "execute": lambda: wallet.execute(created.principal, call),
        "executeBatch": lambda: wallet.execute_batch(created.principal, [call]),
        "executeSigned": lambda: execute_signed(call),
    }
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        ways[outer]()


@pytest.mark.parametrize("name", ["nobody", "wallet", "token", "switch"])
def test_refuses_it_whatever_the_target_is(name, created, reserved, selector, stranger, usdc, suite):
    target = {
        "nobody": stranger.address,
        "wallet": created.wallet.address,
        "token": usdc.address,
        "switch": suite.switch.address,
    }[name]
    with refuses(errors.ReservedForGuards, target=target, selector=selector):
        created.wallet.execute(created.principal, replace(reserved, target=target))


def test_others_are_refused_as_callers_first(created, reserved, stranger):
    for account in (stranger, created.agent):
        with refuses(errors.NotPrincipal, caller=account.address):
            created.wallet.execute(account, reserved)


@pytest.mark.parametrize("offset", [BENEATH, ABOVE])
def test_executes_adjacent_selectors(offset, created, selector, target, execute_signed):
    adjacent = (int.from_bytes(selector) + offset).to_bytes(4)
    call = WalletCall(target.address, 0, "0x" + (adjacent + bytes(96)).hex())
    created.wallet.execute(created.principal, call)
    created.wallet.execute_batch(created.principal, [call])
    assert execute_signed(call).event("Executed").arguments["data"] == adjacent + bytes(96)


@pytest.mark.parametrize("length", [0, 1, 3])
def test_executes_calldata_shorter_than_a_selector(length, created, selector, target):
    """It names no function of a guard, whatever it begins with."""
    data = selector[:length]
    receipt = created.wallet.execute(created.principal, WalletCall(target.address, 0, "0x" + data.hex()))
    assert receipt.event("Executed").arguments["data"] == data


def test_executes_calldata_that_holds_it_elsewhere(created, selector, target):
    data = b"\0" + selector + bytes(31) + selector
    receipt = created.wallet.execute(created.principal, WalletCall(target.address, 0, "0x" + data.hex()))
    assert receipt.event("Executed").arguments["data"] == data


def test_executes_the_other_function_of_a_guard(created, target):
    """`accepts` changes nothing: anybody may ask it."""
    data = "0x" + (guard_selector("accepts") + bytes(64)).hex()
    assert created.wallet.execute(created.principal, WalletCall(target.address, 0, data)).event("Executed")


# The agent's calls


def test_no_mandate_lists_it(created, selector, target, usdc, new_mandate):
    rule = call_rule(target.address, "0x" + selector.hex(), token=usdc.address, pull_limit=1)
    mandate = new_mandate(calls=[rule]).in_round(created.wallet.round)
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_no_signed_mandate_lists_it(created, selector, target, usdc, new_mandate, relayer):
    rule = call_rule(target.address, "0x" + selector.hex(), token=usdc.address, pull_limit=1)
    mandate = new_mandate(calls=[rule]).in_round(created.wallet.round)
    signable = mandate.signable(created.wallet.address, created.wallet.web3.eth.chain_id)
    both = [bytes(key.sign_message(signable).signature) for key in (created.principal, created.agent)]
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.send(relayer, "setMandateSigned", mandate.as_tuple(), *both)


@pytest.mark.parametrize("offset", [BENEATH, ABOVE])
def test_mandate_lists_adjacent_selectors(offset, created, selector, target, usdc, new_mandate):
    adjacent = (int.from_bytes(selector) + offset).to_bytes(4)
    rule = call_rule(target.address, "0x" + adjacent.hex(), token=usdc.address)
    created.wallet.set_mandate(created.principal, new_mandate(calls=[rule]).in_round(created.wallet.round))
    assert created.wallet.call(created.agent, target.address, adjacent)


def test_agent_cannot_request_it(created, reserved, selector, target, now):
    request = CallRequest(target.address, reserved.data, now() + DAY)
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        created.wallet.request_call(created.agent, 0, request)
    with refuses(errors.ReservedForGuards, target=target.address, selector=selector):
        action = created.wallet.sign_action(created.agent, RequestCall(0, request), deadline=now() + DAY)
        created.wallet.act(created.agent, action)


@pytest.mark.parametrize("offset", [BENEATH, ABOVE])
def test_principal_approves_adjacent_selectors(offset, created, selector, target, now, approve):
    adjacent = (int.from_bytes(selector) + offset).to_bytes(4)
    request = CallRequest(target.address, "0x" + (adjacent + bytes(96)).hex(), now() + DAY)
    created.wallet.request_call(created.agent, 0, request)
    assert approve(request).event("CallApproved")


@pytest.mark.parametrize("length", [0, 3])
def test_principal_approves_calldata_shorter_than_a_selector(length, created, selector, target, now, approve):
    request = CallRequest(target.address, selector[:length], now() + DAY)
    created.wallet.request_call(created.agent, 0, request)
    assert approve(request).event("CallApproved")
