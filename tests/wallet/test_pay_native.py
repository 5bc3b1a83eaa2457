"""Budgets in native currency: the limits of tokens apply, and a payee with code can reenter."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Budget, Pay, Token, WalletCall, Window, errors
from peculium.devnet.anvil import rpc
from verification.testing.refusals import refuses

ETHER = 10**18


@pytest.fixture
def contract_payee(checkpoint, deploy):
    """A payee with code, which makes a call while it is paid."""
    return checkpoint.share("contract_payee", lambda: deploy("MockPayee"))


@pytest.fixture
def created(checkpoint, new_agent, new_mandate, contract_payee, payee, web3):
    """The mandate allows one ether per payment and two per day, beside dollars. The wallet holds ten ether."""

    def create():
        payees = (payee.address, contract_payee.address)
        window = (Window(timedelta(days=1), Decimal(2)),)
        ether = Budget("ETH", 1, 5, window, (Token(NATIVE, 18),), payees, decimals=18)
        dollars = new_mandate(payees=payees).budgets[0]
        agent = new_agent(budgets=(dollars, ether))
        rpc(web3, "anvil_setBalance", agent.wallet.address, hex(10 * ETHER))
        return agent

    return checkpoint.share("created", create)


def test_refuses_native_currency_without_a_budget_for_it(new_agent, payee):
    other = new_agent()
    with refuses(errors.TokenNotListed, token=NATIVE):
        other.wallet.pay(other.agent, NATIVE, payee.address, 1)


def test_refuses_native_payments_above_the_limits(created, payee, stranger):
    with refuses(errors.PaymentLimitExceeded, charge=ETHER + 1, limit=ETHER):
        created.wallet.pay(created.agent, NATIVE, payee.address, Decimal(ETHER + 1).scaleb(-18))
    with refuses(errors.PayeeNotListed, payee=stranger.address, token=NATIVE):
        created.wallet.pay(created.agent, NATIVE, stranger.address, 1)
    for _ in range(2):
        created.wallet.pay(created.agent, NATIVE, payee.address, 1)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, NATIVE, payee.address, Decimal(1).scaleb(-18))


def test_refuses_without_charging_when_the_payee_reverts(created, contract_payee, principal):
    contract_payee.send(principal, "setRefuses", True)
    with refuses(errors.NativePaymentRefused, payee=contract_payee.address, amount=ETHER):
        created.wallet.pay(created.agent, NATIVE, contract_payee.address, 1)
    assert created.wallet.spent("ETH") == 0


def test_refuses_more_than_the_wallet_holds(created, payee, web3):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(ETHER // 2)])
    with refuses(errors.NativePaymentRefused, payee=payee.address, amount=ETHER):
        created.wallet.pay(created.agent, NATIVE, payee.address, 1)


@pytest.mark.parametrize("action", ["pay", "payBatch", "resign", "act"])
def test_refuses_reentrant_calls_by_the_payee(action, created, contract_payee, usdc, payee, principal, web3):
    """C01, I20."""
    wallet = created.wallet
    data = {
        "pay": wallet.call_data("pay", usdc.address, payee.address, 1, bytes(32)),
        "payBatch": wallet.call_data("payBatch", [(usdc.address, payee.address, 1, bytes(32))]),
        "resign": wallet.call_data("resign"),
        "act": wallet.call_data("act", wallet.call_data("resign"), ("0x" + "00" * 20, NATIVE, 0, 0, 2**40, 0), b""),
    }[action]
    contract_payee.send(principal, "arm", wallet.address, data, 1, False)
    wallet.pay(created.agent, NATIVE, contract_payee.address, 1)
    assert contract_payee.read("callsMade") == 1
    assert contract_payee.read("lastSuccess") is False
    assert wallet.spent("USD") == 0
    assert web3.eth.get_balance(contract_payee.address) == ETHER


def test_refuses_a_payment_whose_payee_pulls_a_token_meanwhile(created, contract_payee, usdc, principal):
    """A20, I4. The payee uses an earlier approval by the principal."""
    approve = usdc.call_data("approve", contract_payee.address, 10**12)
    created.wallet.execute(created.principal, WalletCall(usdc.address, 0, approve))
    pull = usdc.call_data("transferFrom", created.wallet.address, contract_payee.address, 5)
    contract_payee.send(principal, "arm", usdc.address, pull, 1, True)
    with refuses(errors.TokenTookMore, token=usdc.address, taken=5, amount=0):
        created.wallet.pay(created.agent, NATIVE, contract_payee.address, 1)
    assert usdc.balance(contract_payee.address) == 0


def test_refuses_decimals_other_than_eighteen(created, new_mandate, payee):
    window = (Window(timedelta(days=1), Decimal(2)),)
    ether = Budget("ETH", 1, 5, window, (Token(NATIVE, 6),), (payee.address,), decimals=18)
    mandate = new_mandate(budgets=(ether,)).in_round(created.wallet.round)
    with refuses(errors.TokenDecimalsMismatch, token=NATIVE, given=6, actual=18):
        created.wallet.set_mandate(created.principal, mandate)


@pytest.mark.parametrize("name", ["payee", "contract_payee"])
def test_payee_receives_exactly_the_amount(name, created, request, web3):
    address = request.getfixturevalue(name).address
    before = web3.eth.get_balance(address)
    event = created.wallet.pay(created.agent, NATIVE, address, "0.25", "tip").event("PaymentMade").arguments
    assert web3.eth.get_balance(address) - before == ETHER // 4
    assert (event["token"], event["amount"], event["charge"]) == (NATIVE, ETHER // 4, ETHER // 4)
    assert created.wallet.spent("ETH") == Decimal("0.25")
    assert created.wallet.spent("USD") == 0


def test_unreadable_token_balance_matters_only_for_payees_with_code(created, payee, contract_payee, usdc, web3):
    """The wallet compares balances only for payees with code: only they can move tokens meanwhile."""
    web3.provider.make_request("anvil_setCode", [usdc.address, "0xfe"])
    created.wallet.pay(created.agent, NATIVE, payee.address, 1)
    with refuses(errors.TokenBalanceUnreadable, token=usdc.address):
        created.wallet.pay(created.agent, NATIVE, contract_payee.address, 1)


def test_pays_a_batch_of_native_currency_and_tokens(created, payee, usdc, web3):
    before = web3.eth.get_balance(payee.address)
    batch = [Pay(NATIVE, payee.address, "0.5"), Pay(usdc.address, payee.address, 7)]
    created.wallet.pay_batch(created.agent, batch)
    assert web3.eth.get_balance(payee.address) - before == ETHER // 2
    assert usdc.balance(payee.address) == 7
