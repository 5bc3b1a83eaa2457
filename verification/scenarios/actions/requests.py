"""Requests of an agent for payments and calls, and what principals and others decide about them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from verification.scenarios.actions.calls import call_of, draw_request_of_call
from verification.scenarios.actions.draws import (
    FORGED_SHARE,
    Action,
    Arguments,
    Draw,
    draw_deadline,
    draw_min_gas,
    draw_nonce,
    draw_principal,
    draw_wallet,
    last_terms,
    wallet_where,
)
from verification.scenarios.model.requests import KEPT, CallRequest, Request, kept
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.trace import Encoded, PreparedStep, Trace

Described = list[Any] | dict[str, Any]
"""A request as JSON: a list for a payment, an object for a call."""


def request_of(trace: Trace, described: Described) -> Request | CallRequest:
    """A request with its hash."""
    hasher = trace.fixtures.hasher
    if isinstance(described, list):
        token, payee, amount, ref, expires_at = described
        return Request(token, payee, amount, ref, expires_at, hasher.struct("Request", *described))
    rest = dict(described)
    members = rest.pop("pull_token"), rest.pop("min_gas"), rest.pop("expires_at")
    request = CallRequest(call_of(trace, variant=0, surplus=0, **rest), *members, b"")
    return replace(request, hash=hasher.struct("CallRequest", *request.as_tuple()))


# The agent


def ask(trace: Trace, wallet: Wallet, slot: int, request: Described) -> Encoded:
    """`requestPayment` or `requestCall`."""
    made = request_of(trace, request)
    asked = {"wallet": wallet.name, "slot": slot, "request": request, "asked_at": trace.now, "hash": made.hash}
    trace.remember("requests", asked)
    if isinstance(made, Request):
        payment = made
        return (
            trace.data("requestPayment", slot, made.as_tuple()),
            lambda sender, acting: wallet.request_payment(sender, slot, payment, acting),
        )
    call = made
    return (
        trace.data("requestCall", slot, made.as_tuple()),
        lambda sender, acting: wallet.request_call(sender, slot, call, acting),
    )


def _draw_slot(rng: Random, wallet: Wallet) -> int:
    free = [slot for slot in range(last_terms(wallet).max_requests) if (wallet.round, slot) not in wallet.requests]
    return rng.choice(free) if free and rng.random() < 0.8 else rng.randint(0, 3)


def _draw_end(rng: Random, trace: Trace, wallet: Wallet) -> int:
    oldest = last_terms(wallet).max_request_age
    return trace.now + rng.choice((*(oldest,) * 6, oldest + 1, 1, 0, 60, 600))


def draw_request(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a request in any token; sometimes the same as before."""
    if not last_terms(wallet).max_requests and rng.random() < 0.9:
        return None
    slot = _draw_slot(rng, wallet)
    before = [each for each in trace.memory["requests"] if each["wallet"] == wallet.name]
    if before and rng.random() < 0.15:
        return {"slot": rng.choice((slot, before[-1]["slot"])), "request": before[-1]["request"]}
    token = rng.choice((NATIVE, "usdc", "usdt", "dai", "unlisted", *((("nobody",)) if rng.random() < 0.1 else ())))
    amount = rng.choice((0, 1, *(10**6, 10**9) * 4))
    payee = rng.choice(("payee 0", "stranger", "shop", "payee 1"))
    return {"slot": slot, "request": [token, payee, amount, rng.getrandbits(8), _draw_end(rng, trace, wallet)]}


