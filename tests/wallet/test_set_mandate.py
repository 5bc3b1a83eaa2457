"""`setMandate`: refuses a mandate that the wallet can't enforce, and enforces all others exactly."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import to_checksum_address

from peculium import Budget, Call, Token, Window
from peculium import exceptions as errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USD = 10**6


def install(created, mandate, by=None):
    """Sends the mandate without the checks of `AgentWallet.set_mandate`."""
    return created.wallet.send(by or created.principal, "setMandate", mandate.as_tuple())


@pytest.fixture
def following(created, new_mandate):
    """Creates the default mandate as successor of the current one. Keyword arguments override its fields."""

    def make(**overrides):
        return new_mandate(**overrides).replacing(created.wallet.last_mandate_hash)

    return make


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


# Caller, principal and epoch


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "payee", "other_principal"])
def test_refuses_callers_other_than_the_principal(caller, created, following, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        install(created, following(), by=account)


def test_refuses_a_mandate_of_another_principal(created, following, other_principal):
    with refuses(errors.PrincipalMismatch, given=other_principal.address, expected=created.principal.address):
        install(created, following(principal=other_principal.address))


@pytest.mark.parametrize("epoch", [1, 2**64 - 1])
def test_refuses_a_mandate_of_another_epoch(epoch, created, following):
    with refuses(errors.EpochMismatch, given=epoch, expected=0):
        install(created, following(epoch=epoch))


def test_refuses_a_mandate_of_the_new_epoch_after_revoke_all(created, suite, following):
    """I8. A wallet keeps its epoch: a new mandate can't revive it."""
    suite.switch.revoke_all(created.principal)
    with refuses(errors.EpochMismatch, given=1, expected=0):
        install(created, following(epoch=1))


@pytest.mark.parametrize("key", ["zero", "principal", "wallet"])
def test_refuses_an_invalid_agent_key(key, created, following):
    address = {"zero": ZERO_ADDRESS, "principal": created.principal.address, "wallet": created.wallet.address}[key]
    with refuses(errors.InvalidAgentKey, agent_key=address):
        install(created, following(agent_key=address))


def test_new_wallet_of_the_new_epoch_pays(suite, new_agent, other_principal, other_agent, usdc, payee):
    suite.switch.revoke_all(other_principal)
    later = new_agent(by=other_principal, key=other_agent)
    later.wallet.pay(later.agent, usdc.address, payee.address, 1)
    assert usdc.balance(payee.address) == 1


# Validity


@pytest.mark.parametrize("length", [0, -1])
def test_refuses_an_end_at_or_before_the_start(length, created, following, now):
    begins = now() + 1000
    with refuses(errors.ValidityInverted, valid_from=begins, valid_until=begins + length):
        install(created, following(valid_from=begins, valid_until=begins + length))


@pytest.mark.parametrize(("offset", "refused"), [(-1, False), (0, True), (1, True)])
def test_validity_must_end_in_the_future(offset, refused, created, following, now, time_travel):
    """I21."""
    ends = now() + 1000
    mandate = following(valid_from=now(), valid_until=ends)
    time_travel(to=ends + offset)
    arguments = ("setMandate", mandate.as_tuple())
    if refused:
        with refuses(errors.ValidityPast, valid_until=ends, timestamp=ends + offset):
            created.wallet.read(*arguments, sender=created.principal.address)
    else:
        created.wallet.read(*arguments, sender=created.principal.address)


# Succession


@pytest.mark.parametrize("given", [bytes(32), b"\1" * 32, b"\xff" * 32])
def test_refuses_a_mandate_that_does_not_replace_the_last(given, created, new_mandate):
    last = created.mandate.hash()
    with refuses(errors.ReplacesMismatch, given=given, expected=last):
        install(created, new_mandate().replacing(given))


def test_refuses_to_install_a_mandate_twice(created, following):
    """I16."""
    first = following()
    install(created, first)
    second = following()
    install(created, second)
    with refuses(errors.ReplacesMismatch, given=first.replaces, expected=second.hash()):
        install(created, first)


def test_refuses_to_reinstall_a_lifted_mandate(created, new_mandate):
    """I16. Otherwise anyone who holds its signatures could install it again."""
    created.wallet.lift_mandate(created.principal)
    with refuses(errors.ReplacesMismatch, given=bytes(32), expected=created.mandate.hash()):
        install(created, created.mandate)


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


@pytest.mark.parametrize(("count", "any_payee"), [(0, False), (1, True), (1001, False)])
def test_refuses_contradictory_or_too_many_payees(count, any_payee, created, following, budget):
    payees = [f"0x{i + 1:040x}" for i in range(count)]
    with refuses(errors.InvalidPayeeCount, currency="EUR", count=count, maximum=1000, any_payee=any_payee):
        install(created, following(budgets=(budget(payees=payees, any_payee=any_payee),)))


def test_refuses_too_many_payees_across_budgets(created, following, budget, dai):
    payees = [f"0x{i + 1:040x}" for i in range(600)]
    budgets = (budget(payees=payees), budget(currency="USD", payees=payees, tokens=(Token(dai.address, 18),)))
    with refuses(errors.InvalidPayeeCount, currency="USD", count=1200, maximum=1000, any_payee=False):
        install(created, following(budgets=budgets))


@pytest.mark.parametrize("currency", ["", "x" * 32, "é" * 16])
def test_refuses_an_empty_or_too_long_currency_name(currency, created, following, budget):
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


