"""Fixtures of the tests of the account book."""

from __future__ import annotations

import pytest

from peculium import Agent
from peculium.ledger import Ledger
from verification.books.life import Life, powers


@pytest.fixture
def vault(checkpoint, deploy):
    """A contract that the agent may call."""
    return checkpoint.share("vault", lambda: deploy("MockVault"))


@pytest.fixture
def created(checkpoint, new_agent, usdc, vault, payee, relayer):
    """An agent whose mandate has every power."""
    terms = powers(usdc, vault, (payee.address, relayer.address))
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def names(payee, stranger, principal, created):
    """An address book."""
    return {
        "supplier": payee.address,
        "caterer": stranger.address,
        "boss": principal.address,
        "buyer": created.wallet.address,
    }


@pytest.fixture
def buyer(created, suite, names):
    """The agent, bound to the chain."""
    return Agent(created.wallet.address, created.agent, suite, names=names)


@pytest.fixture
def life(web3, buyer, usdc, vault, principal, relayer, now):
    """The agent's life."""
    return Life(web3, buyer, usdc, vault, principal, relayer, now)


@pytest.fixture
def place(tmp_path):
    """The file of a ledger."""
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(place, suite, created, names):
    """A ledger that follows the agent's wallet."""
    with Ledger.open(place, names) as opened:
        opened.follow(suite, [created.wallet.address])
        yield opened


@pytest.fixture
def updated(ledger):
    """Reads the chain, and returns what the agent's money did since it was given the wallet's first money."""

    def update():
        ledger.update()
        return [row for row in ledger.rows() if row.path != "deposit"]

    return update
