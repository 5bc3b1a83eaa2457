"""A: listed tokens that lie, take more, call back, or play with balances, and refunds that are to hide a payment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from peculium import NATIVE, Call, Payment, Token
from peculium import exceptions as errors
from peculium.mandate import ZERO_HASH
from tests.attacks.conftest import AMPLE, TAKE

USD = 10**6


@pytest.fixture
def listed(attack, new_rogue, deploy, budgets, powers, other_agent, target, colluder):
    """An agent with one more token, which works with it: its wallet holds a thousand, and is at stake."""

    def create(name, *arguments):
        token = deploy(name, *arguments)
        tokens = (*budgets[0].tokens, Token(token.address, 6))
        agent = new_rogue(key=other_agent, budgets=(replace(budgets[0], tokens=tokens), budgets[1]))
        token.send(other_agent, "mint", agent.wallet.address, 1000 * USD)
        attack.watch(agent, token)
        return agent, token

    return create


@pytest.fixture
def pay_in(payee):
    """A payment in base units, whatever the token says of its decimals."""
    return lambda agent, token, units: agent.wallet.send(
        agent.agent, "pay", token.address, payee.address, units, ZERO_HASH
    )


def test_a13_decimals_that_change_after_the_listing(attack, listed, pay_in):
    """The token says 18, 255 or no decimals, so that a hundred of it are charged as next to nothing."""
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


def test_a13_decimals_that_change_before_the_next_grant(attack, listed, new_mandate, budgets, other_agent, payee):
    """The token says other decimals when the principal grants anew, to be counted by another scale."""
    mine, token = listed("LyingDecimalsToken")
    token.send(mine.agent, "setDecimals", 18)
    again = replace(mine.mandate, replaces=mine.wallet.last_mandate_hash)
    with attack.refused(errors.TokenDecimalsMismatch, token=token.address, given=6, actual=18):
        mine.wallet.set_mandate(mine.principal, again)


@pytest.mark.parametrize("name", ["ReturnsFalseToken", "RevertingToken", "ReturnBombToken"])
def test_a18_half_of_a_batch_that_fails(name, attack, listed, usdc, payee):
    """Puts a payment that fails behind one that doesn't, so that money moves and the counter is undone, or the other way."""
    mine, token = listed(name)
    good, bad = (Payment(each.address, payee.address, 50) for each in (usdc, token))
    for batch in ([good, bad], [bad, good], [good, bad, good]):
        with {
            "ReturnsFalseToken": lambda: attack.refused(errors.SafeERC20FailedOperation, token=token.address),
            "RevertingToken": lambda: attack.refused_by_other("TokenRefused(address,address,uint256)"),
            "ReturnBombToken": lambda: attack.refused_by_other("Bomb(bytes)"),
        }[name]():
            mine.wallet.pay_batch(mine.agent, batch)
    assert mine.wallet.spent("USD") == 0


def test_a18_a_payee_that_refuses_half_of_a_batch(attack, rogue, new_rogue, other_agent, budgets, deploy, usdc, payee):
    """Pays ether to a payee that refuses it, behind a payment that goes through."""
    shy = deploy("MockPayee")
    shy.send(other_agent, "setRefuses", True)
    ether = replace(budgets[1], payees=(shy.address,))
    mine = new_rogue(key=other_agent, budgets=(budgets[0], ether))
    attack.watch(mine)
    with attack.refused(errors.NativePaymentRefused, payee=shy.address):
        mine.wallet.pay_batch(
            mine.agent, [Payment(usdc.address, payee.address, 50), Payment(NATIVE, shy.address, "0.1")]
        )
    assert (mine.wallet.spent("USD"), mine.wallet.spent("ETH", 18)) == (0, 0)


def test_a19_a_token_whose_code_is_gone(attack, listed, pay_in, web3, target):
    """The token destroys itself, so that a transfer succeeds and moves nothing, and a balance reads as nothing."""
    mine, token = listed("MockStablecoin", "Gone", "GONE", 6)
    code = web3.eth.get_code(token.address)
    web3.provider.make_request("anvil_setCode", [token.address, "0x"])
    with attack.refused(errors.TokenBalanceUnreadable, token=token.address):
        pay_in(mine, token, 100 * USD)
    with attack.refused(errors.TokenBalanceUnreadable, token=token.address):
        mine.wallet.call(mine.agent, target.address, TAKE)
    with attack.refused(errors.TokenHasNoCode, token=token.address):
        mine.wallet.set_mandate(mine.principal, replace(mine.mandate, replaces=mine.wallet.last_mandate_hash))
    web3.provider.make_request("anvil_setCode", [token.address, "0x" + bytes(code).hex()])


