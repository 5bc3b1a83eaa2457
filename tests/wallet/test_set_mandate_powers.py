"""Setting a mandate: the calls that it allows and its cheque books, refused with the reason if they can't be enforced."""

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
TARGET, NEXT = (to_checksum_address(f"0x{0xC0DE0 + i:040x}") for i in range(2))
WRONG = {
    "Multicall3": "0xcA11bde05977b3631167028862bE2a173976CA11",
    "Permit2": "0x000000000022D473030F116dDEE9F6B43aC78BA3",
    "CREATE2 deployer": "0x4e59b44847b379578588920cA78FbF26c0B4956C",
}


@pytest.fixture
def install(created, new_mandate):
    """Sends a mandate with these calls in just this order: the package would sort them."""

    def send(*rules):
        values = list(new_mandate(calls=rules).replacing(created.wallet.last_mandate_hash).as_tuple())
        calls, *others = values[7]
        written = {(target, selector): (target, selector, *rest) for target, selector, *rest in calls}
        values[7] = ([written[each.target, each.selector] for each in rules], *others)
        return created.wallet.send(created.principal, "setMandate", tuple(values))

    return send


@pytest.fixture
def code(web3):
    """Puts a byte of code at an address: enough to be called."""

    def put(*addresses):
        for address in addresses:
            web3.provider.make_request("anvil_setCode", [address, "0x00"])

    return put


def rule(target=TARGET, selector="0x00000001", *arguments, **limits):
    """A rule on a function of a target."""
    return CallRule(target, selector, arguments, **limits)


# Calls


def test_sixty_four_calls_are_installed_and_no_more(install, code, created):
    rules = [rule(selector=f"0x{1 + i:08x}") for i in range(65)]
    with refuses(errors.InvalidCallCount, count=65, maximum=64):
        install(*rules)
    code(TARGET)
    install(*rules[:64])
    assert created.wallet.last_mandate().calls == tuple(rules[:64])


@pytest.mark.parametrize(
    "rules",
    [
        (rule(), rule()),
        (rule(selector="0x00000002"), rule(selector="0x00000001")),
        (rule(NEXT, "0x00000001"), rule(TARGET, "0x00000002")),
    ],
    ids=["twice", "selectors", "targets"],
)
def test_calls_out_of_order_or_twice_are_refused(rules, install, code):
    code(TARGET, NEXT)
    last = rules[-1]
    with refuses(errors.CallsNotAscending, target=last.target, selector=last.selector):
        install(*rules)


def test_calls_are_in_order_by_target_and_then_by_selector(install, code, created):
    """The last selector of one target is before the first of the next."""
    code(TARGET, NEXT)
    rules = (rule(TARGET, "0x00000001"), rule(TARGET, "0xffffffff"), rule(NEXT, "0x00000001"))
    install(*rules)
    assert created.wallet.last_mandate().calls == rules


@pytest.mark.parametrize(
    "name", ["nobody", "zero", "USDC", "wallet", "REGISTRY", "SWITCH", "FACTORY", "ENTRY_POINT", *WRONG]
)
def test_what_no_rule_can_bind_is_refused_as_target(name, install, code, created, usdc, stranger):
    """B08, B09. The three are refused where they have code, too."""
    known = {
        "nobody": stranger.address,
        "zero": ZERO_ADDRESS,
        "USDC": usdc.address,
        "wallet": created.wallet.address,
        **WRONG,
    }
    address = known.get(name) or created.wallet.read(name)
    if name in WRONG:
        code(address)
    with refuses(errors.TargetRefused, target=address):
        install(rule(address))


@pytest.mark.parametrize("address", [TARGET, to_checksum_address("0x" + "ff" * 20)])
def test_a_single_byte_of_code_can_be_called_wherever_it_is(address, install, code, created):
    code(address)
    install(rule(address))
    assert created.wallet.last_mandate().calls == (rule(address),)


