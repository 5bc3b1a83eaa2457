"""H: calls that charge their arguments, have a floor, pin a tail, or are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_abi import encode

from peculium import NATIVE, Argument, Call, Floor, WalletCall, errors
from tests.attacks.conftest import AMPLE, TAKE
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY

USD, DAI = 10**6, 10**18
SWAP = "swap(uint256,address[],address)"
REDEEM = "redeem(uint256)"


def word(number):
    return (number % 2**256).to_bytes(32)


@pytest.fixture
def allow(regrant):
    """The principal grants these call rules instead of the usual ones."""

    def grant(*rules, **overrides):
        regrant(calls=rules, **overrides)

    return grant


@pytest.fixture
def trade(rogue, colluder):
    """The rogue calls the venue with a pull in dollars."""

    def call(amount=100, **terms):
        return rogue.wallet.call(rogue.agent, colluder.address, TAKE, pull=amount, **terms)

    return call


@pytest.fixture
def venue(rogue, colluder, usdc, dai, allow, relayer):
    """The rogue's own venue, with a rule for it: at least 0.95 of the second token for each dollar pulled.

    Sets what the venue pulls and gives in the next calls (whole tokens).
    """
    allow(call_rule(colluder.address, "take()", pull_limit=100, token=usdc.address, floor=_floor(dai)))

    def prepare(pulled, given, *steps, stocked=True):
        if stocked:
            dai.send(relayer, "mint", colluder.address, 100 * DAI)
        pull = usdc.call_data("transferFrom", rogue.wallet.address, colluder.address, int(Decimal(pulled) * USD))
        give = dai.call_data("transfer", rogue.wallet.address, int(Decimal(given) * DAI))
        prepared = [(usdc.address, 0, pull), (dai.address, 0, give), *steps]
        colluder.send(relayer, "arm", prepared, gas=AMPLE)

    return prepare


def _floor(token, at_least="0.95"):
    return Floor.of(token.address, token.decimals, at_least, 6)


# H08: amounts in arguments


@pytest.fixture
def redeem(rogue, target):
    """The rogue calls a function with a charged argument (base units)."""

    def call(units, tail=b"", variant=0, pull=0, value=0):
        data = call_rule(target.address, REDEEM).selector + word(units) + tail
        arguments = (target.address, variant, value, data, pull, bytes(32))
        return rogue.wallet.send(rogue.agent, "call", *arguments, gas=AMPLE)

    return call


def test_h08_amounts_that_charge_nothing(attack, rogue, allow, target, usdc, redeem):
    """Passes amounts that the target reads as everything and a checker as nothing: zero, all bits, a truncated number."""
    allow(call_rule(target.address, REDEEM, (Argument.charged(),), token=usdc.address))
    with attack.refused(errors.ZeroAmount):
        redeem(0)
    for units in (2**256 - 1, 2**255, 2**128, 2**160 + 1):
        with attack.refused(errors.AmountTooLarge, amount=units):
            redeem(units)
    with attack.refused(errors.PaymentLimitExceeded, charge=2**128 - 1):
        redeem(2**128 - 1)
    for tail in (word(1), b"\1", bytes(32)):
        with attack.refused(errors.InvalidCalldataLength):
            redeem(100 * USD, tail)
    before = rogue.wallet.spent("USD")
    for _ in range(4):
        with attack.accepted():
            redeem(100 * USD)
    assert rogue.wallet.spent("USD") == before + 400
    with attack.refused(errors.WindowLimitExceeded):
        redeem(100 * USD)


def test_h08_a_charged_argument_beside_a_pull(attack, rogue, allow, target, usdc, redeem):
    """Has an amount charged as an argument and pulls it too, or takes it by the principal's own approval."""
    charged = call_rule(target.address, REDEEM, (Argument.charged(),), token=usdc.address)
    twice = replace(charged, function="redeem(uint256,uint256)", arguments=(Argument.charged(), Argument.charged()))
    ether = replace(charged, token=NATIVE, value_limit="0.1")
    for rule in (replace(charged, pull_limit=1), twice, ether):
        with attack.refused(errors.ChargedTwice, target=target.address):
            allow(rule)
    allow(charged)
    with attack.refused(errors.PullLimitExceeded, limit=0):
        redeem(50 * USD, pull=1)
    approve = usdc.call_data("approve", target.address, 100 * USD)
    rogue.wallet.execute(rogue.principal, WalletCall(usdc.address, 0, approve))
    attack.watch(rogue)
    pull = usdc.call_data("transferFrom", rogue.wallet.address, target.address, 50 * USD)
    target.send(rogue.agent, "arm", usdc.address, pull, 1, True)
    with attack.refused(errors.TokenTookMore, token=usdc.address, amount=0):
        redeem(50 * USD)