@pytest.mark.parametrize("currency", ["x", "x" * 31])
def test_installs_currency_names_of_1_and_31_bytes(currency, created, following, budget):
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
    values = list(following().as_tuple())
    fields = list(values[6][0])
    fields[8] = addresses
    values[6] = [tuple(fields)]
    with refuses(errors.PayeesNotAscending, previous=addresses[-2], payee=addresses[-1]):
        created.wallet.send(created.principal, "setMandate", tuple(values))


@pytest.mark.parametrize(
    "name",
    ["zero", "wallet", "REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", "WRITER", "own token", "other budget's token"],
)
@pytest.mark.parametrize("other_payees", [0, 3])
def test_refuses_the_suite_and_the_tokens_as_payees(name, other_payees, created, following, budget, usdc, dai):
    """I6."""
    known = {
        "zero": ZERO_ADDRESS,
        "wallet": created.wallet.address,
        "own token": usdc.address,
        "other budget's token": dai.address,
    }
    address = known.get(name) or created.wallet.read(name)
    others = [f"0x{0x1234 << 8 * i * 6:040x}" for i in range(other_payees)]
    budgets = (budget(payees=[address, *others]), budget(currency="USD", tokens=(Token(dai.address, 18),)))
    with refuses(errors.PayeeRefused, payee=address):
        install(created, following(budgets=budgets))


# Installation


def test_refuses_an_invalid_mandate_and_keeps_the_old_one(created, following):
    """I27."""
    with refuses(errors.InvalidAgentKey):
        install(created, following(agent_key=ZERO_ADDRESS))
    assert created.wallet.enforces(created.mandate)


@pytest.mark.parametrize(
    "wrong",
    [
        {"agent_key": ZERO_ADDRESS},
        {"valid_from": 9, "valid_until": 9},
        {"payment_limit": 501},
        {"window_length": timedelta(seconds=3601)},
        {"currency": ""},
        {"decimals": 19},
        {"payees": [ZERO_ADDRESS]},
        {"payees": []},
    ],
    ids=str,
)
def test_refuses_in_the_package_with_the_error_of_the_contract(wrong, created, following, web3):
    """I26. The package raises the same error with the same arguments, and sends nothing."""
    mandate = following(**wrong)
    with pytest.raises(errors.ContractError) as by_chain:
        install(created, mandate)
    nonce = web3.eth.get_transaction_count(created.principal.address)
    with pytest.raises(errors.ContractError) as by_package:
        created.wallet.set_mandate(created.principal, mandate)
    assert type(by_package.value) is type(by_chain.value)
    assert by_package.value.arguments == by_chain.value.arguments
    assert web3.eth.get_transaction_count(created.principal.address) == nonce


def test_installs_a_mandate_at_every_bound(created, following, budget, deploy):
    """I27."""
    tokens = [[deploy("MockStablecoin", "T", "T", 6) for _ in range(8)] for _ in range(4)]
    payees = [to_checksum_address(f"0x{(i + 1) << 40:040x}") for i in range(250)]
    lengths = (3600, 8 * (2**24 - 1), DAY, 3608)
    budgets = tuple(
        budget(
            currency="x" * 30 + str(i),
            decimals=(6, 18, 0, 12)[i],
            payees=payees,
            tokens=[Token(token.address, 6) for token in tokens[i]],
            windows=(Window(timedelta(seconds=lengths[i]), Decimal(500)),),
        )
        for i in range(4)
    )
    mandate = following(budgets=budgets)
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)
    assert created.wallet.read("isPayee", tokens[3][7].address, payees[249])
    assert not created.wallet.read("isPayee", tokens[3][7].address, to_checksum_address(f"0x{251 << 40:040x}"))


def test_installs_the_largest_limits(created, following, usdc, payee):
    """I27."""
    largest = Decimal("79228162514264337593543.950335")
    mandate = following(payment_limit=largest, window_limit=largest, lifetime_limit=largest)
    install(created, mandate)
    state = created.wallet.remaining("USD")
    assert (state.payment, state.lifetime_limit, state.windows[0].limit) == (largest,) * 3
    created.wallet.pay(created.agent, usdc.address, payee.address, 10**6)
    assert created.wallet.remaining("USD").window == Decimal("79228162514264336593543.950335")


def test_event_contains_the_whole_mandate(created, following, agent):
    mandate = following(valid_from=7)
    arguments = created.wallet.set_mandate(created.principal, mandate).event("MandateInstalled").arguments
    assert arguments["mandateHash"] == mandate.hash()
    assert arguments["agentKey"] == agent.address
    assert arguments["pointer"] == created.wallet.read("mandatePointer")
    assert created.wallet.last_mandate() == mandate


def test_enforces_the_new_mandate_from_then_on(created, following, other_agent, usdc, payee):
    """I27."""
    mandate = following(agent_key=other_agent.address, payment_limit=7)
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.mandate_hash == created.wallet.last_mandate_hash == mandate.hash()
    assert created.wallet.enforces(mandate)
    assert not created.wallet.enforces(created.mandate)
    with refuses(errors.NotAgentKey, caller=created.agent.address, agent_key=other_agent.address):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.pay(other_agent, usdc.address, payee.address, 7)


def test_installs_a_mandate_through_execute(created, following):
    mandate = following()
    call = Call(created.wallet.address, 0, created.wallet.call_data("setMandate", mandate.as_tuple()))
    created.wallet.execute(created.principal, call)
    assert created.wallet.enforces(mandate)
