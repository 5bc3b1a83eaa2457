"""Fixtures of the tests of agents of the canonical registries."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from peculium import Contract, canonical
from peculium.devnet.contracts import create_contract
from verification.canonical import identity_registry

SERVICES = [("MCP", "https://agent.example/mcp", "2025-06-18"), ("web", "https://agent.example")]


@pytest.fixture(scope="module")
def kept():
    return SimpleNamespace()


@pytest.fixture
def created(checkpoint, new_agent, web3, deployer, suite, principal, kept):
    """An active agent, and beside it the stand-in for the canonical registry with an agent of the same principal."""

    def create():
        abi, init_code = identity_registry()
        kept.identity = create_contract(web3, deployer, abi, init_code, kind=Contract)
        kept.registered = canonical.register(
            suite,
            principal,
            "Shop agent",
            "Buys parts.",
            services=SERVICES,
            supported_trust=["reputation"],
            registry=kept.identity.address,
        )
        return new_agent()

    return checkpoint.share("created", create)


@pytest.fixture
def identity(created, kept):
    """The stand-in for the canonical Identity Registry."""
    return kept.identity


@pytest.fixture
def registered(created, kept):
    """An agent of the principal in that registry."""
    return kept.registered


@pytest.fixture
def at(identity):
    """The option with which a test trusts the stand-in."""
    return {"registry": identity.address}


@pytest.fixture
def link(suite, principal, created, registered, at):
    """Binds the agent and the wallet, and looks at the agent."""
    return SimpleNamespace(
        bind=lambda **options: canonical.bind(
            suite, principal, registered.reference, created.wallet.address, **at, **options
        ),
        look=lambda **options: canonical.check(registered.reference, suite, **at, **options),
    )
