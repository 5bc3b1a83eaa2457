"""`setMandate`: call rules that the wallet can't enforce are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import to_checksum_address

from peculium import NATIVE, Argument, ArgumentKind, Budget, CallRule, ChequeBook, Floor, Token, Window, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.altered_mandates import altered
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

TARGET, NEXT_TARGET = (to_checksum_address(f"0x{0xC0DE0 + i:040x}") for i in range(2))
SELECTOR = bytes.fromhex("00000001")
FORBIDDEN_TARGETS = {
    "Multicall3": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "Permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "CREATE2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}


@pytest.fixture
def with_token(usdc):
    """The rule with USDC as its token, unless it has one."""
    return lambda rule: replace(rule, token=rule.token or usdc.address)


@pytest.fixture
def install(created, new_mandate, with_token):
    """Sends a mandate with these call rules in this order. `Mandate` would sort them."""

    def send(*rules, **overrides):
        complete = [with_token(rule) for rule in rules]
        mandate = new_mandate(calls=complete, **overrides).in_round(created.wallet.round)
        written = {
            (each["target"], each["selector"], each["variant"]): each for each in mandate.message()["powers"]["calls"]
        }
        calls = [written[each.target, each.selector, each.variant] for each in complete]
        unsorted = altered(mandate, lambda message: message["powers"].update(calls=calls))
        return created.wallet.send(created.principal, "setMandate", unsorted)

    return send


@pytest.fixture
def put_code(web3):
    """Puts one byte of code at addresses, the least that a target needs."""

    def put(*addresses):
        for address in addresses:
            web3.provider.make_request("anvil_setCode", [address, "0x00"])

    return put


@pytest.fixture
def ether(new_mandate, payee):
    """Budgets in dollars and in ether."""
    window = (Window(timedelta(days=1), Decimal(2)),)
    native = Budget("ETH", 1, 5, window, (Token(NATIVE, 18),), (payee.address,), decimals=18)
    return (new_mandate().budgets[0], native)


@pytest.fixture(autouse=True)
def targets_have_code(put_code, created):
    """The two targets have code."""
    put_code(TARGET, NEXT_TARGET)


def call_rule(target=TARGET, selector="0x00000001", *arguments, **terms):
    """A rule for one function of a target, ten times a day."""
    return CallRule(target, selector, arguments, **{"max_calls": 10, "window": timedelta(days=1), **terms})


# Call rules


def test_refuses_more_than_64_call_rules(install, created, with_token):
    rules = [call_rule(selector=f"0x{1 + i:08x}") for i in range(65)]
    with refuses(errors.InvalidCallCount, count=65, maximum=64):
        install(*rules)
    install(*rules[:64])
    assert created.wallet.last_mandate().calls == tuple(with_token(rule) for rule in rules[:64])


@pytest.mark.parametrize(
    "rules",
    [
        (call_rule(), call_rule()),
        (call_rule(selector="0x00000002"), call_rule(selector="0x00000001")),
        (call_rule(NEXT_TARGET, "0x00000001"), call_rule(TARGET, "0x00000002")),
        (call_rule(variant=1), call_rule(variant=0)),
        (call_rule(variant=255), call_rule(variant=255)),
        (call_rule(selector="0x00000002", variant=0), call_rule(selector="0x00000001", variant=1)),
    ],
    ids=["twice", "selectors", "targets", "variants", "variant twice", "selectors before variants"],
)
def test_refuses_unsorted_or_repeated_call_rules(rules, install):
    last = rules[-1]
    with refuses(errors.CallsNotAscending, target=last.target, selector=last.selector, variant=last.variant):
        install(*rules)


@pytest.mark.parametrize(
    "name", ["nobody", "zero", "USDC", "other token", "wallet", "implementation", *SUITE_GETTERS, *FORBIDDEN_TARGETS]
)
def test_refuses_a_forbidden_target(name, install, put_code, created, usdc, dai, stranger, suite):
    """B08, B09. The three well-known contracts are refused even where they have code."""
    known = {
        "nobody": stranger.address,
        "zero": ZERO_ADDRESS,
        "USDC": usdc.address,
        "other token": dai.address,
        "wallet": created.wallet.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        **FORBIDDEN_TARGETS,
    }
    address = known.get(name) or created.wallet.read(name)
    if name in FORBIDDEN_TARGETS:
        put_code(address)
    with refuses(errors.TargetRefused, target=address):
        install(call_rule(address))


def test_refuses_the_zero_selector(install):
    """It stands for plain transfers of native currency."""
    with refuses(errors.InvalidSelector, target=TARGET, selector=bytes(4)):
        install(call_rule(selector="0x00000000"))


def test_refuses_value_without_a_native_budget(install):
    with refuses(errors.NativeNotBudgeted, target=TARGET, selector=SELECTOR):
        install(call_rule(value_limit=Decimal("0.000000000000000001")))


@pytest.mark.parametrize("token", ["unlisted", "native", "zero", "currency of another budget"])
def test_refuses_a_rule_whose_token_is_in_no_budget(token, install, deploy):
    address = {
        "unlisted": lambda: deploy("MockStablecoin", "Other", "OTH", 6).address,
        "native": lambda: NATIVE,
        "zero": lambda: ZERO_ADDRESS,
        "currency of another budget": lambda: TARGET,
    }[token]()
    with refuses(errors.InvalidCallToken, target=TARGET, selector=SELECTOR, token=address):
        install(call_rule(token=address))


def test_refuses_a_pull_of_the_native_currency(install, ether):
    """There is no approval of it."""
    with refuses(errors.NativeNotPullable, target=TARGET, selector=SELECTOR):
        install(call_rule(token=NATIVE, pull_limit=Decimal(1).scaleb(-18)), budgets=ether)
    install(call_rule(token=NATIVE, value_limit=1), budgets=ether)


def test_refuses_a_maximum_of_zero_calls(install, created):
    with refuses(errors.InvalidMaxCalls, target=TARGET, selector=SELECTOR):
        install(call_rule(max_calls=0))
    for most in (1, 2**32 - 1):
        install(call_rule(max_calls=most))
        assert created.wallet.last_mandate().calls[0].max_calls == most


@pytest.mark.parametrize("length", [0, 8, 3592, 3601, 3604, DAY + 1, 8 * (2**24 - 1) + 8, 2**32 - 8])
def test_refuses_an_unsupported_window_of_calls(length, install):
    expected = {"length": length, "minimum": 3600, "maximum": 8 * (2**24 - 1)}
    with refuses(errors.InvalidCallWindow, target=TARGET, selector=SELECTOR, **expected):
        install(call_rule(window=timedelta(seconds=length)))


@pytest.mark.parametrize("length", [3600, 8 * (2**24 - 1)])
def test_installs_a_window_of_calls_at_each_bound(length, install, created):
    install(call_rule(window=timedelta(seconds=length)))
    assert created.wallet.last_mandate().calls[0].window == timedelta(seconds=length)


@pytest.mark.parametrize("terms", [{"max_calls": 9}, {"max_calls": 11}, {"window": timedelta(days=2)}], ids=str)
@pytest.mark.parametrize("place", [1, 2])
def test_refuses_variants_with_different_maximums_of_calls(place, terms, install):
    """They share one count."""
    rules = [call_rule(variant=variant, **(terms if variant == place else {})) for variant in range(3)]
    with refuses(errors.VariantsDiffer, target=TARGET, selector=SELECTOR, variant=place):
        install(*rules)
    install(*rules[:place], replace(rules[place], function="0x00000002"))


# Charged arguments


@pytest.mark.parametrize("case", ["two", "pull", "native value"])
def test_refuses_to_charge_the_same_spending_twice(case, install, ether):
    charged = Argument.charged()
    rule = {
        "two": call_rule(TARGET, "0x00000001", charged, Argument.any(), charged),
        "pull": call_rule(TARGET, "0x00000001", charged, pull_limit=Decimal("0.000001")),
        "native value": call_rule(
            TARGET, "0x00000001", charged, token=NATIVE, value_limit=Decimal("0.000000000000000001")
        ),
    }[case]
    with refuses(errors.ChargedTwice, target=TARGET, selector=SELECTOR):
        install(rule, budgets=ether)


def test_installs_a_charged_argument_beside_native_value_of_another_budget(install, ether, created):
    install(call_rule(TARGET, "0x00000001", Argument.charged(), value_limit=1), budgets=ether)
    assert created.wallet.enforces(created.wallet.last_mandate())


# Floors


@pytest.fixture
def coin(deploy):
    """A token that no budget lists."""
    return deploy("MockStablecoin", "Coin", "COIN", 18)


@pytest.mark.parametrize(("gain", "per"), [(0, 1), (1, 0), (0, 2**96 - 1), (2**96 - 1, 0)])
def test_refuses_half_a_floor(gain, per, install, coin):
    with refuses(errors.FloorIncomplete, target=TARGET, selector=SELECTOR, gain=gain, per=per):
        install(call_rule(pull_limit=1, floor=Floor(coin.address, gain, per)))


def test_refuses_a_token_to_gain_without_a_floor(install, coin):
    with refuses(errors.GainTokenWithoutFloor, target=TARGET, selector=SELECTOR, gain_token=coin.address):
        install(call_rule(pull_limit=1, floor=Floor(coin.address, 0, 0)))


def test_refuses_a_floor_in_the_rules_own_token(install, usdc, ether):
    with refuses(errors.FloorInOwnToken, target=TARGET, selector=SELECTOR, token=usdc.address):
        install(call_rule(pull_limit=1, floor=Floor(usdc.address, 1, 1)))
    with refuses(errors.FloorInOwnToken, target=TARGET, selector=SELECTOR, token=NATIVE):
        install(call_rule(token=NATIVE, value_limit=1, floor=Floor(NATIVE, 1, 1)), budgets=ether)


def test_refuses_a_floor_where_nothing_can_be_charged(install, coin, ether):
    with refuses(errors.FloorWithoutCharge, target=TARGET, selector=SELECTOR):
        install(call_rule(floor=Floor(coin.address, 1, 1)))
    with refuses(errors.FloorWithoutCharge, target=TARGET, selector=SELECTOR):
        install(call_rule(token=NATIVE, floor=Floor(coin.address, 1, 1)), budgets=ether)


@pytest.mark.parametrize("pull_limit", [0, 1])
def test_refuses_native_value_beside_a_floor_in_terms_of_another_token(pull_limit, install, coin, ether):
    """The value would buy nothing that the floor counts."""
    smallest = Decimal("0.000000000000000001")
    with refuses(errors.ValueBesideFloor, target=TARGET, selector=SELECTOR):
        install(call_rule(value_limit=smallest, pull_limit=pull_limit, floor=Floor(coin.address, 1, 1)), budgets=ether)


@pytest.mark.parametrize(
    "code",
    ["0x", "0x00", "0x60006000fd", "0xfe", "0x601f6000f3"],
    ids=["none", "stop", "revert", "invalid", "31 bytes"],
)
def test_refuses_a_floor_in_a_token_that_does_not_report_a_balance(code, install, web3):
    address = to_checksum_address("0x" + "00" * 17 + "c0de2f")
    web3.provider.make_request("anvil_setCode", [address, code])
    with refuses(errors.GainTokenUnreadable, token=address):
        install(call_rule(pull_limit=1, floor=Floor(address, 1, 1)))


def test_installs_every_kind_of_floor(install, created, coin, dai, ether, new_mandate):
    """In an unlisted token, in a listed one, in native currency, in the target's own shares; by value or argument."""
    shares = coin.address
    rules = [
        call_rule(selector="0x00000001", pull_limit=1, floor=Floor(coin.address, 1, 2**96 - 1)),
        call_rule(selector="0x00000002", pull_limit=1, floor=Floor(dai.address, 2**96 - 1, 1)),
        call_rule(TARGET, "0x00000003", Argument.charged(), floor=Floor(NATIVE, 1, 1)),
        call_rule(selector="0x00000004", token=NATIVE, value_limit=1, floor=Floor(coin.address, 3, 7)),
    ]
    own = call_rule(shares, pull_limit=1, floor=Floor(shares, 95, 100))
    rules = [*rules, own] if int(shares, 16) > int(TARGET, 16) else [own, *rules]
    install(*rules, budgets=ether)
    mandate = created.wallet.last_mandate()
    assert [rule.floor for rule in mandate.calls] == [rule.floor for rule in rules]
    assert created.wallet.enforces(mandate)


