"""What a new mandate changes in its call rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import zip_longest

from peculium.explain.call_sentences import argument_words, floor_words, rule_name
from peculium.explain.difference import Difference, Direction, by_size, changed, difference
from peculium.explain.words import Naming, length, money, native
from peculium.mandate import Argument, ArgumentKind, CallRule, Floor, Mandate
from peculium.units import to_seconds

_Key = tuple[str, bytes, int]
_ALL, _ADDRESSES = 2**256 - 1, 2**160 - 1


def call_differences(old: Mandate, new: Mandate, naming: Naming) -> Iterator[Difference]:
    """Yields the differences of all call rules."""
    rules = _by_key(old), _by_key(new)
    renumbered = _renumbered(*rules)
    for before_key, after_key in renumbered.items():
        before, after = rules[0].pop(before_key), rules[1].pop(after_key)
        field = f"call.{before.target}.{before.selector.hex()}"
        what = f"Number of a variant of {before.function} of {naming(before.target)}"
        yield from changed(f"{field}.variant", what, (before.variant, after.variant))
    for key in dict.fromkeys((*rules[0], *rules[1])):
        old_rule, new_rule = rules[0].get(key), rules[1].get(key)
        field = f"call.{key[0]}.{key[1].hex()}.{key[2]}"
        if old_rule and new_rule:
            yield from _Pair(old, new, old_rule, new_rule, field, naming).differences()
        else:
            shown = (rule_name(each, naming) if each else None for each in (old_rule, new_rule))
            yield difference(Direction.of(old_rule is None, new_rule is None), field, "Call", shown)


def _by_key(mandate: Mandate) -> dict[_Key, CallRule]:
    return {(rule.target, rule.selector, rule.variant): rule for rule in mandate.calls}


def _renumbered(old: dict[_Key, CallRule], new: dict[_Key, CallRule]) -> dict[_Key, _Key]:
    # Rules that differ in the number of the variant only.
    arrived = [key for key in new if key not in old]
    pairs: dict[_Key, _Key] = {}
    for key in old:
        if key in new:
            continue
        for other in arrived:
            if other[:2] == key[:2] and _same(old[key], new[other]) and other not in pairs.values():
                pairs[key] = other
                break
    return pairs


def _same(one: CallRule, other: CallRule) -> bool:
    return replace(one, variant=0, function="0x" + one.selector.hex()) == replace(
        other, variant=0, function="0x" + other.selector.hex()
    )


class _Pair:
    """A rule before and after."""

    def __init__(
        self, old: Mandate, new: Mandate, before: CallRule, after: CallRule, field: str, naming: Naming
    ) -> None:
        self.old, self.new, self.naming = old, new, naming
        self.before, self.after, self.field = before, after, field
        self.name = rule_name(before, naming)

    def differences(self) -> Iterator[Difference]:
        before, after, field = self.before, self.after, self.field
        budget = self.new.budget_of(after.token)
        unit = budget.currency if budget else ""
        yield from changed(f"{field}.token", f"Token of {self.name}", (before.token, after.token), self.naming)
        yield from by_size(f"{field}.value", f"Sent with {self.name}", (before.value_limit, after.value_limit), native)
        pulls = before.pull_limit, after.pull_limit
        yield from by_size(f"{field}.pull", f"Taken by {self.name}", pulls, lambda each: money(each, unit))
        yield from by_size(f"{field}.max_calls", f"Calls of {self.name}", (before.max_calls, after.max_calls), str)
        windows = to_seconds(before.window), to_seconds(after.window)
        yield from by_size(f"{field}.window", f"Window of {self.name}", windows, length, more_is_wider=False)
        yield from self._floor()
        yield from self._arguments()

    def _floor(self) -> Iterator[Difference]:
        before, after = _real(self.before.floor), _real(self.after.floor)
        if before == after:
            return
        direction = Direction.of(after is None, before is None)
        if before and after:
            ratios = [Fraction(each.gain, each.per) for each in (before, after)]
            comparable = before.token == after.token
            direction = Direction.of(comparable and ratios[1] < ratios[0], comparable and ratios[1] > ratios[0])
        shown = (
            floor_words(mandate, floor, rule.token, self.naming) if floor else None
            for mandate, floor, rule in ((self.old, before, self.before), (self.new, after, self.after))
        )
        yield difference(direction, f"{self.field}.floor", f"What {self.name} must bring", shown)

    def _arguments(self) -> Iterator[Difference]:
        if len(self.before.arguments) != len(self.after.arguments):
            counts = len(self.before.arguments), len(self.after.arguments)
            yield from changed(f"{self.field}.arguments", f"Number of arguments of {self.name}", counts)
            return
        pairs = zip_longest(self.before.arguments, self.after.arguments)
        for place, (before, after) in enumerate(pairs, 1):
            if before != after:
                yield difference(
                    argument_direction(before, after),
                    f"{self.field}.arguments.{place}",
                    f"Argument {place} of {self.name}",
                    [argument_words(each, self.naming) for each in (before, after)],
                )


def _real(floor: Floor | None) -> Floor | None:
    return floor if floor is not None and floor.per else None


def argument_direction(before: Argument, after: Argument) -> Direction:
    """Returns whether a rule on an argument allows more than before, if that can be said."""
    more, less = _allows_all_of(after, before), _allows_all_of(before, after)
    return Direction.of(more, less)


def _allows_all_of(one: Argument, other: Argument) -> bool:
    if one.kind is other.kind is ArgumentKind.TAIL_IN:
        return set(one.values) >= set(other.values)
    bounds = _range(one)
    if other.kind in (ArgumentKind.THIS_WALLET, ArgumentKind.LISTED_PAYEE):
        return bounds is not None and bounds[0] == 0 and bounds[1] >= _ADDRESSES
    inner, values = _range(other), _set(other)
    if bounds is not None:
        found = inner if inner is not None else (min(values), max(values)) if values else None
        return found is not None and bounds[0] <= found[0] and found[1] <= bounds[1]
    allowed = _set(one)
    return bool(allowed) and bool(values) and allowed >= values


def _range(argument: Argument) -> tuple[int, int] | None:
    if argument.kind is ArgumentKind.ANY:
        return 0, _ALL
    if argument.kind is ArgumentKind.ANY_ADDRESS:
        return 0, _ADDRESSES
    if argument.kind in (ArgumentKind.AT_MOST, ArgumentKind.AT_LEAST):
        bound = int.from_bytes(argument.values[0])
        return (0, bound) if argument.kind is ArgumentKind.AT_MOST else (bound, _ALL)
    return None


def _set(argument: Argument) -> set[int]:
    if argument.kind in (ArgumentKind.EQUAL, ArgumentKind.ONE_OF):
        return {int.from_bytes(value) for value in argument.values}
    return set()
