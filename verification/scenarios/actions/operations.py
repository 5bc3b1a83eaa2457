"""User operations: of an agent with any of its verbs, and of a principal; in a bundle of their own, or with others."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from peculium.operations import CALL_GAS_PER_BYTE, MIN_CALL_GAS
from verification.scenarios.actions.agent import VERBS, draw_verb
from verification.scenarios.actions.draws import FORGED, Action, Arguments, any_wallet, mostly, terms_of
from verification.scenarios.chain.codec import word
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.gas import NO_TERMS, GasTerms
from verification.scenarios.model.operations import Operation
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.terms import BUCKETS
from verification.scenarios.model.wallet import Wallet
from verification.scenarios.shapes import shape
from verification.scenarios.trace import Deed, Play

EXECUTE = "executeUserOp"
VERIFICATION_GAS, CALL_GAS, BEFORE = 1_500_000, 3_000_000, 50_000
PAYMASTER_GAS = 500_000


Made = tuple[Wallet, tuple[Any, ...], Operation]
"""Whose operation, as the EntryPoint is given it, and as the model is."""


def of_agent(
    play: Play,
    wallet: str,
    verb: str,
    arguments: dict[str, Any],
    mandate: str,
    lane: int,
    sequence: int,
    fee: int,
    call_gas: int,
    period: int,
    paid: bool,
    forged: bool,
) -> Made:
    """An agent's operation. A verb named "none" is `lift_mandate`, which isn't the agent's."""
    mine = play.wallet(wallet)
    if verb == "none":
        action, made = play.data("liftMandate"), None
    else:
        action, made = VERBS[verb][2](play, mine, **arguments)
    data = play.cast.codec.functions[EXECUTE].id + word(period)[28:] + action
    half = bytes.fromhex(mandate)
    packed = _packed(play, wallet, half, lane, sequence, data, call_gas, fee, paid)
    hash_ = _hash(play, packed)
    signature, signed = play.signed_by_agent(terms_of(mine).agent_key, hash_, forged)
    argument = (*packed, signature)
    asked = len(play.data("validateUserOp", argument, bytes(32), 0))
    operation = Operation(
        hash_,
        (half, lane),
        sequence,
        packed[1],
        signed,
        _gas(call_gas, paid) * fee,
        period,
        call_gas,
        MIN_CALL_GAS + CALL_GAS_PER_BYTE * asked,
        False,
        (data[:4], action[:4]),
        verb=made,
        payment=Payment(**arguments) if verb == "pay" else None,
        paymaster=play.world.paymaster if paid else None,
    )
    return mine, argument, operation


def of_principal(
    play: Play, wallet: str, function: str, arguments: list[Any], lane: int, sequence: int, paid: bool, forged: bool
) -> Made:
    """A principal's operation, which no gas terms bound."""
    mine = play.wallet(wallet)
    by = mine.principal
    acts = {
        "withdraw": lambda: mine.withdraw(by, *arguments),
        "liftMandate": lambda: mine.lift_mandate(by),
        "refuseAll": lambda: mine.refuse_all(by),
    }
    data = play.data(function, *arguments)
    packed = _packed(play, wallet, bytes(16), lane, sequence, data, CALL_GAS, 10**9, paid)
    hash_ = _hash(play, packed)
    argument = (*packed, play.signed(by, hash_, forged))
    operation = Operation(
        hash_,
        (bytes(16), lane),
        sequence,
        packed[1],
        not forged,
        0,
        0,
        0,
        0,
        True,
        (b"", b""),
        act=acts[function],
        paymaster=play.world.paymaster if paid else None,
    )
    return mine, argument, operation


MAKERS: dict[str, Callable[..., Made]] = {"operate": of_agent, "operate_as_principal": of_principal}


