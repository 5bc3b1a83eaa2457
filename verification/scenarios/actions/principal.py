"""Actions of a principal: mandates, withdrawals, decisions on requests, handing over."""

from __future__ import annotations

from random import Random
from typing import Any

from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    Draw,
    draw_nonce,
    draw_principal,
    draw_token,
    draw_wallet,
    is_revoked,
    last_terms,
    needs_mandate,
    wallet_where,
)
from verification.scenarios.actions.guards import draw_shape
from verification.scenarios.fixtures import AGENT_KEYS, PRINCIPALS
from verification.scenarios.invalid_mandates import draw_change
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.signed_mandate import SignedMandate
from verification.scenarios.model.terms import NATIVE, Terms
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import PreparedStep, Trace

HOUR, DAY = 3600, 86_400

# Mandates


def draw_terms(rng: Random, trace: Trace, wallet: Wallet | None = None) -> Arguments:
    """Draws a mandate that is mostly valid. A wrong epoch or round is off by one."""
    wallet = wallet or wallet_where(rng, trace, needs_mandate)
    key = last_terms(wallet).agent_key
    begins = rng.choice((trace.now,) * 7 + (trace.now + HOUR, trace.now + HOUR, trace.now - DAY))
    ends = trace.now + rng.choice((HOUR, DAY, 5 * DAY, 40 * DAY, 80 * DAY, 200 * DAY))
    ledger = wallet.ledgers.get("USD")
    shape, guard = draw_shape(rng, trace, wallet.principal)
    return {
        "wallet": wallet.name,
        "shape": shape,
        "guard": guard,
        "key": key if rng.random() < 0.93 else rng.choice((*AGENT_KEYS, wallet.principal, wallet.name)),
        "start": begins,
        "end": ends if rng.random() < 0.97 else rng.choice((begins, trace.now)),
        "principal": wallet.principal if rng.random() < 0.97 else rng.choice(PRINCIPALS),
        "epoch": wallet.epoch + (rng.random() < 0.02),
        "stale": rng.random() < 0.03,
        "seen": max((ledger.lifetime() if ledger else 0) - rng.choice((0, 1)), 0) if rng.random() < 0.1 else None,
    }


def terms(trace: Trace, wallet: str, shape: int, stale: bool, **drawn: Any) -> tuple[Terms, SignedMandate]:
    """Builds the drawn mandate. If `stale`, it names the round before."""
    made = trace.mandate(shape, round_=max(trace.wallet(wallet).round - stale, 0), **drawn)
    trace.remember("mandates", (wallet, made[0].hash))
    return made


def set_mandate(trace: Trace, sender: str, **arguments: Any) -> PreparedStep:
    """`setMandate`."""
    wallet = trace.wallet(arguments["wallet"])
    made, argument = terms(trace, **arguments)
    return PreparedStep(
        sender, wallet.name, trace.data("setMandate", argument), lambda: wallet.set_mandate(sender, made), wallet
    )


def draw_set_mandate(rng: Random, trace: Trace) -> Arguments:
    """Sent by the principal, mostly."""
    drawn = draw_terms(rng, trace)
    return drawn | {"sender": draw_principal(rng, trace.wallet(drawn["wallet"]))}


def draw_set_invalid_mandate(rng: Random, trace: Trace) -> Arguments:
    """Draws a mandate with an invalid part, sent by the principal."""
    drawn = draw_terms(rng, trace) | {"change": draw_change(rng), "variant": rng.randrange(10_000)}
    return drawn | {"sender": trace.wallet(drawn["wallet"]).principal}


def set_mandate_signed(trace: Trace, forged: str, **arguments: Any) -> PreparedStep:
    """`setMandateSigned`. `forged` names the forged signature."""
    wallet = trace.wallet(arguments["wallet"])
    made, argument = terms(trace, **arguments)
    digest = trace.digest(wallet.name, made.hash)
    by_principal = trace.signed(wallet.principal, digest, forged == "principal")
    by_agent, agent_signed = trace.signed_by_agent(made.agent_key, digest, forged == "agent")
    return PreparedStep(
        "relayer",
        wallet.name,
        trace.data("setMandateSigned", argument, by_principal, by_agent),
        lambda: wallet.set_mandate_signed(made, forged != "principal", agent_signed, digest),
        wallet,
    )


def draw_set_mandate_signed(rng: Random, trace: Trace, wallet: Wallet | None = None) -> Arguments:
    """Draws a mandate, mostly with both signatures valid."""
    return draw_terms(rng, trace, wallet) | {"forged": rng.choice(("",) * 14 + ("principal", "agent"))}


def lift_mandate(trace: Trace, wallet: str, sender: str) -> PreparedStep:
    """`liftMandate`."""
    model = trace.wallet(wallet)
    return PreparedStep(sender, wallet, trace.data("liftMandate"), lambda: model.lift_mandate(sender), model)


def draw_lift_mandate(rng: Random, trace: Trace) -> Arguments:
    """Sent by the principal, mostly."""
    wallet = draw_wallet(rng, trace)
    return {"wallet": wallet.name, "sender": draw_principal(rng, wallet)}


# Withdrawals


