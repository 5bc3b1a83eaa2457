"""Actions that stop and resume agents: the switch and the registry."""

from __future__ import annotations

from random import Random

from verification.scenarios.actions.draws import (
    FORGED_SHARE,
    Action,
    Arguments,
    Draw,
    draw_wallet,
    draw_wallet_name,
    last_terms,
    mostly,
)
from verification.scenarios.fixtures import AGENT_KEYS, ALL_WALLETS, NEW_WALLETS, PRINCIPALS, REGISTRY_DOMAIN, STATEMENT
from verification.scenarios.model.guards import MOODY
from verification.scenarios.model.registry import NOBODY, NewWallet, Signatures
from verification.scenarios.trace import PreparedStep, Trace

DAY = 86_400
RARE_SHARE = 0.35
"""The share of permanent stops that are kept: enough to test them, few enough that agents stay alive."""


def _stopper(rng: Random, principal: str) -> str:
    return mostly(rng, principal, "guardian", "guardian", "stranger", "agent 0", *PRINCIPALS, share=0.5)


# One agent


def stop_one(trace: Trace, sender: str, principal: str, wallet: str, function: str) -> PreparedStep:
    """`pause` or `revoke`."""
    switch = trace.world.suite.switch
    act = switch.pause if function == "pause" else switch.revoke
    return PreparedStep(
        sender, "switch", trace.data(function, principal, wallet), lambda: act(sender, principal, wallet)
    )


def draw_stop_one(function: str) -> Draw:
    """Sent by the principal or a guardian, mostly. Permanent stops are rare."""

    def draw(rng: Random, trace: Trace) -> Arguments | None:
        wallet = draw_wallet(rng, trace)
        principal = wallet.principal if rng.random() < 0.9 else rng.choice(PRINCIPALS)
        sender = _stopper(rng, principal)
        if function == "revoke" and sender in (principal, "guardian") and rng.random() > RARE_SHARE:
            return None
        return {"sender": sender, "principal": principal, "wallet": wallet.name, "function": function}

    return draw


def unpause(trace: Trace, sender: str, wallet: str) -> PreparedStep:
    """`unpause`."""
    return PreparedStep(
        sender, "switch", trace.data("unpause", wallet), lambda: trace.world.suite.switch.unpause(sender, wallet)
    )


def draw_unpause(rng: Random, trace: Trace) -> Arguments:
    """Draws a paused wallet, if there is one."""
    flags = trace.world.suite.switch.flags
    paused = [name for name, wallet in trace.world.wallets.items() if (wallet.principal, name, "paused") in flags]
    wallet = rng.choice(paused) if paused else draw_wallet_name(rng, trace)
    return {
        "sender": mostly(rng, trace.wallet(wallet).principal, "guardian", "stranger", share=0.8),
        "wallet": wallet,
    }


# All agents


def stop_all(trace: Trace, sender: str, principal: str, function: str) -> PreparedStep:
    """`pauseAll` or `revokeAll`."""
    switch = trace.world.suite.switch
    act = switch.pause_all if function == "pauseAll" else switch.revoke_all
    return PreparedStep(sender, "switch", trace.data(function, principal), lambda: act(sender, principal))


def draw_stop_all(function: str) -> Draw:
    """Sent by anybody. Successful stops are rare."""

    def draw(rng: Random, trace: Trace) -> Arguments | None:
        principal = rng.choice(PRINCIPALS)
        sender = _stopper(rng, principal)
        if sender in (principal, "guardian") and rng.random() > RARE_SHARE:
            return None
        return {"sender": sender, "principal": principal, "function": function}

    return draw


def principal_setting(trace: Trace, sender: str, function: str, number: int = 0) -> PreparedStep:
    """`unpauseAll`, `checkIn` or `setHeartbeat`: settings of the sender itself."""
    switch, now = trace.world.suite.switch, trace.now
    if function == "unpauseAll":
        return PreparedStep(sender, "switch", trace.data(function), lambda: switch.unpause_all(sender))
    if function == "checkIn":
        return PreparedStep(sender, "switch", trace.data(function), lambda: switch.check_in(sender, now))
    return PreparedStep(
        sender, "switch", trace.data(function, number), lambda: switch.set_heartbeat(sender, number, now)
    )


def draw_principal_setting(function: str, *numbers: int) -> Draw:
    """Sent by a principal, if possible one that has something to resume."""

    def draw(rng: Random, trace: Trace) -> Arguments:
        switch = trace.world.suite.switch
        need = {
            "unpauseAll": [each for each in PRINCIPALS if switch.of(each).paused],
            "checkIn": [each for each in PRINCIPALS if switch.of(each).dormant(trace.now)],
        }.get(function, [])
        drawn: Arguments = {"sender": rng.choice(need or list(PRINCIPALS)), "function": function}
        return drawn | {"number": rng.choice(numbers)} if numbers else drawn

    return draw