def handle(play: Play, operations: list[tuple[str, Arguments]]) -> Deed:
    """`handleOps`."""
    made = [MAKERS[kind](play, **arguments) for kind, arguments in operations]
    bundle = [(wallet, operation) for wallet, _, operation in made]
    data = play.data("handleOps", [argument for _, argument, _ in made], "stranger")
    return Deed(
        "relayer",
        "entry point",
        data,
        lambda: play.world.entry_point.handle(bundle),
        others=tuple({wallet.name: wallet for wallet, _ in bundle}.values()),
    )


def alone(kind: str) -> Callable[..., Deed]:
    """An operation in a bundle of its own."""
    return lambda play, **arguments: handle(play, [(kind, arguments)])


def _gas(call_gas: int, paid: bool) -> int:
    """All that an operation may take."""
    return VERIFICATION_GAS + call_gas + BEFORE + PAYMASTER_GAS * paid


def _packed(
    play: Play, wallet: str, half: bytes, lane: int, sequence: int, data: bytes, call_gas: int, fee: int, paid: bool
) -> tuple[str, int, bytes, bytes, bytes, int, bytes, bytes]:
    """Everything of an operation but its signature. The whole fee is priority: so it is what the gas costs."""
    nonce = int.from_bytes(half) << 128 | lane << 64 | sequence
    limits = VERIFICATION_GAS.to_bytes(16) + call_gas.to_bytes(16)
    payer = play.cast.codec.words[PAYMASTER][12:] + PAYMASTER_GAS.to_bytes(16) + bytes(16) if paid else b""
    return wallet, nonce, b"", data, limits, BEFORE, fee.to_bytes(16) * 2, payer


def _hash(play: Play, packed: tuple[Any, ...]) -> bytes:
    hasher = play.cast.hasher
    return hasher.digest(("ERC4337", "1"), "entry point", hasher.struct("PackedUserOperation", *packed))


def _next(chance: Random, play: Play, wallet: Wallet, half: bytes, lane: int) -> int:
    due = play.world.entry_point.sequences.get((wallet.name, (half, lane)), 0)
    return mostly(chance, due, due + 1, max(due - 1, 0), share=0.95)


def draw_operate(chance: Random, play: Play, of: Wallet | None = None) -> Arguments | None:
    """Any verb, at a cost that its limits have room for, mostly."""
    wallet = of or any_wallet(chance, play)
    chosen = draw_verb(chance, play, wallet)
    return None if chosen is None else draw_operation(chance, play, wallet, *chosen)


