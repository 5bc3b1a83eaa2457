"""What `docs/once.md` says that a key can't do: a retry without the journal, and a reorganization deeper than `confirmations`."""

from __future__ import annotations

import sqlite3

import pytest

from peculium import Direct, UserOperations, errors
from peculium.devnet.anvil import rpc
from peculium.journal import Journal
from peculium.operations import SelfBundler
from verification.sending.proxy import HttpFault, pass_on


def _refuse_sending(name, parameters, forward):
    if name == "eth_sendRawTransaction":
        raise HttpFault(502)
    return forward()


def _written_down(journal):
    with sqlite3.connect(journal.path) as connection:
        return [
            row[0] for row in connection.execute("SELECT json_extract(signed, '$.raw') FROM attempts ORDER BY rowid")
        ]


# A journal that is left out, or lost


def test_retry_without_the_journal_pays_again(journal, connect, pay, received):
    first = pay(connect(journal))
    assert pay(connect()).transaction != first.transaction
    assert received() == 80


def test_retry_with_an_empty_journal_pays_again(journal, tmp_path, connect, pay, received):
    first = pay(connect(journal))
    assert pay(connect(Journal(tmp_path / "restored.db"))).transaction != first.transaction
    assert received() == 80


def test_retry_with_the_journal_after_one_without_it_returns_the_first_payment(journal, connect, pay, received):
    """Once the key has paid twice, it pays no third time."""
    first = pay(connect(journal))
    second = pay(connect())
    assert (pay(connect(journal)), pay(connect())) == (first, second)
    assert received() == 80


# Another transport


@pytest.mark.parametrize("kept", [True, False], ids=["journal", "none"])
def test_other_transport_is_refused_with_a_journal_and_pays_again_without_one(
    kept, journal, devnet, connect, pay, received
):
    book = journal if kept else None
    pay(connect(book, Direct()))
    operations = connect(book, UserOperations(SelfBundler(devnet.web3, devnet.new_account())))
    if kept:
        with pytest.raises(errors.OnceMismatch):
            pay(operations)
    else:
        pay(operations)
    assert received() == (40 if kept else 80)


# A reorganization


@pytest.mark.parametrize(("confirmations", "paid"), [(1, 80), (3, 40)], ids=["deeper", "not deeper"])
def test_reorganization_pays_again_only_if_it_is_deeper_than_the_confirmations(
    confirmations, paid, journal, proxy, devnet, connect, pay, received
):
    """Another payment took the nonce of the one that was written down, and the reorganization removes that payment."""
    proxy.hook = _refuse_sending
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    fork = rpc(devnet.web3, "evm_snapshot")
    pay(connect(), 1, once=None)
    retry = connect(journal, timeout=1, confirmations=confirmations)
    if confirmations == 1:
        pay(retry)
    else:
        with pytest.raises(errors.OutcomeUnknown):
            pay(retry)
    rpc(devnet.web3, "evm_revert", fork)
    for raw in _written_down(journal):
        rpc(devnet.web3, "eth_sendRawTransaction", raw)
    assert received() == paid


def test_reorganization_alone_pays_once(journal, devnet, connect, pay, received):
    """The retry hands in what was written down, whose nonce no block uses any more."""
    fork = rpc(devnet.web3, "evm_snapshot")
    first = pay(connect(journal))
    rpc(devnet.web3, "evm_revert", fork)
    assert received() == 0
    assert pay(connect(journal)).transaction == first.transaction
    assert received() == 40
