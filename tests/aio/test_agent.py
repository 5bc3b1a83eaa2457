"""An asynchronous program pays: one payment, and many at once with one key."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import pytest

from peculium import Pay, errors
from peculium.aio.agent import THREADS
from peculium.devnet.anvil import rpc

MANY = 50
BLOCK_SECONDS = 1


async def pay_many(agent, made, count=MANY):
    """Pays 1, 2, 3 … cents at once, each with a reference of its own."""
    payments = [agent.pay(made.usdc, made.payee, f"0.{cents:02}", f"INV-{cents}") for cents in range(1, count + 1)]
    return await asyncio.gather(*payments)


def paid_cents(receipts):
    """The amounts that the receipts' events report, in order."""
    return sorted(receipt.event("PaymentMade").arguments["amount"] // 10_000 for receipt in receipts)


def test_a_refusal_is_the_same_error_with_the_same_words(connect, made):
    agent = connect()
    with pytest.raises(errors.PaymentLimitExceeded) as awaited:
        asyncio.run(agent.pay(made.usdc, made.payee, "100.01"))
    with pytest.raises(errors.PaymentLimitExceeded) as blocking:
        agent.sync.pay(made.usdc, made.payee, "100.01")
    assert str(awaited.value) == str(blocking.value)


def test_bad_input_is_refused_when_it_is_awaited(connect, made):
    agent = connect()
    with pytest.raises(errors.InvalidInput):
        asyncio.run(agent.pay(made.usdc, made.payee, "1e2"))


def test_pays(connect, made, received):
    async def program():
        async with connect() as agent:
            await agent.send(Pay(made.usdc, made.payee, "2"))
            return await agent.pay(made.usdc, made.payee, "1.50", ref="INV-1")

    receipt = asyncio.run(program())
    assert receipt.event("PaymentMade").arguments["amount"] == 1_500_000
    assert received() == Decimal("3.5")


def test_the_loop_goes_on_while_a_payment_waits(connect, made, gate):
    async def program():
        payment = asyncio.create_task(connect().pay(made.usdc, made.payee, 1))
        await gate.wait()
        longest = 0.0
        for _ in range(20):
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before)
        assert not payment.done()
        gate.opened.set()
        await payment
        return longest

    assert asyncio.run(program()) < 1


@pytest.mark.parametrize("interval", [0, BLOCK_SECONDS], ids=["a block for each", "a block each second"])
def test_many_payments_with_one_key_are_each_made_once_without_a_gap(interval, connect, devnet, made, received):
    if interval:
        rpc(devnet.web3, "evm_setAutomine", False)
        rpc(devnet.web3, "evm_setIntervalMining", interval)
    before = devnet.web3.eth.get_transaction_count(made.key.address)

    async def program():
        async with connect(timeout=60) as agent:
            return await pay_many(agent, made)

    receipts = asyncio.run(program())
    assert paid_cents(receipts) == list(range(1, MANY + 1))
    assert received() * 100 == sum(range(1, MANY + 1))
    assert devnet.web3.eth.get_transaction_count(made.key.address) - before == MANY
    sent = [devnet.web3.eth.get_transaction(receipt.transaction)["nonce"] for receipt in receipts]
    assert sorted(sent) == list(range(before, before + MANY))


def test_a_thread_keeps_its_connection(connect, proxy, monkeypatch):
    """Far more requests than threads, and no more connections than threads."""
    opened = []
    accept = proxy._server.get_request
    monkeypatch.setattr(proxy._server, "get_request", lambda: opened.append(1) or accept())
    node = connect().sync.network.node

    async def program():
        return await asyncio.gather(*(THREADS.run(node.request, "eth_chainId") for _ in range(4 * THREADS.size)))

    assert len(asyncio.run(program())) == 4 * THREADS.size
    assert 0 < len(opened) <= THREADS.size
