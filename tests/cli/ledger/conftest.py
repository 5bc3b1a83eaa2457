"""The commands on the shared chain, with a profile of the principal and an agent that has paid."""

from __future__ import annotations

import pytest

from peculium import Agent
from peculium.cli.profiles import Profile, save_profile, set_current


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent under the default mandate."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def profile(home, suite, node_url, principal, payee, created, monkeypatch):
    """A profile with the principal's key and the names `research` (the wallet) and `shop` (the payee)."""
    addresses = {
        "AgentRegistry": suite.registry.address,
        "AgentWalletFactory": suite.factory.address,
        "CredentialRegistry": suite.credentials.address,
    }
    monkeypatch.setattr("peculium.network.suite_addresses", lambda: addresses)
    monkeypatch.delenv("PECULIUM_LEDGER", raising=False)
    home.mkdir(parents=True, exist_ok=True)
    key_file = home / "principal.key"
    key_file.write_text("0x" + principal.key.hex().removeprefix("0x"))
    names = {"research": created.wallet.address, "shop": payee.address}
    save_profile(Profile("test", node_url, key_file=str(key_file), names=names))
    set_current("test")


@pytest.fixture
def buyer(created, suite, payee, profile, tmp_path):
    """The agent, with a journal."""
    journal = tmp_path / "agent.db"
    return Agent(created.wallet.address, created.agent, suite, names={"shop": payee.address}, journal=journal)


@pytest.fixture
def paid(buyer):
    """The agent has paid."""
    buyer.pay("USDC", "shop", "12.5", ref="INV-1")
    return buyer
