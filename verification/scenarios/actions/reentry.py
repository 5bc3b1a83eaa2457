"""A token that calls others in the middle of a payment: the same wallet again, another one, the switch, or the principal's orders."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from verification.scenarios.actions import operations, signed
from verification.scenarios.actions.agent import VERBS
from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    amount_of,
    any_wallet,
    may_act,
    mostly,
    payee_of,
    terms_of,
    wallet_where,
)
from verification.scenarios.actions.principal import draw_set_mandate_signed, set_mandate_signed
from verification.scenarios.model.money import Trap
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.tokens import AFTER, BEFORE, BOTH, LOOP
from verification.scenarios.model.wallet import PrincipalCall, Wallet
from verification.scenarios.trace import Deed, Play


def verb(play: Play, wallet: str, name: str, arguments: Arguments) -> Deed:
    """A verb that nobody has signed."""
    mine = play.wallet(wallet)
    data, made = VERBS[name][2](play, mine, **arguments)
    return Deed(LOOP, wallet, data, lambda: made(LOOP, False), mine)


DEEDS: dict[str, Callable[..., Deed]] = {
    "act": signed.act,
    "operate": operations.alone("operate"),
    "verb": verb,
    "approve_signed": signed.approve_signed,
    "submit_order": signed.submit_order,
    "settle": signed.settle,
    "close": signed.close,
    "cash": signed.cash,
    "set_mandate_signed": set_mandate_signed,
}
"""What a token may do to others, and what may make it do so: by the names of the actions."""


def reenter(
    play: Play,
    carrier: str,
    sender: str,
    outer: str,
    first: Arguments,
    inner: str,
    second: Arguments,
    moment: int,
    times: int,
    bubbles: bool,
) -> Deed:
    """Another principal has its own wallet tell the token what to call, carry what moves the token, and tell it to call nobody."""
    bank, other = play.world.suite.bank, play.wallet(carrier)
    deed, within = DEEDS[outer](play, **first), DEEDS[inner](play, **second)
    touched = (*within.wallets, *deed.wallets)
    trap = Trap(within.to, within.act, touched, times, bubbles)

    def tell(function: str, *arguments: Any, **what: Any) -> PrincipalCall:
        return PrincipalCall(LOOP, play.data(function, *arguments), lambda _: vars(bank).update(what))

    calls = [
        tell("setMoment", moment, moment=moment),
        tell("arm", within.to, within.data, times, bubbles, trap=trap),
        PrincipalCall(deed.to, deed.data, lambda _: deed.act()),
        tell("arm", NOBODY, b"", 0, False, trap=None),
    ]
    data = play.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return Deed(sender, carrier, data, lambda: other.execute(sender, calls), other, touched)


def draw_reenter(chance: Random, play: Play) -> Arguments | None:
    """Where the token is listed."""
    wallet = wallet_where(chance, play, lambda each: may_act(each) and terms_of(each).budget_of(LOOP) is not None)
    if terms_of(wallet).budget_of(LOOP) is None:
        return None
    carrier = chance.choice([each for each in play.world.wallets.values() if each is not wallet])
    outer = _outer(chance, play, wallet, carrier)
    inner = _inner(chance, play, wallet, outer)
    if outer is None or inner is None:
        return None
    return {
        "carrier": carrier.name,
        "sender": mostly(chance, carrier.principal, "stranger", share=0.97),
        "outer": outer[0],
        "first": outer[1],
        "inner": inner[0],
        "second": inner[1],
        "moment": chance.choice((BEFORE, AFTER, AFTER, BOTH)),
        # In the middle of a fee it calls once it has done so in the middle of the payment.
        "times": chance.choice((2, 2, 3) if _has_fee(outer[1]) else (1, 1, 1, 2, 3)),
        "bubbles": chance.random() < 0.3,
    }


Drawn = tuple[str, Arguments]


def _has_fee(drawn: Arguments) -> bool:
    return "relay" in drawn and drawn["relay"][3] > 0


def _outer(chance: Random, play: Play, wallet: Wallet, carrier: Wallet) -> Drawn | None:
    """A payment or a deposit in the token, mostly carried for nothing; or the approval of a request."""
    asked = [each for each in play.memory["requests"] if each[0] == wallet.name and each[2][0] == LOOP]
    if asked and chance.random() < 0.5:
        _, slot, request, _ = chance.choice(asked)
        nonce, deadline = chance.getrandbits(64), play.now
        drawn = {"slot": slot, "request": request, "nonce": nonce, "deadline": deadline, "forged": False}
        return "approve_signed", {"wallet": wallet.name, **drawn}
    verb = chance.choice(("pay", "pay", "pay_batch", "pay_batch", "call"))
    arguments = _in_token(chance, play, wallet, verb)
    if arguments is None:
        return None
    if chance.random() < 0.3:
        return _as_operation(chance, play, wallet, verb, arguments)
    relay: list[Any] = [NOBODY, play.now, LOOP, 0, chance.getrandbits(64)]
    if chance.random() < 0.3:
        relay[0], relay[3] = carrier.name, max(amount_of(chance, wallet, LOOP) // 20, 1)
    made = {"verb": verb, "arguments": arguments, "relay": relay, "forged": False}
    return "act", {"wallet": wallet.name, "carrier": carrier.name, **made}


def _as_operation(chance: Random, play: Play, wallet: Wallet, verb: str, arguments: Arguments) -> Drawn | None:
    drawn = operations.draw_operation(chance, play, wallet, verb, arguments)
    return None if drawn is None else ("operate", drawn)


def _in_token(chance: Random, play: Play, wallet: Wallet, verb: str) -> Arguments | None:
    def payment(parts: int) -> list[Any]:
        amount = max(amount_of(chance, wallet, LOOP) // (2 * parts), 1)
        return [LOOP, payee_of(chance, wallet, LOOP), amount, chance.getrandbits(16)]

    if verb == "pay":
        return dict(zip(("token", "payee", "amount", "ref"), payment(1), strict=True))
    if verb == "pay_batch":
        parts = chance.choice((1, 2, 3))
        return {"payments": [payment(parts) for _ in range(parts)]}
    drawn = VERBS["call"][1](chance, play, wallet)
    return drawn if drawn is not None and drawn["token"] == LOOP else None


def _inner(chance: Random, play: Play, wallet: Wallet, outer: Drawn | None) -> Drawn | None:
    """Mostly something that would be done at any other time."""
    if outer is None:
        return None
    if outer[0] == "act" and chance.random() < 0.06:
        return "act", outer[1] | {"carrier": LOOP}
    kind = chance.choices(list(INNER), [weight for weight, _ in INNER.values()])[0]
    drawn = INNER[kind][1](chance, play, wallet)
    # After a new mandate, what the rest of a batch comes to isn't said anywhere: in the end, all of it is undone.
    if drawn is None or (kind == "set_mandate_signed" and len(outer[1].get("arguments", {}).get("payments", ())) > 1):
        return None
    return kind, drawn


def _act(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    acting = wallet if chance.random() < 0.75 else any_wallet(chance, play)
    drawn = signed.draw_free_of_charge(chance, play, acting)
    return None if drawn is None else {"wallet": acting.name, "carrier": LOOP, **drawn}


def _operate(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    return operations.draw_operate(chance, play, wallet if chance.random() < 0.4 else None)


def _verb(chance: Random, play: Play, wallet: Wallet) -> Arguments:
    drawn = VERBS["pay"][1](chance, play, wallet)
    return {"wallet": wallet.name, "name": "pay", "arguments": drawn}


def _of_any(draw: Callable[[Random, Play], Arguments | None]) -> Callable[[Random, Play, Wallet], Arguments | None]:
    return lambda chance, play, _: draw(chance, play)


INNER: dict[str, tuple[int, Callable[[Random, Play, Wallet], Arguments | None]]] = {
    "act": (12, _act),
    "operate": (5, _operate),
    "verb": (2, _verb),
    "approve_signed": (2, _of_any(signed.draw_approve_signed)),
    "submit_order": (6, signed.draw_submit_order),
    "settle": (2, _of_any(signed.draw_settle)),
    "close": (2, _of_any(signed.draw_close)),
    "cash": (3, _of_any(signed.draw_cash)),
    "set_mandate_signed": (4, draw_set_mandate_signed),
}
"""What the token calls, how often, and what it is drawn by."""

ACTIONS = {"reenter": Action(10, draw_reenter, reenter)}
