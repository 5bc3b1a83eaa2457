"""`executeBatch`: makes several calls of the principal, all or none."""

from __future__ import annotations

import pytest

from peculium import WalletCall, errors
from verification.testing.refusals import refuses


def transfer(token, to, amount):
    """A call that transfers base units of a token."""
    return WalletCall(token.address, 0, token.call_data("transfer", to.address, amount))


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal"])
@pytest.mark.parametrize("size", [0, 1])
def test_refuses_every_caller_but_the_principal(caller, size, created, usdc, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.execute_batch(account, [transfer(usdc, account, 1)] * size)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_reverts_every_call_if_one_fails(position, created, usdc, dai, stranger):
    calls = [transfer(usdc, stranger, 1), transfer(usdc, stranger, 2)]
    calls.insert(position, transfer(dai, stranger, 10**30))
    with refuses(errors.ERC20InsufficientBalance, needed=10**30):
        created.wallet.execute_batch(created.principal, calls)
    assert usdc.read("balanceOf", stranger.address) == 0


def test_makes_the_calls_in_order(created, usdc, dai, stranger):
    calls = [transfer(usdc, stranger, 1), WalletCall(stranger.address, 3), transfer(dai, stranger, 2)]
    receipt = created.wallet.send(created.principal, "executeBatch", [call.as_tuple() for call in calls], value=3)
    targets = [event.arguments["target"] for event in receipt.events if event.name == "Executed"]
    assert targets == [usdc.address, stranger.address, dai.address]
    assert (usdc.read("balanceOf", stranger.address), dai.read("balanceOf", stranger.address)) == (1, 2)


def test_returns_the_result_of_each_call(created, usdc, dai):
    calls = [WalletCall(token.address, 0, token.call_data("decimals")).as_tuple() for token in (usdc, dai)]
    answers = created.wallet.read("executeBatch", calls, sender=created.principal.address)
    assert [int.from_bytes(answer) for answer in answers] == [6, 18]


def test_empty_batch_does_nothing(created):
    assert created.wallet.execute_batch(created.principal, []).events == ()


def test_lifts_the_mandate_and_withdraws_in_one_batch(created, usdc, principal):
    wallet = created.wallet
    created.wallet.execute_batch(
        created.principal,
        [
            WalletCall(wallet.address, 0, wallet.call_data("liftMandate")),
            WalletCall(wallet.address, 0, wallet.call_data("withdrawAll", usdc.address, principal.address)),
        ],
    )
    assert wallet.mandate_hash == bytes(32)
    assert usdc.balance(wallet.address) == 0
