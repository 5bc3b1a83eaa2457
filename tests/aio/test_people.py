"""A test that uses `people` runs with the blocking class and with the asynchronous one."""

from __future__ import annotations

import pytest

from peculium import aio, errors
from peculium.agent import Agent


@pytest.fixture
def agent(people, made, devnet):
    return people.Agent(made.wallet.address, made.key, devnet.web3)


def test_refuses_the_same(agent, made):
    with pytest.raises(errors.PaymentLimitExceeded):
        agent.pay(made.usdc, made.payee, 101)


def test_pays_the_same(agent, made, received):
    assert agent.pay(made.usdc, made.payee, 1).event("PaymentMade")
    assert received() == 1


def test_attributes_are_those_of_the_blocking_class(agent, made, devnet):
    assert agent.wallet.address == made.wallet.address
    assert agent.key is made.key
    with pytest.raises(AttributeError):
        agent.nothing  # noqa: B018


def test_a_method_that_the_asynchronous_class_lacks_is_not_taken_from_the_other(agent, people, monkeypatch):
    """Or the test would pass although `AsyncAgent` can't do it."""
    monkeypatch.setattr(Agent, "invented", lambda self: 1, raising=False)
    if people.form == "sync":
        assert agent.invented() == 1
    else:
        with pytest.raises(AttributeError, match="AsyncAgent has no invented"):
            agent.invented()


def test_each_form_is_the_class_that_it_says(agent, people):
    assert isinstance(agent, Agent) is (people.form == "sync")
    assert isinstance(vars(agent).get("_person"), aio.AsyncAgent) is (people.form == "async")


def test_a_patch_counts_in_both_forms_until_it_ends(agent, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(agent, "overview", lambda: "patched")
        assert agent.overview() == "patched"
    assert agent.overview().live


def test_a_simulated_crash_is_raised_and_the_next_call_works(agent, monkeypatch):
    def crash():
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(agent, "overview", crash)
        with pytest.raises(KeyboardInterrupt):
            agent.overview()
    assert agent.overview().live