def test_h08_variants_with_the_same_counter(attack, rogue, allow, target, usdc, dai, redeem):
    """Charges each amount in the variant in which it is smallest, and names variants that don't exist."""
    fields = {"arguments": (Argument.charged(),), "token": usdc.address}
    allow(
        call_rule(target.address, REDEEM, **fields),
        call_rule(target.address, REDEEM, **{**fields, "token": dai.address}, variant=7),
    )
    with attack.refused(errors.PaymentLimitExceeded, charge=10**12 * USD, limit=100 * USD):
        redeem(10**12 * USD)
    # A number that is a million dollars in one token is a millionth in the other: the rule's token counts.
    before = rogue.wallet.spent("USD")
    with attack.accepted():
        redeem(10**12, variant=7)
    assert rogue.wallet.spent("USD") == before + Decimal("0.000001")
    for variant in (1, 6, 8, 255):
        with attack.refused(errors.CallNotListed, variant=variant):
            redeem(1, variant=variant)


# H09: floors


def test_h09_a_venue_that_gives_too_little(attack, rogue, venue, trade, dai):
    """Trades at its own venue: for nothing, for one base unit less than the floor, and for something else."""
    attack.may_extract(100)
    for given in (0, 1, "94.999999999999999999"):
        venue(100, given)
        with attack.refused(errors.FloorMissed, token=dai.address, needed=95 * DAI):
            trade()
    venue(100, 95)
    with attack.accepted():
        trade()
    # What was charged counts, not what was pulled.
    venue(10, "9.5")
    with attack.refused(errors.FloorMissed, needed=95 * DAI):
        trade()


def test_h09_a_donation_before_the_trade(attack, rogue, venue, trade, dai, relayer):
    """Gives the wallet the second token before the trade, so that its balance is high enough afterwards."""
    dai.send(relayer, "mint", rogue.wallet.address, 1000 * DAI)
    attack.watch(rogue)
    venue(100, 0)
    with attack.refused(errors.FloorMissed, gained=0):
        trade()


def test_h09_a_loan_for_the_length_of_the_trade(attack, rogue, venue, colluder, dai, deploy, relayer, now):
    """Borrows what the venue gives, has the trade relayed, and takes the second token back to repay the loan."""
    lender, borrower, wallet = deploy("FlashLender"), deploy("Colluder"), rogue.wallet
    dai.send(relayer, "mint", lender.address, 95 * DAI)
    venue(100, 95, stocked=False)
    action = wallet.sign_action(rogue.agent, Call(colluder.address, TAKE, 0, 100), deadline=now() + DAY)
    calls = [
        (dai, "transfer", colluder.address, 95 * DAI),
        (wallet, "act", action.action, action.relay(), action.signature),
        (dai, "transferFrom", wallet.address, borrower.address, 95 * DAI),
        (dai, "approve", lender.address, 95 * DAI),
    ]
    steps = [(contract.address, 0, contract.call_data(*call)) for contract, *call in calls]
    borrower.send(relayer, "arm", steps, gas=AMPLE)
    before = wallet.spent("USD")
    with attack.refused(errors.ERC20InsufficientBalance):
        lender.send(relayer, "flashLoan", borrower.address, dai.address, 95 * DAI, b"", gas=AMPLE)
    assert wallet.spent("USD") == before


