"""A: adversarial tokens that are listed, and refunds and loans that hide a payment."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data

from peculium import NATIVE, Pay, Token, WalletCall, errors
from peculium.mandate import ZERO_HASH
from tests.attacks.conftest import AMPLE, TAKE
from verification.testing.call_rules import call_rule

USD = 10**6


@pytest.fixture
def listed(attack, new_rogue, deploy, budgets, powers, other_agent, target, colluder):
    """Creates an agent with one more token, its accomplice. The wallet holds a thousand of it, and the attack watches it.

    Variant 3 of the target's rule is for this token.
    """

    def create(name, *arguments):
        token = deploy(name, *arguments)
        tokens = (*budgets[0].tokens, Token(token.address, 6))
        rule = call_rule(target.address, "take()", pull_limit=100, token=token.address, variant=3)
        budget = replace(budgets[0], tokens=tokens)
        agent = new_rogue(key=other_agent, budgets=(budget, budgets[1]), calls=(*powers["calls"], rule))
        token.send(other_agent, "mint", agent.wallet.address, 1000 * USD)
        attack.watch(agent, token)
        return agent, token

    return create


@pytest.fixture
def pay_in(payee):
    """Pays an amount in base units, whatever decimals the token reports."""
    return lambda agent, token, units: agent.wallet.send(
        agent.agent, "pay", token.address, payee.address, units, ZERO_HASH
    )


def test_a13_decimals_that_change_after_listing(attack, listed, pay_in):
    """The token reports 18, 255 or no decimals, so that a hundred would be charged as almost nothing."""
    mine, token = listed("LyingDecimalsToken")
    attack.may_extract(500)
    for decimals in (0, 18, 255):
        token.send(mine.agent, "setDecimals", decimals)
        with attack.accepted():
            pay_in(mine, token, 100 * USD)
        with attack.refused(errors.PaymentLimitExceeded, charge=100 * USD + 1):
            pay_in(mine, token, 100 * USD + 1)
    token.send(mine.agent, "setRefusesDecimals", True)
    with attack.accepted():
        pay_in(mine, token, 100 * USD)
    assert mine.wallet.spent("USD") == 400


def test_a13_decimals_that_change_before_the_next_mandate(attack, listed, new_mandate, budgets, other_agent, payee):
    """The token reports other decimals before the next mandate, so that it would be counted on another scale."""
    mine, token = listed("LyingDecimalsToken")
    token.send(mine.agent, "setDecimals", 18)
    again = mine.mandate.in_round(mine.wallet.round)
    with attack.refused(errors.TokenDecimalsMismatch, token=token.address, given=6, actual=18):
        mine.wallet.set_mandate(mine.principal, again)


@pytest.mark.parametrize("name", ["ReturnsFalseToken", "RevertingToken", "ReturnBombToken"])
def test_a18_a_batch_that_fails_halfway(name, attack, listed, usdc, payee):
    """Puts a failing payment before or after a valid one, so that money moves while the charge is reverted."""
    mine, token = listed(name)
    good, bad = (Pay(each.address, payee.address, 50) for each in (usdc, token))
    for batch in ([good, bad], [bad, good], [good, bad, good]):
        with {
            "ReturnsFalseToken": lambda: attack.refused(errors.SafeERC20FailedOperation, token=token.address),
            "RevertingToken": lambda: attack.refused_by_other("TokenRefused(address,address,uint256)"),
            "ReturnBombToken": lambda: attack.refused_by_other("Bomb(bytes)"),
        }[name]():
            mine.wallet.pay_batch(mine.agent, batch)
    assert mine.wallet.spent("USD") == 0


def test_a18_a_batch_with_a_refusing_payee(attack, rogue, new_rogue, other_agent, budgets, deploy, usdc, payee):
    """Pays ether to a payee that refuses it, after a payment that succeeds."""
    shy = deploy("MockPayee")
    shy.send(other_agent, "setRefuses", True)
    ether = replace(budgets[1], payees=(shy.address,))
    mine = new_rogue(key=other_agent, budgets=(budgets[0], ether))
    attack.watch(mine)
    with attack.refused(errors.NativePaymentRefused, payee=shy.address):
        mine.wallet.pay_batch(mine.agent, [Pay(usdc.address, payee.address, 50), Pay(NATIVE, shy.address, "0.1")])
    assert (mine.wallet.spent("USD"), mine.wallet.spent("ETH")) == (0, 0)


def test_a19_a_token_without_code(attack, listed, pay_in, web3, target):
    """The token destroys itself: a transfer succeeds without effect, and the balance reads as empty."""
    mine, token = listed("MockStablecoin", "Gone", "GONE", 6)
    code = web3.eth.get_code(token.address)
    web3.provider.make_request("anvil_setCode", [token.address, "0x"])
    with attack.refused(errors.TokenBalanceUnreadable, token=token.address):
        pay_in(mine, token, 100 * USD)
    with attack.refused(errors.TokenBalanceUnreadable, token=token.address):
        mine.wallet.call(mine.agent, target.address, TAKE)
    with attack.refused(errors.TokenHasNoCode, token=token.address):
        mine.wallet.set_mandate(mine.principal, mine.mandate.in_round(mine.wallet.round))
    web3.provider.make_request("anvil_setCode", [token.address, "0x" + bytes(code).hex()])


@pytest.mark.parametrize("answer", ["", "00", "01", "00" * 32, "00" * 31 + "02", "ff" * 32, "00" * 31])
def test_a19_a_token_with_malformed_return_data(answer, attack, listed, pay_in):
    """The token moves money and returns too little data, false, or a number that is not a boolean."""
    mine, token = listed("ShortReturnToken")
    token.send(mine.agent, "setAnswer", bytes.fromhex(answer))
    if answer == "":
        # Like USDT: no return data means success.
        attack.may_extract(100)
        with attack.accepted():
            pay_in(mine, token, 100 * USD)
        return
    with attack.refused(errors.SafeERC20FailedOperation, token=token.address):
        pay_in(mine, token, 100 * USD)


@pytest.mark.parametrize("name", ["ExtraFeeToken"])
@pytest.mark.parametrize("points", [1, 10_000, 100_000])
def test_a22_a_token_that_takes_a_fee_on_top(name, points, attack, listed, pay_in, target):
    """The token takes a fee from the wallet on top of the amount, from 0.01 percent up, by every action."""
    mine, token = listed(name)
    token.send(mine.agent, "setFee", points)
    with attack.refused(errors.TokenTookMore, token=token.address):
        pay_in(mine, token, 50 * USD)
    pull = token.call_data("transferFrom", mine.wallet.address, target.address, 50 * USD)
    target.send(mine.agent, "arm", token.address, pull, 1, True)
    with attack.refused(errors.TokenTookMore, token=token.address):
        mine.wallet.call(mine.agent, target.address, TAKE, pull=50, variant=3)


def test_a22_a_token_that_keeps_the_whole_amount(attack, listed, pay_in):
    """The token keeps the whole amount as a fee and returns it, to be paid again."""
    mine, token = listed("FeeOnTransferToken")
    attack.may_extract(500)
    token.send(mine.agent, "setFee", 10_000)
    for _ in range(4):
        with attack.accepted():
            pay_in(mine, token, 100 * USD)
    with attack.refused(errors.WindowLimitExceeded):
        pay_in(mine, token, 100 * USD)


@pytest.mark.parametrize("index", [10**18 - 1, 3 * 10**17, 15 * 10**17, 7 * 10**18])
def test_a23_a_rebasing_token(index, attack, listed, pay_in):
    """The token rebases before the payment, so that rounding favors the agent."""
    mine, token = listed("RebasingToken")
    token.send(mine.agent, "setIndex", index)
    attack.watch(mine, token)
    attack.may_extract(300)
    for units in (1, 99_999_999, 100 * USD):
        with attack.accepted():
            pay_in(mine, token, units)


# A20: refunds and loans


def test_a20_a_refund_during_a_call(attack, rogue, target, usdc, relayer, principal, take):
    """The target pulls everything and returns it in the same call, to pull it again."""
    usdc.send(relayer, "mint", target.address, 500 * USD)
    refund = usdc.call_data("transfer", rogue.wallet.address, 100 * USD)
    for _ in range(4):
        target.send(principal, "arm", usdc.address, refund, 1, True)
        with attack.accepted():
            take()
    assert rogue.wallet.spent("USD") == 400
    with attack.refused(errors.WindowLimitExceeded):
        take()


def test_a20_ether_refunded_during_the_payment(attack, rogue, colluder):
    """The payee returns the ether while it receives it, so that the balance doesn't change."""
    colluder.send(rogue.agent, "arm", [(rogue.wallet.address, 10**17, b"")])
    for _ in range(2):
        with attack.accepted():
            rogue.wallet.pay(rogue.agent, NATIVE, colluder.address, "0.1")
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        rogue.wallet.pay(rogue.agent, NATIVE, colluder.address, "0.1")
    assert rogue.wallet.web3.eth.get_balance(rogue.wallet.address) == 10 * 10**18


