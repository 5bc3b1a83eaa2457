"""The native currency as a budget: the same limits, and a payee that may act while it is paid."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Budget, Call, Payment, Token, Window
from peculium import exceptions as errors
from peculium.devnet.anvil import rpc
from verification.testing.refusals import refuses

ETHER = 10**18


@pytest.fixture
def double(checkpoint, deploy):
    """A payee with code, which calls back when it is paid."""
    return checkpoint.share("double", lambda: deploy("MockPayee"))


@pytest.fixture
def created(checkpoint, new_agent, new_mandate, double, payee, web3):
    """An ether a payment, two a day, beside the dollars; ten in the wallet."""

    def create():
        payees = (payee.address, double.address)
        window = (Window(timedelta(days=1), Decimal(2)),)
        ether = Budget("ETH", 1, 5, window, (Token(NATIVE, 18),), payees, decimals=18)
        dollars = new_mandate(payees=payees).budgets[0]
        agent = new_agent(budgets=(dollars, ether))
        rpc(web3, "anvil_setBalance", agent.wallet.address, hex(10 * ETHER))
        return agent

    return checkpoint.share("created", create)


def test_it_is_refused_where_no_budget_lists_it(new_agent, payee):
    other = new_agent()
    with refuses(errors.TokenNotListed, token=NATIVE):
        other.wallet.pay(other.agent, NATIVE, payee.address, 1)


def test_limits_hold_as_for_tokens(created, payee, stranger):
    with refuses(errors.PaymentLimitExceeded, charge=ETHER + 1, limit=ETHER):
        created.wallet.pay(created.agent, NATIVE, payee.address, Decimal(ETHER + 1).scaleb(-18))
    with refuses(errors.PayeeNotListed, payee=stranger.address, token=NATIVE):
        created.wallet.pay(created.agent, NATIVE, stranger.address, 1)
    for _ in range(2):
        created.wallet.pay(created.agent, NATIVE, payee.address, 1)
    with refuses(errors.WindowLimitExceeded, charge=1, remaining=0):
        created.wallet.pay(created.agent, NATIVE, payee.address, Decimal(1).scaleb(-18))


@pytest.mark.parametrize("name", ["payee", "double"])
def test_a_payee_gets_exactly_the_amount(name, created, request, web3):
    address = request.getfixturevalue(name).address
    before = web3.eth.get_balance(address)
    event = created.wallet.pay(created.agent, NATIVE, address, "0.25", "tip").event("PaymentMade").arguments
    assert web3.eth.get_balance(address) - before == ETHER // 4
    assert (event["token"], event["amount"], event["charge"]) == (NATIVE, ETHER // 4, ETHER // 4)
    assert created.wallet.spent("ETH", 18) == Decimal("0.25")
    assert created.wallet.spent("USD") == 0


def test_a_broken_token_is_no_obstacle_where_nobody_can_act(created, payee, double, usdc, web3):
    """Balances are compared only where the payee has code, and so could have got at something else meanwhile."""
    web3.provider.make_request("anvil_setCode", [usdc.address, "0xfe"])
    created.wallet.pay(created.agent, NATIVE, payee.address, 1)
    with refuses(errors.TokenBalanceUnreadable, token=usdc.address):
        created.wallet.pay(created.agent, NATIVE, double.address, 1)


def test_a_payee_that_refuses_is_not_charged_for(created, double, principal):
    double.send(principal, "setRefuses", True)
    with refuses(errors.NativePaymentRefused, payee=double.address, amount=ETHER):
        created.wallet.pay(created.agent, NATIVE, double.address, 1)
    assert created.wallet.spent("ETH", 18) == 0


def test_more_than_the_wallet_holds_is_refused(created, payee, web3):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(ETHER // 2)])
    with refuses(errors.NativePaymentRefused, payee=payee.address, amount=ETHER):
        created.wallet.pay(created.agent, NATIVE, payee.address, 1)


@pytest.mark.parametrize("verb", ["pay", "payBatch", "resign", "act"])
def test_a_payee_that_calls_back_gets_nothing(verb, created, double, usdc, payee, principal, web3):
    """C01, I20."""
    wallet = created.wallet
    data = {
        "pay": wallet.call_data("pay", usdc.address, payee.address, 1, bytes(32)),
        "payBatch": wallet.call_data("payBatch", [(usdc.address, payee.address, 1, bytes(32))]),
        "resign": wallet.call_data("resign"),
        "act": wallet.call_data("act", wallet.call_data("resign"), ("0x" + "00" * 20, 2**40, NATIVE, 0, 0), b""),
    }[verb]
    double.send(principal, "arm", wallet.address, data, 1, False)
    wallet.pay(created.agent, NATIVE, double.address, 1)
    assert double.read("callsMade") == 1
    assert double.read("lastSuccess") is False
    assert wallet.spent("USD") == 0
    assert web3.eth.get_balance(double.address) == ETHER


def test_a_payee_that_takes_a_token_meanwhile_undoes_its_payment(created, double, usdc, principal):
    """A20, I4. By an approval of the principal's own that is still there."""
    approve = usdc.call_data("approve", double.address, 10**12)
    created.wallet.execute(created.principal, Call(usdc.address, 0, approve))
    pull = usdc.call_data("transferFrom", created.wallet.address, double.address, 5)
    double.send(principal, "arm", usdc.address, pull, 1, True)
    with refuses(errors.TokenTookMore, token=usdc.address, taken=5, amount=0):
        created.wallet.pay(created.agent, NATIVE, double.address, 1)
    assert usdc.balance(double.address) == 0


def test_a_batch_mixes_it_with_tokens(created, payee, usdc, web3):
    before = web3.eth.get_balance(payee.address)
    batch = [Payment(NATIVE, payee.address, "0.5"), Payment(usdc.address, payee.address, 7)]
    created.wallet.pay_batch(created.agent, batch)
    assert web3.eth.get_balance(payee.address) - before == ETHER // 2
    assert usdc.balance(payee.address) == 7


def test_other_decimals_than_eighteen_are_refused(created, new_mandate, payee):
    window = (Window(timedelta(days=1), Decimal(2)),)
    ether = Budget("ETH", 1, 5, window, (Token(NATIVE, 6),), (payee.address,), decimals=18)
    mandate = new_mandate(budgets=(ether,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.TokenDecimalsMismatch, token=NATIVE, given=6, actual=18):
        created.wallet.set_mandate(created.principal, mandate)