@pytest.mark.parametrize("answer", ["", "00", "01", "00" * 32, "00" * 31 + "02", "ff" * 32, "00" * 31])
def test_a19_a_token_that_answers_with_anything(answer, attack, listed, pay_in):
    """The token moves money and then answers too little, no, or a number that is neither yes nor no."""
    mine, token = listed("ShortReturnToken")
    token.send(mine.agent, "setAnswer", bytes.fromhex(answer))
    if answer == "":
        # As USDT does: that is a yes.
        attack.may_extract(100)
        with attack.accepted():
            pay_in(mine, token, 100 * USD)
        return
    with attack.refused(errors.SafeERC20FailedOperation, token=token.address):
        pay_in(mine, token, 100 * USD)


@pytest.mark.parametrize("name", ["ExtraFeeToken"])
@pytest.mark.parametrize("points", [1, 10_000, 100_000])
def test_a22_a_token_that_takes_more(name, points, attack, listed, pay_in, target):
    """The token takes a fee from the wallet beside the amount, as little as a hundredth of a percent, by every verb."""
    mine, token = listed(name)
    token.send(mine.agent, "setFee", points)
    with attack.refused(errors.TokenTookMore, token=token.address):
        pay_in(mine, token, 50 * USD)
    pull = token.call_data("transferFrom", mine.wallet.address, target.address, 50 * USD)
    target.send(mine.agent, "arm", token.address, pull, 1, True)
    with attack.refused(errors.TokenTookMore, token=token.address):
        mine.wallet.call(mine.agent, target.address, TAKE, pull=(token.address, 50))


def test_a22_a_token_that_keeps_all_of_it(attack, listed, pay_in):
    """The token keeps the whole amount as a fee, and gives it back to be paid again."""
    mine, token = listed("FeeOnTransferToken")
    attack.may_extract(500)
    token.send(mine.agent, "setFee", 10_000)
    for _ in range(4):
        with attack.accepted():
            pay_in(mine, token, 100 * USD)
    with attack.refused(errors.WindowLimitExceeded):
        pay_in(mine, token, 100 * USD)


@pytest.mark.parametrize("index", [10**18 - 1, 3 * 10**17, 15 * 10**17, 7 * 10**18])
def test_a23_balances_that_move_without_a_transfer(index, attack, listed, pay_in):
    """The token rebases before the payment, so that amounts round in the agent's favor."""
    mine, token = listed("RebasingToken")
    token.send(mine.agent, "setIndex", index)
    attack.watch(mine, token)
    attack.may_extract(300)
    for units in (1, 99_999_999, 100 * USD):
        with attack.accepted():
            pay_in(mine, token, units)


# A20: refunds and loans


def test_a20_a_refund_in_the_middle(attack, rogue, target, usdc, relayer, principal, take):
    """The target pulls the whole and sends it back in the same call, to be pulled again and again."""
    usdc.send(relayer, "mint", target.address, 500 * USD)
    refund = usdc.call_data("transfer", rogue.wallet.address, 100 * USD)
    for _ in range(4):
        target.send(principal, "arm", usdc.address, refund, 1, True)
        with attack.accepted():
            take()
    assert rogue.wallet.spent("USD") == 400
    with attack.refused(errors.WindowLimitExceeded):
        take()


def test_a20_ether_that_comes_back_at_once(attack, rogue, colluder):
    """The payee sends ether back in the moment that it gets it, so that no balance ever tells."""
    colluder.send(rogue.agent, "arm", [(rogue.wallet.address, 10**17, b"")])
    for _ in range(2):
        with attack.accepted():
            rogue.wallet.pay(rogue.agent, NATIVE, colluder.address, "0.1")
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        rogue.wallet.pay(rogue.agent, NATIVE, colluder.address, "0.1")
    assert rogue.wallet.web3.eth.get_balance(rogue.wallet.address) == 10 * 10**18


