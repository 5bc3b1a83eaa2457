"""Actions of issuers and tokens: pause, blacklist, take fees, start to misbehave."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from verification.scenarios.actions.draws import Action, Arguments
from verification.scenarios.fixtures import WALLETS
from verification.scenarios.model.bank import Bank
from verification.scenarios.model.tokens import (
    FAILURE_RETURNS,
    HOSTILE_TOKENS,
    LYING_DECIMALS,
    REBASING,
    REVERTING,
    SHORT_RETURN,
    SUCCESS_RETURNS,
    WAD,
)
from verification.scenarios.trace import PreparedStep, Trace

ISSUER = "issuer"


def pause_token(trace: Trace, paused: bool) -> PreparedStep:
    """USDC's `pause` and `unpause`."""
    bank = trace.world.suite.bank
    return PreparedStep(
        ISSUER, "usdc", trace.data("pause()" if paused else "unpause()"), lambda: bank.pause("usdc", paused)
    )


def draw_pause_token(rng: Random, trace: Trace) -> Arguments | None:
    """Pauses rarely and unpauses soon, so that most payments can succeed."""
    paused = trace.world.suite.bank.paused
    return {"paused": not paused} if paused or rng.random() < 0.2 else None


def blacklist(trace: Trace, account: str, listed: bool) -> PreparedStep:
    """USDC's `blacklist` and `unBlacklist`."""
    bank = trace.world.suite.bank
    data = trace.data("blacklist(address)" if listed else "unBlacklist(address)", account)
    return PreparedStep(ISSUER, "usdc", data, lambda: bank.blacklist("usdc", account, listed))


def draw_blacklist(rng: Random, trace: Trace) -> Arguments | None:
    """Blacklists a payee, a wallet or the vault; removes it soon."""
    listed = sorted(trace.world.suite.bank.blacklisted)
    if listed:
        return {"account": rng.choice(listed), "listed": False}
    if rng.random() < 0.7:
        return None
    return {"account": rng.choice((*WALLETS, "payee 0", "payee 1", "vault", "stranger")), "listed": True}


def set_fee(trace: Trace, points: int, most: int) -> PreparedStep:
    """USDT's `setParams`: the fee that the payee bears."""
    bank = trace.world.suite.bank
    return PreparedStep(
        "stranger", "usdt", trace.data("setParams", points, most), lambda: bank.set_fee("usdt", points, most)
    )


def draw_set_fee(rng: Random, trace: Trace) -> Arguments:
    """Draws a fee, mostly none."""
    return {"points": rng.choice((0, 0, 1, 19, 20)), "most": rng.choice((0, 1, 49))}


def set_misbehavior(trace: Trace, token: str, function: str, enabled: bool) -> PreparedStep:
    """`setHostile`, `setRefusesBalance` or `setRefusesDecimals`."""
    bank = trace.world.suite.bank
    set_flag = bank.set_hostile if function == "setHostile" else bank.set_unreadable
    return PreparedStep("stranger", token, trace.data(function, enabled), lambda: set_flag(token, enabled))


def draw_set_misbehavior(rng: Random, trace: Trace) -> Arguments:
    """Makes a token misbehave; stops it soon."""
    bank = trace.world.suite.bank
    misbehaving = [(token, "setHostile") for token in sorted(bank.hostile)]
    misbehaving += [(token, UNREADABLE_SETTERS[token]) for token in sorted(bank.unreadable)]
    if misbehaving and rng.random() < 0.6:
        token, function = rng.choice(misbehaving)
        return {"token": token, "function": function, "enabled": False}
    if rng.random() < 0.2:
        token, function = rng.choice(list(UNREADABLE_SETTERS.items()))
    else:
        token, function = rng.choice(HOSTILE_TOKENS), "setHostile"
    return {"token": token, "function": function, "enabled": True}


UNREADABLE_SETTERS = {REVERTING: "setRefusesBalance", LYING_DECIMALS: "setRefusesDecimals"}
"""The function that makes a view of each token revert."""


def token_setter(token: str, function: str, does: Callable[[Bank, Any], None]) -> Callable[..., PreparedStep]:
    """A setter of a token that anybody may call, with a number or bytes (hex)."""

    def prepare(trace: Trace, value: int | str) -> PreparedStep:
        bank = trace.world.suite.bank
        data = trace.data(function, bytes.fromhex(value) if isinstance(value, str) else value)
        return PreparedStep("stranger", token, data, lambda: does(bank, value))

    return prepare


def draw_rebase(rng: Random, trace: Trace) -> Arguments:
    """Draws a new share value, mostly a little up or down.

    Sometimes a share is then worth many base units, or less than one.
    """
    now = trace.world.suite.bank.index
    most = rng.choice((WAD, WAD + 1, WAD - 1, WAD // 3, 3 * WAD, 2**70))
    near = now * rng.randint(95, 110) // 100
    return {"value": near if WAD // 10 < near < 10 * WAD and rng.random() < 0.6 else most}


def draw_set_decimals(rng: Random, trace: Trace) -> Arguments:
    """Draws other decimals; restores them soon."""
    return {"value": 6 if trace.world.suite.bank.decimals[LYING_DECIMALS] != 6 else rng.choice((0, 7, 18, 255))}


def draw_set_answer(rng: Random, trace: Trace) -> Arguments:
    """Draws return data, mostly one that SafeERC20 accepts."""
    return {"value": rng.choice(("", *SUCCESS_RETURNS) if rng.random() < 0.6 else FAILURE_RETURNS)}


def draw_set_flood(rng: Random, trace: Trace) -> Arguments:
    """Draws the number of extra zero bytes.

    None, one word, or so many that copying them costs more gas than the payment.
    """
    return {"value": 0 if trace.world.suite.bank.flood else rng.choice((32, 100_000))}


ACTIONS = {
    "pause_token": Action(3, draw_pause_token, pause_token),
    "blacklist": Action(5, draw_blacklist, blacklist),
    "set_fee": Action(1, draw_set_fee, set_fee),
    "set_misbehavior": Action(5, draw_set_misbehavior, set_misbehavior),
    "rebase": Action(2, draw_rebase, token_setter(REBASING, "setIndex", Bank.set_index)),
    "set_decimals": Action(1, draw_set_decimals, token_setter(LYING_DECIMALS, "setDecimals", Bank.set_decimals)),
    "set_answer": Action(2, draw_set_answer, token_setter(SHORT_RETURN, "setAnswer", Bank.set_answer)),
    "set_flood": Action(1, draw_set_flood, token_setter(SHORT_RETURN, "setFlood", Bank.set_flood)),
}
