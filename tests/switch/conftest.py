"""What the switch's tests share."""

import pytest

from peculium import RevocationSwitch


@pytest.fixture
def switch(suite) -> RevocationSwitch:
    """The switch."""
    return suite.switch


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent at work."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def with_guardian(switch, principal, guardian):
    """The principal has appointed the guardian."""
    switch.set_guardian(principal, guardian.address)
    return guardian


@pytest.fixture
def pays(usdc, payee):
    """Makes the agent pay a little: returns, or raises why not."""
    return lambda agent: agent.wallet.pay(agent.agent, usdc.address, payee.address, 1)