# Arguments


@pytest.mark.parametrize(
    ("before", "after", "index"),
    [
        ((), (Argument.any(),), 0),
        ((Argument.any(),), (Argument.any(),), 1),
        ((), (Argument.tail_in(b"x"),), 0),
        ((Argument.any_bytes(),), (), 1),
        ((Argument.any_words(), Argument.any()), (), 2),
    ],
    ids=["first", "second of three", "two tails", "after bytes", "after words"],
)
def test_refuses_a_tail_that_is_not_last_or_follows_a_dynamic_argument(before, after, index, install):
    arguments = (*before, Argument.tail_in(b"tail"), *after)
    with refuses(errors.InvalidTail, target=TARGET, selector=SELECTOR, index=index):
        install(call_rule(TARGET, "0x00000001", *arguments))


def test_installs_a_tail_as_the_last_argument(install, created):
    install(
        call_rule(TARGET, "0x00000001", Argument.tail_in(b"tail")),
        call_rule(TARGET, "0x00000002", *[Argument.any()] * 15, Argument.tail_in(b"", b"tail")),
    )
    assert created.wallet.enforces(created.wallet.last_mandate())


def test_refuses_more_than_sixteen_arguments(install, created):
    with refuses(errors.InvalidArgumentCount, target=TARGET, count=17, maximum=16):
        install(call_rule(TARGET, "0x00000001", *[Argument.any()] * 17))
    install(call_rule(TARGET, "0x00000001", *[Argument.any()] * 16))
    assert len(created.wallet.last_mandate().calls[0].arguments) == 16


