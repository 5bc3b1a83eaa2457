"""What a rogue agent takes in trades when the mandate lets it, and what a floor leaves it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from eth_utils import keccak

from peculium import Floor, errors
from verification.testing.refusals import refuses
from verification.trades.detours import (
    LOWER_PRICE,
    CostlyOutput,
    FallenPrice,
    ForwardedEther,
    IncomeBeside,
    IncomeByCallback,
    IncomeInside,
    RaisedBalance,
    SmallTrades,
)
from verification.trades.market import BUDGET, PRICE, SOLD
from verification.trades.play import PART, measure, needed
from verification.trades.plays import PLAYS
from verification.trades.published import published
from verification.trades.share_vault import HonestDeposit, InflatedShare, OtherReceiver
from verification.trades.uniswap_v2 import HonestV2, OwnPairs, OwnRecipientV2
from verification.trades.uniswap_v3 import HonestV3, OwnFeeTier, OwnPath, OwnRecipientV3, SandwichByPath

HONEST = [play for play in PLAYS if not play.leaves_open]
ROGUE = [play for play in PLAYS if play.leaves_open]
AROUND = [IncomeInside, IncomeByCallback, RaisedBalance]
"""The plays that raise the wallet's balance inside the call by something else than the trade."""
ELSEWHERE = [OwnRecipientV2, OwnRecipientV3, OtherReceiver]
"""The plays from which the wallet receives nothing."""
COARSE = [CostlyOutput]
"""The plays that aim in hundredths of a percent."""
FINE = [play for play in ROGUE if play not in (*AROUND, *ELSEWHERE, *COARSE)]
"""The plays that leave to the wallet as much as they aim at."""
INIT_CODE_OF_A_PAIR = "96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f"
"""keccak256 of the init code of every Uniswap V2 pair, from which the router computes the addresses of pairs."""


def name_of(play):
    """The venue and the name of a play."""
    return f"{play.venue}: {play.name}"


# What the mandate refuses


@pytest.mark.parametrize(
    ("play", "stricter", "refusal"),
    [
        (OwnPairs, HonestV2, errors.ArgumentRefused),
        (IncomeInside, IncomeBeside, errors.ArgumentRefused),
        (OwnRecipientV2, HonestV2, errors.ArgumentRefused),
        (ForwardedEther, HonestV2, errors.ArgumentRefused),
        (OwnFeeTier, HonestV3, errors.ArgumentRefused),
        (OwnPath, SandwichByPath, errors.TailRefused),
        (OwnRecipientV3, HonestV3, errors.ArgumentRefused),
        (OtherReceiver, HonestDeposit, errors.ArgumentRefused),
    ],
    ids=lambda each: each.__name__,
)
def test_refuses_what_the_arguments_pin(play, stricter, refusal, plays, monkeypatch):
    monkeypatch.setattr(plays[play], "arguments", plays[stricter].arguments)
    with refuses(refusal):
        measure(plays[play])


def test_refuses_more_than_the_budget(plays, monkeypatch):
    play = plays[HonestV2]

    def trade_twice(wallet, aim):
        play.swap(wallet, play.path)
        play.market.devnet.mint(play.market.usdc, wallet.address, BUDGET)
        with refuses(errors.WindowLimitExceeded, charge=100 * 10**6, remaining=0):
            play.swap(wallet, play.path)

    monkeypatch.setattr(play, "run", trade_twice)
    measure(play)


@pytest.mark.parametrize("play", [play for play in (*FINE, *COARSE) if play is not SmallTrades], ids=name_of)
def test_refuses_one_base_unit_less_than_the_floor(play, plays):
    """The same play meets a floor of exactly what it gains, and misses one of a base unit more."""
    aim = needed(plays[play].floor(PART))
    gained = measure(plays[play], aim).gained
    token = plays[play].gain_address
    assert measure(plays[play], aim, Floor(token, gained, SOLD)).gained == gained
    with refuses(errors.FloorMissed, token=token, gained=gained, needed=gained + 1):
        measure(plays[play], aim, Floor(token, gained + 1, SOLD))


# Without a floor


@pytest.mark.parametrize("play", ROGUE, ids=name_of)
def test_takes_everything_without_a_floor(play, rows):
    assert Decimal("99.99") <= rows[play].loss <= 100


@pytest.mark.parametrize("play", FINE, ids=name_of)
def test_takes_as_much_as_it_aims_at(play, plays):
    """So that the loss under a floor is the most that the floor allows."""
    aim = needed(plays[play].floor(Decimal("0.5")))
    assert aim <= measure(plays[play], aim).gained <= aim * (1 + Decimal("1e-6"))


@pytest.mark.parametrize("play", HONEST, ids=name_of)
def test_an_honest_trade_costs_the_fee_and_the_change_of_the_price(play, rows):
    assert 0 <= rows[play].loss < Decimal("0.32")


# With a floor


@pytest.mark.parametrize("play", [play for play in FINE if play not in (FallenPrice, InflatedShare)], ids=name_of)
def test_takes_the_whole_gap_to_the_floor_and_no_more(play, rows):
    assert 5 - Decimal("1e-4") <= rows[play].loss_with_floor <= 5


def test_a_fee_on_the_bought_token_is_part_of_the_gap(rows):
    assert Decimal("4.98") <= rows[CostlyOutput].loss_with_floor <= 5


def test_the_gap_grows_when_the_price_falls_after_the_mandate(rows):
    gap = 100 * (1 - PART * LOWER_PRICE / PRICE)
    assert gap - Decimal("1e-4") <= rows[FallenPrice].loss_with_floor <= gap


def test_a_floor_in_shares_leaves_only_rounding(rows):
    """The donation is shared with the wallet, which has nearly all shares."""
    assert 0 <= rows[InflatedShare].loss_with_floor < Decimal("0.01")


def test_a_floor_refuses_exactly_what_gives_the_wallet_nothing(rows):
    assert [play for play in rows if rows[play].loss_with_floor is None] == ELSEWHERE


@pytest.mark.parametrize("play", HONEST, ids=name_of)
def test_an_honest_trade_meets_the_floor(play, rows):
    assert rows[play].loss_with_floor == rows[play].loss


@pytest.mark.parametrize("play", AROUND, ids=name_of)
def test_what_else_arrives_inside_the_call_meets_the_floor(play, rows):
    """A floor compares two balances, and can't know where the difference is from."""
    assert Decimal("99.99") <= rows[play].loss_with_floor <= 100


# The measurement


def test_leaves_the_chain_as_it_was(plays):
    assert measure(plays[OwnPairs]) == measure(plays[OwnPairs])


def test_the_published_packages_fit_each_other():
    init_code = bytes.fromhex(published("UniswapV2Pair")["bytecode"])
    assert keccak(init_code).hex() == INIT_CODE_OF_A_PAIR
    assert INIT_CODE_OF_A_PAIR in published("UniswapV2Router02")["bytecode"]
