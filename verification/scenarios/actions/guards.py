"""Guards: how they behave, the fleet's budgets, calls of guards by others than wallets, and guards of new mandates."""

from __future__ import annotations

from random import Random

from eth_utils.crypto import keccak

from verification.scenarios.actions.draws import Action, Arguments, mostly
from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.fleet import FLEET, Fleet
from verification.scenarios.model.guards import ANY, MOODS, MOODY, Charge
from verification.scenarios.model.outcomes import Hashed
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.shapes import CURRENCIES, shape
from verification.scenarios.trace import PreparedStep, Trace

HOUR, DAY = 3600, 86_400
TRIES = 25
"""How many shapes are tried for one that a guard agrees to."""


# Guards of mandates


def draw_shape(rng: Random, trace: Trace, principal: str) -> tuple[int, str]:
    """Draws a shape and a guard that agrees to it, mostly."""
    own = principal == trace.world.fleet.principal
    guards = (FLEET,) * 9 + (MOODY,) * 3 + (NOBODY,) * 8 if own else (FLEET, *(MOODY,) * 6, *(NOBODY,) * 13)
    number, guard = rng.randrange(10_000), rng.choice(guards)
    if guard == NOBODY or rng.random() < 0.1:
        return number, guard
    authorizes = rng.random() < 0.6
    for _ in range(TRIES):
        if _fits(trace.world.fleet, number, guard) and (not authorizes or _authorizes(number)):
            break
        number = rng.randrange(10_000)
    return number, guard


def _authorizes(number: int) -> bool:
    """Whether the agent can pre-authorize payments."""
    made = shape(number)
    return made.max_authorization_age > 0 and any("usdc" in each.tokens for each in made.budgets)


def _fits(fleet: Fleet, number: int, guard: str) -> bool:
    """Whether a guard can agree to a shape: there is no cheque book, and the fleet has the currencies."""
    budgets = shape(number).budgets
    if any(each.book for each in budgets):
        return False
    decimals = {currency: limits.decimals for currency, limits in fleet.limits.items()}
    return guard != FLEET or all(decimals.get(each.currency) == each.decimals for each in budgets)


# The moody guard


def set_mood(trace: Trace, mood: str, most: int) -> PreparedStep:
    """The moody guard's `setMood`."""
    guard = trace.world.moody_guard
    data = trace.data("setMood", MOODS.index(mood), most)
    return PreparedStep("stranger", MOODY, data, lambda: guard.set_mood(mood, most))


def draw_set_mood(rng: Random, trace: Trace) -> Arguments:
    """Draws a mood in which it may refuse; soon it agrees again."""
    guard = trace.world.moody_guard
    if (guard.mood, guard.most) != (MOODS[0], ANY) and rng.random() < 0.6:
        return {"mood": MOODS[0], "most": ANY}
    return {"mood": rng.choice((*MOODS, *MOODS[:2])), "most": mostly(rng, ANY, 0, 10**4, 10**8, 10**20, share=0.6)}


# The fleet's principal


def set_fleet_budget(
    trace: Trace, sender: str, currency: str, decimals: int, lifetime: int, windows: list[list[int]]
) -> PreparedStep:
    """The fleet's `setBudget`."""
    fleet, given = trace.world.fleet, [(length, limit) for length, limit in windows]
    data = trace.data("setBudget", currency, decimals, lifetime, given)
    return PreparedStep(sender, fleet.name, data, lambda: fleet.set_budget(sender, currency, decimals, lifetime, given))


def draw_set_fleet_budget(rng: Random, trace: Trace) -> Arguments:
    """Draws other limits and windows, mostly valid, often with the windows that are open."""
    fleet, currency = trace.world.fleet, rng.choice(list(CURRENCIES))
    decimals = CURRENCIES[currency][0]
    unit, limits = 10**decimals, fleet.limits.get(currency)
    lengths = [length for length, _ in limits.windows] if limits and rng.random() < 0.5 else _lengths(rng)
    most = rng.choice((0, 50, 300, 1000, 1000, 5000, 5000)) * unit
    windows = []
    for length in sorted(lengths):
        windows.append([length, most])
        most *= rng.choice((1, 2, 3))
    ledger = fleet.ledgers.get(currency)
    spent = ledger.lifetime() if ledger else 0
    drawn: Arguments = {
        "sender": _fleets_principal(rng, trace),
        "currency": currency,
        "decimals": decimals,
        "lifetime": max(mostly(rng, 10**7 * unit, spent + 100 * unit, spent, share=0.9), windows[-1][1]),
        "windows": windows,
    }
    return drawn | rng.choice(_mistakes(drawn)) if rng.random() < 0.2 else drawn


def _lengths(rng: Random) -> set[int]:
    count = rng.choice((1, 1, 2, 3, 4))
    return {rng.choice((HOUR, 8 * HOUR, DAY, 7 * DAY, 8 * rng.randint(450, 50_000))) for _ in range(count)}


def _mistakes(drawn: Arguments) -> list[Arguments]:
    """Changes that make a budget invalid."""
    length, limit = drawn["windows"][-1]
    return [
        {"currency": ""},
        {"currency": "usd"},
        {"decimals": 19},
        {"decimals": drawn["decimals"] - 1},
        {"decimals": drawn["decimals"] - 1},
        {"windows": []},
        {"windows": [[length + 8 * i, limit] for i in range(5)]},
        {"windows": [[length + 1, limit]]},
        {"windows": [[length, limit], [length, limit]]},
        {"windows": [[length, limit + 1], [length + 8, limit]]},
        {"lifetime": max(limit - 1, 0)},
    ]


def _fleets_principal(rng: Random, trace: Trace) -> str:
    return mostly(rng, trace.world.fleet.principal, "stranger", "agent 0", *PRINCIPALS, share=0.9)


# Anybody


def call_guard(trace: Trace, sender: str, guard: str, currency: str, charge: int, kind: str) -> PreparedStep:
    """Calls a guard as a wallet does, but from an account."""
    called, hash_ = trace.world.suite.guards[guard], keccak(text=currency)
    if kind in ("settle", "release"):
        settled = kind == "settle"
        data = trace.data("onClose", hash_, charge, settled)
        return PreparedStep(sender, guard, data, lambda: called.on_close(sender, currency, charge, settled))
    asked = Charge(
        trace.world.fleet.principal, Hashed(currency), "usdc", "payee 0", charge, charge, 0, pending=kind == "hold"
    )
    data = trace.data("onCharge", (asked.principal, hash_, *asked[2:]))
    return PreparedStep(sender, guard, data, lambda: called.on_charge(sender, asked))


def draw_call_guard(rng: Random, trace: Trace) -> Arguments:
    """Draws a charge or a closing that the fleet could count, or a closing that the moody guard hears of anybody."""
    fleet, guard = trace.world.fleet, mostly(rng, FLEET, MOODY, share=0.7)
    currency = rng.choice(list(fleet.ledgers))
    kind = rng.choice(("charge", "hold", "settle", "release") if guard == FLEET else ("settle", "release"))
    pending = fleet.ledgers[currency].pending
    return {
        "sender": rng.choice(("stranger", "agent 0", *PRINCIPALS)),
        "guard": guard,
        "currency": currency,
        "charge": rng.choice((1, pending // 2, pending) if kind in ("settle", "release") else (1, 10**6)),
        "kind": kind,
    }


ACTIONS: dict[str, Action] = {
    "set_mood": Action(7, draw_set_mood, set_mood),
    "set_fleet_budget": Action(6, draw_set_fleet_budget, set_fleet_budget),
    "call_guard": Action(2, draw_call_guard, call_guard),
}
