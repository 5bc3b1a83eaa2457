"""The arithmetic of a pool whose reserves have a constant product: Uniswap V2, or V3 with liquidity at every price."""

from __future__ import annotations

from dataclasses import dataclass, replace

MILLION = 1_000_000


@dataclass(frozen=True)
class Pool:
    """A pool as a trade in one direction sees it. Reserves are base units."""

    reserve_in: int
    reserve_out: int
    fee: int = 3_000
    """Of the amount that is sold, in millionths."""
    fee_joins_reserves: bool = True
    """Whether the next trade sees the fee in the reserves, as in V2. V3 keeps it apart."""

    def output(self, sold: int) -> int:
        """What is bought with `sold`, rounded down."""
        effective = sold * (MILLION - self.fee)
        return effective * self.reserve_out // (self.reserve_in * MILLION + effective)

    def after(self, sold: int) -> Pool:
        """The pool after a trade."""
        joining = sold if self.fee_joins_reserves else sold * (MILLION - self.fee) // MILLION
        bought = self.output(sold)
        return replace(self, reserve_in=self.reserve_in + joining, reserve_out=self.reserve_out - bought)

    def largest_sale_before(self, sold: int, least: int, most: int) -> int:
        """The largest sale, up to `most`, after which `sold` still buys at least `least`."""
        low, high = 0, most
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.after(middle).output(sold) >= least else (low, middle - 1)
        return low


def pool_that_pays(sold: int, bought: int, fee: int, depth: int = 1) -> tuple[int, int]:
    """Reserves of a pool that pays `bought`, and at most a few base units more, for `sold`. It holds `depth` times that."""
    effective = sold * (MILLION - fee)
    reserve_in = sold * depth
    return reserve_in, -(-bought * (reserve_in * MILLION + effective) // effective) + 1
