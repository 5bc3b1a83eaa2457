"""`Direct` with a key: done once, with a journal and without one."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import replace

import pytest

from peculium import VerifiedKey, errors
from peculium.agent import Agent
from peculium.devnet.anvil import rpc
from peculium.errors import NodeUnreachable
from peculium.transports import once_nonce
from verification.sending.proxy import HttpFault, pass_on

SEND, RECEIPT = "eth_sendRawTransaction", "eth_getTransactionReceipt"


@pytest.fixture(params=["journal", "none"])
def book(request, journal):
    """A journal, or none."""
    return journal if request.param == "journal" else None


# Refusals


def test_refuses_the_key_for_another_amount_and_says_what_was_done(book, connect, pay, received):
    first = pay(connect(book))
    with pytest.raises(errors.OnceMismatch, match=r'a payment of 40 of the token .*"INV-42"') as caught:
        pay(connect(book), 41)
    assert (caught.value.key, caught.value.hash) == ("INV-42", first.transaction)
    assert received() == 40


def test_refused_payment_leaves_the_key_free(book, connect, pay, received):
    with pytest.raises(errors.PaymentLimitExceeded):
        pay(connect(book), 101)
    pay(connect(book), 40)
    assert received() == 40


def test_canceled_key_is_refused(book, connect, pay, received, made):
    made.wallet.cancel_action(made.principal, once_nonce(made.wallet.address, "INV-42"))
    with pytest.raises(errors.OnceCanceled, match="Use another key"):
        pay(connect(book))
    assert received() == 0


def test_journal_that_is_begun_later_refuses_the_key_for_another_amount(journal, connect, pay, received):
    pay(connect())
    with pytest.raises(errors.OnceMismatch):
        pay(connect(journal), 41)
    assert received() == 40


def test_journal_that_is_begun_later_finds_what_was_done_without_one(journal, connect, pay, received):
    """Keys are invoice numbers, and outlive a change of the settings."""
    first = pay(connect())
    assert pay(connect(journal)).transaction == first.transaction
    assert received() == 40


def test_key_that_sends_no_transactions_is_refused_with_the_other_transports(connect, pay, made):
    key = VerifiedKey(made.payee, b"\x01" * 64, lambda digest: digest)
    agent = Agent(made.wallet.address, key, connect().network)
    with pytest.raises(errors.InvalidInput, match=r"Relayed.*UserOperations"):
        pay(agent)


def test_journal_that_cannot_be_written_refuses_before_anything_is_sent(journal, connect, pay, received):
    agent = connect(journal)
    with sqlite3.connect(journal.path) as connection:
        connection.execute("DROP TABLE attempts")
    with pytest.raises(errors.JournalFailed, match="Nothing was sent now"):
        pay(agent)
    assert received() == 0


# Done once


def test_retry_by_another_process_returns_the_first_receipt(book, connect, pay, received):
    first = pay(connect(book))
    assert pay(connect(book)) == first
    assert received() == 40


def test_other_keys_pay_again(book, connect, pay, received):
    for once in ("INV-42", "INV-43"):
        pay(connect(book), once=once)
    assert received() == 80


@pytest.mark.parametrize("before", [True, False], ids=["before the node had it", "after the node had it"])
def test_retry_after_a_lost_answer_pays_once(before, book, proxy, connect, pay, received):
    def lose(name, parameters, forward):
        if name not in (SEND, RECEIPT):
            return forward()
        if name == SEND and not before:
            forward()
        raise HttpFault(502)

    proxy.hook = lose
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(book, timeout=0.3, patience=0.2))
    proxy.hook = pass_on
    receipt = pay(connect(book))
    assert receipt.event("PaymentMade")
    assert received() == 40
    assert pay(connect(book)) == receipt


def test_retry_while_the_first_is_pending_pays_once(book, devnet, connect, pay, received):
    rpc(devnet.web3, "evm_setAutomine", False)
    with pytest.raises(errors.NotIncluded, match="Call again with the same key, once='INV-42'") as caught:
        pay(connect(book, timeout=0.3))
    said = caught.value.as_dict()
    assert "Don't" not in said["message"]
    assert (said["retryable"], said["once"], said["message"].endswith(said["next"])) == (True, "INV-42", True)
    assert (said["hash"], said["sender"], said["nonce"]) == (caught.value.hash, caught.value.sender, caught.value.nonce)
    agent, found = connect(book), []
    thread = threading.Thread(target=lambda: found.append(pay(agent)))
    thread.start()
    threading.Event().wait(0.5)
    rpc(devnet.web3, "evm_setAutomine", True)
    rpc(devnet.web3, "evm_mine")
    thread.join(10)
    assert found[0].event("PaymentMade")
    assert received() == 40


def test_processes_that_start_at_once_pay_once(book, connect, pay, received):
    found = []

    def run():
        try:
            found.append(pay(connect(book)))
        except errors.PeculiumError as error:
            found.append(error)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({receipt.transaction for receipt in found}) == 1
    assert received() == 40


def test_signs_again_if_another_transaction_took_the_nonce(journal, proxy, connect, pay, received, made, devnet):
    """The process died after it had written the payment down, and another one used the nonce."""
    proxy.hook = lambda name, parameters, forward: _refuse_send(name, forward)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    pay(connect(), 1, once=None)
    pay(connect(journal))
    pay(connect(journal))
    assert received() == 41


def _refuse_send(name, forward):
    if name == SEND:
        raise HttpFault(502)
    return forward()


def test_never_replaces_the_pending_transaction_of_another_process(journal, proxy, connect, pay, received, devnet):
    """The process died after it had written the payment down, and another payment with the nonce waits for a block."""
    proxy.hook = lambda name, parameters, forward: _refuse_send(name, forward)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    rpc(devnet.web3, "evm_setAutomine", False)
    with pytest.raises(errors.NotIncluded) as other:
        pay(connect(timeout=0.3), 1, once=None)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=1.5, replace_after=0.3))
    rpc(devnet.web3, "evm_setAutomine", True)
    rpc(devnet.web3, "evm_mine")
    assert other.value.wait(5).event("PaymentMade")
    pay(connect(journal))
    assert received() == 41


def test_signs_again_only_when_the_other_transaction_is_confirmed(journal, proxy, connect, pay, received, devnet):
    """Its block could be replaced, and then the first one could still happen."""
    proxy.hook = lambda name, parameters, forward: _refuse_send(name, forward)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    pay(connect(), 1, once=None)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=1.5, confirmations=3))
    assert [len(entry) for entry in _entries(journal)] == [1]
    rpc(devnet.web3, "anvil_mine", hex(2))
    pay(connect(journal))
    assert [len(entry) for entry in _entries(journal)] == [2]
    assert received() == 41


def test_new_agent_key_finishes_what_the_last_one_has_written_down(
    journal, proxy, connect, pay, received, made, devnet
):
    proxy.hook = lambda name, parameters, forward: _refuse_send(name, forward)
    with pytest.raises(errors.OutcomeUnknown):
        pay(connect(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    key, mandate = devnet.role("new agent"), made.wallet.last_mandate().in_round(made.wallet.round)
    made.wallet.set_mandate(made.principal, replace(mandate, agent_key=key.address))
    agent = connect(journal)
    agent.key = key
    with pytest.raises(errors.ContractError, match="NotAgentKey") as failed:
        pay(agent)
    assert failed.value.transaction
    receipt = pay(agent)
    assert pay(agent) == receipt
    assert received() == 40


def test_payment_that_failed_in_its_block_is_tried_again(book, proxy, devnet, connect, pay, received, made):
    """The wallet has too little when the block comes, and enough later."""
    rpc(devnet.web3, "evm_setAutomine", False)
    agent = connect(book)
    caught = []

    def run():
        try:
            pay(agent)
        except errors.ContractError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while rpc(devnet.web3, "txpool_status")["pending"] == "0x0":
        threading.Event().wait(0.05)
    code = devnet.web3.eth.get_code(devnet.usdc.address).to_0x_hex()
    rpc(devnet.web3, "anvil_setCode", devnet.usdc.address, "0x60006000fd")
    rpc(devnet.web3, "evm_mine")
    thread.join(10)
    assert caught[0].transaction.startswith("0x")
    rpc(devnet.web3, "anvil_setCode", devnet.usdc.address, code)
    rpc(devnet.web3, "evm_setAutomine", True)
    receipt = pay(connect(book))
    assert receipt.transaction != caught[0].transaction
    assert pay(connect(book)) == receipt
    assert received() == 40


def test_replacement_at_a_higher_fee_is_written_down_before_it_is_sent(journal, devnet, proxy, connect, pay, received):
    rpc(devnet.web3, "evm_setAutomine", False)
    agent, sent = connect(journal, timeout=1.5, replace_after=0.4), []

    def hook(name, parameters, forward):
        if name == SEND:
            (entry,) = _entries(journal)
            assert parameters[0] in entry
            sent.append(parameters[0])
        return forward()

    proxy.hook = hook
    with pytest.raises(errors.NotIncluded):
        pay(agent)
    assert len(set(sent)) > 1
    rpc(devnet.web3, "evm_setAutomine", True)
    rpc(devnet.web3, "evm_mine")
    assert pay(connect(journal)).event("PaymentMade")
    assert received() == 40


def _entries(journal):
    with sqlite3.connect(journal.path) as connection:
        return [[row[0] for row in connection.execute("SELECT json_extract(signed, '$.raw') FROM attempts")]]


def test_costs_no_gas_with_a_journal(journal, connect, pay, devnet):
    pay(connect(), once="warm")
    plain = pay(connect(), once=None)
    assert abs(pay(connect(journal)).gas_used - plain.gas_used) < 100
    assert round(pay(connect()).gas_used - plain.gas_used, -3) == 33_000  # as the documents say


def test_survives_a_new_mandate_without_a_journal(connect, pay, received, made, devnet):
    first = pay(connect())
    mandate = made.wallet.last_mandate()
    made.wallet.set_mandate(made.principal, mandate.in_round(made.wallet.round))
    assert pay(connect()) == first
    assert received() == 40


@pytest.mark.parametrize(("kept", "first", "retry"), [(True, 3, 1), (False, 3, 3)], ids=["journal", "none"])
def test_takes_few_round_trips(kept, first, retry, journal, proxy, connect, pay):
    """Looks for the receipt aren't counted. A retry with a journal looks once more for the height."""
    agent = connect(journal if kept else None)
    pay(agent, once="warm")
    counts = []
    for _ in range(2):
        proxy.trips.clear()
        pay(agent)
        counts.append(sum(set(trip) != {RECEIPT} for trip in proxy.trips))
    assert counts == [first, retry]


# What the journal keeps


def test_journal_keeps_texts_and_refusals(journal, connect, pay, made, devnet):
    agent = connect(journal)
    text = "invoice 42 of the supplier for the month of November"
    receipt = agent.pay(devnet.usdc.address, made.payee, 1, text)
    with pytest.raises(errors.PaymentLimitExceeded):
        pay(agent, 101, once=None)
    assert journal.text_of(receipt.event("PaymentMade").arguments["ref"]) == text
    (refusal,) = journal.refusals(devnet.web3.eth.chain_id, made.wallet.address)
    assert (refusal.action, refusal.error["code"], refusal.error["amount"]) == ("pay", "PaymentLimitExceeded", "101")


def test_node_that_is_down_says_so(journal, proxy, connect, pay, received):
    agent = connect(journal, patience=0)
    proxy.hook = lambda name, parameters, forward: (_ for _ in ()).throw(HttpFault(503))
    with pytest.raises(NodeUnreachable):
        pay(agent)
    assert received() == 0
