"""`call`: a floor, the least that a call must gain for what it charges (I33)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import NATIVE, Argument, Budget, Floor, Token, WalletCall, Window, errors
from verification.testing.call_rules import call_rule
from verification.testing.refusals import refuses

USD = 10**6
ETHER = 10**18
SWAP, REDEEM = "swap(address,uint256,address,uint256)", "redeem(uint256,address,uint256)"


@pytest.fixture
def venue(checkpoint, deploy):
    """A venue that takes and gives what the caller says."""
    return checkpoint.share("venue", lambda: deploy("MockVenue"))


@pytest.fixture
def coin(checkpoint, deploy, venue, deployer):
    """A token of 18 decimals that the mandate doesn't list. The venue has plenty of it."""

    def create():
        token = deploy("MockStablecoin", "Coin", "COIN", 18)
        token.send(deployer, "mint", venue.address, 10**30)
        return token

    return checkpoint.share("coin", create)


@pytest.fixture
def swap_rule(venue, usdc):
    """A rule for swapping USDC at the venue. Its floor is half a coin for each dollar unless it is given."""

    def rule(floor, **terms):
        arguments = (Argument.any(),) * 4
        return call_rule(
            venue.address, SWAP, arguments, **{"token": usdc.address, "pull_limit": 100, "floor": floor, **terms}
        )

    return rule


@pytest.fixture
def created(checkpoint, new_agent, swap_rule, coin):
    """An agent whose swaps gain at least half a coin for each dollar."""
    return checkpoint.share("created", lambda: new_agent(calls=(swap_rule(Floor(coin.address, ETHER, 2 * USD)),)))


@pytest.fixture
def swap_as(venue, usdc, coin):
    """Swaps dollars for coins (base units) as an agent. The pull is what the venue takes unless it is given."""

    def make(agent, taken, given, pull=None, give=coin.address):
        data = venue.call_data("swap", usdc.address, taken, give, given)
        amount = Decimal(taken if pull is None else pull).scaleb(-6)
        return agent.wallet.call(agent.agent, venue.address, data, pull=amount)

    return make


@pytest.fixture
def swap(created, swap_as):
    """Swaps as the shared agent."""
    return lambda *arguments, **terms: swap_as(created, *arguments, **terms)


# Refusals


@pytest.mark.parametrize("taken", [100 * USD, 3])
def test_refuses_to_gain_one_unit_less_than_the_floor(taken, created, swap, coin, usdc):
    needed = taken * ETHER // (2 * USD)
    with refuses(errors.FloorMissed, token=coin.address, gained=needed - 1, needed=needed):
        swap(taken, needed - 1)
    with refuses(errors.FloorMissed, token=coin.address, gained=0, needed=needed):
        swap(taken, 0)
    assert created.wallet.spent("USD") == 0
    swap(taken, needed)
    swap(taken, needed + 1)


def test_refuses_to_gain_less_than_a_fraction_rounded_up(new_agent, swap_as, swap_rule, coin):
    """One coin unit for three dollar units: four need two."""
    created = new_agent(calls=(swap_rule(Floor(coin.address, 1, 3)),))
    for taken, needed in ((1, 1), (3, 1), (4, 2), (6, 2), (7, 3)):
        with refuses(errors.FloorMissed, token=coin.address, gained=needed - 1, needed=needed):
            swap_as(created, taken, needed - 1)
        swap_as(created, taken, needed)


def test_refuses_by_what_was_charged_not_by_what_was_taken(swap, coin):
    """The approval is charged in full, whether the venue takes it or not."""
    with refuses(errors.FloorMissed, token=coin.address, gained=25 * ETHER, needed=50 * ETHER):
        swap(50 * USD, 25 * ETHER, pull=100 * USD)
    swap(50 * USD, 50 * ETHER, pull=100 * USD)


def test_refuses_what_the_wallet_had_before(created, swap, coin, relayer):
    """A gift before the call is no gain."""
    coin.send(relayer, "mint", created.wallet.address, 1000 * ETHER)
    with refuses(errors.FloorMissed, token=coin.address, gained=0, needed=50 * ETHER):
        swap(100 * USD, 0)


def test_refuses_a_gain_in_another_token(swap, coin, dai, venue, relayer):
    dai.send(relayer, "mint", venue.address, 1000 * ETHER)
    with refuses(errors.FloorMissed, token=coin.address, gained=0, needed=50 * ETHER):
        swap(100 * USD, 1000 * ETHER, give=dai.address)


def test_refuses_a_gain_given_to_someone_else(new_agent, deploy, coin, usdc, stranger):
    arguments = (Argument.any(), Argument.any())
    terms = {"token": usdc.address, "pull_limit": 100, "floor": Floor(coin.address, 1, 1)}
    created = new_agent(calls=(call_rule(coin.address, "mint(address,uint256)", arguments, **terms),))
    data = coin.call_data("mint", stranger.address, 100 * USD)
    with refuses(errors.FloorMissed, token=coin.address, gained=0, needed=100 * USD):
        created.wallet.call(created.agent, coin.address, data, pull=100)