def test_the_empty_selector_is_refused(install, code):
    """It is what plain transfers of the native currency have."""
    code(TARGET)
    with refuses(errors.InvalidSelector, target=TARGET, selector=bytes(4)):
        install(rule(selector="0x00000000"))


def test_value_without_a_native_budget_is_refused(install, code):
    code(TARGET)
    with refuses(errors.NativeNotBudgeted, target=TARGET, selector=bytes.fromhex("00000001")):
        install(rule(value_limit=Decimal("0.000000000000000001")))


def test_more_than_sixteen_arguments_are_refused(install, code, created):
    code(TARGET)
    with refuses(errors.InvalidArgumentCount, target=TARGET, count=17, maximum=16):
        install(rule(TARGET, "0x00000001", *[Argument.any()] * 17))
    install(rule(TARGET, "0x00000001", *[Argument.any()] * 16))
    assert len(created.wallet.last_mandate().calls[0].arguments) == 16


VALUES = {ArgumentKind.EQUAL: {1}, ArgumentKind.AT_MOST: {1}, ArgumentKind.ONE_OF: set(range(1, 33))}


@pytest.mark.parametrize("kind", ArgumentKind)
def test_each_kind_of_argument_has_as_many_values_as_it_needs(kind, install, code, created):
    """None, just one, or 1 to 32; the refusal says which argument it is."""
    code(TARGET)
    for count in (0, 1, 2, 32, 33):
        written = rule(TARGET, "0x00000001", Argument.any(), Argument(kind, tuple(range(count))))
        if count in VALUES.get(kind, {0}):
            install(written)
            assert created.wallet.last_mandate().calls == (written,)
        else:
            with refuses(errors.InvalidArgumentValues, target=TARGET, index=1, count=count):
                install(written)


def test_the_first_argument_is_looked_at_too(install, code):
    code(TARGET)
    with refuses(errors.InvalidArgumentValues, target=TARGET, index=0, count=0):
        install(rule(TARGET, "0x00000001", Argument(ArgumentKind.EQUAL)))


def test_a_mandate_of_exactly_the_most_bytes_is_installed_and_none_longer(created, new_mandate, code):
    """A thousand payees, and a call with fifteen arguments; a sixteenth is two bytes more."""
    code(TARGET)
    payees = [f"0x{i + 1:040x}" for i in range(1_000)]
    tokens = new_mandate().budgets[0].tokens[:1]
    some = [Argument.one_of(*range(count)) for count in (32, 32, 32, 32, 5)]

    def following(arguments):
        budget = replace(new_mandate().budgets[0], payees=payees, tokens=tokens)
        rules = (rule(TARGET, "0x00000001", *some, *[Argument.any()] * (arguments - len(some))),)
        return new_mandate(budgets=(budget,), calls=rules).replacing(created.wallet.last_mandate_hash)

    with refuses(errors.MandateTooLarge, size=24_577, maximum=24_575):
        created.wallet.send(created.principal, "setMandate", following(16).as_tuple())
    mandate = following(15)
    assert len(mandate.code()) == 24_575
    created.wallet.set_mandate(created.principal, mandate)
    assert created.wallet.enforces(mandate)


# Cheque books


@pytest.fixture
def two_budgets(usdc, dai, payee):
    """One in dollars and one in euros."""

    def make(token, decimals, currency):
        windows = (Window(timedelta(days=1), Decimal(500)), Window(timedelta(days=7), Decimal(5_000)))
        return Budget(currency, 100, 10_000, windows, (Token(token.address, decimals),), (payee.address,))

    return make(usdc, 6, "USD"), make(dai, 18, "EUR")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_each_budget_may_have_a_book_in_any_order(order, created, new_mandate, two_budgets):
    """And a cheque may be of as much as a payment."""
    books = [ChequeBook(each.tokens[0].address, 1, Decimal(100), timedelta(days=1)) for each in two_budgets]
    mandate = new_mandate(budgets=two_budgets, cheque_books=tuple(books[i] for i in order))
    created.wallet.set_mandate(created.principal, mandate.replacing(created.wallet.last_mandate_hash))
    assert created.wallet.last_mandate().cheque_books == mandate.cheque_books


