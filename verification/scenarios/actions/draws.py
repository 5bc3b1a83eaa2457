"""How a story's steps are drawn: near the limits, near the edges of time, and mostly allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from verification.scenarios.fixtures import PRINCIPALS, WALLETS
from verification.scenarios.model.charging import MAX_AMOUNT
from verification.scenarios.model.terms import NATIVE, Budget, Terms
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Deed, Play

Arguments = dict[str, Any]
FORGED = 0.03
"""How many signatures are forgeries."""
T = TypeVar("T")


@dataclass(frozen=True)
class Action:
    """Something that can happen: how often, with what, and how it is done on both sides."""

    weight: int
    draw: Callable[[Random, Play], Arguments | None]
    """Chooses the arguments, or nothing if there is nothing to choose now."""
    make: Callable[..., Deed]


def any_wallet(chance: Random, play: Play) -> Wallet:
    """A wallet, rather one whose agent may still act."""
    wallets = list(play.world.wallets.values())
    live = [wallet for wallet in wallets if may_act(wallet)]
    return chance.choice(live if live and chance.random() < 0.75 else wallets)


def wallet_where(chance: Random, play: Play, wanted: Callable[[Wallet], bool]) -> Wallet:
    """A wallet, rather one that wants something done."""
    wallets = [wallet for wallet in play.world.wallets.values() if wanted(wallet)]
    return chance.choice(wallets) if wallets and chance.random() < 0.75 else any_wallet(chance, play)


def ended(wallet: Wallet) -> bool:
    """Whether the wallet's agent is stopped for ever under this principal."""
    switch = wallet.suite.switch
    return switch.has(wallet.principal, wallet.name, "revoked") or switch.of(wallet.principal).epoch != wallet.epoch


def wants_mandate(wallet: Wallet) -> bool:
    """Whether a new mandate would let the agent act."""
    return not ended(wallet) and (not wallet.in_force or wallet.now >= terms_of(wallet).valid_until)


def may_act(wallet: Wallet) -> bool:
    """Whether the wallet's agent may act now."""
    return wallet.acting_terms() is not None


def mostly(chance: Random, usual: T, *others: T, share: float = 0.9) -> T:
    """The usual one in so many cases, otherwise one of the others."""
    return usual if chance.random() < share else chance.choice(others)


def agent_of(chance: Random, wallet: Wallet) -> str:
    """The agent key, mostly."""
    key = wallet.last.agent_key if wallet.last else "stranger"
    return mostly(chance, key, "stranger", wallet.principal, "agent 0", "agent 1", share=0.94)


def principal_of(chance: Random, wallet: Wallet) -> str:
    """The principal, mostly."""
    others = (wallet.name, wallet.last.agent_key if wallet.last else "stranger", "guardian", "stranger", *PRINCIPALS)
    return mostly(chance, wallet.principal, *others, share=0.8)


def terms_of(wallet: Wallet) -> Terms:
    """The last mandate. Every wallet begins with one."""
    assert wallet.last is not None
    return wallet.last


def token_of(chance: Random, wallet: Wallet) -> str:
    """A listed token, mostly."""
    listed = [token for budget in terms_of(wallet).budgets for token in budget.tokens]
    return mostly(chance, chance.choice(listed), "unlisted", "usdc", NATIVE, share=0.96)


def payee_of(chance: Random, wallet: Wallet, token: str) -> str:
    """A listed payee, mostly."""
    budget = terms_of(wallet).budget_of(token)
    listed = [*sorted(budget.payees), *budget.limited] if budget else []
    others = ("payee 0", "payee 1", "payee 2", "stranger", "registry", wallet.name, "usdc", "nobody")
    if not listed:
        return chance.choice(others[:4] if chance.random() < 0.9 else others)
    return mostly(chance, chance.choice(listed), *others, share=0.95)


def amount_of(chance: Random, wallet: Wallet, token: str) -> int:
    """Token base units: often just what remains, or a little more, or too fine for the budget's unit."""
    budget = terms_of(wallet).budget_of(token)
    if budget is None:
        return chance.choice((0, 1, 10**6))
    room = room_of(wallet, budget)
    unit = max(budget.tokens[token] - budget.decimals, 0)
    coarse = 10 ** max(budget.decimals - budget.tokens[token], 0)
    most = room * 10**unit // coarse
    kind = chance.random()
    if kind < 0.55:
        return chance.randint(1, max(most // chance.choice((1, 2, 4, 8)), 1))
    if kind < 0.75:
        return max(most, 1)
    limit = budget.payment_limit * 10**unit // coarse
    return chance.choice((most + 1, most + 1, limit, limit + 1, 0, 1, 1, max(most - 1, 1), MAX_AMOUNT + 1))


def room_of(wallet: Wallet, budget: Budget) -> int:
    """The most that one payment may charge now."""
    ledger = wallet.ledgers.get(budget.currency)
    if ledger is None or len(ledger.windows) != len(budget.windows):
        return budget.payment_limit
    lefts = [limit - ledger.counted(i, wallet.now) for i, limit in enumerate(budget.limits())]
    life = terms_of(wallet).lifetime_limit(budget) - ledger.lifetime()
    return max(min(budget.payment_limit, life, *lefts), 0)


def any_name(chance: Random) -> str:
    """A wallet's name."""
    return chance.choice(list(WALLETS))


def nonce_of(chance: Random, spent: Iterable[int]) -> int:
    """A fresh nonce, mostly; otherwise one that was used before."""
    used = sorted(spent)
    return chance.choice(used) if used and chance.random() < 0.06 else chance.getrandbits(chance.choice((8, 64)))
