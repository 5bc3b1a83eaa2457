"""What others submit: carried actions, signed orders, the principal's signed calls, and what is settled later."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from eth_hash.auto import keccak

from verification.scenarios.actions.agent import (
    USDC_DOMAIN,
    VERBS,
    as_argument,
    authorization_of,
    draw_remembered,
    draw_verb,
    request_of,
)
from verification.scenarios.actions.draws import (
    FORGED,
    Action,
    Arguments,
    amount_of,
    any_wallet,
    may_act,
    mostly,
    nonce_of,
    payee_of,
    principal_of,
    terms_of,
    token_of,
    wallet_where,
)
from verification.scenarios.chain.codec import word
from verification.scenarios.fixtures import PRINCIPALS
from verification.scenarios.model.cheques import Cheque
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NO_HASH, NOBODY
from verification.scenarios.model.terms import Book
from verification.scenarios.model.tokens import MUTE, TERSE, TIDE, TOLL
from verification.scenarios.model.wallet import PrincipalCall, Relay, Verb, Wallet
from verification.scenarios.shapes import PAYEES
from verification.scenarios.trace import Deed, Play

SWITCH_DOMAIN = ("Peculium RevocationSwitch", "1")
ORDERS = ("Pause", "Revoke", "PauseAll", "RevokeAll")
SETTLE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


def _deadline(chance: Random, play: Play) -> int:
    return play.now + chance.choice((0, 0, 60, 3600, -1) if chance.random() < 0.3 else (3600,))


# The agent's signature


def act(
    play: Play, wallet: str, carrier: str, verb: str, arguments: dict[str, Any], relay: list[Any], forged: bool
) -> Deed:
    """`act`. A verb named "none" is `withdraw`, which isn't the agent's."""
    mine = play.wallet(wallet)
    terms = Relay(*relay)
    if verb == "none":
        action, made = play.data("withdraw", "usdc", carrier, 1), None
    else:
        action, made = VERBS[verb][2](play, mine, **arguments)
    if verb == "pay":
        made = _short_way(mine, Payment(**arguments))
    mandate = mine.last.hash if mine.last else NO_HASH
    digest = play.digest(wallet, play.cast.hasher.struct("Action", mandate, action, *relay))
    signature, signed = play.signed_by_agent(terms_of(mine).agent_key, digest, forged)
    return Deed(
        carrier,
        wallet,
        play.data("act", action, relay, signature),
        lambda: mine.act(carrier, made, terms, signed, digest, action[:4]),
        mine,
    )


def _short_way(wallet: Wallet, payment: Payment) -> Verb:
    return lambda sender, acting: wallet.carry_payment(payment)


def _has_late_requests(wallet: Wallet) -> bool:
    terms = terms_of(wallet)
    pending = any((wallet.round, slot) in wallet.requests for slot in range(terms.max_requests))
    return wallet.in_force and wallet.now >= terms.valid_until and pending


def draw_act(chance: Random, play: Play) -> Arguments | None:
    """Any verb; sometimes for a fee. What still works after a mandate's end is tried then too, always for a fee."""
    late = chance.random() < 0.1
    wallet = wallet_where(chance, play, _has_late_requests) if late else any_wallet(chance, play)
    chosen = draw_verb(chance, play, wallet, "cancel_request" if late and _has_late_requests(wallet) else "")
    if chosen is None:
        return None
    verb, drawn = chosen
    fee = 0.0 if late else chance.random()
    token = token_of(chance, wallet)
    relayer = "relayer" if fee < 0.4 else NOBODY
    amount = max(amount_of(chance, wallet, token) // 20, 1) if fee < 0.3 or fee > 0.98 else 0
    carrier = mostly(chance, "relayer", "stranger", terms_of(wallet).agent_key, share=0.9)
    relay = [relayer, _deadline(chance, play), token, amount, nonce_of(chance, wallet.spent_actions)]
    return {
        "wallet": wallet.name,
        "carrier": carrier,
        "verb": verb,
        "arguments": drawn,
        "relay": relay,
        "forged": chance.random() < FORGED,
    }


# Two in one transaction


def carry_twice(
    play: Play, wallet: str, carrier: str, sender: str, first: Arguments, then: str, second: Arguments
) -> Deed:
    """Another principal has its own wallet carry an action, and in the same transaction more: the same once more ("again"),
    another action ("another"), or a verb that nobody has signed."""
    mine, other = play.wallet(wallet), play.wallet(carrier)
    deeds = [act(play, wallet, carrier, **first)]
    if then in ("again", "another"):
        deeds.append(act(play, wallet, carrier, **second) if then == "another" else deeds[0])
    else:
        data, verb = VERBS[then][2](play, mine, **second)
        deeds.append(Deed(carrier, wallet, data, lambda: verb(carrier, False)))
    calls = [PrincipalCall(wallet, deed.data, lambda _, deed=deed: deed.act()) for deed in deeds]
    data = play.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return Deed(sender, carrier, data, lambda: other.execute(sender, calls), other, (mine,))


def draw_carry_twice(chance: Random, play: Play) -> Arguments | None:
    """Anything, by a wallet of anybody else's."""
    wallet = any_wallet(chance, play)
    carrier = chance.choice([each for each in play.world.wallets.values() if each is not wallet])
    first, second = draw_free_of_charge(chance, play, wallet), draw_free_of_charge(chance, play, wallet)
    if first is None or second is None:
        return None
    then = chance.choice(("again", "another", "another", "a verb"))
    if then == "a verb":
        then = second["verb"] if second["verb"] != "none" else "resign"
        second = second["arguments"]
    return {
        "wallet": wallet.name,
        "carrier": carrier.name,
        "sender": principal_of(chance, carrier),
        "first": first,
        "then": then,
        "second": second,
    }


def draw_free_of_charge(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """An action that anybody may carry."""
    chosen = draw_verb(chance, play, wallet)
    if chosen is None:
        return None
    relay = [NOBODY, _deadline(chance, play), "usdc", 0, nonce_of(chance, wallet.spent_actions)]
    return {"verb": chosen[0], "arguments": chosen[1], "relay": relay, "forged": chance.random() < FORGED}


# The principal's signature


def calls_of(play: Play, wallet: Wallet, approvals: list[Any]) -> list[PrincipalCall]:
    """Calls by which a principal approves somebody of the wallet's tokens, or (token "refuse all") tidies the queue."""
    made = []
    for token, spender, amount in approvals:
        if token == "refuse all":
            data = play.data("refuseAll")
            made.append(PrincipalCall(wallet.name, data, lambda each: each.refuse_all(each.name)))
            continue
        data = play.data("approve", spender, amount)

        def approve(each: Wallet, token: str = token, spender: str = spender, amount: int = amount) -> None:
            each.suite.bank.approve(token, each.name, spender, amount)

        made.append(PrincipalCall(token, data, approve))
    return made


def draw_calls(chance: Random) -> list[Any]:
    """One or two."""
    count = chance.choice((1, 1, 2))
    approvals = [
        [
            chance.choice(("usdc", "usdt", "usdt", "usdt", "dai", "eurs", TOLL, MUTE, TIDE, TERSE)),
            chance.choice(("vault", "vault", "stranger")),
            chance.choice((0, 5, 10**9)),
        ]
        for _ in range(count)
    ]
    return approvals if chance.random() < 0.85 else [*approvals, ["refuse all", "", 0]]


def execute(play: Play, wallet: str, sender: str, approvals: list[Any]) -> Deed:
    """`executeBatch`."""
    mine = play.wallet(wallet)
    calls = calls_of(play, mine, approvals)
    data = play.data("executeBatch", [(each.target, 0, each.data) for each in calls])
    return Deed(sender, wallet, data, lambda: mine.execute(sender, calls), mine)


def draw_execute(chance: Random, play: Play) -> Arguments:
    """By the principal, mostly."""
    wallet = any_wallet(chance, play)
    return {"wallet": wallet.name, "sender": principal_of(chance, wallet), "approvals": draw_calls(chance)}


def execute_signed(play: Play, wallet: str, approvals: list[Any], nonce: int, deadline: int, forged: bool) -> Deed:
    """`executeSigned`."""
    mine = play.wallet(wallet)
    calls = calls_of(play, mine, approvals)
    listed = [(each.target, 0, each.data) for each in calls]
    digest = play.digest(wallet, play.cast.hasher.struct("Execute", listed, nonce, deadline))
    signature = play.signed(mine.principal, digest, forged)
    return Deed(
        "relayer",
        wallet,
        play.data("executeSigned", listed, nonce, deadline, signature),
        lambda: mine.execute_signed(calls, nonce, deadline, not forged, digest),
        mine,
    )


def draw_execute_signed(chance: Random, play: Play) -> Arguments:
    """In time, mostly."""
    wallet = any_wallet(chance, play)
    return {
        "wallet": wallet.name,
        "approvals": draw_calls(chance),
        "nonce": nonce_of(chance, wallet.spent_nonces),
        "deadline": _deadline(chance, play),
        "forged": chance.random() < FORGED,
    }


def approve_signed(
    play: Play, wallet: str, slot: int, request: list[Any], nonce: int, deadline: int, forged: bool
) -> Deed:
    """`approveRequestSigned`."""
    mine, made = play.wallet(wallet), request_of(play, *request)
    digest = play.digest(wallet, play.cast.hasher.struct("RequestApproval", slot, made.hash, nonce, deadline))
    signature = play.signed(mine.principal, digest, forged)
    return Deed(
        "relayer",
        wallet,
        play.data("approveRequestSigned", slot, request, nonce, deadline, signature),
        lambda: mine.approve_request_signed(slot, made, nonce, deadline, not forged, digest),
        mine,
    )


def draw_approve_signed(chance: Random, play: Play) -> Arguments | None:
    """Of a request that was made before."""
    wallet = any_wallet(chance, play)
    drawn = draw_remembered(chance, play, wallet)
    if drawn is None:
        return None
    rest = {
        "nonce": nonce_of(chance, wallet.spent_nonces),
        "deadline": _deadline(chance, play),
        "forged": chance.random() < FORGED,
    }
    return {"wallet": wallet.name, **drawn, **rest}


# Orders


def submit_order(
    play: Play, order: str, principal: str, wallet: str, epoch: int, signer: str, nonce: int, forged: bool
) -> Deed:
    """`submitOrder`."""
    hasher, switch = play.cast.hasher, play.world.suite.switch
    what = (principal, epoch, nonce) if order.endswith("All") else (principal, wallet, nonce)
    digest = hasher.digest(SWITCH_DOMAIN, "switch", hasher.struct(order, *what))
    signature = play.signed(signer, digest, forged)
    return Deed(
        "stranger",
        "switch",
        play.data("submitOrder", ORDERS.index(order), principal, wallet, epoch, signer, nonce, signature),
        lambda: switch.submit_order(order, principal, wallet, epoch, signer, nonce, digest, not forged),
    )


def draw_submit_order(chance: Random, play: Play, wallet: Wallet | None = None) -> Arguments | None:
    """Of the principal or a guardian, mostly; for ever only rarely."""
    wallet = wallet or any_wallet(chance, play)
    order = chance.choices(ORDERS, (4, 1, 3, 1))[0]
    principal = wallet.principal
    signer = mostly(chance, principal, "guardian", "guardian", "stranger", share=0.6)
    if order.startswith("Revoke") and signer != "stranger" and chance.random() < 0.5:
        return None
    epoch = play.world.suite.switch.of(principal).epoch
    return {
        "order": order,
        "principal": principal,
        "wallet": wallet.name,
        "epoch": epoch if chance.random() < 0.8 else epoch + 1,
        "signer": signer,
        "nonce": nonce_of(chance, (nonce for who, nonce in play.world.suite.switch.spent if who == signer)),
        "forged": chance.random() < FORGED,
    }


def cancel_order(play: Play, sender: str, nonce: int) -> Deed:
    """`cancelOrder`."""
    switch = play.world.suite.switch
    return Deed(sender, "switch", play.data("cancelOrder", nonce), lambda: switch.cancel_order(sender, nonce))


def draw_cancel_order(chance: Random, play: Play) -> Arguments:
    """By a principal."""
    sender = chance.choice(PRINCIPALS)
    spent = play.world.suite.switch.spent
    return {"sender": sender, "nonce": nonce_of(chance, (nonce for who, nonce in spent if who == sender))}


# Authorizations


def settle(play: Play, wallet: str, authorization: list[Any]) -> Deed:
    """The token's `transferWithAuthorization`."""
    mine, made = play.wallet(wallet), authorization_of(play, wallet, *authorization)
    _, payee, amount, after, before, nonce = authorization
    data = play.data(SETTLE, wallet, payee, amount, after, before, nonce, b"\0")
    return Deed("stranger", "usdc", data, lambda: mine.settle(made), mine)


def close(play: Play, wallet: str, currency: str, authorization: list[Any]) -> Deed:
    """`closeAuthorization`."""
    mine, made = play.wallet(wallet), authorization_of(play, wallet, *authorization)
    data = play.data("closeAuthorization", currency, as_argument(play, authorization))
    return Deed("stranger", wallet, data, lambda: mine.close_authorization(currency, made), mine)


# Cheques

CHEQUE = keccak(b"Peculium cheque")[:4]
"""What a cheque's signature begins with."""


def cash(
    play: Play,
    wallet: str,
    payee: str,
    amount: int,
    after: int,
    before: int,
    mandate: str,
    period: int,
    slot: int,
    forged: bool,
    mangled: str,
) -> Deed:
    """`transferWithAuthorization` with a cheque. `mangled`: what is wrong with how it is written."""
    mine = play.wallet(wallet)
    number = play.cheque_nonce(wallet, "usdc", bytes.fromhex(mandate), period, slot)
    made = authorization_of(play, wallet, "usdc", payee, amount, after, before, number)
    head = [*map(play.cast.codec.words.__getitem__, ("usdc", payee)), *map(word, (amount, after, before, slot))]
    proof, signed = play.signed_by_agent(terms_of(mine).agent_key, made.digest, forged)
    signature = CHEQUE + MANGLED[mangled](b"".join((*head, *play.cast.name_hashes(USDC_DOMAIN))), proof)
    good = signed and not mangled
    cheque = Cheque(**vars(made), slot=slot, mandate=bytes.fromhex(mandate), period=period, signed=good)
    play.remember("cheques", {"wallet": wallet, "mandate": mandate, "period": period, "slot": slot})
    data = play.data(SETTLE, wallet, payee, amount, after, before, number, signature)
    return Deed("stranger", "usdc", data, lambda: mine.cash(cheque), mine)


def _changed(index: int, by: int) -> Callable[[bytes, bytes], bytes]:
    """One word of the head is more than it is."""

    def change(head: bytes, proof: bytes) -> bytes:
        start = 32 * index
        value = (int.from_bytes(head[start : start + 32]) + by) % 2**256
        return head[:start] + word(value) + head[start + 32 :] + proof

    return change


MANGLED: dict[str, Callable[[bytes, bytes], bytes]] = {
    "": lambda head, proof: head + proof,
    "no head": lambda head, proof: b"",
    "short": lambda head, proof: head[:-1],
    "no proof": lambda head, proof: head,
    "token": _changed(0, 2**160),
    "payee": _changed(1, 2**160),
    "payee's first bit": _changed(1, 2**255),
    **{
        name: _changed(index, 1)
        for index, name in enumerate(("other token", "other payee", "amount", "after", "before"))
    },
    "slot": _changed(5, 1),
    "name": _changed(6, 1),
    "version": _changed(7, 1),
}
"""How a cheque may be written that is none; and how one is."""
USUAL = 0.93


def draw_cash(chance: Random, play: Play) -> Arguments | None:
    """A cheque of this period, mostly a good one; now and then with a nonce that was used before."""
    wallet = wallet_where(chance, play, lambda each: may_act(each) and _book_of(each) is not None)
    book = _book_of(wallet)
    if book is None:
        return None
    budget = terms_of(wallet).budget_of("usdc")
    assert budget is not None
    unit, coarse = 10 ** max(6 - budget.decimals, 0), 10 ** max(budget.decimals - 6, 0)
    most = max(book.limit * unit // coarse, 1)
    period = play.now // book.period
    made: Arguments = {
        "wallet": wallet.name,
        "payee": chance.choice(sorted(budget.payees) or PAYEES)
        if chance.random() < 0.9
        else payee_of(chance, wallet, "usdc"),
        "amount": mostly(
            chance, chance.choice((most, chance.randint(1, most))), most + 1, most + unit, 2**128, share=USUAL
        ),
        "after": mostly(chance, play.now - 1, play.now, share=USUAL),
        "before": mostly(
            chance, (period + 1) * book.period, play.now + 1, play.now, (period + 1) * book.period + 1, share=USUAL
        ),
        "mandate": terms_of(wallet).hash.hex(),
        "period": mostly(chance, period, period - 1, period + 1, share=USUAL),
        "slot": mostly(chance, chance.randrange(book.count), book.count, share=USUAL),
        "forged": chance.random() < FORGED,
        "mangled": chance.choice(list(MANGLED)) if chance.random() < 0.1 else "",
    }
    older = [each for each in play.memory["cheques"] if each["wallet"] == wallet.name]
    return made | chance.choice(older) if older and chance.random() < 0.1 else made


def _book_of(wallet: Wallet) -> Book | None:
    return terms_of(wallet).book_in("usdc")


def _known(chance: Random, play: Play, token: str | None) -> Arguments | None:
    # One that is open still, mostly.
    made = [each for each in play.memory["authorizations"] if token in (None, each[1][0])]
    pending = [each for each in made if any(each[2] == held for _, held in play.wallet(each[0]).authorized)]
    if not pending and (not made or chance.random() < 0.9):
        return None
    # Now and then one that a stop has made worthless.
    dead = [each for each in pending if not may_act(play.wallet(each[0]))]
    pending = dead if dead and chance.random() < 0.6 else pending
    name, authorization, _ = chance.choice(pending if pending and chance.random() < 0.9 else made)
    return {"wallet": name, "authorization": authorization}


def draw_settle(chance: Random, play: Play) -> Arguments | None:
    """One that was made before."""
    return _known(chance, play, "usdc")


def draw_close(chance: Random, play: Play) -> Arguments | None:
    """One that was made before, in its currency, mostly."""
    drawn = _known(chance, play, "usdc" if chance.random() < 0.8 else None)
    if drawn is None:
        return None
    token = drawn["authorization"][0]
    right = "USD" if token in ("usdc", "usdt", "dai") else "EUR"
    return drawn | {"currency": mostly(chance, right, "EUR", "ETH")}


def shop(play: Play, refuses: bool) -> Deed:
    """A payee with code refuses native currency, or takes it again."""
    bank = play.world.suite.bank
    act = bank.refusing.add if refuses else bank.refusing.discard
    return Deed("stranger", "shop", play.data("setRefuses", refuses), lambda: act("shop"))


def draw_shop(chance: Random, play: Play) -> Arguments:
    """Mostly it takes it."""
    return {"refuses": chance.random() < 0.4}


ACTIONS = {
    "act": Action(30, draw_act, act),
    "carry_twice": Action(5, draw_carry_twice, carry_twice),
    "execute": Action(3, draw_execute, execute),
    "execute_signed": Action(2, draw_execute_signed, execute_signed),
    "approve_signed": Action(3, draw_approve_signed, approve_signed),
    "submit_order": Action(4, draw_submit_order, submit_order),
    "cancel_order": Action(2, draw_cancel_order, cancel_order),
    "settle": Action(9, draw_settle, settle),
    "shop": Action(2, draw_shop, shop),
    "close": Action(7, draw_close, close),
    "cash": Action(9, draw_cash, cash),
}
