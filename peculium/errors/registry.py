"""The registry or the factory rejects the change."""

from __future__ import annotations

from peculium.errors.contract import RegistryError


class AgentNotActive(RegistryError):
    template = "The status of agent {agent_id} (wallet {wallet}) is {status}, not active. Don't deal with it."


class AgentKeyTaken(RegistryError):
    template = "The agent key {agent_key} already acts for the live agent {agent_id}. Use another key."


class LiabilityAlreadyAccepted(RegistryError):
    template = "{principal} has already accepted liability for agent {agent_id}."


class LiabilityNotAccepted(RegistryError):
    template = "Nobody has accepted liability for agent {agent_id}. Its owner must call accept_liability first."


class WalletAlreadyLinked(RegistryError):
    template = "The wallet {wallet} is already linked to agent {agent_id}."


class WalletNotProven(RegistryError):
    template = (
        "Agent {agent_id} has no wallet that has signed the link (current: {wallet}). Link one with set_agent_wallet."
    )


class ReservedKey(RegistryError):
    template = "The metadata key {metadata_key!x} is reserved for the registry. Use another key."


class OtherSuite(RegistryError):
    template = "{module} was deployed for another registry, EntryPoint or mandate writer. Deploy a suite as a whole."


class NotAContract(RegistryError):
    template = "{account} has no code. Pass the address of a contract."


class ERC721NonexistentToken(RegistryError):
    template = "The registry has no agent {token_id}."
