"""Submitting what was authorized off the wallet: authorizations, cheques, and a payee that refuses payment."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from eth_hash.auto import keccak

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
from verification.scenarios.model.terms import Book
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.shapes import PAYEES
from verification.scenarios.trace import PreparedStep, Trace

SETTLE = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


def settle(trace: Trace, wallet: str, authorization: list[Any]) -> PreparedStep:
    """The token's `transferWithAuthorization`."""
    model, made = trace.wallet(wallet), authorization_of(trace, wallet, *authorization)
    _, payee, amount, after, before, nonce = authorization
    data = trace.data(SETTLE, wallet, payee, amount, after, before, nonce, b"\0")
    return PreparedStep("stranger", "usdc", data, lambda: model.settle(made), model)


def close(trace: Trace, wallet: str, currency: str, authorization: list[Any]) -> PreparedStep:
    """`closeAuthorization`."""
    model, made = trace.wallet(wallet), authorization_of(trace, wallet, *authorization)
    data = trace.data("closeAuthorization", currency, as_argument(trace, authorization))
    return PreparedStep("stranger", wallet, data, lambda: model.close_authorization(currency, made), model)


# Cheques

CHEQUE = keccak(b"Peculium cheque")[:4]
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
    made = authorization_of(trace, wallet, "usdc", payee, amount, after, before, number)
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
VALID_SHARE = 0.93


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
        "payee": rng.choice(sorted(budget.payees) or PAYEES) if rng.random() < 0.9 else draw_payee(rng, wallet, "usdc"),
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


def _book_of(wallet: Wallet) -> Book | None:
    return last_terms(wallet).book_in("usdc")


def _known(rng: Random, trace: Trace, token: str | None) -> Arguments | None:
    # Prefer an authorization that is still open.
    made = [each for each in trace.memory["authorizations"] if token in (None, each[1][0])]
    pending = [each for each in made if any(each[2] == held for _, held in trace.wallet(each[0]).authorized)]
    if not pending and (not made or rng.random() < 0.9):
        return None
    # Sometimes prefer one that a stop has made void.
    void = [each for each in pending if not may_act(trace.wallet(each[0]))]
    pending = void if void and rng.random() < 0.6 else pending
    name, authorization, _ = rng.choice(pending if pending and rng.random() < 0.9 else made)
    return {"wallet": name, "authorization": authorization}


def draw_settle(rng: Random, trace: Trace) -> Arguments | None:
    """Settles an earlier authorization."""
    return _known(rng, trace, "usdc")


def draw_close(rng: Random, trace: Trace) -> Arguments | None:
    """Closes an earlier authorization, mostly in its own currency."""
    drawn = _known(rng, trace, "usdc" if rng.random() < 0.8 else None)
    if drawn is None:
        return None
    token = drawn["authorization"][0]
    right = "USD" if token in ("usdc", "usdt", "dai") else "EUR"
    return drawn | {"currency": mostly(rng, right, "EUR", "ETH")}


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
    "cash": Action(9, draw_cash, cash),
}
