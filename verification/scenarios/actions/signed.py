"""Signed actions that others submit: agent actions, principal's calls and approvals, and orders."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from eth_utils.crypto import keccak

from verification.scenarios.actions.agent import (
    AGENT_ACTIONS,
    draw_agent_action,
)
from verification.scenarios.actions.draws import (
    FORGED_SHARE,
    Action,
    Arguments,
    draw_amount,
    draw_deadline,
    draw_min_gas,
    draw_nonce,
    draw_principal,
    draw_token,
    draw_wallet,
    last_terms,
    mostly,
    wallet_where,
)
from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.guards import MOODY, RESERVED
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NO_HASH, NOBODY
from verification.scenarios.model.tokens import EXTRA_FEE, REBASING, RETURNS_FALSE, SHORT_RETURN
from verification.scenarios.model.wallet import AgentAction, PrincipalCall, Relay, Wallet
from verification.scenarios.trace import PreparedStep, Trace

SWITCH_DOMAIN = ("Peculium RevocationSwitch", "1")
ORDERS = ("Pause", "Revoke", "PauseAll", "RevokeAll")


# Signed by the agent


def act(
    trace: Trace, wallet: str, sender: str, action: str, arguments: dict[str, Any], relay: list[Any], forged: bool
) -> PreparedStep:
    """`act`. The function "none" is `withdraw`, which isn't an agent's."""
    model = trace.wallet(wallet)
    terms = Relay(*relay)
    agent_action: AgentAction | None = None
    if action == "none":
        data = trace.data("withdraw", "usdc", sender, 1)
    else:
        data, agent_action = AGENT_ACTIONS[action].encode(trace, model, **arguments)
    if action == "pay":
        agent_action = _pay_signed(model, Payment(**arguments))
    mandate = model.last.hash if model.last else NO_HASH
    digest = trace.digest(wallet, trace.fixtures.hasher.struct("Action", mandate, data, *relay))
    signature, signed = trace.signed_by_agent(last_terms(model).agent_key, digest, forged)
    return PreparedStep(
        sender,
        wallet,
        trace.data("act", data, relay, signature),
        lambda: model.act(sender, agent_action, terms, signed, digest, data[:4]),
        model,
    )


def _pay_signed(wallet: Wallet, payment: Payment) -> AgentAction:
    return lambda _sender, _acting: wallet.pay_signed(payment)


def _has_late_requests(wallet: Wallet) -> bool:
    terms = last_terms(wallet)
    pending = any((wallet.round, slot) in wallet.requests for slot in range(terms.max_requests))
    return wallet.in_force and wallet.now >= terms.valid_until and pending


def draw_act(rng: Random, trace: Trace) -> Arguments | None:
    """Draws any agent function, sometimes with a fee.

    Functions that work after a mandate's end are drawn then too, always with a fee.
    """
    late = rng.random() < 0.1
    wallet = wallet_where(rng, trace, _has_late_requests) if late else draw_wallet(rng, trace)
    chosen = draw_agent_action(rng, trace, wallet, "cancel_request" if late and _has_late_requests(wallet) else "")
    if chosen is None:
        return None
    action, drawn = chosen
    fee = 0.0 if late else rng.random()
    token = draw_token(rng, wallet)
    relayer = "relayer" if fee < 0.4 else NOBODY
    amount = max(draw_amount(rng, wallet, token) // 20, 1) if fee < 0.3 or fee > 0.98 else 0
    sender = mostly(rng, "relayer", "stranger", last_terms(wallet).agent_key, share=0.9)
    nonce = draw_nonce(rng, wallet.spent_actions)
    relay = [relayer, token, amount, draw_min_gas(rng), draw_deadline(rng, trace), nonce]
    return {
        "wallet": wallet.name,
        "sender": sender,
        "action": action,
        "arguments": drawn,
        "relay": relay,
        "forged": rng.random() < FORGED_SHARE,
    }


# Two calls in one transaction


def relay_twice(
    trace: Trace, wallet: str, via: str, sender: str, first: Arguments, then: str, second: Arguments
) -> PreparedStep:
    """Another principal's wallet relays an action and makes a second call in the same transaction.

    `then` says which: the same action again ("again"), another signed one ("another"), or the name of a function
    without a signature.
    """
    model, other = trace.wallet(wallet), trace.wallet(via)
    prepared_steps = [act(trace, wallet, via, **first)]
    if then in ("again", "another"):
        prepared_steps.append(act(trace, wallet, via, **second) if then == "another" else prepared_steps[0])
    else:
        data, action = AGENT_ACTIONS[then].encode(trace, model, **second)
        prepared_steps.append(PreparedStep(via, wallet, data, lambda: action(via, False)))
    calls = [each.as_principal_call() for each in prepared_steps]
    data = trace.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return PreparedStep(sender, via, data, lambda: other.execute(sender, calls), other, (model,))


def draw_relay_twice(rng: Random, trace: Trace) -> Arguments | None:
    """Draws two actions, relayed by any other wallet."""
    wallet = draw_wallet(rng, trace)
    via = rng.choice([each for each in trace.world.wallets.values() if each is not wallet])
    first, second = draw_free_of_charge(rng, trace, wallet), draw_free_of_charge(rng, trace, wallet)
    if first is None or second is None:
        return None
    then = rng.choice(("again", "another", "another", "unsigned"))
    if then == "unsigned":
        then = second["action"] if second["action"] != "none" else "resign"
        second = second["arguments"]
    return {
        "wallet": wallet.name,
        "via": via.name,
        "sender": draw_principal(rng, via),
        "first": first,
        "then": then,
        "second": second,
    }


def draw_free_of_charge(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws an action without a fee, which anybody may relay."""
    chosen = draw_agent_action(rng, trace, wallet)
    if chosen is None:
        return None
    relay = [NOBODY, "usdc", 0, 0, draw_deadline(rng, trace), draw_nonce(rng, wallet.spent_actions)]
    return {"action": chosen[0], "arguments": chosen[1], "relay": relay, "forged": rng.random() < FORGED_SHARE}


