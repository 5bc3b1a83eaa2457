"""`call`: how often a function may be called, under all variants and mandates together (I33)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_utils import keccak

from peculium import Argument, errors
from peculium.mandate import ZERO_HASH
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

TAKE, DROP = (keccak(text=f"{name}()")[:4] for name in ("take", "drop"))
BUCKET = DAY // 8


@pytest.fixture
def target(checkpoint, deploy):
    """A contract that accepts any call."""
    return checkpoint.share("target", lambda: deploy("MockTarget"))


@pytest.fixture
def take_rule(target, usdc):
    """A rule for the function, three times a day unless the terms say otherwise."""
    return lambda **terms: call_rule(target.address, "take()", **{"token": usdc.address, "max_calls": 3, **terms})


@pytest.fixture
def created(checkpoint, new_agent, take_rule):
    """An agent that may call the function three times a day."""
    return checkpoint.share("created", lambda: new_agent(calls=(take_rule(),)))


@pytest.fixture
def take(created, target):
    """Calls the function under a variant of its rule."""
    return lambda variant=0, data=TAKE: created.wallet.call(created.agent, target.address, data, variant=variant)


def exceeded(target, most=3, window=DAY, selector=TAKE):
    """Asserts that a call is one too many."""
    terms = {"target": target.address, "selector": selector, "max_calls": most, "window": window}
    return refuses(errors.CallCountExceeded, **terms)


def test_refuses_one_call_more_than_the_maximum(take, target):
    for _ in range(3):
        take()
    with exceeded(target):
        take()


def test_refuses_a_second_call_where_one_is_allowed(new_agent, take_rule, target):
    created = new_agent(calls=(take_rule(max_calls=1),))
    created.wallet.call(created.agent, target.address, TAKE)
    with exceeded(target, most=1):
        created.wallet.call(created.agent, target.address, TAKE)


def test_refuses_calls_under_all_variants_together(new_agent, take_rule, target, usdc, dai):
    """Each variant alone would allow three."""
    rules = (take_rule(), take_rule(variant=1, token=dai.address), take_rule(variant=255))
    created = new_agent(calls=rules)
    for variant in (0, 1, 255):
        created.wallet.call(created.agent, target.address, TAKE, variant=variant)
    for variant in (0, 1, 255):
        with exceeded(target):
            created.wallet.call(created.agent, target.address, TAKE, variant=variant)


@pytest.mark.parametrize("between", ["nothing", "no rule", "lifted", "other window"])
def test_refuses_calls_under_all_mandates_together(between, created, take, target, take_rule, replace_mandate):
    for _ in range(2):
        take()
    if between == "no rule":
        replace_mandate(created)
    elif between == "lifted":
        created.wallet.lift_mandate(created.principal)
    elif between == "other window":
        replace_mandate(created, calls=(take_rule(window=timedelta(days=9)),))
    replace_mandate(created, calls=(take_rule(),))
    take()
    with exceeded(target):
        take()


def test_refuses_every_call_when_the_new_maximum_is_below_the_count(created, take, target, take_rule, replace_mandate):
    for _ in range(3):
        take()
    replace_mandate(created, calls=(take_rule(max_calls=2),))
    with exceeded(target, most=2):
        take()
    replace_mandate(created, calls=(take_rule(max_calls=4),))
    take()
    with exceeded(target, most=4):
        take()


def test_refuses_a_longer_window_that_would_forget_calls(
    created, take, target, take_rule, replace_mandate, time_travel
):
    """Calls that count when the window changes count for the whole new window."""
    for _ in range(3):
        take()
    replace_mandate(created, calls=(take_rule(window=timedelta(days=10)),))
    with exceeded(target, window=10 * DAY):
        take()
    time_travel(seconds=9 * DAY)
    take()


@pytest.mark.parametrize(("offset", "refused"), [(-1, True), (0, False), (1, False)])
def test_call_counts_for_one_window_and_its_bucket(offset, refused, created, target, now, time_travel):
    """I21. No interval of the window's length has more calls than the maximum."""
    start = (now() // BUCKET + 1) * BUCKET
    for moment in (start, start + 1, start + BUCKET - 1):
        time_travel(next_at=moment)
        arguments = ("call", target.address, 0, 0, TAKE, 0, ZERO_HASH)
        created.wallet.send(created.agent, *arguments, gas=1_000_000)
    time_travel(to=start + 9 * BUCKET + offset)
    arguments = (target.address, 0, 0, TAKE, 0, ZERO_HASH)
    if refused:
        with exceeded(target):
            created.wallet.read("call", *arguments, sender=created.agent.address)
    else:
        created.wallet.read("call", *arguments, sender=created.agent.address)


def test_refused_calls_do_not_count(created, take, target, new_agent, principal):
    """Neither what the wallet refuses nor what the target reverts."""
    with refuses(errors.InvalidCalldataLength):
        take(data=TAKE + b"\0")
    target.send(principal, "arm", created.wallet.address, created.wallet.call_data("liftMandate"), 9, True)
    # It comes through the target, so the package quotes it as the target's words.
    with refuses(errors.UnknownRevert):
        take()
    target.send(principal, "arm", target.address, b"", 0, True)
    for _ in range(3):
        take()


def test_each_function_and_target_has_its_own_count(new_agent, take_rule, target, deploy, usdc):
    other = deploy("MockTarget")
    rules = (
        take_rule(max_calls=1),
        call_rule(target.address, "drop()", token=usdc.address, max_calls=1),
        call_rule(other.address, "take()", token=usdc.address, max_calls=1),
    )
    created = new_agent(calls=rules)
    for contract, selector in ((target, TAKE), (target, DROP), (other, TAKE)):
        created.wallet.call(created.agent, contract.address, selector)
        with exceeded(contract, most=1, selector=selector):
            created.wallet.call(created.agent, contract.address, selector)


def test_each_wallet_has_its_own_count(created, take, target, new_agent, other_agent, take_rule):
    for _ in range(3):
        take()
    other = new_agent(key=other_agent, calls=(take_rule(),))
    other.wallet.call(other.agent, target.address, TAKE)


# Variants


def test_refuses_a_variant_that_no_rule_has(new_agent, take_rule, target):
    created = new_agent(calls=(take_rule(variant=1), take_rule(variant=3)))
    for variant in (0, 2, 4, 255):
        with refuses(errors.CallNotListed, target=target.address, selector=TAKE, variant=variant):
            created.wallet.call(created.agent, target.address, TAKE, variant=variant)
    for variant in (1, 3):
        created.wallet.call(created.agent, target.address, TAKE, variant=variant)


def test_each_variant_has_its_own_terms(new_agent, target, usdc, dai):
    """One function can sell several tokens, each by its own rule."""
    rules = tuple(
        call_rule(
            target.address,
            "sell(uint256)",
            (Argument.equal(number),),
            token=token.address,
            variant=number,
            pull_limit=limit,
        )
        for number, token, limit in ((0, usdc, 10), (1, dai, 20))
    )
    created = new_agent(calls=rules)
    for number, limit in ((0, 10), (1, 20)):
        data, others = (rules[0].selector + each.to_bytes(32) for each in (number, 1 - number))
        with refuses(errors.PullLimitExceeded, charge=(limit + 1) * 10**6, limit=limit * 10**6):
            created.wallet.call(created.agent, target.address, data, pull=limit + 1, variant=number)
        with refuses(errors.ArgumentRefused, index=0, word=(1 - number).to_bytes(32)):
            created.wallet.call(created.agent, target.address, others, pull=limit, variant=number)
        receipt = created.wallet.call(created.agent, target.address, data, pull=limit, variant=number)
        assert receipt.event("PaymentMade").arguments["token"] == rules[number].token
