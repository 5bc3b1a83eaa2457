"""H: a guard as attacker when it is notified that an authorization was closed, and attackers who close without notifying it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import NATIVE, CallRequest, FleetBudget, Preauthorize, WalletCall, Window, errors
from peculium.contract import refusal_of
from tests.attacks.conftest import AMPLE, FAILURES, SETTLE
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import CLOSE_GAS, Behavior, calling_code
from verification.testing.snapshots import revert

USD = keccak(text="USD")
LEAST = Decimal("0.000001")
OUT_OF_GAS, FAILED, SUCCEEDED = 0, 1, 2
"""The outcomes of the call of `calling_code`."""


@pytest.fixture(scope="module")
def rogue(new_rogue, guard):
    """A rogue agent with a guard."""
    return new_rogue(guard=guard.address, cheque_books=())


@pytest.fixture
def mine(key_and_guard):
    """An agent whose key is its guard."""
    return key_and_guard


@pytest.fixture
def close(rogue, relayer):
    """Closes authorizations of the rogue."""
    return lambda *made: rogue.wallet.close_authorizations(relayer, "USD", made)


@pytest.fixture
def tell(web3, guard):
    """Replaces the guard's code by one that makes a call. `tell.outcome` reads what became of the call."""

    def make(to, data):
        web3.provider.make_request("anvil_setCode", [guard.address, calling_code(to, data)])
        web3.provider.make_request("anvil_setStorageAt", [guard.address, "0x0", "0x" + "00" * 32])

    make.outcome = lambda: int.from_bytes(web3.eth.get_storage_at(guard.address, 0))
    return make


# The guard calls back


@pytest.fixture
def pending(mine, authorize, relayer, now):
    """Authorizations of the agent that can be closed at once."""

    def make(count):
        for i in range(count):
            later = replace(authorize(LEAST), nonce=i.to_bytes(32))
            action = mine.wallet.sign_action(mine.key, Preauthorize(later), deadline=now() + DAY)
            mine.wallet.send(relayer, "act", action.action, action.relay(), action.signature, gas=AMPLE)
        mine.wallet.refuse_all(mine.agent.principal)
        return [each.as_tuple() for each in mine.wallet.held_authorizations()]

    return make


def test_h11_reentry_while_the_guard_is_notified(attack, mine, inner, pending, tell, relayer):
    """The guard, which is also the agent key, reenters every function when an authorization is closed."""
    steps = inner[0][:-1]
    made = pending(len(steps))
    outcomes = []
    for (to, _, data), each in zip(steps, made, strict=True):
        tell(to, data)
        with attack.accepted():
            mine.wallet.send(relayer, "closeAuthorizations", USD, [each], gas=AMPLE)
        outcomes.append(tell.outcome())
    # The last two are relays. The guard is asked about their signature, and calls again without end.
    assert outcomes == [FAILED] * (len(steps) - 2) + [OUT_OF_GAS] * 2
    assert (mine.wallet.spent("USD"), mine.wallet.remaining("USD").pending) == (0, 0)


@pytest.mark.parametrize("number", [0, 2, 5], ids=["pay", "call", "closeAuthorizations"])
def test_h11_the_lock_while_the_guard_is_notified(number, attack, mine, inner, pending, guard, relayer):
    """The same, and the reason why the agent's own functions fail."""
    steps, refusals = inner
    (made,) = pending(1)
    guard.send(relayer, "arm", [steps[number]])
    mine.wallet.send(relayer, "closeAuthorizations", USD, [made], gas=AMPLE)
    attack.inner_calls(guard.read("results"), refusals[number])


def test_h11_another_authorization_settled_while_the_guard_is_notified(
    attack, rogue, authorize, close, tell, usdc, now, time_travel
):
    """While one authorization is closed, the guard settles another, which has ended or is still open."""
    attack.may_extract(50)
    short = [replace(authorize(amount), valid_before=now() + 60) for amount in (20, 30)]
    open_one = authorize(50)
    for each in (*short, open_one):
        rogue.wallet.preauthorize(rogue.agent, each)
    time_travel(to=short[0].valid_before)

    def settling(made):
        _, _, to, amount, after, before, nonce, _, _ = made.as_tuple()
        return usdc.call_data(SETTLE, rogue.wallet.address, to, amount, after, before, nonce, b"\0")

    with attack.refused(errors.AuthorizationOpen):
        close(*short, open_one)
    tell(usdc.address, settling(short[1]))
    with attack.accepted():
        close(short[0])
    assert tell.outcome() == FAILED
    tell(usdc.address, settling(open_one))
    with attack.accepted():
        close(short[1])
    assert tell.outcome() == SUCCEEDED
    assert (rogue.wallet.remaining("USD").pending, rogue.wallet.spent("USD")) == (50, 50)
    close(open_one)
    assert (rogue.wallet.remaining("USD").pending, rogue.wallet.spent("USD")) == (0, 50)


