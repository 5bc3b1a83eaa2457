"""A Safe's transaction that somebody executes elsewhere, or replaces, is noticed by its hash."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from peculium import InvalidInput, Status
from peculium.accounts import Safe, safe_outcome
from peculium.accounts.safe_outcome import FAILURE, SUCCESS, Executed, executed
from peculium.errors import OutcomeUnknown, SafeTransactionFailed, SafeTransactionReplaced, SignaturesMissing
from peculium.principal import Principal

TERMS = {"uri": "https://agents.example/9.json", "statement": "I answer for it."}
HASH, OTHER = b"\x01" * 32, b"\x02" * 32


@pytest.fixture
def made(safe, safe_address, suite, new_mandate, funded, owners):
    """The wallet of an agent whose principal is the Safe."""
    key = funded("agent of the Safe")
    terms = {"max_requests": 1, "max_request_age": timedelta(days=1)}
    mandate = new_mandate(principal=safe_address, agent_key=key.address, **terms)
    return Principal(safe(*owners[:2]), suite).create_agent(mandate, key, **TERMS).wallet


@pytest.fixture
def board(safe, suite):
    """Binds a principal to the Safe with the keys of some owners."""
    return lambda *keys, **options: Principal(safe(*keys, **options), suite)


@pytest.fixture
def elsewhere(safe_address, suite, owners, tmp_path):
    """The same Safe with two owners on another machine, which has none of the files."""
    return Principal(Safe(safe_address, suite, owners=owners[1:], folder=tmp_path / "elsewhere"), suite)


@pytest.fixture
def waiting(board, made, owners):
    """The file of a stop that waits for a second owner."""
    with pytest.raises(SignaturesMissing) as missing:
        board(owners[0]).pause(made)
    return Path(missing.value.file)


def nonce_of(principal):
    return principal.account.contract.read("nonce")


def test_replaced_transaction_is_reported_once_and_then_proposed_anew(board, made, owners, elsewhere, waiting, suite):
    elsewhere.appoint_guardian(owners[0].address)
    with pytest.raises(
        SafeTransactionReplaced, match=r"can't be executed any more, and was not\. Do the same"
    ) as found:
        board(*owners).pause(made)
    assert found.value.as_dict()["code"] == "SafeTransactionReplaced"
    assert not waiting.exists()
    assert suite.registry.check_wallet(made).active
    with pytest.raises(SignaturesMissing):
        board(owners[0]).pause(made)
    board(*owners).pause(made)
    assert suite.registry.check_wallet(made).status is Status.PAUSED


def test_another_call_does_not_touch_what_waits(board, made, owners, waiting):
    board(*owners).appoint_guardian(owners[0].address)
    assert waiting.exists()


def test_refuses_a_signature_for_a_nonce_that_is_used(safe, owners, elsewhere, made, waiting):
    elsewhere.pause(made)
    with pytest.raises(InvalidInput, match=r"is used, so .* needs no signature"):
        safe().sign_file(waiting, owners[1])


def test_failed_transaction_is_reported_once(board, made, owners, elsewhere, waiting, monkeypatch):
    elsewhere.pause(made)
    read = safe_outcome.read_logs

    def failed(*arguments):
        return [{**log, "topics": ["0x" + FAILURE.hex(), *log["topics"][1:]]} for log in read(*arguments)]

    monkeypatch.setattr(safe_outcome, "read_logs", failed)
    with pytest.raises(SafeTransactionFailed, match="and the call failed: nothing changed"):
        board(owners[0]).pause(made)
    assert not waiting.exists()


def test_node_that_does_not_show_the_execution_yet_is_no_answer(board, made, owners, elsewhere, waiting, monkeypatch):
    elsewhere.pause(made)
    monkeypatch.setattr(safe_outcome, "read_logs", lambda *arguments: [])
    with pytest.raises(OutcomeUnknown, match=r"Nothing was sent now\. Do the same again later"):
        board(*owners).pause(made)
    monkeypatch.undo()
    assert board(*owners).pause(made).receipt.event("AgentPaused")


def test_execution_elsewhere_is_returned_and_nothing_is_executed_again(board, made, owners, elsewhere, waiting):
    first = elsewhere.account.contract.node.block_number()
    elsewhere.pause(made)
    boss = board(*owners)
    before = nonce_of(boss)
    found = boss.pause(made)
    assert found.receipt.block > first
    assert nonce_of(boss) == before
    assert not waiting.exists()


def test_execution_elsewhere_in_the_last_moment_is_returned(board, made, owners, elsewhere, monkeypatch):
    """The other transaction is in a block before this one."""
    boss = board(*owners)
    send, sent = boss.account.contract.send, []

    def late(*arguments):
        if not sent:
            sent.append(elsewhere.pause(made))
        return send(*arguments)

    monkeypatch.setattr(boss.account.contract, "send", late)
    before = nonce_of(boss)
    assert boss.pause(made).receipt.transaction == sent[0].receipt.transaction
    assert nonce_of(boss) == before + 1


def test_lost_answer_leads_to_the_first_execution(board, made, owners, monkeypatch, tmp_path):
    boss = board(*owners)
    send, sent = boss.account.contract.send, []

    def lost(*arguments):
        sent.append(send(*arguments))
        raise OutcomeUnknown("The answer was lost.", sent[0].transaction)

    monkeypatch.setattr(boss.account.contract, "send", lost)
    before = nonce_of(boss)
    with pytest.raises(OutcomeUnknown):
        boss.pause(made)
    again = board(*owners)
    assert again.pause(made).receipt.transaction == sent[0].transaction
    assert nonce_of(again) == before + 1
    assert not list(tmp_path.glob("safe-*.json"))


def log(topic, *hashes, data=b"", transaction="0x" + "aa" * 32):
    return {
        "topics": ["0x" + each.hex() for each in (topic, *hashes)],
        "data": "0x" + data.hex(),
        "transactionHash": transaction,
    }


@pytest.mark.parametrize(
    ("logs", "used", "outcome"),
    [
        ([log(SUCCESS, HASH)], 1, Executed.DONE),
        ([log(SUCCESS, data=HASH + bytes(32))], 1, Executed.DONE),
        ([log(FAILURE, data=HASH + bytes(32))], 1, Executed.FAILED),
        ([log(SUCCESS, OTHER), log(SUCCESS, HASH)], 2, Executed.DONE),
        ([log(SUCCESS, OTHER)], 1, Executed.REPLACED),
        ([log(SUCCESS, OTHER)], 2, Executed.UNKNOWN),
        ([], 1, Executed.UNKNOWN),
    ],
)
def test_events_of_both_versions_say_what_became_of_a_hash(logs, used, outcome):
    found, transaction = executed(logs, HASH, used)
    assert found is outcome
    assert bool(transaction) == (outcome in (Executed.DONE, Executed.FAILED))
