"""Signed orders and cheques travel as JSON and come back the same, or are refused."""

from __future__ import annotations

import json

import pytest

from peculium import Authorization, Cheque, Domain, InvalidInput, Order, OrderKind
from peculium.mandate import ZERO_ADDRESS

ADDRESS, OTHER = "0x" + "11" * 20, "0x" + "22" * 20
ORDER = Order(OrderKind.REVOKE, ADDRESS, OTHER, 0, ADDRESS, 2**256 - 1, b"\1" * 65)
FOR_ALL = Order(OrderKind.PAUSE_ALL, ADDRESS, ZERO_ADDRESS, 3, OTHER, 0, b"\2" * 65)
CHEQUE = Cheque(Authorization(ADDRESS, OTHER, 2**256 - 1, 1_900_000_000, Domain("USD Coin", "2")), 4, b"\3" * 65)
BAD = {
    "no dictionary": (Order, "order", lambda found: [found], "The order is a list"),
    "a missing field": (Order, "order", lambda found: found.pop("nonce") and found, "The order lacks nonce"),
    "an unknown field": (Order, "order", lambda found: {**found, "chain": 1}, 'has the unknown field "chain"'),
    "an unknown kind": (Order, "order", lambda found: {**found, "kind": "stop"}, "kind of the order is 'stop'"),
    "a kind in capitals": (Order, "order", lambda found: {**found, "kind": "REVOKE"}, "Pass one of pause, revoke"),
    "a nonce that is a number": (Order, "order", lambda found: {**found, "nonce": 5}, "nonce of the order is 5"),
    "a nonce with blanks": (Order, "order", lambda found: {**found, "nonce": " 5"}, "text of decimal digits"),
    "a nonce above 256 bits": (Order, "order", lambda found: {**found, "nonce": str(2**256)}, "256 bits"),
    "an epoch that is a text": (Order, "order", lambda found: {**found, "epoch": "0"}, "epoch of the order is '0'"),
    "a signature without 0x": (Order, "order", lambda found: {**found, "signature": "11"}, "signature of the order"),
    "no wallet": (Order, "order", lambda found: {**found, "wallet": None}, "wallet of the order is wrong"),
    "a wallet for all": (
        Order,
        "order",
        lambda found: {**found, "kind": "revoke_all"},
        "stops all agents, and names a wallet",
    ),
    "a cheque without authorization": (
        Cheque,
        "cheque",
        lambda found: {**found, "authorization": None},
        "The authorization is None",
    ),
    "a slot below zero": (Cheque, "cheque", lambda found: {**found, "slot": -1}, "slot of the cheque is -1"),
    "a domain as text": (
        Cheque,
        "cheque",
        lambda found: {**found, "authorization": {**found["authorization"], "domain": "USDC"}},
        "The domain is 'USDC'",
    ),
    "milliseconds": (
        Cheque,
        "cheque",
        lambda found: {**found, "authorization": {**found["authorization"], "valid_before": 1_900_000_000_000}},
        "not milliseconds",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_malformed_content_is_refused(case):
    kind, what, spoil, message = BAD[case]
    right = {"order": ORDER, "cheque": CHEQUE}[what].as_dict()
    with pytest.raises(InvalidInput, match=message):
        kind.from_dict(spoil(right))


@pytest.mark.parametrize("made", [ORDER, FOR_ALL, CHEQUE, CHEQUE.authorization], ids=lambda made: type(made).__name__)
def test_comes_back_the_same_from_json(made):
    assert type(made).from_dict(json.loads(json.dumps(made.as_dict()))) == made
