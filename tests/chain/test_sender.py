"""Gas limits, fees, nonces and confirmations of a transaction."""

from __future__ import annotations

import threading
import time

import pytest

from peculium import InvalidInput, SendOptions, configure_sending, errors, send_transaction
from peculium.chain.fees import FALLBACK_PRIORITY, Fees
from peculium.chain.nonces import Account
from peculium.chain.sender import GAS_CAP, gas_limit
from peculium.devnet.anvil import rpc
from peculium.errors import NodeRefused

UNKNOWN = NodeRefused("", -32601, "no such method")


@pytest.mark.parametrize("options", [{"confirmations": 0}, {"timeout": -1}, {"patience": -1}, {"replace_after": -1}])
def test_options_refuse_what_makes_no_sense(options):
    with pytest.raises(InvalidInput):
        SendOptions(**options)


@pytest.mark.parametrize(
    ("estimate", "block", "expected"),
    [
        (50_000, {"gasLimit": hex(30_000_000)}, 200_000),
        (10_000_000, {"gasLimit": hex(30_000_000)}, GAS_CAP),
        (10_000_000, {"gasLimit": hex(12_000_000)}, 12_000_000),
        (20_000_000, {"gasLimit": hex(60_000_000)}, 20_000_000),
        (50_000, {}, 200_000),
    ],
)
def test_gas_limit_is_twice_the_estimate_within_what_a_transaction_can_have(estimate, block, expected):
    assert gas_limit(estimate, block) == expected


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (({"baseFeePerGas": "0x64"}, "0x5", "0x69"), Fees(205, 5)),
        (({"baseFeePerGas": "0x64"}, UNKNOWN, "0x69"), Fees(205, 5)),
        (({"baseFeePerGas": "0x64"}, UNKNOWN, UNKNOWN), Fees(200 + FALLBACK_PRIORITY, FALLBACK_PRIORITY)),
        (({"baseFeePerGas": "0x0"}, "0x0", "0x0"), Fees(0, 0)),
        (({}, UNKNOWN, "0x69"), Fees(105, None)),
    ],
)
def test_fees_follow_the_chain(answers, expected):
    assert Fees.of(answers) == expected


def test_fees_refuse_a_node_that_says_nothing():
    with pytest.raises(NodeRefused):
        Fees.of(({}, UNKNOWN, UNKNOWN))


@pytest.mark.parametrize("fees", [Fees(1_000, 100), Fees(1_000, None), Fees(1, 1), Fees(7, 0)])
def test_a_replacement_offers_at_least_an_eighth_more(fees):
    raised = fees.raised()
    assert raised.max_fee * 8 >= fees.max_fee * 9
    assert (raised.priority is None) == (fees.priority is None)
    if raised.priority is not None:
        assert raised.priority * 8 >= fees.priority * 9
        assert raised.priority <= raised.max_fee


def test_a_replacement_is_not_below_the_current_fees():
    assert Fees(1_000, 100).raised(Fees(5_000, 500)) == Fees(5_000, 500)


def test_next_nonce_follows_what_is_in_flight():
    account = Account()
    assert account.next_nonce(4) == 4
    with account.using(4), account.using(6):
        assert account.next_nonce(4) == 7
        assert account.next_nonce(9) == 9
    assert account.next_nonce(4) == 4


def test_waits_for_as_many_confirmations_as_asked(devnet, connect, made):
    connected = connect()
    done = []
    thread = threading.Thread(
        target=lambda: done.append(
            send_transaction(connected.web3, made.agent, made.payee, "0x", value=1, confirmations=3)
        )
    )
    thread.start()
    time.sleep(1)
    assert done == []
    rpc(devnet.web3, "anvil_mine", hex(2))
    thread.join(10)
    assert done[0].block == devnet.web3.eth.block_number - 2


def test_says_unknown_if_the_confirmations_do_not_come(connect, made):
    connected = connect(timeout=0.5)
    configure_sending(connected.web3, confirmations=3)
    with pytest.raises(errors.OutcomeUnknown):
        send_transaction(connected.web3, made.agent, made.payee, "0x", value=1)


def test_sends_native_currency_to_an_account_without_code(devnet, connect, made):
    before = devnet.web3.eth.get_balance(made.payee)
    send_transaction(connect().web3, made.agent, made.payee, "0x", value=5)
    assert devnet.web3.eth.get_balance(made.payee) - before == 5
