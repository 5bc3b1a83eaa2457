"""The most that each transaction should cost, and why some cost more."""

from __future__ import annotations

from verification.gas.cadence import cadence_row, sleep_row
from verification.gas.fleet import ABOVE
from verification.gas.where import PAY

TARGETS = {
    "pay, second in its window, one token and one payee": 66_000,
    PAY: 66_300,
    cadence_row("an hour"): 68_000,
    cadence_row("a day"): 72_000,
    sleep_row(1): 72_000,
    sleep_row(4): 117_000,
    "pay, second in its window, to a stranger": 76_500,
    "pay, relayed (act)": 81_200,
    "user operation: pay, second in its window": 124_500,
    "createWallet": 85_000,
    "createAgent with mandate, principal's first agent": 643_000,
    "closeAuthorizations, each further": 25_000,
    "revoke": 48_000,
    "revokeAll, 1 agent": 47_000,
    "revokeAll, 100 agents": 47_000,
    "pay, each further window": 11_000,
    "payBatch of ten, per payment": 30_000,
    ABOVE: 16_000,
    "call with one pull, above the baseline": 60_000,
    "user operations: pays of ten wallets in one bundle, each": 85_000,
    "user operations: ten pays of one wallet in one bundle, each": 85_000,
    "requestPayment and approveRequest": 170_000,
}
MISSED = {
    sleep_row(1): "a window may still count an older bucket, whose slot is read beside the one that is written",
}
"""Targets that are not reached, and why."""
