"""Submitting what was authorized off the wallet: authorizations, cheques, and a payee that refuses payment."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from eth_utils.crypto import keccak

from verification.scenarios.actions.agent import USDC_DOMAIN, as_argument, authorization_of
from verification.scenarios.actions.draws import (
    FORGED_SHARE,
    Action,
    Arguments,
    draw_payee,
    last_terms,
    may_act,
    mostly,
    wallet_where,
)
from verification.scenarios.chain.codec import word
from verification.scenarios.model.cheques import Cheque
from verification.scenarios.model.terms import Book, Budget
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.shapes import PAYEES
from verification.scenarios.trace import PreparedStep, Trace

SETTLE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
RECEIVE = "receiveWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


def settle(
    trace: Trace, wallet: str, authorization: list[Any], sender: str = "stranger", by_payee: bool = False
) -> PreparedStep:
    """The token's `transferWithAuthorization` or `receiveWithAuthorization`, whatever kind was authorized."""
    model, made = trace.wallet(wallet), authorization_of(trace, wallet, by_payee, *authorization[1:])
    arguments = made.payee, made.amount, made.valid_after, made.valid_before, made.nonce
    data = trace.data(RECEIVE if by_payee else SETTLE, wallet, *arguments, b"\0")
    return PreparedStep(sender, "usdc", data, lambda: model.settle(sender, made), model)


def close(trace: Trace, wallet: str, currency: str, authorizations: list[list[Any]]) -> PreparedStep:
    """`closeAuthorizations`."""
    model, made = trace.wallet(wallet), [authorization_of(trace, wallet, *each) for each in authorizations]
    data = trace.data("closeAuthorizations", keccak(text=currency), [as_argument(trace, each) for each in made])
    return PreparedStep("stranger", wallet, data, lambda: model.close_authorizations(currency, made), model)


# Cheques

CHEQUE = keccak(text="Peculium cheque")[:4]
"""The prefix of a cheque's signature."""


def cash(
    trace: Trace,
    wallet: str,
    payee: str,
    amount: int,
    after: int,
    before: int,
    mandate: str,
    period: int,
    slot: int,
    forged: bool,
    malformation: str,
) -> PreparedStep:
    """`transferWithAuthorization` with a cheque. `malformation` says what is wrong with its encoding."""
    model = trace.wallet(wallet)
    number = trace.cheque_nonce(wallet, "usdc", bytes.fromhex(mandate), period, slot)
    made = authorization_of(trace, wallet, False, "usdc", payee, amount, after, before, number)
    head = [*map(trace.fixtures.codec.words.__getitem__, ("usdc", payee)), *map(word, (amount, after, before, slot))]
    proof, signed = trace.signed_by_agent(last_terms(model).agent_key, made.digest, forged)
    signature = CHEQUE + MALFORMATIONS[malformation](b"".join((*head, *trace.fixtures.name_hashes(USDC_DOMAIN))), proof)
    good = signed and not malformation
    cheque = Cheque(**vars(made), slot=slot, mandate=bytes.fromhex(mandate), period=period, signed=good)
    trace.remember("cheques", {"wallet": wallet, "mandate": mandate, "period": period, "slot": slot})
    data = trace.data(SETTLE, wallet, payee, amount, after, before, number, signature)
    return PreparedStep("stranger", "usdc", data, lambda: model.cash(cheque), model)


def _changed(index: int, by: int) -> Callable[[bytes, bytes], bytes]:
    """Adds a number to one word of the head."""

    def change(head: bytes, proof: bytes) -> bytes:
        start = 32 * index
        value = (int.from_bytes(head[start : start + 32]) + by) % 2**256
        return head[:start] + word(value) + head[start + 32 :] + proof

    return change