def withdraw(trace: Trace, wallet: str, sender: str, token: str, to: str, amount: int | None) -> PreparedStep:
    """`withdraw`, or `withdrawAll` for None."""
    model = trace.wallet(wallet)
    data = trace.data("withdrawAll", token, to) if amount is None else trace.data("withdraw", token, to, amount)
    return PreparedStep(sender, wallet, data, lambda: model.withdraw(sender, token, to, amount), model)


def draw_withdraw(rng: Random, trace: Trace) -> Arguments:
    """Withdraws a part, rarely everything; often from a wallet without a mandate."""
    bare = rng.random() < 0.2
    wallet = wallet_where(rng, trace, lambda each: each.last is None) if bare else draw_wallet(rng, trace)
    token = rng.choice((draw_token(rng, wallet), "unlisted", NATIVE, "usdc"))
    balance = trace.world.suite.bank.balance(token, wallet.name)
    amounts = (1, 10**6, balance // 1000, balance // 1000, balance + 1)
    return {
        "wallet": wallet.name,
        "sender": draw_principal(rng, wallet),
        "token": token,
        "to": rng.choice(("payee 2", wallet.principal, "stranger", "shop", "nobody")),
        "amount": None if rng.random() < 0.04 else rng.choice(amounts),
    }


def refuse_all(trace: Trace, wallet: str, sender: str) -> PreparedStep:
    """`refuseAll`."""
    model = trace.wallet(wallet)
    return PreparedStep(sender, wallet, trace.data("refuseAll"), lambda: model.refuse_all(sender), model)


# Hand over


def offer_hand_over(trace: Trace, wallet: str, sender: str, to: str, deadline: int) -> PreparedStep:
    """`offerHandOver`."""
    model, data = trace.wallet(wallet), trace.data("offerHandOver", to, deadline)
    return PreparedStep(sender, wallet, data, lambda: model.offer_hand_over(sender, to, deadline), model)


def _has_guarded_authorizations(wallet: Wallet) -> bool:
    return any(guard != NOBODY for *_, guard in wallet.authorized.values())


def draw_offer(rng: Random, trace: Trace) -> Arguments:
    """Offered to another principal for some days, mostly. Sometimes a guard then can't learn what is closed."""
    guarded = rng.random() < 0.6
    wanted = _has_guarded_authorizations if guarded else lambda each: is_revoked(each) or each.last is None
    wallet = wallet_where(rng, trace, wanted)
    to = rng.choice((*PRINCIPALS, *PRINCIPALS, "nobody", wallet.name))
    ahead = rng.choice((DAY, 30 * DAY, 30 * DAY) if rng.random() < 0.85 else (0, -1, 600, 30 * DAY + 1))
    return {"wallet": wallet.name, "sender": draw_principal(rng, wallet), "to": to, "deadline": trace.now + ahead}


def accept_hand_over(trace: Trace, wallet: str, sender: str) -> PreparedStep:
    """`acceptHandOver`."""
    model = trace.wallet(wallet)
    return PreparedStep(sender, wallet, trace.data("acceptHandOver"), lambda: model.accept_hand_over(sender), model)


def draw_accept(rng: Random, trace: Trace) -> Arguments | None:
    """Sent by the principal that it was offered to, mostly."""
    wallets = [each for each in trace.world.wallets.values() if each.offer is not None and each.offer.to != "nobody"]
    if not wallets:
        return None
    guarded = [each for each in wallets if _has_guarded_authorizations(each)]
    wallet = rng.choice(guarded if guarded and rng.random() < 0.6 else wallets)
    assert wallet.offer is not None
    return {"wallet": wallet.name, "sender": wallet.offer.to if rng.random() < 0.8 else rng.choice(PRINCIPALS)}


def cancel(trace: Trace, wallet: str, sender: str, nonce: int, function: str) -> PreparedStep:
    """`cancelNonce` of the principal, or `cancelAction` of the agent."""
    model = trace.wallet(wallet)
    act = model.cancel_nonce if function == "cancelNonce" else model.cancel_action
    return PreparedStep(sender, wallet, trace.data(function, nonce), lambda: act(sender, nonce), model)


def draw_cancel(function: str) -> Draw:
    """Sent by the principal or, for an action, by the agent key, mostly."""

    def draw(rng: Random, trace: Trace) -> Arguments:
        wallet = draw_wallet(rng, trace)
        sender = draw_principal(rng, wallet)
        if function == "cancelAction" and rng.random() < 0.5:
            sender = last_terms(wallet).agent_key
        nonce = draw_nonce(rng, wallet.spent_nonces if function == "cancelNonce" else wallet.spent_actions)
        return {"wallet": wallet.name, "sender": sender, "nonce": nonce, "function": function}

    return draw


ACTIONS = {
    "set_mandate": Action(6, draw_set_mandate, set_mandate),
    "set_invalid_mandate": Action(9, draw_set_invalid_mandate, set_mandate),
    "set_mandate_signed": Action(7, draw_set_mandate_signed, set_mandate_signed),
    "lift_mandate": Action(2, draw_lift_mandate, lift_mandate),
    "withdraw": Action(5, draw_withdraw, withdraw),
    "refuse_all": Action(1, draw_lift_mandate, refuse_all),
    "offer_hand_over": Action(3, draw_offer, offer_hand_over),
    "accept_hand_over": Action(3, draw_accept, accept_hand_over),
    "cancel_nonce": Action(2, draw_cancel("cancelNonce"), cancel),
    "cancel_action": Action(2, draw_cancel("cancelAction"), cancel),
}
