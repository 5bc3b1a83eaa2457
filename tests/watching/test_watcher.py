"""Agents are watched: each payment is seen once, and who breaks a rule is paused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import InvalidInput, errors
from peculium.chain.node import Node
from peculium.devnet.anvil import rpc
from peculium.errors import NodeUnreachable
from peculium.overview import State
from peculium.watching.rules import MostPayments, NoNewPayee, most_spent
from peculium.watching.watcher import Guard, Watcher
from verification.testing.snapshots import revert

HOUR = timedelta(hours=1)


@pytest.fixture
def pay(created, usdc, payee):
    return lambda amount=1, to=None: created.wallet.pay(created.agent, usdc.address, (to or payee).address, amount)


@pytest.fixture
def watch(created):
    """A watch that has begun."""

    def begin(*rules, **options):
        watcher = Watcher([created.wallet], rules, **options)
        watcher.look()
        return watcher

    return begin


@pytest.fixture
def guard(suite, principal, guardian, created):
    """A guardian of the principal."""
    suite.switch.set_guardian(principal, guardian.address)
    return Guard(guardian, principal.address, suite.switch)


def test_refuses_to_watch_nobody():
    with pytest.raises(InvalidInput, match="no wallet"):
        Watcher([], [])


def test_refuses_a_guard_that_is_no_guardian(suite, stranger, principal):
    with pytest.raises(InvalidInput, match="no guardian"):
        Guard(stranger, principal.address, suite.switch)


def test_refuses_a_rule_in_a_currency_that_no_mandate_has(watch):
    with pytest.raises(InvalidInput, match="they have USD"):
        watch(most_spent("50 EUR/h"))


def test_guardian_can_only_reduce(suite, guard, guardian, created, pay):
    guard.pause(created.wallet.address)
    # It is the guardian's own agent of this address, which nobody has.
    suite.switch.unpause(guardian, created.wallet.address)
    with pytest.raises(errors.AgentIsPaused):
        pay()
    assert not guard.is_principal


def test_each_payment_is_seen_once(watch, pay):
    watcher = watch()
    pay(1)
    pay(2)
    assert [each.charge for each in watcher.look().payments] == [1, 2]
    assert watcher.look().payments == ()


def test_unconfirmed_payment_is_not_seen_yet(watch, pay, web3):
    watcher = watch(confirmations=3)
    pay(1)
    assert watcher.look().payments == ()
    rpc(web3, "anvil_mine", 2)
    assert [each.charge for each in watcher.look().payments] == [1]


def test_payment_of_a_replaced_block_is_taken_back(watch, pay, web3):
    """After the reorganization another block has the second payment only."""
    watcher = watch(MostPayments(1, HOUR))
    snapshot = rpc(web3, "evm_snapshot")
    pay(1)
    assert [each.charge for each in watcher.look().payments] == [1]
    revert(web3, snapshot)
    rpc(web3, "anvil_setNextBlockBaseFeePerGas", 7)
    pay(2)
    seen = watcher.look()
    assert [each.charge for each in seen.payments] == [2]
    assert seen.breaches == ()
    pay(3)
    assert [each.text for each in watcher.look().breaches] == ["2 payments in 1 hour; the rule allows 1"]


def test_node_that_is_behind_loses_and_doubles_nothing(watch, pay, monkeypatch):
    watcher = watch()
    pay(1)
    watcher.look()
    with monkeypatch.context() as patch:
        patch.setattr(Node, "block_number", lambda node: 1)
        assert watcher.look().payments == ()
    pay(2)
    assert [each.charge for each in watcher.look().payments] == [2]


def test_look_that_fails_is_made_up_for(watch, pay, monkeypatch):
    watcher = watch()
    pay(1)
    with monkeypatch.context() as patch:
        patch.setattr("peculium.watching.stream.read_payments", _unreachable)
        with pytest.raises(NodeUnreachable):
            watcher.look()
    pay(2)
    assert [each.charge for each in watcher.look().payments] == [1, 2]


def _unreachable(*arguments):
    raise NodeUnreachable("No answer.")


def test_payments_before_the_watch_count(watch, pay):
    """So a restart doesn't open the interval anew."""
    pay(40)
    watcher = watch(most_spent("50 USD/h"))
    pay(11)
    (found,) = watcher.look().breaches
    assert "51 USD in 1 hour" in found.text


def test_breach_before_the_watch_pauses_nobody(watch, pay):
    pay(40)
    pay(40)
    assert watch(most_spent("50 USD/h")).look().to_pause == ()


def test_payment_to_a_listed_payee_is_no_new_one(watch, pay):
    watcher = watch(NoNewPayee())
    pay(1)
    assert watcher.look().breaches == ()


def test_payment_to_a_stranger_is_a_new_payee_once(new_agent, usdc, stranger):
    made = new_agent(stranger_payment_limit=5, stranger_window_limit=50)
    watcher = Watcher([made.wallet], [NoNewPayee()])
    watcher.look()
    for _ in range(2):
        made.wallet.pay(made.agent, usdc.address, stranger.address, 1)
    assert [each.text for each in watcher.look().breaches] == [f"a payment to the new payee {stranger.address}"]
    restarted = Watcher([made.wallet], [NoNewPayee()])
    restarted.look()
    made.wallet.pay(made.agent, usdc.address, stranger.address, 1)
    assert restarted.look().breaches == ()


def test_who_breaks_a_rule_waits_for_the_pause_until_the_chain_shows_it(watch, pay, guard, created):
    watcher = watch(MostPayments(1, HOUR))
    pay()
    pay()
    assert watcher.look().to_pause == (created.wallet.address,)
    # The pause failed, say: it is due still.
    assert watcher.look().to_pause == (created.wallet.address,)
    guard.pause(created.wallet.address)
    seen = watcher.look()
    assert seen.to_pause == ()
    assert seen.standings[0].overview.state is State.PAUSED
    with pytest.raises(errors.AgentIsPaused):
        pay()
