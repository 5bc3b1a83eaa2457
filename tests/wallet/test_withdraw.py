"""Withdrawing: the principal takes its money home at any time, whatever happened to everybody else (I18)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import NATIVE, Call, send_transaction
from peculium import exceptions as errors
from peculium.exceptions import ContractError
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

MILLION = 10**12

BOTH = pytest.mark.parametrize("function", ["withdraw", "withdrawAll"])


def take(created, function, token, to, amount=MILLION, by=None):
    arguments = (token, to) if function == "withdrawAll" else (token, to, amount)
    return created.wallet.send(by or created.principal, function, *arguments)


def fund(created, web3, value):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(value)])


@BOTH
@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal", "relayer"])
def test_anyone_but_the_principal_is_refused(function, caller, created, usdc, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        take(created, function, usdc.address, account.address, by=account)


@BOTH
def test_nothing_is_sent_to_nobody(function, created, usdc):
    with refuses(errors.ZeroAddress):
        take(created, function, usdc.address, ZERO_ADDRESS)
    with refuses(errors.ZeroAddress):
        take(created, function, NATIVE, ZERO_ADDRESS, 0)


@pytest.mark.parametrize(("extra", "refused"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize("token_name", ["usdc", "dai", "usdt"])
def test_exactly_what_there_is_can_be_withdrawn(extra, refused, token_name, created, stranger, request):
    token = request.getfixturevalue(token_name)
    held = token.read("balanceOf", created.wallet.address)
    amount = held + extra
    if refused:
        with refuses(errors.BalanceTooLow, token=token.address, amount=amount, balance=held):
            take(created, "withdraw", token.address, stranger.address, amount)
    else:
        take(created, "withdraw", token.address, stranger.address, amount)
        assert token.read("balanceOf", stranger.address) == amount


@pytest.mark.parametrize(("extra", "refused"), [(-1, False), (0, False), (1, True)])
def test_exactly_the_native_currency_that_there_is_can_be_withdrawn(extra, refused, created, stranger, web3):
    fund(created, web3, 1000)
    before = web3.eth.get_balance(stranger.address)
    if refused:
        with refuses(errors.BalanceTooLow, token=NATIVE, amount=1001, balance=1000):
            take(created, "withdraw", NATIVE, stranger.address, 1001)
    else:
        take(created, "withdraw", NATIVE, stranger.address, 1000 + extra)
        assert web3.eth.get_balance(stranger.address) == before + 1000 + extra
        assert web3.eth.get_balance(created.wallet.address) == -extra


def test_a_payee_that_refuses_native_currency_keeps_it_in_the_wallet(created, deploy, relayer, web3):
    payee = deploy("MockPayee")
    payee.send(relayer, "setRefuses", True)
    fund(created, web3, 1000)
    with pytest.raises(ContractError):
        take(created, "withdrawAll", NATIVE, payee.address)
    assert web3.eth.get_balance(created.wallet.address) == 1000


@pytest.mark.parametrize("token_name", ["usdc", "dai", "usdt"])
def test_all_of_a_token_comes_home(token_name, created, stranger, request):
    token = request.getfixturevalue(token_name)
    held = token.read("balanceOf", created.wallet.address)
    answer = created.wallet.read("withdrawAll", token.address, stranger.address, sender=created.principal.address)
    assert answer == held
    receipt = created.wallet.withdraw_all(created.principal, token.address, stranger.address)
    event = receipt.event("Withdrawn")
    assert event.arguments == {"token": token.address, "to": stranger.address, "amount": held}
    assert (token.read("balanceOf", stranger.address), token.read("balanceOf", created.wallet.address)) == (held, 0)


def test_all_of_the_native_currency_comes_home(created, stranger, web3):
    fund(created, web3, 10**18)
    before = web3.eth.get_balance(stranger.address)
    event = created.wallet.withdraw_all(created.principal, NATIVE, stranger.address).event("Withdrawn")
    assert event.arguments == {"token": NATIVE, "to": stranger.address, "amount": 10**18}
    assert web3.eth.get_balance(stranger.address) == before + 10**18


def test_withdrawing_whole_tokens_is_exact(created, dai, stranger):
    created.wallet.withdraw(created.principal, dai.address, stranger.address, "0.000000000000000001")
    assert dai.read("balanceOf", stranger.address) == 1


def test_an_unlisted_token_comes_home_too(created, deploy, relayer, stranger):
    token = deploy("MockStablecoin", "Other", "OTH", 2)
    token.send(relayer, "mint", created.wallet.address, 5)
    take(created, "withdrawAll", token.address, stranger.address)
    assert token.read("balanceOf", stranger.address) == 5


@BOTH
@pytest.mark.parametrize(
    "state",
    ["paused", "all paused", "revoked", "all revoked", "dormant", "expired", "not yet valid", "lifted", "unlinked"],
)
def test_it_works_in_every_state_of_the_agent(function, state, new_agent, suite, now, time_travel, usdc, stranger):
    """I18."""
    created = new_agent(valid_from=now() + 10**6) if state == "not yet valid" else new_agent()
    switch, principal = suite.switch, created.principal
    if state == "paused":
        switch.pause(principal, created.wallet.address)
    if state == "all paused":
        switch.pause_all(principal)
    if state == "revoked":
        switch.revoke(principal, created.wallet.address)
    if state == "all revoked":
        switch.revoke_all(principal)
    if state == "dormant":
        switch.set_heartbeat(principal, timedelta(days=1))
        time_travel(seconds=2 * 86_400)
    if state == "expired":
        time_travel(to=created.mandate.valid_until)
    if state == "lifted":
        created.wallet.lift_mandate(principal)
    if state == "unlinked":
        suite.registry.unset_agent_wallet(principal, created.agent_id)
    take(created, function, usdc.address, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@BOTH
@pytest.mark.parametrize("code", ["0x", "0xfe", "0x5b600056"], ids=["gone", "reverting", "burning gas"])
def test_it_works_though_every_other_contract_is_hostile(function, code, created, web3, usdc, stranger):
    """I18. Nobody is asked but the token."""
    for name in ("REGISTRY", "SWITCH", "FACTORY", "WRITER"):
        web3.provider.make_request("anvil_setCode", [created.wallet.read(name), code])
    web3.provider.make_request("anvil_setCode", [created.wallet.read("mandatePointer"), code])
    take(created, function, usdc.address, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@pytest.mark.parametrize("name", ["ReturnsFalseToken", "RevertingToken", "ReturnBombToken", "ShortReturnToken"])
def test_a_hostile_token_keeps_back_nothing_but_itself(name, created, deploy, relayer, web3, usdc, stranger):
    """I18, I19."""
    token = deploy(name)
    token.send(relayer, "mint", created.wallet.address, 7)
    fund(created, web3, 9)
    with pytest.raises(ContractError):
        take(created, "withdrawAll", token.address, stranger.address)
    take(created, "withdrawAll", usdc.address, stranger.address)
    take(created, "withdrawAll", NATIVE, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@BOTH
@pytest.mark.parametrize(
    ("name", "received"), [("FeeOnTransferToken", 990_000), ("RebasingToken", 1_000_000), ("ReentrantToken", 1_000_000)]
)
def test_a_strange_token_that_moves_comes_home(function, name, received, created, deploy, relayer, stranger):
    """I18."""
    token = deploy(name)
    token.send(relayer, "mint", created.wallet.address, 10**6)
    take(created, function, token.address, stranger.address, 10**6)
    assert token.read("balanceOf", stranger.address) == received
    assert token.read("balanceOf", created.wallet.address) == 0


def test_a_token_that_takes_extra_is_not_the_principals_trap(created, deploy, relayer, stranger):
    """I18. The principal isn't limited to what the token takes; it only has to leave room for the fee."""
    token = deploy("ExtraFeeToken")
    token.send(relayer, "mint", created.wallet.address, 1_010_000)
    take(created, "withdraw", token.address, stranger.address, 10**6)
    assert token.read("balanceOf", stranger.address) == 10**6
    assert token.read("balanceOf", created.wallet.address) == 0


def test_it_counts_toward_no_budget(created, usdc, stranger):
    created.wallet.withdraw_all(created.principal, usdc.address, stranger.address)
    assert created.wallet.spent("USD") == 0


def test_the_principal_withdraws_from_within_its_own_call(created, usdc, stranger):
    data = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    created.wallet.execute(created.principal, Call(created.wallet.address, 0, data))
    assert usdc.read("balanceOf", stranger.address) == MILLION


@pytest.mark.parametrize("sender", ["agent", "stranger", "principal"])
def test_anyone_may_send_native_currency(sender, created, web3, request):
    account = request.getfixturevalue(sender)
    receipt = send_transaction(web3, account, created.wallet.address, "0x", value=5)
    assert receipt.event("Received").arguments == {"from": account.address, "value": 5}
    assert web3.eth.get_balance(created.wallet.address) == 5
