"""User operations of agents and principals, alone or several in a bundle."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from peculium.operations import CALL_GAS_PER_BYTE, MIN_CALL_GAS
from verification.scenarios.actions.agent import AGENT_ACTIONS, draw_agent_action
from verification.scenarios.actions.draws import FORGED_SHARE, Action, Arguments, draw_wallet, last_terms, mostly
from verification.scenarios.actions.signed import calls_of, draw_calls
from verification.scenarios.chain.codec import word
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.gas import NO_TERMS, GasTerms
from verification.scenarios.model.operations import Operation
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.terms import BUCKETS
from verification.scenarios.model.wallet import AgentAction, Wallet
from verification.scenarios.shapes import shape
from verification.scenarios.trace import PreparedStep, Trace

EXECUTE = "executeUserOp"
VERIFICATION_GAS, CALL_GAS, BEFORE = 1_500_000, 3_000_000, 50_000
PAYMASTER_GAS = 500_000


PreparedOperation = tuple[Wallet, tuple[Any, ...], Operation]
"""The wallet, the operation as the EntryPoint's argument, and the operation in the model."""


def of_agent(
    trace: Trace,
    wallet: str,
    action: str,
    arguments: dict[str, Any],
    mandate: str,
    nonce_key: int,
    sequence: int,
    fee: int,
    call_gas: int,
    period: int,
    paid: bool,
    forged: bool,
) -> PreparedOperation:
    """An agent's operation. The function "none" is `liftMandate`, which isn't an agent's."""
    model = trace.wallet(wallet)
    action_data, agent_action = _encode_action(trace, model, action, arguments)
    data = trace.fixtures.codec.functions[EXECUTE].id + word(period)[28:] + action_data
    half = bytes.fromhex(mandate)
    packed = pack(trace, wallet, half, nonce_key, sequence, data, call_gas, fee, paid)
    hash_ = hash_of(trace, packed)
    argument, signed = _sign(trace, model, packed, hash_, forged)
    validation_size = len(trace.data("validateUserOp", argument, bytes(32), 0))
    operation = Operation(
        hash=hash_,
        nonce_key=(half, nonce_key),
        sequence=sequence,
        nonce=packed[1],
        signed=signed,
        cost=_gas(call_gas, paid) * fee,
        period=period,
        call_gas=call_gas,
        least_call_gas=MIN_CALL_GAS + CALL_GAS_PER_BYTE * validation_size,
        by_principal=False,
        selectors=(data[:4], action_data[:4]),
        action=agent_action,
        payment=Payment(**arguments) if action == "pay" else None,
        paymaster=trace.world.paymaster if paid else None,
    )
    return model, argument, operation


def _sign(
    trace: Trace, wallet: Wallet, packed: tuple[Any, ...], hash_: bytes, forged: bool
) -> tuple[tuple[Any, ...], bool]:
    """The operation with the agent key's signature, and whether that is valid."""
    signature, signed = trace.signed_by_agent(last_terms(wallet).agent_key, hash_, forged)
    return (*packed, signature), signed


def _encode_action(trace: Trace, wallet: Wallet, action: str, arguments: Arguments) -> tuple[bytes, AgentAction | None]:
    if action == "none":
        return trace.data("liftMandate"), None
    return AGENT_ACTIONS[action].encode(trace, wallet, **arguments)


def of_principal(
    trace: Trace,
    wallet: str,
    function: str,
    arguments: list[Any],
    nonce_key: int,
    sequence: int,
    paid: bool,
    forged: bool,
) -> PreparedOperation:
    """A principal's operation, which gas terms don't limit."""
    model = trace.wallet(wallet)
    by = model.principal
    calls: dict[str, Callable[[], None]] = {
        "withdraw": lambda: model.withdraw(by, *arguments),
        "liftMandate": lambda: model.lift_mandate(by),
        "refuseAll": lambda: model.refuse_all(by),
        "executeBatch": lambda: model.execute(by, made),
    }
    made = calls_of(trace, model, arguments) if function == "executeBatch" else []
    given = [[(each.target, 0, each.data) for each in made]] if function == "executeBatch" else arguments
    data = trace.data(function, *given)
    packed = pack(trace, wallet, bytes(16), nonce_key, sequence, data, CALL_GAS, 10**9, paid)
    hash_ = hash_of(trace, packed)
    argument = (*packed, trace.signed(by, hash_, forged))
    operation = Operation(
        hash=hash_,
        nonce_key=(bytes(16), nonce_key),
        sequence=sequence,
        nonce=packed[1],
        signed=not forged,
        cost=0,
        period=0,
        call_gas=0,
        least_call_gas=0,
        by_principal=True,
        selectors=(b"", b""),
        apply=calls[function],
        paymaster=trace.world.paymaster if paid else None,
    )
    return model, argument, operation


