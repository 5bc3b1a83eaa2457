"""Calls by an agent: of a deposit, a trade, and functions that do nothing, mostly as its rules allow."""

from __future__ import annotations

from random import Random
from typing import Any

from eth_hash.auto import keccak

from verification.scenarios.actions.draws import Arguments, draw_amount, draw_payee, draw_token, last_terms, mostly
from verification.scenarios.chain.codec import padded, word
from verification.scenarios.model.calls import Call
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import APPROVALS
from verification.scenarios.model.terms import NATIVE, Rule
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.rules import GAINS, TAILS
from verification.scenarios.trace import CALLABLE, Encoded, Trace


def call(
    trace: Trace,
    wallet: Wallet,
    target: str,
    function: str,
    variant: int,
    words: list[Any],
    surplus: int,
    value: int,
    pull: int,
    ref: int,
) -> Encoded:
    """`call`."""
    made = call_of(trace, target, function, variant, words, surplus, value, pull, ref)
    return (
        trace.data("call", target, variant, value, made.data, pull, ref),
        lambda sender, acting: wallet.call(sender, made, acting),
    )


def call_of(
    trace: Trace,
    target: str,
    function: str,
    variant: int,
    words: list[Any],
    surplus: int,
    value: int,
    pull: int,
    ref: int,
) -> Call:
    """A call with its calldata. `surplus` appends bytes to the arguments, or cuts them off."""
    # `store` has dynamic arguments, which are given as encoded words so that they can be malformed.
    item = trace.fixtures.codec.functions[function]
    data = item.id + (b"".join(map(word, words)) if function == "store" else item.encode(words))
    data = data + bytes(surplus) if surplus >= 0 else data[:surplus]
    return Call(target, function, variant, tuple(words), value, pull, ref, data, keccak)


def callable_rules(wallet: Wallet) -> list[Rule]:
    """The rules of the last mandate for functions that scenarios call."""
    return [rule for rule in last_terms(wallet).rules if CALLABLE.get(rule.function) == rule.target]


def draw_call(rng: Random, trace: Trace, wallet: Wallet) -> Arguments | None:
    """Draws a call by one of the rules; rarely one that no rule lists."""
    rules = callable_rules(wallet)
    if not rules and rng.random() < 0.9:
        return None
    if not rules or rng.random() < 0.04:
        function, variant = rng.choice(list(CALLABLE)), rng.choice((0, 3))
        rules = [Rule(CALLABLE[function], function, draw_token(rng, wallet), (), variant)]
    return draw_call_by(rng, trace, wallet, rng.choice(rules))


def draw_request_of_call(rng: Random, trace: Trace, wallet: Wallet) -> Arguments:
    """Draws a call that no rule needs to allow; rarely of a target that may not be called."""
    function = rng.choice(("deposit", "deposit", "swap", "swap", "note", "redeem"))
    token = rng.choice(("usdc", "dai", "eurs", "unlisted", draw_token(rng, wallet)))
    made = draw_call_by(rng, trace, wallet, Rule(CALLABLE[function], function, token, ()))
    made = {name: made[name] for name in ("target", "function", "words", "value", "pull", "ref")}
    guard = [each for each in (last_terms(wallet).guard,) if each != NOBODY]
    made["target"] = mostly(rng, made["target"], *REFUSED_TARGETS, wallet.name, *guard, *guard, share=0.93)
    if rng.random() < 0.06:
        made |= {"target": rng.choice(("unlisted", "eurs", "target")), "function": rng.choice(APPROVALS)}
        made["words"] = ["stranger", 1]
    elif rng.random() < 0.03:
        made |= {"target": "target", "function": "onClose", "words": [0, 1, True]}
    made["pull"] = min(made["pull"], 10**30)
    if made["pull"] == 0 and rng.random() < 0.3:
        # The package's default.
        return made | {"pull_token": NOBODY}
    return made | {"pull_token": mostly(rng, token, NATIVE, *guard, share=0.93)}


REFUSED_TARGETS = ("usdc", "dai", "registry", "switch", "multicall", "payee 0", "native")
"""Targets of which a requested call is refused."""


