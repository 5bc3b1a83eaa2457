"""`Relayed`: the agent key signs, another account sends and pays the gas."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import InvalidInput, errors
from peculium.devnet.anvil import rpc
from peculium.transports import Relayed
from peculium.transports.earlier import relayed_actions


@pytest.fixture
def relayer(devnet):
    return devnet.role("relayer")


def test_refuses_a_key_in_place_of_the_relayers_account():
    with pytest.raises(InvalidInput, match="Pass an account"):
        Relayed("0x" + "11" * 32)


def test_refuses_what_the_mandate_refuses(connect, pay, relayer, received):
    with pytest.raises(errors.PaymentLimitExceeded):
        pay(connect(via=Relayed(relayer)), 101)
    assert received() == 0


def test_nothing_happens_after_the_deadline(connect, pay, relayer, received, devnet):
    """No block comes before the deadline, so the block that includes it refuses it."""
    rpc(devnet.web3, "evm_setAutomine", False)
    with pytest.raises(errors.NotIncluded) as caught:
        pay(connect(via=Relayed(relayer, deadline=timedelta(seconds=60)), timeout=0.3), once=None)
    rpc(devnet.web3, "evm_setNextBlockTimestamp", devnet.now() + 120)
    rpc(devnet.web3, "evm_mine")
    with pytest.raises(errors.DeadlinePassed):
        caught.value.wait(5)
    assert received() == 0


def test_relayer_pays_the_gas(connect, pay, relayer, received, made, devnet):
    before = devnet.web3.eth.get_balance(made.agent.address)
    assert pay(connect(via=Relayed(relayer)), once=None).event("PaymentMade")
    assert devnet.web3.eth.get_balance(made.agent.address) == before
    assert received() == 40


def test_relays_twice_without_a_key(connect, pay, relayer, received):
    agent = connect(via=Relayed(relayer))
    for _ in range(2):
        pay(agent, once=None)
    assert received() == 80


@pytest.mark.parametrize("kept", [True, False], ids=["journal", "none"])
def test_retry_through_another_relayer_returns_the_first_receipt(
    kept, journal, connect, pay, relayer, received, devnet
):
    first = pay(connect(journal if kept else None, via=Relayed(relayer)))
    assert pay(connect(journal if kept else None, via=Relayed(devnet.role("deployer")))) == first
    assert received() == 40


def test_refuses_the_key_for_another_payee(connect, relayer, received, made, devnet):
    agent = connect(via=Relayed(relayer))
    agent.pay(devnet.usdc.address, made.payee, 40, once="INV-42")
    with pytest.raises(errors.OnceMismatch, match="a payment of 40"):
        agent.pay(devnet.usdc.address, made.payee, 40, ref="INV-43", once="INV-42")
    assert received() == 40


def test_direct_and_relayed_share_the_key_without_a_journal(connect, pay, relayer, received):
    first = pay(connect())
    assert pay(connect(via=Relayed(relayer))) == first
    assert received() == 40


def test_direct_with_a_journal_refuses_a_key_that_was_relayed(journal, connect, pay, relayer, received):
    pay(connect(journal, via=Relayed(relayer)))
    with pytest.raises(errors.OnceMismatch, match="retry it through the same transport"):
        pay(connect(journal))
    assert received() == 40


def test_relayed_with_a_journal_refuses_a_key_that_was_sent_directly(journal, connect, pay, relayer, received):
    pay(connect(journal))
    with pytest.raises(errors.OnceMismatch, match="retry it through the same transport"):
        pay(connect(journal, via=Relayed(relayer)))
    assert received() == 40


def test_reads_relayed_actions_also_within_a_batch(made):
    relays = [(made.payee, made.payee, 0, 0, 9, nonce) for nonce in (7, 8)]
    calls = [bytes.fromhex(made.wallet.call_data("act", b"action", relay, b"signature")[2:]) for relay in relays]
    assert list(relayed_actions(b"\x01" * 5 + calls[0] + b"\x02" * 31 + calls[1])) == [(b"action", 7), (b"action", 8)]
    assert list(relayed_actions(calls[0][:4] + b"\xff" * 64)) == []
