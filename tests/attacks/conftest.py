"""What the attacks share: a rogue agent with everything that a mandate can allow, and an accomplice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Argument, CallRule, ChequeBook


@pytest.fixture(scope="session", autouse=True)
def everybody(request):
    """Brings roles and tokens on before the first snapshot, so that a test may ask for them by name."""
    roles = "principal agent payee stranger guardian other_principal other_agent relayer"
    for name in f"{roles} suite usdc dai usdt".split():
        request.getfixturevalue(name)


@pytest.fixture
def accomplice(stranger):
    """Somebody whom no mandate lists."""
    return stranger


@pytest.fixture
def vault(deploy):
    """A listed contract."""
    return deploy("MockVault")


@pytest.fixture
def target(deploy):
    """A listed contract that works with the agent: it makes whatever call it is armed with."""
    return deploy("MockTarget")


@pytest.fixture
def rogue(new_agent, vault, target, usdc):
    """500 a day by payments, calls, requests and cheques."""
    return new_agent(
        calls=(
            CallRule(
                vault.address,
                "deposit(address,uint256)",
                (Argument.equal(usdc.address), Argument.at_most(100 * 10**6)),
                pull_limit=100,
            ),
            CallRule(target.address, "take()", (), pull_limit=100),
        ),
        cheque_books=(ChequeBook(usdc.address, 1, Decimal(1), timedelta(days=1)),),
        max_requests=2,
        max_request_age=timedelta(days=2),
    )


@pytest.fixture
def taken(rogue, usdc, dai, usdt):
    """How much has left the wallet since the beginning, in dollars."""
    tokens = (usdc, dai, usdt)
    before = sum(token.balance(rogue.wallet.address) for token in tokens)
    return lambda: before - sum(token.balance(rogue.wallet.address) for token in tokens)
