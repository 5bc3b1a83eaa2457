"""What the tests of user operations share is in tests/user_operations.py, which those of the paymaster use too."""

import pytest

from tests.user_operations import *  # noqa: F403


@pytest.fixture
def taken(created, ether, usdc, dai, usdt):
    """What has left the wallet since the beginning: wei, and dollars."""
    tokens = (usdc, dai, usdt)

    def held():
        return ether(created.wallet), sum(token.balance(created.wallet.address) for token in tokens)

    before = held()
    return lambda: tuple(then - now for then, now in zip(before, held(), strict=True))
