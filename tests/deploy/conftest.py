"""Fixtures of the tests of a deployment. The suite isn't at its CREATE2 addresses before a test deploys it there."""

from __future__ import annotations

import pytest

from peculium.chain.node import Node
from peculium.journal import Journal


@pytest.fixture
def journal(tmp_path):
    """A journal of this test."""
    return Journal(tmp_path / "journal.db")


@pytest.fixture
def sent(web3, deployer):
    """How many transactions the deployer has sent since the start of the test."""
    before = web3.eth.get_transaction_count(deployer.address)
    return lambda: web3.eth.get_transaction_count(deployer.address) - before


@pytest.fixture
def at_once(monkeypatch):
    """Pauses between two requests take no time."""
    monkeypatch.setattr(Node, "sleep", staticmethod(lambda seconds: None))
