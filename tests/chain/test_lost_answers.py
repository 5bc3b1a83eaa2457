"""A transaction was handed in and its answer lost: the package finds out, or says that it doesn't know."""

from __future__ import annotations

import pickle
import threading
import time

import pytest

from peculium import InvalidInput, OutcomeUnknown, TransactionStatus, errors, outcome_of, send_transaction
from peculium.devnet.anvil import rpc
from verification.sending.proxy import Dropped, HttpFault

SEND, RECEIPT = "eth_sendRawTransaction", "eth_getTransactionReceipt"


def once(fault, *, before=False, method=SEND):
    """A hook that loses the first answer to `method`; with `before` the request doesn't reach the node."""
    left = [fault]

    def hook(name, parameters, forward):
        if name != method or not left:
            return forward()
        error = left.pop()
        if not before:
            forward()
        raise error

    return hook


def no_receipts_for(seconds, fault):
    """A hook that refuses receipts for some time."""
    end = time.monotonic() + seconds

    def hook(name, parameters, forward):
        if name == RECEIPT and time.monotonic() < end:
            raise fault
        return forward()

    return hook


@pytest.mark.parametrize("before", [False, True], ids=["after the node had it", "before the node had it"])
@pytest.mark.parametrize(
    "fault",
    [HttpFault(502), HttpFault(429, "Too Many Requests"), HttpFault(200, "<html>hello</html>"), Dropped()],
    ids=["502", "429", "HTML", "dropped"],
)
def test_pays_once_if_the_answer_to_the_handing_in_is_lost(fault, before, proxy, connect, pay, received):
    proxy.hook = once(fault, before=before)
    assert pay(connect()).event("PaymentMade")
    assert received() == 40


@pytest.mark.parametrize(
    "fault", [HttpFault(429, "Too Many Requests"), HttpFault(503), Dropped()], ids=["429", "503", "dropped"]
)
def test_waits_for_a_receipt_that_the_node_refuses_for_a_while(fault, proxy, connect, pay, received):
    proxy.hook = no_receipts_for(1, fault)
    assert pay(connect()).event("PaymentMade")
    assert received() == 40


def test_says_that_the_outcome_is_unknown_and_of_which_transaction(proxy, connect, pay, received, made):
    proxy.hook = no_receipts_for(3_600, HttpFault(429, "Too Many Requests"))
    connected = connect(timeout=0.5)
    with pytest.raises(OutcomeUnknown, match="Don't send it again") as caught:
        pay(connected)
    assert received() == 40
    unknown = caught.value
    assert unknown.hash in str(unknown)
    assert unknown.sender == made.agent.address
    proxy.hook = lambda name, parameters, forward: forward()
    assert unknown.wait(5).transaction == unknown.hash


def test_says_that_it_is_pending_if_no_block_comes(devnet, connect, pay, received, made):
    rpc(devnet.web3, "evm_setAutomine", False)
    connected = connect(timeout=0.5)
    with pytest.raises(errors.NotIncluded, match="is pending") as caught:
        pay(connected)
    unknown = caught.value
    assert outcome_of(connected.web3, unknown.hash, unknown.sender, unknown.nonce).status is TransactionStatus.PENDING
    rpc(devnet.web3, "evm_mine")
    found = outcome_of(connected.web3, unknown.hash, unknown.sender, unknown.nonce)
    assert found.status is TransactionStatus.DONE
    assert found.receipt.event("PaymentMade")
    assert received() == 40


def test_second_payment_follows_the_first_that_waits_for_a_block(devnet, connect, pay, received):
    rpc(devnet.web3, "evm_setAutomine", False)
    with pytest.raises(errors.NotIncluded):
        pay(connect(timeout=0.2), 40)
    with pytest.raises(errors.NotIncluded):
        pay(connect(timeout=0.2), 41)
    rpc(devnet.web3, "evm_mine")
    assert received() == 81


def test_unknown_outcome_survives_pickling_without_its_connection():
    error = errors.NotIncluded("text", "0x01", "0x02", 3, ("0x00", "0x01"))
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.hash, copy.sender, copy.nonce, copy.hashes) == (
        errors.NotIncluded,
        "text",
        "0x01",
        "0x02",
        3,
        ("0x00", "0x01"),
    )
    with pytest.raises(InvalidInput, match="outcome_of for its hash"):
        copy.wait()


def test_revoke_all_that_went_through_is_no_error_of_the_nonce(proxy, connect, devnet, made):
    proxy.hook = once(HttpFault(502))
    receipt = connect().switch.revoke_all(made.principal)
    assert receipt.transaction
    assert devnet.suite.switch.epoch_of(made.principal.address) == 1