def test_a20_a_loan_that_hides_what_was_pulled(attack, rogue, colluder, deploy, dai, usdc, take, relayer):
    """Borrows within the call and puts the loan into the wallet, so that a pull by the principal's own approval isn't seen; but
    a loan has to be given back."""
    lender = deploy("FlashLender")
    dai.send(relayer, "mint", lender.address, 1000 * 10**18)
    approve = dai.call_data("approve", colluder.address, 1000 * 10**18)
    rogue.wallet.execute(rogue.principal, Call(dai.address, 0, approve))
    attack.watch(rogue)
    pull = dai.call_data("transferFrom", rogue.wallet.address, colluder.address, 1000 * 10**18)
    hide = dai.call_data("transfer", rogue.wallet.address, 1000 * 10**18)
    repay = dai.call_data("approve", lender.address, 1000 * 10**18)
    # It pulls and puts nothing in instead: the drop is seen.
    colluder.send(rogue.agent, "arm", [(dai.address, 0, pull)])
    with attack.refused(errors.TokenTookMore, token=dai.address, amount=0):
        take(1, by=colluder)
    # It puts the loan in and pulls as much: nothing is won, and it can be given back. One that isn't ends the call of the lender.
    loan = lender.call_data("flashLoan", colluder.address, dai.address, 1000 * 10**18, b"")
    inner = [(dai.address, 0, hide), (dai.address, 0, pull), (dai.address, 0, repay)]
    colluder.send(rogue.agent, "arm", inner)
    with attack.accepted():
        colluder.send(rogue.agent, "perform", [(lender.address, 0, loan)], gas=AMPLE)
    results = colluder.read("results")
    assert [success for success, _ in results] == [True, True, True]
    # Nor is the one for the other: dollars that come in don't pay for those that go.
    usdc.send(relayer, "mint", colluder.address, 1000 * USD)
    dai.send(relayer, "mint", rogue.wallet.address, 1)
    rogue.wallet.execute(rogue.principal, Call(dai.address, 0, approve))
    attack.watch(rogue)
    swap = usdc.call_data("transfer", rogue.wallet.address, 1000 * USD)
    colluder.send(rogue.agent, "arm", [(dai.address, 0, pull), (usdc.address, 0, swap)])
    with attack.refused(errors.TokenTookMore, token=dai.address, amount=0):
        take(1, by=colluder)


# E25 and A41: approvals that aren't the agent's


def test_e25_the_principals_own_approval(attack, rogue, colluder, usdt, take):
    """Pulls by the principal's own approval of a target in the middle of a call, beside the pull, and leaves it larger or gone."""
    approve = usdt.call_data("approve", colluder.address, 1000 * USD)
    rogue.wallet.execute(rogue.principal, Call(usdt.address, 0, approve))
    attack.watch(rogue)
    attack.may_extract(200)
    pulls = [usdt.call_data("transferFrom", rogue.wallet.address, colluder.address, units) for units in (100 * USD, 1)]
    colluder.send(rogue.agent, "arm", [(usdt.address, 0, pull) for pull in pulls])
    with attack.accepted():
        take(100, by=colluder, token=usdt)
    attack.inner_calls(colluder.read("results"), None, errors.UnknownRevert)
    colluder.send(rogue.agent, "arm", [(usdt.address, 0, pulls[1])])
    with attack.accepted():
        take(100, by=colluder, token=usdt)
    assert usdt.read("allowance", rogue.wallet.address, colluder.address) == 1000 * USD


def test_a41_a_token_that_keeps_every_approval(attack, listed, target):
    """The token refuses to set an approval to zero, so that one for a call stays."""
    mine, token = listed("NoZeroApprovalToken")
    with attack.refused_by_other("ZeroApprovalRefused(address,address)"):
        mine.wallet.call(mine.agent, target.address, TAKE, pull=(token.address, 100))
    assert token.read("allowance", mine.wallet.address, target.address) == 0


def test_a42_a_token_that_calls_back_while_it_is_approved(attack, listed, target, accomplice):
    """The token lets an accomplice pull while the wallet approves, before the balances are compared."""
    mine, token = listed("ReentrantToken")
    attack.may_extract(100)
    for moment in (0, 1, 2):
        token.send(mine.agent, "setMoment", moment)
        steal = token.call_data("transferFrom", mine.wallet.address, accomplice.address, 100 * USD)
        token.send(mine.agent, "arm", token.address, steal, 2, False)
        with attack.accepted():
            mine.wallet.call(mine.agent, target.address, TAKE, pull=(token.address, 100))
        assert not token.read("lastSuccess")