def test_h09_the_second_token_by_an_approval(attack, rogue, allow, colluder, deploy, usdc, relayer, trade):
    """Takes the token of the floor, which no budget lists, by the principal's approval in a call that charges nothing."""
    unlisted = deploy("MockStablecoin", "Unlisted", "UNL", 6)
    unlisted.send(relayer, "mint", rogue.wallet.address, 100 * USD)
    approve = unlisted.call_data("approve", colluder.address, 100 * USD)
    rogue.wallet.execute(rogue.principal, WalletCall(unlisted.address, 0, approve))
    attack.watch(rogue, unlisted)
    rule = call_rule(colluder.address, "take()", pull_limit=100, token=usdc.address)
    allow(replace(rule, floor=Floor.of(unlisted.address, 6, 1, 6)))
    pull = unlisted.call_data("transferFrom", rogue.wallet.address, colluder.address, 1)
    colluder.send(relayer, "arm", [(unlisted.address, 0, pull)])
    with attack.refused(errors.FloorMissed, token=unlisted.address, gained=0, needed=0):
        trade(0)


def test_h09_a_fee_on_what_is_given(attack, rogue, allow, deploy, colluder, usdc, relayer, trade):
    """Gives a token that keeps a fee on the way, so that the venue gives the floor and the wallet gains less."""
    costly = deploy("FeeOnTransferToken")
    costly.send(relayer, "setFee", 100)
    costly.send(relayer, "mint", colluder.address, 1000 * USD)
    rule = call_rule(colluder.address, "take()", pull_limit=100, token=usdc.address)
    allow(replace(rule, floor=Floor.of(costly.address, 6, 1, 6)))
    pull = usdc.call_data("transferFrom", rogue.wallet.address, colluder.address, 100 * USD)
    give = costly.call_data("transfer", rogue.wallet.address, 100 * USD)
    colluder.send(relayer, "arm", [(usdc.address, 0, pull), (costly.address, 0, give)])
    with attack.refused(errors.FloorMissed, token=costly.address, gained=99 * USD, needed=100 * USD):
        trade()


def test_h09_two_trades_with_one_gain(attack, rogue, venue, colluder, now):
    """Makes a second trade inside the first, so that one gain meets both floors."""
    wallet = rogue.wallet
    action = wallet.sign_action(rogue.agent, Call(colluder.address, TAKE, 0, 100), deadline=now() + DAY)
    again = wallet.call_data("act", action.action, action.relay(), action.signature)
    attack.may_extract(100)
    venue(100, 95, (wallet.address, 0, again))
    with attack.accepted():
        wallet.send(rogue.agent, "call", colluder.address, 0, 0, TAKE, 100 * USD, bytes(32), gas=AMPLE)
    attack.inner_calls(colluder.read("results"), None, None, errors.ReentrancyGuardReentrantCall)


def test_h09_half_a_floor(attack, allow, colluder, usdc, dai):
    """Asks for rules whose floor measures nothing: half of it, in the rule's own token, or without anything charged."""
    rule = call_rule(colluder.address, "take()", pull_limit=100, token=usdc.address)
    for floor, refusal in (
        (Floor(dai.address, 1, 0), errors.FloorIncomplete),
        (Floor(dai.address, 0, 1), errors.FloorIncomplete),
        (Floor(usdc.address, 1, 1), errors.FloorInOwnToken),
        (Floor(colluder.address, 1, 1), errors.GainTokenUnreadable),
    ):
        with attack.refused(refusal):
            allow(replace(rule, floor=floor))
    with attack.refused(errors.FloorWithoutCharge):
        allow(replace(rule, pull_limit=0, floor=_floor(dai)))
    # Ether sent beside the pull would leave for nothing: the floor measures what is charged of the rule's token.
    with attack.refused(errors.ValueBesideFloor, target=colluder.address):
        allow(replace(rule, value_limit="0.1", floor=_floor(dai)))


# H10: tails


@pytest.fixture
def swap(rogue, target):
    """The rogue calls a function whose second argument, a path, is pinned; with these words after the selector."""

    def call(*words):
        data = call_rule(target.address, SWAP).selector + b"".join(words)
        return rogue.wallet.send(rogue.agent, "call", target.address, 0, 0, data, 0, bytes(32), gas=AMPLE)

    return call


