"""`Contract`, `Receipt` and the ABIs of the package."""

from __future__ import annotations

from decimal import Decimal

import pytest

from peculium import Event, InvalidInput, Receipt, errors
from peculium.contract import load_abi

ADDRESS = "0x" + "11" * 20


def receipt(*names):
    return Receipt("0x01", 1, 21_000, tuple(Event(name, ADDRESS, {}, 1, "0x01", 0) for name in names))


@pytest.mark.parametrize(("names", "count"), [((), 0), (("Transfer",), 0), (("PaymentMade", "PaymentMade"), 2)])
def test_receipt_refuses_unless_there_is_exactly_one_event(names, count):
    with pytest.raises(InvalidInput, match=f"has {count} events PaymentMade, not one"):
        receipt(*names).event("PaymentMade")


def test_load_abi_refuses_an_unknown_contract():
    with pytest.raises(KeyError):
        load_abi("Nonsense")


def test_read_raises_the_error_of_the_contract(new_agent, stranger):
    wallet = new_agent().wallet
    with pytest.raises(errors.NotAgentKey) as caught:
        wallet.read("resign", sender=stranger.address)
    assert caught.value.caller == stranger.address


def test_send_raises_the_error_of_the_contract_and_sends_nothing(new_agent, stranger, web3):
    wallet = new_agent().wallet
    sent = web3.eth.get_transaction_count(stranger.address)
    with pytest.raises(errors.NotAgentKey):
        wallet.send(stranger, "resign")
    assert web3.eth.get_transaction_count(stranger.address) == sent


def test_receipt_returns_the_only_event():
    assert receipt("Transfer", "PaymentMade").event("PaymentMade").name == "PaymentMade"


def test_events_and_log_return_events_in_order(new_agent, usdc, payee, stranger):
    created = new_agent()
    paid = [created.wallet.pay(created.agent, usdc.address, payee.address, amount) for amount in ("0.25", "0.5")]
    found = created.wallet.events("PaymentMade", paid[0].block)
    assert [event.arguments["amount"] for event in found] == [250_000, 500_000]
    assert [event.block for event in found] == [each.block for each in paid]
    assert created.wallet.log("PaymentMade", paid[0].block, payee=payee.address) == found[-1]
    assert created.wallet.log("PaymentMade", paid[0].block, payee=stranger.address) is None
    assert created.wallet.spent("USD") == Decimal("0.75")
