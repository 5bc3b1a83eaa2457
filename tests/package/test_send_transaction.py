"""`send_transaction` leaves enough gas for state that changes between the estimate and the block."""

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import InvalidInput, Pay, Window
from peculium.chain.node import Node
from verification.testing.durations import DAY


@pytest.mark.parametrize("given", ["0x" + "11" * 32, None, b"\x11" * 32], ids=["text", "nothing", "bytes"])
def test_refuses_a_key_in_place_of_an_account_and_never_shows_it(given, new_agent, payee, usdc, suite, now):
    created = new_agent()
    attempts = (
        lambda: created.wallet.pay(given, usdc.address, payee.address, 1),
        lambda: created.wallet.pay_batch(given, [Pay(usdc.address, payee.address, 1)]),
        lambda: suite.switch.pause(given, created.wallet.address),
        lambda: created.wallet.sign_action(given, Pay(usdc.address, payee.address, 1), deadline=now() + 60),
    )
    for attempt in attempts:
        with pytest.raises(InvalidInput, match=r"can't sign. Pass an account") as caught:
            attempt()
        assert "1111" not in str(caught.value)


def test_gas_suffices_if_a_new_bucket_begins_before_the_block(
    new_agent, new_mandate, payee, usdc, web3, time_travel, now, monkeypatch
):
    lengths = [timedelta(seconds=each) for each in (DAY // 3, DAY, 2 * DAY, 4 * DAY)]
    windows = tuple(Window(length, 500) for length in lengths)
    created = new_agent(budgets=(replace(new_mandate().budgets[0], windows=windows),))
    # Buckets of the longest window are half a day long. At the edge a new bucket begins in all windows.
    half = DAY // 2
    edge = (now() // half + 2) * half
    time_travel(to=edge - 10)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    batch = Node.batch

    def estimated_before_the_edge(node, requests, **options):
        answers = batch(node, requests, **options)
        if any(method == "eth_estimateGas" for method, _ in requests):
            time_travel(next_at=edge)
        return answers

    monkeypatch.setattr(Node, "batch", estimated_before_the_edge)
    receipt = created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    monkeypatch.undo()
    assert web3.eth.get_block(receipt.block)["timestamp"] == edge
    assert receipt.event("PaymentMade")
