"""What stops and restores agents: the switch, and the registry."""

from __future__ import annotations

from random import Random
from typing import Any

from verification.scenarios.actions.draws import FORGED, Action, Arguments, any_name, any_wallet, mostly
from verification.scenarios.fixtures import PRINCIPALS, REGISTRY_DOMAIN, STATEMENT, WALLETS
from verification.scenarios.model.registry import NOBODY, Linking
from verification.scenarios.trace import Deed, Play

DAY = 86_400
NEW_WALLETS = ("payee 0", "relayer", "company")
"""What an agent may act with instead of its smart account: a key, or a contract whose owner signs for it."""
RARE = 0.35
"""For what ends agents for ever: often enough to be seen, not so often that nothing is left to do."""


def _stopper(chance: Random, principal: str) -> str:
    return mostly(chance, principal, "guardian", "guardian", "stranger", "agent 0", *PRINCIPALS, share=0.5)


# One agent


def stop_one(play: Play, sender: str, principal: str, wallet: str, function: str) -> Deed:
    """`pause` or `revoke`."""
    switch = play.world.suite.switch
    act = switch.pause if function == "pause" else switch.revoke
    return Deed(sender, "switch", play.data(function, principal, wallet), lambda: act(sender, principal, wallet))


def draw_stop_one(function: str) -> Any:
    """By the principal or a guardian, mostly; for ever only rarely."""

    def draw(chance: Random, play: Play) -> Arguments | None:
        wallet = any_wallet(chance, play)
        principal = wallet.principal if chance.random() < 0.9 else chance.choice(PRINCIPALS)
        sender = _stopper(chance, principal)
        if function == "revoke" and sender in (principal, "guardian") and chance.random() > RARE:
            return None
        return {"sender": sender, "principal": principal, "wallet": wallet.name, "function": function}

    return draw


def unpause(play: Play, sender: str, wallet: str) -> Deed:
    """`unpause`."""
    return Deed(sender, "switch", play.data("unpause", wallet), lambda: play.world.suite.switch.unpause(sender, wallet))


def draw_unpause(chance: Random, play: Play) -> Arguments:
    """A paused one, mostly."""
    flags = play.world.suite.switch.flags
    paused = [name for name, wallet in play.world.wallets.items() if (wallet.principal, name, "paused") in flags]
    wallet = chance.choice(paused) if paused else any_name(chance)
    return {
        "sender": mostly(chance, play.wallet(wallet).principal, "guardian", "stranger", share=0.8),
        "wallet": wallet,
    }


# All agents


def stop_all(play: Play, sender: str, principal: str, function: str) -> Deed:
    """`pauseAll` or `revokeAll`."""
    switch = play.world.suite.switch
    act = switch.pause_all if function == "pauseAll" else switch.revoke_all
    return Deed(sender, "switch", play.data(function, principal), lambda: act(sender, principal))


def draw_stop_all(function: str) -> Any:
    """By anybody; with effect only now and then."""

    def draw(chance: Random, play: Play) -> Arguments | None:
        principal = chance.choice(PRINCIPALS)
        sender = _stopper(chance, principal)
        if sender in (principal, "guardian") and chance.random() > RARE:
            return None
        return {"sender": sender, "principal": principal, "function": function}

    return draw


def of_oneself(play: Play, sender: str, function: str, number: int = 0) -> Deed:
    """`unpauseAll`, `checkIn` or `setHeartbeat`: what one says of oneself."""
    switch, now = play.world.suite.switch, play.now
    if function == "unpauseAll":
        return Deed(sender, "switch", play.data(function), lambda: switch.unpause_all(sender))
    if function == "checkIn":
        return Deed(sender, "switch", play.data(function), lambda: switch.check_in(sender, now))
    return Deed(sender, "switch", play.data(function, number), lambda: switch.set_heartbeat(sender, number, now))


def draw_of_oneself(function: str, *numbers: int) -> Any:
    """By a principal; where there is something to restore, mostly."""

    def draw(chance: Random, play: Play) -> Arguments:
        switch = play.world.suite.switch
        need = {
            "unpauseAll": [each for each in PRINCIPALS if switch.of(each).paused],
            "checkIn": [each for each in PRINCIPALS if switch.of(each).dormant(play.now)],
        }.get(function, [])
        drawn: Arguments = {"sender": chance.choice(need or list(PRINCIPALS)), "function": function}
        return drawn | {"number": chance.choice(numbers)} if numbers else drawn

    return draw


def set_guardian(play: Play, sender: str, guardian: str, appointed: bool) -> Deed:
    """`setGuardian`."""
    switch = play.world.suite.switch
    data = play.data("setGuardian", guardian, appointed)
    return Deed(sender, "switch", data, lambda: switch.set_guardian(sender, guardian, appointed))


def draw_set_guardian(chance: Random, play: Play) -> Arguments:
    """Mostly the one."""
    guardian = mostly(chance, "guardian", "nobody", "stranger")
    return {"sender": chance.choice(PRINCIPALS), "guardian": guardian, "appointed": chance.random() < 0.7}


def sync(play: Play, sender: str, wallet: str) -> Deed:
    """`sync`."""
    mine, switch, now = play.wallet(wallet), play.world.suite.switch, play.now
    return Deed(
        sender,
        "switch",
        play.data("sync", wallet),
        lambda: switch.sync(sender, mine.principal, wallet, mine.epoch, now),
    )


