"""Payments through random faults: how many were done, refused and unknown, and whether one was made twice.

A part is paid under a key (`once`), by a caller that tries again after each error and each crash: then it must be done.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from eth_account.signers.local import LocalAccount

from peculium import AgentWallet, PeculiumError, configure_sending
from peculium.devnet import Devnet
from peculium.devnet.anvil import rpc
from peculium.errors import OutcomeUnknown
from verification.sending.crashes import WAYS, Caller
from verification.sending.faults import FAULTS, SLOW_SECONDS, Fault, both
from verification.sending.proxy import Proxy, pass_on
from verification.sending.setup import start_devnet

BLOCK_SECONDS = 0.5
"""Time between two blocks, besides those of transactions."""
SETTLE_SECONDS = 2 * SLOW_SECONDS
"""Time for late deliveries after the last payment."""
CLIENT_SECONDS = 1.0
"""After this time the client gives up a request."""
TWO_AT_ONCE = 0.3
"""The share of payments that meet two faults."""


@dataclass
class Report:
    """The result of a campaign."""

    outcomes: Counter[str] = field(default_factory=Counter)
    """How often each outcome was reported to the caller."""
    twice: list[str] = field(default_factory=list)
    """Payments that were made twice, with their faults."""
    wrong: list[str] = field(default_factory=list)
    """Payments whose outcome was misreported."""
    foreign: list[str] = field(default_factory=list)
    """Exceptions that aren't the package's."""

    @property
    def passed(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.twice or self.wrong or self.foreign)


def run_campaign(count: int, seed: int) -> Report:
    """Makes `count` payments, each through one or two random faults. Each has its own reference, by which it is found.

    They go in turn through each of `WAYS` under a key, and without a key.
    """
    report, dice = Report(), random.Random(seed)
    with start_devnet() as (devnet, wallet, agent, payee), Proxy(devnet.web3.provider.endpoint_uri) as proxy:  # type: ignore[attr-defined]
        payer = Payer(devnet, proxy, wallet.address, agent, payee)
        caller = Caller(devnet, proxy, wallet.address, agent, payee)
        reported: dict[str, tuple[str, str]] = {}
        for number in range(count):
            faults = dice.sample(FAULTS, 2 if dice.random() < TWO_AT_ONCE else 1)
            ref, name = f"P{number}", " and ".join(fault.name for fault in faults)
            way = ("", *WAYS)[number % (len(WAYS) + 1)]
            if not way:
                reported[ref] = name, payer.pay(ref, faults)
                continue
            with payer.mining():
                outcome, happened = caller.pay(ref, way, faults, dice)
            reported[ref] = (
                f"{way}; {name}; {happened}",
                outcome if outcome.startswith("foreign") else f"{way}: {outcome}",
            )
        time.sleep(SETTLE_SECONDS)
        rpc(devnet.web3, "evm_mine")
        made = Counter(bytes(event.arguments["ref"]).rstrip(b"\0").decode() for event in wallet.payments())
    for ref, (name, outcome) in reported.items():
        _record(report, f"{ref} ({name})", outcome, made[ref])
    return report


def _record(report: Report, name: str, outcome: str, made: int) -> None:
    if outcome.startswith("foreign"):
        report.foreign.append(f"{name}: {outcome}")
        return
    report.outcomes[outcome] += 1
    if made > 1:
        report.twice.append(name)
    elif ": " in outcome and not outcome.endswith(": done"):
        report.wrong.append(f"{name}: it was tried again without faults, and {outcome}")
    elif made != outcome.endswith("done"):
        report.wrong.append(f"{name}: {outcome}, but made {made} times")


@dataclass(frozen=True)
class Payer:
    """An agent that pays through the proxy."""

    devnet: Devnet
    proxy: Proxy
    wallet: str
    agent: LocalAccount
    payee: str

    def pay(self, ref: str, faults: Sequence[Fault]) -> str:
        """Pays once with these faults, and returns the reported outcome."""
        hooks = [fault.hook(self.devnet.web3) for fault in faults]
        self.proxy.hook = hooks[0] if len(hooks) == 1 else both(*hooks)
        web3 = self.proxy.connect(CLIENT_SECONDS)
        confirmations = max(fault.confirmations for fault in faults)
        configure_sending(web3, timeout=3, patience=1, replace_after=1.5, confirmations=confirmations)
        try:
            with self.mining():
                AgentWallet(web3, self.wallet).pay(self.agent, self.devnet.usdc.address, self.payee, "0.01", ref)
        except OutcomeUnknown as unknown:
            self.proxy.hook = pass_on
            with self.mining():
                return _ask(unknown)
        except PeculiumError:
            return "refused"
        except Exception as error:
            return f"foreign: {error!r}"
        finally:
            self.proxy.hook = pass_on
        return "done"

    @contextmanager
    def mining(self) -> Iterator[None]:
        """Lets blocks come while the `with` block runs."""
        miner = threading.Thread(target=self._mine, args=(done := threading.Event(),), daemon=True)
        miner.start()
        try:
            yield
        finally:
            done.set()
            miner.join()

    def _mine(self, done: threading.Event) -> None:
        # Confirmations need blocks.
        while not done.wait(BLOCK_SECONDS):
            rpc(self.devnet.web3, "evm_mine")


def _ask(unknown: OutcomeUnknown) -> str:
    try:
        unknown.wait(10)
    except OutcomeUnknown:
        return "unknown, and still unknown"
    except PeculiumError:
        return "unknown, then refused"
    return "unknown, then done"