def draw_call_by(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    """Draws a call by a rule, mostly with allowed arguments."""
    surplus = rng.choice((0,) * 40 + (32, -1, 1))
    made = {"target": rule.target, "function": rule.function, "variant": rule.variant, "surplus": surplus}
    drawn = {"value": 0, "pull": 0, "ref": rng.getrandbits(16), **DRAWS[rule.function](rng, trace, wallet, rule)}
    return made | drawn


def _draw_charge(rng: Random, wallet: Wallet, token: str, rule: Rule) -> int:
    """Draws an amount that a call charges, near the limit of the target's own terms if it has some."""
    budget = last_terms(wallet).budget_of(token)
    return draw_amount(rng, wallet, token, rule.target if budget and rule.target in budget.limited else "")


def _deposit(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    token = rule.token if rule.token != NATIVE else "usdc"
    pull = mostly(rng, min(_draw_charge(rng, wallet, token, rule), 2**128), 1, share=0.95)
    asked = rng.choice((pull, pull, pull, pull // 2, pull + 1, 0))
    own = trace.world.suite.bank.allowance(token, wallet.name, "vault")
    if own and rng.random() < 0.4:
        # The agent must not use what the principal has approved.
        pull, asked = 0, rng.randint(1, own)
    return {"words": [token, asked], "value": 1 if rng.random() < 0.03 else 0, "pull": pull}


def _note(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    wanted = rule.arguments[0][0] if rule.arguments else ""
    usual = wallet.name if wanted == "this wallet" else draw_payee(rng, wallet, rule.token)
    who = mostly(rng, usual, "payee 0", wallet.name, "stranger")
    value = draw_amount(rng, wallet, NATIVE) if rng.random() < 0.4 else 0
    charges = bool(rule.arguments) and rule.arguments[-1][0] == "charged"
    what = _draw_charge(rng, wallet, rule.token, rule) if charges else rng.getrandbits(8)
    return {"words": [who, what], "value": value}


def _store(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    pinned = bool(rule.arguments) and rule.arguments[-1][0] == "tail in"
    if pinned and rng.random() < 0.8:
        return {"words": [mostly(rng, 64, 96, share=0.95), 96, *rng.choice(TAILS)]}
    words = _stored(rng)
    if rng.random() < 0.1:
        # A length that is not completely there.
        return {"words": [64, 96, 0, 2**200], "surplus": -1}
    return {"words": words}


def _swap(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    native = rule.token == NATIVE
    amount = min(_draw_charge(rng, wallet, rule.token, rule), 2**128)
    taken = 0 if native else rng.choice((amount, amount, amount, amount // 2, 0))
    give, given = _given(rng, rule, amount)
    take = mostly(rng, rule.token, "usdc", share=0.95)
    pull = 0 if native else amount
    approved = trace.world.suite.bank.allowance(give, wallet.name, "venue") if rule.floor else 0
    if approved and rng.random() < 0.5:
        # The venue takes of the token that the wallet should gain, as the principal has approved.
        take, taken, pull, given = give, min(approved, 5), 0, given % 5
    return {"words": [take, taken, give, given], "value": amount if native else 0, "pull": pull}


def _redeem(rng: Random, trace: Trace, wallet: Wallet, rule: Rule) -> Arguments:
    shares = min(_draw_charge(rng, wallet, rule.token, rule), 2**128)
    return {"words": [shares, *_given(rng, rule, shares)]}


def _given(rng: Random, rule: Rule, charged: int) -> tuple[str, int]:
    """Draws what the venue gives: mostly what the floor needs, or slightly less or more."""
    if rule.floor is None:
        return rng.choice(GAINS), rng.choice((0, 5, 10**6))
    needed = rule.floor.needed(charged)
    return rule.floor.token, mostly(rng, needed, max(needed - 1, 0), needed + 1, 2 * needed, 0, share=0.6)


def _stored(rng: Random) -> list[int]:
    """Draws the encoding of bytes and numbers, sometimes with one wrong word."""
    content = rng.randbytes(rng.choice((0, 1, 31, 32, 33, 64, 95)))
    numbers = [rng.getrandbits(8) for _ in range(rng.choice((0, 1, 3)))]
    body = padded(content)
    words = [64, 96 + len(body), len(content), *(int.from_bytes(body[i : i + 32]) for i in range(0, len(body), 32))]
    words += [len(numbers), *numbers]
    if rng.random() < 0.4:
        index = rng.randrange(len(words))
        past = 4 + 32 * len(words), 5 + 32 * len(words)
        other = (words[index] + 1, words[index] + 32, 0, 1, 2**200, 2**256 - 1, *past)
        words[index] = rng.choice(other) % 2**256
    return words


DRAWS = {"deposit": _deposit, "note": _note, "store": _store, "swap": _swap, "redeem": _redeem}
"""How the arguments of each function are drawn."""