MAKERS: dict[str, Callable[..., PreparedOperation]] = {"operate": of_agent, "operate_as_principal": of_principal}


def handle(trace: Trace, operations: list[tuple[str, Arguments]]) -> PreparedStep:
    """`handleOps`."""
    made = [MAKERS[kind](trace, **arguments) for kind, arguments in operations]
    bundle = [(wallet, operation) for wallet, _, operation in made]
    data = trace.data("handleOps", [argument for _, argument, _ in made], "stranger")
    return PreparedStep(
        "relayer",
        "entry point",
        data,
        lambda: trace.world.entry_point.handle(bundle),
        others=tuple({wallet.name: wallet for wallet, _ in bundle}.values()),
    )


def single(kind: str) -> Callable[..., PreparedStep]:
    """A bundle with a single operation."""
    return lambda trace, **arguments: handle(trace, [(kind, arguments)])


def _gas(call_gas: int, paid: bool) -> int:
    """The gas limit of all phases together."""
    return VERIFICATION_GAS + call_gas + BEFORE + PAYMASTER_GAS * paid


def pack(
    trace: Trace,
    wallet: str,
    half: bytes,
    nonce_key: int,
    sequence: int,
    data: bytes,
    call_gas: int,
    fee: int,
    paid: bool,
) -> tuple[str, int, bytes, bytes, bytes, int, bytes, bytes]:
    """All members of a packed operation except the signature.

    Base fee and priority fee are equal, so the fee is the exact gas price.
    """
    nonce = int.from_bytes(half) << 128 | nonce_key << 64 | sequence
    limits = VERIFICATION_GAS.to_bytes(16) + call_gas.to_bytes(16)
    payer = trace.fixtures.codec.words[PAYMASTER][12:] + PAYMASTER_GAS.to_bytes(16) + bytes(16) if paid else b""
    return wallet, nonce, b"", data, limits, BEFORE, fee.to_bytes(16) * 2, payer


def hash_of(trace: Trace, packed: tuple[Any, ...]) -> bytes:
    hasher = trace.fixtures.hasher
    return hasher.digest(("ERC4337", "1"), "entry point", hasher.struct("PackedUserOperation", *packed))


def _next(rng: Random, trace: Trace, wallet: Wallet, half: bytes, nonce_key: int) -> int:
    due = trace.world.entry_point.sequences.get((wallet.name, (half, nonce_key)), 0)
    return mostly(rng, due, due + 1, max(due - 1, 0), share=0.95)


def draw_operate(rng: Random, trace: Trace, of: Wallet | None = None) -> Arguments | None:
    """Draws a function, mostly at a cost that the limits allow."""
    wallet = of or draw_wallet(rng, trace)
    chosen = draw_agent_action(rng, trace, wallet)
    return None if chosen is None else draw_operation(rng, trace, wallet, *chosen)


