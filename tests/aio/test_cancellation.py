"""A canceled await: what was sent goes on, what hadn't begun never begins, and nothing stays locked."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading

import pytest

from peculium import errors
from peculium.aio import in_thread
from peculium.aio.threads import Threads
from peculium.devnet.anvil import rpc
from toolchain.aio import ROOT

LOGGER = "peculium.aio"


async def canceled(task):
    """Cancels a task and returns when it has ended."""
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_what_had_not_begun_is_never_sent(connect, made, gate, received):
    async def program():
        async with connect() as agent:
            agent._threads = Threads("one", size=1)
            first = asyncio.create_task(agent.pay(made.usdc, made.payee, 1))
            await gate.wait()
            second = asyncio.create_task(agent.pay(made.usdc, made.payee, 20))
            await asyncio.sleep(0)
            await canceled(second)
            gate.opened.set()
            await first

    asyncio.run(program())
    assert received() == 1


def test_what_was_being_sent_is_paid_once_and_the_key_is_free_again(connect, made, gate, received, devnet):
    """The await is canceled while the lock of the key's nonces is held."""
    before = devnet.web3.eth.get_transaction_count(made.key.address)

    async def program():
        async with connect() as agent:
            payment = asyncio.create_task(agent.pay(made.usdc, made.payee, 1))
            await gate.wait()
            await canceled(payment)
            gate.opened.set()
            await agent.pay(made.usdc, made.payee, 20)

    asyncio.run(program())
    assert received() == 21
    assert devnet.web3.eth.get_transaction_count(made.key.address) - before == 2


@pytest.mark.parametrize("with_journal", [True, False], ids=["journal", "no journal"])
def test_with_once_the_next_call_finds_what_was_canceled(with_journal, connect, made, gate, received, tmp_path):
    journal = tmp_path / "agent.db" if with_journal else None

    async def program():
        async with connect(journal=journal) as agent:
            payment = asyncio.create_task(agent.pay(made.usdc, made.payee, 1, once="INV-1"))
            await gate.wait()
            await canceled(payment)
            again = asyncio.create_task(agent.pay(made.usdc, made.payee, 1, once="INV-1"))
            gate.opened.set()
            return await again, await agent.pay(made.usdc, made.payee, 1, once="INV-1")

    second, third = asyncio.run(program())
    assert second.transaction == third.transaction
    assert received() == 1


def test_leaving_the_block_waits_for_what_was_canceled(connect, made, gate, received):
    async def program():
        async with connect() as agent:
            payment = asyncio.create_task(agent.pay(made.usdc, made.payee, 1))
            await gate.wait()
            await canceled(payment)
            asyncio.get_running_loop().call_later(0.2, gate.opened.set)
        return received()

    assert asyncio.run(program()) == 1


def test_a_timeout_is_a_cancellation_and_the_payment_is_included_later(connect, made, devnet, received):
    """Its nonce stays in flight, so the next payment takes the one after it."""
    rpc(devnet.web3, "evm_setAutomine", False)

    async def program():
        async with connect() as agent:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(1):
                    await agent.pay(made.usdc, made.payee, 1)
            other = asyncio.create_task(agent.pay(made.usdc, made.payee, 20))
            await asyncio.to_thread(rpc, devnet.web3, "evm_setIntervalMining", 1)
            await other

    asyncio.run(program())
    assert received() == 21


def test_the_outcome_of_a_canceled_payment_is_logged(connect, made, gate, caplog):
    caplog.set_level(logging.INFO, LOGGER)

    async def program():
        async with connect() as agent:
            payment = asyncio.create_task(agent.pay(made.usdc, made.payee, 1))
            await gate.wait()
            await canceled(payment)
            gate.opened.set()

    asyncio.run(program())
    (record,) = (each for each in caplog.records if each.name == LOGGER)
    assert (record.levelname, "Agent.pay went on" in record.message, "0x" in record.message) == ("INFO", True, True)


def test_an_error_after_a_cancellation_is_logged_with_the_hash(connect, made, gate, devnet, caplog):
    """The transaction is pending; that nobody waits for it must not hide it."""
    rpc(devnet.web3, "evm_setAutomine", False)

    async def program():
        async with connect(timeout=1) as agent:
            payment = asyncio.create_task(agent.pay(made.usdc, made.payee, 1))
            await gate.wait()
            await canceled(payment)
            gate.opened.set()

    asyncio.run(program())
    (record,) = (each for each in caplog.records if each.name == LOGGER)
    (pending,) = rpc(devnet.web3, "txpool_content")["pending"].values()
    (sent,) = pending.values()
    assert record.levelname == "WARNING"
    assert sent["hash"] in record.message


def test_an_unknown_outcome_is_awaited_in_a_thread(connect, made, devnet, received):
    rpc(devnet.web3, "evm_setAutomine", False)

    async def program():
        async with connect(timeout=0.3) as agent:
            with pytest.raises(errors.OutcomeUnknown) as caught:
                await agent.pay(made.usdc, made.payee, 1)
            await asyncio.to_thread(rpc, devnet.web3, "evm_mine")
            return await in_thread(caught.value.wait, 10)

    assert asyncio.run(program()).event("PaymentMade")
    assert received() == 1


def test_the_end_of_the_process_waits_for_what_was_canceled():
    program = """
import asyncio, time
from peculium.aio import in_thread

def slow():
    time.sleep(0.5)
    print("done")

async def main():
    task = asyncio.create_task(in_thread(slow))
    await asyncio.sleep(0.1)
    task.cancel()

asyncio.run(main())
print("left")
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (run.stdout, run.stderr) == ("left\ndone\n", "")


def test_what_fills_one_pool_does_not_delay_another():
    """A stop of the principal, for example, never waits until agents have paid."""

    async def program():
        agents, release = Threads("agents", size=1), threading.Event()
        waiting = [asyncio.create_task(agents.run(release.wait, 20)) for _ in range(3)]
        await asyncio.sleep(0)
        assert await asyncio.wait_for(in_thread(int, "7"), 10) == 7
        assert not any(task.done() for task in waiting)
        release.set()
        return await asyncio.gather(*waiting)

    assert asyncio.run(program()) == [True] * 3
