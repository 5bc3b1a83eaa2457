"""`setMandate`: budgets that the wallet can't enforce, with their windows, tokens and payees, are refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from peculium import Budget, LimitedPayee, Token, Window, errors
from verification.testing.addresses import SUITE_GETTERS, ZERO_ADDRESS
from verification.testing.altered_mandates import altered
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


def install(created, mandate, by=None):
    """Sends the mandate without the checks of `AgentWallet.set_mandate`."""
    return created.wallet.send(by or created.principal, "setMandate", mandate.as_tuple())


@pytest.fixture
def budget(usdc, payee):
    """Creates a budget, by default with one token. Keyword arguments override its fields."""

    def make(**overrides):
        fields = {
            "currency": "EUR",
            "payment_limit": 100,
            "lifetime_limit": 10_000,
            "windows": (Window(timedelta(days=1), Decimal(500)),),
            "tokens": (Token(usdc.address, 6),),
            "payees": (payee.address,),
        }
        return Budget(**{**fields, **overrides})

    return make


# Budgets


@pytest.mark.parametrize("count", [0, 5])
def test_refuses_no_budget_or_too_many(count, created, following, budget, deploy):
    tokens = [deploy("MockStablecoin", "T", "T", 6) for _ in range(count)]
    budgets = tuple(budget(currency=f"C{i}", tokens=(Token(t.address, 6),)) for i, t in enumerate(tokens))
    with refuses(errors.InvalidBudgetCount, count=count, maximum=4):
        install(created, following(budgets=budgets))


@pytest.mark.parametrize("count", [0, 9])
def test_refuses_no_token_or_too_many(count, created, following, budget):
    tokens = [Token(f"0x{i + 1:040x}", 6) for i in range(count)]
    with refuses(errors.InvalidTokenCount, currency="EUR", count=count, maximum=8):
        install(created, following(budgets=(budget(tokens=tokens),)))


@pytest.mark.parametrize("count", [0, 5])
def test_refuses_no_window_or_more_than_four(count, created, following, budget):
    windows = tuple(Window(timedelta(days=1 + i), Decimal(500)) for i in range(count))
    with refuses(errors.InvalidWindowCount, currency="EUR", count=count, maximum=4):
        install(created, following(budgets=(budget(windows=windows),)))


@pytest.mark.parametrize("lengths", [(2, 1), (1, 1), (1, 3, 2)])
def test_refuses_windows_without_ascending_lengths(lengths, created, following, budget):
    windows = tuple(Window(timedelta(days=days), Decimal(500)) for days in lengths)
    previous, length = lengths[-2] * DAY, lengths[-1] * DAY
    with refuses(errors.WindowsNotAscending, currency="EUR", previous=previous, length=length):
        install(created, following(budgets=(budget(windows=windows),)))


def test_refuses_a_longer_window_with_a_smaller_limit(created, following, budget):
    windows = (Window(timedelta(days=1), Decimal(500)), Window(timedelta(days=7), Decimal("499.999999")))
    with refuses(errors.LimitsContradict, currency="EUR", smaller=500 * USD, larger=500 * USD - 1):
        install(created, following(budgets=(budget(windows=windows),)))


@pytest.mark.parametrize("count", [0, 1001])
def test_refuses_no_payees_or_too_many(count, created, following, budget):
    payees = [f"0x{i + 1:040x}" for i in range(count)]
    with refuses(errors.InvalidPayeeCount, currency="EUR", count=count, maximum=1000):
        install(created, following(budgets=(budget(payees=payees),)))


@pytest.mark.parametrize(("plain", "limited"), [(0, 101), (900, 101)])
def test_refuses_too_many_payees_with_terms_of_their_own(plain, limited, created, following, budget):
    payees = [f"0x{i + 1:040x}" for i in range(plain)]
    limited_payees = [LimitedPayee(f"0x{0xFFFF + i:040x}") for i in range(limited)]
    with refuses(errors.InvalidPayeeCount, currency="EUR", count=plain + limited, maximum=1000):
        install(created, following(budgets=(budget(payees=payees, limited_payees=limited_payees),)))


def test_refuses_too_many_payees_across_budgets(created, following, budget, dai):
    payees = [f"0x{i + 1:040x}" for i in range(600)]
    budgets = (budget(payees=payees), budget(currency="USD", payees=payees, tokens=(Token(dai.address, 18),)))
    with refuses(errors.InvalidPayeeCount, currency="USD", count=1200, maximum=1000):
        install(created, following(budgets=budgets))


@pytest.mark.parametrize(
    "currency",
    [
        "",
        "X" * 13,
        "usd",
        "USd",
        "US D",
        "USD ",
        " USD",
        "US-D",
        "USD\0",
        "US\u200bD",
        "É",
        "\u0410\u0412",
        "@",
        "[",
        "/",
        ":",
    ],
    ids=ascii,
)
def test_refuses_a_currency_that_is_not_1_to_12_capitals_and_digits(currency, created, following, budget):
    """Otherwise a mandate could name a currency that looks like another, and start its spending at zero."""
    with refuses(errors.InvalidCurrency, currency=currency):
        install(created, following(budgets=(budget(currency=currency),)))


def test_refuses_two_budgets_in_one_currency(created, following, budget, dai):
    budgets = (budget(), budget(tokens=(Token(dai.address, 18),)))
    with refuses(errors.CurrencyTwice, currency="EUR"):
        install(created, following(budgets=budgets))


def test_refuses_budget_decimals_above_eighteen(created, following, budget):
    with refuses(errors.InvalidBudgetDecimals, currency="EUR", decimals=19, maximum=18):
        install(created, following(budgets=(budget(decimals=19),)))


@pytest.mark.parametrize(
    ("payment", "window", "lifetime", "smaller", "larger"),
    [
        (501, 500, 10_000, 501, 500),
        ("500.000001", 500, 500, "500.000001", 500),
        (100, 501, 500, 501, 500),
        (1, 0, 0, 1, 0),
    ],
)
def test_refuses_contradictory_limits(payment, window, lifetime, smaller, larger, created, following, budget):
    wrong = budget(
        payment_limit=payment, lifetime_limit=lifetime, windows=(Window(timedelta(days=1), Decimal(window)),)
    )
    units = {"smaller": int(Decimal(smaller) * USD), "larger": int(Decimal(larger) * USD)}
    with refuses(errors.LimitsContradict, currency="EUR", **units):
        install(created, following(budgets=(wrong,)))


@pytest.mark.parametrize("length", [0, 8, 3592, 3601, 3604, DAY + 1, 8 * (2**24 - 1) + 8, 2**32 - 1])
def test_refuses_an_unsupported_window_length(length, created, following, budget):
    windows = (Window(timedelta(seconds=length), Decimal(500)),)
    bounds = {"minimum": 3600, "maximum": 8 * (2**24 - 1)}
    with refuses(errors.InvalidWindowLength, currency="EUR", length=length, **bounds):
        install(created, following(budgets=(budget(windows=windows),)))


def test_installs_four_windows(created, following, budget):
    windows = tuple(Window(timedelta(days=days), Decimal(500)) for days in (1, 7, 30, 90))
    install(created, following(budgets=(budget(windows=windows),)))
    assert [window.length.days for window in created.wallet.remaining("EUR").windows] == [1, 7, 30, 90]


@pytest.mark.parametrize("currency", ["A", "Z", "0", "9", "AZ0123456789"])
def test_installs_currency_names_of_1_and_12_characters(currency, created, following, budget):
    install(created, following(budgets=(budget(currency=currency),)))
    assert created.wallet.remaining(currency).payment == 100


# Spending that the signer saw


@pytest.mark.parametrize(("seen", "refused"), [("9.999999", True), ("10", False), ("10.000001", False)])
def test_spending_must_not_exceed_what_the_signer_saw(seen, refused, created, following, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, 10)
    mandate = following(spent_at_most=Decimal(seen))
    if refused:
        with refuses(errors.SpentMoreThanSeen, currency="USD", spent=10 * USD, seen=10 * USD - 1):
            install(created, mandate)
    else:
        install(created, mandate)
        assert created.wallet.enforces(mandate)


def test_spending_in_another_currency_does_not_count(created, following, budget, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, 10)
    install(created, following(budgets=(budget(spent_at_most=Decimal(0)),)))
    assert created.wallet.spent("EUR") == 0


# Tokens


def test_refuses_a_token_without_code(created, following, budget, stranger):
    with refuses(errors.TokenHasNoCode, token=stranger.address):
        install(created, following(budgets=(budget(tokens=(Token(stranger.address, 6),)),)))


def test_refuses_the_zero_address_as_token_without_code(created, following, budget):
    """The check for duplicates compares with an array of zeros and must not report it first."""
    with refuses(errors.TokenHasNoCode, token=ZERO_ADDRESS):
        install(created, following(budgets=(budget(tokens=(Token(ZERO_ADDRESS, 6),)),)))


def test_refuses_a_token_listed_twice_in_a_budget(created, following, budget, usdc):
    with refuses(errors.TokenTwice, token=usdc.address):
        install(created, following(budgets=(budget(tokens=(Token(usdc.address, 6),) * 2),)))


def test_refuses_a_token_listed_in_two_budgets(created, following, budget, usdc):
    with refuses(errors.TokenTwice, token=usdc.address):
        install(created, following(budgets=(budget(), budget(currency="USD"))))


@pytest.mark.parametrize(("decimals_of_token", "given"), [(6, 18), (18, 6), (0, 6), (255, 6)])
def test_refuses_decimals_other_than_those_of_the_token(
    decimals_of_token, given, created, following, budget, deploy, relayer
):
    token = deploy("LyingDecimalsToken")
    token.send(relayer, "setDecimals", decimals_of_token)
    with refuses(errors.TokenDecimalsMismatch, token=token.address, given=given, actual=decimals_of_token):
        install(created, following(budgets=(budget(tokens=(Token(token.address, given),)),)))


@pytest.mark.parametrize(
    "code",
    ["0x00", "0x60006000fd", "0xfe", "0x600660005260106010f3", "0x600660005260406000f3", "0x61010060005260206000f3"],
    ids=["nothing", "revert", "invalid", "16 bytes", "64 bytes", "256"],
)
def test_refuses_a_token_with_unreadable_decimals(code, created, following, budget, web3):
    address = "0x00000000000000000000000000000000000c0de1"
    web3.provider.make_request("anvil_setCode", [address, code])
    token = Token(address, 6)
    with refuses(errors.TokenDecimalsUnreadable, token=token.address):
        install(created, following(budgets=(budget(tokens=(token,)),)))


@pytest.mark.parametrize(("token_decimals", "budget_decimals"), [(19, 0), (24, 5), (255, 18)])
def test_refuses_a_scale_of_more_than_eighteen_decimals(
    token_decimals, budget_decimals, created, following, budget, deploy
):
    token = Token(deploy("MockStablecoin", "Fine", "FINE", token_decimals).address, token_decimals)
    expected = {"token": token.address, "token_decimals": token_decimals, "budget_decimals": budget_decimals}
    with refuses(errors.InvalidScale, **expected):
        install(created, following(budgets=(budget(tokens=(token,), decimals=budget_decimals),)))


@pytest.mark.parametrize(("token_decimals", "budget_decimals"), [(18, 0), (23, 5), (0, 18), (36, 18)])
def test_installs_a_scale_of_eighteen_decimals(token_decimals, budget_decimals, created, following, budget, deploy):
    token = Token(deploy("MockStablecoin", "Fine", "FINE", token_decimals).address, token_decimals)
    mandate = following(budgets=(budget(currency="FAR", tokens=(token,), decimals=budget_decimals),))
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)


# Payees


@pytest.mark.parametrize("numbers", [(1, 2, 0), (1, 2, 1), (1, 2, 2), (2, 1), (1, 1)])
def test_refuses_unsorted_or_repeated_payees(numbers, created, following):
    """`Mandate` sorts payees, so the test builds the argument itself."""
    addresses = [f"0x{number:040x}" for number in numbers]
    unsorted = altered(following(), lambda message: message["budgets"][0].update(payees=addresses))
    with refuses(errors.PayeesNotAscending, previous=addresses[-2], payee=addresses[-1]):
        created.wallet.send(created.principal, "setMandate", unsorted)


@pytest.mark.parametrize(
    "name", ["zero", "wallet", *SUITE_GETTERS, "implementation", "own token", "other budget's token"]
)
@pytest.mark.parametrize("other_payees", [0, 3])
def test_refuses_the_suite_and_the_tokens_as_payees(name, other_payees, created, following, budget, usdc, dai, suite):
    """I6."""
    known = {
        "zero": ZERO_ADDRESS,
        "wallet": created.wallet.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        "own token": usdc.address,
        "other budget's token": dai.address,
    }
    address = known.get(name) or created.wallet.read(name)
    others = [f"0x{0x1234 << 8 * i * 6:040x}" for i in range(other_payees)]
    budgets = (budget(payees=[address, *others]), budget(currency="USD", tokens=(Token(dai.address, 18),)))
    with refuses(errors.PayeeRefused, payee=address):
        install(created, following(budgets=budgets))
