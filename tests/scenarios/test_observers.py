"""The oracle notices violations of I6, I31, I32 and I33 in logs that no correct contract emits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from verification.scenarios.chain.driver import Sent
from verification.scenarios.model.terms import NO_LIMIT, Budget, Floor, Rule, Terms
from verification.scenarios.observers import Calls, InvariantViolated, Rounds, Seen, Strangers
from verification.scenarios.trace import Prediction

WALLET, HOUR, SELECTOR = "wallet 0", 3600, b"\x01\x02\x03\x04"
BUDGET = Budget("USD", 6, 100, 1000, NO_LIMIT, ((HOUR, 500),), {"usdc": 6}, 10, 15, frozenset({"payee 0"}), {})
RULE = Rule("venue", "swap", "usdc", (), max_calls=2, window=HOUR, floor=Floor("dai", 2, 1))
TERMS = Terms(b"\x01" * 32, "principal", 0, "agent 0", 0, 2**40, 1, (BUDGET,), (RULE,))
SECOND = replace(TERMS, hash=b"\x02" * 32, round=2)
GRANTED = {terms.hash: terms for terms in (TERMS, SECOND)}


def step(name: str = "pay", time: int = 0, variant: int = 0) -> Prediction:
    """A step at a time. The second word of its calldata is the variant of a call."""
    return Prediction(0, name, time, Sent("", "", f"0x{0:08x}{0:064x}{variant:064x}"), None, [])


def seen(name: str, *topics: str, words: tuple[int, ...] = (), by: str = WALLET) -> Seen:
    """An event; names stand for addresses."""
    return Seen(by, name, list(topics), list(words))


def installed(terms: Terms) -> Seen:
    """A mandate is installed."""
    return seen("MandateInstalled", "0x" + terms.hash.hex())


@pytest.fixture
def rounds() -> Rounds:
    """A wallet in its first round after one mandate."""
    return Rounds(str, GRANTED)


@pytest.fixture
def strangers() -> Strangers:
    """A wallet with limits for strangers."""
    observer = Strangers(str, GRANTED)
    observer.open(WALLET, TERMS, 0)
    return observer


@pytest.fixture
def calls() -> Calls:
    """A wallet with a rule for two calls an hour, with a floor."""
    return Calls(str, GRANTED, {SELECTOR: "swap"})


PENDING = {
    "an approval": (
        seen("PaymentRequested", "slot", "hash", words=(1, 0)),
        seen("RequestApproved", "slot", "hash"),
    ),
    "a requested call": (seen("CallRequested", "slot", "hash", words=(1, 0)), seen("CallApproved", "slot", "hash")),
    "an authorization": (
        seen("PaymentAuthorized", words=(*range(9), 7)),
        seen("AuthorizationUsed", WALLET, f"0x{7:064x}", by="usdc"),
    ),
    "an offer": (
        seen("HandOverOffered", "principal", "company", words=(HOUR,)),
        seen("HandedOver", "principal", "company"),
    ),
    # Signing emits nothing.
    "a mandate": (seen("Received"), installed(TERMS)),
}
"""What is pending in a round, and the event of its execution."""


@pytest.mark.parametrize("what", PENDING)
@pytest.mark.parametrize("end", [seen("AllRefused", words=(1,)), seen("MandateLifted")], ids=["refused", "lifted"])
def test_what_is_pending_has_no_effect_after_its_round(rounds, what, end):
    pending, executed = PENDING[what]
    rounds.see(step(), [pending, end])
    with pytest.raises(InvariantViolated, match="I31"):
        rounds.see(step(), [executed])


@pytest.mark.parametrize("what", PENDING)
def test_what_is_pending_has_its_effect_in_its_round(rounds, what):
    rounds.see(step(), list(PENDING[what]))


def test_request_is_approved_once(rounds):
    asked, approved = PENDING["an approval"]
    rounds.see(step(), [asked, approved])
    with pytest.raises(InvariantViolated, match="I31: a request was approved for round None"):
        rounds.see(step(), [approved])


def test_offer_ends_with_its_deadline(rounds):
    offered, accepted = PENDING["an offer"]
    rounds.see(step(), [offered])
    with pytest.raises(InvariantViolated, match="I31: wallet 0 was offered to company until 3600, accepted at 3601"):
        rounds.see(step(time=HOUR + 1), [accepted])


@pytest.mark.parametrize("event", ["PaymentMade", "CallMade"])
def test_agent_does_not_act_without_a_mandate(rounds, event):
    rounds.see(step(), [seen("MandateLifted")])
    with pytest.raises(InvariantViolated, match="I31: wallet 0's agent acted without a mandate"):
        rounds.see(step(), [seen(event)])


def test_stranger_is_not_paid_more_than_the_limit_per_payment(strangers):
    with pytest.raises(InvariantViolated, match="I32: wallet 0 paid a stranger 11, limit 10"):
        strangers.pay(WALLET, TERMS, "usdc", "stranger", 11, 0)


def test_strangers_are_not_paid_more_than_their_window(strangers):
    strangers.pay(WALLET, TERMS, "usdc", "stranger", 10, 0)
    with pytest.raises(InvariantViolated, match="I32: wallet 0 paid strangers 16 USD"):
        strangers.pay(WALLET, TERMS, "usdc", "payee 1", 6, HOUR - 1)


def test_strangers_window_returns_after_its_length(strangers):
    strangers.pay(WALLET, TERMS, "usdc", "stranger", 10, 0)
    assert strangers.pay(WALLET, TERMS, "usdc", "payee 1", 6, HOUR) == "USD"


def test_listed_payee_is_no_stranger(strangers):
    assert strangers.pay(WALLET, TERMS, "usdc", "payee 0", 100, 0) is None


def test_released_authorization_of_a_stranger_no_longer_counts(strangers):
    strangers.pay(WALLET, TERMS, "usdc", "stranger", 10, 0)
    strangers.hold("digest", WALLET, "USD", 0, 10)
    strangers.close("digest", False)
    assert strangers.pay(WALLET, TERMS, "usdc", "stranger", 10, 1) == "USD"


@pytest.mark.parametrize("payee", [WALLET, "nobody", "usdc"])
def test_forbidden_payee_is_no_stranger(strangers, payee):
    with pytest.raises(InvariantViolated, match="I6"):
        strangers.pay(WALLET, TERMS, "usdc", payee, 1, 0)


def trade(charged: int, gained: int, token: str = "usdc") -> list[Seen]:
    """A call that charges an amount and gains another."""
    return [
        seen("PaymentMade", token, "venue", "ref", words=(charged, charged)),
        seen("CallMade", "venue", "0x" + SELECTOR.hex(), "ref"),
        seen("Transfer", "venue", WALLET, words=(gained,), by="dai"),
    ]


@pytest.fixture
def call(calls) -> Callable[..., list[Seen]]:
    """Lets the observer see a direct call."""
    return lambda events, time=0: calls.see(step("call", time), events, {WALLET: TERMS})


def test_call_gains_what_its_floor_requires(call):
    assert call(trade(10, 20)) == []
    with pytest.raises(InvariantViolated, match="I33: wallet 0 gained 19 dai for 10 usdc"):
        call(trade(10, 19))


def test_function_is_not_called_more_often_than_its_maximum(call):
    call(trade(1, 2))
    call(trade(1, 2), HOUR - 1)
    with pytest.raises(InvariantViolated, match="I33: wallet 0 made 3 calls in 3600 s, maximum 2"):
        call(trade(1, 2), HOUR - 1)


def test_calls_are_counted_again_after_their_window(call):
    for time in (0, 1, HOUR, HOUR + 1):
        call(trade(1, 2), time)


def test_call_charges_no_other_token_than_its_rules(call):
    with pytest.raises(InvariantViolated, match="I33: a call of swap by wallet 0 charged"):
        call(trade(1, 2, "usdt"))


def test_call_needs_a_rule(calls):
    with pytest.raises(InvariantViolated, match="I6: wallet 0 called swap of venue"):
        calls.see(step("call"), trade(1, 2), {WALLET: replace(TERMS, rules=())})


def test_payment_beside_a_call_is_not_the_calls(call):
    payment = seen("PaymentMade", "usdc", "stranger", "other ref", words=(5, 5))
    assert call([payment, *trade(10, 20)]) == [payment]