def test_h12_a_close_with_too_little_gas(attack, rogue, authorize, behave, guard, accomplice, now, time_travel, web3):
    """Closes with each amount of gas from too little to enough, so that the guard misses it and counts the charge for ever."""
    made = replace(authorize(1), valid_before=now() + 60)
    rogue.wallet.preauthorize(rogue.agent, made)
    time_travel(to=made.valid_before)
    data = rogue.wallet.call_data("closeAuthorizations", USD, [made.as_tuple()])
    notified = guard.read("touches")
    behave("onClose", Behavior.AGREES)
    refused = 0
    for gas in range(60_000, 360_000, 10_000):
        snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
        attack.attempts += 1
        try:
            rogue.wallet.send(accomplice, "closeAuthorizations", USD, [made.as_tuple()], gas=gas)
        except errors.ContractError:
            refused += 1
        else:
            assert guard.read("touches") == notified + 1, f"the guard missed it with {gas} gas"
        revert(web3, snapshot)
    assert 0 < refused < attack.attempts
    transaction = {"from": accomplice.address, "to": rogue.wallet.address, "data": data, "gas": CLOSE_GAS}
    with attack.refused(errors.GasTooLow):
        try:
            web3.eth.call(transaction)
        except Exception as error:
            raise refusal_of(error) from None


def test_h12_a_close_after_the_guard_was_replaced(attack, rogue, regrant, authorize, close, guard, deploy):
    """Has another guard granted, or none, so that the one that counted the charge isn't notified of its end."""
    other = deploy("GuardDouble")
    for later in (other.address, "0x" + "00" * 20):
        regrant(guard=guard.address, cheque_books=())
        made = authorize(1)
        rogue.wallet.preauthorize(rogue.agent, made)
        regrant(guard=later, cheque_books=())
        notified = guard.read("touches")
        with attack.accepted():
            close(made)
        assert guard.read("touches") == notified + 1
        with attack.refused(errors.AuthorizationUnknown):
            close(made)
    assert other.read("touches") == 0


@pytest.mark.parametrize("code", FAILURES.values(), ids=FAILURES)
def test_h12_a_close_that_the_guard_prevents(code, attack, rogue, authorize, close, pay, guard, web3, now, time_travel):
    """The guard fails when it is notified, so that charges stay pending and hold the budget."""
    made = [replace(authorize(100), valid_before=now() + 60) for _ in range(5)]
    for each in made:
        rogue.wallet.preauthorize(rogue.agent, each)
    with attack.refused(errors.WindowLimitExceeded, remaining=0):
        pay(LEAST)
    time_travel(to=made[0].valid_before)
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    with attack.accepted():
        close(*made)
    remaining = rogue.wallet.remaining("USD")
    assert (remaining.pending, remaining.window, rogue.wallet.spent("USD")) == (0, 500, 0)


# Other principals against a fleet


@pytest.fixture
def fleet(rogue, suite, web3, deploy, regrant):
    """A fleet budget of 1,000 dollars a day that the rogue's mandate names."""
    budget = FleetBudget(web3, deploy("FleetBudget", suite.factory.address, rogue.principal.address).address)
    budget.set_budget(rogue.principal, "USD", 10_000, [Window(timedelta(days=1), 1_000)])
    budget.set_budget(rogue.principal, "ETH", 10, [Window(timedelta(days=1), 1)], decimals=18)
    regrant(guard=budget.address, cheque_books=())
    return budget


@pytest.fixture
def outsider(attack, new_rogue, other_principal, other_agent):
    """An agent of another principal, in a genuine wallet of the same factory."""
    agent = new_rogue(by=other_principal, key=other_agent, cheque_books=())
    attack.watch(agent)
    return agent