def set_guardian(trace: Trace, sender: str, guardian: str, appointed: bool) -> PreparedStep:
    """`setGuardian`."""
    switch = trace.world.suite.switch
    data = trace.data("setGuardian", guardian, appointed)
    return PreparedStep(sender, "switch", data, lambda: switch.set_guardian(sender, guardian, appointed))


def draw_set_guardian(rng: Random, trace: Trace) -> Arguments:
    """Appoints or dismisses the guardian, mostly."""
    guardian = mostly(rng, "guardian", "nobody", "stranger", MOODY, MOODY, MOODY, share=0.75)
    return {"sender": rng.choice(PRINCIPALS), "guardian": guardian, "appointed": rng.random() < 0.7}


def sync(trace: Trace, sender: str, wallet: str) -> PreparedStep:
    """`sync`."""
    model, switch, now = trace.wallet(wallet), trace.world.suite.switch, trace.now
    return PreparedStep(
        sender,
        "switch",
        trace.data("sync", wallet),
        lambda: switch.sync(sender, model.principal, wallet, model.epoch, now),
    )


def draw_sync(rng: Random, trace: Trace) -> Arguments:
    """Sent by a stranger."""
    return {"sender": "stranger", "wallet": draw_wallet_name(rng, trace)}


# The registry


def transfer_agent(trace: Trace, sender: str, owner: str, to: str, number: int) -> PreparedStep:
    """`transferFrom` of an agent's token."""
    registry = trace.world.suite.registry
    data = trace.data("transferFrom", owner, to, number)
    return PreparedStep(sender, "registry", data, lambda: registry.transfer(sender, owner, to, number))


def draw_transfer(rng: Random, trace: Trace) -> Arguments | None:
    """Successful transfers are rare."""
    registry = trace.world.suite.registry
    number = rng.randrange(len(registry.agents))
    owner = registry.agents[number].owner
    sender = mostly(rng, owner, "stranger", "agent 0", "guardian", share=0.4)
    named = mostly(rng, owner, "stranger", share=0.8)
    if sender == named and rng.random() > RARE_SHARE:
        return None
    return {"sender": sender, "owner": named, "to": rng.choice((*PRINCIPALS, "stranger")), "number": number}


def unset_wallet(trace: Trace, sender: str, number: int) -> PreparedStep:
    """`unsetAgentWallet`."""
    registry = trace.world.suite.registry
    return PreparedStep(
        sender, "registry", trace.data("unsetAgentWallet", number), lambda: registry.unset_wallet(sender, number)
    )


def draw_unset_wallet(rng: Random, trace: Trace) -> Arguments | None:
    """Successful unlinking is rare."""
    drawn = draw_transfer(rng, trace)
    return None if drawn is None else {"sender": drawn["sender"], "number": drawn["number"]}


def set_agent_wallet(trace: Trace, sender: str, number: int, wallet: str, deadline: int, forged: bool) -> PreparedStep:
    """`setAgentWallet` with the new wallet's signature."""
    registry, hasher, now = trace.world.suite.registry, trace.fixtures.hasher, trace.now
    owner = registry.agents[number].owner
    digest = hasher.digest(
        REGISTRY_DOMAIN, "registry", hasher.struct("AgentWalletSet", number, wallet, owner, deadline)
    )
    good = wallet in NEW_WALLETS and not forged
    signature = trace.signed(wallet, digest, not good)
    change = NewWallet(wallet, trace.fixtures.codec.words[wallet][12:])
    return PreparedStep(
        sender,
        "registry",
        trace.data("setAgentWallet", number, wallet, deadline, signature),
        lambda: registry.set_wallet(sender, number, change, deadline, good, digest, now),
    )


def draw_set_agent_wallet(rng: Random, trace: Trace) -> Arguments | None:
    """Sent in time by the owner, mostly. Successful changes are rare."""
    registry = trace.world.suite.registry
    number = rng.randrange(len(registry.agents))
    agent = registry.agents[number]
    linked = [name for name in NEW_WALLETS if registry.linked(name) is not None]
    new = rng.choice(linked if linked and rng.random() < 0.4 else NEW_WALLETS)
    drawn: Arguments = {
        "sender": mostly(rng, agent.owner, "stranger", "agent 0", "guardian"),
        "number": number,
        "wallet": mostly(rng, new, NOBODY, draw_wallet_name(rng, trace), share=0.75),
        "deadline": trace.now + mostly(rng, 300, 0, -1, 301, share=0.5),
        "forged": rng.random() < FORGED_SHARE,
    }
    # An agent that has lost its wallet has nothing left to lose.
    return None if agent.wallet in ALL_WALLETS and rng.random() > RARE_SHARE / 2 else drawn


