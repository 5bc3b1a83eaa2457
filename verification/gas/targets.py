"""What gas is to cost at most: the committed figures are compared with these."""

from pathlib import Path

COMMITTED = Path(__file__).with_name("gas.json")
TARGETS = {
    "pay, second in its window": 66_000,
    "pay, each further window": 11_000,
    "payBatch of ten, per payment": 30_000,
    "act: a pay that another carries": 80_000,
    "call with one pull, above the bare call": 60_000,
    "operation: one pay, second in its window": 125_000,
    "operations: ten wallets' pays in a bundle, each": 85_000,
    "operations: ten pays of one wallet in a bundle, each": 85_000,
    "requestPayment and approveRequest": 170_000,
    "create agent, wallet and mandate, first agent of a principal": 600_000,
    "create agent, wallet and mandate, further agent": 600_000,
    "revoke": 60_000,
    "revokeAll, 1 agent": 60_000,
    "revokeAll, 100 agents": 60_000,
}

MISSED = {
    "create agent, wallet and mandate, first agent of a principal": "a mandate that can say more takes more to check, hash "
    "and write",
    "create agent, wallet and mandate, further agent": "the same",
}
"""The aims that aren't reached, and why."""
