"""What an agent does: every verb, by the agent key's own transaction."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from verification.scenarios.actions.draws import (
    Action,
    Arguments,
    agent_of,
    amount_of,
    any_wallet,
    mostly,
    payee_of,
    terms_of,
    token_of,
)
from verification.scenarios.chain.codec import padded, word
from verification.scenarios.model.authorizations import Authorization
from verification.scenarios.model.calls import Call
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.requests import Request
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.wallet import Verb, Wallet
from verification.scenarios.trace import RULED, Deed, Play

Made = tuple[bytes, Verb]
"""A verb as calldata, and what it does in the model."""
USDC_DOMAIN = ("USD Coin", "2")


# Payments


def pay(play: Play, wallet: Wallet, token: str, payee: str, amount: int, ref: int) -> Made:
    """`pay`."""
    payment = Payment(token, payee, amount, ref)
    return play.data("pay", token, payee, amount, ref), lambda sender, acting: wallet.pay(sender, payment, acting)


def draw_pay(chance: Random, play: Play, wallet: Wallet) -> Arguments:
    """A payment."""
    token = token_of(chance, wallet)
    return {
        "token": token,
        "payee": payee_of(chance, wallet, token),
        "amount": amount_of(chance, wallet, token),
        "ref": chance.getrandbits(16),
    }


def pay_batch(play: Play, wallet: Wallet, payments: list[Any]) -> Made:
    """`payBatch`."""
    listed = [Payment(*each) for each in payments]
    return play.data("payBatch", payments), lambda sender, acting: wallet.pay_batch(sender, listed, acting)


def draw_pay_batch(chance: Random, play: Play, wallet: Wallet) -> Arguments:
    """A batch: of parts of what remains, mostly."""
    size = chance.choice((1, 2, 2, 2, 3, 3, 5)) if chance.random() < 0.95 else 0
    payments = [list(draw_pay(chance, play, wallet).values()) for _ in range(size)]
    if chance.random() < 0.7:
        payments = [[token, payee, max(amount // size, 1), ref] for token, payee, amount, ref in payments]
    return {"payments": payments if chance.random() < 0.98 else payments[:1] * 101}


# Calls


def call(
    play: Play,
    wallet: Wallet,
    target: str,
    function: str,
    words: list[Any],
    surplus: int,
    value: int,
    token: str,
    pull: int,
    ref: int,
) -> Made:
    """`call`. `surplus`: bytes more than the arguments have, or fewer."""
    # What has no fixed length is given word by word, as it is encoded.
    known = play.cast.codec.functions[function]
    data = known.id + (b"".join(map(word, words)) if function == "store" else known.encode(words))
    data = data + bytes(surplus) if surplus >= 0 else data[:surplus]
    made = Call(target, function, tuple(words), value, token, pull, ref, data)
    return (
        play.data("call", target, value, data, (token, pull), ref),
        lambda sender, acting: wallet.call(sender, made, acting),
    )


def draw_call(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """A call by one of the rules, mostly with what it wants."""
    rules = [rule for rule in terms_of(wallet).rules if RULED.get(rule.function) == rule.target]
    if not rules and chance.random() < 0.9:
        return None
    functions = [(rule.target, rule.function) for rule in rules] * 6 + [("vault", "deposit"), ("target", "note")]
    target, function = chance.choice(functions)
    surplus = chance.choice((0,) * 30 + (32, -1, 1))
    made: Arguments = {"target": target, "function": function, "surplus": surplus, "ref": chance.getrandbits(16)}
    if function == "note":
        wanted = [rule.arguments[0][0] for rule in rules if rule.function == "note" and rule.arguments]
        usual = wallet.name if wanted == ["this wallet"] else payee_of(chance, wallet, NATIVE)
        who = mostly(chance, usual, "payee 0", wallet.name, "stranger")
        value = amount_of(chance, wallet, NATIVE) if chance.random() < 0.4 else 0
        return made | {"words": [who, chance.getrandbits(8)], "value": value, "token": NATIVE, "pull": 0}
    if function == "store":
        words = _stored(chance)
        if chance.random() < 0.1:
            # A length that isn't there as a whole.
            words, made["surplus"] = [64, 96, 0, 2**200], -1
        return made | {"words": words, "value": 0, "token": NATIVE, "pull": 0}
    erc20 = [token for budget in terms_of(wallet).budgets for token in budget.tokens if token != NATIVE] or ["usdc"]
    token = chance.choice(erc20)
    pull = mostly(chance, min(amount_of(chance, wallet, token), 2**128), 1, share=0.95)
    asked = chance.choice((pull, pull, pull, pull // 2, pull + 1, 0))
    own = play.world.suite.bank.allowance(token, wallet.name, "vault")
    if own and chance.random() < 0.6:
        # What the principal has approved isn't the agent's to use.
        pull, asked = 0, chance.randint(1, own)
    value = 1 if chance.random() < 0.03 else 0
    return made | {"words": [token, asked], "value": value, "token": token, "pull": pull}


def _stored(chance: Random) -> list[int]:
    """Bytes and numbers, word by word; now and then with a word that is wrong."""
    content = chance.randbytes(chance.choice((0, 1, 31, 32, 33, 64, 95)))
    numbers = [chance.getrandbits(8) for _ in range(chance.choice((0, 1, 3)))]
    body = padded(content)
    words = [64, 96 + len(body), len(content), *(int.from_bytes(body[i : i + 32]) for i in range(0, len(body), 32))]
    words += [len(numbers), *numbers]
    if chance.random() < 0.4:
        index = chance.randrange(len(words))
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
        words[index] = chance.choice(other) % 2**256
    return words


# Requests


def request_of(play: Play, token: str, payee: str, amount: int, ref: int, expires_at: int) -> Request:
    """A request, with its hash."""
    hash_ = play.cast.hasher.struct("Request", token, payee, amount, ref, expires_at)
    return Request(token, payee, amount, ref, expires_at, hash_)


def request_payment(play: Play, wallet: Wallet, slot: int, request: list[Any]) -> Made:
    """`requestPayment`."""
    made = request_of(play, *request)
    play.remember("requests", (wallet.name, slot, request, made.hash))
    return (
        play.data("requestPayment", slot, request),
        lambda sender, acting: wallet.request_payment(sender, slot, made, acting),
    )


def draw_request(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """A request for anything."""
    terms = terms_of(wallet)
    if not terms.max_requests and chance.random() < 0.9:
        return None
    token = chance.choice(
        (NATIVE, "usdc", "usdt", "dai", "unlisted", *((("nobody",)) if chance.random() < 0.1 else ()))
    )
    age = chance.choice((*(terms.max_request_age,) * 6, terms.max_request_age + 1, 1, 0, 60, 600))
    amount = chance.choice((0, 1, *(10**6, 10**9) * 4))
    payee = chance.choice(("payee 0", "stranger", "shop", "payee 1"))
    free = [slot for slot in range(terms.max_requests) if (wallet.round, slot) not in wallet.requests]
    slot = chance.choice(free) if free and chance.random() < 0.8 else chance.randint(0, 3)
    return {"slot": slot, "request": [token, payee, amount, chance.getrandbits(8), play.now + age]}


def cancel_request(play: Play, wallet: Wallet, slot: int, request: list[Any]) -> Made:
    """`cancelRequest`."""
    made = request_of(play, *request)
    return (
        play.data("cancelRequest", slot, request),
        lambda sender, acting: wallet.cancel_request(sender, slot, made, acting),
    )


def draw_remembered(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """A request that was made before, rather one that is pending."""
    made = [(slot, request, hash_) for name, slot, request, hash_ in play.memory["requests"] if name == wallet.name]
    pending = [each for each in made if wallet.requests.get((wallet.round, each[0])) == each[2]]
    if not pending and (not made or chance.random() < 0.9):
        return None
    slot, request, _ = chance.choice(pending if pending and chance.random() < 0.9 else made)
    return {"slot": slot, "request": request}


# Authorizations


def authorization_of(
    play: Play, wallet: str, token: str, payee: str, amount: int, after: int, before: int, nonce: int
) -> Authorization:
    """An authorization, with its digest in the token's own domain."""
    hash_ = play.cast.hasher.struct("TransferWithAuthorization", wallet, payee, amount, after, before, nonce)
    digest = play.cast.hasher.digest(USDC_DOMAIN, token, hash_)
    return Authorization(token, payee, amount, after, before, nonce, digest)