def anchor_mandate(
    trace: Trace,
    sender: str,
    number: int,
    shape: int | None,
    principal: str,
    epoch: int,
    key: str,
    start: int,
    end: int,
    round_: int,
    forged: str,
) -> PreparedStep:
    """`anchorMandate` with a mandate of a shape, or with the wallet's last one if that is None."""
    registry, now = trace.world.suite.registry, trace.now
    wallet = registry.agents[number].wallet
    terms = last_terms(trace.wallet(wallet)) if shape is None else None
    if terms is None:
        terms, _ = trace.mandate(
            shape or 0, principal=principal, epoch=epoch, key=key, start=start, end=end, round_=round_
        )
    assert terms.mandate is not None
    digest = trace.digest(wallet, terms.hash)
    by_principal = trace.signed(terms.principal, digest, forged == "principal")
    by_agent, agent_signed = trace.signed_by_agent(terms.agent_key, digest, forged == "agent")
    signatures = Signatures(forged != "principal", agent_signed, digest)
    data = trace.data("anchorMandate", number, trace.head(terms.mandate), by_principal, by_agent)
    return PreparedStep(
        sender, "registry", data, lambda: registry.anchor_mandate(sender, number, terms, signatures, now)
    )


def draw_anchor_mandate(rng: Random, trace: Trace) -> Arguments:
    """Anchors the mandate in force, or any mandate for a wallet without code."""
    registry, epoch_of = trace.world.suite.registry, trace.world.suite.switch.of
    bare = [number for number, agent in registry.agents.items() if agent.wallet in NEW_WALLETS]
    unowned = [number for number, agent in registry.agents.items() if agent.principal == NOBODY]
    number = rng.choice(bare) if bare and rng.random() < 0.75 else rng.randrange(len(registry.agents))
    number = rng.choice(unowned) if unowned and rng.random() < 0.1 else number
    agent = registry.agents[number]
    own = agent.wallet in ALL_WALLETS and trace.wallet(agent.wallet).last is not None and rng.random() < 0.8
    principal = mostly(rng, agent.principal if agent.principal != NOBODY else agent.owner, *PRINCIPALS, share=0.95)
    principal = principal if principal in PRINCIPALS else PRINCIPALS[0]
    return {
        "sender": mostly(rng, "stranger", principal, "agent 0", share=0.7),
        "number": number,
        "shape": None if own else rng.randrange(10_000),
        "principal": principal,
        "epoch": epoch_of(principal).epoch + (rng.random() < 0.04),
        "key": rng.choice(AGENT_KEYS),
        "start": trace.now,
        "end": trace.now + rng.choice((DAY, 40 * DAY)),
        "round_": max(agent.anchors - rng.choice((0, 0, 1)), 0),
        "forged": rng.choice(("",) * 12 + ("principal", "agent")),
    }


def accept_liability(trace: Trace, sender: str, number: int) -> PreparedStep:
    """`acceptLiability`."""
    registry = trace.world.suite.registry
    data = trace.data("acceptLiability", number, STATEMENT)
    return PreparedStep(sender, "registry", data, lambda: registry.accept_liability(sender, number, STATEMENT))


def draw_accept_liability(rng: Random, trace: Trace) -> Arguments:
    """Sent by the owner, mostly."""
    agents = trace.world.suite.registry.agents
    open_ones = [number for number, agent in agents.items() if agent.principal == "nobody"]
    number = rng.choice(open_ones or list(agents))
    return {"sender": mostly(rng, agents[number].owner, "guardian", *PRINCIPALS), "number": number}


ACTIONS = {
    "pause": Action(3, draw_stop_one("pause"), stop_one),
    "revoke": Action(2, draw_stop_one("revoke"), stop_one),
    "unpause": Action(5, draw_unpause, unpause),
    "pause_all": Action(3, draw_stop_all("pauseAll"), stop_all),
    "revoke_all": Action(2, draw_stop_all("revokeAll"), stop_all),
    "unpause_all": Action(4, draw_principal_setting("unpauseAll"), principal_setting),
    "set_heartbeat": Action(
        2, draw_principal_setting("setHeartbeat", 0, 0, DAY, 5 * DAY, 30 * DAY, DAY - 1), principal_setting
    ),
    "check_in": Action(4, draw_principal_setting("checkIn"), principal_setting),
    "set_guardian": Action(3, draw_set_guardian, set_guardian),
    "sync": Action(3, draw_sync, sync),
    "transfer_agent": Action(1, draw_transfer, transfer_agent),
    "unset_wallet": Action(1, draw_unset_wallet, unset_wallet),
    "set_agent_wallet": Action(4, draw_set_agent_wallet, set_agent_wallet),
    "anchor_mandate": Action(4, draw_anchor_mandate, anchor_mandate),
    "accept_liability": Action(1, draw_accept_liability, accept_liability),
}