def test_raises_the_fee_of_a_transaction_that_no_block_includes(devnet, connect, pay, received):
    rpc(devnet.web3, "evm_setAutomine", False)
    connected = connect(timeout=1.5, replace_after=0.4)
    with pytest.raises(errors.NotIncluded) as caught:
        pay(connected)
    hashes = caught.value.hashes
    assert len(hashes) > 1
    rpc(devnet.web3, "evm_mine")
    assert caught.value.wait(5).transaction in hashes
    assert received() == 40


def test_replacement_offers_an_eighth_more_with_the_same_content(devnet, connect, pay, proxy):
    rpc(devnet.web3, "evm_setAutomine", False)
    connected = connect(timeout=1, replace_after=0.4)
    sent = []

    def hook(name, parameters, forward):
        if name == SEND:
            sent.append(parameters[0])
        return forward()

    proxy.hook = hook
    with pytest.raises(errors.NotIncluded) as caught:
        pay(connected)
    pool = rpc(devnet.web3, "txpool_content")["pending"]
    (latest,) = next(iter(pool.values())).values()
    assert latest["hash"] == caught.value.hash
    first, last = len(set(sent)), caught.value
    assert first == len(last.hashes)
    assert int(latest["nonce"], 16) == last.nonce


def test_payments_of_many_threads_with_one_key_take_different_nonces(connect, pay, received):
    results = []

    def run(amount):
        try:
            results.append(pay(connect(), amount))
        except errors.PeculiumError as error:
            results.append(error)

    threads = [threading.Thread(target=run, args=(amount,)) for amount in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each for each in results if isinstance(each, Exception)] == []
    assert received() == sum(range(1, 13))


def test_names_the_transaction_that_took_the_nonce(devnet, connect, pay, received, made, proxy):
    """Another program with the same key replaced the payment."""
    rpc(devnet.web3, "evm_setAutomine", False)
    connected = connect(timeout=0.3)
    with pytest.raises(errors.NotIncluded) as caught:
        pay(connected)
    unknown = caught.value
    other = made.agent.sign_transaction(
        {
            "to": made.payee,
            "value": 1,
            "nonce": unknown.nonce,
            "gas": 21_000,
            "chainId": devnet.web3.eth.chain_id,
            "maxFeePerGas": 10**12,
            "maxPriorityFeePerGas": 10**11,
        }
    )
    devnet.web3.eth.send_raw_transaction(other.raw_transaction)
    rpc(devnet.web3, "evm_mine")
    with pytest.raises(errors.NonceTaken) as taken:
        unknown.wait(10)
    assert taken.value.other == other.hash.to_0x_hex()
    found = outcome_of(connected.web3, unknown.hash, unknown.sender, unknown.nonce)
    assert (found.status, found.other) == (TransactionStatus.REPLACED, other.hash.to_0x_hex())
    assert received() == 0


def test_a_transaction_that_fails_in_its_block_is_an_error_with_reason_and_hash(devnet, connect, pay, received, made):
    """The principal revokes between the dry run and the block."""
    rpc(devnet.web3, "evm_setAutomine", False)
    connected = connect(timeout=10)
    caught = []

    def run():
        try:
            pay(connected)
        except errors.PeculiumError as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    until = time.monotonic() + 5
    while rpc(devnet.web3, "txpool_status")["pending"] == "0x0" and time.monotonic() < until:
        time.sleep(0.05)
    rpc(devnet.web3, "anvil_setCode", devnet.usdc.address, "0x60006000fd")
    rpc(devnet.web3, "evm_mine")
    thread.join()
    (error,) = caught
    assert isinstance(error, errors.ContractError)
    assert error.transaction.startswith("0x")


@pytest.mark.parametrize("value", ["", "0x", "0x" + "1" * 63, "1" * 64, "0x" + "1" * 65, "0x" + "g" * 64])
def test_outcome_refuses_what_is_no_hash(value, connect):
    with pytest.raises(InvalidInput, match="not a transaction hash"):
        outcome_of(connect().web3, value)


def test_outcome_of_a_transaction_that_failed_is_failed(devnet, connect, made):
    """Its gas limit is too low for what it does."""
    data = made.wallet.call_data("pay", devnet.usdc.address, made.payee, 10**6, bytes(32))
    with pytest.raises(errors.ContractError) as caught:
        send_transaction(devnet.web3, made.agent, made.wallet.address, data, gas=60_000)
    found = outcome_of(connect().web3, caught.value.transaction.upper().replace("0X", "0x"))
    assert (found.status, found.receipt) == (TransactionStatus.FAILED, None)


def test_knows_no_transaction_that_was_never_handed_in(connect):
    assert outcome_of(connect().web3, "0x" + "11" * 32).status is TransactionStatus.NEVER_SEEN
