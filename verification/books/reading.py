"""How fast the ledger reads, beside a plain loop of web3.py over the same chain."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from web3 import HTTPProvider, Web3

from peculium import AgentWallet, Budget, Mandate, Pay, PayBatch, Suite, Token, Window, send_transaction
from peculium.contract import load_abi
from peculium.devnet import Devnet
from peculium.ledger import Ledger

BATCH = 100
"""Payments of one `payBatch`: the most."""
BLOCKS = 100
"""Blocks of one `eth_getLogs` of the plain loop."""
_PRICE = "0.01"


@dataclass(frozen=True)
class Chain:
    """A chain with a wallet that has paid."""

    url: str
    suite: tuple[str, str, str]
    wallet: str
    movements: int


@dataclass(frozen=True)
class Measured:
    """One way of reading."""

    name: str
    rows: int
    seconds: float
    memory: float
    """The most that the process used (MiB)."""

    @property
    def speed(self) -> float:
        """Rows per second."""
        return self.rows / self.seconds


def make_movements(devnet: Devnet, movements: int, note: Callable[[int], None]) -> Chain:
    """Lets an agent make so many payments, rounded up to whole batches."""
    principal, agent, payee = (devnet.role(name) for name in ("principal", "agent", "payee"))
    budget = Budget(
        currency="USD",
        payment_limit=1,
        lifetime_limit=10**9,
        windows=[Window(timedelta(days=1), 10**8)],
        tokens=[Token(devnet.usdc.address, 6)],
        payees=[payee.address],
    )
    mandate = Mandate(
        principal=principal.address,
        agent_key=agent.address,
        valid_from=devnet.now(),
        valid_until=devnet.now() + 30 * 86_400,
        budgets=[budget],
    )
    wallet, _ = devnet.create_agent(mandate, 1, "https://agents.example/1.json", "I answer for it.")
    devnet.mint(devnet.usdc, wallet.address, 10**6)
    made = 0
    while made < movements:
        pays = [Pay(devnet.usdc.address, payee.address, _PRICE, f"INV-{made + each}") for each in range(BATCH)]
        send_transaction(devnet.web3, agent, wallet.address, wallet.action(PayBatch(pays)))
        made += BATCH
        note(made)
    suite = devnet.suite
    addresses = suite.registry.address, suite.factory.address, suite.credentials.address
    return Chain(devnet.url, addresses, wallet.address, made)


def read_with_ledger(chain: Chain) -> Measured:
    """Reads the chain into a new SQLite file."""
    web3 = Web3(HTTPProvider(chain.url))
    with TemporaryDirectory() as folder, Ledger.open(Path(folder) / "ledger.db") as ledger:
        ledger.follow(Suite.at(web3, *chain.suite), [chain.wallet])
        start = time.perf_counter()
        (progress,) = ledger.update()
        seconds = time.perf_counter() - start
        balances = ledger.balance()
    # The speed of a wrong ledger says nothing.
    if not all(each.balances for each in balances):
        raise AssertionError("; ".join(map(str, balances)))
    return Measured("ledger, into SQLite, with gas and receipts", progress.movements, seconds, _memory())


def read_with_loop(chain: Chain) -> Measured:
    """Reads the payments and transfers of the wallet with `get_logs` of web3.py, decodes them, and keeps them in a list."""
    web3 = Web3(HTTPProvider(chain.url))
    wallet = AgentWallet(web3, chain.wallet)
    payment = web3.eth.contract(abi=load_abi("AgentWallet")).events.PaymentMade()
    transfer = web3.eth.contract(abi=load_abi("ERC20")).events.Transfer()
    padded = "0x" + wallet.address[2:].lower().rjust(64, "0")
    start, found = time.perf_counter(), []
    head = web3.eth.block_number
    for first in range(0, head + 1, BLOCKS):
        span: Any = {"fromBlock": first, "toBlock": min(head, first + BLOCKS - 1)}
        queries: list[Any] = [
            {**span, "address": wallet.address, "topics": [payment.topic]},
            {**span, "topics": [transfer.topic, padded]},
        ]
        payments, sent = (web3.eth.get_logs(query) for query in queries)
        for made, moved in zip(payments, sent, strict=True):
            found.append((payment.process_log(made), transfer.process_log(moved)))
    return Measured("plain loop, into a list, without gas", len(found), time.perf_counter() - start, _memory())


def measure(way: Callable[[Chain], Measured], chain: Chain) -> Measured:
    """Reads in a process of its own, so that its memory can be measured."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(way, (chain,))


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
