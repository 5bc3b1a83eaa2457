"""What a devnet says to a mistake."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account

from peculium.devnet import DevnetError
from peculium.errors import InvalidInput
from verification.sending.setup import start_devnet

OTHER = "0x" + "22" * 20


@pytest.fixture(scope="module")
def started():
    """A chain with an agent."""
    with start_devnet() as parts:
        yield parts


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """Replaces that of the shared chain, which these tests don't use."""


@pytest.fixture(autouse=True)
def isolation():
    """Likewise."""


@pytest.fixture
def devnet(started):
    return started[0]


MISTAKES = {
    "no such contract": (lambda devnet, mandate: devnet.deploy("Nonsense"), "The build has no contract Nonsense"),
    "the past": (lambda devnet, mandate: devnet.mine_at(5), "Pass a later time"),
    "a foreign principal": (
        lambda devnet, mandate: devnet.create_agent(replace(mandate, principal=OTHER), 9, "", ""),
        "is no role of this devnet",
    ),
    "a foreign key": (
        lambda devnet, mandate: devnet.create_agent(replace(mandate, agent_key=OTHER), 9, "", ""),
        "is no role of this devnet",
    ),
    "another epoch": (
        lambda devnet, mandate: devnet.create_agent(replace(mandate, epoch=7), 9, "", ""),
        "for epoch 7; the current one is 0",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_devnet_names_the_mistake(devnet, started, mistake):
    make, sentence = MISTAKES[mistake]
    with pytest.raises(DevnetError, match=sentence):
        make(devnet, started[1].last_mandate())


def test_devnet_mints_to_addresses_only(devnet):
    for receiver in ("bob", Account.create(), 5):
        with pytest.raises(InvalidInput):
            devnet.mint(devnet.usdc, receiver, 1)
    with pytest.raises(InvalidInput, match="token is"):
        devnet.mint(devnet.usdc.address, OTHER, 1)
