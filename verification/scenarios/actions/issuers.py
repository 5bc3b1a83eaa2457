"""What is in nobody's hands here: issuers pause their token, blacklist accounts, take fees; and tokens turn bad, or good again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from verification.scenarios.actions.draws import Action, Arguments
from verification.scenarios.fixtures import WALLETS
from verification.scenarios.model.money import Bank
from verification.scenarios.model.tokens import COY, LIARS, NO, ONE, STONE, TERSE, TIDE, YES
from verification.scenarios.trace import Deed, Play

ISSUER = "issuer"


def pause_token(play: Play, paused: bool) -> Deed:
    """USDC's `pause` and `unpause`."""
    bank = play.world.suite.bank
    return Deed(ISSUER, "usdc", play.data("pause()" if paused else "unpause()"), lambda: bank.pause("usdc", paused))


def draw_pause_token(chance: Random, play: Play) -> Arguments | None:
    """Not for long."""
    paused = play.world.suite.bank.paused
    return {"paused": not paused} if paused or chance.random() < 0.2 else None


def blacklist(play: Play, account: str, listed: bool) -> Deed:
    """USDC's `blacklist` and `unBlacklist`."""
    bank = play.world.suite.bank
    data = play.data("blacklist(address)" if listed else "unBlacklist(address)", account)
    return Deed(ISSUER, "usdc", data, lambda: bank.blacklist("usdc", account, listed))


def draw_blacklist(chance: Random, play: Play) -> Arguments | None:
    """A payee, a wallet or the vault; soon forgiven."""
    listed = sorted(play.world.suite.bank.blacklisted)
    if listed:
        return {"account": chance.choice(listed), "listed": False}
    if chance.random() < 0.7:
        return None
    return {"account": chance.choice((*WALLETS, "payee 0", "payee 1", "vault", "stranger")), "listed": True}


def set_fee(play: Play, points: int, most: int) -> Deed:
    """USDT's `setParams`: what the payee bears."""
    bank = play.world.suite.bank
    return Deed("stranger", "usdt", play.data("setParams", points, most), lambda: bank.set_fee("usdt", points, most))


def draw_set_fee(chance: Random, play: Play) -> Arguments:
    """None, mostly."""
    return {"points": chance.choice((0, 0, 1, 19, 20)), "most": chance.choice((0, 1, 49))}


def turn(play: Play, token: str, function: str, bad: bool) -> Deed:
    """`setHostile`, `setRefusesBalance` or `setRefusesDecimals`."""
    bank = play.world.suite.bank
    act = bank.turn if function == "setHostile" else bank.hush
    return Deed("stranger", token, play.data(function, bad), lambda: act(token, bad))


def draw_turn(chance: Random, play: Play) -> Arguments:
    """Soon good again."""
    bank = play.world.suite.bank
    bad = [(token, "setHostile") for token in sorted(bank.lying)]
    bad += [(token, HUSHES[token]) for token in sorted(bank.silent)]
    if bad and chance.random() < 0.6:
        token, function = chance.choice(bad)
        return {"token": token, "function": function, "bad": False}
    hushed = chance.random() < 0.2
    token = chance.choice(list(HUSHES) if hushed else LIARS)
    return {"token": token, "function": HUSHES[token] if hushed else "setHostile", "bad": True}


HUSHES = {STONE: "setRefusesBalance", COY: "setRefusesDecimals"}
"""What makes a token tell less."""


def teller(token: str, function: str, does: Callable[[Bank, Any], None]) -> Callable[..., Deed]:
    """What anybody tells a token: a number, or bytes (hexadecimal)."""

    def tell(play: Play, told: int | str) -> Deed:
        bank = play.world.suite.bank
        data = play.data(function, bytes.fromhex(told) if isinstance(told, str) else told)
        return Deed("stranger", token, data, lambda: does(bank, told))

    return tell


def draw_rebase(chance: Random, play: Play) -> Arguments:
    """A little up or down, mostly; or so far that a share is worth less than a base unit, or many."""
    now = play.world.suite.bank.index
    most = chance.choice((ONE, ONE + 1, ONE - 1, ONE // 3, 3 * ONE, 2**70))
    near = now * chance.randint(95, 110) // 100
    return {"told": near if ONE // 10 < near < 10 * ONE and chance.random() < 0.6 else most}


def draw_set_decimals(chance: Random, play: Play) -> Arguments:
    """Soon as before."""
    return {"told": 6 if play.world.suite.bank.decimals[COY] != 6 else chance.choice((0, 7, 18, 255))}


def draw_set_answer(chance: Random, play: Play) -> Arguments:
    """A yes of some kind, mostly."""
    return {"told": chance.choice(("", *YES) if chance.random() < 0.6 else NO)}


def draw_set_flood(chance: Random, play: Play) -> Arguments:
    """As much as costs a reader more than all the rest of a payment, or a word, or nothing."""
    return {"told": 0 if play.world.suite.bank.flood else chance.choice((32, 100_000))}


ACTIONS: dict[str, Any] = {
    "pause_token": Action(3, draw_pause_token, pause_token),
    "blacklist": Action(5, draw_blacklist, blacklist),
    "set_fee": Action(1, draw_set_fee, set_fee),
    "turn": Action(4, draw_turn, turn),
    "rebase": Action(2, draw_rebase, teller(TIDE, "setIndex", Bank.set_index)),
    "set_decimals": Action(1, draw_set_decimals, teller(COY, "setDecimals", Bank.set_decimals)),
    "set_answer": Action(2, draw_set_answer, teller(TERSE, "setAnswer", Bank.set_answer)),
    "set_flood": Action(1, draw_set_flood, teller(TERSE, "setFlood", Bank.set_flood)),
}
