"""Payments under a key whose caller tries again after each error, in a process that is killed at a step."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

from peculium import PeculiumError, SelfBundler, configure_sending
from peculium.agent import Agent
from peculium.devnet import Devnet
from peculium.errors import OutcomeUnknown
from peculium.transports import Direct, Relayed, Transport, UserOperations
from verification.sending.faults import COUNT, RECEIPT, SEND, Fault, both
from verification.sending.proxy import Forward, Hook, Proxy, pass_on

WAYS = ("direct, journal", "direct", "relayed", "operation, journal", "operation")
"""How a payment is sent, and whether it is written down in a journal before."""
STEPS = ("none", "before the write", "before sending", "after sending", "before the receipt")
"""When the process is killed. Between the first two its payment is signed and written down."""
FAULTY, MOST = 3, 10
"""Tries through faults, and tries in all."""
FRESH = 0.5
"""The share of tries whose faults begin anew."""
CLIENT_SECONDS = 1.0
CHILD_SECONDS = 60.0
"""After this time a process is killed."""


@dataclass(frozen=True)
class Job:
    """What a process is to do."""

    url: str
    wallet: str
    agent: str
    """Private key of the devnet."""
    relayer: str
    token: str
    payee: str
    ref: str
    way: str
    journal: str
    confirmations: int


@dataclass
class Caller:
    """Tries again until a payment is done, as a program does that only knows its key."""

    devnet: Devnet
    proxy: Proxy
    wallet: str
    agent: LocalAccount
    payee: str
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp()))

    def pay(self, ref: str, way: str, faults: Sequence[Fault], dice: random.Random) -> tuple[str, str]:
        """Pays under the key `ref`, and returns the outcome with what happened in each try."""
        job = self.job(ref, way, max(fault.confirmations for fault in faults))
        happened: list[str] = []
        hooks: list[Hook] = []
        for number in range(MOST):
            step = dice.choice(STEPS) if number < FAULTY else STEPS[0]
            if number >= FAULTY:
                hooks = [pass_on]
            elif not hooks or dice.random() < FRESH:
                # Otherwise a fault of the last try goes on, for example a block that is replaced only now.
                hooks = [fault.hook(self.devnet.web3) for fault in faults]
            outcome = self.attempt(job, hooks[0] if len(hooks) == 1 else both(*hooks), step)
            happened.append(f"{outcome} [{step}]" if step != STEPS[0] else outcome)
            if outcome == "done" or outcome.startswith("foreign"):
                # A caller can also try again after success, for example because it has crashed before it noted that.
                again = self.attempt(job) if outcome == "done" else outcome
                happened.append(again)
                return again, ", ".join(happened)
        return "not done", ", ".join(happened)

    def job(self, ref: str, way: str, confirmations: int = 1) -> Job:
        """Returns what a process is to do."""
        return Job(
            self.proxy.url,
            self.wallet,
            _private_key(self.agent),
            _private_key(self.devnet.role("relayer")),
            self.devnet.usdc.address,
            self.payee,
            ref,
            way,
            str(self.folder / "agent.db") if way.endswith("journal") else "",
            confirmations,
        )

    def attempt(self, job: Job, hook: Hook = pass_on, step: str = STEPS[0]) -> str:
        """Pays in a process of its own that is killed at `step`. Returns the reported outcome, or "killed"."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        receiver, sender = context.Pipe(duplex=False)
        child = context.Process(target=_pay, args=(job, sender), daemon=True)
        pids: list[int] = []
        self.proxy.hook = _killing(hook, step, pids)
        child.start()
        pids.append(child.pid or 0)
        sender.close()
        child.join(CHILD_SECONDS)
        if child.is_alive():
            child.kill()
            child.join()
        self.proxy.hook = pass_on
        try:
            return str(receiver.recv()) if receiver.poll() else "killed"
        except EOFError:
            return "killed"
        finally:
            receiver.close()


def _killing(inner: Hook, step: str, pids: list[int]) -> Hook:
    # Kills the process once, at its step. The node's state is read before the write, and the transaction handed in after it.
    def kill() -> None:
        while pids:
            # A late request can come from a process that has ended.
            with suppress(ProcessLookupError):
                os.kill(pids.pop(), signal.SIGKILL)

    def hook(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
        if (method, step) in ((COUNT, STEPS[1]), (SEND, STEPS[2]), (RECEIPT, STEPS[4])):
            kill()
            return {"error": {"code": -32603, "message": "the client is gone"}}
        answer = inner(method, parameters, forward)
        if (method, step) == (SEND, STEPS[3]):
            kill()
        return answer

    return hook


def _pay(job: Job, result: Connection) -> None:
    # Runs in the child.
    web3 = Web3(HTTPProvider(job.url, request_kwargs={"timeout": CLIENT_SECONDS}))
    configure_sending(web3, timeout=3, patience=1, replace_after=1.5, confirmations=job.confirmations)
    try:
        agent = Agent(job.wallet, job.agent, web3, via=_transport(job, web3), journal=job.journal or None)
        agent.pay(job.token, job.payee, "0.01", job.ref, once=job.ref)
    except OutcomeUnknown:
        result.send("unknown")
    except PeculiumError as error:
        result.send(f"refused ({type(error).__name__})")
    except Exception as error:
        result.send(f"foreign: {error!r}")
    else:
        result.send("done")


def _private_key(account: LocalAccount) -> str:
    return "0x" + bytes(account.key).hex()


def _transport(job: Job, web3: Web3) -> Transport:
    relayer = Account.from_key(job.relayer)
    if job.way == "relayed":
        return Relayed(relayer)
    return UserOperations(SelfBundler(web3, relayer), timeout=5) if "operation" in job.way else Direct()
