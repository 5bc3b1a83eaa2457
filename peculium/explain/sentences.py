"""Says in sentences what a mandate allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from peculium.checks import checked
from peculium.errors import digits, quote
from peculium.explain import phrases
from peculium.explain.call_sentences import call_sentences
from peculium.explain.sentence import Group, Sentence
from peculium.explain.state import WalletState
from peculium.explain.words import NATIVE_WORDS, Naming, length, listing, moment, money, times
from peculium.explain.worst_case import WorstCase, worst_cases
from peculium.mandate import ANY_SPENT, NO_LIMIT, ZERO_ADDRESS, ZERO_HASH, Budget, Mandate
from peculium.units import to_timestamp


@checked
def explain(
    mandate: Mandate,
    names: Mapping[str, str] | None = None,
    state: WalletState | None = None,
    notes: Sequence[str] | None = None,
) -> list[Sentence]:
    """Returns what a mandate allows, in sentences, with the worst case in money.

    `names` are addresses by name. With the wallet's `state` the worst case says what can be taken now. `notes` are further
    ones, such as those of `AgentWallet.review`; without them, those of `Mandate.notes`. Raises as `worst_cases` does.
    """
    naming = Naming(names)
    worst = worst_cases(mandate, state)
    parts = chain(
        _who(mandate, naming),
        _validity(mandate),
        (worst_sentence(each, state) for each in worst),
        _worst_case_limits(mandate, state),
        *(_money(budget, naming) for budget in mandate.budgets),
        *(_payees(budget, naming) for budget in mandate.budgets),
        call_sentences(mandate, naming),
        _requests(mandate),
        _authorizations(mandate),
        _cheques(mandate, naming),
        _gas(mandate),
        _guard(mandate, naming),
        _never(mandate, naming),
        (Sentence(Group.NOTES, "note", note) for note in (mandate.notes() if notes is None else notes)),
    )
    return list(parts)


def text_of(sentences: Sequence[Sentence]) -> str:
    """Returns sentences as text: a heading for each group, and a line for each sentence."""
    lines: list[str] = []
    for group in Group:
        found = [each.text for each in sentences if each.group is group]
        if found:
            lines += [f"{group.capitalize()}:", *(f"- {text}" for text in found)]
    return "\n".join(lines)


def worst_sentence(worst: WorstCase, state: WalletState | None = None) -> Sentence:
    """Returns the sentence about a worst case."""
    unit = f"of {NATIVE_WORDS}" if worst.gas else worst.currency
    when = "now" if state is not None else "at once"
    ever = "without end" if worst.ever is None else f"{digits(worst.ever)} ever"
    what = "For the gas of user operations it" if worst.gas else "It"
    text = f"{what} can take at most {digits(worst.now)} {unit} {when}, {digits(worst.any_24_hours)} in any 24 hours, {ever}."
    return Sentence(Group.WORST_CASE, "worst_case_gas" if worst.gas else "worst_case", text, worst.as_dict())


def _worst_case_limits(mandate: Mandate, state: WalletState | None) -> Iterator[Sentence]:
    if state is not None and not state.live:
        yield Sentence(Group.WORST_CASE, "stopped", "It is stopped. The other amounts hold if the stop is lifted.")
    text = "This counts one whole token as one unit of its currency. What you approve yourself comes on top."
    yield Sentence(Group.WORST_CASE, "counting", text)
    if mandate.calls:
        text = "Contracts that it may call can also move what no budget lists, such as shares of a vault, as their functions do."
        yield Sentence(Group.WORST_CASE, "not_counted", text)


def _who(mandate: Mandate, naming: Naming) -> Iterator[Sentence]:
    text = (
        f"The agent with the key {naming(mandate.agent_key)} acts for {naming(mandate.principal)}, who answers for it."
    )
    yield Sentence(Group.WHO, "who", text, {"principal": mandate.principal, "agent_key": mandate.agent_key})
    if mandate.terms_uri or mandate.terms_hash != ZERO_HASH:
        hashed = f", keccak256 0x{mandate.terms_hash.hex()}" if mandate.terms_hash != ZERO_HASH else ""
        where = quote(mandate.terms_uri) if mandate.terms_uri else "a document without address"
        yield Sentence(
            Group.WHO,
            "terms",
            f"The terms for people are at {where}{hashed}.",
            {"uri": mandate.terms_uri, "hash": "0x" + mandate.terms_hash.hex()},
        )


def _validity(mandate: Mandate) -> Iterator[Sentence]:
    start, end = to_timestamp(mandate.valid_from), to_timestamp(mandate.valid_until)
    data = {"valid_from": moment(start), "valid_until": moment(end)}
    yield Sentence(Group.VALIDITY, "validity", phrases.validity(start, end), data)
    text = f"It can be installed once, in round {mandate.round} of the wallet, while your epoch is {mandate.epoch}."
    yield Sentence(Group.VALIDITY, "installation", text, {"epoch": mandate.epoch, "round": mandate.round})


def _money(budget: Budget, naming: Naming) -> Iterator[Sentence]:
    unit = budget.currency
    limits = [f"{money(budget.payment_limit, unit)} in one payment"]
    limits += [f"{money(each.limit, unit)} in any {length(each.length)}" for each in budget.windows]
    limits.append(f"{money(budget.lifetime_limit, unit)} in all, over all mandates of the wallet")
    data = {
        "currency": unit,
        "per_payment": digits(budget.payment_limit),
        "windows": {length(each.length): digits(each.limit) for each in budget.windows},
        "ever": digits(budget.lifetime_limit),
    }
    yield Sentence(Group.MONEY, "limits", f"It may spend at most {listing(limits)}.", data)
    tokens = [f"{naming(each.address)}, of {times(each.decimals, 'decimal')}," for each in budget.tokens]
    step = digits(budget.whole(1))
    text = (
        f"{listing(tokens)} {'counts' if len(tokens) == 1 else 'count'} as {unit}, one for one, whatever the price. What is finer "
        f"than {step} {unit} is rounded up."
    )
    data = {"currency": unit, "step": step, "tokens": {each.address: each.decimals for each in budget.tokens}}
    yield Sentence(Group.MONEY, "tokens", text[0].upper() + text[1:], data)
    if budget.spent_at_most != ANY_SPENT:
        text = f"It can be installed only if at most {money(budget.spent_at_most, unit)} was spent before."
        yield Sentence(Group.MONEY, "spent_at_most", text, {"currency": unit, "amount": digits(budget.spent_at_most)})


def _payees(budget: Budget, naming: Naming) -> Iterator[Sentence]:
    unit = budget.currency
    if budget.payees:
        text = phrases.listed_payees(unit, [naming(each) for each in budget.payees])
        yield Sentence(Group.PAYEES, "payees", text, {"currency": unit, "payees": list(budget.payees)})
    for each in budget.limited_payees:
        data = {
            "currency": unit,
            "payee": each.payee,
            "limit": None if each.limit == NO_LIMIT else digits(each.limit),
            "until": moment(each.valid_until),
        }
        text = phrases.limited_payee(unit, naming(each.payee), each.limit, each.valid_until)
        yield Sentence(Group.PAYEES, "limited_payee", text, data)
    if budget.stranger_payment_limit:
        first = length(budget.windows[0].length)
        terms = budget.stranger_payment_limit, budget.stranger_window_limit, budget.windows[0].length
        text = phrases.strangers(unit, *terms)
        limits = {
            "per_payment": digits(budget.stranger_payment_limit),
            "in_window": digits(budget.stranger_window_limit),
        }
        yield Sentence(Group.PAYEES, "strangers", text, {"currency": unit, "window": first, **limits})


def _requests(mandate: Mandate) -> Iterator[Sentence]:
    if mandate.max_requests:
        age = length(mandate.max_request_age)
        text = (
            f"It may ask you for payments and calls beyond its limits: {times(mandate.max_requests, 'request')} at a time, each "
            f"for at most {age}. Nothing moves unless you approve."
        )
        yield Sentence(Group.REQUESTS, "requests", text, {"count": mandate.max_requests, "longest_age": age})


def _authorizations(mandate: Mandate) -> Iterator[Sentence]:
    if mandate.max_authorization_age:
        age = length(mandate.max_authorization_age)
        text = f"It may authorize payments that somebody else settles, within {age}. They are charged before they are valid."
        yield Sentence(Group.AUTHORIZATIONS, "authorizations", text, {"longest_age": age})


def _cheques(mandate: Mandate, naming: Naming) -> Iterator[Sentence]:
    for book in mandate.cheque_books:
        budget = mandate.budget_of(book.token)
        assert budget is not None
        unit, period = budget.currency, length(book.period)
        text = phrases.cheques(unit, naming.short(book.token), book.count, book.limit, book.period, book.strangers)
        data = {
            "currency": unit,
            "token": book.token,
            "count": book.count,
            "limit": digits(book.limit),
            "period": period,
            "strangers": book.strangers,
        }
        yield Sentence(Group.CHEQUES, "cheques", text, data)


def _gas(mandate: Mandate) -> Iterator[Sentence]:
    terms = mandate.gas_terms
    if terms.window:
        window = length(terms.window)
        text = phrases.gas(terms.operation_limit, terms.window_limit, terms.window)
        limits = {"per_operation": digits(terms.operation_limit), "in_window": digits(terms.window_limit)}
        yield Sentence(Group.GAS, "gas", text, {**limits, "window": window})


def _guard(mandate: Mandate, naming: Naming) -> Iterator[Sentence]:
    if mandate.guard != ZERO_ADDRESS:
        yield Sentence(Group.GUARD, "guard", phrases.guard(naming(mandate.guard)), {"guard": mandate.guard})


def _never(mandate: Mandate, naming: Naming) -> Iterator[Sentence]:
    def never(kind: str, what: str) -> Sentence:
        return Sentence(Group.NEVER, kind, f"It can never {what}.")

    yield never("authority", "change its limits, name payees, or act after you stop it")
    listed = [naming.short(token.address) for budget in mandate.budgets for token in budget.tokens]
    yield never("tokens", f"pay in anything but {listing(listed)}")
    closed = [each.currency for each in mandate.budgets if not each.stranger_payment_limit]
    if closed:
        yield never("strangers", f"pay anybody who isn't listed, in {listing(closed)}")
    if not mandate.calls:
        yield never("calls", "call a contract by itself")
    if not mandate.max_requests:
        yield never("requests", "ask you for more through the wallet")
    if not mandate.max_authorization_age and not mandate.cheque_books:
        yield never("signatures", "sign a payment that somebody else settles")
    if not mandate.gas_terms.window:
        yield never("gas", "make the wallet pay for gas")
