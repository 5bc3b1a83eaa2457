"""Fixtures of the switch tests."""

import pytest

from peculium import RevocationSwitch


@pytest.fixture
def switch(suite) -> RevocationSwitch:
    """The switch."""
    return suite.switch


@pytest.fixture
def created(checkpoint, new_agent):
    """An active agent."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def with_guardian(switch, principal, guardian):
    """The guardian, appointed by the principal."""
    switch.set_guardian(principal, guardian.address)
    return guardian


@pytest.fixture
def pays(usdc, payee):
    """Pays one dollar as an agent, or raises the error of the wallet."""
    return lambda agent: agent.wallet.pay(agent.agent, usdc.address, payee.address, 1)
