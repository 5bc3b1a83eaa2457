"""Says in sentences which contracts an agent may call, and how."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from peculium.errors import digits
from peculium.explain.sentence import Group, Sentence
from peculium.explain.words import Naming, length, listing, money, native, times
from peculium.explain.worst_case import call_charge
from peculium.mandate import NATIVE, Argument, ArgumentKind, Budget, CallRule, Floor, Mandate
from peculium.units import to_address

_KINDS = {
    ArgumentKind.ANY: "anything",
    ArgumentKind.ANY_ADDRESS: "any address",
    ArgumentKind.THIS_WALLET: "the wallet",
    ArgumentKind.LISTED_PAYEE: "a payee of the budget without terms of its own",
    ArgumentKind.CHARGED: "an amount, which is charged",
    ArgumentKind.ANY_BYTES: "any bytes",
    ArgumentKind.ANY_WORDS: "any list",
}
_VALUES = {
    ArgumentKind.EQUAL: "",
    ArgumentKind.AT_MOST: "at most ",
    ArgumentKind.AT_LEAST: "at least ",
    ArgumentKind.ONE_OF: "one of ",
    ArgumentKind.TAIL_IN: "data with one of the hashes ",
}


def call_sentences(mandate: Mandate, naming: Naming) -> Iterator[Sentence]:
    """Yields a sentence for each call rule: what it allows, what leaves, and what must come back."""
    for rule in mandate.calls:
        budget = mandate.budget_of(rule.token)
        assert budget is not None
        text = (
            f"It may call {rule_name(rule, naming)}, {times(rule.max_calls, 'time')} in any {length(rule.window)}. "
            f"{_leaves(mandate, rule, naming)} {_comes_back(mandate, rule, naming)}{_arguments(rule, naming)}"
        )
        data = {
            "target": rule.target,
            "function": rule.function,
            "variant": rule.variant,
            "max_calls": rule.max_calls,
            "window": length(rule.window),
            "most": {each.currency: digits(most) for each, most in _charges(mandate, rule)},
        }
        yield Sentence(Group.CALLS, "call", text.strip(), data)


def rule_name(rule: CallRule, naming: Naming) -> str:
    """Returns the name of a rule: its function, its target, and its variant if it isn't the first."""
    variant = f", variant {rule.variant}" if rule.variant else ""
    return f"{rule.function} of {naming(rule.target)}{variant}"


def _charges(mandate: Mandate, rule: CallRule) -> list[tuple[Budget, Decimal]]:
    most = [(budget, call_charge(rule, budget)) for budget in mandate.budgets]
    return [(budget, budget.whole(units)) for budget, units in most if units]


def _leaves(mandate: Mandate, rule: CallRule, naming: Naming) -> str:
    charges = [money(most, budget.currency) for budget, most in _charges(mandate, rule)]
    if not charges:
        return "No listed token can leave in the call."
    sent = f", of which {native(rule.value_limit)} can be sent with it" if rule.value_limit else ""
    taken = f" in {naming.short(rule.token)}" if rule.token != NATIVE else ""
    return f"A call takes at most {listing(charges)}{taken}{sent}."


def _comes_back(mandate: Mandate, rule: CallRule, naming: Naming) -> str:
    if not _charges(mandate, rule):
        return ""
    if rule.floor is None or not rule.floor.per:
        return "Nothing has to come back."
    return f"The wallet must gain {floor_words(mandate, rule.floor, rule.token, naming)}."


def floor_words(mandate: Mandate, floor: Floor, charged: str, naming: Naming) -> str:
    """Returns what a floor demands, in whole tokens if the decimals of both are known."""
    decimals = {token.address: token.decimals for budget in mandate.budgets for token in budget.tokens}
    decimals.setdefault(NATIVE, 18)
    gained, paid = naming.short(floor.token), naming.short(charged)
    if floor.token not in decimals:
        return f"at least {floor.gain} base units of {gained} for each {floor.per} base units of {paid}"
    ratio = Fraction(floor.gain, floor.per) * Fraction(10) ** (decimals[charged] - decimals[floor.token])
    exact = Decimal(ratio.numerator) / Decimal(ratio.denominator)
    about = "" if Fraction(exact) == ratio else "about "
    return f"at least {about}{digits(exact)} of {gained} for each {paid}"


def argument_words(argument: Argument, naming: Naming) -> str:
    """Returns what a rule on an argument allows."""
    if argument.kind in _KINDS:
        return _KINDS[argument.kind]
    values = [_value(each, argument.kind, naming) for each in argument.values]
    return _VALUES[argument.kind] + listing(values, "or")


def _value(word: bytes, kind: ArgumentKind, naming: Naming) -> str:
    number = int.from_bytes(word)
    if kind is ArgumentKind.TAIL_IN:
        return "0x" + word.hex()
    # A number of 128 bits or more is hardly an amount: it is an address, or data.
    if kind in (ArgumentKind.AT_MOST, ArgumentKind.AT_LEAST) or number < 2**128:
        return str(number)
    return naming(to_address("0x" + word[12:].hex())) if number < 2**160 else "0x" + word.hex()


def _arguments(rule: CallRule, naming: Naming) -> str:
    words = [
        f"argument {place} must be {argument_words(each, naming)}"
        for place, each in enumerate(rule.arguments, 1)
        if each.kind is not ArgumentKind.ANY
    ]
    open_ones = [str(place) for place, each in enumerate(rule.arguments, 1) if each.kind is ArgumentKind.ANY]
    if open_ones:
        words.append(f"argument {listing(open_ones)} can be anything")
    return (" " + listing(words)[0].upper() + listing(words)[1:] + ".") if words else ""
