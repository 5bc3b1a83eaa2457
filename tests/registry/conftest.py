"""Fixtures of the registry tests."""

import pytest
from eth_account.messages import encode_typed_data

from peculium import AgentRegistry


@pytest.fixture
def registry(suite) -> AgentRegistry:
    """The registry."""
    return suite.registry


@pytest.fixture
def created(checkpoint, new_agent):
    """An active agent."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def registered(registry, principal):
    """The id of an agent registered by ERC-8004 alone: the principal owns it, but has not accepted liability."""
    return registry.register(principal, "https://agents.example/7.json", {"color": b"blue"})


@pytest.fixture
def sign():
    """Signs typed data as an account."""
    return lambda account, data: bytes(account.sign_message(encode_typed_data(full_message=data)).signature)


@pytest.fixture
def link(registry, sign, now):
    """Links an agent to a wallet that is a plain key."""

    def set_wallet(owner, agent_id, wallet):
        deadline = now() + 200
        data = registry.wallet_set_typed_data(agent_id, wallet.address, owner.address, deadline)
        return registry.set_agent_wallet(owner, agent_id, wallet.address, deadline, sign(wallet, data))

    return set_wallet
