"""What tests share beside fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import to_checksum_address

from peculium import AgentWallet, ContractError, Mandate

DAY = 86_400
ZERO = "0x" + "00" * 20
SUITE = ["REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", "WRITER", "EXTENSION"]
"""Who may never be paid or called, by the names under which a wallet tells their addresses."""


@dataclass(frozen=True)
class Agent:
    """An agent as a test gets it: created, registered, funded."""

    agent_id: int
    wallet: AgentWallet
    mandate: Mandate
    agent: LocalAccount
    principal: LocalAccount
    gas_used: int


def beside(address: str) -> tuple[str, str]:
    """The addresses just below and just above another: a stranger is refused on whichever side of it it stands."""
    number = int(address, 16)
    return to_checksum_address(f"{number - 1:#042x}"), to_checksum_address(f"{number + 1:#042x}")


@contextmanager
def refuses(expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
    """Asserts that the block is refused with exactly this error, and these arguments of it."""
    with pytest.raises(ContractError) as caught:
        yield
    error = caught.value
    assert type(error) is expected, f"{type(error).__name__}: {error}"
    offered = {name: error.arguments.get(name) for name in arguments}
    assert offered == arguments
