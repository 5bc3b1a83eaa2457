"""All plays, on one chain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from peculium.devnet import Devnet, run_anvil
from verification.trades.detours import DETOURS
from verification.trades.market import Market
from verification.trades.play import Play
from verification.trades.share_vault import VAULT_PLAYS
from verification.trades.uniswap_v2 import V2_PLAYS, UniswapV2
from verification.trades.uniswap_v3 import V3_PLAYS, UniswapV3

START = 1_800_000_000
"""The time of the first block (unix seconds)."""
PLAYS: tuple[type[Play], ...] = (*V2_PLAYS, *DETOURS, *V3_PLAYS, *VAULT_PLAYS)


@contextmanager
def run_venues() -> Iterator[list[Play]]:
    """Deploys the venues on a chain that ends with the block. Returns the plays in the order of `PLAYS`."""
    with run_anvil(START) as web3:
        market = Market(Devnet(web3))
        v2, v3 = UniswapV2(market), UniswapV3(market)
        vault = market.devnet.deploy("MockShareVault", market.usdc.address)
        yield [
            *(play(market, v2) for play in (*V2_PLAYS, *DETOURS)),
            *(play(market, v3) for play in V3_PLAYS),
            *(play(market, vault) for play in VAULT_PLAYS),
        ]