def draw_operation(rng: Random, trace: Trace, wallet: Wallet, action: str, drawn: Arguments) -> Arguments | None:
    """Draws an operation for a given function."""
    terms = last_terms(wallet)
    paid = _is_paid(rng, trace, wallet)
    gas = trace.world.paymaster.terms.get(wallet.name, NO_TERMS) if paid else terms.gas
    width = gas[2] // BUCKETS or 1
    others = [hash_ for name, hash_ in trace.memory["mandates"] if name == wallet.name]
    half = mostly(rng, terms.hash, *(others or [terms.hash]), share=0.95)[:16]
    nonce_key = rng.randrange(3)
    # The model doesn't know gas: of what the least allows, only a single payment is refused before it runs out.
    call_gas = mostly(rng, CALL_GAS, MIN_CALL_GAS, share=0.97) if action == "pay" else CALL_GAS
    if half == bytes(16):
        # The nonce of a principal's operation.
        return None
    return {
        "wallet": wallet.name,
        "action": action,
        "arguments": drawn,
        "mandate": half.hex(),
        "nonce_key": nonce_key,
        "sequence": _next(rng, trace, wallet, half, nonce_key),
        "fee": _fee(rng, gas, _spent(trace, wallet, paid), _gas(call_gas, paid)),
        "call_gas": call_gas,
        "period": mostly(rng, trace.now // width, trace.now // width - 1, trace.now // width + 1, 2**32 - 1, share=0.9),
        "paid": paid,
        "forged": rng.random() < FORGED_SHARE,
    }


def _is_paid(rng: Random, trace: Trace, wallet: Wallet) -> bool:
    """Whether the paymaster pays: rarely, unless it belongs to the wallet's principal."""
    return rng.random() < (0.4 if wallet.principal == trace.world.paymaster.principal else 0.04)


def _spent(trace: Trace, wallet: Wallet, paid: bool) -> int:
    """What already counts against the payer's gas limit (wei)."""
    ledger = trace.world.paymaster.ledgers.get(wallet.name) if paid else wallet.ledgers.get(GAS)
    return ledger.counted(0, wallet.now) if ledger else 0


def _fee(rng: Random, terms: GasTerms, spent: int, gas: int) -> int:
    """Draws a gas price (wei): none, a part of what remains, all of it, or slightly more."""
    most, limit, _ = terms
    if not most:
        return mostly(rng, 0, 1, share=0.9)
    left = min(max(limit - spent, 0), most)
    kind = rng.random()
    if kind < 0.7:
        return left // rng.choice((2, 3, 5, 10)) // gas
    return rng.choice((left // gas, left // gas + 1, most // gas, most // gas + 1, 0))


def draw_operate_as_principal(rng: Random, trace: Trace) -> Arguments:
    """Draws an operation of a principal."""
    wallet = draw_wallet(rng, trace)
    function = rng.choice(("withdraw", "withdraw", "withdraw", "executeBatch", "refuseAll", "liftMandate"))
    arguments: list[Any] = []
    if function == "withdraw":
        arguments = [rng.choice(("usdc", "dai", "native")), "stranger", rng.choice((1, 10**6, 10**30))]
    elif function == "executeBatch":
        arguments = draw_calls(rng, wallet)
    nonce_key = rng.randrange(2)
    return {
        "wallet": wallet.name,
        "function": function,
        "arguments": arguments,
        "nonce_key": nonce_key,
        "sequence": _next(rng, trace, wallet, bytes(16), nonce_key),
        "paid": _is_paid(rng, trace, wallet),
        "forged": rng.random() < 2 * FORGED_SHARE,
    }


def draw_bundle(rng: Random, trace: Trace) -> Arguments | None:
    """Draws two or three operations, mostly with consecutive nonces."""
    operations: list[tuple[str, Arguments]] = []
    for _ in range(rng.choice((2, 2, 3))):
        kind = rng.choice(("operate",) * 5 + ("operate_as_principal",))
        drawn = draw_operate(rng, trace) if kind == "operate" else draw_operate_as_principal(rng, trace)
        if drawn is None:
            return None
        before = [each for _, each in operations if _nonce_key(each) == _nonce_key(drawn)]
        if before and rng.random() < 0.9:
            drawn["sequence"] = before[-1]["sequence"] + 1
        operations.append((kind, drawn))
    return {"operations": operations}


def _nonce_key(drawn: Arguments) -> tuple[Any, ...]:
    return drawn["wallet"], drawn.get("mandate"), drawn["nonce_key"]


def set_gas_terms(trace: Trace, sender: str, wallet: str, terms: list[int]) -> PreparedStep:
    """The paymaster's `setGasTerms`."""
    paymaster = trace.world.paymaster
    given = (terms[0], terms[1], terms[2])
    data = trace.data("setGasTerms", wallet, given)
    return PreparedStep(sender, paymaster.name, data, lambda: paymaster.set_gas_terms(sender, wallet, given))


def draw_set_gas_terms(rng: Random, trace: Trace) -> Arguments:
    """Draws gas terms, mostly set by the paymaster's principal and mostly consistent."""
    paymaster, wallet = trace.world.paymaster, draw_wallet(rng, trace)
    most, limit, window = shape(rng.randrange(10_000)).gas
    if rng.random() < 0.15:
        most, limit, window = rng.choice(((most, most - 1, window), (most, limit, window + 4), (0, limit, window)))
    return {
        "sender": mostly(rng, paymaster.principal, "stranger", wallet.principal, last_terms(wallet).agent_key),
        "wallet": wallet.name,
        "terms": [most, max(limit, 0), window],
    }


ACTIONS = {
    "operate": Action(26, draw_operate, single("operate")),
    "operate_as_principal": Action(2, draw_operate_as_principal, single("operate_as_principal")),
    "set_gas_terms": Action(4, draw_set_gas_terms, set_gas_terms),
    "bundle": Action(4, draw_bundle, handle),
}
