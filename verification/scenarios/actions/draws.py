"""Draws the arguments of steps: near limits, near points in time, and mostly valid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.charging import MAX_AMOUNT
from verification.scenarios.model.fleet import Fleet
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Budget, Terms, power_of_ten
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import PreparedStep, Trace

Arguments = dict[str, Any]
"""Arguments of an action by name, as JSON values."""
TOO_MUCH_GAS = 10**8
FORGED_SHARE = 0.03
"""The share of signatures that are forged."""
T = TypeVar("T")


DRAFT = Terms(
    bytes(32),
    "nobody",
    0,
    "agent 0",
    0,
    0,
    0,
    (Budget("USD", 6, 10**6, 10**6, NO_LIMIT, ((3600, 10**6),), {"usdc": 6}, 0, 0, frozenset({"payee 0"}), {}),),
)
"""What actions are drawn for while a wallet has no mandate. All of the agent's are refused then."""
Draw = Callable[[Random, Trace], Arguments | None]
"""Draws the arguments, or returns None if the action makes no sense now."""


@dataclass(frozen=True)
class Action:
    """An action that a scenario can contain."""

    weight: int
    draw: Draw
    prepare: Callable[..., PreparedStep]


def draw_wallet(rng: Random, trace: Trace) -> Wallet:
    """Draws a wallet, mostly one whose agent may act."""
    wallets = list(trace.world.wallets.values())
    live = [wallet for wallet in wallets if may_act(wallet)]
    return rng.choice(live if live and rng.random() < 0.75 else wallets)


def wallet_where(rng: Random, trace: Trace, wanted: Callable[[Wallet], bool]) -> Wallet:
    """Draws a wallet, mostly one for which the condition holds."""
    wallets = [wallet for wallet in trace.world.wallets.values() if wanted(wallet)]
    return rng.choice(wallets) if wallets and rng.random() < 0.75 else draw_wallet(rng, trace)


def is_revoked(wallet: Wallet) -> bool:
    """Whether the wallet's agent is permanently stopped under this principal."""
    switch = wallet.suite.switch
    return switch.has(wallet.principal, wallet.name, "revoked") or switch.of(wallet.principal).epoch != wallet.epoch


def is_early(wallet: Wallet) -> bool:
    """Whether the wallet's mandate is not yet valid."""
    return wallet.in_force and wallet.now < last_terms(wallet).valid_from


def needs_mandate(wallet: Wallet) -> bool:
    """Whether a new mandate would allow the agent to act."""
    return not is_revoked(wallet) and (not wallet.in_force or wallet.now >= last_terms(wallet).valid_until)


def may_act(wallet: Wallet) -> bool:
    """Whether the wallet's agent may act now."""
    return wallet.acting_terms() is not None


def mostly(rng: Random, usual: T, *others: T, share: float = 0.9) -> T:
    """Returns the usual value with probability `share`, else one of the others."""
    return usual if rng.random() < share else rng.choice(others)


def draw_agent(rng: Random, wallet: Wallet) -> str:
    """Draws the sender of an agent's transaction, mostly the agent key."""
    key = wallet.last.agent_key if wallet.last else "stranger"
    return mostly(rng, key, "stranger", wallet.principal, "agent 0", "agent 1", share=0.94)


def draw_principal(rng: Random, wallet: Wallet) -> str:
    """Draws the sender of a principal's transaction, mostly the principal."""
    others = (wallet.name, wallet.last.agent_key if wallet.last else "stranger", "guardian", "stranger", *PRINCIPALS)
    return mostly(rng, wallet.principal, *others, share=0.8)


def last_terms(wallet: Wallet) -> Terms:
    """The last mandate, or one that could be the first."""
    return wallet.last or DRAFT


def draw_token(rng: Random, wallet: Wallet) -> str:
    """Draws a token, mostly a listed one."""
    listed = [token for budget in last_terms(wallet).budgets for token in budget.tokens]
    return mostly(rng, rng.choice(listed), "unlisted", "usdc", NATIVE, share=0.96)


