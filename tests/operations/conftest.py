"""Fixtures of the tests of user operations."""

from __future__ import annotations

import pytest

from verification.testing.user_operation_fixtures import (  # noqa: F401
    bundler,
    created,
    entry_point,
    ether,
    every_entry_point,
    fund,
    prepare_agent,
    replace_mandate,
    send_bundle,
    sign_action,
    sign_creation,
    sign_payment,
    sign_principal_call,
    validate,
    version,
)


@pytest.fixture
def outflow(created, ether, usdc, dai, usdt):  # noqa: F811
    """What has left the wallet since the start of the test: wei and whole tokens."""
    tokens = (usdc, dai, usdt)

    def balances():
        return ether(created.wallet), sum(token.balance(created.wallet.address) for token in tokens)

    before = balances()
    return lambda: tuple(earlier - later for earlier, later in zip(before, balances(), strict=True))
