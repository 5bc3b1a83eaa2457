"""Test dollars for everybody."""

from __future__ import annotations

from decimal import Decimal

from peculium.devnet.devnet import URL, Devnet
from peculium.units import Amount, to_address


def tap(account: str, amount: Amount = 1_000, url: str = URL) -> Decimal:
    """Gives an account test USDC (whole tokens) on the devnet at a URL. Returns what it holds then.

    Raises `DevnetError` if no devnet runs there.
    """
    devnet = Devnet.connect(url)
    devnet.mint(devnet.usdc, to_address(account), amount)
    return devnet.usdc.balance(account)
