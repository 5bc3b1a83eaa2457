"""The guard that agreed to an authorization is notified of its closing, once, and can't prevent it (I34)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_utils import keccak

from peculium import errors
from peculium.contract import refusal_of
from peculium.devnet.anvil import rpc
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.guard_fixtures import USD
from verification.testing.guards import CLOSE_GAS, DESTROYABLE, Behavior, calls_of_guard
from verification.testing.refusals import refuses

CURRENCY = keccak(text="USD")
LEAST_GAS = CLOSE_GAS + 10_000
"""What must be available for each call of a guard: what it gets, and what calling it costs."""


@pytest.fixture
def created(checkpoint, guarded):
    return checkpoint.share("created", guarded)


@pytest.fixture
def lapsed(created, authorization, time_travel):
    """Three authorizations that have ended, of 1, 2 and 3 dollars."""
    made = [
        replace(authorization, amount=(i + 1) * USD, nonce=bytes([i]) * 32, valid_before=authorization.valid_before)
        for i in range(3)
    ]
    for each in made:
        created.wallet.preauthorize(created.agent, each)
    time_travel(to=authorization.valid_before)
    return made


@pytest.fixture
def close(created, stranger):
    """Closes authorizations as a stranger."""
    return lambda *made: created.wallet.close_authorizations(stranger, "USD", made)


@pytest.fixture
def set_mandate(created):
    """Sets the same mandate again, with another guard or with none."""

    def again(guard=ZERO_ADDRESS):
        mandate = replace(created.mandate, guard=guard).in_round(created.wallet.round)
        return created.wallet.send(created.principal, "setMandate", mandate.as_tuple())

    return again


def notified(calls):
    """The arguments of the calls of a guard, all of which must be `onClose`."""
    assert {call.function for call in calls} <= {"onClose"}
    return [tuple(call.arguments.values()) for call in calls]


# Refusals: too little gas


@pytest.fixture
def close_with(created, stranger, web3):
    """Simulates closing with a gas limit. Raises the refusal."""

    def simulate(made, gas):
        data = created.wallet.call_data("closeAuthorizations", CURRENCY, [each.as_tuple() for each in made])
        transaction = {"from": stranger.address, "to": created.wallet.address, "data": data, "gas": gas}
        try:
            web3.eth.call(transaction)
        except Exception as error:
            raise refusal_of(error) from None

    return simulate


@pytest.mark.parametrize("count", [1, 3])
def test_refuses_a_close_with_too_little_gas_for_the_guard(count, created, lapsed, close_with, stranger, guard_calls):
    """H12. Nobody closes so that the guard misses it: with the least gas that is accepted it gets all of its gas."""
    made = lapsed[:count]

    def accepted(gas):
        try:
            close_with(made, gas)
        except errors.ContractError:
            return False
        return True

    low, high = 100_000, 2_000_000
    assert not accepted(low)
    assert accepted(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepted(middle) else (middle, high)
    with refuses(errors.GasTooLow, minimum=LEAST_GAS, available=LEAST_GAS - 1):
        close_with(made, low)
    data = ("closeAuthorizations", CURRENCY, [each.as_tuple() for each in made])
    receipt = created.wallet.send(stranger, *data, gas=high)
    assert [call.gas for call in guard_calls(receipt)] == [CLOSE_GAS] * count


def test_refusal_for_gas_leaves_every_authorization_open(created, lapsed, close_with, close, behave, guard_calls):
    """A batch is closed as a whole, or not at all. The first two calls use up what the third needs."""
    behave("onClose", Behavior.BURNS_GAS)
    with refuses(errors.GasTooLow, minimum=LEAST_GAS):
        close_with(lapsed, 650_000)
    close_with(lapsed[:2], 650_000)
    assert created.wallet.remaining("USD").pending == 6
    assert len(guard_calls(close(*lapsed))) == 3


def test_refuses_to_close_twice_and_tells_nobody(created, lapsed, close, stranger, guard_calls):
    def close_all(*made):
        # Not by the package, which leaves out what is closed.
        return created.wallet.send(stranger, "closeAuthorizations", CURRENCY, [each.as_tuple() for each in made])

    assert len(guard_calls(close_all(lapsed[0]))) == 1
    with refuses(errors.AuthorizationUnknown):
        close_all(lapsed[0])
    with refuses(errors.AuthorizationUnknown):
        close_all(lapsed[1], lapsed[1])
    assert created.wallet.remaining("USD").pending == 5


# What the guard learns


def test_tells_each_closing_of_a_batch_with_exactly_its_gas(created, lapsed, settle, close, guard_calls):
    calls = guard_calls(close(*lapsed))
    assert notified(calls) == [(CURRENCY, (i + 1) * USD, False) for i in range(3)]
    assert [(call.gas, call.kind, call.caller) for call in calls] == [(CLOSE_GAS, "CALL", created.wallet.address)] * 3


def test_tells_whether_it_was_settled(created, authorization, settle, close, guard_calls):
    created.wallet.preauthorize(created.agent, authorization)
    settle(authorization)
    assert notified(guard_calls(close(authorization))) == [(CURRENCY, 100 * USD, True)]


def test_tells_settled_if_the_token_reports_nothing_any_more(lapsed, close, guard_calls, usdc, web3):
    """I15."""
    web3.provider.make_request("anvil_setCode", [usdc.address, "0x00"])
    assert notified(guard_calls(close(lapsed[0]))) == [(CURRENCY, USD, True)]


def test_tells_after_the_ledger_is_updated(created, lapsed, close, guard, relayer):
    """The guard reads the wallet when it is notified of the first: nothing of the whole batch is pending any more."""
    guard.send(relayer, "arm", [(created.wallet.address, 0, created.wallet.call_data("pendingAuthorizations", "USD"))])
    assert created.wallet.remaining("USD").pending == 6
    close(*lapsed)
    results = guard.read("results")
    assert len(results) == 3
    assert all((success, int.from_bytes(data)) == (True, 0) for success, data in results)


# Which guard is notified


@pytest.mark.parametrize("later", ["none", "another"])
def test_tells_the_guard_that_agreed_under_a_later_mandate(
    later, created, authorization, set_mandate, close, guard_calls, deploy, web3
):
    other = deploy("GuardDouble")
    created.wallet.preauthorize(created.agent, authorization)
    set_mandate(other.address if later == "another" else ZERO_ADDRESS)
    receipt = close(authorization)
    assert notified(guard_calls(receipt)) == [(CURRENCY, 100 * USD, False)]
    assert calls_of_guard(web3, other, receipt.transaction) == []


@pytest.mark.parametrize("end", ["lift", "revoke", "hand over", "refuse all"])
def test_tells_the_guard_after_the_end_of_its_mandate(
    end, created, suite, lapsed, close, guard_calls, other_principal, now
):
    wallet, principal = created.wallet, created.principal
    if end == "lift":
        wallet.lift_mandate(principal)
    elif end == "revoke":
        suite.switch.revoke(principal, wallet.address)
    elif end == "refuse all":
        wallet.refuse_all(principal)
    else:
        wallet.offer_hand_over(principal, other_principal.address, now() + 60)
        wallet.accept_hand_over(other_principal)
    assert notified(guard_calls(close(lapsed[0]))) == [(CURRENCY, USD, False)]


def test_tells_no_guard_of_what_none_agreed_to(created, authorization, set_mandate, close, guard, guard_calls):
    set_mandate()
    created.wallet.preauthorize(created.agent, authorization)
    set_mandate(guard.address)
    assert guard_calls(close(authorization)) == []


def test_tells_each_guard_of_its_own_in_one_batch(created, authorization, set_mandate, close, guard, deploy, web3):
    """The third has none. The first authorization is made again under the second mandate, with the same digest."""
    other = deploy("GuardDouble")
    first, second, third = (replace(authorization, nonce=bytes([i]) * 32, amount=(i + 1) * USD) for i in range(3))
    created.wallet.preauthorize(created.agent, first)
    set_mandate(other.address)
    with refuses(errors.AuthorizationKnown):
        created.wallet.preauthorize(created.agent, first)
    close(first)
    created.wallet.preauthorize(created.agent, first)
    created.wallet.preauthorize(created.agent, second)
    set_mandate()
    created.wallet.preauthorize(created.agent, third)
    created.wallet.refuse_all(created.principal)
    receipt = close(third, first, second)
    assert notified(calls_of_guard(web3, other, receipt.transaction)) == [
        (CURRENCY, USD, False),
        (CURRENCY, 2 * USD, False),
    ]
    assert calls_of_guard(web3, guard, receipt.transaction) == []
    # Without a guard the same digest notifies nobody, though one agreed to it before.
    created.wallet.preauthorize(created.agent, first)
    created.wallet.refuse_all(created.principal)
    assert calls_of_guard(web3, other, close(first).transaction) == []


def test_tells_the_guard_of_both_rounds_of_one_mandate(created, authorization, close, guard_calls):
    """Refusing every request begins a new round; the mandate and its guard stay."""
    first, second = (replace(authorization, nonce=bytes([i]) * 32, amount=(i + 1) * USD) for i in range(2))
    created.wallet.preauthorize(created.agent, first)
    before = created.wallet.round
    created.wallet.refuse_all(created.principal)
    assert (created.wallet.round, created.wallet.mandate_hash) == (before + 1, created.wallet.last_mandate_hash)
    created.wallet.preauthorize(created.agent, second)
    created.wallet.refuse_all(created.principal)
    assert notified(guard_calls(close(second, first))) == [(CURRENCY, 2 * USD, False), (CURRENCY, USD, False)]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_tells_the_guard_of_each_round_of_several(
    order, created, authorization, set_mandate, close, guard, deploy, web3
):
    """Three rounds under three guards; the middle one is set again in between, by a round that authorizes nothing."""
    guards = [guard, deploy("GuardDouble"), deploy("GuardDouble")]
    made = [replace(authorization, nonce=bytes([i]) * 32, amount=(i + 1) * USD) for i in range(3)]
    for number, (each, agreeing) in enumerate(zip(made, guards, strict=True)):
        if number:
            set_mandate(guards[1].address)
            set_mandate(agreeing.address)
        created.wallet.preauthorize(created.agent, each)
    created.wallet.refuse_all(created.principal)
    transaction = close(*(made[i] for i in order)).transaction
    for number, agreeing in enumerate(guards):
        assert notified(calls_of_guard(web3, agreeing, transaction)) == [(CURRENCY, (number + 1) * USD, False)]


def test_stores_the_guard_of_a_round_once(created, authorization, set_mandate, web3):
    """Only the first authorization of a round under a guard writes it, and no charge of another kind does."""
    wallet = created.wallet

    def written(action):
        trace = rpc(
            web3,
            "debug_traceTransaction",
            action().transaction,
            {"tracer": "prestateTracer", "tracerConfig": {"diffMode": True}},
        )
        slots = trace["post"][wallet.address.lower()].get("storage", {})
        return [int(value, 16) for value in slots.values()].count(int(created.mandate.guard, 16))

    made = [replace(authorization, nonce=bytes([i]) * 32, amount=USD) for i in range(3)]
    assert written(lambda: wallet.preauthorize(created.agent, made[0])) == 1
    assert written(lambda: wallet.preauthorize(created.agent, made[1])) == 0
    wallet.refuse_all(created.principal)
    assert written(lambda: wallet.preauthorize(created.agent, made[2])) == 1


# Guards that fail


BAD_CODE = {
    "no code": "0x",
    "invalid": "0xfe",
    "destroys itself": "0x33ff",
    "burns gas": "0x5b5f56",
    "reverts": "0x5f5ffd",
    "reverts with 20,000 bytes": "0x614e205ffd",
    "returns 20,000 bytes": "0x614e205ff3",
    "stops in the middle of a word": "0x601f5ff3",
    "agrees to anything": "0x" + DESTROYABLE.hex(),
    "delegated to nothing": "0xef0100" + "88" * 20,
}


@pytest.mark.parametrize("code", BAD_CODE.values(), ids=BAD_CODE)
def test_closes_whatever_the_guard_does(code, created, lapsed, close, guard, web3):
    """The answer is ignored. Capacity comes back, and the guard isn't notified again."""
    web3.provider.make_request("anvil_setCode", [guard.address, code])
    close(*lapsed)
    remaining = created.wallet.remaining("USD")
    assert (remaining.pending, remaining.window, created.wallet.spent("USD")) == (0, 500, 0)
    with refuses(errors.AuthorizationUnknown):
        close(lapsed[0])


def test_one_guard_that_burns_gas_takes_nothing_from_the_next(created, lapsed, close, behave, guard_calls):
    behave("onClose", Behavior.BURNS_GAS)
    assert [call.gas for call in guard_calls(close(*lapsed))] == [CLOSE_GAS] * 3


@pytest.mark.parametrize("behavior", [Behavior.REVERTS, Behavior.ANSWERS, Behavior.BURNS_GAS])
def test_a_refusal_to_be_notified_does_not_matter(behavior, created, lapsed, close, behave):
    behave("onClose", behavior, b"\0" * 1000)
    event = close(lapsed[0]).event("AuthorizationClosed").arguments
    assert (event["charge"], event["settled"]) == (USD, False)
    assert created.wallet.remaining("USD").pending == 5


def test_closes_without_asking_again(created, lapsed, close, behave):
    """A guard that refuses every charge by now doesn't keep an authorization open."""
    behave("onCharge", Behavior.REVERTS, b"no")
    behave("accepts", Behavior.REVERTS, b"no")
    close(*lapsed)
    assert created.wallet.remaining("USD").pending == 0