def test_a20_a_loan_that_hides_a_pull(attack, rogue, colluder, deploy, dai, usdc, take, relayer):
    """Borrows during the call and puts the loan into the wallet, to hide a pull by the principal's own approval."""
    lender = deploy("FlashLender")
    dai.send(relayer, "mint", lender.address, 1000 * 10**18)
    approve = dai.call_data("approve", colluder.address, 1000 * 10**18)
    rogue.wallet.execute(rogue.principal, WalletCall(dai.address, 0, approve))
    attack.watch(rogue)
    pull = dai.call_data("transferFrom", rogue.wallet.address, colluder.address, 1000 * 10**18)
    hide = dai.call_data("transfer", rogue.wallet.address, 1000 * 10**18)
    repay = dai.call_data("approve", lender.address, 1000 * 10**18)
    # A pull without a loan lowers the balance, which the wallet notices.
    colluder.send(rogue.agent, "arm", [(dai.address, 0, pull)])
    with attack.refused(errors.TokenTookMore, token=dai.address, amount=0):
        take(1, by=colluder)
    # A loan that equals the pull gains nothing. A loan that isn't repaid makes the lender revert.
    loan = lender.call_data("flashLoan", colluder.address, dai.address, 1000 * 10**18, b"")
    inner = [(dai.address, 0, hide), (dai.address, 0, pull), (dai.address, 0, repay)]
    colluder.send(rogue.agent, "arm", inner)
    with attack.accepted():
        colluder.send(rogue.agent, "perform", [(lender.address, 0, loan)], gas=AMPLE)
    results = colluder.read("results")
    assert [success for success, _ in results] == [True, True, True]
    # An incoming token doesn't compensate for an outgoing one.
    usdc.send(relayer, "mint", colluder.address, 1000 * USD)
    dai.send(relayer, "mint", rogue.wallet.address, 1)
    rogue.wallet.execute(rogue.principal, WalletCall(dai.address, 0, approve))
    attack.watch(rogue)
    swap = usdc.call_data("transfer", rogue.wallet.address, 1000 * USD)
    colluder.send(rogue.agent, "arm", [(dai.address, 0, pull), (usdc.address, 0, swap)])
    with attack.refused(errors.TokenTookMore, token=dai.address, amount=0):
        take(1, by=colluder)


