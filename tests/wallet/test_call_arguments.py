"""`call`: the arguments that a call rule allows, word by word."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import Argument, Budget, LimitedPayee, Token, Window, errors
from verification.testing.call_rules import call_rule
from verification.testing.refusals import refuses

UNRESTRICTED = {
    "any": Argument.any(),
    "address": Argument.any_address(),
    "bytes": Argument.any_bytes(),
    "words": Argument.any_words(),
}


TAKE = keccak(text="take()")[:4]


@pytest.fixture
def rule_on(target, usdc):
    """Creates a rule on the arguments of the target's function `take`."""
    return lambda *arguments, **terms: call_rule(
        target.address, "take()", arguments, **{"token": usdc.address, **terms}
    )


@pytest.fixture
def try_call(new_agent, target, rule_on):
    """Simulates a call with this calldata under a rule on the arguments."""

    agents = {}

    def attempt(arguments, data):
        if arguments not in agents:
            agents[arguments] = new_agent(calls=(rule_on(*arguments),))
        created = agents[arguments]
        words = (target.address, 0, 0, TAKE + data, 0, bytes(32))
        created.wallet.read("call", *words, sender=created.agent.address)

    return attempt


def word(value):
    """A number as 32 bytes."""
    return value.to_bytes(32)


# Refusals


@pytest.mark.parametrize(
    ("rule", "accepted", "refused"),
    [
        (Argument.any(), [0, 2**256 - 1], []),
        (Argument.any_address(), [0, 2**160 - 1], [2**160, 2**256 - 1]),
        (Argument.equal(7), [7], [6, 8, 7 + 2**255]),
        (Argument.one_of(3, 5, 2**255), [3, 5, 2**255], [0, 4, 2**255 + 1]),
        (Argument.at_most(100), [0, 99, 100], [101, 2**256 - 1]),
        (Argument.at_least(100), [100, 101, 2**256 - 1], [0, 99]),
        (Argument.at_least(2**256 - 1), [2**256 - 1], [0, 2**256 - 2]),
        (Argument.at_least(0), [0, 2**256 - 1], []),
    ],
    ids=["any", "address", "equal", "one of", "at most", "at least", "at least the largest", "at least zero"],
)
def test_refuses_an_argument_outside_its_rule(rule, accepted, refused, try_call):
    """B02."""
    for value in accepted:
        try_call((Argument.any(), rule), word(1) + word(value))
    for value in refused:
        with refuses(errors.ArgumentRefused, index=1, word=word(value)):
            try_call((Argument.any(), rule), word(1) + word(value))


def test_refuses_another_address_where_the_rule_requires_this_wallet(new_agent, target, stranger, rule_on):
    created = new_agent(calls=(rule_on(Argument.this_wallet()),))
    wallet_word = int(created.wallet.address, 16)
    for value, is_allowed in ((wallet_word, True), (wallet_word + 2**160, False), (int(stranger.address, 16), False)):
        data = TAKE + word(value)
        if is_allowed:
            created.wallet.call(created.agent, target.address, data)
            continue
        with refuses(errors.ArgumentRefused, index=0, word=word(value)):
            created.wallet.call(created.agent, target.address, data)


@pytest.mark.parametrize("pull", [0, 1])
def test_refuses_an_address_that_the_rules_budget_does_not_list(
    pull, new_agent, target, usdc, dai, payee, stranger, other_agent, relayer, rule_on
):
    """Neither a payee of another budget, nor one with terms of its own, nor a stranger. It works without a pull, too."""

    def budget(currency, token, listed, **terms):
        tokens = (Token(token.address, token.decimals),)
        return Budget(currency, 100, 1000, (Window(timedelta(days=1), 500),), tokens, (listed.address,), **terms)

    own = {"limited_payees": (LimitedPayee(stranger.address),), "stranger_payment_limit": 9, "stranger_window_limit": 9}
    rule = rule_on(Argument.listed_payee(), pull_limit=1)
    created = new_agent(budgets=(budget("EUR", dai, other_agent), budget("USD", usdc, payee, **own)), calls=(rule,))
    listed = int(payee.address, 16)
    created.wallet.call(created.agent, target.address, TAKE + word(listed), pull=pull)
    others = (int(each.address, 16) for each in (stranger, other_agent, relayer))
    for value in (listed + 2**160, listed + 1, 0, *others):
        with refuses(errors.ArgumentRefused, index=0, word=word(value)):
            created.wallet.call(created.agent, target.address, TAKE + word(value), pull=pull)


