"""A kill in the middle and a chain that changes lose nothing and double nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from itertools import count

import pytest
from sqlalchemy import event

from peculium.devnet.anvil import rpc
from peculium.ledger import Ledger, pieces
from peculium.ledger.writer import Writer
from verification.testing.snapshots import revert

KILLED = """
import os, sys
from sqlalchemy import event
from peculium import Suite
from peculium.ledger import Ledger, pieces
from web3 import Web3

url, place, wallet, statements, *addresses = sys.argv[1:]
pieces.FIRST_SPAN = 3
ledger = Ledger.open(place)
ledger.follow(Suite.at(Web3(Web3.HTTPProvider(url)), *addresses), [wallet])
left = int(statements)

@event.listens_for(ledger._store.engine, "before_cursor_execute")
def count(connection, cursor, statement, *rest):
    global left
    left -= statement.startswith("INSERT")
    if left < 0:
        os._exit(9)

ledger.update()
"""


@pytest.fixture
def fresh(tmp_path, suite, created):
    """Reads the chain into a new ledger, and returns the rows."""
    numbers = count()

    def read():
        with Ledger.open(tmp_path / f"fresh{next(numbers)}.db") as ledger:
            ledger.follow(suite, [created.wallet.address])
            ledger.update()
            return content(ledger)

    return read


def content(ledger):
    """All that the rows say, but for their numbers and names."""
    unnamed = {"id": None, "wallet_name": None, "party_name": None, "principal_name": None}
    return [{**row.as_dict(), **unnamed} for row in ledger.rows(unlisted=True)]


@pytest.fixture
def short_pieces(monkeypatch):
    """Pieces of three blocks at first."""
    monkeypatch.setattr(pieces, "FIRST_SPAN", 3)
    monkeypatch.setattr(pieces, "FEW_LOGS", 0)


class Interrupted(Exception):
    """Stands for whatever ends the process."""


def test_an_end_at_a_statement_loses_and_doubles_nothing(life, suite, created, tmp_path, fresh, short_pieces):
    life.promise()
    expected, interrupted, begun = fresh(), 0, tmp_path / "begun.db"
    with Ledger.open(begun) as ledger:
        ledger.follow(suite, [created.wallet.address])
    # Every third statement, to save time.
    for position in count(0, 3):
        path = shutil.copy(begun, tmp_path / f"{position}.db")
        with Ledger.open(path) as ledger:
            ledger.follow(suite)
            left = [position]

            def stop(connection, cursor, statement, *rest, left=left):
                left[0] -= statement.startswith(("INSERT", "UPDATE"))
                if left[0] == -1:
                    raise Interrupted

            event.listen(ledger._store.engine, "before_cursor_execute", stop)
            try:
                ledger.update()
            except Interrupted:
                interrupted += 1
                left[0] = 10**6
                ledger.update()
            found = content(ledger)
        assert found == expected, position
        if left[0] < 10**5:
            break
    assert interrupted > 5


def test_a_killed_process_loses_and_doubles_nothing(life, suite, created, place, node_url, fresh):
    life.pay()
    addresses = suite.registry.address, suite.factory.address, suite.credentials.address
    arguments = [node_url, place, created.wallet.address, "6", *addresses]
    killed = subprocess.run([sys.executable, "-c", KILLED, *map(str, arguments)], check=False, timeout=60)
    assert killed.returncode == 9
    with Ledger.open(place) as ledger:
        begun = len(content(ledger))
        ledger.follow(suite)
        ledger.update()
        assert content(ledger) == fresh()
    assert 0 < begun < len(fresh())


def test_blocks_that_the_chain_replaces_are_undone(buyer, ledger, web3, fresh, short_pieces):
    buyer.pay("USDC", "supplier", 1, ref="stays")
    ledger.update()
    snapshot = rpc(web3, "evm_snapshot")
    for amount in (2, 3, 4):
        buyer.pay("USDC", "supplier", amount, ref="goes")
        ledger.update()
    revert(web3, snapshot)
    buyer.pay("USDC", "supplier", 5, ref="comes")
    (progress,) = ledger.update()
    assert progress.undone == 3
    assert [row.text for row in ledger.rows(path="direct")] == ["stays", "comes"]
    assert content(ledger) == fresh()
    assert all(each.balances for each in ledger.balance())


def test_a_chain_that_becomes_shorter_is_followed(buyer, ledger, web3, fresh):
    snapshot = rpc(web3, "evm_snapshot")
    buyer.pay("USDC", "supplier", 1)
    buyer.pay("USDC", "supplier", 2)
    ledger.update()
    revert(web3, snapshot)
    ledger.update()
    assert list(ledger.rows(path="direct")) == []
    assert content(ledger) == fresh()


def test_a_chain_that_changes_while_it_is_read_is_read_again(buyer, ledger, web3, fresh, monkeypatch):
    ledger.update()
    snapshot = rpc(web3, "evm_snapshot")
    buyer.pay("USDC", "supplier", 1, ref="goes")
    node, ask, replaced = web3.provider, ledger_node(ledger).batch, []

    def batch(requests, *rest, **options):
        if not replaced and any(method == "eth_getLogs" for method, _ in requests):
            replaced.append(node)
            answer = ask(requests, *rest, **options)
            revert(web3, snapshot)
            buyer.pay("USDC", "supplier", 2, ref="comes")
            # As a node answers whose chain changes between two of the requests.
            return [*answer[:-1], ask(requests, *rest, **options)[-1]]
        return ask(requests, *rest, **options)

    monkeypatch.setattr(ledger_node(ledger), "batch", batch)
    ledger.update()
    monkeypatch.undo()
    assert [row.text for row in ledger.rows(path="direct")] == ["comes"]
    assert content(ledger) == fresh()


def ledger_node(ledger):
    return next(iter(ledger._networks.values())).node


def test_a_piece_that_another_process_has_written_meanwhile_is_not_doubled(
    life, ledger, place, suite, fresh, monkeypatch
):
    life.pay()
    prepare, raced = Writer.prepare, []

    def race(self, *arguments):
        # Between the reading of a piece and its writing.
        if not raced:
            raced.append(self)
            with Ledger.open(place) as other:
                other.follow(suite)
                other.update()
        prepare(self, *arguments)

    monkeypatch.setattr(Writer, "prepare", race)
    (progress,) = ledger.update()
    monkeypatch.undo()
    assert progress.movements == 0
    assert content(ledger) == fresh()


def test_a_node_with_bounded_searches_is_read_in_pieces(life, ledger, web3, fresh, monkeypatch):
    life.pay()
    expected, ask, spans = fresh(), web3.provider.make_request, []

    def bounded(requests):
        return [
            {"error": {"code": -32005, "message": "query exceeds max block range 4"}}
            if method == "eth_getLogs" and int(query[0]["toBlock"], 16) - int(query[0]["fromBlock"], 16) >= 4
            else spans.append(method) or ask(method, query)
            for method, query in requests
        ]

    node = ledger_node(ledger)
    monkeypatch.setattr(node._provider, "make_batch_request", bounded, raising=False)
    monkeypatch.setattr(node, "log_span", None)
    ledger.update()
    assert content(ledger) == expected
    assert len(spans) > 10
