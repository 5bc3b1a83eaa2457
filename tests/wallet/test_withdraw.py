"""`withdraw` and `withdrawAll`: the principal can withdraw at any time, in every state of the agent (I18)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import NATIVE, WalletCall, errors, send_transaction
from peculium.errors import ContractError
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

MILLION = 10**12

BOTH_FUNCTIONS = pytest.mark.parametrize("function", ["withdraw", "withdrawAll"])


def send_withdrawal(created, function, token, to, amount=MILLION, by=None):
    arguments = (token, to) if function == "withdrawAll" else (token, to, amount)
    return created.wallet.send(by or created.principal, function, *arguments)


def fund(created, web3, value):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(value)])


@BOTH_FUNCTIONS
@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal", "relayer"])
def test_refuses_callers_other_than_the_principal(function, caller, created, usdc, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        send_withdrawal(created, function, usdc.address, account.address, by=account)


@BOTH_FUNCTIONS
def test_refuses_the_zero_address_as_receiver(function, created, usdc):
    with refuses(errors.ZeroAddress):
        send_withdrawal(created, function, usdc.address, ZERO_ADDRESS)
    with refuses(errors.ZeroAddress):
        send_withdrawal(created, function, NATIVE, ZERO_ADDRESS, 0)


def test_refuses_a_withdrawal_to_a_receiver_that_reverts(created, deploy, relayer, web3):
    payee = deploy("MockPayee")
    payee.send(relayer, "setRefuses", True)
    fund(created, web3, 1000)
    with pytest.raises(ContractError):
        send_withdrawal(created, "withdrawAll", NATIVE, payee.address)
    assert web3.eth.get_balance(created.wallet.address) == 1000


@pytest.mark.parametrize(("extra", "refused"), [(-1, False), (0, False), (1, True)])
@pytest.mark.parametrize("token_name", ["usdc", "dai", "usdt"])
def test_withdraws_up_to_the_token_balance(extra, refused, token_name, created, stranger, request):
    token = request.getfixturevalue(token_name)
    held = token.read("balanceOf", created.wallet.address)
    amount = held + extra
    if refused:
        with refuses(errors.BalanceTooLow, token=token.address, amount=amount, balance=held):
            send_withdrawal(created, "withdraw", token.address, stranger.address, amount)
    else:
        send_withdrawal(created, "withdraw", token.address, stranger.address, amount)
        assert token.read("balanceOf", stranger.address) == amount


@pytest.mark.parametrize(("extra", "refused"), [(-1, False), (0, False), (1, True)])
def test_withdraws_up_to_the_native_balance(extra, refused, created, stranger, web3):
    fund(created, web3, 1000)
    before = web3.eth.get_balance(stranger.address)
    if refused:
        with refuses(errors.BalanceTooLow, token=NATIVE, amount=1001, balance=1000):
            send_withdrawal(created, "withdraw", NATIVE, stranger.address, 1001)
    else:
        send_withdrawal(created, "withdraw", NATIVE, stranger.address, 1000 + extra)
        assert web3.eth.get_balance(stranger.address) == before + 1000 + extra
        assert web3.eth.get_balance(created.wallet.address) == -extra


@pytest.mark.parametrize("token_name", ["usdc", "dai", "usdt"])
def test_withdraw_all_sends_the_whole_token_balance(token_name, created, stranger, request):
    token = request.getfixturevalue(token_name)
    held = token.read("balanceOf", created.wallet.address)
    answer = created.wallet.read("withdrawAll", token.address, stranger.address, sender=created.principal.address)
    assert answer == held
    receipt = created.wallet.withdraw_all(created.principal, token.address, stranger.address)
    event = receipt.event("Withdrawn")
    assert event.arguments == {"token": token.address, "to": stranger.address, "amount": held}
    assert (token.read("balanceOf", stranger.address), token.read("balanceOf", created.wallet.address)) == (held, 0)


def test_withdraw_all_sends_the_whole_native_balance(created, stranger, web3):
    fund(created, web3, 10**18)
    before = web3.eth.get_balance(stranger.address)
    event = created.wallet.withdraw_all(created.principal, NATIVE, stranger.address).event("Withdrawn")
    assert event.arguments == {"token": NATIVE, "to": stranger.address, "amount": 10**18}
    assert web3.eth.get_balance(stranger.address) == before + 10**18


def test_package_converts_whole_tokens_exactly(created, dai, stranger):
    created.wallet.withdraw(created.principal, dai.address, stranger.address, "0.000000000000000001")
    assert dai.read("balanceOf", stranger.address) == 1


def test_withdraws_an_unlisted_token(created, deploy, relayer, stranger):
    token = deploy("MockStablecoin", "Other", "OTH", 2)
    token.send(relayer, "mint", created.wallet.address, 5)
    send_withdrawal(created, "withdrawAll", token.address, stranger.address)
    assert token.read("balanceOf", stranger.address) == 5


@BOTH_FUNCTIONS
@pytest.mark.parametrize(
    "state",
    ["paused", "all paused", "revoked", "all revoked", "dormant", "expired", "not yet valid", "lifted", "unlinked"],
)
def test_succeeds_in_every_state_of_the_agent(function, state, new_agent, suite, now, time_travel, usdc, stranger):
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
    send_withdrawal(created, function, usdc.address, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@BOTH_FUNCTIONS
@pytest.mark.parametrize("code", ["0x", "0xfe", "0x5b600056"], ids=["gone", "reverting", "burning gas"])
def test_succeeds_when_every_other_contract_fails(function, code, created, web3, usdc, stranger):
    """I18. A withdrawal calls no contract but the token."""
    for name in ("REGISTRY", "SWITCH", "FACTORY", "WRITER"):
        web3.provider.make_request("anvil_setCode", [created.wallet.read(name), code])
    web3.provider.make_request("anvil_setCode", [created.wallet.read("mandatePointer"), code])
    send_withdrawal(created, function, usdc.address, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@pytest.mark.parametrize("name", ["ReturnsFalseToken", "RevertingToken", "ReturnBombToken", "ShortReturnToken"])
def test_failing_token_does_not_block_other_withdrawals(name, created, deploy, relayer, web3, usdc, stranger):
    """I18, I19."""
    token = deploy(name)
    token.send(relayer, "mint", created.wallet.address, 7)
    fund(created, web3, 9)
    with pytest.raises(ContractError):
        send_withdrawal(created, "withdrawAll", token.address, stranger.address)
    send_withdrawal(created, "withdrawAll", usdc.address, stranger.address)
    send_withdrawal(created, "withdrawAll", NATIVE, stranger.address)
    assert usdc.read("balanceOf", stranger.address) == MILLION


@BOTH_FUNCTIONS
@pytest.mark.parametrize(
    ("name", "received"), [("FeeOnTransferToken", 990_000), ("RebasingToken", 1_000_000), ("ReentrantToken", 1_000_000)]
)
def test_withdraws_adversarial_tokens_that_transfer(function, name, received, created, deploy, relayer, stranger):
    """I18."""
    token = deploy(name)
    token.send(relayer, "mint", created.wallet.address, 10**6)
    send_withdrawal(created, function, token.address, stranger.address, 10**6)
    assert token.read("balanceOf", stranger.address) == received
    assert token.read("balanceOf", created.wallet.address) == 0


def test_withdraws_a_token_that_takes_an_extra_fee(created, deploy, relayer, stranger):
    """I18. Withdrawals have no check of what the token takes. The principal leaves room for the fee."""
    token = deploy("ExtraFeeToken")
    token.send(relayer, "mint", created.wallet.address, 1_010_000)
    send_withdrawal(created, "withdraw", token.address, stranger.address, 10**6)
    assert token.read("balanceOf", stranger.address) == 10**6
    assert token.read("balanceOf", created.wallet.address) == 0


def test_withdrawal_counts_toward_no_budget(created, usdc, stranger):
    created.wallet.withdraw_all(created.principal, usdc.address, stranger.address)
    assert created.wallet.spent("USD") == 0


def test_withdraws_through_execute(created, usdc, stranger):
    data = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    created.wallet.execute(created.principal, WalletCall(created.wallet.address, 0, data))
    assert usdc.read("balanceOf", stranger.address) == MILLION


@pytest.mark.parametrize("sender", ["agent", "stranger", "principal"])
def test_anyone_can_send_native_currency(sender, created, web3, request):
    account = request.getfixturevalue(sender)
    receipt = send_transaction(web3, account, created.wallet.address, "0x", value=5)
    assert receipt.event("Received").arguments == {"from": account.address, "value": 5}
    assert web3.eth.get_balance(created.wallet.address) == 5
