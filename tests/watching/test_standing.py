"""Where agents stand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from peculium import AgentWallet, LimitedPayee, Request
from peculium.chain.node import Node
from peculium.errors import WrongContract
from peculium.explain import WalletState, read_state
from peculium.overview import Overviews, State
from peculium.watching import Standings
from peculium.watching.payments import LOOK_BACK, last_payments


def money(standing):
    return next(each for each in standing.worst_cases if not each.gas)


@pytest.fixture
def round_trips(monkeypatch):
    """Counts the requests and batches that reach the node."""
    made = []
    for name in ("_attempt_batch", "attempt"):
        before = getattr(Node, name)
        monkeypatch.setattr(Node, name, lambda node, *given, before=before: made.append(given) or before(node, *given))
    return made


def test_other_contract_is_no_wallet(web3, usdc):
    stranger = Standings(Node.of(web3), [AgentWallet(web3, usdc.address)])
    with pytest.raises(WrongContract, match="isn't an agent's wallet"):
        stranger.read()


def test_state_of_an_overview_is_the_one_that_is_read_from_the_wallet(new_agent, new_mandate, usdc, payee):
    mandate = new_mandate(
        payees=(), limited_payees=[LimitedPayee(payee.address, 60)], stranger_payment_limit=5, stranger_window_limit=9
    )
    made = new_agent(mandate=mandate)
    made.wallet.pay(made.agent, usdc.address, payee.address, 25)
    (overview,) = Overviews(made.wallet.node, [made.wallet]).read()
    state = read_state(made.wallet, mandate)
    assert WalletState.of(overview) == replace(state, at=overview.time)
    assert state.paid_to


def test_says_what_can_be_taken_now_and_what_was_paid_last(created, standing, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, "42.5", "INV-1")
    found = standing()
    assert (money(found).now, money(found).any_24_hours) == (Decimal("457.5"), 500)
    assert (found.last_payment.charge, found.last_payment.payee_name, found.last_payment.ref) == (
        Decimal("42.5"),
        "shop",
        "INV-1",
    )
    assert found.as_dict()["worst_cases"][0]["now"] == "457.5"


def test_paused_agent_takes_nothing_now(created, standing, suite, principal):
    suite.switch.pause(principal, created.wallet.address)
    assert standing().overview.state is State.PAUSED
    assert (money(standing()).now, money(standing()).any_24_hours) == (0, 500)


def test_revoked_agent_takes_nothing_ever(created, standing, suite, principal):
    suite.switch.revoke(principal, created.wallet.address)
    assert (money(standing()).now, money(standing()).any_24_hours, money(standing()).ever) == (0, 0, 0)


def test_says_what_waits(created, standing, usdc, stranger, now):
    created.wallet.request_payment(created.agent, 0, Request(usdc.address, stranger.address, 350, now() + 60, "hotel"))
    (waits,) = standing().waits
    assert "pay 350" in waits
    assert '"hotel"' in waits


def test_new_mandate_is_read_anew(created, standing, principal):
    assert money(standing()).any_24_hours == 500
    budget = replace(
        created.mandate.budgets[0], payment_limit=20, windows=[replace(created.mandate.budgets[0].windows[0], limit=50)]
    )
    created.wallet.set_mandate(principal, replace(created.mandate, budgets=[budget], round=created.wallet.round))
    assert money(standing()).any_24_hours == 50


def test_two_agents_take_no_more_round_trips_than_one(created, new_agent, other_agent, suite, round_trips, usdc, payee):
    second = new_agent(key=other_agent)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)

    def needed(*wallets):
        standings = Standings(created.wallet.node, wallets)
        standings.read()
        del round_trips[:]
        found = standings.read()
        assert [each.wallet for each in found] == [each.address for each in wallets]
        return len(round_trips)

    assert needed(created.wallet) == needed(created.wallet, second.wallet) <= 4


def test_last_payment_is_searched_backwards_and_not_for_ever(created, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "peculium.watching.payments.read_logs",
        lambda node, wallets, topics, first, last: asked.append((first, last)) or [],
    )
    head = 3 * LOOK_BACK
    assert last_payments(created.wallet.node, {created.wallet.address: created.mandate}, {}, head) == {}
    assert asked[0] == (head - 1_999, head)
    assert all(after[1] == before[0] - 1 for before, after in pairwise(asked))
    assert asked[-1][0] == head - LOOK_BACK
