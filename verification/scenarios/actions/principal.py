"""What a principal does with its wallets: grants, takes back, withdraws, decides on requests, hands over."""

from __future__ import annotations

from random import Random
from typing import Any

from verification.scenarios.actions.agent import draw_remembered, request_of
from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    any_wallet,
    ended,
    nonce_of,
    principal_of,
    terms_of,
    token_of,
    wallet_where,
    wants_mandate,
)
from verification.scenarios.fixtures import KEYS, PRINCIPALS
from verification.scenarios.invalid_mandates import draw_spoiler
from verification.scenarios.model.registry import NO_HASH
from verification.scenarios.model.signed_mandate import Written
from verification.scenarios.model.terms import NATIVE, Terms
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Deed, Play

HOUR, DAY = 3600, 86_400

# Mandates


def draw_terms(chance: Random, play: Play, wallet: Wallet | None = None) -> Arguments:
    """A mandate for a wallet, which mostly can be set. An epoch or a predecessor that is wrong is off by one."""
    wallet = wallet or wallet_where(chance, play, wants_mandate)
    key = terms_of(wallet).agent_key
    begins = chance.choice((play.now,) * 7 + (play.now + HOUR, play.now + HOUR, play.now - DAY))
    ends = play.now + chance.choice((HOUR, DAY, 5 * DAY, 40 * DAY, 80 * DAY, 200 * DAY))
    ledger = wallet.ledgers.get("USD")
    return {
        "wallet": wallet.name,
        "shape": chance.randrange(10_000),
        "key": key if chance.random() < 0.93 else chance.choice((*KEYS, wallet.principal, wallet.name)),
        "start": begins,
        "end": ends if chance.random() < 0.97 else chance.choice((begins, play.now)),
        "principal": wallet.principal if chance.random() < 0.97 else chance.choice(PRINCIPALS),
        "epoch": wallet.epoch + (chance.random() < 0.02),
        "stale": chance.random() < 0.03,
        "seen": max((ledger.lifetime() if ledger else 0) - chance.choice((0, 1)), 0) if chance.random() < 0.1 else None,
    }


def terms(play: Play, wallet: str, shape: int, stale: bool, **drawn: Any) -> tuple[Terms, Written]:
    """The mandate that was drawn. `stale`: it replaces what the wallet doesn't have."""
    last = play.wallet(wallet).last
    return play.mandate(shape, replaces=NO_HASH if stale or last is None else last.hash, **drawn)


def set_mandate(play: Play, sender: str, **arguments: Any) -> Deed:
    """`setMandate`."""
    wallet = play.wallet(arguments["wallet"])
    made, argument = terms(play, **arguments)
    return Deed(
        sender, wallet.name, play.data("setMandate", argument), lambda: wallet.set_mandate(sender, made), wallet
    )


def draw_set_mandate(chance: Random, play: Play) -> Arguments:
    """By the principal, mostly."""
    drawn = draw_terms(chance, play)
    return drawn | {"sender": principal_of(chance, play.wallet(drawn["wallet"]))}


def draw_set_spoilt(chance: Random, play: Play) -> Arguments:
    """One that is mostly refused for what it says, by the principal."""
    drawn = draw_terms(chance, play) | {"spoiler": draw_spoiler(chance), "twist": chance.randrange(10_000)}
    return drawn | {"sender": play.wallet(drawn["wallet"]).principal}


def set_mandate_signed(play: Play, forged: str, **arguments: Any) -> Deed:
    """`setMandateSigned`. `forged`: whose signature is a forgery."""
    wallet = play.wallet(arguments["wallet"])
    made, argument = terms(play, **arguments)
    digest = play.digest(wallet.name, made.hash)
    by_principal = play.signed(wallet.principal, digest, forged == "principal")
    by_agent, agent_signed = play.signed_by_agent(made.agent_key, digest, forged == "agent")
    return Deed(
        "relayer",
        wallet.name,
        play.data("setMandateSigned", argument, by_principal, by_agent),
        lambda: wallet.set_mandate_signed(made, forged != "principal", agent_signed, digest),
        wallet,
    )


def draw_set_mandate_signed(chance: Random, play: Play, wallet: Wallet | None = None) -> Arguments:
    """With both signatures, mostly."""
    return draw_terms(chance, play, wallet) | {"forged": chance.choice(("",) * 14 + ("principal", "agent"))}


def lift_mandate(play: Play, wallet: str, sender: str) -> Deed:
    """`liftMandate`."""
    mine = play.wallet(wallet)
    return Deed(sender, wallet, play.data("liftMandate"), lambda: mine.lift_mandate(sender), mine)


def draw_lift_mandate(chance: Random, play: Play) -> Arguments:
    """By the principal, mostly."""
    wallet = any_wallet(chance, play)
    return {"wallet": wallet.name, "sender": principal_of(chance, wallet)}


# Money


def withdraw(play: Play, wallet: str, sender: str, token: str, to: str, amount: int | None) -> Deed:
    """`withdraw`, or `withdrawAll` for None."""
    mine = play.wallet(wallet)
    data = play.data("withdrawAll", token, to) if amount is None else play.data("withdraw", token, to, amount)
    return Deed(sender, wallet, data, lambda: mine.withdraw(sender, token, to, amount), mine)


