"""What tests share beside fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address

from peculium import AgentWallet, ContractError, Mandate

DAY = 86_400
STATEMENT_HASH = keccak(text="I answer for what this agent does within its mandate.")
ZERO = "0x" + "00" * 20
SUITE = ["REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", "WRITER", "POWERS_MODULE"]
"""Who may never be paid or called, by the names under which a wallet tells their addresses."""
UNCLEAR = {
    "nothing": "0x00",
    "a revert": "0x60006000fd",
    "a revert with a word": "0x60206000fd",
    "two words": "0x60406000f3",
    "31 bytes": "0x601f6000f3",
    "a two": "0x600260005260206000f3",
}
"""What a token may answer, as its code: none of these is a clean boolean."""


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
