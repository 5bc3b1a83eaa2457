"""A transaction has gas enough for what happens between its estimate and its block."""

from dataclasses import replace
from datetime import timedelta

from peculium import Window
from verification.expectations import DAY


def test_a_bucket_that_begins_before_the_block_leaves_gas_enough(
    new_agent, new_mandate, payee, usdc, web3, time_travel, now, monkeypatch
):
    lengths = [timedelta(seconds=each) for each in (DAY // 3, DAY, 2 * DAY, 4 * DAY)]
    windows = tuple(Window(length, 500) for length in lengths)
    purse = new_agent(budgets=(replace(new_mandate().budgets[0], windows=windows),))
    # The longest window's bucket begins here, half a day long, and with it those of all others.
    half = DAY // 2
    edge = (now() // half + 2) * half
    time_travel(to=edge - 10)
    purse.wallet.pay(purse.agent, usdc.address, payee.address, 1)
    estimate = web3.eth.estimate_gas

    def estimated_before_the_edge(transaction):
        gas = estimate(transaction)
        time_travel(next_at=edge)
        return gas

    monkeypatch.setattr(web3.eth, "estimate_gas", estimated_before_the_edge)
    receipt = purse.wallet.pay(purse.agent, usdc.address, payee.address, 1)
    monkeypatch.undo()
    assert web3.eth.get_block(receipt.block)["timestamp"] == edge
    assert receipt.event("PaymentMade")
