"""`execute`: the principal makes any call from the wallet. Nobody else can."""

from __future__ import annotations

import pytest

from peculium import WalletCall, errors
from peculium.mandate import ZERO_HASH
from peculium.operations import ENTRY_POINT
from verification.testing.addresses import adjacent_addresses
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal", "relayer"])
def test_refuses_every_caller_but_the_principal(caller, created, usdc, request):
    """I12."""
    account = request.getfixturevalue(caller)
    call = WalletCall(usdc.address, 0, usdc.call_data("transfer", account.address, 1))
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.execute(account, call)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", ["principal", "wallet", "EntryPoint"])
def test_refuses_callers_adjacent_to_an_authorized_address(created, name, side):
    """I12."""
    authorized = {"principal": created.principal.address, "wallet": created.wallet.address, "EntryPoint": ENTRY_POINT}
    caller = adjacent_addresses(authorized[name])[side]
    with refuses(errors.NotPrincipal, caller=caller, principal=created.principal.address):
        created.wallet.read("execute", created.wallet.address, 0, b"", sender=caller)


def test_passes_on_the_revert_of_the_target(created, dai, stranger):
    call = WalletCall(dai.address, 0, dai.call_data("transfer", stranger.address, 10**30))
    with refuses(errors.ERC20InsufficientBalance, sender=created.wallet.address, needed=10**30):
        created.wallet.execute(created.principal, call)


def test_reverts_if_the_target_reverts_without_a_reason(created, web3):
    target = "0x00000000000000000000000000000000000c0de2"
    web3.provider.make_request("anvil_setCode", [target, "0x60006000fd"])
    with refuses(errors.UnknownRevert):
        created.wallet.execute(created.principal, WalletCall(target))


def test_refuses_more_native_currency_than_the_balance(created, stranger):
    with refuses(errors.UnknownRevert):
        created.wallet.execute(created.principal, WalletCall(stranger.address, 1))


def test_refuses_a_payment_by_the_wallet_itself(created, usdc, payee):
    data = created.wallet.call_data("pay", usdc.address, payee.address, 1, ZERO_HASH)
    with refuses(errors.NotAgentKey, caller=created.wallet.address, agent_key=created.agent.address):
        created.wallet.execute(created.principal, WalletCall(created.wallet.address, 0, data))


def test_only_the_principal_calls_the_wallet_through_itself(created, stranger):
    """I12. The wallet accepts its own call as the principal's."""
    data = created.wallet.call_data("liftMandate")
    with refuses(errors.NotPrincipal, caller=stranger.address, principal=created.principal.address):
        created.wallet.execute(stranger, WalletCall(created.wallet.address, 0, data))
    created.wallet.execute(created.principal, WalletCall(created.wallet.address, 0, data))
    assert created.wallet.mandate_hash == bytes(32)


def test_principal_transfers_any_token_to_any_address(created, usdc, stranger):
    call = WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 10**12))
    receipt = created.wallet.execute(created.principal, call)
    assert usdc.read("balanceOf", stranger.address) == 10**12
    event = receipt.event("Executed")
    assert event.arguments == {"target": usdc.address, "value": 0, "data": bytes.fromhex(call.data[2:])}


def test_returns_the_result_of_the_target(created, usdc):
    data = usdc.call_data("decimals")
    answer = created.wallet.read("execute", usdc.address, 0, data, sender=created.principal.address)
    assert int.from_bytes(answer) == 6


def test_forwards_the_value_and_keeps_the_rest(created, stranger, web3):
    before = web3.eth.get_balance(stranger.address)
    created.wallet.send(created.principal, "execute", stranger.address, 7, b"", value=10)
    assert web3.eth.get_balance(stranger.address) == before + 7
    assert web3.eth.get_balance(created.wallet.address) == 3


def test_sends_data_to_an_address_without_code(created, stranger):
    receipt = created.wallet.execute(created.principal, WalletCall(stranger.address, 0, b"a note"))
    assert receipt.event("Executed").arguments["data"] == b"a note"


@pytest.mark.parametrize("state", ["lifted", "expired", "revoked", "all revoked", "paused", "suite reverts"])
def test_principal_executes_in_every_state_of_the_agent(state, created, suite, web3, time_travel, usdc, stranger):
    """I18."""
    if state == "lifted":
        created.wallet.lift_mandate(created.principal)
    if state == "expired":
        time_travel(to=created.mandate.valid_until)
    if state == "revoked":
        suite.switch.revoke(created.principal, created.wallet.address)
    if state == "all revoked":
        suite.switch.revoke_all(created.principal)
    if state == "paused":
        suite.switch.pause_all(created.principal)
    if state == "suite reverts":
        for name in ("REGISTRY", "SWITCH", "FACTORY", "WRITER"):
            web3.provider.make_request("anvil_setCode", [created.wallet.read(name), "0xfe"])
    call = WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1))
    created.wallet.execute(created.principal, call)
    assert usdc.read("balanceOf", stranger.address) == 1


def test_does_not_charge_a_budget(created, usdc, stranger):
    created.wallet.execute(
        created.principal, WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 10**11))
    )
    assert created.wallet.spent("USD") == 0


def test_principal_may_approve_a_spender(created, usdc, stranger):
    """I7. The limits bind the agent, not the principal."""
    created.wallet.execute(
        created.principal, WalletCall(usdc.address, 0, usdc.call_data("approve", stranger.address, 5))
    )
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 5)
    assert usdc.read("balanceOf", stranger.address) == 5
