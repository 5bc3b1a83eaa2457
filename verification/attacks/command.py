"""Plays every attack of tests/attacks against the suite, on a chain of its own, and says what each of them got.

`ape run attacks` prints a table and fails if any attack succeeded; `--json` prints the same for a program. The figures are not
the tests' own: what was extracted is measured from the balances of the wallets at stake, before and after. `--weakened` shows that
they would notice: it takes one check after the other out of the contracts, and the attack on it has to succeed.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from peculium.devnet.console import make_console
from verification.attacks.weakened import LIST, LOG, Finding, listed, try_all

ROOT = Path(__file__).parents[2]
FOLDER = Path("tests") / "attacks"
APE = Path(sys.executable).parent / "ape"
UNITS = {"USD": "$", "ETH": "ether"}


@dataclass(frozen=True)
class Attack:
    """One attack, in all the variants that were tried."""

    family: str
    ids: tuple[str, ...]
    name: str
    tried: str
    attempts: int
    extracted: dict[str, str]
    """The most that a variant got, by currency."""
    bound: dict[str, str]
    """What the mandate, or the principal, gave it."""
    refused_by: tuple[str, ...]
    failure: str | None
    """Why it isn't held; None if it is."""

    @property
    def held(self) -> bool:
        """Whether it got no more than it may."""
        return self.failure is None


# Read what was recorded


def attacks_in(report: str) -> list[Attack]:
    """The attacks of a JUnit report, variants together. A test without a record is an attack that isn't held."""
    found: dict[tuple[str, str], Attack] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        each = _attack(case)
        key = (each.family, each.name)
        found[key] = _together(found[key], each) if key in found else each
    return sorted(found.values(), key=lambda attack: (attack.family, attack.ids))


def _attack(case: ElementTree.Element) -> Attack:
    family = (case.get("classname") or "").rpartition(".")[2].removeprefix("test_").replace("_", " ")
    test = (case.get("name") or "").partition("[")[0]
    records = [each.get("value") for each in case.iter("property") if each.get("name") == "attack"]
    # An expected failure is one all the same: an attack that is known to succeed.
    faults = [each for each in case if each.tag in ("failure", "error", "skipped")]
    failure = next((_first_line(each) for each in faults), None)
    if len(records) != 1 or records[0] is None:
        return Attack(family, _ids(test), test, "", 0, {}, {}, (), failure or "nothing was recorded")
    record: dict[str, Any] = json.loads(records[0])
    return Attack(
        family,
        tuple(record["ids"]),
        record["name"],
        record["tried"],
        record["attempts"],
        record["extracted"],
        record["bound"],
        tuple(record["refused_by"]),
        failure,
    )


def _ids(test: str) -> tuple[str, ...]:
    return tuple(re.findall(r"(?<=_)[A-Z]\d\d(?=_)", test.upper()))


def _first_line(fault: ElementTree.Element) -> str:
    return ((fault.get("message") or fault.text or fault.tag).strip().splitlines() or [fault.tag])[0]


def _together(one: Attack, other: Attack) -> Attack:
    return Attack(
        one.family,
        one.ids,
        one.name,
        one.tried or other.tried,
        one.attempts + other.attempts,
        _most(one.extracted, other.extracted),
        _most(one.bound, other.bound),
        tuple(dict.fromkeys(one.refused_by + other.refused_by)),
        one.failure or other.failure,
    )


def _most(one: dict[str, str], other: dict[str, str]) -> dict[str, str]:
    return {key: str(max(Decimal(one.get(key, "0")), Decimal(other.get(key, "0")))) for key in one | other}


# Run


def play(console: Console) -> list[Attack]:
    """Runs the folder, with a bar that moves by the test."""
    with tempfile.TemporaryDirectory() as folder, Progress(console=console, transient=True) as progress:
        report = Path(folder) / "report.xml"
        command = [APE, "test", str(FOLDER), "-v", "--tb=line", f"--junitxml={report}"]
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert process.stdout is not None
        task = progress.add_task("Attacking…", total=None)
        told: list[str] = []
        try:
            for line in process.stdout:
                told.append(line)
                count = re.match(r"collected (\d+) items", line)
                if count:
                    progress.update(task, total=int(count[1]))
                if "::" in line and re.search(r" (PASSED|FAILED|ERROR|XFAIL|XPASS)\b", line):
                    progress.advance(task)
        finally:
            # Ctrl-C reaches the tests too: they stop their chain themselves.
            process.wait()
        if not report.exists():
            raise click.ClickException(
                "The attacks didn't run. Run `make compile`, then again:\n" + "".join(told[-20:])
            )
        return attacks_in(report.read_text())


