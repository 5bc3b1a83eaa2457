"""H: a guard as attacker, alone or with the agent, and an agent that wants to pay past its guard."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, CallRequest, ChequeBook, Floor, LimitedPayee, Pay, Token, errors
from tests.attacks.conftest import AMPLE, FAILURES, TAKE
from verification.testing.actions import action_of
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import Behavior, guard_selector, word

LEAST = Decimal("0.000001")
BALANCE_THAT_GROWS = "0x5f3560e01c806370a0823114601857" + "60e01b5f5260205ff3" + "5b5a195f5260205ff3"
"""A contract that agrees to everything, and whose `balanceOf` is the higher, the less gas is left."""
AGREEABLE_TOKEN = "0x5f3560e01c8063313ce567146018" + "5760e01b5f5260205ff3" + "5b60065f5260205ff3"
"""A contract that agrees to everything, and has six decimals."""
PRINCIPALS = ("withdraw", "withdrawAll", "liftMandate", "refuseAll", "revoke", "pause", "setMandate", "offerHandOver")


@pytest.fixture(scope="module")
def rogue(new_rogue, guard):
    """A rogue agent with a guard."""
    return new_rogue(guard=guard.address, cheque_books=())


@pytest.fixture
def charging(rogue, usdc, dai, payee, colluder, target, relayer, authorize, now):
    """Every action that charges, by name."""
    wallet, agent = rogue.wallet, rogue.agent
    batch = [Pay(usdc.address, payee.address, 1), Pay(dai.address, colluder.address, 1)]
    signed = wallet.sign_action(agent, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    return {
        "pay": lambda: wallet.pay(agent, usdc.address, payee.address, 1),
        "pay ether": lambda: wallet.pay(agent, NATIVE, payee.address, "0.01"),
        "pay a batch": lambda: wallet.pay_batch(agent, batch),
        "pull": lambda: wallet.call(agent, target.address, TAKE, pull=1),
        "call with ether": lambda: wallet.call(agent, colluder.address, TAKE, value="0.01"),
        "preauthorize": lambda: wallet.preauthorize(agent, authorize(1)),
        "relay": lambda: wallet.act(relayer, signed),
    }


# The agent against its guard


def test_h11_payments_that_the_guard_refuses(attack, charging, behave, guard):
    """The agent charges by every path while its guard refuses, or answers anything but its selector."""
    selector = guard_selector("onCharge")
    behave("onCharge", Behavior.REVERTS, b"no")
    for action in charging.values():
        with attack.refused(errors.GuardRefused, reason=b"no"):
            action()
    wrong = (b"", bytes(32), selector, word(selector)[:31], word(selector) + b"\0", word(guard_selector("accepts")))
    for answer in wrong:
        behave("onCharge", Behavior.ANSWERS, answer)
        with attack.refused(errors.GuardRefused, reason=answer):
            charging["pay"]()
    behave("onCharge", Behavior.REVERTS, word(selector))
    with attack.refused(errors.GuardRefused, reason=word(selector)):
        charging["pay"]()


def test_h11_calls_that_the_guard_refuses(attack, charging, behave):
    """The agent spends by calls of its accomplices what the guard doesn't let it pay."""
    behave("onCharge", Behavior.BURNS_GAS)
    for name in ("pull", "call with ether"):
        with attack.refused(errors.GuardRefused, reason=b""):
            charging[name]()


@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_h11_payments_after_the_guard_is_broken(code, attack, charging, guard, web3):
    """The guard fails, by accident or because somebody breaks it: then nothing is paid."""
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    for action in charging.values():
        with attack.refused(errors.GuardRefused, guard=guard.address):
            action()


def test_h11_too_little_gas_for_the_guard(attack, rogue, behave, usdc, payee, guard):
    """The agent gives each amount of gas from too little to enough, so that the guard's refusal fails."""
    behave("onCharge", Behavior.REVERTS, b"no")
    for gas in range(40_000, 300_000, 13_000):
        attack.attempts += 1
        with pytest.raises(errors.ContractError):
            rogue.wallet.send(rogue.agent, "pay", usdc.address, payee.address, 1, bytes(32), gas=gas)
    assert rogue.wallet.spent("USD") == 0


def test_h11_cheques_that_no_guard_is_asked_about(attack, regrant, powers, guard, usdc):
    """Has a cheque book granted beside the guard: cheques are settled without the wallet."""
    book = ChequeBook(usdc.address, 1, Decimal(1), timedelta(days=1))
    with attack.refused(errors.GuardBesideChequeBook, guard=guard.address):
        regrant(guard=guard.address, cheque_books=(book,))


def test_h11_a_guard_that_does_not_agree_to_the_mandate(attack, regrant, guard, behave):
    """Has a mandate set that names a guard which doesn't keep accounts for it."""
    behave("accepts", Behavior.REVERTS, b"not of this principal")
    with attack.refused(errors.GuardRefused, reason=b"not of this principal"):
        regrant(guard=guard.address, cheque_books=())