def test_refuses_invalid_values_of_the_first_argument(install):
    with refuses(errors.InvalidArgumentValues, target=TARGET, index=0, count=0):
        install(call_rule(TARGET, "0x00000001", Argument(ArgumentKind.EQUAL)))


def test_refuses_a_mandate_one_argument_above_the_maximum_size(created, new_mandate, usdc):
    """With 1,000 payees, a cheque book and fifteen arguments the size is the maximum. A sixteenth argument adds two bytes."""
    payees = [f"0x{i + 1:040x}" for i in range(1_000)]
    tokens = new_mandate().budgets[0].tokens[:1]
    first_arguments = [Argument.one_of(*range(count)) for count in (32, 32, 32, 32, 3)]
    windows = (Window(timedelta(days=1), 500), Window(timedelta(days=7), 500))
    book = ChequeBook(usdc.address, 1, Decimal("0.000001"), timedelta(days=1))

    def following(arguments):
        budget = replace(new_mandate().budgets[0], payees=payees, tokens=tokens, windows=windows)
        rules = (
            call_rule(TARGET, "0x00000001", *first_arguments, *[Argument.any()] * (arguments - len(first_arguments))),
        )
        return new_mandate(budgets=(budget,), calls=rules, cheque_books=(book,)).in_round(created.wallet.round)

    with refuses(errors.MandateTooLarge, size=24_577, maximum=24_575):
        created.wallet.send(created.principal, "setMandate", following(16).as_tuple())
    mandate = following(15)
    assert len(mandate.code()) == 24_575
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)


