"""What the registry's tests share."""

import pytest
from eth_account.messages import encode_typed_data

from peculium import AgentRegistry


@pytest.fixture
def registry(suite) -> AgentRegistry:
    """The registry."""
    return suite.registry


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent at work."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def registered(registry, principal):
    """The id of an agent as plain ERC-8004 registers it: the principal owns it, nobody answers for it."""
    return registry.register(principal, "https://agents.example/7.json", {"color": b"blue"})


@pytest.fixture
def sign():
    """An account's signature of typed data."""
    return lambda account, data: bytes(account.sign_message(encode_typed_data(full_message=data)).signature)


@pytest.fixture
def link(registry, sign, now):
    """Links a wallet that is a bare key to an agent."""

    def set_wallet(owner, agent_id, wallet):
        deadline = now() + 200
        data = registry.wallet_set_typed_data(agent_id, wallet.address, owner.address, deadline)
        return registry.set_agent_wallet(owner, agent_id, wallet.address, deadline, sign(wallet, data))

    return set_wallet