# The guard as a payee


def test_h11_money_for_the_guard(attack, rogue, guard, usdc, authorize, colluder, now):
    """The agent pays its guard: as payee, as relayer, by an authorization and by a requested call."""
    wallet, agent = rogue.wallet, rogue.agent
    with attack.refused(errors.PayeeNotListed, payee=guard.address):
        wallet.pay(agent, usdc.address, guard.address, LEAST)
    with attack.refused(errors.PayeeNotListed, payee=guard.address):
        wallet.preauthorize(agent, authorize(1, to=guard.address))
    with attack.refused(errors.CallNotListed, target=guard.address):
        wallet.call(agent, guard.address, TAKE, pull=0)
    with attack.refused(errors.TargetRefused, target=guard.address):
        wallet.request_call(agent, 0, CallRequest(guard.address, TAKE, now() + DAY, 1))
    pulling = (colluder.address, 0, TAKE, guard.address, 1, 0, bytes(32), now() + DAY)
    with attack.refused(errors.TargetRefused, target=colluder.address):
        wallet.send(agent, "requestCall", 0, pulling)
    fee = {"deadline": now() + DAY, "relayer": guard.address, "fee": (usdc.address, 1)}
    action = wallet.sign_action(agent, Pay(usdc.address, colluder.address, 1), **fee)
    relay = wallet.call_data("act", action.action, action.relay(), action.signature)
    attack.inner_calls(guard.read("perform", [(wallet.address, 0, relay)]), errors.PayeeNotListed)


def test_h11_a_guard_in_the_lists_of_its_mandate(attack, regrant, budgets, guard, usdc, payee):
    """Has the guard listed as payee, with a limit of its own, and as target."""
    listed = replace(budgets[0], payees=(payee.address, guard.address))
    limited = replace(budgets[0], limited_payees=(LimitedPayee(guard.address, 5),))
    for dollars in (listed, limited):
        with attack.refused(errors.PayeeRefused, payee=guard.address):
            regrant(guard=guard.address, cheque_books=(), budgets=(dollars, budgets[1]))
    rule = call_rule(guard.address, "take()", token=usdc.address, pull_limit=100)
    with attack.refused(errors.TargetRefused, target=guard.address):
        regrant(guard=guard.address, cheque_books=(), calls=(rule,))


def test_h11_a_guard_among_the_strangers(attack, rogue, regrant, budgets, guard, usdc, authorize):
    """Pays the guard as a stranger, which a mandate allows for everybody else."""
    dollars = replace(budgets[0], stranger_payment_limit=5, stranger_window_limit=5)
    regrant(guard=guard.address, cheque_books=(), budgets=(dollars, budgets[1]))
    with attack.refused(errors.PayeeNotListed, payee=guard.address):
        rogue.wallet.pay(rogue.agent, usdc.address, guard.address, LEAST)
    with attack.refused(errors.PayeeNotListed, payee=guard.address):
        rogue.wallet.preauthorize(rogue.agent, authorize(1, to=guard.address))


def test_h11_a_guard_that_reports_the_gain(attack, rogue, regrant, target, usdc, deploy, web3):
    """The guard is the token of a floor and reports a balance that grows with every call: any price would do."""
    coin = deploy("GuardDouble")
    web3.provider.make_request("anvil_setCode", [coin.address, BALANCE_THAT_GROWS])
    rule = call_rule(target.address, "take()", token=usdc.address, pull_limit=100, floor=Floor(coin.address, 1, 10**6))
    with attack.refused(errors.GuardIsToken, guard=coin.address):
        regrant(guard=coin.address, cheque_books=(), calls=(rule,))


def test_h11_a_listed_token_as_guard(attack, regrant, budgets, usdc, dai, usdt, deploy, web3):
    """The wallet sends transfers and approvals to its tokens, so none of them may be its guard, even if it agrees."""
    coin = deploy("GuardDouble")
    web3.provider.make_request("anvil_setCode", [coin.address, AGREEABLE_TOKEN])
    dollars = replace(budgets[0], tokens=(*budgets[0].tokens, Token(coin.address, 6)))
    for token in (usdc, dai, usdt, coin):
        with attack.refused(errors.GuardIsToken, guard=token.address):
            regrant(guard=token.address, cheque_books=(), budgets=(dollars, budgets[1]))


# The guard with the agent


def test_h11_a_guard_that_agrees_to_everything(attack, rogue, drain, pay, charging, usdc, accomplice):
    """The guard is the agent's accomplice and agrees to everything. The wallet's own limits stay."""
    attack.may_extract(500)
    with attack.accepted():
        drain()
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay(LEAST)
    with attack.refused(errors.PaymentLimitExceeded):
        pay("100.000001")
    with attack.refused(errors.PayeeNotListed):
        pay(1, to=accomplice.address)


@pytest.fixture
def mine(key_and_guard):
    """An agent whose key is its guard."""
    return key_and_guard


