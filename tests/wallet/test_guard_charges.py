"""What the guard is asked about a charge, when, and what may happen while it answers (I34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import Budget, CallRequest, CancelRequest, LimitedPayee, Pay, Token, Window, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guard_fixtures import PATHS, TAKE, USD
from verification.testing.guards import Behavior
from verification.testing.refusals import refuses
from verification.testing.snapshots import revert


@pytest.fixture
def created(checkpoint, guarded):
    return checkpoint.share("created", guarded)


# The guard is no payee


def test_guard_is_no_stranger(created, guard, usdc, relayer, now):
    with refuses(errors.PayeeNotListed, payee=guard.address, token=usdc.address):
        created.wallet.pay(created.agent, usdc.address, guard.address, 1)
    # As the relayer neither.
    fee = {"relayer": guard.address, "fee": (usdc.address, 1), "deadline": now() + DAY}
    action = created.wallet.sign_action(created.agent, Pay(usdc.address, relayer.address, 1), **fee)
    data = created.wallet.call_data("act", action.action, action.relay(), action.signature)
    ((success, reason),) = guard.read("perform", [(created.wallet.address, 0, data)])
    assert (success, reason[:4]) == (False, keccak(text="PayeeNotListed(address,address)")[:4])
    assert created.wallet.read("isPayee", usdc.address, guard.address) is False


def test_guard_of_another_mandate_is_a_stranger(guard, guarded, deploy, usdc, other_agent):
    other = deploy("GuardDouble")
    later = guarded(guard=other.address, key=other_agent)
    later.wallet.pay(later.agent, usdc.address, guard.address, 1)
    with refuses(errors.PayeeNotListed, payee=other.address):
        later.wallet.pay(later.agent, usdc.address, other.address, 1)


def test_refuses_a_pre_authorization_to_the_guard(created, authorization, guard):
    with refuses(errors.PayeeNotListed, payee=guard.address):
        created.wallet.preauthorize(created.agent, replace(authorization, payee=guard.address, amount=1))


def test_refuses_a_requested_call_of_the_guard(created, guard, target, now):
    request = CallRequest(guard.address, TAKE, now() + DAY)
    with refuses(errors.TargetRefused, target=guard.address):
        created.wallet.request_call(created.agent, 0, request)
    created.wallet.request_call(created.agent, 0, replace(request, target=target.address))


def test_refuses_a_requested_pull_of_the_guard(created, guard, target, now):
    """Otherwise the wallet would call the guard as if it were a token."""
    request = CallRequest(target.address, TAKE, now() + DAY)
    units = list(request.as_tuple(0))
    units[3:5] = [guard.address, 1]
    with refuses(errors.TargetRefused, target=target.address):
        created.wallet.send(created.agent, "requestCall", 0, tuple(units))


# The wallet's own limits come first


@pytest.fixture
def beyond(
    created, suite, usdc, dai, payee, stranger, guardian, target, deploy, now, time_travel, relayer, authorization
):
    """Actions beyond a limit of the wallet, each with its error. The fixture itself spends nothing."""
    wallet, agent = created.wallet, created.agent
    other = deploy("MockStablecoin", "Other", "OTH", 6)

    def pay(amount=1, token=usdc, to=payee, by=agent):
        return lambda: wallet.pay(by, token.address, to.address, amount)

    def used_up(amount, to=payee, times=1, last=1):
        def use():
            for _ in range(times):
                pay(amount, to=to)()
            return pay(last, to=to)

        return use

    def stopped():
        suite.switch.pause(created.principal, wallet.address)
        return pay()

    def ended():
        time_travel(to=created.mandate.valid_until)
        return pay()

    def lifted():
        wallet.lift_mandate(created.principal)
        return pay()

    return {
        "token": (errors.TokenNotListed, lambda: pay(token=other)),
        "payee": (errors.PayeeNotListed, lambda: pay(to=dai)),
        "amount": (errors.ZeroAmount, lambda: pay(0)),
        "payment": (errors.PaymentLimitExceeded, lambda: pay(101)),
        "window": (errors.WindowLimitExceeded, used_up(100, times=5)),
        "payee's limit": (errors.PayeeLimitExceeded, used_up(30, to=guardian)),
        "stranger's payment": (errors.StrangerPaymentLimitExceeded, lambda: pay(21, to=stranger)),
        "strangers' window": (errors.StrangerWindowLimitExceeded, used_up(20, to=stranger, times=2)),
        "caller": (errors.NotAgentKey, lambda: pay(by=relayer)),
        "stop": (errors.AgentIsPaused, stopped),
        "end": (errors.MandateExpired, ended),
        "no mandate": (errors.NoMandate, lifted),
        "call": (errors.CallNotListed, lambda: lambda: wallet.call(agent, target.address, b"1234")),
        "value": (
            errors.CallValueExceeded,
            lambda: lambda: wallet.call(agent, target.address, TAKE, value=Decimal("1.5")),
        ),
        "pull": (errors.PullLimitExceeded, lambda: lambda: wallet.call(agent, target.address, TAKE, pull=51)),
        "authorization's end": (
            errors.InvalidAuthorizationEnd,
            lambda: lambda: wallet.preauthorize(agent, replace(authorization, valid_before=now())),
        ),
    }


BEYOND = (
    "token",
    "payee",
    "amount",
    "payment",
    "window",
    "payee's limit",
    "stranger's payment",
    "strangers' window",
    "caller",
    "stop",
    "end",
    "no mandate",
    "call",
    "value",
    "pull",
    "authorization's end",
)


def test_asks_after_the_targets_own_limit(created, guarded, target, usdc, other_agent, behave, new_mandate):
    """A target of a call can be a payee with a limit too."""
    limited = LimitedPayee(target.address, 5)
    rule = call_rule(target.address, "take()", token=usdc.address, pull_limit=50)
    budgets = new_mandate(limited_payees=(limited,)).budgets
    agent = guarded(key=other_agent, budgets=budgets, calls=(rule,))
    behave("onCharge", Behavior.REVERTS, b"no")
    with refuses(errors.PayeeLimitExceeded, payee=target.address, charge=5 * USD + 1, remaining=5 * USD):
        agent.wallet.call(agent.agent, target.address, TAKE, pull="5.000001")
    with refuses(errors.GuardRefused, reason=b"no"):
        agent.wallet.call(agent.agent, target.address, TAKE, pull=5)


@pytest.mark.parametrize("limit", BEYOND)
def test_asks_only_what_the_wallet_itself_allows(limit, beyond, behave):
    """The error is the wallet's, though the guard refuses too."""
    assert tuple(beyond) == BEYOND
    error, prepare = beyond[limit]
    action = prepare()
    behave("onCharge", Behavior.REVERTS, b"no")
    with refuses(error):
        action()


