"""The agent is stopped."""

from __future__ import annotations

from peculium.errors.contract import Stopped


class AgentIsRevoked(Stopped):
    template = "{principal} revoked the agent with wallet {wallet} permanently. Create a new wallet with a new mandate."


class AgentIsPaused(Stopped):
    template = "The agent with wallet {wallet} is paused. Ask its principal {principal} to unpause it."
    retryable = True


class EpochEnded(Stopped):
    template = (
        "{principal} revoked all its agents: the wallet was created in epoch {epoch}, the current epoch is "
        "{current_epoch}. Create a new wallet with a new mandate."
    )


class PrincipalIsPaused(Stopped):
    template = "{principal} has paused all its agents. Ask it to call unpause_all."
    retryable = True


class PrincipalIsDormant(Stopped):
    template = (
        "{principal} has been dormant since {dormant_since:time}, when its heartbeat was due (now: {timestamp:time}). "
        "Its agents can act again after it calls check_in."
    )
    retryable = True


class AgentStopped(Stopped):
    template = (
        "The principal {principal} has stopped the agent of wallet {wallet}. The operation was rejected and cost nothing. "
        "After the principal has lifted a stop of all its agents, call RevocationSwitch.sync for the wallet."
    )
    retryable = True
