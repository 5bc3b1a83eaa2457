"""Actions of an agent: every function of the agent key, by its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from verification.scenarios.actions.calls import call, draw_call
from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    draw_agent,
    draw_amount,
    draw_payee,
    draw_token,
    draw_wallet,
    is_early,
    last_terms,
)
from verification.scenarios.actions.requests import (
    ask,
    cancel_request,
    draw_call_request,
    draw_cancel_request,
    draw_request,
)
from verification.scenarios.model.authorizations import Authorization
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Encoded, PreparedStep, Trace

USDC_DOMAIN = ("USD Coin", "2")


# Payments


def pay(trace: Trace, wallet: Wallet, token: str, payee: str, amount: int, ref: int) -> Encoded:
    """`pay`."""
    payment = Payment(token, payee, amount, ref)
    return trace.data("pay", token, payee, amount, ref), lambda sender, acting: wallet.pay(sender, payment, acting)


def draw_pay(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    """Draws one payment."""
    token = draw_token(rng, wallet)
    payee = draw_payee(rng, wallet, token)
    amount = draw_amount(rng, wallet, token, payee)
    return {"token": token, "payee": payee, "amount": amount, "ref": rng.getrandbits(16)}


def pay_batch(trace: Trace, wallet: Wallet, payments: list[Any]) -> Encoded:
    """`payBatch`."""
    listed = [Payment(*each) for each in payments]
    return trace.data("payBatch", payments), lambda sender, acting: wallet.pay_batch(sender, listed, acting)


def draw_pay_batch(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    """Draws a batch, mostly of parts of what remains."""
    size = rng.choice((1, 2, 2, 2, 3, 3, 5)) if rng.random() < 0.95 else 0
    payments = [list(draw_pay(rng, trace, wallet).values()) for _ in range(size)]
    if rng.random() < 0.7:
        payments = [[token, payee, max(amount // size, 1), ref] for token, payee, amount, ref in payments]
    return {"payments": payments if rng.random() < 0.98 else payments[:1] * 101}


# Authorizations


def authorization_of(
    trace: Trace,
    wallet: str,
    by_payee: bool,
    token: str,
    payee: str,
    amount: int,
    after: int,
    before: int,
    nonce: int,
) -> Authorization:
    """An authorization with its digest in the token's EIP-712 domain."""
    kind = "ReceiveWithAuthorization" if by_payee else "TransferWithAuthorization"
    hash_ = trace.fixtures.hasher.struct(kind, wallet, payee, amount, after, before, nonce)
    digest = trace.fixtures.hasher.digest(USDC_DOMAIN, token, hash_)
    return Authorization(by_payee, token, payee, amount, after, before, nonce, digest)


def as_argument(trace: Trace, authorization: Authorization) -> tuple[Any, ...]:
    """An authorization as the argument of a call."""
    *members, _ = vars(authorization).values()
    return (*members, *trace.fixtures.name_hashes(USDC_DOMAIN))


def preauthorize(trace: Trace, wallet: Wallet, authorization: list[Any], ref: int) -> Encoded:
    """`preauthorize`."""
    made = authorization_of(trace, wallet.name, *authorization)
    trace.remember("authorizations", (wallet.name, authorization, made))
    return (
        trace.data("preauthorize", as_argument(trace, made), ref),
        lambda sender, acting: wallet.preauthorize(sender, made, ref, acting),
    )


