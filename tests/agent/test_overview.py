"""What an overview says is what the wallet does."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from peculium import Domain, FleetBudget, InvalidInput, LimitedPayee, Status, Window, errors
from peculium.agent import Agent
from peculium.devnet.anvil import rpc
from peculium.explain import explain, explain_now
from peculium.overview import State
from verification.sending.proxy import Proxy
from verification.testing.durations import DAY

UNIT = Decimal("0.000001")


@pytest.fixture
def usd():
    """The state of the only budget."""
    return lambda agent: agent.overview().currency("USD")


# What stops the agent


@pytest.mark.parametrize(
    ("stop", "state", "reason"),
    [
        ("pause", State.PAUSED, errors.AgentIsPaused),
        ("pause_all", State.PAUSED, errors.PrincipalIsPaused),
        ("revoke", State.REVOKED, errors.AgentIsRevoked),
        ("revoke_all", State.REVOKED, errors.EpochEnded),
    ],
)
def test_a_stopped_agent_can_charge_nothing(buyer, created, suite, principal, stop, state, reason):
    buyer.overview()
    getattr(suite.switch, stop)(principal, *([] if stop.endswith("all") else [created.wallet.address]))
    seen = buyer.overview()
    assert (seen.state, type(seen.reason)) == (state, reason)
    assert (seen.currency("USD").now, [each.now for each in seen.currency("USD").tokens]) == (0, [0, 0, 0])
    assert state in str(seen)


def test_an_agent_of_a_dormant_principal_can_charge_nothing(buyer, suite, principal, time_travel):
    suite.switch.set_heartbeat(principal, timedelta(days=2))
    assert buyer.overview().live
    time_travel(2 * DAY + 1)
    assert (buyer.overview().state, buyer.overview().currency("USD").now) == (State.DORMANT, 0)


def test_an_expired_mandate_can_charge_nothing(buyer, time_travel, created):
    time_travel(to=int(created.mandate.valid_until) - 1)
    assert buyer.overview().currency("USD").now == 100
    time_travel(1)
    assert (buyer.overview().state, buyer.overview().currency("USD").now) == (State.EXPIRED, 0)


def test_a_mandate_that_has_not_begun_can_charge_nothing(new_agent, connected, now):
    agent = connected(new_agent(valid_from=now() + DAY))
    assert (agent.overview().state, agent.overview().currency("USD").now) == (State.NOT_YET_VALID, 0)


def test_a_lifted_mandate_has_no_currencies(buyer, created, principal):
    assert buyer.overview().currencies
    created.wallet.lift_mandate(principal)
    seen = buyer.overview()
    assert (seen.state, seen.currencies, seen.mandate_hash) == (State.NO_MANDATE, (), bytes(32))
    with pytest.raises(InvalidInput, match="no budgets"):
        seen.currency("USD")


def test_a_wallet_without_a_mandate_is_shown(suite, connected, principal, agent, relayer):
    from types import SimpleNamespace

    address = suite.factory.create_wallet(relayer, principal.address, agent.address, 77).wallet
    seen = connected(SimpleNamespace(wallet=suite.wallet(address), agent=agent)).overview()
    assert (seen.state, seen.principal, seen.agent_id, seen.registered) == (
        State.NO_MANDATE,
        principal.address,
        None,
        Status.UNKNOWN,
    )


def test_an_address_without_code_is_refused(people, created, stranger):
    with pytest.raises(errors.NoContractHere, match=stranger.address):
        people.Agent(stranger.address, created.agent, created.wallet.web3).overview()


# What one payment can charge


def test_the_balance_bounds_a_payment(new_agent, connected, principal, usdc, usdt, dai):
    made = new_agent()
    for token in (usdc, usdt, dai):
        made.wallet.withdraw_all(principal, token.address, principal.address)
    agent = connected(made)
    assert agent.overview().currency("USD").now == 0
    usdc.transfer(principal, made.wallet.address, "7.5")
    dai.transfer(principal, made.wallet.address, "0.0000001")
    seen = agent.overview().currency("USD")
    assert (seen.now, {each.symbol: each.now for each in seen.tokens}) == (
        Decimal("7.5"),
        {"USDC": Decimal("7.5"), "tDAI": Decimal("0.0000001"), "USDT": 0},
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=st.lists(st.tuples(st.sampled_from(["USDC", "tDAI", "USDT"]), st.integers(1, 100 * 10**6)), max_size=8))
def test_exactly_what_it_says_can_be_paid(web3, usd, buyer, paid):
    """`now` is allowed, and a base unit more is refused."""
    snapshot = rpc(web3, "evm_snapshot")
    for token, units in paid:
        if buyer.can_pay(token, "supplier", units * UNIT):
            buyer.pay(token, "supplier", units * UNIT)
    now = usd(buyer).now
    assert 0 < now <= 100
    for token in ("USDC", "tDAI", "USDT"):
        assert buyer.can_pay(token, "supplier", now)
        assert not buyer.can_pay(token, "supplier", now + UNIT)
    rpc(web3, "evm_revert", snapshot)


def test_windows_say_when_how_much_returns(buyer, usd, time_travel):
    for _ in range(3):
        buyer.pay("USDC", "supplier", 100)
    (window,) = usd(buyer).windows
    assert (window.limit, window.remaining, usd(buyer).now) == (375, 75, 75)
    assert window.returns == 300
    time_travel(to=int(window.returns_at.timestamp()) - 1)
    assert usd(buyer).now == 75
    time_travel(1)
    assert (usd(buyer).windows[0].remaining, usd(buyer).now) == (375, 100)


def test_the_lifetime_limit_bounds_a_payment(new_agent, connected, usd, time_travel):
    agent = connected(new_agent(window_limit=100, lifetime_limit=150))
    agent.pay("USDC", "supplier", 100)
    time_travel(2 * DAY)
    assert (usd(agent).now, usd(agent).lifetime) == (50, 50)


def test_strangers_have_limits_of_their_own(new_agent, connected, usd, relayer):
    agent = connected(new_agent(stranger_payment_limit=3, stranger_window_limit=5))
    assert (usd(agent).now, usd(agent).now_to_stranger) == (100, 3)
    agent.pay("USDC", relayer.address, 3)
    assert usd(agent).now_to_stranger == 2
    assert agent.can_pay("USDC", relayer.address, 2)
    assert not agent.can_pay("USDC", relayer.address, 2 + UNIT)


def test_without_terms_for_strangers_none_can_be_paid(buyer, usd):
    assert (usd(buyer).strangers, usd(buyer).now_to_stranger) == (None, 0)


def test_payees_have_their_names_and_what_is_left_of_their_limits(
    new_agent, connected, usd, payee, stranger, relayer, now, time_travel
):
    end = now() + DAY
    limited = (LimitedPayee(stranger.address, 20), LimitedPayee(relayer.address, valid_until=end))
    agent = connected(new_agent(limited_payees=limited))
    agent.pay("USDC", "caterer", 15)
    by_address = {each.address: each for each in usd(agent).payees}
    assert [(each.name, each.now) for each in by_address.values() if each.name] == [("supplier", 100), ("caterer", 5)]
    assert (by_address[stranger.address].limit, by_address[stranger.address].left) == (20, 5)
    assert (int(by_address[relayer.address].valid_until.timestamp()), by_address[relayer.address].now) == (end, 100)
    time_travel(to=end)
    assert {each.address: each.now for each in usd(agent).payees}[relayer.address] == 0
    assert not agent.can_pay("USDC", relayer.address, 1)


# Guards


@pytest.fixture
def fleet(deploy, suite, principal, web3):
    """A fleet budget of 60 USD a day."""
    budget = FleetBudget(web3, deploy("FleetBudget", suite.factory.address, principal.address).address)
    budget.set_budget(principal, "USD", 5_000, [Window(timedelta(days=1), 60)])
    return budget


def test_the_fleets_budget_bounds_a_payment(fleet, new_agent, connected, usd, principal):
    agent = connected(new_agent(guard=fleet.address))
    assert (usd(agent).now, usd(agent).fleet.now) == (60, 60)
    agent.pay("USDC", "supplier", 50)
    assert (usd(agent).now, usd(agent).payees[0].now) == (10, 10)
    assert agent.can_pay("USDC", "supplier", 10)
    assert not agent.can_pay("USDC", "supplier", 10 + UNIT)
    assert "For all wallets of the principal together: 10 USD of 60 is left in any 24 hours" in str(agent.overview())


def test_a_guard_that_answers_as_no_fleet_does_is_named(deploy, suite, new_agent, connected, usd, answering):
    guard = deploy("MoodyGuard", suite.registry.address)
    agent = connected(new_agent(guard=guard.address))
    answering({"remaining(string)": (5).to_bytes(32)}, guard.address)
    assert (usd(agent).fleet, usd(agent).now) == (None, 100)


def test_a_fleet_without_a_budget_in_the_currency_allows_nothing(fleet, new_agent, connected, usd, web3):
    agent = connected(new_agent(guard=fleet.address))
    reverts = keccak(text="NoFleetBudget(string)")[:4] + encode(["string"], ["USD"])
    size = len(reverts).to_bytes(2).hex()
    # CODECOPY and REVERT of what follows the code.
    code = f"61{size}61000f60003961{size}6000fd"
    web3.provider.make_request("anvil_setCode", [fleet.address, "0x" + code + reverts.hex()])
    assert usd(agent).now == 0


def test_a_guard_of_another_kind_is_named(deploy, suite, new_agent, connected, usd):
    guard = deploy("MoodyGuard", suite.registry.address)
    agent = connected(new_agent(guard=guard.address))
    seen = agent.overview()
    assert (seen.guard, usd(agent).fleet, usd(agent).now) == (guard.address, None, 100)
    assert f"The guard {guard.address}, such as a fleet budget, is asked about every charge." in str(seen)


# What it shows


def test_is_json_and_text(buyer, created, principal, usdc, payee):
    seen = buyer.overview()
    plain = json.loads(json.dumps(seen.as_dict()))
    assert (plain["state"], plain["agent_id"], plain["mandate_hash"]) == (
        "live",
        created.agent_id,
        "0x" + created.mandate.hash().hex(),
    )
    (usd,) = plain["currencies"]
    assert (usd["now"], usd["windows"][0]["limit"], usd["windows"][0]["length"]) == ("100", "375", DAY)
    assert (usd["tokens"][0]["symbol"], usd["tokens"][0]["address"]) == ("USDC", usdc.address)
    assert usd["payees"] == [
        {
            "address": payee.address,
            "name": "supplier",
            "limit": None,
            "left": None,
            "valid_until": None,
            "now": "100",
        }
    ]
    assert "- One payment can be at most 100 USD now.\n" in str(seen)
    assert f"- boss ({principal.address}) answers for it. The registry calls the agent active.\n" in str(seen)
    assert f"- In USD it may pay supplier ({payee.address}), within these limits.\n" in str(seen)


def test_says_the_same_of_the_mandate_as_its_sentences(buyer, created, principal, usdc, payee):
    """Validity, payees, cheques and gas are in one set of words."""
    names = {"boss": principal.address, "supplier": payee.address, "USDC": usdc.address}
    shown = {each.kind: each.text for each in explain_now(buyer.overview())}
    for kind in ("validity", "payees", "cheques"):
        (sentence,) = (each.text for each in explain(created.mandate, names) if each.kind == kind)
        assert shown[kind].startswith(sentence), kind


def test_counts_the_cheques_of_the_period(buyer, created, usdc, payee, relayer):
    (book,) = buyer.overview().cheque_books
    assert (book.symbol, book.count, book.left, book.limit, book.period) == ("USDC", 5, 5, 1, timedelta(hours=1))
    cheque = created.wallet.write_cheque(created.agent, usdc.address, payee.address, 1, Domain("USD Coin", "2"), 0)
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(relayer, function, *cheque.authorization.transfer(created.wallet.address), cheque.signature)
    assert buyer.overview().cheque_books[0].left == 4


def test_says_that_the_key_is_another_one(created, connected, relayer):
    seen = connected(created, key=relayer).overview()
    assert (seen.has_key, seen.agent_key) == (False, created.agent.address)
    assert f"The mandate names the agent key {created.agent.address}, not yours." in str(seen)


def test_sees_a_new_mandate(buyer, usd, created, new_mandate, principal):
    assert usd(buyer).now == 100
    created.wallet.set_mandate(principal, new_mandate(payment_limit=7).in_round(created.wallet.round))
    assert usd(buyer).now == 7


# Round trips


@pytest.fixture
def proxied(node_url, created, names):
    """The agent behind a proxy that counts requests."""
    with Proxy(node_url) as proxy:
        yield Agent(created.wallet.address, created.agent, proxy.connect(), names=names), proxy


def test_takes_one_round_trip_once_the_mandate_is_known(proxied):
    agent, proxy = proxied
    agent.overview()
    proxy.trips.clear()
    agent.overview()
    assert len(proxy.trips) == 1


def test_a_payment_by_symbol_takes_two_once_the_symbols_are_known(proxied):
    agent, proxy = proxied
    agent.pay("USDC", "supplier", 1)
    proxy.trips.clear()
    agent.pay("USDC", "supplier", 1)
    assert len([trip for trip in proxy.trips if trip != ["eth_getTransactionReceipt"]]) == 2


def test_takes_one_more_for_the_content_of_a_new_request(proxied):
    agent, proxy = proxied
    agent.overview()
    agent.request_payment("USDC", "caterer", 350)
    proxy.trips.clear()
    agent.overview()
    agent.overview()
    assert len(proxy.trips) == 3


def test_takes_two_more_for_open_authorizations(proxied):
    agent, proxy = proxied
    agent.preauthorize("USDC", "supplier", 1)
    agent.overview()
    proxy.trips.clear()
    agent.overview()
    assert [trip[0] for trip in proxy.trips[1:]] == ["eth_getLogs", "eth_call"]


def test_without_the_event_of_the_mandate_nothing_is_guessed(proxied):
    agent, proxy = proxied

    def without_logs(method, parameters, forward):
        return {"result": []} if method == "eth_getLogs" else forward()

    proxy.hook = without_logs
    with pytest.raises(errors.NodeRefused, match="doesn't have the event in which the mandate"):
        agent.overview()


def test_another_mandate_than_the_one_in_force_is_not_believed(proxied):
    """A node that is wrong, or lies."""
    agent, proxy = proxied

    def altered(method, parameters, forward):
        answer = forward()
        if method == "eth_getLogs":
            for log in answer["result"]:
                # The limit of a payment: 100 USD become 356.
                log["data"] = log["data"].replace(f"{100 * 10**6:064x}", f"{356 * 10**6:064x}")
        return answer

    proxy.hook = altered
    with pytest.raises(errors.NodeRefused, match="doesn't have the event in which the mandate"):
        agent.overview()


def test_a_refusal_of_the_node_is_not_taken_for_an_answer(proxied, created):
    """A node that refuses single calls of a batch says nothing about a stop, a balance or a guard."""
    agent, proxy = proxied
    agent.overview()
    stop = agent._reader._known.switch.call_data("requireLive", created.principal.address, created.wallet.address, 0)

    def refuses(method, parameters, forward):
        if method == "eth_call" and parameters[0]["data"][:10] == stop[:10]:
            return {"error": {"code": -32601, "message": "not for you"}}
        return forward()

    proxy.hook = refuses
    with pytest.raises(errors.NodeRefused, match="not for you"):
        agent.overview()


def test_a_token_that_does_not_say_its_balance_counts_as_empty(buyer, web3, usdc):
    assert buyer.overview().currency("USD").tokens[0].balance > 0
    for code in ("0x60006000fd", "0x60016000f3"):
        web3.provider.make_request("anvil_setCode", [usdc.address, code])
        seen = buyer.overview()
        assert (seen.currency("USD").tokens[0].balance, seen.cheque_books[0].left) == (0, 0)