def draw_call_request(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a request for a call, mostly of a target that is allowed."""
    if not last_terms(wallet).max_requests and rng.random() < 0.9:
        return None
    request = draw_request_of_call(rng, trace, wallet)
    request |= {"min_gas": draw_min_gas(rng), "expires_at": _draw_end(rng, trace, wallet)}
    return {"slot": _draw_slot(rng, wallet), "request": request}


def cancel_request(trace: Trace, wallet: Wallet, slot: int, hash_: str) -> Encoded:
    """`cancelRequest`."""
    given = bytes.fromhex(hash_)
    return (
        trace.data("cancelRequest", slot, given),
        lambda sender, acting: wallet.cancel_request(sender, slot, given, acting),
    )


def draw_cancel_request(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Cancels an earlier request, mostly a pending one."""
    drawn = draw_remembered(rng, trace, wallet)
    return None if drawn is None else {"slot": drawn["slot"], "hash_": _hash_of(rng, trace, drawn["request"])}


def _hash_of(rng: Random, trace: Trace, request: Described) -> str:
    """A request's hash; rarely with other bytes at the end, which slots don't keep."""
    hash_ = request_of(trace, request).hash
    return (hash_ if rng.random() < 0.95 else hash_[:KEPT] + bytes(6)).hex()


def draw_remembered(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws an earlier request, mostly a pending one."""
    made = [each for each in trace.memory["requests"] if each["wallet"] == wallet.name]
    pending = [each for each in made if wallet.pending(each["slot"])[:KEPT] == each["hash"][:KEPT]]
    if not pending and (not made or rng.random() < 0.9):
        return None
    fresh = _fresh(trace, wallet)
    pending = fresh if fresh and rng.random() < 0.8 else pending
    chosen = rng.choice(pending if pending and rng.random() < 0.9 else made)
    return {name: chosen[name] for name in ("slot", "request", "asked_at")}


def _fresh(trace: Trace, wallet: Wallet) -> list[dict[str, Any]]:
    """Pending requests of a wallet that haven't expired, as they were asked."""
    return [
        each
        for each in trace.memory["requests"]
        if each["wallet"] == wallet.name
        and wallet.pending(each["slot"]) == kept(each["hash"], each["asked_at"])
        and trace.now < end_of(each["request"])
    ]


def end_of(request: Described) -> int:
    """When a request expires (unix seconds)."""
    return int(request[-1] if isinstance(request, list) else request["expires_at"])


# Decisions


def decide(
    trace: Trace, wallet: str, sender: str, slot: int, request: Described, asked_at: int, approves: bool
) -> PreparedStep:
    """`approveRequest`, `approveCall`, `expireRequest` or `expireCall`."""
    model, made = trace.wallet(wallet), request_of(trace, request)
    kind = "Request" if isinstance(made, Request) else "Call"
    if not approves:
        data = trace.data(f"expire{kind}", slot, made.as_tuple())
        return PreparedStep(sender, wallet, data, lambda: model.expire_request(sender, slot, made), model)
    data = trace.data(f"approve{kind}", slot, made.as_tuple(), asked_at)
    return PreparedStep(sender, wallet, data, lambda: model.approve_request(sender, slot, made, asked_at), model)


def _draw_decision(rng: Random, trace: Trace) -> tuple[Wallet, Arguments] | None:
    """Draws an earlier request, rarely another amount or time."""
    wallet = wallet_where(rng, trace, lambda each: bool(_fresh(trace, each)))
    drawn = draw_remembered(rng, trace, wallet)
    if drawn is None:
        return None
    request = drawn["request"]
    if rng.random() < 0.03 and isinstance(request, list):
        drawn["request"] = [*request[:2], request[2] + 1, *request[3:]]
    if rng.random() < 0.05:
        drawn["asked_at"] += rng.choice((-1, 1, -3600))
    return wallet, drawn


def draw_decide(approves: bool) -> Draw:
    """A decision on an earlier request."""

    def draw(rng: Random, trace: Trace) -> Arguments | None:
        drawn = _draw_decision(rng, trace)
        if drawn is None:
            return None
        wallet, arguments = drawn
        return {"wallet": wallet.name, "sender": draw_principal(rng, wallet), "approves": approves, **arguments}

    return draw


def refuse_request(trace: Trace, wallet: str, sender: str, slot: int, hash_: str) -> PreparedStep:
    """`refuseRequest`."""
    model, given = trace.wallet(wallet), bytes.fromhex(hash_)
    data = trace.data("refuseRequest", slot, given)
    return PreparedStep(sender, wallet, data, lambda: model.refuse_request(sender, slot, given), model)


def draw_refuse_request(rng: Random, trace: Trace) -> Arguments | None:
    """Sent by the principal, mostly."""
    wallet = draw_wallet(rng, trace)
    drawn = draw_cancel_request(rng, trace, wallet)
    return None if drawn is None else {"wallet": wallet.name, "sender": draw_principal(rng, wallet), **drawn}


def approve_signed(
    trace: Trace,
    wallet: str,
    slot: int,
    request: Described,
    asked_at: int,
    round_: int,
    nonce: int,
    deadline: int,
    forged: bool,
) -> PreparedStep:
    """`approveRequestSigned` or `approveCallSigned`, with the principal's signature for a round."""
    model, made = trace.wallet(wallet), request_of(trace, request)
    kind = "Request" if isinstance(made, Request) else "Call"

    def digest_in(round_: int) -> bytes:
        approval = round_, slot, made.hash, asked_at, nonce, deadline
        return trace.digest(wallet, trace.fixtures.hasher.struct(f"{kind}Approval", *approval))

    signature = trace.signed(model.principal, digest_in(round_), forged)
    data = trace.data(f"approve{kind}Signed", slot, made.as_tuple(), asked_at, nonce, deadline, signature)
    return PreparedStep(
        "relayer",
        wallet,
        data,
        lambda: model.approve_request_signed(
            slot, made, asked_at, nonce, deadline, lambda now: (not forged and now == round_, digest_in(now))
        ),
        model,
    )


def draw_approve_signed(rng: Random, trace: Trace) -> Arguments | None:
    """Approves an earlier request in this round, mostly."""
    drawn = _draw_decision(rng, trace)
    if drawn is None:
        return None
    wallet, arguments = drawn
    return {
        "wallet": wallet.name,
        **arguments,
        "round_": max(wallet.round - (rng.random() < 0.06), 0),
        "nonce": draw_nonce(rng, wallet.spent_nonces),
        "deadline": draw_deadline(rng, trace),
        "forged": rng.random() < FORGED_SHARE,
    }


ACTIONS = {
    "approve_request": Action(8, draw_decide(True), decide),
    "expire_request": Action(3, draw_decide(False), decide),
    "refuse_request": Action(2, draw_refuse_request, refuse_request),
    "approve_signed": Action(6, draw_approve_signed, approve_signed),
}
