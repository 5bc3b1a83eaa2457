"""Reads the attacks from pytest's JUnit report, and prints them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from verification.attacks.weakened import LIST, LOG, ROOT, Finding


@dataclass(frozen=True)
class PlayedAttack:
    """One attack with all its variants."""

    family: str
    ids: tuple[str, ...]
    name: str
    description: str
    attempts: int
    extracted: dict[str, str]
    """The most that a variant extracted, by currency."""
    allowed: dict[str, str]
    """What the mandate allows, and what the principal paid himself."""
    refused_by: tuple[str, ...]
    failure: str | None
    """Why the attack succeeded, or None if it was stopped."""

    @property
    def stopped(self) -> bool:
        """Whether it extracted no more than allowed."""
        return self.failure is None


def attacks_in(junit: str) -> list[PlayedAttack]:
    """The attacks of a JUnit report, variants merged. A test without a record counts as an attack that succeeded."""
    found: dict[tuple[str, str], PlayedAttack] = {}
    for case in ElementTree.fromstring(junit).iter("testcase"):
        each = _attack(case)
        key = (each.family, each.name)
        found[key] = _merge(found[key], each) if key in found else each
    return sorted(found.values(), key=lambda attack: (attack.family, attack.ids))


def _attack(case: ElementTree.Element) -> PlayedAttack:
    family = (case.get("classname") or "").rpartition(".")[2].removeprefix("test_").replace("_", " ")
    test = (case.get("name") or "").partition("[")[0]
    records = [each.get("value") for each in case.iter("property") if each.get("name") == "attack"]
    # A skipped test counts as a failure: the attack was not stopped.
    faults = [each for each in case if each.tag in ("failure", "error", "skipped")]
    failure = next((_first_line(each) for each in faults), None)
    if len(records) != 1 or records[0] is None:
        ids = tuple(re.findall(r"(?<=_)[A-Z]\d\d(?=_)", test.upper()))
        return PlayedAttack(family, ids, test, "", 0, {}, {}, (), failure or "the test recorded nothing")
    record: dict[str, Any] = json.loads(records[0])
    tuples = {name: tuple(record[name]) for name in ("ids", "refused_by")}
    return PlayedAttack(family=family, failure=failure, **{**record, **tuples})


def _first_line(fault: ElementTree.Element) -> str:
    return ((fault.get("message") or fault.text or fault.tag).strip().splitlines() or [fault.tag])[0]


def _merge(one: PlayedAttack, other: PlayedAttack) -> PlayedAttack:
    return PlayedAttack(
        one.family,
        one.ids,
        one.name,
        one.description or other.description,
        one.attempts + other.attempts,
        _maximum(one.extracted, other.extracted),
        _maximum(one.allowed, other.allowed),
        tuple(dict.fromkeys(one.refused_by + other.refused_by)),
        one.failure or other.failure,
    )


def _maximum(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {key: str(max(Decimal(one.get(key, "0")), Decimal(other.get(key, "0")))) for key in one | other}


def amounts(sums: dict[str, str]) -> str:
    """The amounts that are not zero, or 0."""
    shown = [f"{Decimal(value).normalize():f} {key}" for key, value in sums.items() if Decimal(value)]
    return ", ".join(shown) or "0"


def print_attacks(console: Console, attacks: list[PlayedAttack]) -> None:
    """Prints a table for each family, then the sum."""
    for family in dict.fromkeys(attack.family for attack in attacks):
        console.print(_family_table(family, (attack for attack in attacks if attack.family == family)))
    succeeded = sum(not attack.stopped for attack in attacks)
    attempts = sum(attack.attempts for attack in attacks)
    if succeeded or not attacks:
        console.print(f"[red bold]{succeeded} of {len(attacks)} attacks succeeded: see the rows marked ✗.[/]")
    else:
        console.print(
            f"[green bold]{len(attacks)} attacks, {attempts} attempts: none extracted more than the mandate allows.[/]"
        )


def _family_table(family: str, attacks: Iterable[PlayedAttack]) -> Table:
    table = Table(title=family, title_style="bold", title_justify="left", expand=True)
    columns = {"": 1, "attack": 8, "what it does": 14, "attempts": 3, "extracted": 4, "allowed": 4, "refused by": 9}
    for heading, ratio in columns.items():
        table.add_column(heading, ratio=ratio, overflow="fold", justify="right" if heading == "attempts" else "left")
    for attack in attacks:
        mark = "[green]✓[/]" if attack.stopped else "[red]✗[/]"
        extracted = amounts(attack.extracted) if attack.stopped else f"[red]{escape(attack.failure or '')}[/]"
        refused_by = ", ".join(attack.refused_by) or "the limit"
        name = f"[bold]{' '.join(attack.ids)}[/] {attack.name}"
        cells = (mark, name, escape(attack.description), str(attack.attempts), extracted, amounts(attack.allowed))
        table.add_row(*cells, escape(refused_by), style="" if attack.stopped else "red")
    return table


def print_weakened(console: Console, findings: list[Finding]) -> None:
    """Prints a row for each removed check, then the sum."""
    table = Table(title="Checks removed, one at a time", title_style="bold", title_justify="left")
    for heading in ("", "file", "removed", "attack that has to succeed"):
        table.add_column(heading, overflow="fold")
    for each in findings:
        mark = "[green]✓[/]" if each.attack_succeeded else "[red]✗[/]"
        file = each.weakening.file.removeprefix("contracts/")
        table.add_row(mark, file, escape(f"{each.weakening.gone}…"), each.weakening.attack.removeprefix("test_"))
    console.print(table)
    failed = sum(not each.attack_succeeded for each in findings)
    if failed:
        console.print(
            f"[red bold]{failed} of {len(findings)} attacks fail although their check is removed.[/] "
            f"Correct the attack, or name another in {LIST.relative_to(ROOT)}. "
            f"The output of the tests is in {LOG.relative_to(ROOT)}."
        )
    else:
        console.print(f"[green bold]{len(findings)} checks removed, one at a time: the attack on each succeeds.[/]")