# Signed by the principal


OWN_FUNCTIONS: dict[str, tuple[str, Callable[[Wallet], None]]] = {
    "refuse all": ("refuseAll", lambda wallet: wallet.refuse_all(wallet.name)),
    "lift": ("liftMandate", lambda wallet: wallet.lift_mandate(wallet.name)),
}
"""Functions that a wallet calls on itself, by the name that stands for them in place of a token."""


def calls_of(trace: Trace, wallet: Wallet, approvals: list[Any]) -> list[PrincipalCall]:
    """Calls that approve spenders of the wallet's tokens.

    Some names stand for functions of the wallet itself, or for those that are reserved for guards.
    """
    made = []
    for token, spender, amount in approvals:
        if token in OWN_FUNCTIONS:
            function, apply = OWN_FUNCTIONS[token]
            made.append(PrincipalCall(wallet.name, trace.data(function), apply))
            continue
        if token in RESERVED:
            # Nothing happens: the wallet refuses to make the call.
            made.append(PrincipalCall(spender, reserved_data(trace, token, amount), lambda _: None))
            continue
        data = trace.data("approve", spender, amount)

        def approve(each: Wallet, token: str = token, spender: str = spender, amount: int = amount) -> None:
            each.suite.bank.approve(token, each.name, spender, amount)

        made.append(PrincipalCall(token, data, approve))
    return made


def reserved_data(trace: Trace, function: str, amount: int) -> bytes:
    """The calldata of a charge that the fleet would count, or of a closing."""
    hash_ = keccak(text="USD")
    if function == "onClose":
        return trace.data(function, hash_, amount, False)
    return trace.data(function, (trace.world.fleet.principal, hash_, "usdc", "payee 0", amount, amount, 0, False))


def draw_calls(rng: Random, wallet: Wallet) -> list[Any]:
    """Draws one or two approvals, sometimes of what a call may pull; rarely a call that is reserved for guards."""
    if rng.random() < 0.07:
        return [[rng.choice(RESERVED), mostly(rng, FLEET, MOODY, "target", "stranger"), rng.choice((1, 10**6))]]
    pulled = [[rule.token, rule.target] for rule in last_terms(wallet).rules if rule.pull_limit]
    if pulled and rng.random() < 0.45:
        return [[*rng.choice(pulled), rng.choice((0, 5, 10**9))]]
    count = rng.choice((1, 1, 2))
    approvals = [
        [
            rng.choice(
                (
                    "usdc",
                    "usdt",
                    "usdt",
                    "usdt",
                    "dai",
                    "eurs",
                    "unlisted",
                    EXTRA_FEE,
                    RETURNS_FALSE,
                    REBASING,
                    SHORT_RETURN,
                )
            ),
            rng.choice(("vault", "vault", "venue", "stranger")),
            rng.choice((0, 0, 5, 10**9)),
        ]
        for _ in range(count)
    ]
    return approvals if rng.random() < 0.85 else [*approvals, [rng.choice(("refuse all", "refuse all", "lift")), "", 0]]


