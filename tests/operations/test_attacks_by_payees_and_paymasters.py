"""Attacks on user operations by a payee or a paymaster."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import Budget, Token, Window, decode_refusal, errors, send_transaction
from verification.testing.user_operations import GWEI, WINDOW_LIMIT, at_fee, deposit, paid_by

NATIVE = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"


def test_refuses_a_stopped_agent_with_a_third_party_paymaster(
    created, sign_payment, send_bundle, third_party_paymaster, outflow, suite, principal
):
    stopped_operation = sign_payment(created, **paid_with_post_op(third_party_paymaster))
    suite.switch.revoke_all(principal, principal.address)
    assert len(send_bundle(stopped_operation).named("OperationStopped")) == 1
    assert send_bundle(sign_payment(created, **paid_with_post_op(third_party_paymaster))).included is False
    assert outflow() == (0, 0)


def test_refuses_principal_calls_by_a_reentrant_paymaster(
    created, sign_principal_call, sign_payment, send_bundle, third_party_paymaster, usdc, stranger, outflow
):
    """It calls the wallet before and after operations of the principal and of the agent."""
    attack = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    third_party_paymaster.send(stranger, "arm", created.wallet.address, attack, 4, False)
    bundle = send_bundle(
        sign_principal_call(created, "cancelNonce", 7, **paid_with_post_op(third_party_paymaster)),
        sign_payment(created, **paid_with_post_op(third_party_paymaster)),
    )
    assert bundle.succeeded == [True, True]
    assert third_party_paymaster.read("callsMade") == 4
    assert third_party_paymaster.read("lastSuccess") is False
    assert isinstance(decode_refusal(third_party_paymaster.read("lastReturndata")), errors.NotPrincipal)
    assert outflow() == (0, 1)


@pytest.mark.parametrize("paymaster", ["wallet", "zero", "entry_point", "no code"])
def test_refuses_an_address_that_is_no_paymaster(
    paymaster, created, sign_payment, sign_principal_call, send_bundle, outflow, entry_point, stranger, suite
):
    """Naming one does not bypass the gas terms."""
    address = {
        "wallet": created.wallet.address,
        "zero": "0x" + "00" * 20,
        "entry_point": entry_point.address,
        "no code": stranger.address,
    }[paymaster]
    if paymaster == "zero":
        # `packed` omits a zero paymaster, so the test writes the bytes itself.
        packed = list(sign_payment(created).packed())
        packed[7] = bytes(20) + (100_000).to_bytes(16) + bytes(16)
        data = entry_point.call_data("handleOps", [tuple(packed)], stranger.address)
        with pytest.raises(errors.ContractError):
            send_transaction(entry_point.web3, stranger, entry_point.address, data)
    else:
        entry_point.deposit_to(stranger, address, 1)
        fields = {"paymaster": address, "paymaster_verification_gas_limit": 100_000}
        operation = sign_payment(created, period=0, pre_verification_gas=10**8, **fields)
        assert send_bundle(operation).included is False
    assert outflow()[1] == 0


@pytest.mark.parametrize(
    "code",
    ["62ffffff5ff3", "62ffffff5ffd", "63ffffffff5ffd", "5b5f56", "fe"],
    ids=["returns 16 MB", "reverts with 16 MB", "reverts with 4 GB", "never ends", "uses up all gas"],
)
def test_payment_to_a_return_bomb_costs_at_most_the_maximum_and_fails_alone(
    code, web3, created, replace_mandate, sign_action, send_bundle, outflow, payee, sign_payment, usdc
):
    """The payee receives ether and wastes gas. The other operations of the bundle succeed."""
    bomb_payee = web3.to_checksum_address("0x" + "b0" * 20)
    web3.provider.make_request("anvil_setCode", [bomb_payee, "0x" + code])
    budgets = tuple(
        Budget(
            currency=currency,
            decimals=decimals,
            payment_limit=100,
            lifetime_limit=10_000,
            windows=(Window(timedelta(days=1), 500),),
            tokens=(Token(token, decimals),),
            payees=(to,),
        )
        for currency, decimals, token, to in (("USD", 6, usdc.address, payee.address), ("ETH", 18, NATIVE, bomb_payee))
    )
    replace_mandate(created, budgets=budgets)
    bomb_payment = sign_action(created, "pay", NATIVE, bomb_payee, "0.001")
    bundle = send_bundle(bomb_payment, sign_payment(created, nonce_key=1))
    assert bundle.succeeded == [False, True]
    assert bundle.named("UserOperationEvent")[0].arguments["actualGasCost"] <= bomb_payment.max_cost
    wei, dollars = outflow()
    assert wei == bundle.collected <= WINDOW_LIMIT
    assert dollars == 1
    assert created.wallet.spent("ETH") == 0


@pytest.fixture
def third_party_paymaster(deploy, entry_point, stranger):
    """A third-party paymaster that pays for any operation and can call back."""
    paymaster = deploy("MockPaymaster")
    paymaster.send(stranger, "deposit", entry_point.address, value=10**18)
    return paymaster


def paid_with_post_op(paymaster):
    """Fields that make the paymaster pay, with gas for its `postOp`."""
    return {**paid_by(paymaster), "paymaster_post_op_gas_limit": 300_000}


def test_third_party_paymaster_pays_gas_and_leaves_the_budget_limits(
    created, sign_payment, send_bundle, third_party_paymaster, outflow, entry_point
):
    """The paymaster pays, so the gas terms don't apply. The limits of the budget do."""
    operations = [
        sign_payment(
            created,
            amount=100,
            nonce_key=nonce_key,
            period=0,
            pre_verification_gas=10_000_000,
            **at_fee(10 * GWEI),
            **paid_with_post_op(third_party_paymaster),
        )
        for nonce_key in range(7)
    ]
    bundle = send_bundle(*operations)
    assert bundle.succeeded == [True] * 5 + [False] * 2
    assert outflow() == (0, 500)
    assert 10**18 - deposit(entry_point, third_party_paymaster) == bundle.collected
