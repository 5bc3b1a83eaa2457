"""Reentrancy: during a payment, the reentrant token calls a wallet or the switch, or submits what others signed."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from verification.scenarios.actions import operations, requests, settlement, signed
from verification.scenarios.actions.agent import AGENT_ACTIONS
from verification.scenarios.actions.calls import callable_rules, draw_call_by
from verification.scenarios.actions.draws import (
    TOO_MUCH_GAS,
    Action,
    Arguments,
    draw_amount,
    draw_payee,
    draw_wallet,
    last_terms,
    may_act,
    mostly,
    wallet_where,
)
from verification.scenarios.actions.principal import draw_set_mandate_signed, set_mandate_signed
from verification.scenarios.chain.codec import word
from verification.scenarios.model.bank import Callback
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.tokens import AFTER, BEFORE, BOTH, REENTRANT
from verification.scenarios.model.wallet import PrincipalCall, Wallet
from verification.scenarios.trace import PreparedStep, Trace


def unsigned(trace: Trace, wallet: str, name: str, arguments: Arguments) -> PreparedStep:
    """An agent's function called by the token itself, without a signature."""
    model = trace.wallet(wallet)
    data, action = AGENT_ACTIONS[name].encode(trace, model, **arguments)
    return PreparedStep(REENTRANT, wallet, data, lambda: action(REENTRANT, False), model)


NO_DATA_ONCE = b"".join(map(word, (32, 1, 32, 0)))
"""What `executeSigned` returns for one call that returns nothing."""
PREPARE: dict[str, Callable[..., PreparedStep]] = {
    "act": signed.act,
    "operate": operations.single("operate"),
    "unsigned": unsigned,
    "approve_signed": requests.approve_signed,
    "execute_signed": signed.execute_signed,
    "submit_order": signed.submit_order,
    "settle": settlement.settle,
    "close": settlement.close,
    "cash": settlement.cash,
    "set_mandate_signed": set_mandate_signed,
}
"""Actions that can be the outer or the inner call, by name."""


def reenter(
    trace: Trace,
    via: str,
    sender: str,
    outer: str,
    first: Arguments,
    inner: str,
    second: Arguments,
    timing: int,
    times: int,
    bubbles: bool,
) -> PreparedStep:
    """A payment during which the token makes a call.

    The wallet `via` of another principal executes one batch: configure the token, relay the payment, reset the token.
    """
    bank, other = trace.world.suite.bank, trace.wallet(via)
    outer_step, inner_step = PREPARE[outer](trace, **first), PREPARE[inner](trace, **second)
    touched = (*inner_step.wallets, *outer_step.wallets)
    returned = NO_DATA_ONCE if inner == "execute_signed" else b""
    callback = Callback(inner_step.to, inner_step.apply, touched, times, bubbles, returned)

    def configure(function: str, *arguments: Any, **what: Any) -> PrincipalCall:
        return PrincipalCall(REENTRANT, trace.data(function, *arguments), lambda _: vars(bank).update(what))

    calls = [
        configure("setMoment", timing, timing=timing),
        configure("arm", inner_step.to, inner_step.data, times, bubbles, callback=callback),
        outer_step.as_principal_call(),
        configure("arm", NOBODY, b"", 0, False, callback=None),
    ]
    data = trace.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return PreparedStep(sender, via, data, lambda: other.execute(sender, calls), other, touched)


def draw_reenter(rng: Random, trace: Trace) -> Arguments | None:
    """Draws a payment of a wallet that lists the token."""
    wallet = wallet_where(rng, trace, lambda each: may_act(each) and last_terms(each).budget_of(REENTRANT) is not None)
    if last_terms(wallet).budget_of(REENTRANT) is None:
        return None
    via = rng.choice([each for each in trace.world.wallets.values() if each is not wallet])
    outer = _outer(rng, trace, wallet, via)
    inner = _inner(rng, trace, wallet, outer)
    if outer is None or inner is None:
        return None
    return {
        "via": via.name,
        "sender": mostly(rng, via.principal, "stranger", share=0.97),
        "outer": outer[0],
        "first": outer[1],
        "inner": inner[0],
        "second": inner[1],
        "timing": rng.choice((BEFORE, AFTER, AFTER, BOTH)),
        # The first callback happens during the payment, so only a second one happens during the fee.
        "times": rng.choice((2, 2, 3) if _has_fee(outer[1]) else (1, 1, 1, 2, 3)),
        "bubbles": rng.random() < 0.3,
    }


Drawn = tuple[str, Arguments]


def _has_fee(drawn: Arguments) -> bool:
    return "relay" in drawn and drawn["relay"][2] > 0