@pytest.fixture
def acting(mine, relayer, usdc, payee, target, authorize, now, bundler, operate):
    """What others relay for the agent, by name: the guard is asked in each."""
    wallet = mine.wallet

    def relay(name, *arguments, **terms):
        action = wallet.sign_action(mine.key, action_of(name, *arguments), deadline=now() + DAY, **terms)
        wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=AMPLE)

    def operated():
        action = wallet.action(Pay(usdc.address, payee.address, 1))
        bundler.wait(bundler.send(operate(wallet, mine.key, action, call_gas_limit=AMPLE)))

    return {
        "a payment": lambda: relay("pay", usdc.address, payee.address, 1),
        "a batch": lambda: relay("pay_batch", [Pay(usdc.address, payee.address, 1)]),
        "a call": lambda: relay("call", target.address, TAKE, 0, 1),
        "a pre-authorization": lambda: relay("preauthorize", authorize(1)),
        "an operation": operated,
    }


@pytest.mark.parametrize("site", ["a payment", "a batch", "a call", "a pre-authorization", "an operation"])
def test_h11_reentry_while_the_guard_is_asked(site, attack, mine, inner, acting, guard, relayer):
    """The guard, which is also the agent key, reenters every function that changes state."""
    attack.may_extract(1)
    steps, refusals = inner
    guard.send(relayer, "arm", steps, gas=30_000_000)
    with attack.accepted():
        acting[site]()
    if site == "an operation":
        # The EntryPoint is locked too.
        refusals[-1] = errors.ContractError
    results = guard.read("results")
    attack.inner_calls(results[:-1], *refusals[:-1])
    assert mine.wallet.spent("USD") == 1


def test_h11_a_stop_while_the_guard_is_asked(attack, rogue, charging, guard, suite, relayer):
    """The guard is a guardian, and stops the agent while it is asked: what it was asked about isn't paid."""
    suite.switch.set_guardian(rogue.principal, guard.address)
    for function, error in (("revoke", errors.AgentIsRevoked), ("pause", errors.AgentIsPaused)):
        stop = suite.switch.call_data(function, rogue.principal.address, rogue.wallet.address)
        guard.send(relayer, "arm", [(suite.switch.address, 0, stop)])
        for action in charging.values():
            with attack.refused(error):
                action()


def test_h11_a_mandate_set_while_the_guard_is_asked(
    attack, rogue, regrant, new_mandate, budgets, powers, charging, guard, relayer
):
    """The guard carries the next signed mandate, without a guard, while it is asked under the present one."""
    wallet = rogue.wallet
    after = new_mandate(**{"budgets": budgets, **powers, "cheque_books": ()}).in_round(wallet.round)
    signable = after.signable(wallet.address, wallet.web3.eth.chain_id)
    both = [bytes(account.sign_message(signable).signature) for account in (rogue.principal, rogue.agent)]
    install = wallet.call_data("setMandateSigned", after.as_tuple(), *both)
    guard.send(relayer, "arm", [(wallet.address, 0, install)], gas=AMPLE)
    for action in charging.values():
        with attack.refused(errors.MandateChanged, mandate_hash=wallet.last_mandate_hash):
            action()


# The way out


@pytest.mark.parametrize("way_out", PRINCIPALS)
@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_h11_money_held_hostage_by_the_guard(
    code, way_out, attack, rogue, suite, guard, usdc, other_principal, payee, new_mandate, budgets, powers, web3, now
):
    """The guard fails at everything, so that the principal can't get away from it."""
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    wallet, principal = rogue.wallet, rogue.principal
    with attack.refused(errors.GuardRefused, guard=guard.address):
        wallet.pay(rogue.agent, usdc.address, payee.address, 1)
    free = new_mandate(**{"budgets": budgets, **powers, "cheque_books": ()}).in_round(wallet.round)
    ways = {
        "withdraw": lambda: wallet.withdraw(principal, usdc.address, other_principal.address, 10),
        "withdrawAll": lambda: wallet.withdraw_all(principal, NATIVE, other_principal.address),
        "liftMandate": lambda: wallet.lift_mandate(principal),
        "refuseAll": lambda: wallet.refuse_all(principal),
        "revoke": lambda: suite.switch.revoke(principal, wallet.address),
        "pause": lambda: suite.switch.pause(principal, wallet.address),
        "setMandate": lambda: wallet.set_mandate(principal, free),
        "offerHandOver": lambda: wallet.offer_hand_over(principal, other_principal.address, now() + DAY),
    }
    with attack.accepted():
        ways[way_out]()
    if way_out == "withdraw":
        attack.may_extract()
        attack.principal_paid(10)
    elif way_out == "withdrawAll":
        attack.principal_paid(0, 10)
    elif way_out == "setMandate":
        attack.may_extract(1)
        wallet.pay(rogue.agent, usdc.address, payee.address, 1)
    elif way_out == "offerHandOver":
        wallet.accept_hand_over(other_principal)
        wallet.offer_hand_over(other_principal, principal.address, now() + DAY)
        wallet.accept_hand_over(principal)
