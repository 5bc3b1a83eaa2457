"""How many requests one after another an action takes. Looks for the receipt aren't counted."""

from __future__ import annotations

import pytest

from peculium import ContractError, Pay, errors

POLLS = {"eth_getTransactionReceipt"}


def counted(proxy, action):
    """The round trips of an action that aren't looks for a receipt."""
    proxy.trips.clear()
    action()
    return [trip for trip in proxy.trips if set(trip) - POLLS]


@pytest.fixture
def warm(connect, pay, devnet, made):
    """A connection and contracts that were used before."""
    connected = connect()
    pay(connected, 1)
    connected.bundler.perform(connected.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))
    return connected


def test_a_payment_takes_two_round_trips(warm, proxy, pay):
    trips = counted(proxy, lambda: pay(warm))
    assert [len(trip) > 1 or trip[0] for trip in trips] == [True, "eth_sendRawTransaction"]


def test_a_refused_payment_takes_one_and_one_to_say_why(warm, proxy, pay):
    """The second finds out whether the wallet itself refuses, and when enough returns. The first time two more read the mandate."""

    def refused():
        with pytest.raises(ContractError, match="USD"):
            pay(warm, 101)

    assert len(counted(proxy, refused)) == 1 + 3
    assert len(counted(proxy, refused)) == 1 + 1


def test_a_payment_refused_by_a_window_takes_no_more(warm, proxy, pay, devnet, made):
    with pytest.raises(ContractError):
        pay(warm, 101)
    for _ in range(4):
        made.wallet.pay_batch(made.agent, [Pay(devnet.usdc.address, made.payee, 100)] * 12)
    pay(warm, 100)

    def refused():
        with pytest.raises(errors.WindowLimitExceeded) as caught:
            pay(warm, 100)
        assert caught.value.retry_at

    assert len(counted(proxy, refused)) == 1 + 1


def test_an_operation_takes_four(warm, proxy, devnet, made):
    def perform():
        warm.bundler.perform(warm.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 1))

    assert len(counted(proxy, perform)) == 4


def test_a_refused_operation_takes_two_and_one_to_say_why(warm, proxy, devnet, made):
    def refused():
        with pytest.raises(ContractError, match="charges 101 USD"):
            warm.bundler.perform(warm.wallet, made.agent, Pay(devnet.usdc.address, made.payee, 101))

    refused()
    assert len(counted(proxy, refused)) == 2 + 1


def test_a_stop_takes_three(warm, proxy, made):
    """The third reads the stop back."""
    warm.switch.pause(made.principal, made.wallet.address)
    assert len(counted(proxy, lambda: warm.switch.pause(made.principal, made.wallet.address))) == 3


def test_a_read_takes_one(warm, proxy):
    warm.wallet.remaining("USD")
    assert len(counted(proxy, lambda: warm.wallet.remaining("USD"))) == 1
