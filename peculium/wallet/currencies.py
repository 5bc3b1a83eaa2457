"""Names of currencies. A wallet stores their hashes only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from eth_utils import keccak

COMMON = (
    *(
        "USD",
        "EUR",
        "GBP",
        "JPY",
        "CHF",
        "CAD",
        "AUD",
        "NZD",
        "SGD",
        "HKD",
        "CNY",
        "INR",
        "KRW",
        "BRL",
        "MXN",
        "ZAR",
        "TRY",
    ),
    *(
        "SEK",
        "NOK",
        "DKK",
        "PLN",
        "CZK",
        "HUF",
        "ILS",
        "AED",
        "THB",
        "IDR",
        "PHP",
        "MYR",
        "ARS",
        "CLP",
        "COP",
        "NGN",
        "KES",
    ),
    *("ETH", "POL", "BNB", "AVAX", "XDAI", "MNT", "CELO", "BTC", "XAU", "USDC", "USDT", "DAI", "EURC", "PYUSD"),
)
"""Names that are tried. A match of the hash proves the name."""


def name_of(key: bytes, further: Iterable[str] = ()) -> str | None:
    """Returns the name of the currency with this keccak256, or None if it isn't known."""
    return _common().get(key) or next((name for name in further if keccak(text=name) == key), None)


@cache
def _common() -> dict[bytes, str]:
    return {keccak(text=name): name for name in COMMON}
