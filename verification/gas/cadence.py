"""Payments at a regular distance, and after a pause: what an agent pays that doesn't pay in bursts.

A window remembers its newest buckets. These rows pay often enough before, so that all of that storage is in use. Their
mandate has one token and one payee.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from eth_account.signers.local import LocalAccount

from peculium import AgentWallet, Receipt, Window
from peculium.devnet.anvil import rpc
from verification.gas.setup import BUCKETS, DAY, Rows, Setup, counted, per_item

HOUR = 3_600
CADENCES = (("an hour", HOUR, 24), ("every 6 hours", 6 * HOUR, 4), ("a day", DAY, 4))
"""How often a payment is made, the seconds between two, and how many are counted before and after a shift by one bucket."""
WINDOWS = (DAY, 7 * DAY, 30 * DAY, 90 * DAY)
"""Lengths of the windows (seconds)."""
LONG_SLEEP = 100 * DAY
VALID = 3_000 * DAY
"""How long the mandates are valid (seconds): longer than all measurements take."""
AMOUNT = 1


def cadence_row(distance: str) -> str:
    """The name of the row for one payment each so often."""
    return f"pay, one {distance}, average"


def sleep_row(windows: int) -> str:
    """The name of the row for the most expensive sleep."""
    return _with_windows("pay, first after any sleep", windows)


def new_wallet_row(windows: int) -> str:
    """The name of the row for a long sleep after the first payment of a wallet, which writes storage that is zero."""
    return _with_windows("pay, second of a new wallet, after a long sleep", windows)


def _with_windows(row: str, windows: int) -> str:
    return row if windows == 1 else f"{row}, {counted(windows, 'window')}"


def measure_cadences(setup: Setup) -> Rows:
    """One payment an hour, every six hours and a day, and the first after a sleep, with one and with four windows."""
    one, four = _agent(setup, 1), _agent(setup, len(WINDOWS))
    figures: Rows = {}
    new_bucket = []
    for agent, windows in ((one, WINDOWS[:1]), (four, WINDOWS)):
        _pay_after(setup, agent, 0)
        figures[new_wallet_row(len(windows))] = _pay_after(setup, agent, LONG_SLEEP)
        fill_buckets(setup, agent, windows)
        with _restored(setup):
            new_bucket.append(_pay_after(setup, agent, WINDOWS[-1] // BUCKETS).gas_used)
        figures[sleep_row(len(windows))] = _most_expensive(setup, agent, windows)
    further = per_item(new_bucket[1] - new_bucket[0], len(WINDOWS) - 1)
    figures["pay, each further window, in a new bucket of all windows"] = further
    fill_buckets(setup, one, WINDOWS[:1])
    for name, seconds, count in CADENCES:
        figures[cadence_row(name)] = _average(setup, one, seconds, count)
    return figures


def _agent(setup: Setup, windows: int) -> tuple[LocalAccount, AgentWallet]:
    """An agent with one token, one payee and so many windows."""
    return setup.new_agent(
        f"with a cadence and {counted(windows, 'window')}",
        **setup.one_token,
        windows=tuple(Window(timedelta(seconds=each), Decimal(500 * 4**i)) for i, each in enumerate(WINDOWS[:windows])),
        lifetime_limit=Decimal(100_000),
        valid_until=setup.devnet.now() + VALID,
    )


def _pay_after(setup: Setup, agent: tuple[LocalAccount, AgentWallet], seconds: int) -> Receipt:
    """One payment so many seconds after the latest block."""
    key, wallet = agent
    if seconds:
        setup.devnet.mine_at(setup.devnet.now() + seconds - 1)
    return wallet.pay(key, setup.usd.address, setup.payee, AMOUNT, "cadence")


def _average(setup: Setup, agent: tuple[LocalAccount, AgentWallet], seconds: int, count: int) -> int:
    """The average of twice `count` payments, so many seconds apart.

    Two buckets share a storage slot, so a payment every two buckets writes one slot or two. The shift covers both.
    """
    total = 0
    for _ in range(2):
        total += sum(_pay_after(setup, agent, seconds).gas_used for _ in range(count))
        _pay_after(setup, agent, WINDOWS[0] // BUCKETS)
    return per_item(total, 2 * count)


def fill_buckets(setup: Setup, agent: tuple[LocalAccount, AgentWallet], windows: Iterable[int]) -> None:
    """Pays in nine buckets of each window (seconds) one after the other, the longest window first."""
    for length in sorted(windows, reverse=True):
        for _ in range(BUCKETS + 1):
            _pay_after(setup, agent, length // BUCKETS)


def _most_expensive(setup: Setup, agent: tuple[LocalAccount, AgentWallet], windows: Sequence[int]) -> Receipt:
    """The payment after the sleep that makes it the most expensive, from the same state each.

    Also tried: a payment between two sleeps, which leaves buckets without a payment behind.
    """
    buckets = [length // BUCKETS for length in windows]
    once = [count * bucket for bucket in buckets for count in range(1, BUCKETS + 2)] + [LONG_SLEEP]
    longest = [count * buckets[-1] for count in range(1, BUCKETS + 2)]
    costs: dict[tuple[int, int], int] = {}
    for before in (0, *longest):
        with _restored(setup):
            if before:
                _pay_after(setup, agent, before)
            for seconds in longest if before else once:
                with _restored(setup):
                    costs[before, seconds] = _pay_after(setup, agent, seconds).gas_used
    before, seconds = max(costs, key=costs.__getitem__)
    if before:
        _pay_after(setup, agent, before)
    return _pay_after(setup, agent, seconds)


@contextmanager
def _restored(setup: Setup) -> Iterator[None]:
    """Restores the chain at the end of the block."""
    snapshot = rpc(setup.devnet.web3, "evm_snapshot")
    yield
    rpc(setup.devnet.web3, "evm_revert", snapshot)