# Show


def amounts(sums: dict[str, str]) -> str:
    """What isn't zero, or 0."""
    shown = [f"{Decimal(value).normalize():f} {UNITS[key]}" for key, value in sums.items() if Decimal(value)]
    return ", ".join(shown) or "0"


def table_of(family: str, attacks: Iterable[Attack]) -> Table:
    """One family's attacks."""
    table = Table(title=family, title_style="bold", title_justify="left", expand=True)
    for heading, ratio in (
        ("", 1),
        ("attack", 8),
        ("tried", 14),
        ("tries", 2),
        ("got", 4),
        ("may", 4),
        ("refused by", 9),
    ):
        table.add_column(heading, ratio=ratio, overflow="fold", justify="right" if heading == "tries" else "left")
    for attack in attacks:
        mark = "[green]✓[/]" if attack.held else "[red]✗[/]"
        got = amounts(attack.extracted) if attack.held else f"[red]{attack.failure}[/]"
        style = "" if attack.held else "red"
        by = ", ".join(attack.refused_by) or "the limit"
        name = f"[bold]{' '.join(attack.ids)}[/] {attack.name}"
        table.add_row(mark, name, attack.tried, str(attack.attempts), got, amounts(attack.bound), by, style=style)
    return table


def families_of(attacks: list[Attack]) -> Iterator[tuple[str, list[Attack]]]:
    """The attacks by family, in order."""
    for family in dict.fromkeys(attack.family for attack in attacks):
        yield family, [attack for attack in attacks if attack.family == family]


def show_weakened(console: Console, as_json: bool) -> bool:
    """Takes the listed checks out, one at a time, and says which attack has noticed."""
    weakenings = listed()
    with Progress(console=Console(stderr=True, quiet=as_json), transient=True) as progress:
        task = progress.add_task("Weakening…", total=len(weakenings))
        findings = try_all(weakenings, lambda _: progress.advance(task))
    passed = all(each.found for each in findings)
    if as_json:
        rows = [{**asdict(each.weakening), "outcome": each.outcome} for each in findings]
        print(json.dumps({"passed": passed, "weakenings": rows}, indent=2))
        return passed
    console.print(table_of_weakenings(findings))
    found = sum(each.found for each in findings)
    if passed:
        console.print(f"[green bold]{found} checks taken out, one at a time: the attack on each succeeds.[/]")
    else:
        console.print(
            f"[red bold]{len(findings) - found} of {len(findings)} attacks don't notice that their check is gone.[/] "
            f"Mend the attack, or name another in {LIST}; what the tests said is in {LOG.relative_to(ROOT)}."
        )
    return passed


def table_of_weakenings(findings: list[Finding]) -> Table:
    """A row for each."""
    table = Table(title="Weakened contracts", title_style="bold", title_justify="left")
    for heading in ("", "file", "taken out", "attack that succeeds then"):
        table.add_column(heading, overflow="fold")
    for each in findings:
        mark = "[green]✓[/]" if each.found else "[red]✗[/]"
        file = each.weakening.file.removeprefix("contracts/")
        table.add_row(mark, file, escape(f"{each.weakening.gone}…"), each.weakening.attack.removeprefix("test_"))
    return table


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the tables.")
@click.option(
    "--weakened", is_flag=True, help="Take checks out of the contracts instead: each attack on one has to succeed."
)
def cli(as_json: bool, weakened: bool) -> None:
    """Play every attack of tests/attacks, and print what each of them tried, and got."""
    console = make_console(160, highlight=False)
    if weakened:
        sys.exit(0 if show_weakened(console, as_json) else 1)
    try:
        attacks = play(Console(stderr=True, quiet=as_json))
    except KeyboardInterrupt:
        console.print("Stopped; the chain is gone.")
        sys.exit(130)
    held = [attack for attack in attacks if attack.held]
    passed = bool(attacks) and len(held) == len(attacks)
    if as_json:
        print(json.dumps({"passed": passed, "attacks": [asdict(attack) for attack in attacks]}, indent=2))
        sys.exit(0 if passed else 1)
    for family, members in families_of(attacks):
        console.print(table_of(family, members))
    tries = sum(attack.attempts for attack in attacks)
    if passed:
        console.print(f"[green bold]{len(held)} attacks in {tries} tries got no more than the mandate gives.[/]")
    else:
        console.print(
            f"[red bold]{len(attacks) - len(held)} of {len(attacks)} attacks aren't held: see the rows marked ✗.[/]"
        )
    sys.exit(0 if passed else 1)