def execute(trace: Trace, wallet: str, sender: str, approvals: list[Any]) -> PreparedStep:
    """`executeBatch`."""
    model = trace.wallet(wallet)
    calls = calls_of(trace, model, approvals)
    data = trace.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return PreparedStep(sender, wallet, data, lambda: model.execute(sender, calls), model)


def draw_execute(rng: Random, trace: Trace) -> Arguments:
    """Sent by the principal, mostly."""
    wallet = draw_wallet(rng, trace)
    return {"wallet": wallet.name, "sender": draw_principal(rng, wallet), "approvals": draw_calls(rng, wallet)}


def execute_signed(
    trace: Trace, wallet: str, approvals: list[Any], min_gas: int, nonce: int, deadline: int, forged: bool
) -> PreparedStep:
    """`executeSigned`."""
    model = trace.wallet(wallet)
    calls = calls_of(trace, model, approvals)
    listed = [(each.target, 0, each.data) for each in calls]
    digest = trace.digest(wallet, trace.fixtures.hasher.struct("Execute", listed, min_gas, nonce, deadline))
    signature = trace.signed(model.principal, digest, forged)
    return PreparedStep(
        "relayer",
        wallet,
        trace.data("executeSigned", listed, min_gas, nonce, deadline, signature),
        lambda: model.execute_signed(calls, min_gas, nonce, deadline, not forged, digest),
        model,
    )


def draw_execute_signed(rng: Random, trace: Trace, wallet: Wallet | None = None) -> Arguments:
    """Submitted in time, mostly."""
    wallet = wallet or draw_wallet(rng, trace)
    return {
        "wallet": wallet.name,
        "approvals": draw_calls(rng, wallet),
        "min_gas": draw_min_gas(rng),
        "nonce": draw_nonce(rng, wallet.spent_nonces),
        "deadline": draw_deadline(rng, trace),
        "forged": rng.random() < FORGED_SHARE,
    }


# Orders


def submit_order(
    trace: Trace, order: str, principal: str, wallet: str, epoch: int, signer: str, nonce: int, forged: bool
) -> PreparedStep:
    """`submitOrder`."""
    hasher, switch = trace.fixtures.hasher, trace.world.suite.switch
    what = (principal, epoch, nonce) if order.endswith("All") else (principal, wallet, nonce)
    digest = hasher.digest(SWITCH_DOMAIN, "switch", hasher.struct(order, *what))
    signature = trace.signed(signer, digest, forged)
    return PreparedStep(
        "stranger",
        "switch",
        trace.data("submitOrder", ORDERS.index(order), principal, wallet, epoch, signer, nonce, signature),
        lambda: switch.submit_order(order, principal, wallet, epoch, signer, nonce, digest, not forged),
    )


def draw_submit_order(rng: Random, trace: Trace, wallet: Wallet | None = None) -> Arguments | None:
    """Signed by the principal or a guardian, mostly. Permanent orders are rare."""
    wallet = wallet or draw_wallet(rng, trace)
    order = rng.choices(ORDERS, (4, 1, 3, 1))[0]
    principal = wallet.principal
    signer = mostly(rng, principal, "guardian", "guardian", "stranger", share=0.6)
    if order.startswith("Revoke") and signer != "stranger" and rng.random() < 0.5:
        return None
    epoch = trace.world.suite.switch.of(principal).epoch
    return {
        "order": order,
        "principal": principal,
        "wallet": wallet.name,
        "epoch": epoch if rng.random() < 0.8 else epoch + 1,
        "signer": signer,
        "nonce": draw_nonce(rng, (nonce for who, nonce in trace.world.suite.switch.spent if who == signer)),
        "forged": rng.random() < FORGED_SHARE,
    }


def cancel_order(trace: Trace, sender: str, nonce: int) -> PreparedStep:
    """`cancelOrder`."""
    switch = trace.world.suite.switch
    return PreparedStep(sender, "switch", trace.data("cancelOrder", nonce), lambda: switch.cancel_order(sender, nonce))


def draw_cancel_order(rng: Random, trace: Trace) -> Arguments:
    """Sent by a principal."""
    sender = rng.choice(PRINCIPALS)
    spent = trace.world.suite.switch.spent
    return {"sender": sender, "nonce": draw_nonce(rng, (nonce for who, nonce in spent if who == sender))}


ACTIONS = {
    "act": Action(30, draw_act, act),
    "relay_twice": Action(5, draw_relay_twice, relay_twice),
    "execute": Action(5, draw_execute, execute),
    "execute_signed": Action(2, draw_execute_signed, execute_signed),
    "submit_order": Action(4, draw_submit_order, submit_order),
    "cancel_order": Action(2, draw_cancel_order, cancel_order),
}
