"""Actions of an agent: every function of the agent key, by its own transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    draw_agent,
    draw_amount,
    draw_payee,
    draw_token,
    draw_wallet,
    last_terms,
    mostly,
)
from verification.scenarios.chain.codec import padded, word
from verification.scenarios.model.authorizations import Authorization
from verification.scenarios.model.calls import Call
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.requests import Request
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.wallet import AgentAction, Wallet
from verification.scenarios.trace import CALLABLE, PreparedStep, Trace

Encoded = tuple[bytes, AgentAction]
"""The calldata of an agent's function, and its effect on the model."""
USDC_DOMAIN = ("USD Coin", "2")


# Payments


def pay(trace: Trace, wallet: Wallet, token: str, payee: str, amount: int, ref: int) -> Encoded:
    """`pay`."""
    payment = Payment(token, payee, amount, ref)
    return trace.data("pay", token, payee, amount, ref), lambda sender, acting: wallet.pay(sender, payment, acting)


def draw_pay(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    """Draws one payment."""
    token = draw_token(rng, wallet)
    return {
        "token": token,
        "payee": draw_payee(rng, wallet, token),
        "amount": draw_amount(rng, wallet, token),
        "ref": rng.getrandbits(16),
    }


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


# Calls


def call(
    trace: Trace,
    wallet: Wallet,
    target: str,
    function: str,
    words: list[Any],
    surplus: int,
    value: int,
    token: str,
    pull: int,
    ref: int,
) -> Encoded:
    """`call`. `surplus` appends bytes to the arguments, or cuts them off."""
    # `store` has dynamic arguments, which are given as encoded words so that they can be malformed.
    item = trace.fixtures.codec.functions[function]
    data = item.id + (b"".join(map(word, words)) if function == "store" else item.encode(words))
    data = data + bytes(surplus) if surplus >= 0 else data[:surplus]
    made = Call(target, function, tuple(words), value, token, pull, ref, data)
    return (
        trace.data("call", target, value, data, (token, pull), ref),
        lambda sender, acting: wallet.call(sender, made, acting),
    )


def draw_call(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a call by one of the rules, mostly with allowed arguments."""
    rules = [rule for rule in last_terms(wallet).rules if CALLABLE.get(rule.function) == rule.target]
    if not rules and rng.random() < 0.9:
        return None
    functions = [(rule.target, rule.function) for rule in rules] * 6 + [("vault", "deposit"), ("target", "note")]
    target, function = rng.choice(functions)
    surplus = rng.choice((0,) * 30 + (32, -1, 1))
    made: Arguments = {"target": target, "function": function, "surplus": surplus, "ref": rng.getrandbits(16)}
    if function == "note":
        wanted = [rule.arguments[0][0] for rule in rules if rule.function == "note" and rule.arguments]
        usual = wallet.name if wanted == ["this wallet"] else draw_payee(rng, wallet, NATIVE)
        who = mostly(rng, usual, "payee 0", wallet.name, "stranger")
        value = draw_amount(rng, wallet, NATIVE) if rng.random() < 0.4 else 0
        return made | {"words": [who, rng.getrandbits(8)], "value": value, "token": NATIVE, "pull": 0}
    if function == "store":
        words = _stored(rng)
        if rng.random() < 0.1:
            # A length that is not completely there.
            words, made["surplus"] = [64, 96, 0, 2**200], -1
        return made | {"words": words, "value": 0, "token": NATIVE, "pull": 0}
    erc20 = [token for budget in last_terms(wallet).budgets for token in budget.tokens if token != NATIVE] or ["usdc"]
    token = rng.choice(erc20)
    pull = mostly(rng, min(draw_amount(rng, wallet, token), 2**128), 1, share=0.95)
    asked = rng.choice((pull, pull, pull, pull // 2, pull + 1, 0))
    own = trace.world.suite.bank.allowance(token, wallet.name, "vault")
    if own and rng.random() < 0.6:
        # The agent must not use what the principal has approved.
        pull, asked = 0, rng.randint(1, own)
    value = 1 if rng.random() < 0.03 else 0
    return made | {"words": [token, asked], "value": value, "token": token, "pull": pull}


def _stored(rng: Random) -> list[int]:
    """Draws the encoding of bytes and numbers, sometimes with one wrong word."""
    content = rng.randbytes(rng.choice((0, 1, 31, 32, 33, 64, 95)))
    numbers = [rng.getrandbits(8) for _ in range(rng.choice((0, 1, 3)))]
    body = padded(content)
    words = [64, 96 + len(body), len(content), *(int.from_bytes(body[i : i + 32]) for i in range(0, len(body), 32))]
    words += [len(numbers), *numbers]
    if rng.random() < 0.4:
        index = rng.randrange(len(words))
        other = (
            words[index] + 1,
            words[index] + 32,
            0,
            1,
            2**200,
            2**256 - 1,
            4 + 32 * len(words),
            5 + 32 * len(words),
        )
        words[index] = rng.choice(other) % 2**256
    return words


# Requests


def request_of(trace: Trace, token: str, payee: str, amount: int, ref: int, expires_at: int) -> Request:
    """A request with its hash."""
    hash_ = trace.fixtures.hasher.struct("Request", token, payee, amount, ref, expires_at)
    return Request(token, payee, amount, ref, expires_at, hash_)


def request_payment(trace: Trace, wallet: Wallet, slot: int, request: list[Any]) -> Encoded:
    """`requestPayment`."""
    made = request_of(trace, *request)
    trace.remember("requests", (wallet.name, slot, request, made.hash))
    return (
        trace.data("requestPayment", slot, request),
        lambda sender, acting: wallet.request_payment(sender, slot, made, acting),
    )


def draw_request(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a request in any token."""
    terms = last_terms(wallet)
    if not terms.max_requests and rng.random() < 0.9:
        return None
    token = rng.choice((NATIVE, "usdc", "usdt", "dai", "unlisted", *((("nobody",)) if rng.random() < 0.1 else ())))
    age = rng.choice((*(terms.max_request_age,) * 6, terms.max_request_age + 1, 1, 0, 60, 600))
    amount = rng.choice((0, 1, *(10**6, 10**9) * 4))
    payee = rng.choice(("payee 0", "stranger", "shop", "payee 1"))
    free = [slot for slot in range(terms.max_requests) if (wallet.round, slot) not in wallet.requests]
    slot = rng.choice(free) if free and rng.random() < 0.8 else rng.randint(0, 3)
    return {"slot": slot, "request": [token, payee, amount, rng.getrandbits(8), trace.now + age]}


def cancel_request(trace: Trace, wallet: Wallet, slot: int, request: list[Any]) -> Encoded:
    """`cancelRequest`."""
    made = request_of(trace, *request)
    return (
        trace.data("cancelRequest", slot, request),
        lambda sender, acting: wallet.cancel_request(sender, slot, made, acting),
    )


def draw_remembered(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws an earlier request, mostly a pending one."""
    made = [(slot, request, hash_) for name, slot, request, hash_ in trace.memory["requests"] if name == wallet.name]
    pending = [each for each in made if wallet.requests.get((wallet.round, each[0])) == each[2]]
    if not pending and (not made or rng.random() < 0.9):
        return None
    slot, request, _ = rng.choice(pending if pending and rng.random() < 0.9 else made)
    return {"slot": slot, "request": request}


# Authorizations


def authorization_of(
    trace: Trace, wallet: str, token: str, payee: str, amount: int, after: int, before: int, nonce: int
) -> Authorization:
    """An authorization with its digest in the token's EIP-712 domain."""
    hash_ = trace.fixtures.hasher.struct("TransferWithAuthorization", wallet, payee, amount, after, before, nonce)
    digest = trace.fixtures.hasher.digest(USDC_DOMAIN, token, hash_)
    return Authorization(token, payee, amount, after, before, nonce, digest)


def as_argument(trace: Trace, authorization: list[Any]) -> tuple[Any, ...]:
    """An authorization as the argument of a call."""
    return (*authorization, *trace.fixtures.name_hashes(USDC_DOMAIN))


def preauthorize(trace: Trace, wallet: Wallet, authorization: list[Any], ref: int) -> Encoded:
    """`preauthorize`."""
    made = authorization_of(trace, wallet.name, *authorization)
    trace.remember("authorizations", (wallet.name, authorization, made))
    return (
        trace.data("preauthorize", as_argument(trace, authorization), ref),
        lambda sender, acting: wallet.preauthorize(sender, made, ref, acting),
    )


def draw_preauthorize(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a preauthorized payment, sometimes one that exists already."""
    reusable = [each for name, each, _ in trace.memory["authorizations"] if name == wallet.name and trace.now < each[4]]
    if reusable and rng.random() < 0.2:
        return {"authorization": rng.choice(reusable), "ref": 1}
    tokens = [token for budget in last_terms(wallet).budgets for token in budget.tokens]
    if "usdc" not in tokens and rng.random() < 0.85:
        return None
    token = rng.choice([token for token in tokens if token == "usdc"] * 20 + tokens)
    until = last_terms(wallet).valid_until
    ends = [min(trace.now + each, until) for each in (600, 3600, 86_400, 7 * 86_400)]
    end = rng.choice(ends if rng.random() < 0.8 else (trace.now, until, until + 1))
    amount = draw_amount(rng, wallet, token)
    nonce = rng.getrandbits(64)
    return {
        "authorization": [token, draw_payee(rng, wallet, token), amount, trace.now - 1, end, nonce],
        "ref": nonce % 256,
    }


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
    "call": AgentActionKind(20, draw_call, call),
    "request_payment": AgentActionKind(8, draw_request, request_payment),
    "cancel_request": AgentActionKind(3, draw_remembered, cancel_request),
    "preauthorize": AgentActionKind(14, draw_preauthorize, preauthorize),
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
        wallet = draw_wallet(rng, trace)
        sender = draw_agent(rng, wallet)
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