@pytest.mark.parametrize("fee", [1, 5_000, 10_000])
def test_refuses_by_what_arrives_after_a_fee(fee, new_agent, swap_as, swap_rule, venue, deploy, relayer):
    """A token with a fee on transfers: the balance counts, not what the venue says."""
    token = deploy("FeeOnTransferToken")
    token.send(relayer, "mint", venue.address, 10**12)
    token.send(relayer, "setFee", fee)
    created = new_agent(calls=(swap_rule(Floor(token.address, 1, 1)),))
    arrives = 100 * USD - 100 * USD * fee // 10_000
    with refuses(errors.FloorMissed, token=token.address, gained=arrives, needed=100 * USD):
        swap_as(created, 100 * USD, 100 * USD, give=token.address)
    if fee < 10_000:
        swap_as(created, 50 * USD, 101 * USD, give=token.address)


def test_refuses_to_lose_the_token_even_if_nothing_is_charged(created, coin, venue, usdc, principal, swap):
    """An approval of the principal lets the venue take the token that the floor names."""
    approve = coin.call_data("approve", venue.address, 5)
    created.wallet.execute(principal, WalletCall(coin.address, 0, approve))
    coin.send(principal, "mint", created.wallet.address, 5)
    data = venue.call_data("swap", coin.address, 5, coin.address, 4)
    with refuses(errors.FloorMissed, token=coin.address, gained=0, needed=0):
        created.wallet.call(created.agent, venue.address, data)
    created.wallet.call(created.agent, venue.address, venue.call_data("swap", coin.address, 5, coin.address, 5))


@pytest.mark.parametrize("kind", ["reverts", "short", "no code"])
def test_refuses_a_token_that_no_longer_reports_its_balance(kind, created, swap, coin, web3):
    """I15."""
    code = {"reverts": "0x60006000fd", "short": "0x601f6000f3", "no code": "0x"}[kind]
    web3.provider.make_request("anvil_setCode", [coin.address, code])
    with refuses(errors.TokenBalanceUnreadable, token=coin.address):
        swap(0, 0)


# Charges


def test_floor_of_a_call_that_charges_nothing_is_zero(created, swap):
    swap(0, 0)
    assert created.wallet.spent("USD") == 0


def test_counts_a_charged_argument(new_agent, venue, coin, usdc):
    rule = call_rule(
        venue.address,
        REDEEM,
        (Argument.charged(), Argument.any(), Argument.any()),
        token=usdc.address,
        floor=Floor(coin.address, 2, 1),
    )
    created = new_agent(calls=(rule,))

    def redeem(given):
        data = venue.call_data("redeem", 30 * USD, coin.address, given)
        created.wallet.call(created.agent, venue.address, data)

    with refuses(errors.FloorMissed, token=coin.address, gained=60 * USD - 1, needed=60 * USD):
        redeem(60 * USD - 1)
    redeem(60 * USD)
    assert created.wallet.spent("USD") == 30


def test_counts_in_units_of_the_token_not_of_the_budget(new_agent, venue, coin, dai):
    """A charge in DAI, 18 decimals, is rounded up to six in the budget; the floor counts the exact amount."""
    arguments = (Argument.any(),) * 4
    rule = call_rule(venue.address, SWAP, arguments, token=dai.address, pull_limit=100, floor=Floor(coin.address, 1, 1))
    created = new_agent(calls=(rule,))
    for taken in (1, ETHER + 1):
        data = venue.call_data("swap", dai.address, taken, coin.address, taken - 1)
        pull = Decimal(taken).scaleb(-18)
        with refuses(errors.FloorMissed, token=coin.address, gained=taken - 1, needed=taken):
            created.wallet.call(created.agent, venue.address, data, pull=pull)
        data = venue.call_data("swap", dai.address, taken, coin.address, taken)
        created.wallet.call(created.agent, venue.address, data, pull=pull)


@pytest.fixture
def ether_budget(payee):
    """One ether a payment, two a day."""
    window = (Window(timedelta(days=1), Decimal(2)),)
    return Budget("ETH", 1, 5, window, (Token(NATIVE, 18),), (payee.address,), decimals=18)


def test_counts_native_value(new_agent, new_mandate, venue, coin, ether_budget, web3):
    """A swap of ether for coins: at least three coins for two ether."""
    rule = call_rule(
        venue.address,
        SWAP,
        (Argument.any(),) * 4,
        token=NATIVE,
        value_limit=1,
        floor=Floor(coin.address, 3, 2),
    )
    created = new_agent(budgets=(new_mandate().budgets[0], ether_budget), calls=(rule,))
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10 * ETHER)])

    def buy(value, given):
        data = venue.call_data("swap", NATIVE, 0, coin.address, given)
        created.wallet.call(created.agent, venue.address, data, value=value)

    with refuses(errors.FloorMissed, token=coin.address, gained=15 * 10**17 - 1, needed=15 * 10**17):
        buy(1, 15 * 10**17 - 1)
    buy(1, 15 * 10**17)
    buy(0, 0)
    assert web3.eth.get_balance(venue.address) == ETHER