def _outer(rng: Random, trace: Trace, wallet: Wallet, via: Wallet) -> Drawn | None:
    """Draws the outer call: a payment or deposit in the token, mostly without a fee, or an approval."""
    drawn = _asked_in_token(rng, trace, wallet)
    if drawn is not None and rng.random() < 0.5:
        rest = {"round_": wallet.round, "nonce": rng.getrandbits(64), "deadline": trace.now, "forged": False}
        return "approve_signed", {"wallet": wallet.name, **drawn, **rest}
    action = rng.choice(("pay", "pay", "pay_batch", "pay_batch", "call"))
    arguments = _in_token(rng, trace, wallet, action)
    if arguments is None:
        return None
    if rng.random() < 0.3:
        return _as_operation(rng, trace, wallet, action, arguments)
    relay: list[Any] = [NOBODY, REENTRANT, 0, 0, trace.now, rng.getrandbits(64)]
    if rng.random() < 0.3:
        relay[0], relay[2] = via.name, max(draw_amount(rng, wallet, REENTRANT) // 20, 1)
    made = {"action": action, "arguments": arguments, "relay": relay, "forged": False}
    return "act", {"wallet": wallet.name, "sender": via.name, **made}


def _asked_in_token(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws an earlier request that moves the token."""
    asked = [each for each in trace.memory["requests"] if each["wallet"] == wallet.name]
    asked = [each for each in asked if _token_of(each["request"]) == REENTRANT and not _demands_too_much(each)]
    if not asked:
        return None
    chosen = rng.choice(asked)
    return {name: chosen[name] for name in ("slot", "request", "asked_at")}


def _demands_too_much(drawn: Arguments) -> bool:
    """Whether a request needs too much gas. A callback's event would contain how much there was."""
    request = drawn.get("request")
    return isinstance(request, dict) and request["min_gas"] == TOO_MUCH_GAS


def _token_of(request: requests.Described) -> str:
    return str(request[0] if isinstance(request, list) else request["pull_token"])


def _as_operation(rng: Random, trace: Trace, wallet: Wallet, action: str, arguments: Arguments) -> Drawn | None:
    drawn = operations.draw_operation(rng, trace, wallet, action, arguments)
    return None if drawn is None else ("operate", drawn)


def _in_token(rng: Random, trace: Trace, wallet: Wallet, action: str) -> Arguments | None:
    def payment(parts: int) -> list[Any]:
        amount = max(draw_amount(rng, wallet, REENTRANT) // (2 * parts), 1)
        return [REENTRANT, draw_payee(rng, wallet, REENTRANT), amount, rng.getrandbits(16)]

    if action == "pay":
        return dict(zip(("token", "payee", "amount", "ref"), payment(1), strict=True))
    if action == "pay_batch":
        parts = rng.choice((1, 2, 3))
        return {"payments": [payment(parts) for _ in range(parts)]}
    rules = [rule for rule in callable_rules(wallet) if rule.token == REENTRANT and rule.pull_limit]
    return draw_call_by(rng, trace, wallet, rng.choice(rules)) if rules else None


def _inner(rng: Random, trace: Trace, wallet: Wallet, outer: Drawn | None) -> Drawn | None:
    """Draws the inner call, mostly one that would succeed on its own."""
    if outer is None:
        return None
    if outer[0] == "act" and rng.random() < 0.06:
        return "act", outer[1] | {"sender": REENTRANT}
    kind = rng.choices(list(INNER), [weight for weight, _ in INNER.values()])[0]
    drawn = INNER[kind][1](rng, trace, wallet)
    # After a new mandate the rest of the batch is not predicted; the whole transaction reverts anyway.
    if (
        drawn is None
        or _demands_too_much(drawn)
        or (kind == "set_mandate_signed" and len(outer[1].get("arguments", {}).get("payments", ())) > 1)
    ):
        return None
    return kind, drawn


def _act(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    acting = wallet if rng.random() < 0.75 else draw_wallet(rng, trace)
    drawn = signed.draw_free_of_charge(rng, trace, acting)
    return None if drawn is None else {"wallet": acting.name, "sender": REENTRANT, **drawn}


def _operate(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    return operations.draw_operate(rng, trace, wallet if rng.random() < 0.4 else None)


def _execute_signed(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    """Ends the mandate or the round while the payment runs."""
    drawn = signed.draw_execute_signed(rng, trace, wallet)
    return drawn | {"min_gas": 0, "approvals": [[rng.choice(("lift", "lift", "refuse all")), "", 0]]}


def _settle(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    drawn = settlement.draw_settle(rng, trace)
    return None if drawn is None else drawn | {"sender": REENTRANT}


def _unsigned(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    drawn = AGENT_ACTIONS["pay"].draw(rng, trace, wallet)
    return {"wallet": wallet.name, "name": "pay", "arguments": drawn}


def _of_any(draw: Callable[[Random, Trace], Arguments | None]) -> Callable[[Random, Trace, Wallet], Arguments | None]:
    return lambda rng, trace, _: draw(rng, trace)


INNER: dict[str, tuple[int, Callable[[Random, Trace, Wallet], Arguments | None]]] = {
    "act": (12, _act),
    "operate": (5, _operate),
    "unsigned": (2, _unsigned),
    "approve_signed": (2, _of_any(requests.draw_approve_signed)),
    "execute_signed": (4, _execute_signed),
    "submit_order": (6, signed.draw_submit_order),
    "settle": (2, _settle),
    "close": (2, _of_any(settlement.draw_close)),
    "cash": (3, _of_any(settlement.draw_cash)),
    "set_mandate_signed": (4, draw_set_mandate_signed),
}
"""The inner calls with their weights and draws."""

ACTIONS = {"reenter": Action(10, draw_reenter, reenter)}