def test_call_rules_are_sorted_by_target_selector_and_variant(install, created, with_token):
    """The last selector of one target precedes the first of the next, and the last variant the first of the next."""
    rules = (
        call_rule(TARGET, "0x00000001", variant=255),
        call_rule(TARGET, "0x00000002", variant=0),
        call_rule(TARGET, "0x00000002", variant=1),
        call_rule(TARGET, "0xffffffff", variant=255),
        call_rule(NEXT_TARGET, "0x00000001", variant=0),
    )
    install(*rules)
    assert created.wallet.last_mandate().calls == tuple(map(with_token, rules))


@pytest.mark.parametrize("address", [TARGET, to_checksum_address("0x" + "ff" * 20)])
def test_installs_a_rule_for_a_target_with_one_byte_of_code(address, install, put_code, created, with_token):
    put_code(address)
    install(call_rule(address))
    assert created.wallet.last_mandate().calls == (with_token(call_rule(address)),)


VALUES = {
    **{key: frozenset({1}) for key in (ArgumentKind.EQUAL, ArgumentKind.AT_MOST, ArgumentKind.AT_LEAST)},
    **{key: set(range(1, 33)) for key in (ArgumentKind.ONE_OF, ArgumentKind.TAIL_IN)},
}


@pytest.mark.parametrize("kind", ArgumentKind)
def test_number_of_values_must_fit_the_kind_of_argument(kind, install, created, with_token):
    """A kind takes no value, one, or 1 to 32. The error names the argument."""
    for count in (0, 1, 2, 32, 33):
        written = call_rule(TARGET, "0x00000001", Argument.any(), Argument(kind, tuple(range(count))))
        if count in VALUES.get(kind, {0}):
            install(written)
            assert created.wallet.last_mandate().calls == (with_token(written),)
        else:
            with refuses(errors.InvalidArgumentValues, target=TARGET, index=1, count=count):
                install(written)


