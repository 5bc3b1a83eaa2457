"""Proofs, refused attempts, reports and pictures."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from peculium import Agent, InvalidInput
from peculium.devnet.anvil import rpc
from peculium.errors import OverLimit
from verification.books.life import LONG
from verification.testing.durations import DAY
from verification.testing.snapshots import revert


@pytest.fixture
def keeper(created, suite, names, tmp_path):
    """The agent with a journal."""
    return Agent(created.wallet.address, created.agent, suite, names=names, journal=tmp_path / "agent.db")


@pytest.fixture
def first(ledger):
    """The first payment of the agent."""
    return lambda: next(iter(ledger.rows(path="direct")))


def test_a_row_that_does_not_exist_is_not_proven(ledger):
    with pytest.raises(InvalidInput, match=r"has no row 99\."):
        ledger.prove(99)


def test_a_row_whose_block_is_gone_is_not_proven(buyer, ledger, web3, first):
    snapshot = rpc(web3, "evm_snapshot")
    buyer.pay("USDC", "supplier", 1)
    ledger.update()
    revert(web3, snapshot)
    with pytest.raises(InvalidInput, match="Update the ledger first"):
        ledger.prove(first().id)


def test_a_proof_has_receipt_log_header_and_mandate(buyer, created, ledger, first, usdc):
    receipt = buyer.pay("USDC", "supplier", "12.5", ref="INV-1")
    ledger.update()
    proof = ledger.prove(first().id)
    assert proof.receipt["transactionHash"] == receipt.transaction
    assert proof.header["hash"] == proof.receipt["blockHash"] == first().block_hash
    assert (int(proof.log["data"], 16), proof.log["address"]) == (12_500_000, usdc.address.lower())
    assert proof.mandate["hash"] == proof.mandate_log["topics"][1] == "0x" + created.mandate.hash().hex()
    assert any(first().block_hash in each for each in proof.checks)
    assert json.loads(json.dumps(proof.as_dict()))["format"] == "peculium-ledger-proof-1"


def test_a_withdrawal_without_a_mandate_is_proven_without_one(created, ledger, principal, usdc):
    created.wallet.lift_mandate(principal)
    created.wallet.withdraw(principal, usdc.address, principal.address, 1)
    ledger.update()
    (row,) = ledger.rows(path="withdrawal")
    assert ledger.prove(row.id).mandate is None


def test_the_journal_has_texts_and_refused_attempts(keeper, ledger, first):
    with pytest.raises(OverLimit):
        keeper.pay("USDC", "supplier", 101, ref="too much")
    keeper.pay("USDC", "supplier", 1, ref=LONG)
    ledger.update()
    assert first().text == "text not kept"
    assert ledger.read_journal(keeper.journal.path) == 2
    assert first().text == LONG
    (refused,) = ledger.refusals(agent="buyer")
    assert (refused.action, refused.error["code"], refused.error["amount"]) == ("pay", "PaymentLimitExceeded", "101")
    assert json.dumps(refused.as_dict())
    # Again: nothing is new.
    assert ledger.read_journal(keeper.journal) == 0
    assert len(ledger.refusals()) == 1


def test_a_journal_that_is_not_there_is_not_made(ledger, tmp_path):
    with pytest.raises(InvalidInput, match="There is no journal"):
        ledger.read_journal(tmp_path / "nowhere.db")
    assert not (tmp_path / "nowhere.db").exists()


def test_the_report_says_what_it_tried_what_stopped_it_what_it_spent_and_who_answers(
    keeper, created, ledger, suite, principal, guardian, now
):
    keeper.pay("USDC", "supplier", 1, ref="before")
    since = now() + 1
    keeper.pay("USDC", "supplier", 2, ref="rogue")
    with pytest.raises(OverLimit):
        keeper.pay("USDC", "supplier", 101, ref="too much")
    keeper.request_payment("USDC", "caterer", 350, "a banquet")
    suite.switch.set_guardian(principal, guardian.address, True)
    suite.switch.pause(guardian, created.wallet.address, principal.address)
    suite.switch.revoke_all(principal)
    ledger.update()
    ledger.read_journal(keeper.journal)
    # The journal has the time of the clock, which the chain's may be ahead of.
    report = ledger.report("buyer", since=min(since, int(datetime.now(UTC).timestamp()) - DAY))
    assert [each.what for each in report.tried] == ["asked for a payment"]
    assert [each.error["code"] for each in report.refused] == ["PaymentLimitExceeded"]
    assert [each.what for each in report.stops][-2:] == ["paused", "all agents of the principal revoked"]
    assert [each.by for each in report.stops][-2:] == [guardian.address, principal.address]
    assert report.answering == ((principal.address, "boss"),)
    assert [row.text for row in ledger.report("buyer", since=since).spent] == ["rogue"]
    text = "\n".join(report.lines())
    assert "Who answers: boss." in text
    assert 'direct: 2 USDC to supplier for "rogue"' in text
    assert json.dumps(report.as_dict())


def test_windows_count_what_is_charged_until_it_leaves(buyer, ledger, time_travel):
    buyer.pay("USDC", "supplier", 30)
    time_travel(DAY // 2)
    buyer.pay("USDC", "supplier", 20)
    time_travel(DAY)
    buyer.pay("USDC", "supplier", 5)
    ledger.update()
    (window,) = ledger.windows("buyer")
    assert [step.spent for step in window.steps] == [30, 50, 20, 0, 5]
    assert (window.currency, window.most, [each.limit for each in window.limits]) == ("USD", 50, [500])


def test_open_authorizations_count_until_they_are_released(buyer, ledger, now, time_travel):
    until = now() + 3 * DAY
    buyer.preauthorize("USDC", "supplier", 40, "never settled", valid_before=until)
    time_travel(to=until)
    buyer.close_authorizations()
    ledger.update()
    (window,) = ledger.windows("buyer")
    assert [step.spent for step in window.steps] == [40, 0]


def test_the_picture_is_an_svg_or_a_png(life, ledger, tmp_path):
    life.all()
    ledger.update()
    ledger.chart("buyer", tmp_path / "spending.svg")
    ledger.chart("buyer", tmp_path / "spending.png")
    assert ElementTree.parse(tmp_path / "spending.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"
    assert (tmp_path / "spending.png").read_bytes()[1:4] == b"PNG"
    with pytest.raises(InvalidInput, match=r"ends with neither of \.svg, \.png"):
        ledger.chart("buyer", tmp_path / "spending.gif")
