"""Time passes: to the edges of buckets, of mandates, of heartbeats and of what is pending; and a second to either side."""

from __future__ import annotations

from random import Random

from verification.scenarios.actions.draws import terms_of
from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Play

HOUR, DAY = 3600, 86_400


def draw_wait(chance: Random, play: Play) -> int:
    """Seconds, at least one."""
    kind = chance.random()
    if kind < 0.5:
        return chance.choice((1, 1, 5, 60, 600))
    if kind < 0.65:
        return chance.choice((HOUR, HOUR, HOUR, 6 * HOUR, 6 * HOUR, DAY, 4 * DAY))
    wallet = chance.choice(list(play.world.wallets.values()))
    edges = [edge + chance.choice((-1, 0, 1)) for edge in _edges(chance, play, wallet)]
    # Far away only now and then: most mandates would be over.
    far = 40 * DAY if chance.random() < 0.1 else DAY
    later = [edge for edge in edges if play.now < edge < play.now + far]
    return min(later) - play.now if later else 1


def _edges(chance: Random, play: Play, wallet: Wallet) -> list[int]:
    if chance.random() < 0.75:
        widths = [width for ledger in wallet.ledgers.values() for width, _ in ledger.windows]
        width = chance.choice(widths)
        return [(play.now // width + chance.choice((1, 1, 1, 2, 8, 9))) * width]
    edges = [terms_of(wallet).valid_from, terms_of(wallet).valid_until] if chance.random() < 0.3 else []
    for principal in PRINCIPALS:
        since = play.world.suite.switch.of(principal).dormant_since()
        if since is not None and chance.random() < 0.3:
            edges.append(since)
    edges += [request[-1] for _, _, request, _ in play.memory["requests"][-3:]]
    edges += [authorization[4] for _, authorization, _ in play.memory["authorizations"][-3:]]
    edges += [until for budget in terms_of(wallet).budgets for _, until in budget.limited.values()]
    return edges