def test_h10_another_tail_than_the_pinned_one(attack, rogue, allow, target, usdc, dai, accomplice, swap):
    """Passes another path, a longer one, the same one elsewhere, and offsets into the words before it."""
    path = encode(["address[]"], [[usdc.address, dai.address]])[32:]
    other = encode(["address[]"], [[usdc.address, accomplice.address, dai.address]])[32:]
    arguments = (Argument.at_most(100), Argument.equal(96), Argument.this_wallet(), Argument.tail_in(path))
    allow(call_rule(target.address, SWAP, arguments, token=usdc.address))
    home = word(int(rogue.wallet.address, 16))
    with attack.accepted():
        swap(word(1), word(96), home, path)
    for tail in (other, path + bytes(32), path[:-32], path[:-1], path + path, b"", bytes(32) + path, word(0)):
        with attack.refused(errors.TailRefused):
            swap(word(1), word(96), home, tail)
    for offset in (0, 32, 64, 97, 96 + len(path), 2**256 - 32):
        with attack.refused(errors.ArgumentRefused, index=1):
            swap(word(1), word(offset), home, path)
    with attack.refused(errors.InvalidCalldataLength):
        swap(word(1), word(96))
    with attack.refused(errors.ArgumentRefused, index=2):
        swap(word(1), word(96), word(int(accomplice.address, 16)), path)


def test_h10_a_tail_that_is_not_the_end(attack, allow, target, usdc):
    """Asks for a rule whose tail is followed by another argument, or preceded by one that is part of it."""
    tail, anything = Argument.tail_in(b"path"), Argument.any()
    for arguments in ((tail, anything), (Argument.any_bytes(), tail), (Argument.any_words(), anything, tail)):
        with attack.refused(errors.InvalidTail):
            allow(call_rule(target.address, SWAP, arguments, token=usdc.address))


# H18: the number of calls


def test_h18_more_calls_than_the_maximum(attack, rogue, allow, target, colluder, usdc, dai, bundler, relayer, now):
    """Calls a function by every path, under every variant and under the next mandate, until it is refused."""
    # The fee of the operation.
    attack.may_extract(0, "0.001")
    wallet, agent, data = rogue.wallet, rogue.agent, TAKE
    rules = [
        call_rule(target.address, "take()", token=token.address, variant=variant, max_calls=4)
        for variant, token in enumerate((usdc, dai))
    ]
    allow(*rules)
    with attack.accepted():
        wallet.call(agent, target.address, data)
    with attack.accepted():
        wallet.act(relayer, wallet.sign_action(agent, Call(target.address, data), deadline=now() + DAY))
    with attack.accepted():
        bundler.perform(wallet, agent, Call(target.address, data))
    allow(*rules)
    with attack.accepted():
        wallet.call(agent, target.address, data, variant=1)
    for variant in (0, 1):
        with attack.refused(errors.CallCountExceeded, max_calls=4, window=DAY):
            wallet.call(agent, target.address, data, variant=variant)
    allow(*(replace(rule, window=timedelta(hours=8)) for rule in rules))
    with attack.refused(errors.CallCountExceeded, max_calls=4):
        wallet.call(agent, target.address, data)
    with attack.refused(errors.VariantsDiffer, variant=1):
        allow(rules[0], replace(rules[1], max_calls=5))
    with attack.refused(errors.InvalidMaxCalls):
        allow(replace(rules[0], max_calls=0))


def test_h18_calls_at_every_bucket_boundary(attack, rogue, allow, target, usdc, now, time_travel):
    """For three days, makes as many calls as are accepted just before, at and after each bucket boundary."""
    allow(call_rule(target.address, "take()", token=usdc.address, max_calls=3))
    width, made = DAY // 8, []
    start = (now() // width + 1) * width
    for edge in range(start, start + 3 * DAY, width):
        time_travel(to=edge - 3)
        for second in (edge - 1, edge, edge + 1):
            if second > now():
                time_travel(to=second)
            attack.attempts += 1
            try:
                rogue.wallet.call(rogue.agent, target.address, TAKE)
            except errors.CallCountExceeded:
                continue
            made.append(now())
    assert max(sum(end - DAY < when <= end for when in made) for end in made) == 3
