"""`deposit`, `withdraw` and the stake: anyone can deposit, and only the principal withdraws."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.user_operations import paid_by

RECEIVER = "0x" + "77" * 20
OTHER_ROLES = ["agent", "other_agent", "stranger", "guardian", "other_principal"]


@pytest.mark.parametrize("role", OTHER_ROLES)
def test_refuses_withdrawals_by_others(role, request, paymaster, principal, paymaster_deposit):
    """Only the principal withdraws deposit and stake, and adds to or unlocks the stake."""
    caller, before = request.getfixturevalue(role), paymaster_deposit()
    expected = {"caller": caller.address, "principal": principal.address}
    with refuses(errors.NotPrincipal, **expected):
        paymaster.withdraw(caller, caller.address, 1)
    with refuses(errors.NotPrincipal, **expected):
        paymaster.add_stake(caller, 1, timedelta(days=100))
    with refuses(errors.NotPrincipal, **expected):
        paymaster.unlock_stake(caller)
    with refuses(errors.NotPrincipal, **expected):
        paymaster.withdraw_stake(caller, caller.address)
    assert paymaster_deposit() == before


def test_refuses_a_withdrawal_to_the_zero_address(paymaster, principal, time_travel):
    with refuses(errors.ZeroAddress):
        paymaster.withdraw(principal, ZERO_ADDRESS, 1)
    paymaster.unlock_stake(principal)
    time_travel(DAY)
    with refuses(errors.ZeroAddress):
        paymaster.withdraw_stake(principal, ZERO_ADDRESS)


def test_refuses_the_zero_address_as_principal(deploy, entry_point, suite):
    with refuses(errors.ZeroAddress):
        deploy("PrincipalPaymaster", suite.factory.address, ZERO_ADDRESS)


def test_refuses_to_withdraw_more_than_the_deposit(web3, paymaster, principal, paymaster_deposit):
    before = paymaster_deposit()
    with pytest.raises(errors.ContractError):
        paymaster.send(principal, "withdraw", RECEIVER, before + 1)
    assert (paymaster_deposit(), web3.eth.get_balance(RECEIVER)) == (before, 0)


def test_refuses_an_operation_without_a_deposit(
    paymaster, principal, sponsored_agent, sign_sponsored_payment, send_bundle, ether, bundler
):
    """The wallet does not pay instead."""
    paymaster.withdraw(principal, RECEIVER, 1)
    before = ether(sponsored_agent.wallet)
    with refuses(errors.FailedOp, reason="AA31 paymaster deposit too low"):
        bundler.send(sign_sponsored_payment(sponsored_agent))
    assert send_bundle(sign_sponsored_payment(sponsored_agent)).included is False
    assert ether(sponsored_agent.wallet) == before


@pytest.mark.parametrize("role", ["principal", "stranger"])
def test_anyone_can_deposit(role, request, paymaster, paymaster_deposit):
    before = paymaster_deposit()
    paymaster.deposit(request.getfixturevalue(role), 2)
    assert paymaster_deposit() == before + 2 * 10**18


def test_principal_withdraws_the_whole_deposit(web3, paymaster, principal, paymaster_deposit):
    paymaster.send(principal, "withdraw", RECEIVER, 10**18 - 1)
    assert (paymaster_deposit(), web3.eth.get_balance(RECEIVER)) == (1, 10**18 - 1)
    paymaster.send(principal, "withdraw", RECEIVER, 1)
    assert (paymaster_deposit(), web3.eth.get_balance(RECEIVER)) == (0, 10**18)


def test_stake_is_locked_until_its_delay_is_over(web3, paymaster, principal, time_travel, entry_point):
    info = entry_point.read("getDepositInfo", paymaster.address)
    assert (info[1], info[2], info[3]) == (True, 10**18, DAY)
    with pytest.raises(errors.ContractError):
        paymaster.withdraw_stake(principal, RECEIVER)
    paymaster.unlock_stake(principal)
    time_travel(DAY - 10)
    with pytest.raises(errors.ContractError):
        paymaster.withdraw_stake(principal, RECEIVER)
    time_travel(10)
    paymaster.withdraw_stake(principal, RECEIVER)
    assert web3.eth.get_balance(RECEIVER) == 10**18


def test_principal_adds_to_the_stake(paymaster, principal, entry_point):
    paymaster.add_stake(principal, 1, timedelta(days=2))
    assert tuple(entry_point.read("getDepositInfo", paymaster.address)[1:4]) == (True, 2 * 10**18, 2 * DAY)


def test_getters_return_principal_factory_switch_and_entry_point(paymaster, suite, principal, entry_point):
    assert paymaster.read("PRINCIPAL") == principal.address
    assert paymaster.read("FACTORY") == suite.factory.address
    assert paymaster.read("SWITCH") == suite.switch.address
    assert paymaster.read("entryPoint") == entry_point.address


def test_paymaster_pays_the_cost_and_the_wallet_nothing(
    paymaster, sponsored_agent, sign_sponsored_payment, send_bundle, paymaster_deposit, ether, usdc, payee
):
    before = paymaster_deposit(), ether(sponsored_agent.wallet)
    bundle = send_bundle(sign_sponsored_payment(sponsored_agent, **paid_by(paymaster)))
    assert bundle.succeeded == [True]
    assert (before[0] - paymaster_deposit(), ether(sponsored_agent.wallet)) == (bundle.collected, before[1])
    assert usdc.balance(payee.address) == 1