MALFORMATIONS: dict[str, Callable[[bytes, bytes], bytes]] = {
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
"""Ways to encode a cheque wrongly; the empty name is the correct encoding."""
VALID_SHARE = 0.92


def draw_cash(rng: Random, trace: Trace) -> Arguments | None:
    """Draws a cheque of the current period, mostly a valid one; sometimes its nonce was used before."""
    wallet = wallet_where(rng, trace, lambda each: may_act(each) and _book_of(each) is not None)
    book = _book_of(wallet)
    if book is None:
        return None
    budget = last_terms(wallet).budget_of("usdc")
    assert budget is not None
    unit, coarse = 10 ** max(6 - budget.decimals, 0), 10 ** max(budget.decimals - 6, 0)
    most = max(book.limit * unit // coarse, 1)
    period = trace.now // book.period
    made: Arguments = {
        "wallet": wallet.name,
        "payee": _draw_cheque_payee(rng, wallet, budget, book),
        "amount": mostly(
            rng, rng.choice((most, rng.randint(1, most))), most + 1, most + unit, 2**128, share=VALID_SHARE
        ),
        "after": mostly(rng, trace.now - 1, trace.now, share=VALID_SHARE),
        "before": mostly(
            rng, (period + 1) * book.period, trace.now + 1, trace.now, (period + 1) * book.period + 1, share=VALID_SHARE
        ),
        "mandate": last_terms(wallet).hash.hex(),
        "period": mostly(rng, period, period - 1, period + 1, share=VALID_SHARE),
        "slot": mostly(rng, rng.randrange(book.cheques), book.cheques, share=VALID_SHARE),
        "forged": rng.random() < FORGED_SHARE,
        "malformation": rng.choice(list(MALFORMATIONS)) if rng.random() < 0.1 else "",
    }
    older = [each for each in trace.memory["cheques"] if each["wallet"] == wallet.name]
    return made | rng.choice(older) if older and rng.random() < 0.1 else made


def _draw_cheque_payee(rng: Random, wallet: Wallet, budget: Budget, book: Book) -> str:
    if book.strangers and rng.random() < 0.5:
        return rng.choice(("stranger", "guardian", *PAYEES))
    return rng.choice(sorted(budget.payees) or PAYEES) if rng.random() < 0.9 else draw_payee(rng, wallet, "usdc")


def _book_of(wallet: Wallet) -> Book | None:
    return last_terms(wallet).book_in("usdc")


def _known(rng: Random, trace: Trace, wallet: str = "") -> tuple[str, list[Any]] | None:
    """Draws an earlier authorization, of this wallet if given."""
    # Prefer an authorization that is still open.
    made = [each for each in trace.memory["authorizations"] if wallet in ("", each[0])]
    pending = [each for each in made if any(each[2] == held for _, held in trace.wallet(each[0]).authorized)]
    if not pending and (not made or rng.random() < 0.9):
        return None
    # Sometimes prefer one that a stop has made void.
    void = [each for each in pending if not may_act(trace.wallet(each[0]))]
    pending = void if void and rng.random() < 0.6 else pending
    name, authorization, _ = rng.choice(pending if pending and rng.random() < 0.9 else made)
    return name, authorization


def draw_settle(rng: Random, trace: Trace) -> Arguments | None:
    """Settles an earlier authorization, mostly one that is valid, and as it is meant."""
    made = trace.memory["authorizations"]
    valid = [(name, authorization) for name, authorization, held in made if trace.wallet(name).confirms(held)]
    drawn = rng.choice(valid) if valid and rng.random() < 0.6 else _known(rng, trace)
    if drawn is None or drawn[1][1] != "usdc":
        return None
    name, authorization = drawn
    by_payee = authorization[0] ^ (rng.random() < 0.15)
    sender = mostly(rng, authorization[2], "stranger") if by_payee else "stranger"
    return {"wallet": name, "authorization": authorization, "sender": sender, "by_payee": by_payee}


def draw_close(rng: Random, trace: Trace) -> Arguments | None:
    """Closes one or several earlier authorizations, mostly in their own currency."""
    drawn = _known(rng, trace)
    if drawn is None:
        return None
    name, authorization = drawn
    others = [_known(rng, trace, name) for _ in range(rng.choice((0, 0, 1, 2)))]
    right = "USD" if authorization[1] in ("usdc", "usdt", "dai") else "EUR"
    return {
        "wallet": name,
        "currency": mostly(rng, right, "EUR", "ETH"),
        "authorizations": [authorization, *(each[1] for each in others if each is not None)],
    }


def set_shop_refuses(trace: Trace, refuses: bool) -> PreparedStep:
    """A payee contract refuses native currency, or accepts it again."""
    bank = trace.world.suite.bank
    act = bank.refusing.add if refuses else bank.refusing.discard
    return PreparedStep("stranger", "shop", trace.data("setRefuses", refuses), lambda: act("shop"))


def draw_set_shop_refuses(rng: Random, trace: Trace) -> Arguments:
    """Accepts, mostly."""
    return {"refuses": rng.random() < 0.4}


ACTIONS = {
    "settle": Action(9, draw_settle, settle),
    "set_shop_refuses": Action(2, draw_set_shop_refuses, set_shop_refuses),
    "close": Action(7, draw_close, close),
    "cash": Action(12, draw_cash, cash),
}