def draw_payee(rng: Random, wallet: Wallet, token: str) -> str:
    """Draws a payee, mostly a listed one."""
    budget = last_terms(wallet).budget_of(token)
    listed = [*sorted(budget.payees), *budget.limited] if budget else []
    others = ("payee 0", "payee 1", "payee 2", "stranger", "registry", wallet.name, "usdc", "nobody")
    guard = last_terms(wallet).guard
    if guard != NOBODY and rng.random() < 0.03:
        return guard
    if not listed or (budget and budget.stranger_payment and rng.random() < 0.5):
        return rng.choice(others[:4] if rng.random() < 0.9 else others)
    return mostly(rng, rng.choice(listed), *others, share=0.95)


def draw_amount(rng: Random, wallet: Wallet, token: str, payee: str = "") -> int:
    """Draws an amount in token base units, near what remains, also of what remains for a stranger or by a payee's limit.

    Often exactly that, slightly more, or too precise for the budget's unit.
    """
    budget = last_terms(wallet).budget_of(token)
    if budget is None:
        return rng.choice((0, 1, 10**6))
    room = remaining_charge(wallet, budget)
    if payee and wallet.is_stranger(last_terms(wallet), budget, payee) and rng.random() < 0.8:
        room = min(room, remaining_for_strangers(wallet, budget))
    if payee in budget.limited and rng.random() < 0.4:
        paid = wallet.paid_to.get((budget.currency, payee), 0)
        room = max(min(room, budget.limited[payee][0] - paid), 0)
    unit = max(budget.tokens[token] - budget.decimals, 0)
    coarse = power_of_ten(max(budget.decimals - budget.tokens[token], 0))
    most = room * power_of_ten(unit) // coarse
    kind = rng.random()
    if kind < 0.55:
        return rng.randint(1, max(most // rng.choice((1, 2, 4, 8)), 1))
    if kind < 0.75:
        return max(most, 1)
    limit = budget.payment_limit * power_of_ten(unit) // coarse
    return rng.choice((most + 1, most + 1, limit, limit + 1, 0, 1, 1, max(most - 1, 1), MAX_AMOUNT + 1))


def remaining_charge(wallet: Wallet, budget: Budget) -> int:
    """The largest charge of one payment now."""
    ledger = wallet.ledgers.get(budget.currency)
    if ledger is None or len(ledger.windows) != len(budget.windows):
        return budget.payment_limit
    lefts = [limit - ledger.counted(i, wallet.now) for i, limit in enumerate(budget.limits())]
    life = last_terms(wallet).lifetime_limit(budget) - ledger.lifetime()
    guard = wallet.suite.guards.get(last_terms(wallet).guard)
    rooms = [guard.room(budget.currency)] if isinstance(guard, Fleet) else []
    return max(min(budget.payment_limit, life, *lefts, *rooms), 0)


def remaining_for_strangers(wallet: Wallet, budget: Budget) -> int:
    """The largest charge of one payment to a stranger that their limits allow now."""
    ledger = wallet.stranger_ledgers.get(budget.currency)
    counted = ledger.counted(0, wallet.now) if ledger else 0
    return max(min(budget.stranger_payment, budget.stranger_limit() - counted), 0)


def draw_wallet_name(rng: Random, trace: Trace) -> str:
    """Draws the name of a wallet."""
    return rng.choice(list(trace.world.wallets))


def draw_deadline(rng: Random, trace: Trace) -> int:
    """Draws a deadline, mostly in an hour."""
    return trace.now + rng.choice((0, 0, 60, 3600, -1) if rng.random() < 0.3 else (3600,))


def draw_min_gas(rng: Random) -> int:
    """Draws the least gas for a call, rarely more than a transaction can have."""
    return mostly(rng, rng.choice((0, 100_000)), TOO_MUCH_GAS, share=0.96)


def draw_nonce(rng: Random, spent: Iterable[int]) -> int:
    """Draws a nonce, sometimes a used one."""
    used = sorted(spent)
    return rng.choice(used) if used and rng.random() < 0.1 else rng.getrandbits(rng.choice((8, 64)))