# E25 and A41: approvals that the agent didn't make


def test_e25_a_pull_by_the_principals_own_approval(attack, rogue, colluder, usdt, take):
    """Uses the principal's own approval of a target during a call: with a pull of that token, of another, or of none."""
    approve = usdt.call_data("approve", colluder.address, 1000 * USD)
    rogue.wallet.execute(rogue.principal, WalletCall(usdt.address, 0, approve))
    attack.watch(rogue)
    pull = usdt.call_data("transferFrom", rogue.wallet.address, colluder.address, 100 * USD)
    colluder.send(rogue.agent, "arm", [(usdt.address, 0, pull)] * 2)
    with attack.refused(errors.ApprovalStands, token=usdt.address, target=colluder.address, amount=1000 * USD):
        take(100, by=colluder, token=usdt)
    for amount in (0, 100):
        with attack.refused(errors.TokenTookMore, token=usdt.address, amount=0):
            take(amount, by=colluder)
    assert usdt.read("allowance", rogue.wallet.address, colluder.address) == 1000 * USD


def test_h16_an_approval_put_back(attack, rogue, colluder, usdt, take, relayer):
    """Carries the principal's own revocation of an approval into the call, so that the wallet puts the approval back."""
    wallet, principal = rogue.wallet, rogue.principal
    approve, clear = (usdt.call_data("approve", colluder.address, units) for units in (1000 * USD, 0))
    calls = [WalletCall(usdt.address, 0, clear)]
    typed = wallet.execute_typed_data(calls, 7, 2**34)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=typed)).signature)
    clearing = wallet.call_data("executeSigned", [(usdt.address, 0, clear)], 0, 7, 2**34, signature)
    wallet.execute(principal, WalletCall(usdt.address, 0, approve))
    attack.watch(rogue)
    colluder.send(rogue.agent, "arm", [(wallet.address, 0, clearing)])
    with attack.refused(errors.ApprovalStands):
        take(100, by=colluder, token=usdt)
    wallet.execute_signed(relayer, calls, 7, 2**34, signature)
    with attack.accepted():
        take(100, by=colluder, token=usdt)
    assert usdt.read("allowance", wallet.address, colluder.address) == 0


def test_a41_a_token_that_refuses_to_clear_approvals(attack, listed, target):
    """The token refuses to set an approval to zero, so that the approval of a call would remain."""
    mine, token = listed("NoZeroApprovalToken")
    with attack.refused_by_other("ZeroApprovalRefused(address,address)"):
        mine.wallet.call(mine.agent, target.address, TAKE, pull=100, variant=3)
    assert token.read("allowance", mine.wallet.address, target.address) == 0


def test_a42_a_token_that_calls_back_during_approve(attack, listed, target, accomplice):
    """The token lets an accomplice pull during `approve`, before the wallet compares its balances."""
    mine, token = listed("ReentrantToken")
    attack.may_extract(100)
    for moment in (0, 1, 2):
        token.send(mine.agent, "setMoment", moment)
        steal = token.call_data("transferFrom", mine.wallet.address, accomplice.address, 100 * USD)
        token.send(mine.agent, "arm", token.address, steal, 2, False)
        with attack.accepted():
            mine.wallet.call(mine.agent, target.address, TAKE, pull=100, variant=3)
        assert not token.read("lastSuccess")
