"""How many requests one after another an action takes. Looks for the receipt aren't counted."""

from __future__ import annotations

import pytest

from peculium import ContractError

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
    connected.bundler.perform(connected.wallet, made.agent, "pay", devnet.usdc.address, made.payee, 1)
    return connected


def test_a_payment_takes_two_round_trips(warm, proxy, pay):
    trips = counted(proxy, lambda: pay(warm))
    assert [len(trip) > 1 or trip[0] for trip in trips] == [True, "eth_sendRawTransaction"]


def test_a_refused_payment_takes_one_and_three_to_say_why(warm, proxy, pay):
    """The three find out the mandate, and whether the wallet itself refuses, for amounts in whole units."""

    def refused():
        with pytest.raises(ContractError):
            pay(warm, 101)

    assert len(counted(proxy, refused)) == 1 + 3


def test_an_operation_takes_four(warm, proxy, devnet, made):
    def perform():
        warm.bundler.perform(warm.wallet, made.agent, "pay", devnet.usdc.address, made.payee, 1)

    assert len(counted(proxy, perform)) == 4


def test_a_refused_operation_takes_two(warm, proxy, devnet, made):
    def refused():
        with pytest.raises(ContractError):
            warm.bundler.perform(warm.wallet, made.agent, "pay", devnet.usdc.address, made.payee, 101)

    assert len(counted(proxy, refused)) == 2


def test_a_stop_takes_three(warm, proxy, made):
    """The third reads the stop back."""
    warm.switch.pause(made.principal, made.wallet.address)
    assert len(counted(proxy, lambda: warm.switch.pause(made.principal, made.wallet.address))) == 3


def test_a_read_takes_one(warm, proxy):
    warm.wallet.remaining("USD")
    assert len(counted(proxy, lambda: warm.wallet.remaining("USD"))) == 1
