"""Creating wallets and agents, and enrolling a wallet again under another principal."""

from __future__ import annotations

from random import Random

from verification.scenarios.actions import operations
from verification.scenarios.actions.draws import FORGED_SHARE, Action, Arguments, draw_principal, mostly, wallet_where
from verification.scenarios.actions.guards import draw_shape
from verification.scenarios.fixtures import (
    AGENT_KEYS,
    ALL_WALLETS,
    PRINCIPALS,
    REGISTRY_DOMAIN,
    STATEMENT,
    UNBORN,
    URI,
)
from verification.scenarios.model.factory import Clone
from verification.scenarios.model.operations import Operation
from verification.scenarios.model.registry import NOBODY, Enrollment, Signatures
from verification.scenarios.model.wallet import PrincipalCall, Wallet
from verification.scenarios.trace import PreparedStep, Trace

HOUR, DAY = 3600, 86_400
NONCE_KEY = 7
"""The nonce key of operations that may create their wallet."""


def clone_of(name: str) -> Clone:
    """A wallet's first principal, first agent key and salt. Its salt is the number in its name."""
    principal, key = ALL_WALLETS[name]
    return Clone(name, PRINCIPALS[principal], AGENT_KEYS[key], int(name.split()[1]))


def create_wallet(trace: Trace, sender: str, wallet: str, principal: str) -> PreparedStep:
    """`createWallet`, of another principal than the wallet's only if that is nobody."""
    clone = clone_of(wallet)._replace(principal=principal)
    factory, data = trace.world.factory, trace.data("createWallet", *clone[1:])

    def apply() -> None:
        factory.create_wallet(clone)

    return PreparedStep(sender, "factory", data, apply)


def draw_create_wallet(rng: Random, trace: Trace) -> Arguments:
    """Sent by anybody, mostly for a wallet that doesn't exist."""
    missing = [name for name in UNBORN if name not in trace.world.wallets]
    name = rng.choice(missing if missing and rng.random() < 0.7 else list(ALL_WALLETS))
    return {
        "sender": rng.choice(("stranger", "agent 0", "relayer")),
        "wallet": name,
        "principal": mostly(rng, clone_of(name).principal, NOBODY, share=0.92),
    }


def _enrollment(trace: Trace, principal: str, wallet: str, epoch: int, deadline: int) -> tuple[Enrollment, bytes]:
    """What a principal accepts, and the digest that it signs."""
    hasher, address = trace.fixtures.hasher, trace.fixtures.codec.words[wallet][12:]
    hash_ = hasher.struct("AgentEnrollment", principal, wallet, URI, STATEMENT, epoch, deadline)
    digest = hasher.digest(REGISTRY_DOMAIN, "registry", hash_)
    return Enrollment(principal, wallet, epoch, deadline, URI, STATEMENT, address), digest


def create_agent(
    trace: Trace,
    sender: str,
    wallet: str,
    shape: int,
    epoch: int,
    start: int,
    end: int,
    round_: int,
    deadline: int,
    forged: str,
    guard: str = NOBODY,
) -> PreparedStep:
    """`createAgent`. `forged` names the forged signature."""
    clone = clone_of(wallet)
    terms, argument = trace.mandate(
        shape,
        principal=clone.principal,
        epoch=epoch,
        key=clone.agent_key,
        start=start,
        end=end,
        round_=round_,
        guard=guard,
    )
    enrollment, accepted = _enrollment(trace, clone.principal, wallet, epoch, deadline)
    digest = trace.digest(wallet, terms.hash)
    acceptance = trace.signed(clone.principal, accepted, forged == "acceptance")
    by_principal = trace.signed(clone.principal, digest, forged == "principal")
    by_agent, agent_signed = trace.signed_by_agent(clone.agent_key, digest, forged == "agent")
    signatures = Signatures(forged != "principal", agent_signed, digest)
    existing = trace.world.wallets.get(wallet)
    data = trace.data(
        "createAgent", argument, clone.salt, (URI, STATEMENT, deadline, acceptance, by_principal, by_agent)
    )
    return PreparedStep(
        sender,
        "factory",
        data,
        lambda: trace.world.factory.create_agent(
            clone, terms, enrollment, (forged != "acceptance", accepted), signatures
        ),
        existing,
    )


def draw_create_agent(rng: Random, trace: Trace) -> Arguments:
    """Draws a first mandate, mostly for a wallet that had none."""
    fresh = [name for name in UNBORN if name not in trace.world.wallets or trace.world.wallets[name].last is None]
    name = rng.choice(fresh if fresh and rng.random() < 0.9 else list(ALL_WALLETS))
    epoch = trace.world.suite.switch.of(clone_of(name).principal).epoch
    existing = trace.world.wallets.get(name)
    shape, guard = draw_shape(rng, trace, clone_of(name).principal)
    return {
        "sender": rng.choice(("relayer", "stranger")),
        "wallet": name,
        "shape": shape,
        "guard": guard,
        "epoch": epoch + (rng.random() < 0.05),
        "start": trace.now,
        "end": trace.now + rng.choice((DAY, 40 * DAY)),
        "round_": (existing.round if existing else 0) + (rng.random() < 0.05),
        "deadline": trace.now + mostly(rng, HOUR, 0, -1),
        "forged": rng.choice(("",) * 17 + ("acceptance", "principal", "agent")),
    }


