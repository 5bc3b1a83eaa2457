"""The name of an agent in a registry of ERC-8004, which is unique across chains."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from peculium.errors import InvalidInput, WrongChain, clean
from peculium.errors.redaction import shown
from peculium.units import to_address, to_uint

EXAMPLE = "eip155:84532:0x8004A818BFB912233c491871b3d84c89A494BD9e:22"
_FORM = re.compile(r"eip155:([0-9]{1,20}):(0x[0-9a-fA-F]{40}):([0-9]{1,78})")


@dataclass(frozen=True)
class AgentReference:
    """An agent of a registry: chain, registry and id, as ERC-8004 writes them. `str` gives eip155:chain:registry:id."""

    chain_id: int
    registry: str
    """Address of the Identity Registry."""
    agent_id: int

    def __post_init__(self) -> None:
        to_uint(self.chain_id, 64, "The chain id")
        to_uint(self.agent_id, 256, "The agent's id")
        object.__setattr__(self, "registry", to_address(self.registry))

    @classmethod
    def of(cls, text: AgentReference | str) -> AgentReference:
        """Reads a reference such as eip155:84532:0x8004…:22. Raises `InvalidInput` for anything else."""
        if isinstance(text, AgentReference):
            return text
        found = _FORM.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise InvalidInput(
                f"{clean(shown(text))} names no agent of ERC-8004. Pass eip155, chain id, registry and agent id: {EXAMPLE}."
            )
        return cls(int(found[1]), found[2], int(found[3]))

    @property
    def agent_registry(self) -> str:
        """The registry as ERC-8004 writes it: eip155:chain:address."""
        return f"eip155:{self.chain_id}:{self.registry}"

    def require_chain(self, chain_id: int) -> None:
        """Raises `WrongChain` if the agent is on another chain than this one."""
        if chain_id != self.chain_id:
            raise WrongChain(
                f"{self} is an agent of chain {self.chain_id}, but the node serves chain {chain_id}. Use a node of "
                f"chain {self.chain_id}."
            )

    def as_dict(self) -> dict[str, Any]:
        """Returns it as in a registration file: `agentId` and `agentRegistry`."""
        return {"agentId": self.agent_id, "agentRegistry": self.agent_registry}

    def __str__(self) -> str:
        return f"{self.agent_registry}:{self.agent_id}"
