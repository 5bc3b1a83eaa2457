"""What the asynchronous agent costs beside the blocking one: for each call, for the import, and with many payments at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from peculium.agent import Agent
from peculium.aio import AsyncAgent
from peculium.aio.agent import THREADS
from peculium.devnet.anvil import rpc
from verification.sending.setup import start_devnet

CALLS = 5_000
"""Calls that do nothing, for the time of one."""
ROUNDS = 3
"""Measurements of which the least is taken."""


@dataclass(frozen=True)
class Figure:
    """One measured figure."""

    name: str
    value: float
    unit: str


def measure(payments: int) -> Iterator[Figure]:
    """Measures what one call costs, what the import costs, and this many payments at once with one key."""
    yield Figure("a blocking call that does nothing", _least(_blocking_call) * 1e6, "µs")
    yield Figure("an awaited call that does nothing", _least(_awaited_call) * 1e6, "µs")
    yield Figure("import peculium", _least(lambda: _import_seconds("")) * 1e3, "ms")
    yield Figure("of that peculium.aio", _least(lambda: _import_seconds("peculium.aio")) * 1e3, "ms")
    with start_devnet() as (devnet, wallet, key, payee):
        agent = Agent(wallet.address, key, devnet.web3)
        awaited = AsyncAgent(wallet.address, key, devnet.web3)

        def with_threads() -> None:
            with ThreadPoolExecutor(THREADS.size) as pool:
                list(pool.map(lambda _: agent.pay(devnet.usdc.address, payee, "0.01"), range(payments)))

        async def pay_all() -> None:
            await asyncio.gather(*(awaited.pay(devnet.usdc.address, payee, "0.01") for _ in range(payments)))

        with_threads()  # so that connections and bindings exist for both
        for seconds in (0, 1):
            if seconds:
                rpc(devnet.web3, "evm_setAutomine", False)
                rpc(devnet.web3, "evm_setIntervalMining", seconds)
            blocks = "a block each second" if seconds else "a block for each"
            yield Figure(f"{payments} payments, threads, {blocks}", _seconds(with_threads), "s")
            yield Figure(f"{payments} payments, tasks, {blocks}", _seconds(lambda: asyncio.run(pay_all())), "s")


def _nothing() -> None:
    pass


def _blocking_call() -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        _nothing()
    return (time.perf_counter() - start) / CALLS


def _awaited_call() -> float:
    async def call_all() -> float:
        await THREADS.run(_nothing)
        start = time.perf_counter()
        for _ in range(CALLS):
            await THREADS.run(_nothing)
        return (time.perf_counter() - start) / CALLS

    return asyncio.run(call_all())


def _import_seconds(package: str) -> float:
    # The time of the modules themselves, without what they import.
    command = [sys.executable, "-X", "importtime", "-c", "import peculium"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stderr.splitlines()[1:]
    parts = [line.removeprefix("import time:").split("|") for line in lines]
    return sum(int(own) for own, _, name in parts if name.strip().startswith(package)) / 1e6


def _least(measurement: Callable[[], float]) -> float:
    return min(measurement() for _ in range(ROUNDS))


def _seconds(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start
