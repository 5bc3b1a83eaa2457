"""Every way out that is open is found, and none is left after a stop."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Argument, Authorization, CallRequest, ChequeBook, Domain, Request
from peculium.chain.node import Node
from peculium.errors import NodeRefused
from peculium.overview import State
from peculium.stop_proof import WayKind, prove_stopped
from peculium.wallet.cheques import sign_cheque
from verification.testing.call_rules import call_rule

DOMAIN = Domain("USD Coin", "2")


@pytest.fixture
def created(checkpoint, new_agent, usdc, deploy):
    """An agent whose mandate opens every way."""

    def make():
        vault = deploy("MockVault")
        rule = call_rule(
            vault.address,
            "deposit(address,uint256)",
            (Argument.any(), Argument.any()),
            token=usdc.address,
            pull_limit=50,
        )
        return new_agent(
            calls=(rule,),
            cheque_books=(ChequeBook(usdc.address, 5, 1, timedelta(hours=1)),),
            max_requests=2,
            max_request_age=timedelta(days=1),
        )

    return checkpoint.share("created", make)


@pytest.fixture
def busy(created, usdc, payee, stranger, now):
    """The agent, with a request that waits and an authorization that isn't settled."""
    wallet = created.wallet
    wallet.request_payment(created.agent, 0, Request(usdc.address, stranger.address, 350, now() + 3_600, "hotel"))
    made = Authorization.of(usdc.address, payee.address, 30, 6, now() + 3_600, DOMAIN)
    wallet.preauthorize(created.agent, made)
    return created


def opened(proof):
    """What gets out, by kind of way; the largest of each."""
    found = {}
    for way in proof.ways:
        found[way.kind] = max(found.get(way.kind, Decimal(0)), way.open)
    return found


STOPS = {
    "pause": lambda suite, by, made: suite.switch.pause(by, made.wallet.address),
    "revoke": lambda suite, by, made: suite.switch.revoke(by, made.wallet.address),
    "pause all": lambda suite, by, made: suite.switch.pause_all(by),
    "revoke all": lambda suite, by, made: suite.switch.revoke_all(by),
    "resign": lambda suite, by, made: made.wallet.resign(made.agent),
}


@pytest.mark.parametrize("stop", STOPS)
def test_after_a_stop_nothing_gets_out(busy, suite, principal, stop):
    before = prove_stopped(busy.wallet)
    STOPS[stop](suite, principal, busy)
    proof = prove_stopped(busy.wallet)
    assert [way.kind for way in proof.ways] == [way.kind for way in before.ways]
    assert opened(proof) == dict.fromkeys(WayKind, 0)
    assert proof.stopped
    assert all(way.reason for way in proof.ways)


def test_after_the_mandate_is_lifted_nothing_gets_out(busy, principal):
    busy.wallet.lift_mandate(principal)
    proof = prove_stopped(busy.wallet)
    assert proof.state is State.NO_MANDATE
    # The round has ended: nothing waits any more.
    assert opened(proof) == dict.fromkeys(set(WayKind) - {WayKind.REQUEST}, 0)


def test_every_way_of_a_live_agent_is_open(busy):
    """The limits leave 500 less the 30 that were charged, and less what cheques reserve."""
    proof = prove_stopped(busy.wallet)
    assert not proof.stopped
    assert opened(proof) == {
        WayKind.PAYMENT: 100,
        WayKind.RELAY: 100,
        WayKind.OPERATION: 100,
        WayKind.CALL: 50,
        WayKind.REQUEST: 350,
        WayKind.AUTHORIZATION: 30,
        WayKind.CHEQUE: 1,
    }


def test_what_is_said_to_get_out_gets_out(busy, usdc, payee):
    """The amount is the largest: one unit more is refused."""
    wallet = busy.wallet
    for _ in range(3):
        wallet.pay(busy.agent, usdc.address, payee.address, 100)
    most = opened(prove_stopped(wallet))[WayKind.PAYMENT]
    assert 0 < most < 100
    wallet.pay(busy.agent, usdc.address, payee.address, most)
    assert opened(prove_stopped(wallet))[WayKind.PAYMENT] == 0


def test_stop_of_another_principal_closes_nothing(busy, suite, stranger):
    suite.switch.pause(stranger, busy.wallet.address, unchecked=True)
    assert opened(prove_stopped(busy.wallet))[WayKind.PAYMENT] == 100


def test_settled_authorization_is_closed(busy, usdc, payee):
    (held,) = busy.wallet.held_authorizations()
    struct = held.struct
    members = (struct[name] for name in ("payee", "amount", "validAfter", "validBefore", "nonce"))
    signature = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(payee, signature, busy.wallet.address, *members, bytes(32))
    way = next(each for each in prove_stopped(busy.wallet).ways if each.kind is WayKind.AUTHORIZATION)
    assert (way.open, way.reason) == (0, "settled")


def test_requested_call_is_tried(created, usdc, payee, principal, suite, deploy, now):
    target = deploy("MockVault")
    asked = CallRequest(
        target.address,
        target.call_data("deposit", usdc.address, 7),
        now() + 60,
        pull_token=usdc.address,
        pull="0.000007",
    )
    created.wallet.request_call(created.agent, 0, asked)
    assert opened(prove_stopped(created.wallet))[WayKind.REQUEST] > 0
    suite.switch.pause(principal, created.wallet.address)
    assert opened(prove_stopped(created.wallet))[WayKind.REQUEST] == 0


def test_cheque_that_is_tried_is_one_that_the_wallet_takes(created, usdc, payee):
    """The simulation of the agent key's consent says the same as its signature."""
    wallet = created.wallet
    cheque = sign_cheque(wallet, created.agent, usdc.address, payee.address, 1, DOMAIN, 0)
    assert wallet.is_valid_signature(
        cheque.authorization.digest(wallet.address, wallet.node.chain_id()), cheque.signature
    )
    assert opened(prove_stopped(wallet))[WayKind.CHEQUE] == 1


def test_node_without_overrides_proves_nothing(created, suite, principal, monkeypatch):
    suite.switch.revoke(principal, created.wallet.address)
    batch = Node._attempt_batch

    def without(node, requests):
        answers = batch(node, requests)
        refused = NodeRefused(
            "The node rejects the request: too many arguments.", -32602, "too many arguments, want at most 2"
        )
        return [
            refused if len(given) > 2 and name == "eth_call" else each
            for (name, given), each in zip(requests, answers, strict=True)
        ]

    monkeypatch.setattr(Node, "_attempt_batch", without)
    proof = prove_stopped(created.wallet)
    assert not proof.stopped
    assert {way.kind for way in proof.ways if way.untried} == {WayKind.RELAY, WayKind.OPERATION, WayKind.CHEQUE}


def test_proof_for_programs_says_whether_it_holds(created):
    found = prove_stopped(created.wallet).as_dict()
    assert found["stopped"] is False
    assert found["ways"][0] == {
        "kind": "payment",
        "what": found["ways"][0]["what"],
        "tried": "100",
        "unit": "USDC",
        "open": "100",
        "reason": "",
        "untried": "",
    }