def draw_sync(chance: Random, play: Play) -> Arguments:
    """By anybody."""
    return {"sender": "stranger", "wallet": any_name(chance)}


# The registry


def transfer_agent(play: Play, sender: str, owner: str, to: str, number: int) -> Deed:
    """The token of identity is transferred."""
    registry = play.world.suite.registry
    data = play.data("transferFrom", owner, to, number)
    return Deed(sender, "registry", data, lambda: registry.transfer(sender, owner, to, number))


def draw_transfer(chance: Random, play: Play) -> Arguments | None:
    """Rarely with effect."""
    number = chance.randrange(len(WALLETS))
    owner = play.world.suite.registry.agents[number].owner
    sender = mostly(chance, owner, "stranger", "agent 0", "guardian", share=0.4)
    named = mostly(chance, owner, "stranger", share=0.8)
    if sender == named and chance.random() > RARE:
        return None
    return {"sender": sender, "owner": named, "to": chance.choice((*PRINCIPALS, "stranger")), "number": number}


def unset_wallet(play: Play, sender: str, number: int) -> Deed:
    """The owner unlinks the agent's wallet."""
    registry = play.world.suite.registry
    return Deed(
        sender, "registry", play.data("unsetAgentWallet", number), lambda: registry.unset_wallet(sender, number)
    )


def draw_unset_wallet(chance: Random, play: Play) -> Arguments | None:
    """Rarely with effect."""
    drawn = draw_transfer(chance, play)
    return None if drawn is None else {"sender": drawn["sender"], "number": drawn["number"]}


def set_agent_wallet(play: Play, sender: str, number: int, wallet: str, deadline: int, forged: bool) -> Deed:
    """`setAgentWallet`: the agent acts with another wallet, which has signed that it is its."""
    registry, hasher, now = play.world.suite.registry, play.cast.hasher, play.now
    owner = registry.agents[number].owner
    digest = hasher.digest(
        REGISTRY_DOMAIN, "registry", hasher.struct("AgentWalletSet", number, wallet, owner, deadline)
    )
    good = wallet in NEW_WALLETS and not forged
    signature = play.signed(wallet, digest, not good)
    change = Linking(wallet, play.cast.codec.words[wallet][12:])
    return Deed(
        sender,
        "registry",
        play.data("setAgentWallet", number, wallet, deadline, signature),
        lambda: registry.set_wallet(sender, number, change, deadline, good, digest, now),
    )


def draw_set_agent_wallet(chance: Random, play: Play) -> Arguments | None:
    """By the owner, mostly, and in time; rarely with effect."""
    registry = play.world.suite.registry
    number = chance.randrange(len(WALLETS))
    agent = registry.agents[number]
    drawn: Arguments = {
        "sender": mostly(chance, agent.owner, "stranger", "agent 0", "guardian"),
        "number": number,
        "wallet": mostly(chance, chance.choice(NEW_WALLETS), NOBODY, any_name(chance), share=0.75),
        "deadline": play.now + mostly(chance, 300, 0, -1, 301, share=0.5),
        "forged": chance.random() < FORGED,
    }
    # Who has lost its wallet already has nothing to lose.
    return None if agent.wallet in WALLETS and chance.random() > RARE / 3 else drawn


def accept_liability(play: Play, sender: str, number: int) -> Deed:
    """The owner answers for the agent."""
    registry = play.world.suite.registry
    data = play.data("acceptLiability", number, STATEMENT)
    return Deed(sender, "registry", data, lambda: registry.accept_liability(sender, number, STATEMENT))


def draw_accept_liability(chance: Random, play: Play) -> Arguments:
    """By the owner, mostly."""
    agents = play.world.suite.registry.agents
    open_ones = [number for number, agent in agents.items() if agent.principal == "nobody"]
    number = chance.choice(open_ones or list(agents))
    return {"sender": mostly(chance, agents[number].owner, "guardian", *PRINCIPALS), "number": number}


ACTIONS = {
    "pause": Action(3, draw_stop_one("pause"), stop_one),
    "revoke": Action(2, draw_stop_one("revoke"), stop_one),
    "unpause": Action(5, draw_unpause, unpause),
    "pause_all": Action(3, draw_stop_all("pauseAll"), stop_all),
    "revoke_all": Action(2, draw_stop_all("revokeAll"), stop_all),
    "unpause_all": Action(4, draw_of_oneself("unpauseAll"), of_oneself),
    "set_heartbeat": Action(2, draw_of_oneself("setHeartbeat", 0, 0, DAY, 5 * DAY, 30 * DAY, DAY - 1), of_oneself),
    "check_in": Action(4, draw_of_oneself("checkIn"), of_oneself),
    "set_guardian": Action(3, draw_set_guardian, set_guardian),
    "sync": Action(3, draw_sync, sync),
    "transfer_agent": Action(1, draw_transfer, transfer_agent),
    "unset_wallet": Action(1, draw_unset_wallet, unset_wallet),
    "set_agent_wallet": Action(4, draw_set_agent_wallet, set_agent_wallet),
    "accept_liability": Action(1, draw_accept_liability, accept_liability),
}
