"""`Journal`: what is written down before it is sent."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from eth_utils import to_checksum_address

from peculium import errors
from peculium.journal import MAX_KEY, Attempt, Journal, Place

SENDER = to_checksum_address("0x" + "aa" * 20)
OTHER = to_checksum_address("0x" + "bb" * 20)
CONTENT = b"pay 12.50 to the payee"
WAY = "a transaction"
PLACE = Place.of(1, SENDER, "INV-42")
FIRST = Attempt("0x" + "11" * 32, {"raw": "0x02", "nonce": 7})
SECOND = Attempt("0x" + "22" * 32, {"raw": "0x0203", "nonce": 2**200})


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "agent.db")


# Refusals


@pytest.mark.parametrize("key", ["", "a" * (MAX_KEY + 1), "line\nbreak", "right\u202eleft", 5])
def test_refuses_a_key_that_cannot_be_read_again(key):
    with pytest.raises(errors.InvalidInput, match="can't be used for `once`"):
        Place.of(1, SENDER, key)


def test_refuses_memory_that_is_lost_with_its_process():
    with pytest.raises(errors.InvalidInput, match="lost with its process"):
        Journal(":memory:")


def test_refuses_the_database_of_another_program(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE customers (name TEXT)")
    with pytest.raises(errors.InvalidInput, match="another program"):
        Journal(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("customers",)]


def test_says_that_nothing_was_sent_if_the_file_is_damaged(journal):
    journal.path.write_bytes(b"damaged" * 1_000)
    with pytest.raises(errors.JournalFailed, match="Nothing was sent now"):
        journal.write(PLACE, WAY, CONTENT, FIRST, 0)


def test_refuses_a_further_attempt_if_the_entry_was_deleted(journal):
    journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    journal.path.unlink()
    with pytest.raises(errors.JournalFailed, match="lost the entry"):
        Journal(journal.path).write(PLACE, WAY, CONTENT, SECOND, 1)


def test_refuses_a_file_that_is_no_journal(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be taken for the header of one")
    with pytest.raises(errors.InvalidInput, match="can't be used as a journal"):
        Journal(path)
    assert path.read_text().startswith("not a database")


def test_refuses_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(errors.InvalidInput, match="Name another file"):
        Journal(tmp_path / "missing" / "agent.db")


# Transactions


def test_knows_nothing_of_an_unused_key(journal):
    assert journal.entry(PLACE) is None


def test_returns_what_was_written_also_after_opening_again(journal):
    written = journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    assert (written.place, written.way, written.content, written.attempts) == (PLACE, WAY, CONTENT, (FIRST,))
    assert datetime.now(UTC) - written.written_at < timedelta(minutes=1)
    assert Journal(journal.path).entry(PLACE) == written


def test_only_its_owner_can_read_it(journal):
    assert journal.path.stat().st_mode & 0o077 == 0


def test_returns_the_first_entry_when_another_process_was_faster(journal):
    first = journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    assert journal.write(PLACE, WAY, b"pay 99 to the payee", SECOND, 0) == first


def test_keys_are_by_chain_and_wallet(journal):
    journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    assert journal.entry(Place.of(2**100, SENDER, "INV-42")) is None
    assert journal.entry(Place.of(1, OTHER, "INV-42")) is None
    assert journal.entry(Place.of(1, SENDER.lower(), "INV-42")).attempts == (FIRST,)


def test_adds_further_attempts_in_order(journal):
    journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    assert journal.write(PLACE, WAY, CONTENT, SECOND, 1).attempts == (FIRST, SECOND)


def test_adds_no_attempt_when_another_process_was_faster(journal):
    journal.write(PLACE, WAY, CONTENT, FIRST, 0)
    journal.write(PLACE, WAY, CONTENT, SECOND, 1)
    assert journal.write(PLACE, WAY, CONTENT, replace(SECOND, hash="0x" + "33" * 32), 1).attempts == (FIRST, SECOND)


WRITE = """
import sys
from peculium.journal import Attempt, Journal, Place
path, wallet, number = sys.argv[1:]
attempt = Attempt(f"0x{int(number):064x}", {})
entry = Journal(path).write(Place.of(1, wallet, "INV-42"), "a transaction", b"content", attempt, 0)
print(*(each.hash for each in entry.attempts))
"""


def test_many_processes_agree_on_one_attempt(journal):
    journal.path.unlink()
    arguments = [sys.executable, "-c", WRITE, str(journal.path), SENDER]
    processes = [subprocess.Popen([*arguments, str(n)], stdout=subprocess.PIPE, text=True) for n in range(6)]
    seen = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert seen == {journal.entry(PLACE).attempts[0].hash}
    assert len(journal.entry(PLACE).attempts) == 1


# References and refusals


def test_keeps_the_text_of_a_reference(journal):
    journal.write_text(b"\x01" * 32, "invoice 42")
    assert journal.text_of(b"\x01" * 32) == "invoice 42"
    assert journal.text_of(b"\x02" * 32) is None


def test_keeps_refused_attempts_by_wallet(journal):
    refusal = errors.PaymentLimitExceeded(charge=120, limit=100)
    journal.write_refusal(1, SENDER, "pay", refusal)
    (kept,) = journal.refusals(1, SENDER.lower())
    assert (kept.wallet, kept.action, kept.error) == (SENDER, "pay", refusal.as_dict())
    assert journal.refusals(1, OTHER) == journal.refusals(2, SENDER) == []