def enroll(
    trace: Trace, wallet: str, sender: str, principal: str, epoch: int, deadline: int, forged: bool
) -> PreparedStep:
    """`enroll`, which the principal makes the wallet call."""
    model, registry, now = trace.wallet(wallet), trace.world.suite.registry, trace.now
    enrollment, digest = _enrollment(trace, principal, wallet, epoch, deadline)
    signed = principal != NOBODY and not forged
    signature = trace.signed(principal if principal != NOBODY else "stranger", digest, not signed)

    def apply(_: Wallet) -> None:
        registry.enroll(enrollment, signed, digest, now)

    data = trace.data("enroll", principal, epoch, URI, STATEMENT, deadline, signature)
    call = PrincipalCall("registry", data, apply)
    batch = trace.data("executeBatch", [(call.target, 0, call.data)])
    return PreparedStep(sender, wallet, batch, lambda: model.execute(sender, [call]), model)


def draw_enroll(rng: Random, trace: Trace) -> Arguments:
    """Enrolls a wallet that was handed over or unlinked, mostly."""
    registry = trace.world.suite.registry

    def is_unlinked(wallet: Wallet) -> bool:
        number = registry.linked(wallet.name)
        return number is None or registry.agents[number].principal != wallet.principal

    wallet = wallet_where(rng, trace, is_unlinked)
    principal = mostly(rng, wallet.principal, NOBODY, *PRINCIPALS, share=0.9)
    return {
        "wallet": wallet.name,
        "sender": draw_principal(rng, wallet),
        "principal": principal,
        "epoch": trace.world.suite.switch.of(principal).epoch + (rng.random() < 0.05),
        "deadline": trace.now + mostly(rng, HOUR, 0, -1),
        "forged": rng.random() < 2 * FORGED_SHARE,
    }


def operate_at_birth(
    trace: Trace, wallet: str, creates: bool, token: str, amount: int, sequence: int, forged: bool
) -> PreparedStep:
    """A principal's operation that withdraws from its wallet, and may create it first."""
    clone, world = clone_of(wallet), trace.world
    existing = world.wallets.get(wallet)
    by = existing.principal if existing else clone.principal
    create = trace.fixtures.codec.words["factory"][12:] + trace.data("createWallet", *clone[1:])
    data = trace.data("withdraw", token, "stranger", amount)
    packed = list(operations.pack(trace, wallet, bytes(16), NONCE_KEY, sequence, data, operations.CALL_GAS, 0, False))
    packed[2] = create if creates else b""
    hash_ = operations.hash_of(trace, tuple(packed))

    def operation_of(model: Wallet) -> Operation:
        return Operation(
            hash=hash_,
            nonce_key=(bytes(16), NONCE_KEY),
            sequence=sequence,
            nonce=NONCE_KEY << 64 | sequence,
            signed=not forged,
            cost=0,
            period=0,
            call_gas=0,
            least_call_gas=0,
            by_principal=True,
            selectors=(b"", b""),
            apply=lambda: model.withdraw(by, token, "stranger", amount),
        )

    return PreparedStep(
        "relayer",
        "entry point",
        trace.data("handleOps", [(*packed, trace.signed(by, hash_, forged))], "stranger"),
        lambda: world.entry_point.handle_at_birth(world.factory, clone, creates, hash_, operation_of),
        others=() if existing is None else (existing,),
    )


def draw_operate_at_birth(rng: Random, trace: Trace) -> Arguments:
    """Draws an operation that creates a wallet that doesn't exist, mostly."""
    missing = [name for name in UNBORN if name not in trace.world.wallets]
    name = rng.choice(missing if missing and rng.random() < 0.8 else list(ALL_WALLETS))
    due = trace.world.entry_point.sequences.get((name, (bytes(16), NONCE_KEY)), 0)
    return {
        "wallet": name,
        "creates": rng.random() < 0.7,
        "token": rng.choice(("usdc", "dai", "native")),
        "amount": rng.choice((1, 10**6, 10**6, 10**30)),
        "sequence": mostly(rng, due, due + 1, share=0.95),
        "forged": rng.random() < 2 * FORGED_SHARE,
    }


ACTIONS = {
    "create_wallet": Action(2, draw_create_wallet, create_wallet),
    "create_agent": Action(3, draw_create_agent, create_agent),
    "enroll": Action(3, draw_enroll, enroll),
    "operate_at_birth": Action(2, draw_operate_at_birth, operate_at_birth),
}
