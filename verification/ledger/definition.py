"""What each step on a ledger must do, by the plain definition: a list of charges, without a ring.

Times are unix seconds, amounts are budget units.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from eth_utils import keccak

from verification.scenarios.model.ledger import Ledger
from verification.testing.ledger import ADD_RETROACTIVELY, CHARGE, HOLD, OPEN, RELEASE, SETTLE

OVERFLOW = bytes.fromhex("4e487b71") + (0x11).to_bytes(32)
"""The revert data of an arithmetic overflow."""
SELECTORS = {
    signature.partition("(")[0]: keccak(text=signature)[:4]
    for signature in ("WindowLimitExceeded(uint256,uint256,uint256)", "LifetimeLimitExceeded(uint256,uint256)")
}


class Step(NamedTuple):
    """`Step` of `SpendLedgerHarness`."""

    kind: int
    timestamp: int
    amount: int = 0
    lifetime_limit: int = 0
    limits: tuple[int, ...] = ()
    widths: tuple[int, ...] = ()


class Outcome(NamedTuple):
    """`Outcome` of `SpendLedgerHarness`, of a step that was accepted if `refusal` is empty."""

    accepted: bool
    refusal: bytes
    counted: list[int]
    spent: int
    pending: int
    returns_at: list[int]
    returned: list[int]


def predict(steps: Iterable[Step]) -> list[Outcome]:
    """What a fresh ledger must answer to these steps."""
    model = Ledger()
    return [outcome(model, step) for step in steps]


def outcome(model: Ledger, step: Step) -> Outcome:
    """Applies a step to the model. A step that is refused changes nothing."""
    refusal = apply(model, step)
    time = step.timestamp
    windows = range(len(model.windows))
    returns = [model.next_return(i, time) for i in windows]
    counted = [model.counted(i, time) for i in windows]
    at, amounts = [when for when, _ in returns], [amount for _, amount in returns]
    return Outcome(refusal is None, refusal or b"", counted, model.spent, model.pending, at, amounts)


def apply(model: Ledger, step: Step) -> bytes | None:
    """Applies a step to the model; returns the revert data if it is refused."""
    time, amount = step.timestamp, step.amount
    if step.kind == OPEN:
        model.open(time, list(step.widths))
    elif step.kind == ADD_RETROACTIVELY:
        model.add_retroactively(time, amount, list(step.limits))
    elif step.kind in (SETTLE, RELEASE):
        if amount > model.pending:
            return OVERFLOW
        if step.kind == SETTLE:
            model.settle(time, amount)
        else:
            model.release(amount)
    else:
        assert step.kind in (CHARGE, HOLD)
        refused = model.charge(time, amount, list(step.limits), step.lifetime_limit)
        if refused:
            return _revert_data(amount, *refused)
        if step.kind == HOLD:
            model.hold(time, amount)
    return None


def _revert_data(charge: int, name: str, remaining: int, length: int) -> bytes:
    values = (charge, remaining, length) if name == "WindowLimitExceeded" else (charge, remaining)
    return SELECTORS[name] + b"".join(value.to_bytes(32) for value in values)