def draw_operation(chance: Random, play: Play, wallet: Wallet, verb: str, drawn: Arguments) -> Arguments | None:
    """An operation with a verb that was drawn."""
    terms = terms_of(wallet)
    paid = _is_paid(chance, play, wallet)
    gas = play.world.paymaster.terms.get(wallet.name, NO_TERMS) if paid else terms.gas
    width = gas[2] // BUCKETS or 1
    half = bytes.fromhex(mostly(chance, terms.hash[:16].hex(), terms.replaces[:16].hex(), share=0.95))
    lane = chance.randrange(3)
    call_gas = mostly(chance, CALL_GAS, MIN_CALL_GAS, share=0.97)
    if half == bytes(16):
        return None
    return {
        "wallet": wallet.name,
        "verb": verb,
        "arguments": drawn,
        "mandate": half.hex(),
        "lane": lane,
        "sequence": _next(chance, play, wallet, half, lane),
        "fee": _fee(chance, gas, _spent(play, wallet, paid), _gas(call_gas, paid)),
        "call_gas": call_gas,
        "period": mostly(chance, play.now // width, play.now // width - 1, play.now // width + 1, 2**32 - 1, share=0.9),
        "paid": paid,
        "forged": chance.random() < FORGED,
    }


def _is_paid(chance: Random, play: Play, wallet: Wallet) -> bool:
    """By the paymaster: seldom, unless it is one of its own."""
    return chance.random() < (0.4 if wallet.principal == play.world.paymaster.principal else 0.04)


def _spent(play: Play, wallet: Wallet, paid: bool) -> int:
    """What counts of the gas that was spent before, by whoever pays (wei)."""
    ledger = play.world.paymaster.ledgers.get(wallet.name) if paid else wallet.ledgers.get(GAS)
    return ledger.counted(0, wallet.now) if ledger else 0


def _fee(chance: Random, terms: GasTerms, spent: int, gas: int) -> int:
    """Wei for a unit of gas: none, a part of what is left, all of it, or a little more."""
    most, limit, _ = terms
    if not most:
        return mostly(chance, 0, 1, share=0.9)
    left = min(max(limit - spent, 0), most)
    kind = chance.random()
    if kind < 0.7:
        return left // chance.choice((2, 3, 5, 10)) // gas
    return chance.choice((left // gas, left // gas + 1, most // gas, most // gas + 1, 0))


def draw_operate_as_principal(chance: Random, play: Play) -> Arguments:
    """What a principal does with its own wallet."""
    wallet = any_wallet(chance, play)
    function = chance.choice(("withdraw", "withdraw", "withdraw", "refuseAll", "liftMandate"))
    amount = chance.choice((1, 10**6, 10**30))
    arguments = [chance.choice(("usdc", "dai", "native")), "stranger", amount] if function == "withdraw" else []
    lane = chance.randrange(2)
    return {
        "wallet": wallet.name,
        "function": function,
        "arguments": arguments,
        "lane": lane,
        "sequence": _next(chance, play, wallet, bytes(16), lane),
        "paid": _is_paid(chance, play, wallet),
        "forged": chance.random() < FORGED,
    }


def draw_bundle(chance: Random, play: Play) -> Arguments | None:
    """Two or three of them, mostly numbered one after the other."""
    operations: list[tuple[str, Arguments]] = []
    for _ in range(chance.choice((2, 2, 3))):
        kind = chance.choice(("operate",) * 5 + ("operate_as_principal",))
        drawn = {"operate": draw_operate, "operate_as_principal": draw_operate_as_principal}[kind](chance, play)
        if drawn is None:
            return None
        before = [each for _, each in operations if _lane(each) == _lane(drawn)]
        if before and chance.random() < 0.9:
            drawn["sequence"] = before[-1]["sequence"] + 1
        operations.append((kind, drawn))
    return {"operations": operations}


def _lane(drawn: Arguments) -> tuple[Any, ...]:
    return drawn["wallet"], drawn.get("mandate"), drawn["lane"]


def set_gas_terms(play: Play, sender: str, wallet: str, terms: list[int]) -> Deed:
    """The paymaster's `setGasTerms`."""
    paymaster = play.world.paymaster
    given = (terms[0], terms[1], terms[2])
    data = play.data("setGasTerms", wallet, given)
    return Deed(sender, paymaster.name, data, lambda: paymaster.set_gas_terms(sender, wallet, given))


def draw_set_gas_terms(chance: Random, play: Play) -> Arguments:
    """By its principal, mostly; now and then such as contradict themselves."""
    paymaster, wallet = play.world.paymaster, any_wallet(chance, play)
    most, limit, window = shape(chance.randrange(10_000)).gas
    if chance.random() < 0.15:
        most, limit, window = chance.choice(((most, most - 1, window), (most, limit, window + 4), (0, limit, window)))
    return {
        "sender": mostly(chance, paymaster.principal, "stranger", wallet.principal, terms_of(wallet).agent_key),
        "wallet": wallet.name,
        "terms": [most, max(limit, 0), window],
    }


ACTIONS = {
    "operate": Action(26, draw_operate, alone("operate")),
    "operate_as_principal": Action(2, draw_operate_as_principal, alone("operate_as_principal")),
    "set_gas_terms": Action(4, draw_set_gas_terms, set_gas_terms),
    "bundle": Action(4, draw_bundle, handle),
}
