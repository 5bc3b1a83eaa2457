"""The builders of trade rules, on the published bytecode of Uniswap V2 and V3."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Argument, CallRule, Floor, InvalidInput, errors
from peculium.trades import EXACT_INPUT_02, exact_input, exact_input_data, swap_v2, swap_v2_data
from verification.testing.refusals import refuses
from verification.trades.market import PRICE, SOLD
from verification.trades.plays import run_venues
from verification.trades.uniswap_v2 import HonestV2
from verification.trades.uniswap_v3 import FEE, HonestV3

A, B, C = (f"0x{digit * 40}" for digit in "123")
TERMS = {"pull_limit": 100, "max_calls": 5, "window": timedelta(days=1)}
FLOOR = Floor(B, 1, 1)


@pytest.fixture(scope="module")
def venues():
    """An honest play at each venue, on a chain of their own."""
    with run_venues() as deployed:
        plays = {type(play): play for play in deployed}
        yield plays[HonestV2], plays[HonestV3]


@pytest.fixture
def market(venues):
    """The market, with whatever happens in the test reverted."""
    with venues[0].market.isolated():
        yield venues[0].market


@pytest.fixture
def v2(venues, market):
    """Path, rule and wallet of trades at Uniswap V2."""
    path = (market.usdc.address, market.ether.address)
    floor = Floor.of(market.ether.address, 18, Decimal("0.95") / PRICE, 6)
    rule = swap_v2(venues[0].target.address, path, floor=floor, **TERMS)
    return path, rule, market.create_wallet(market.mandate(rule))


@pytest.fixture
def v3(venues, market):
    """Path, rule and wallet of trades at Uniswap V3."""
    path = (market.usdc.address, FEE, market.ether.address)
    floor = Floor.of(market.ether.address, 18, Decimal("0.95") / PRICE, 6)
    rule = exact_input(venues[1].target.address, path, floor=floor, **TERMS)
    return path, rule, market.create_wallet(market.mandate(rule))


@pytest.mark.parametrize("path", [(), (A,), (A, A), (A, B, A)])
def test_swap_v2_refuses_a_path_that_is_no_trade(path):
    with pytest.raises(InvalidInput, match="must begin and end with different tokens"):
        swap_v2(C, path, floor=FLOOR, **TERMS)


@pytest.mark.parametrize(
    "path", [(A, B, C), (A, "0x1", B), (A, 2**24, B), (A, 500, B, 500), (500, A, 500), (A, -1, B), ()]
)
def test_exact_input_refuses_a_malformed_path(path):
    with pytest.raises(InvalidInput):
        exact_input(C, path, floor=FLOOR, **TERMS)


def test_floor_must_be_in_what_is_bought():
    with pytest.raises(InvalidInput, match="Set the floor in that token"):
        swap_v2(C, (A, C), floor=FLOOR, **TERMS)
    with pytest.raises(InvalidInput, match="Set the floor in that token"):
        exact_input(C, (A, 500, C), floor=FLOOR, **TERMS)


def test_swap_v2_trades_at_the_market(v2, market):
    path, rule, wallet = v2
    wallet.call(market.agent, rule.target, swap_v2_data(wallet.address, path, SOLD, market.deadline), pull=100)
    assert Decimal("0.95") < market.ether.balance(wallet.address) * PRICE / 100 < 1


def test_exact_input_trades_at_the_market(v3, market):
    path, rule, wallet = v3
    wallet.call(market.agent, rule.target, exact_input_data(wallet.address, path, SOLD, market.deadline), pull=100)
    assert Decimal("0.95") < market.ether.balance(wallet.address) * PRICE / 100 < 1


def test_swap_v2_allows_no_other_path(v2, market):
    path, rule, wallet = v2
    other = (path[0], market.worthless.address, path[1])
    with pytest.raises(errors.TailRefused):
        wallet.call(market.agent, rule.target, swap_v2_data(wallet.address, other, SOLD, market.deadline), pull=100)


def test_exact_input_allows_no_other_pool(v3, market):
    path, rule, wallet = v3
    other = (path[0], 10_000, path[2])
    with pytest.raises(errors.TailRefused):
        wallet.call(market.agent, rule.target, exact_input_data(wallet.address, other, SOLD, market.deadline), pull=100)


def test_swap_v2_allows_no_other_receiver(v2, market):
    path, rule, wallet = v2
    data = swap_v2_data(market.agent.address, path, SOLD, market.deadline)
    with refuses(errors.ArgumentRefused, index=3):
        wallet.call(market.agent, rule.target, data, pull=100)


def test_exact_input_allows_no_other_receiver(v3, market):
    path, rule, wallet = v3
    data = exact_input_data(market.agent.address, path, SOLD, market.deadline)
    with refuses(errors.ArgumentRefused, index=2):
        wallet.call(market.agent, rule.target, data, pull=100)


def test_floor_refuses_a_bad_price(v2, market):
    """Half of what is charged isn't sold, so the wallet gains half of what the floor requires."""
    path, rule, wallet = v2
    with pytest.raises(errors.FloorMissed):
        wallet.call(market.agent, rule.target, swap_v2_data(wallet.address, path, SOLD // 2, market.deadline), pull=100)


def test_router_without_deadline_has_a_function_of_its_own():
    rule = exact_input(C, (A, 500, B), floor=FLOOR, has_deadline=False, **TERMS)
    data = exact_input_data(A, (A, 500, B), 7, None)
    assert rule.function == EXACT_INPUT_02
    assert data[:4] == rule.selector
    words = [data[4 + 32 * i : 36 + 32 * i] for i in range(len(rule.arguments) - 1)]
    pinned = [(i, each.values[0]) for i, each in enumerate(rule.arguments[:-1]) if each.values]
    assert [words[i] for i, _ in pinned] == [value for _, value in pinned]
    assert Argument.tail_in(data[4 + 32 * len(words) :]) == rule.arguments[-1]


# Notes

OPEN = CallRule(C, "f(uint256)", (Argument.any(),), token=A, **TERMS)


@pytest.fixture
def notes(new_mandate, usdc, dai):
    """What a mandate with one rule says about it."""

    def of(**changes):
        return new_mandate(calls=[replace(OPEN, token=usdc.address, **changes)]).notes()

    return of


def test_rule_of_a_builder_has_no_note(new_mandate, usdc, dai):
    floor = Floor.of(dai.address, 18, "0.95", 6)
    rules = [
        swap_v2(C, (usdc.address, dai.address), floor=floor, **TERMS),
        exact_input(C, (usdc.address, 500, dai.address), floor=floor, **TERMS),
    ]
    assert new_mandate(calls=rules).notes() == []


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"arguments": (Argument.any_address(),)}, "any address"),
        ({"arguments": (Argument.any_words(),)}, "any array"),
        (
            {
                "function": "exactInputSingle((address,address,uint24,address,uint256,uint256,uint256,uint160))",
                "arguments": (Argument.any(),) * 8,
            },
            "any fee tier",
        ),
        ({"floor": Floor(C, 1, 1)}, "exactly 1:1"),
    ],
)
def test_note_names_what_a_rogue_agent_could_use(notes, changes, part):
    (note,) = notes(**changes)
    assert part in note


def test_note_on_a_floor_compares_whole_tokens(notes, dai):
    assert len(notes(floor=Floor.of(dai.address, 18, 1, 6))) == 1
    assert notes(floor=Floor.of(dai.address, 18, "0.999", 6)) == []


def test_rule_that_charges_nothing_has_no_note(notes):
    assert notes(pull_limit=Decimal(0), arguments=(Argument.any_address(),)) == []
