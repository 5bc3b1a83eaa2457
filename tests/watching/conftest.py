"""Agents to watch."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import GasTerms
from peculium.watching import Standings


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent whose mandate also allows requests and gas."""
    terms = {
        "max_requests": 2,
        "max_request_age": timedelta(days=1),
        "gas_terms": GasTerms("0.001", "0.003", timedelta(days=1)),
    }
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def standing(created, payee):
    """Reads where the agent stands."""
    standings = Standings(created.wallet.node, [created.wallet], {"shop": payee.address})
    return lambda: standings.read()[0]
