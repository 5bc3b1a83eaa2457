"""What left a wallet, as its events tell."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from peculium import (
    Argument,
    Authorization,
    CallRule,
    ChequeBook,
    Domain,
    GasTerms,
    InvalidInput,
    Pay,
    SelfBundler,
)
from peculium.agent import Agent
from peculium.history import Kind, Path
from verification.sending.proxy import Proxy
from verification.testing.durations import DAY

TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
HOUR = timedelta(hours=1)


@pytest.fixture
def settle(usdc, relayer):
    """Settles a cheque or a pre-authorization of an agent."""

    def at_the_token(agent, made):
        usdc.send(relayer, TRANSFER, *made.authorization.transfer(agent.wallet.address), made.signature)

    return at_the_token


def shown(entries):
    return [(each.kind, each.path, each.payee_name, each.amount, each.symbol, each.ref) for each in entries]


def test_a_wallet_that_paid_nothing_has_none(buyer):
    assert buyer.history() == []


def test_nothing_is_since_a_time_that_has_not_come(buyer, now):
    buyer.pay("USDC", "supplier", 1)
    assert buyer.history(since=now() + DAY) == []


def test_a_time_without_a_zone_is_refused(buyer):
    with pytest.raises(InvalidInput, match="no time zone"):
        buyer.history(since=datetime(2030, 1, 1))


def test_tells_payments_with_names_symbols_and_references(buyer, created, relayer, now):
    receipt = buyer.pay("USDC", "supplier", "12.50", ref="INV-1")
    at = now()
    buyer.pay_many([Pay("tDAI", "supplier", "0.1"), Pay("USDC", "supplier", 1, "a " * 40)])
    first, second, third = buyer.history()
    assert shown([first, second]) == [
        (Kind.PAYMENT, Path.DIRECT, "supplier", 12.5, "USDC", "INV-1"),
        (Kind.PAYMENT, Path.DIRECT, "supplier", Decimal("0.1"), "tDAI", ""),
    ]
    assert (first.time, first.transaction) == (datetime.fromtimestamp(at, UTC), receipt.transaction)
    # A longer text is replaced by its hash.
    assert len(third.ref) == 66
    assert str(first) == f'{first.time:%Y-%m-%d %H:%M:%S} UTC payment: 12.5 USDC to supplier for "INV-1" (direct)'
    assert json.dumps([each.as_dict() for each in buyer.history()])


def test_the_journal_has_the_texts_of_long_references(created, connected, buyer, tmp_path):
    text = "ten boxes of paper, as ordered on Monday"
    agent = connected(created, journal=tmp_path / "agent.db")
    agent.pay("USDC", "supplier", 1, ref=text)
    assert [each.ref for each in agent.history()] == [text]
    assert [len(each.ref) for each in buyer.history()] == [66]


def test_tells_relayed_payments_and_the_fee(new_agent, connected, relayer, payee, usdc, now):
    agent = connected(new_agent(payees=(payee.address, relayer.address)))
    signed = agent.wallet.sign_action(
        agent.key, Pay(usdc.address, payee.address, 3, "INV-2"), deadline=now() + 60, relayer=relayer.address,
        fee=(usdc.address, "0.01"),
    )  # fmt: skip
    agent.wallet.act(relayer, signed)
    found = shown(agent.history())
    assert (Kind.PAYMENT, Path.RELAYED, "supplier", 3, "USDC", "INV-2") in found
    assert [each[0] for each in found].count(Kind.FEE) == 1


def test_tells_operations(new_agent, connected, web3, relayer, usdc, payee):
    agent = connected(new_agent(gas_terms=GasTerms(1, 10, timedelta(days=1))))
    web3.provider.make_request("anvil_setBalance", [agent.wallet.address, hex(10**20)])
    SelfBundler(web3, relayer).perform(agent.wallet, agent.key, Pay(usdc.address, payee.address, 4))
    agent.pay("USDC", "supplier", 5)
    assert [(each.path, each.amount) for each in agent.history()] == [(Path.OPERATION, 4), (Path.DIRECT, 5)]


def test_tells_calls(new_agent, connected, deploy, usdc):
    vault = deploy("MockVault")
    rule = CallRule(
        vault.address, "deposit(address,uint256)", [Argument.equal(usdc.address), Argument.any()],
        pull_limit=50, max_calls=10, window=timedelta(days=1), token=usdc.address,
    )  # fmt: skip
    agent = connected(new_agent(calls=(rule,)), names={"vault": vault.address})
    agent.call("vault", vault.call_data("deposit", usdc.address, 20 * 10**6), pull=20, ref="savings")
    assert shown(agent.history()) == [(Kind.CALL, Path.DIRECT, "vault", 20, "USDC", "savings")]


def test_tells_what_the_principal_has_paid(buyer, created, principal, usdc, stranger):
    buyer.request_payment("USDC", "caterer", 350, "a banquet")
    pending = created.wallet.pending_requests()[0]
    created.wallet.approve_request(principal, 0, pending.request, pending.asked_at)
    created.wallet.withdraw(principal, usdc.address, principal.address, 10)
    assert shown(buyer.history()) == [
        (Kind.REQUEST, None, "caterer", 350, "USDC", "a banquet"),
        (Kind.WITHDRAWAL, None, "boss", 10, "USDC", ""),
    ]


def test_tells_authorizations_and_what_became_of_them(buyer, settle, now, time_travel):
    buyer.preauthorize("USDC", "supplier", 1, "open")
    paid = buyer.preauthorize("USDC", "supplier", 2, "paid")
    ending = buyer.preauthorize("USDC", "supplier", 3, "lapsed", valid_before=now() + 60)
    settle(buyer, paid)
    time_travel(to=int(ending.authorization.valid_before))
    buyer.close_authorizations()
    found = buyer.history()
    assert {each.kind for each in found} == {Kind.AUTHORIZATION}
    assert [(each.amount, each.ref, each.settled) for each in found] == [
        (1, "open", None),
        (2, "paid", True),
        (3, "lapsed", False),
    ]
    assert [", open" in str(each) for each in found] == [True, False, False]


def test_tells_cheques_under_all_mandates(buyer, created, settle, new_mandate, principal, usdc, time_travel, now):
    time_travel(to=(now() // 3600 + 1) * 3600 + 1)
    settle(buyer, buyer.write_cheque("USDC", "supplier", "0.5"))
    following = new_mandate(cheque_books=(ChequeBook(usdc.address, 3, 1, HOUR),)).in_round(created.wallet.round)
    created.wallet.set_mandate(principal, following)
    settle(buyer, buyer.write_cheque("USDC", "supplier", "0.25"))
    assert shown(buyer.history()) == [
        (Kind.CHEQUE, None, "supplier", 0.5, "USDC", ""),
        (Kind.CHEQUE, None, "supplier", 0.25, "USDC", ""),
    ]


def test_tells_what_came_since_a_time(buyer, now, time_travel):
    buyer.pay("USDC", "supplier", 1)
    time_travel(DAY)
    since = now()
    buyer.pay("USDC", "supplier", 2)
    buyer.pay("USDC", "supplier", 3)
    assert [each.amount for each in buyer.history(since=since)] == [2, 3]
    assert [each.amount for each in buyer.history(since=datetime.fromtimestamp(since + 2, UTC))] == [3]


def test_reads_in_pieces_that_the_node_accepts(node_url, created, buyer, names):
    for amount in (1, 2, 3):
        buyer.pay("USDC", "supplier", amount)

    def bounded(method, parameters, forward):
        if method == "eth_getLogs":
            first, last = (parameters[0][name] for name in ("fromBlock", "toBlock"))
            if last == "latest" or int(last, 16) - int(first, 16) >= 5:
                return {"error": {"code": -32005, "message": "query exceeds max block range 5"}}
        return forward()

    with Proxy(node_url) as proxy:
        proxy.hook = bounded
        seen = Agent(created.wallet.address, created.agent, proxy.connect(), names=names).history()
    assert [each.amount for each in seen] == [1, 2, 3]


def test_an_authorization_that_was_made_again_is_open(buyer, created, payee, usdc, now, time_travel, suite, principal):
    terms = usdc.address, payee.address, 1, 6, now() + 20 * DAY, Domain("USD Coin", "2")
    made = Authorization.of(*terms)
    created.wallet.preauthorize(created.agent, made)
    created.wallet.refuse_all(principal)
    buyer.close_authorizations()
    created.wallet.preauthorize(created.agent, made)
    assert [each.settled for each in buyer.history()] == [False, None]


def test_tokens_without_decimals_have_no_amount(buyer, created, principal, answering):
    token = answering({"balanceOf(address)": (5).to_bytes(32), "transfer(address,uint256)": (1).to_bytes(32)})
    created.wallet.send(principal, "withdraw", token, principal.address, 3)
    (entry,) = buyer.history()
    assert (entry.amount, entry.symbol, entry.payee_name) == (None, token, "boss")
    assert "an unknown amount of" in str(entry)
