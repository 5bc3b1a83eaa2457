"""Operations with a payee or a paymaster that works against the wallet, each named after what it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import Budget, Token, Window, decode_refusal, send_transaction
from peculium import exceptions as errors
from verification.testing.user_operations import GWEI, WINDOW_LIMIT, at_fee, deposit, paid_by

NATIVE = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"


@pytest.mark.parametrize(
    "code",
    ["62ffffff5ff3", "62ffffff5ffd", "63ffffffff5ffd", "5b5f56", "fe"],
    ids=["returns 16 MB", "reverts with 16 MB", "reverts with 4 GB", "never ends", "uses up all gas"],
)
def test_a_payee_that_is_a_bomb(
    code, web3, created, replace_mandate, sign_action, send_bundle, outflow, payee, sign_payment, usdc
):
    """Paid in ether: it costs what the operation may cost at most, and the rest of the bundle goes on."""
    bomb = web3.to_checksum_address("0x" + "b0" * 20)
    web3.provider.make_request("anvil_setCode", [bomb, "0x" + code])
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
        for currency, decimals, token, to in (("USD", 6, usdc.address, payee.address), ("ETH", 18, NATIVE, bomb))
    )
    replace_mandate(created, budgets=budgets)
    bomber = sign_action(created, "pay", NATIVE, bomb, "0.001")
    bundle = send_bundle(bomber, sign_payment(created, nonce_key=1))
    assert bundle.succeeded == [False, True]
    assert bundle.named("UserOperationEvent")[0].arguments["actualGasCost"] <= bomber.max_cost
    wei, dollars = outflow()
    assert wei == bundle.collected <= WINDOW_LIMIT
    assert dollars == 1
    assert created.wallet.spent("ETH", 18) == 0


@pytest.fixture
def generous(deploy, entry_point, stranger):
    """Somebody else's paymaster, which pays for anything, and makes the call that it is armed with."""
    paymaster = deploy("MockPaymaster")
    paymaster.send(stranger, "deposit", entry_point.address, value=10**18)
    return paymaster


def by(paymaster):
    """Fields that have it pay, with gas for its calls."""
    return {**paid_by(paymaster), "paymaster_post_op_gas_limit": 300_000}


def test_somebody_elses_paymaster(created, sign_payment, send_bundle, generous, outflow, entry_point):
    """It pays, so the gas terms aren't asked, and the wallet pays nothing; the budget is the same."""
    operations = [
        sign_payment(
            created,
            amount=100,
            nonce_key=nonce_key,
            period=0,
            pre_verification_gas=10_000_000,
            **at_fee(10 * GWEI),
            **by(generous),
        )
        for nonce_key in range(7)
    ]
    bundle = send_bundle(*operations)
    assert bundle.succeeded == [True] * 5 + [False] * 2
    assert outflow() == (0, 500)
    assert 10**18 - deposit(entry_point, generous) == bundle.collected


def test_somebody_elses_paymaster_for_a_stopped_agent(
    created, sign_payment, send_bundle, generous, outflow, suite, principal
):
    late = sign_payment(created, **by(generous))
    suite.switch.revoke_all(principal, principal.address)
    assert len(send_bundle(late).named("OperationStopped")) == 1
    assert send_bundle(sign_payment(created, **by(generous))).included is False
    assert outflow() == (0, 0)


def test_a_paymaster_that_calls_the_wallet_back(
    created, sign_principal_call, sign_payment, send_bundle, generous, usdc, stranger, outflow
):
    """Before and after the principal's own operation, and the agent's: it is nobody to the wallet."""
    theft = created.wallet.call_data("withdrawAll", usdc.address, stranger.address)
    generous.send(stranger, "arm", created.wallet.address, theft, 4, False)
    bundle = send_bundle(
        sign_principal_call(created, "cancelNonce", 7, **by(generous)), sign_payment(created, **by(generous))
    )
    assert bundle.succeeded == [True, True]
    assert generous.read("callsMade") == 4
    assert generous.read("lastSuccess") is False
    assert isinstance(decode_refusal(generous.read("lastReturndata")), errors.NotPrincipal)
    assert outflow() == (0, 1)


@pytest.mark.parametrize("paymaster", ["wallet", "zero", "entry_point", "no code"])
def test_a_paymaster_that_is_none(
    paymaster, created, sign_payment, sign_principal_call, send_bundle, outflow, entry_point, stranger, suite
):
    """Naming one doesn't get around the gas terms: no such operation is included."""
    address = {
        "wallet": created.wallet.address,
        "zero": "0x" + "00" * 20,
        "entry_point": entry_point.address,
        "no code": stranger.address,
    }[paymaster]
    if paymaster == "zero":
        # The package leaves a paymaster out that is zero: said by the bytes themselves.
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
