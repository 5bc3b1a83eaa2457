"""Constants, the agent and the assertions that many test folders share."""

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
ZERO_ADDRESS = "0x" + "00" * 20
SUITE_GETTERS = ["REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", "WRITER", "POWERS_MODULE"]
"""The wallet's getters of the contracts that it may never pay or call."""
UNCLEAR_RESULTS = {
    "nothing": "0x00",
    "a revert": "0x60006000fd",
    "a revert with a word": "0x60206000fd",
    "two words": "0x60406000f3",
    "31 bytes": "0x601f6000f3",
    "a two": "0x600260005260206000f3",
}
"""Code of tokens whose result is not a valid boolean."""


@dataclass(frozen=True)
class Agent:
    """An agent that is created, registered and funded."""

    agent_id: int
    wallet: AgentWallet
    mandate: Mandate
    agent: LocalAccount
    principal: LocalAccount
    gas_used: int


def adjacent_addresses(address: str) -> tuple[str, str]:
    """The addresses just below and above: a comparison with `<` or `>` instead of `==` would accept one of them."""
    number = int(address, 16)
    return to_checksum_address(f"{number - 1:#042x}"), to_checksum_address(f"{number + 1:#042x}")


@contextmanager
def refuses(expected: type[ContractError], /, **arguments: Any) -> Iterator[None]:
    """Asserts that the block raises exactly this error, with these arguments."""
    with pytest.raises(ContractError) as caught:
        yield
    error = caught.value
    assert type(error) is expected, f"{type(error).__name__}: {error}"
    offered = {name: error.arguments.get(name) for name in arguments}
    assert offered == arguments