def test_agreement_lifts_no_limit(beyond):
    """The guard agrees to everything, and every limit of the wallet stays."""
    for name in ("token", "payee", "amount", "payment", "stranger's payment", "caller", "call", "value", "pull"):
        error, prepare = beyond[name]
        with refuses(error):
            prepare()()


# What is asked


@pytest.mark.parametrize("path", PATHS)
def test_asks_about_every_charge_with_its_values(path, created, paths, guard_calls):
    action, charges = paths[path]
    asked = guard_calls(action())
    assert [call.arguments["charge"] for call in asked] == charges
    assert {(call.function, call.kind, call.caller) for call in asked} == {("onCharge", "CALL", created.wallet.address)}


def test_asks_about_the_fee_alone_when_the_action_charges_nothing(
    created, charged, payment_request, usdc, relayer, now, guard_calls
):
    created.wallet.request_payment(created.agent, 0, payment_request)
    terms = {"relayer": relayer.address, "fee": (usdc.address, 1), "nonce": 9, "deadline": now() + DAY}
    action = created.wallet.sign_action(created.agent, CancelRequest(0, payment_request), **terms)
    (asked,) = guard_calls(created.wallet.act(relayer, action))
    assert asked.arguments["charge"] == charged(to=relayer.address, ref=(9).to_bytes(32))


def test_asks_about_the_largest_amount_and_the_largest_charge(guarded, deploy, payee, guard_calls):
    """An amount of 128 bits, and a charge of 96."""
    token = deploy("MockStablecoin", "Fine", "FINE", 18)
    most = Decimal(2**96 - 1)
    budget = Budget(
        "FINE",
        most,
        most,
        (Window(timedelta(days=1), most),),
        (Token(token.address, 18),),
        (payee.address,),
        decimals=0,
    )
    created = guarded(budgets=(budget,), calls=())
    amount = min((2**96 - 1) * 10**18, 2**128 - 1)
    token.send(created.agent, "mint", created.wallet.address, amount)
    (asked,) = guard_calls(
        created.wallet.send(created.agent, "pay", token.address, payee.address, amount, b"\xff" * 32)
    )
    charge = asked.arguments["charge"]
    assert (charge["amount"], charge["charge"], charge["ref"]) == (amount, -(-amount // 10**18), b"\xff" * 32)


def test_asks_once_the_charge_is_in_the_ledger(created, usdc, payee, guard, relayer):
    """A guard that reads the wallet finds the charge in it, and the money too."""
    wallet = created.wallet
    reads = [wallet.call_data("spent", "USD"), usdc.call_data("balanceOf", wallet.address)]
    guard.send(relayer, "arm", [(wallet.address, 0, reads[0]), (usdc.address, 0, reads[1])])
    balance = usdc.read("balanceOf", wallet.address)
    wallet.pay(created.agent, usdc.address, payee.address, 3)
    assert [int.from_bytes(data) for _, data in guard.read("results")] == [3 * USD, balance]


@pytest.mark.parametrize("path", [path for path in PATHS if not path.startswith("act")])
def test_changes_the_same_as_without_a_guard(path, created, paths, state, web3):
    """I34. Compares the state after an action with the state after the same action under a mandate without a guard."""

    def amounts():
        dollars, ether, *rest = state()
        held = [(each.charge, each.struct) for each in rest.pop(3)]
        budgets = [(each.now, each.lifetime, each.pending, each.now_to_stranger) for each in (dollars, ether)]
        return budgets, held, rest

    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    paths[path][0]()
    guarded = amounts()
    revert(web3, snapshot)
    free = replace(created.mandate, guard=ZERO_ADDRESS).in_round(created.wallet.round)
    created.wallet.send(created.principal, "setMandate", free.as_tuple())
    paths[path][0]()
    assert amounts() == guarded
