"""The committed figures, and the most that each should cost."""

from __future__ import annotations

import json
from pathlib import Path

COMMITTED = Path(__file__).with_name("gas.json")
TARGETS = {
    "pay, second in its window": 66_300,
    "pay, second in its window, 1 payee listed": 66_000,
    "pay, each further window": 11_000,
    "payBatch of ten, per payment": 30_000,
    "pay, relayed (act)": 80_000,
    "call with one pull, above the baseline": 60_000,
    "user operation: pay, second in its window": 125_000,
    "user operations: pays of ten wallets in one bundle, each": 85_000,
    "user operations: ten pays of one wallet in one bundle, each": 85_000,
    "requestPayment and approveRequest": 170_000,
    "createAgent with mandate, principal's first agent": 600_000,
    "createAgent with mandate, further agent": 600_000,
    "revoke": 60_000,
    "revokeAll, 1 agent": 60_000,
    "revokeAll, 100 agents": 60_000,
}
MISSED = {
    "createAgent with mandate, principal's first agent": "a more expressive mandate takes more gas to check, hash and store",
    "createAgent with mandate, further agent": "as above",
}
"""Targets that are not reached, and why."""


def committed_figures() -> dict[str, int]:
    """The figures of `gas.json`; none if there is no such file yet."""
    figures: dict[str, int] = json.loads(COMMITTED.read_text()) if COMMITTED.exists() else {}
    return figures