def test_refuses_calldata_of_three_bytes(new_agent, target, usdc):
    """Padded with a zero, they would match the listed selector."""
    name = next(name for i in range(10**4) if keccak(text=(name := f"f{i}()"))[3] == 0)
    rule = call_rule(target.address, name, token=usdc.address)
    created = new_agent(calls=(rule,))
    created.wallet.call(created.agent, target.address, rule.selector)
    with refuses(errors.CallNotListed, target=target.address, selector=rule.selector, variant=0):
        created.wallet.call(created.agent, target.address, rule.selector[:3])


@pytest.mark.parametrize("length", [0, 31, 32, 63, 65, 96])
def test_refuses_calldata_of_another_length(length, try_call):
    """B03."""
    with refuses(errors.InvalidCalldataLength, length=4 + length, expected=4 + 64):
        try_call((Argument.any(), Argument.any()), bytes(length))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (word(64) + word(0), errors.ArgumentRefused),
        (word(31) + word(0), errors.ArgumentRefused),
        (word(0) + word(0), errors.ArgumentRefused),
        (word(32), errors.InvalidCalldataLength),
        (word(32) + word(1), errors.InvalidCalldataLength),
        (word(32) + word(33) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(65) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(2**255) + bytes(32), errors.ArgumentRefused),
        (word(32) + word(2**256 - 31) + bytes(32), errors.ArgumentRefused),
        (word(32) + word(1) + b"a" + b"\0" * 30 + b"b", errors.PaddingNotZero),
        (word(32) + word(1) + b"a" + bytes(31) + bytes(32), errors.InvalidCalldataLength),
        (word(32) + word(0) + b"\0", errors.InvalidCalldataLength),
    ],
    ids=[
        "offset too far",
        "odd offset",
        "offset to itself",
        "no length",
        "no content",
        "content cut short",
        "content cut short by two words",
        "huge length",
        "length that overflows",
        "dirty padding",
        "a word too many",
        "a byte too many",
    ],
)
def test_refuses_a_dynamic_argument_with_another_encoding(data, expected, try_call):
    """B01, B03."""
    with refuses(expected):
        try_call((UNRESTRICTED["bytes"],), data)


def test_refuses_overlapping_dynamic_arguments(try_call):
    """B01."""
    both = (UNRESTRICTED["bytes"], UNRESTRICTED["bytes"])
    with refuses(errors.ArgumentRefused, index=1, word=word(64)):
        try_call(both, word(64) + word(64) + word(1) + b"a" + bytes(31))


# Accepted arguments


def test_accepts_dynamic_arguments_as_solidity_encodes_them(try_call):
    kinds = (UNRESTRICTED["any"], UNRESTRICTED["bytes"], UNRESTRICTED["words"], UNRESTRICTED["bytes"])
    for content in (b"", b"x", b"y" * 31, b"z" * 32, b"w" * 33):
        for count in (0, 1, 3):
            values = [1, content, list(range(count)), content[::-1]]
            try_call(kinds, encode(["uint256", "bytes", "uint256[]", "bytes"], values))


@pytest.mark.parametrize("rules", [1, 2, 3, 64])
def test_applies_the_matching_one_of_many_rules(rules, new_agent, target, usdc):
    calls = tuple(
        call_rule(target.address, f"take{i}()", (Argument.equal(i),), token=usdc.address) for i in range(rules)
    )
    created = new_agent(calls=calls)
    for i in {0, rules // 2, rules - 1}:
        created.wallet.call(created.agent, target.address, calls[i].selector + word(i))
        with refuses(errors.ArgumentRefused, index=0, word=word(i + 1)):
            created.wallet.call(created.agent, target.address, calls[i].selector + word(i + 1))
    with refuses(errors.CallNotListed):
        created.wallet.call(created.agent, target.address, keccak(text="other()")[:4])