def draw_preauthorize(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a preauthorized payment, sometimes one that exists already."""
    made = [(each, known) for name, each, known in trace.memory["authorizations"] if name == wallet.name]
    reusable = [each for each, _ in made if trace.now < each[5]]
    used = [each for each, known in made if trace.now < each[5] and wallet.was_used(known)]
    if used and rng.random() < 0.4:
        return {"authorization": rng.choice(used), "ref": 1}
    if reusable and rng.random() < 0.2:
        # Sometimes the same payment of the other kind, which has the same nonce.
        by_payee, *rest = rng.choice(reusable)
        return {"authorization": [by_payee ^ (rng.random() < 0.3), *rest], "ref": 1}
    tokens = [token for budget in last_terms(wallet).budgets for token in budget.tokens]
    none = not last_terms(wallet).max_authorization_age
    if ("usdc" not in tokens and rng.random() < 0.92) or (none and rng.random() < 0.85):
        return None
    token = rng.choice([token for token in tokens if token == "usdc"] * 20 + tokens)
    payee, nonce = draw_payee(rng, wallet, token), rng.getrandbits(64)
    end = _draw_end(rng, trace, wallet, token, payee)
    amount = draw_amount(rng, wallet, token, payee)
    return {"authorization": [rng.random() < 0.4, token, payee, amount, trace.now - 1, end, nonce], "ref": nonce % 256}


def _draw_end(rng: Random, trace: Trace, wallet: Wallet, token: str, payee: str) -> int:
    """Draws an authorization's end, mostly as late as the mandate allows, or earlier."""
    terms = last_terms(wallet)
    budget = terms.budget_of(token)
    own = budget.limited[payee][1] if budget and payee in budget.limited else terms.valid_until
    oldest = trace.now + terms.max_authorization_age
    latest = min(terms.valid_until, oldest, own if trace.now < own else oldest)
    ends = [min(trace.now + each, latest) for each in (600, 3600, 86_400, 7 * 86_400)]
    late = (trace.now, terms.valid_until, terms.valid_until + 1, oldest, oldest + 1, own, own + 1)
    return rng.choice((*ends, latest) if rng.random() < 0.8 else late)


# Resign


def resign(trace: Trace, wallet: Wallet) -> Encoded:
    """`resign`."""
    return trace.data("resign"), wallet.resign


def draw_resign(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Resigns rarely, because it is permanent."""
    return {} if rng.random() < 0.3 else None


@dataclass(frozen=True)
class AgentActionKind:
    """One function that an agent key may call."""

    weight: int
    draw: Callable[[Random, Trace, Wallet], Arguments | None]
    encode: Callable[..., Encoded]


AGENT_ACTIONS = {
    "pay": AgentActionKind(90, draw_pay, pay),
    "pay_batch": AgentActionKind(14, draw_pay_batch, pay_batch),
    "call": AgentActionKind(30, draw_call, call),
    "request_payment": AgentActionKind(8, draw_request, ask),
    "request_call": AgentActionKind(8, draw_call_request, ask),
    "cancel_request": AgentActionKind(3, draw_cancel_request, cancel_request),
    "preauthorize": AgentActionKind(22, draw_preauthorize, preauthorize),
    "resign": AgentActionKind(2, draw_resign, resign),
}
"""Every function of an agent key."""


def draw_agent_action(rng: Random, trace: Trace, wallet: Wallet, instead: str = "") -> tuple[str, Arguments] | None:
    """Draws a function and its arguments, to be executed by signature or user operation.

    `instead` fixes the function. The result is sometimes "none", which stands for a function that isn't an agent's.
    """
    names = list(AGENT_ACTIONS)
    action = rng.choices(names, [AGENT_ACTIONS[name].weight for name in names])[0]
    action = instead or action
    if action == "resign" and rng.random() < 0.6:
        return None
    drawn = AGENT_ACTIONS[action].draw(rng, trace, wallet)
    if drawn is None:
        return None
    return ("none", {}) if rng.random() < 0.02 else (action, drawn)


def _direct(name: str) -> Action:
    kind = AGENT_ACTIONS[name]

    def draw(rng: Random, trace: Trace) -> Arguments | None:
        early = [each for each in trace.world.wallets.values() if is_early(each)]
        wallet = rng.choice(early) if early and rng.random() < 0.1 else draw_wallet(rng, trace)
        sender = draw_agent(rng, wallet)
        if name == "resign" and rng.random() < 0.3:
            sender = "stranger"
        if name == "resign" and sender == last_terms(wallet).agent_key and rng.random() < 0.7:
            return None
        drawn = kind.draw(rng, trace, wallet)
        return None if drawn is None else {"wallet": wallet.name, "sender": sender, **drawn}

    def prepare(trace: Trace, wallet: str, sender: str, **arguments: Any) -> PreparedStep:
        model = trace.wallet(wallet)
        data, action = kind.encode(trace, model, **arguments)
        return PreparedStep(sender, wallet, data, lambda: action(sender, False), model)

    return Action(kind.weight, draw, prepare)


ACTIONS = {name: _direct(name) for name in AGENT_ACTIONS}
