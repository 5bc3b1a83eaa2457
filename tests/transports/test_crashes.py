"""A process is killed at a step of a payment, and another one pays under the same key: paid once."""

from __future__ import annotations

import pytest

from peculium.devnet.anvil import rpc
from verification.sending.campaign import run_campaign
from verification.sending.crashes import STEPS, WAYS, Caller

KILLED = [(way, step) for way in WAYS for step in (STEPS[1:] if way.startswith("direct") else ("after sending",))]
"""Each step where a payment is written down or not, and the one at which a second payment would be made."""


@pytest.mark.parametrize(("way", "step"), KILLED)
def test_is_paid_once_if_the_process_is_killed(way, step, devnet, proxy, made, received, tmp_path):
    caller = Caller(devnet, proxy, made.wallet.address, made.agent, made.payee, tmp_path)
    job = caller.job("INV-42", way)
    assert caller.attempt(job, step=step) == "killed"
    assert caller.attempt(job) == "done"
    rpc(devnet.web3, "evm_mine")
    assert received() * 100 == 1


@pytest.mark.slow
def test_no_payment_is_made_twice_in_a_campaign_with_crashes():
    report = run_campaign(60, seed=5)
    assert (report.twice, report.wrong, report.foreign) == ([], [], [])
    assert set(report.outcomes) >= {f"{way}: done" for way in WAYS}
