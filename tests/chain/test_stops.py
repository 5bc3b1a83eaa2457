"""A stop returns after the chain shows it, and never claims what the chain doesn't show."""

from __future__ import annotations

import pytest
from eth_utils import function_abi_to_4byte_selector

from peculium import InvalidInput, OrderKind, OutcomeUnknown
from peculium.errors import NoContractHere, WrongContract
from verification.sending.proxy import HttpFault

STOPS = {
    "pause": ("stopWord", lambda switch, made: switch.pause(made.principal, made.wallet.address)),
    "revoke": ("stopWord", lambda switch, made: switch.revoke(made.principal, made.wallet.address)),
    "pause_all": ("principalState", lambda switch, made: switch.pause_all(made.principal)),
    "revoke_all": ("epochOf", lambda switch, made: switch.revoke_all(made.principal)),
    "an order": (
        "stopWord",
        lambda switch, made: switch.submit_order(
            made.agent,
            switch.sign_order(made.principal, OrderKind.PAUSE, made.principal.address, 1, made.wallet.address),
        ),
    ),
}


def reading(switch, function):
    """The selector of a function of the switch."""
    (entry,) = (each for each in switch.abi if each.get("name") == function)
    return "0x" + function_abi_to_4byte_selector(entry).hex()


def stale(devnet, selector, block, times):
    """A hook of a node that is behind: it answers this read from an old block so often."""
    left = [times]

    def hook(method, parameters, forward):
        if method == "eth_call" and parameters[0]["data"].startswith(selector) and left[0]:
            left[0] -= 1
            return {"result": devnet.web3.provider.make_request(method, [parameters[0], block])["result"]}
        return forward()

    return hook


@pytest.mark.parametrize(("function", "stop"), STOPS.values(), ids=STOPS)
def test_waits_until_a_node_that_is_behind_shows_the_stop(function, stop, proxy, connect, devnet, made):
    switch = connect().switch
    proxy.hook = stale(devnet, reading(switch, function), hex(devnet.web3.eth.block_number), 2)
    assert stop(switch, made).transaction


@pytest.mark.parametrize(("function", "stop"), STOPS.values(), ids=STOPS)
def test_refuses_to_claim_a_stop_that_the_chain_does_not_show(function, stop, proxy, connect, devnet, made):
    switch = connect(patience=0.3).switch
    proxy.hook = stale(devnet, reading(switch, function), hex(devnet.web3.eth.block_number), 10**6)
    with pytest.raises(OutcomeUnknown, match="doesn't show its effect") as caught:
        stop(switch, made)
    proxy.hook = lambda method, parameters, forward: forward()
    assert caught.value.wait().transaction == caught.value.hash


def test_an_unreachable_node_after_the_stop_is_an_unknown_outcome(proxy, connect, made):
    """The stop happened; an exception that says the node is unreachable would read as if it hadn't."""
    switch = connect(patience=0.3).switch
    selector = reading(switch, "stopWord")

    def hook(method, parameters, forward):
        if method == "eth_call" and parameters[0]["data"].startswith(selector):
            raise HttpFault(503)
        return forward()

    proxy.hook = hook
    with pytest.raises(OutcomeUnknown) as caught:
        switch.pause(made.principal, made.wallet.address)
    proxy.hook = lambda method, parameters, forward: forward()
    assert caught.value.wait()


@pytest.mark.parametrize("stop", ["pause", "revoke", "pause_all", "revoke_all"])
def test_stops_twice(stop, devnet, made):
    """A second stop has no event of its own, and is done all the same."""
    for _ in range(2):
        assert STOPS[stop][1](devnet.suite.switch, made).transaction


@pytest.mark.parametrize("stop", ["pause", "revoke"])
def test_stop_of_a_contract_that_is_no_agent_is_refused_before_it_is_sent(connect, devnet, made, stop):
    connected = connect()
    token = devnet.usdc.address
    before = devnet.web3.eth.get_transaction_count(made.principal.address)
    with pytest.raises(WrongContract, match="would stop nobody"):
        getattr(connected.switch, stop)(made.principal, token)
    assert devnet.web3.eth.get_transaction_count(made.principal.address) == before
    getattr(connected.switch, stop)(made.principal, token, unchecked=True)


def test_stop_of_an_address_without_code_is_refused_unless_it_is_meant(connect, devnet, made):
    """It would be reported as a stop, and stop nobody until somebody creates a wallet there."""
    switch, unborn = connect().switch, "0x" + "77" * 20
    with pytest.raises(NoContractHere, match=r"no wallet at 0x7777\w+ yet.*unchecked=True"):
        switch.revoke(made.principal, unborn)
    switch.revoke(made.principal, unborn, unchecked=True)
    assert switch.read("isRevoked", made.principal.address, unborn, 0)


@pytest.mark.parametrize("stop", ["pause", "revoke"])
def test_guardian_that_names_no_principal_is_refused(connect, devnet, made, stop):
    """The switch would note a stop of the guardian's own agent, and stop nobody."""
    switch, guardian = connect().switch, devnet.role("guardian")
    devnet.set_balance(guardian.address, 10**18)
    devnet.suite.switch.set_guardian(made.principal, guardian.address)
    with pytest.raises(InvalidInput, match=f"would stop nobody. Pass principal={made.principal.address}"):
        getattr(switch, stop)(guardian, made.wallet.address)
    assert getattr(switch, stop)(guardian, made.wallet.address, made.principal.address).transaction


def test_order_that_would_stop_nobody_is_not_signed(connect, devnet, made):
    """It would be kept for the day on which it is needed."""
    switch, guardian = connect().switch, devnet.role("guardian")
    with pytest.raises(InvalidInput, match="would stop nobody"):
        switch.sign_order(guardian, OrderKind.REVOKE, guardian.address, 1, made.wallet.address)
    with pytest.raises(NoContractHere, match="no wallet"):
        switch.sign_order(made.principal, OrderKind.REVOKE, made.principal.address, 1, "0x" + "77" * 20)