# The package


CHARGED, TAIL = Argument.charged(), Argument.tail_in(b"tail")
WRONG = {
    "variant twice": (call_rule(variant=1), call_rule(variant=1)),
    "variants differ": (call_rule(variant=1), call_rule(variant=2, max_calls=1)),
    "zero selector": (call_rule(selector="0x00000000"),),
    "token": (call_rule(token=TARGET),),
    "native value": (call_rule(value_limit=1),),
    "no calls": (call_rule(max_calls=0),),
    "window": (call_rule(window=timedelta(minutes=59)),),
    "charged twice": (call_rule(TARGET, "0x00000001", CHARGED, CHARGED),),
    "charged beside a pull": (call_rule(TARGET, "0x00000001", CHARGED, pull_limit=1),),
    "half a floor": (call_rule(pull_limit=1, floor=Floor(TARGET, 1, 0)),),
    "token without a floor": (call_rule(pull_limit=1, floor=Floor(TARGET, 0, 0)),),
    "floor without a charge": (call_rule(floor=Floor(TARGET, 1, 1)),),
    "tail first": (call_rule(TARGET, "0x00000001", TAIL, Argument.any()),),
    "tail after bytes": (call_rule(TARGET, "0x00000001", Argument.any_bytes(), TAIL),),
    "no tail": (call_rule(TARGET, "0x00000001", Argument(ArgumentKind.TAIL_IN)),),
    "at least two": (call_rule(TARGET, "0x00000001", Argument(ArgumentKind.AT_LEAST, (1, 2))),),
    "too many arguments": (call_rule(TARGET, "0x00000001", *[Argument.any()] * 17),),
}


@pytest.mark.parametrize("rules", WRONG.values(), ids=WRONG)
def test_refuses_in_the_package_with_the_error_of_the_contract(rules, install, new_mandate, with_token):
    """I26. The same error with the same arguments, before anything is sent."""
    mandate = new_mandate(calls=[with_token(rule) for rule in rules])
    with pytest.raises(errors.ContractError) as by_package:
        mandate.check()
    with pytest.raises(errors.ContractError) as by_chain:
        install(*rules)
    assert type(by_package.value) is type(by_chain.value)
    assert by_package.value.arguments == by_chain.value.arguments
