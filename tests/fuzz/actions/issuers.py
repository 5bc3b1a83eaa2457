"""What is in nobody's hands here: issuers pause their token, blacklist accounts, take fees; and tokens turn bad, or good again."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.fuzz.actions.chance import Action, Arguments
from tests.fuzz.cast import WALLETS
from tests.fuzz.model.money import CLINGY, MUTE, STONE, TOLL, VOID
from tests.fuzz.play import Deed, Play

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
    """`setHostile`, or `setRefusesBalance`."""
    bank = play.world.suite.bank
    act = bank.turn if function == "setHostile" else bank.hush
    return Deed("stranger", token, play.data(function, bad), lambda: act(token, bad))


def draw_turn(chance: Random, play: Play) -> Arguments:
    """Soon good again."""
    bank = play.world.suite.bank
    bad = [(token, "setHostile") for token in sorted(bank.lying)]
    bad += [(token, "setRefusesBalance") for token in sorted(bank.silent)]
    if bad and chance.random() < 0.6:
        token, function = chance.choice(bad)
        return {"token": token, "function": function, "bad": False}
    hushed = chance.random() < 0.15
    token = STONE if hushed else chance.choice((TOLL, MUTE, STONE, VOID, CLINGY))
    return {"token": token, "function": "setRefusesBalance" if hushed else "setHostile", "bad": True}


ACTIONS: dict[str, Any] = {
    "pause_token": Action(3, draw_pause_token, pause_token),
    "blacklist": Action(5, draw_blacklist, blacklist),
    "set_fee": Action(1, draw_set_fee, set_fee),
    "turn": Action(4, draw_turn, turn),
}