def test_gains_native_currency(new_agent, swap_as, swap_rule, venue, web3):
    """No budget lists it."""
    created = new_agent(calls=(swap_rule(Floor(NATIVE, 10**12, 1)),))
    web3.provider.make_request("anvil_setBalance", [venue.address, hex(1000 * ETHER)])
    with refuses(errors.FloorMissed, token=NATIVE, gained=100 * ETHER - 1, needed=100 * ETHER):
        swap_as(created, 100 * USD, 100 * ETHER - 1, give=NATIVE)
    swap_as(created, 100 * USD, 100 * ETHER, give=NATIVE)
    assert web3.eth.get_balance(created.wallet.address) == 100 * ETHER


def test_gains_shares_of_the_target_itself(new_agent, deploy, usdc):
    """A vault whose shares are the target's own token."""
    vault = deploy("MockStablecoin", "Share", "SHARE", 18)
    arguments = (Argument.this_wallet(), Argument.any())
    rule = call_rule(
        vault.address,
        "mint(address,uint256)",
        arguments,
        token=usdc.address,
        pull_limit=100,
        floor=Floor(vault.address, 95, 100),
    )
    created = new_agent(calls=(rule,))

    def deposit(shares):
        data = vault.call_data("mint", created.wallet.address, shares)
        created.wallet.call(created.agent, vault.address, data, pull=100)

    with refuses(errors.FloorMissed, token=vault.address, gained=95 * USD - 1, needed=95 * USD):
        deposit(95 * USD - 1)
    deposit(95 * USD)


def test_gains_a_listed_token(new_agent, venue, usdc, dai, relayer, swap_rule):
    dai.send(relayer, "mint", venue.address, 1000 * ETHER)
    created = new_agent(calls=(swap_rule(Floor(dai.address, ETHER, USD)),))
    before = dai.balance(created.wallet.address)
    data = venue.call_data("swap", usdc.address, 10 * USD, dai.address, 10 * ETHER)
    created.wallet.call(created.agent, venue.address, data, pull=10)
    assert dai.balance(created.wallet.address) == before + 10
    assert created.wallet.spent("USD") == 10


LARGEST, LARGEST_LIMIT = 2**96 - 1, Decimal("79228162514264337593543.950335")


@pytest.mark.parametrize(
    ("taken", "gain", "per"),
    [(LARGEST, 1, LARGEST), (LARGEST, LARGEST, LARGEST), (LARGEST, 2**64 - 1, 1), (2**64, LARGEST, 1)],
)
def test_counts_with_the_largest_numbers(taken, gain, per, new_agent, venue, coin, usdc, relayer, swap_rule):
    """No product overflows."""
    limit = LARGEST_LIMIT
    rule = swap_rule(Floor(coin.address, gain, per), pull_limit=limit)
    created = new_agent(calls=(rule,), payment_limit=limit, window_limit=limit, lifetime_limit=limit)
    needed = -(-taken * gain // per)
    usdc.send(relayer, "mint", created.wallet.address, taken)
    coin.send(relayer, "mint", venue.address, 2**200)

    def swap_for(given):
        data = venue.call_data("swap", usdc.address, 0, coin.address, given)
        arguments = (venue.address, 0, 0, data, taken, bytes(32))
        created.wallet.read("call", *arguments, sender=created.agent.address)

    with refuses(errors.FloorMissed, token=coin.address, gained=needed - 1, needed=needed):
        swap_for(needed - 1)
    swap_for(needed)


def test_refuses_where_the_floor_needs_more_than_160_bits(new_agent, venue, coin, usdc, relayer, swap_rule):
    """More is counted as 160 bits, so that nothing overflows."""
    limit = LARGEST_LIMIT
    rule = swap_rule(Floor(coin.address, LARGEST, 1), pull_limit=limit)
    created = new_agent(calls=(rule,), payment_limit=limit, window_limit=limit, lifetime_limit=limit)
    coin.send(relayer, "mint", venue.address, 2**250)
    data = venue.call_data("swap", usdc.address, 0, coin.address, 2**250)
    arguments = (venue.address, 0, 0, data, LARGEST, bytes(32))
    with refuses(errors.FloorMissed, token=coin.address, gained=2**160 - 1, needed=LARGEST**2):
        created.wallet.read("call", *arguments, sender=created.agent.address)


def test_a_gain_beyond_160_bits_satisfies_every_floor(new_agent, venue, coin, usdc, relayer, swap_rule):
    created = new_agent(calls=(swap_rule(Floor(coin.address, 2**96 - 1, 1)),))
    coin.send(relayer, "mint", venue.address, 2**250)
    data = venue.call_data("swap", usdc.address, 0, coin.address, 2**250)
    created.wallet.call(created.agent, venue.address, data, pull=100)
    assert coin.read("balanceOf", created.wallet.address) == 2**250
