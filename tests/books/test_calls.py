"""Calls of the agent: what the target took and gave, and not what the call only charged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import NATIVE, Argument, Budget, CallRule, Token, Window
from peculium.devnet.anvil import rpc
from peculium.ledger import Ledger, Path
from verification.testing.durations import DAY

SWAP = "swap(address,uint256,address,uint256)"


@pytest.fixture
def venue(deploy):
    """A contract that takes one token and gives another."""
    return deploy("MockVenue")


@pytest.fixture
def trader(checkpoint, deploy, new_agent, new_mandate, venue, payee, usdc, web3):
    """An agent that may swap USDC, and call a function whose argument is an amount of native currency."""
    ether = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    terms = {"max_calls": 9, "window": timedelta(seconds=DAY)}
    swap = CallRule(venue.address, SWAP, (Argument.any(),) * 4, 1, 50, usdc.address, **terms)
    redeem = CallRule(
        venue.address, "redeem(uint256,address,uint256)", (Argument.charged(), Argument.any(), Argument.any()),
        token=NATIVE, **terms,
    )  # fmt: skip
    made = new_agent(budgets=(new_mandate().budgets[0], ether), calls=(swap, redeem))
    rpc(web3, "anvil_setBalance", made.wallet.address, hex(10**19))
    return made


@pytest.fixture
def read(place, suite, trader):
    """Reads what the agent's calls moved. The native currency of the wallet was there before."""
    first = suite.web3.eth.block_number + 1

    def rows():
        with Ledger.open(place) as ledger:
            ledger.follow(suite, [trader.wallet.address], first_block=first)
            ledger.update()
            assert [str(each) for each in ledger.balance() if not each.balances] == []
            return [(row.path, row.incoming, row.symbol, row.amount) for row in ledger.rows()]

    return rows


def test_what_an_argument_charges_did_not_move(trader, venue, read, usdc):
    data = venue.call_data("redeem", 10**18, usdc.address, 0)
    trader.wallet.call(trader.agent, venue.address, data)
    assert read() == []


def test_what_the_target_took_and_gave_belongs_to_the_call(trader, venue, read, usdc, dai, relayer):
    dai.send(relayer, "mint", venue.address, 10**20)
    data = venue.call_data("swap", usdc.address, 20 * 10**6, dai.address, 19 * 10**18)
    trader.wallet.call(trader.agent, venue.address, data, pull=20)
    assert read() == [(Path.CALL, False, "USDC", 20), (Path.CALL, True, "tDAI", 19)]


def test_native_currency_that_a_call_sends_belongs_to_it(trader, venue, read, usdc):
    data = venue.call_data("swap", usdc.address, 0, usdc.address, 0)
    trader.wallet.call(trader.agent, venue.address, data, value="0.5")
    assert read() == [(Path.CALL, False, "native", 0.5)]
