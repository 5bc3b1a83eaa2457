"""An agent of the tests: its wallet, mandate and keys."""

from __future__ import annotations

from dataclasses import dataclass

from eth_account.signers.local import LocalAccount
from eth_utils import keccak

from peculium import AgentWallet, Mandate

STATEMENT_HASH = keccak(text="I answer for what this agent does within its mandate.")
"""The hash of the statement by which principals accept liability."""


@dataclass(frozen=True)
class Agent:
    """An agent that is created, registered and funded."""

    agent_id: int
    wallet: AgentWallet
    mandate: Mandate
    agent: LocalAccount
    principal: LocalAccount
    gas_used: int