@pytest.fixture
def invent(outsider, fleet, usdc, new_mandate, budgets, powers, relayer, now):
    """The ways in which a principal could make its wallet call the fleet, by name. Each takes the calldata."""
    wallet, principal = outsider.wallet, outsider.principal

    def nested(call, function):
        arguments = call.as_tuple() if function == "execute" else ([call.as_tuple()],)
        return WalletCall(wallet.address, 0, wallet.call_data(function, *arguments))

    def signed(call):
        data = wallet.execute_typed_data([call], 0, now() + DAY)
        signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
        return wallet.execute_signed(relayer, [call], 0, now() + DAY, signature)

    def ruled(call):
        rule = call_rule(fleet.address, call.data[:10], token=usdc.address)
        mandate = new_mandate(
            **{"budgets": budgets, **powers, "cheque_books": (), "calls": (rule,)},
            principal=principal.address,
            agent_key=outsider.agent.address,
        )
        wallet.send(principal, "setMandate", mandate.in_round(wallet.round).as_tuple())

    return {
        "execute": lambda call: wallet.execute(principal, call),
        "executeBatch": lambda call: wallet.execute_batch(principal, [call]),
        "executeSigned": signed,
        "execute in execute": lambda call: wallet.execute(principal, nested(call, "execute")),
        "executeBatch in executeBatch": lambda call: wallet.execute_batch(principal, [nested(call, "executeBatch")]),
        "execute in executeSigned": lambda call: signed(nested(call, "execute")),
        "a call rule": ruled,
        "a requested call": lambda call: wallet.request_call(
            outsider.agent, 0, CallRequest(call.target, call.data, now() + DAY)
        ),
    }


WAYS = (
    "execute",
    "executeBatch",
    "executeSigned",
    "execute in execute",
    "executeBatch in executeBatch",
    "execute in executeSigned",
    "a call rule",
    "a requested call",
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("settled", [False, True])
def test_h12_closings_that_another_principal_invents(
    settled, way, attack, rogue, fleet, outsider, invent, authorize, accomplice
):
    """The principal of another genuine wallet reports a closing that never was, to free the fleet's budget for the rogue."""
    rogue.wallet.preauthorize(rogue.agent, authorize(100))
    before = (fleet.remaining("USD"), fleet.spent("USD"))
    assert before[0].pending == 100
    call = WalletCall(fleet.address, 0, fleet.call_data("onClose", USD, 100 * 10**6, settled))
    assert tuple(invent) == WAYS
    with attack.refused(errors.ReservedForGuards, target=fleet.address):
        invent[way](call)
    with attack.refused(errors.NotAWallet, sender=accomplice.address):
        fleet.send(accomplice, "onClose", USD, 100 * 10**6, settled)
    assert (fleet.remaining("USD"), fleet.spent("USD")) == before


@pytest.mark.parametrize("way", WAYS)
def test_h11_charges_that_another_principal_invents(way, attack, rogue, fleet, outsider, invent, payee, accomplice):
    """The principal of another genuine wallet reports charges that never were, to use up the fleet's budget."""
    named = (rogue.principal.address, USD, NATIVE, payee.address, 1, 1_000 * 10**6, bytes(32), True)
    call = WalletCall(fleet.address, 0, fleet.call_data("onCharge", named))
    with attack.refused(errors.ReservedForGuards, target=fleet.address):
        invent[way](call)
    with attack.refused(errors.NotAWallet, sender=accomplice.address):
        fleet.send(accomplice, "onCharge", named)
    assert (fleet.remaining("USD").now, fleet.spent("USD")) == (1_000, 0)


def test_h11_a_mandate_under_the_fleet_of_another_principal(attack, outsider, fleet, new_mandate, budgets, powers):
    """Another principal sets a mandate that names the fleet, so that its payments use up the fleet's budget."""
    mandate = new_mandate(
        **{"budgets": budgets, **powers, "cheque_books": ()},
        guard=fleet.address,
        principal=outsider.principal.address,
        agent_key=outsider.agent.address,
    ).in_round(outsider.wallet.round)
    with attack.refused(errors.GuardRefused, guard=fleet.address):
        outsider.wallet.send(outsider.principal, "setMandate", mandate.as_tuple())
