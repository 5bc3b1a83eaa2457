"""`call`: an argument that is charged like a payment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import NATIVE, Argument, Budget, Token, WalletCall, Window, errors
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6
REDEEM = keccak(text="redeem(address,uint256)")[:4]


@pytest.fixture
def rule_for(target):
    """Creates a rule whose second argument is an amount of this token."""
    arguments = (Argument.any(), Argument.charged())
    return lambda token: call_rule(target.address, "redeem(address,uint256)", arguments, token=token.address)


@pytest.fixture
def created(checkpoint, new_agent, rule_for, usdc):
    """An agent that may call a function with an amount of USDC."""
    return checkpoint.share("created", lambda: new_agent(calls=(rule_for(usdc),)))


@pytest.fixture
def target(checkpoint, deploy):
    """A contract that accepts any call."""
    return checkpoint.share("target", lambda: deploy("MockTarget"))


def calldata(amount):
    return REDEEM + bytes(32) + amount.to_bytes(32)


@pytest.fixture
def redeem(created, target):
    """Calls the function with an amount (base units)."""
    return lambda amount: created.wallet.call(created.agent, target.address, calldata(amount), ref="redeem")


def test_refuses_an_amount_of_zero(created, redeem):
    """A call without an amount could be made beside every limit."""
    with refuses(errors.ZeroAmount):
        redeem(0)


@pytest.mark.parametrize("amount", [2**128, 2**160, 2**256 - 1])
def test_refuses_an_amount_of_more_than_128_bits(amount, redeem):
    with refuses(errors.AmountTooLarge, amount=amount, maximum=2**128 - 1):
        redeem(amount)


def test_refuses_an_amount_above_the_payment_limit(redeem):
    for amount in (100 * USD + 1, 2**128 - 1):
        with refuses(errors.PaymentLimitExceeded, charge=amount, limit=100 * USD):
            redeem(amount)
    redeem(100 * USD)


def test_refuses_an_amount_above_the_window_limit(created, redeem, usdc, payee):
    """I5. Payments and charged arguments share one counter."""
    for _ in range(4):
        created.wallet.pay(created.agent, usdc.address, payee.address, 100)
    redeem(70 * USD)
    with refuses(errors.WindowLimitExceeded, charge=30 * USD + 1, remaining=30 * USD, length=DAY):
        redeem(30 * USD + 1)
    redeem(30 * USD)
    assert created.wallet.spent("USD") == 500


def test_refuses_an_amount_above_the_budget_of_the_rules_token(new_agent, target, usdc, dai, payee, rule_for):
    """The budget is that of the rule, whatever the agent says."""

    def budget(currency, token, limit):
        tokens = (Token(token.address, token.decimals),)
        return Budget(currency, limit, 1_000, (Window(timedelta(days=1), 500),), tokens, (payee.address,))

    created = new_agent(budgets=(budget("USD", usdc, 100), budget("EUR", dai, 5)), calls=(rule_for(dai),))
    with refuses(errors.PaymentLimitExceeded, charge=5 * USD + 1, limit=5 * USD):
        created.wallet.call(created.agent, target.address, calldata(5 * 10**18 + 1))
    created.wallet.call(created.agent, target.address, calldata(5 * 10**18))
    assert (created.wallet.spent("USD"), created.wallet.spent("EUR")) == (0, 5)


def test_charged_amount_does_not_allow_the_target_to_take_it(created, target, usdc):
    """I4. The target uses an approval of the principal. The amount is a figure in calldata, and no transfer."""
    approve = usdc.call_data("approve", target.address, 100 * USD)
    created.wallet.execute(created.principal, WalletCall(usdc.address, 0, approve))
    take = usdc.call_data("transferFrom", created.wallet.address, target.address, 1)
    target.send(created.principal, "arm", usdc.address, take, 1, True)
    with refuses(errors.TokenTookMore, token=usdc.address, taken=1, amount=0):
        created.wallet.call(created.agent, target.address, calldata(100 * USD))
    assert created.wallet.spent("USD") == 0


def test_charges_the_amount_like_a_payment(created, redeem, target, usdc):
    before = usdc.balance(created.wallet.address)
    paid = redeem(40 * USD).event("PaymentMade").arguments
    assert (paid["token"], paid["payee"]) == (usdc.address, target.address)
    assert (paid["amount"], paid["charge"]) == (40 * USD, 40 * USD)
    assert created.wallet.spent("USD") == 40
    assert usdc.balance(created.wallet.address) == before


def test_charge_of_a_finer_token_is_rounded_up(new_agent, target, dai, rule_for):
    created = new_agent(calls=(rule_for(dai),))
    created.wallet.call(created.agent, target.address, calldata(10**18 + 1))
    assert created.wallet.spent("USD") == Decimal("1.000001")


def test_charges_an_amount_beside_native_value_of_another_budget(new_agent, new_mandate, target, usdc, payee, web3):
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    arguments = (Argument.any(), Argument.charged())
    terms = {"token": usdc.address, "value_limit": Decimal("0.5")}
    rule = call_rule(target.address, "redeem(address,uint256)", arguments, **terms)
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    receipt = created.wallet.call(created.agent, target.address, calldata(7 * USD), value=Decimal("0.5"))
    assert [event.arguments["token"] for event in receipt.events if event.name == "PaymentMade"] == [
        NATIVE,
        usdc.address,
    ]
    assert (created.wallet.spent("USD"), created.wallet.spent("ETH")) == (7, Decimal("0.5"))


def test_charges_an_amount_of_native_currency(new_agent, new_mandate, target, payee, web3):
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    rule = call_rule(target.address, "redeem(address,uint256)", (Argument.any(), Argument.charged()), token=NATIVE)
    created = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(rule,))
    with refuses(errors.PaymentLimitExceeded, charge=10**18 + 1, limit=10**18):
        created.wallet.call(created.agent, target.address, calldata(10**18 + 1))
    created.wallet.call(created.agent, target.address, calldata(10**18))
    assert created.wallet.spent("ETH") == 1