def test_the_native_currency_has_no_cheques(created, new_mandate, payee):
    budget = Budget("ETH", 1, 5, (Window(timedelta(days=1), 2),), (Token(NATIVE, 18),), (payee.address,), decimals=18)
    book = ChequeBook(NATIVE, 1, Decimal(1), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.InvalidChequeToken, token=NATIVE):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


@pytest.mark.parametrize(
    ("day", "week", "reserve", "limit"), [(599, 2_400, 600, 599), (600, 2_399, 2_400, 2_399)], ids=["day", "week"]
)
def test_a_book_has_to_fit_each_window_to_the_unit(day, week, reserve, limit, created, new_mandate, usdc, payee):
    """Of three a day at a hundred, six can fall into a day, and twenty-four into a week, wherever it begins."""
    windows = (Window(timedelta(days=1), Decimal(day)), Window(timedelta(days=7), Decimal(week)))
    budget = Budget("USD", 100, 100_000, windows, (Token(usdc.address, 6),), (payee.address,))
    book = ChequeBook(usdc.address, 3, Decimal(100), timedelta(days=1))
    mandate = new_mandate(budgets=(budget,), cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=reserve * USD, limit=limit * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


SMALLEST = Decimal("0.000001")


@pytest.mark.parametrize(
    "terms",
    [{"count": 256}, {"period": timedelta(minutes=1)}, {"period": timedelta(days=365)}, {"count": 1}],
    ids=["most cheques", "shortest period", "longest period", "one cheque"],
)
def test_a_book_at_each_bound_is_installed(terms, created, replace_mandate, usdc):
    """Of the smallest cheques there are."""
    book = ChequeBook(**({"token": usdc.address, "count": 2, "limit": SMALLEST, "period": timedelta(days=1)} | terms))
    replace_mandate(created, cheque_books=(book,))
    assert created.wallet.last_mandate().cheque_books == (book,)


def test_a_cheque_above_a_payment_is_refused_with_both(created, new_mandate, usdc):
    book = ChequeBook(usdc.address, 1, Decimal(100) + SMALLEST, timedelta(days=1))
    mandate = new_mandate(cheque_books=(book,)).replacing(created.wallet.last_mandate_hash)
    with refuses(errors.InvalidChequeLimit, token=usdc.address, limit=100 * USD + 1, payment_limit=100 * USD):
        created.wallet.send(created.principal, "setMandate", mandate.as_tuple())


def test_a_book_has_to_fit_into_the_mandates_life_to_the_second(created, new_mandate, usdc, now):
    """A mandate that ends with a period has no cheques of the next; one that ends a second later has."""
    day = 86_400
    ends = (now() // day + 3) * day
    book = ChequeBook(usdc.address, 1, Decimal(100), timedelta(days=1))

    def following(valid_until):
        mandate = new_mandate(cheque_books=(book,), lifetime_limit=300, window_limit=300, valid_until=valid_until)
        return replace(mandate, valid_from=now()).replacing(created.wallet.last_mandate_hash)

    with refuses(errors.ChequesExceedLimit, token=usdc.address, reserve=400 * USD, limit=300 * USD):
        created.wallet.send(created.principal, "setMandate", following(ends + 1).as_tuple())
    created.wallet.set_mandate(created.principal, following(ends))
    # All that there is for life is set aside.
    assert created.wallet.remaining("USD").lifetime_limit == 0


# Requests


@pytest.mark.parametrize(("most", "age"), [(3, 0), (0, 60)])
def test_requests_without_an_age_and_an_age_without_requests_are_refused(most, age, created, new_mandate):
    mandate = new_mandate(max_requests=most, max_request_age=timedelta(seconds=age))
    with refuses(errors.RequestTermsContradict, max_requests=most, max_request_age=age):
        created.wallet.send(
            created.principal, "setMandate", mandate.replacing(created.wallet.last_mandate_hash).as_tuple()
        )