def draw_withdraw(chance: Random, play: Play) -> Arguments:
    """Some of it, rarely all."""
    wallet = any_wallet(chance, play)
    token = chance.choice((token_of(chance, wallet), "unlisted", NATIVE, "usdc"))
    balance = play.world.suite.bank.balance(token, wallet.name)
    amounts = (1, 10**6, balance // 1000, balance // 1000, balance + 1)
    return {
        "wallet": wallet.name,
        "sender": principal_of(chance, wallet),
        "token": token,
        "to": chance.choice(("payee 2", wallet.principal, "stranger", "shop", "nobody")),
        "amount": None if chance.random() < 0.04 else chance.choice(amounts),
    }


# Requests


def decide(play: Play, wallet: str, sender: str, slot: int, request: list[Any], verb: str) -> Deed:
    """`approveRequest`, `refuseRequest` or `expireRequest`."""
    mine, made = play.wallet(wallet), request_of(play, *request)
    act = {
        "approveRequest": mine.approve_request,
        "refuseRequest": mine.refuse_request,
        "expireRequest": mine.expire_request,
    }[verb]
    return Deed(sender, wallet, play.data(verb, slot, request), lambda: act(sender, slot, made), mine)


def draw_decide(verb: str) -> Any:
    """A decision on a request that was made before."""

    def draw(chance: Random, play: Play) -> Arguments | None:
        wallet = any_wallet(chance, play)
        drawn = draw_remembered(chance, play, wallet)
        if drawn is None:
            return None
        if chance.random() < 0.03:
            drawn["request"] = [*drawn["request"][:2], drawn["request"][2] + 1, *drawn["request"][3:]]
        return {"wallet": wallet.name, "sender": principal_of(chance, wallet), "verb": verb, **drawn}

    return draw


def refuse_all(play: Play, wallet: str, sender: str) -> Deed:
    """`refuseAll`."""
    mine = play.wallet(wallet)
    return Deed(sender, wallet, play.data("refuseAll"), lambda: mine.refuse_all(sender), mine)


# Hand over


def offer_hand_over(play: Play, wallet: str, sender: str, to: str) -> Deed:
    """`offerHandOver`."""
    mine = play.wallet(wallet)
    return Deed(sender, wallet, play.data("offerHandOver", to), lambda: mine.offer_hand_over(sender, to), mine)


def draw_offer(chance: Random, play: Play) -> Arguments:
    """To another principal."""
    wallet = wallet_where(chance, play, ended)
    to = chance.choice((*PRINCIPALS, *PRINCIPALS, "nobody", wallet.name))
    return {"wallet": wallet.name, "sender": principal_of(chance, wallet), "to": to}


def accept_hand_over(play: Play, wallet: str, sender: str) -> Deed:
    """`acceptHandOver`."""
    mine = play.wallet(wallet)
    return Deed(sender, wallet, play.data("acceptHandOver"), lambda: mine.accept_hand_over(sender), mine)


def draw_accept(chance: Random, play: Play) -> Arguments | None:
    """By whom it was offered, mostly."""
    wallets = [each for each in play.world.wallets.values() if each.pending_principal != "nobody"]
    if not wallets:
        return None
    wallet = chance.choice(wallets)
    sender = wallet.pending_principal if chance.random() < 0.7 else chance.choice(PRINCIPALS)
    return {"wallet": wallet.name, "sender": sender}


def cancel(play: Play, wallet: str, sender: str, nonce: int, function: str) -> Deed:
    """`cancelNonce` of the principal's, or `cancelAction` of the agent's."""
    mine = play.wallet(wallet)
    act = mine.cancel_nonce if function == "cancelNonce" else mine.cancel_action
    return Deed(sender, wallet, play.data(function, nonce), lambda: act(sender, nonce), mine)


def draw_cancel(function: str) -> Any:
    """By the principal or, of an action's, the agent key, mostly."""

    def draw(chance: Random, play: Play) -> Arguments:
        wallet = any_wallet(chance, play)
        sender = principal_of(chance, wallet)
        if function == "cancelAction" and chance.random() < 0.5:
            sender = terms_of(wallet).agent_key
        nonce = nonce_of(chance, wallet.spent_nonces if function == "cancelNonce" else wallet.spent_actions)
        return {"wallet": wallet.name, "sender": sender, "nonce": nonce, "function": function}

    return draw


ACTIONS = {
    "set_mandate": Action(6, draw_set_mandate, set_mandate),
    "set_spoilt": Action(4, draw_set_spoilt, set_mandate),
    "set_mandate_signed": Action(7, draw_set_mandate_signed, set_mandate_signed),
    "lift_mandate": Action(2, draw_lift_mandate, lift_mandate),
    "withdraw": Action(5, draw_withdraw, withdraw),
    "approve_request": Action(4, draw_decide("approveRequest"), decide),
    "refuse_request": Action(2, draw_decide("refuseRequest"), decide),
    "expire_request": Action(3, draw_decide("expireRequest"), decide),
    "refuse_all": Action(1, draw_lift_mandate, refuse_all),
    "offer_hand_over": Action(2, draw_offer, offer_hand_over),
    "accept_hand_over": Action(2, draw_accept, accept_hand_over),
    "cancel_nonce": Action(2, draw_cancel("cancelNonce"), cancel),
    "cancel_action": Action(2, draw_cancel("cancelAction"), cancel),
}
