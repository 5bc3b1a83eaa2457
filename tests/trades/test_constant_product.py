"""The arithmetic of constant-product pools."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from verification.trades.constant_product import Pool, pool_that_pays

reserves = st.integers(10**6, 10**30)
pools = st.builds(Pool, reserves, reserves, st.sampled_from([500, 3_000, 10_000]), st.booleans())


@given(pools, st.integers(1, 10**20), st.integers(1, 10**25))
def test_finds_the_largest_sale_before_a_trade(pool, sold, least):
    most = 100 * pool.reserve_in
    before = pool.largest_sale_before(sold, least, most)
    if before:
        assert pool.after(before).output(sold) >= least
    if before < most:
        assert pool.after(before + 1).output(sold) < least


@given(st.integers(10**3, 10**25), st.integers(1, 10**25), st.sampled_from([500, 3_000, 10_000]))
def test_a_pool_pays_what_it_is_made_for(sold, bought, fee):
    paid = Pool(*pool_that_pays(sold, bought, fee), fee).output(sold)
    assert bought <= paid <= bought + 1


@given(pools, st.integers(0, 10**20))
def test_the_product_of_the_reserves_never_falls(pool, sold):
    after = pool.after(sold)
    assert after.reserve_in * after.reserve_out >= pool.reserve_in * pool.reserve_out or not pool.fee_joins_reserves
    assert 0 <= after.reserve_out <= pool.reserve_out
