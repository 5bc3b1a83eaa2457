"""Draws how much time passes: often to the end of a bucket, mandate, heartbeat or request, or a second around it."""

from __future__ import annotations

from random import Random

from verification.scenarios.actions.draws import last_terms
from verification.scenarios.actions.requests import end_of
from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Trace

HOUR, DAY = 3600, 86_400


def draw_wait(rng: Random, trace: Trace) -> int:
    """Draws a number of seconds, at least one."""
    kind = rng.random()
    if kind < 0.5:
        return rng.choice((1, 1, 5, 60, 600))
    if kind < 0.65:
        return rng.choice((HOUR, HOUR, HOUR, 6 * HOUR, 6 * HOUR, DAY, 4 * DAY))
    wallet = rng.choice(list(trace.world.wallets.values()))
    edges = [edge + rng.choice((-1, 0, 1)) for edge in _edges(rng, trace, wallet)]
    # Long waits are rare, because most mandates end meanwhile.
    far = 40 * DAY if rng.random() < 0.1 else DAY
    later = [edge for edge in edges if trace.now < edge < trace.now + far]
    return min(later) - trace.now if later else 1


def _edges(rng: Random, trace: Trace, wallet: Wallet) -> list[int]:
    if rng.random() < 0.7:
        ledgers = [*wallet.ledgers.values(), *wallet.stranger_ledgers.values(), *wallet.call_ledgers.values()]
        if last_terms(wallet).guard == trace.world.fleet.name:
            ledgers += trace.world.fleet.ledgers.values()
        width = rng.choice([width for ledger in ledgers for width, _ in ledger.windows] or [HOUR])
        return [(trace.now // width + rng.choice((1, 1, 1, 2, 8, 9))) * width]
    edges = [last_terms(wallet).valid_from, last_terms(wallet).valid_until] if rng.random() < 0.5 else []
    for principal in PRINCIPALS:
        since = trace.world.suite.switch.of(principal).dormant_since()
        if since is not None and rng.random() < 0.3:
            edges.append(since)
    edges += [end_of(each["request"]) for each in trace.memory["requests"][-3:]]
    edges += [authorization[5] for _, authorization, _ in trace.memory["authorizations"][-3:]]
    edges += [until for budget in last_terms(wallet).budgets for _, until in budget.limited.values()]
    return edges
