"""`setMandate`: call rules, cheque books and request terms that the wallet can't enforce are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from eth_utils import to_checksum_address

from peculium import NATIVE, Argument, ArgumentKind, Budget, CallRule, ChequeBook, Token, Window
from peculium import exceptions as errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

USD = 10**6
TARGET, NEXT_TARGET = (to_checksum_address(f"0x{0xC0DE0 + i:040x}") for i in range(2))
FORBIDDEN_TARGETS = {
    "Multicall3": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "Permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "CREATE2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}


@pytest.fixture
def install(created, new_mandate):
    """Sends a mandate with these call rules in this order. `Mandate` would sort them."""

    def send(*rules):
        values = list(new_mandate(calls=rules).replacing(created.wallet.last_mandate_hash).as_tuple())
        calls, *others = values[7]
        written = {(target, selector): (target, selector, *rest) for target, selector, *rest in calls}
        values[7] = ([written[each.target, each.selector] for each in rules], *others)
        return created.wallet.send(created.principal, "setMandate", tuple(values))

    return send


@pytest.fixture
def put_code(web3):
    """Puts one byte of code at addresses, the least that a target needs."""

    def put(*addresses):
        for address in addresses:
            web3.provider.make_request("anvil_setCode", [address, "0x00"])

    return put


def call_rule(target=TARGET, selector="0x00000001", *arguments, **limits):
    """A call rule for one function of a target."""
    return CallRule(target, selector, arguments, **limits)


# Call rules


def test_refuses_more_than_64_call_rules(install, put_code, created):
    rules = [call_rule(selector=f"0x{1 + i:08x}") for i in range(65)]
    with refuses(errors.InvalidCallCount, count=65, maximum=64):
        install(*rules)
    put_code(TARGET)
    install(*rules[:64])
    assert created.wallet.last_mandate().calls == tuple(rules[:64])


@pytest.mark.parametrize(
    "rules",
    [
        (call_rule(), call_rule()),
        (call_rule(selector="0x00000002"), call_rule(selector="0x00000001")),
        (call_rule(NEXT_TARGET, "0x00000001"), call_rule(TARGET, "0x00000002")),
    ],
    ids=["twice", "selectors", "targets"],
)
def test_refuses_unsorted_or_repeated_call_rules(rules, install, put_code):
    put_code(TARGET, NEXT_TARGET)
    last = rules[-1]
    with refuses(errors.CallsNotAscending, target=last.target, selector=last.selector):
        install(*rules)


@pytest.mark.parametrize(
    "name", ["nobody", "zero", "USDC", "wallet", "REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", *FORBIDDEN_TARGETS]
)
def test_refuses_a_forbidden_target(name, install, put_code, created, usdc, stranger):
    """B08, B09. The three well-known contracts are refused even where they have code."""
    known = {
        "nobody": stranger.address,
        "zero": ZERO_ADDRESS,
        "USDC": usdc.address,
        "wallet": created.wallet.address,
        **FORBIDDEN_TARGETS,
    }
    address = known.get(name) or created.wallet.read(name)
    if name in FORBIDDEN_TARGETS:
        put_code(address)
    with refuses(errors.TargetRefused, target=address):
        install(call_rule(address))


def test_refuses_the_zero_selector(install, put_code):
    """It stands for plain transfers of native currency."""
    put_code(TARGET)
    with refuses(errors.InvalidSelector, target=TARGET, selector=bytes(4)):
        install(call_rule(selector="0x00000000"))


def test_refuses_value_without_a_native_budget(install, put_code):
    put_code(TARGET)
    with refuses(errors.NativeNotBudgeted, target=TARGET, selector=bytes.fromhex("00000001")):
        install(call_rule(value_limit=Decimal("0.000000000000000001")))


def test_refuses_more_than_sixteen_arguments(install, put_code, created):
    put_code(TARGET)
    with refuses(errors.InvalidArgumentCount, target=TARGET, count=17, maximum=16):
        install(call_rule(TARGET, "0x00000001", *[Argument.any()] * 17))
    install(call_rule(TARGET, "0x00000001", *[Argument.any()] * 16))
    assert len(created.wallet.last_mandate().calls[0].arguments) == 16


def test_refuses_invalid_values_of_the_first_argument(install, put_code):
    put_code(TARGET)
    with refuses(errors.InvalidArgumentValues, target=TARGET, index=0, count=0):
        install(call_rule(TARGET, "0x00000001", Argument(ArgumentKind.EQUAL)))


def test_refuses_a_mandate_one_argument_above_the_maximum_size(created, new_mandate, put_code):
    """With 1,000 payees and fifteen arguments the size is the maximum. A sixteenth argument adds two bytes."""
    put_code(TARGET)
    payees = [f"0x{i + 1:040x}" for i in range(1_000)]
    tokens = new_mandate().budgets[0].tokens[:1]
    first_arguments = [Argument.one_of(*range(count)) for count in (32, 32, 32, 32, 5)]

    def following(arguments):
        budget = replace(new_mandate().budgets[0], payees=payees, tokens=tokens)
        rules = (
            call_rule(TARGET, "0x00000001", *first_arguments, *[Argument.any()] * (arguments - len(first_arguments))),
        )
        return new_mandate(budgets=(budget,), calls=rules).replacing(created.wallet.last_mandate_hash)

    with refuses(errors.MandateTooLarge, size=24_577, maximum=24_575):
        created.wallet.send(created.principal, "setMandate", following(16).as_tuple())
    mandate = following(15)
    assert len(mandate.code()) == 24_575
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)


def test_call_rules_are_sorted_by_target_and_selector(install, put_code, created):
    """The last selector of one target precedes the first of the next."""
    put_code(TARGET, NEXT_TARGET)
    rules = (call_rule(TARGET, "0x00000001"), call_rule(TARGET, "0xffffffff"), call_rule(NEXT_TARGET, "0x00000001"))
    install(*rules)
    assert created.wallet.last_mandate().calls == rules


@pytest.mark.parametrize("address", [TARGET, to_checksum_address("0x" + "ff" * 20)])
def test_installs_a_rule_for_a_target_with_one_byte_of_code(address, install, put_code, created):
    put_code(address)
    install(call_rule(address))
    assert created.wallet.last_mandate().calls == (call_rule(address),)


VALUES = {ArgumentKind.EQUAL: {1}, ArgumentKind.AT_MOST: {1}, ArgumentKind.ONE_OF: set(range(1, 33))}


@pytest.mark.parametrize("kind", ArgumentKind)
def test_number_of_values_must_fit_the_kind_of_argument(kind, install, put_code, created):
    """A kind takes no value, one, or 1 to 32. The error names the argument."""
    put_code(TARGET)
    for count in (0, 1, 2, 32, 33):
        written = call_rule(TARGET, "0x00000001", Argument.any(), Argument(kind, tuple(range(count))))
        if count in VALUES.get(kind, {0}):
            install(written)
            assert created.wallet.last_mandate().calls == (written,)
        else:
            with refuses(errors.InvalidArgumentValues, target=TARGET, index=1, count=count):
                install(written)


# Cheque books


@pytest.fixture
def two_budgets(usdc, dai, payee):
    """One budget in dollars and one in euros."""

    def make(token, decimals, currency):
        windows = (Window(timedelta(days=1), Decimal(500)), Window(timedelta(days=7), Decimal(5_000)))
        return Budget(currency, 100, 10_000, windows, (Token(token.address, decimals),), (payee.address,))

    return make(usdc, 6, "USD"), make(dai, 18, "EUR")


def test_refuses_a_cheque_book_in_native_currency(created, new_mandate, payee):
    budget = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    book = ChequeBook(NATIVE, 1, Decimal(1), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.InvalidChequeToken, token=NATIVE):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


@pytest.mark.parametrize(
    ("day", "week", "reserve", "limit"), [(599, 2_400, 600, 599), (600, 2_399, 2_400, 2_399)], ids=["day", "week"]
)
def test_refuses_a_cheque_book_one_unit_above_a_window_limit(
    day, week, reserve, limit, created, new_mandate, usdc, payee
):
    """With three cheques of 100 per period of a day, a rolling day can hold six, and a rolling week 24."""
    windows = (Window(timedelta(days=1), Decimal(day)), Window(timedelta(days=7), Decimal(week)))
    budget = Budget("USD", 100, 100_000, windows, (Token(usdc.address, 6),), (payee.address,))
    book = ChequeBook(usdc.address, 3, Decimal(100), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=reserve * USD, limit=limit * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_refuses_a_cheque_limit_above_the_payment_limit(created, new_mandate, usdc):
    book = ChequeBook(usdc.address, 1, Decimal(100) + SMALLEST, timedelta(days=1))
    mandate = new_mandate(cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.InvalidChequeLimit, token=usdc.address, limit=100 * USD + 1, payment_limit=100 * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_refuses_a_cheque_book_above_the_lifetime_limit_by_one_second(created, new_mandate, usdc, now):
    """A mandate that ends one second after a period includes the cheques of the next."""
    day = 86_400
    ends = (now() // day + 3) * day
    book = ChequeBook(usdc.address, 1, Decimal(100), timedelta(days=1))

    def following(valid_until):
        mandate = new_mandate(cheque_books=(book,), lifetime_limit=300, window_limit=300, valid_until=valid_until)
        return replace(mandate, valid_from=now()).replacing(created.wallet.last_mandate_hash)

    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=400 * USD, limit=300 * USD):
        created.wallet.send(created.principal, "setMandate", following(ends + 1).as_tuple())
    created.wallet.set_mandate(created.principal, following(ends))
    # The reserve for cheques takes the whole lifetime limit.
    assert created.wallet.remaining("USD").lifetime_limit == 0


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_installs_one_cheque_book_per_budget_in_any_order(order, created, new_mandate, two_budgets):
    """The cheque limit equals the payment limit."""
    books = [ChequeBook(each.tokens[0].address, 1, Decimal(100), timedelta(days=1)) for each in two_budgets]
    mandate = new_mandate(budgets=two_budgets, cheque_books=tuple(books[i] for i in order))
    created.wallet.set_mandate(created.principal, mandate.replacing(created.wallet.last_mandate_hash))
    assert created.wallet.last_mandate().cheque_books == mandate.cheque_books


SMALLEST = Decimal("0.000001")


@pytest.mark.parametrize(
    "terms",
    [{"count": 256}, {"period": timedelta(minutes=1)}, {"period": timedelta(days=365)}, {"count": 1}],
    ids=["most cheques", "shortest period", "longest period", "one cheque"],
)
def test_installs_a_cheque_book_at_each_bound(terms, created, replace_mandate, usdc):
    """The cheques have the smallest limit, so that every number fits."""
    book = ChequeBook(**({"token": usdc.address, "count": 2, "limit": SMALLEST, "period": timedelta(days=1)} | terms))
    replace_mandate(created, cheque_books=(book,))
    assert created.wallet.last_mandate().cheque_books == (book,)


# Requests


@pytest.mark.parametrize(("most", "age"), [(3, 0), (0, 60)])
def test_refuses_contradictory_request_terms(most, age, created, new_mandate):
    mandate = new_mandate(max_requests=most, max_request_age=timedelta(seconds=age))
    with refuses(errors.RequestTermsContradict, max_requests=most, max_request_age=age):
        created.wallet.send(
            created.principal, "setMandate", mandate.replacing(created.wallet.last_mandate_hash).as_tuple()
        )