def as_argument(play: Play, authorization: list[Any]) -> tuple[Any, ...]:
    """An authorization as argument of a call."""
    return (*authorization, *play.cast.name_hashes(USDC_DOMAIN))


def preauthorize(play: Play, wallet: Wallet, authorization: list[Any], ref: int) -> Made:
    """`preauthorize`."""
    made = authorization_of(play, wallet.name, *authorization)
    play.remember("authorizations", (wallet.name, authorization, made))
    return (
        play.data("preauthorize", as_argument(play, authorization), ref),
        lambda sender, acting: wallet.preauthorize(sender, made, ref, acting),
    )


def draw_preauthorize(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """A payment to be settled later; now and then the same again."""
    known = [each for name, each, _ in play.memory["authorizations"] if name == wallet.name and play.now < each[4]]
    if known and chance.random() < 0.2:
        return {"authorization": chance.choice(known), "ref": 1}
    tokens = [token for budget in terms_of(wallet).budgets for token in budget.tokens]
    if "usdc" not in tokens and chance.random() < 0.85:
        return None
    token = chance.choice([token for token in tokens if token == "usdc"] * 20 + tokens)
    until = terms_of(wallet).valid_until
    ends = [min(play.now + each, until) for each in (600, 3600, 86_400, 7 * 86_400)]
    end = chance.choice(ends if chance.random() < 0.8 else (play.now, until, until + 1))
    amount = amount_of(chance, wallet, token)
    nonce = chance.getrandbits(64)
    return {
        "authorization": [token, payee_of(chance, wallet, token), amount, play.now - 1, end, nonce],
        "ref": nonce % 256,
    }


# Resignation


def resign(play: Play, wallet: Wallet) -> Made:
    """`resign`."""
    return play.data("resign"), wallet.resign


def draw_resign(chance: Random, play: Play, wallet: Wallet) -> Arguments | None:
    """Rarely."""
    return {} if chance.random() < 0.3 else None


VERBS: dict[str, tuple[int, Callable[..., Arguments | None], Callable[..., Made]]] = {
    "pay": (90, draw_pay, pay),
    "pay_batch": (14, draw_pay_batch, pay_batch),
    "call": (20, draw_call, call),
    "request_payment": (8, draw_request, request_payment),
    "cancel_request": (3, draw_remembered, cancel_request),
    "preauthorize": (14, draw_preauthorize, preauthorize),
    "resign": (2, draw_resign, resign),
}
"""Every verb of an agent, with its weight, what it is drawn by, and how it is made."""


def draw_verb(chance: Random, play: Play, wallet: Wallet, instead: str = "") -> tuple[str, Arguments] | None:
    """Any verb, or a certain one, to be brought by others; now and then "none", which isn't the agent's."""
    names = list(VERBS)
    verb = chance.choices(names, [VERBS[name][0] for name in names])[0]
    verb = instead or verb
    if verb == "resign" and chance.random() < 0.6:
        return None
    drawn = VERBS[verb][1](chance, play, wallet)
    if drawn is None:
        return None
    return ("none", {}) if chance.random() < 0.02 else (verb, drawn)


def _direct(name: str) -> Action:
    weight, draw_verb, make_verb = VERBS[name]

    def draw(chance: Random, play: Play) -> Arguments | None:
        wallet = any_wallet(chance, play)
        sender = agent_of(chance, wallet)
        if name == "resign" and sender == terms_of(wallet).agent_key and chance.random() < 0.7:
            return None
        drawn = draw_verb(chance, play, wallet)
        return None if drawn is None else {"wallet": wallet.name, "sender": sender, **drawn}

    def make(play: Play, wallet: str, sender: str, **arguments: Any) -> Deed:
        mine = play.wallet(wallet)
        data, verb = make_verb(play, mine, **arguments)
        return Deed(sender, wallet, data, lambda: verb(sender, False), mine)

    return Action(weight, draw, make)


ACTIONS = {name: _direct(name) for name in VERBS}
