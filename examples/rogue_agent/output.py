"""How the demo prints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.table import Column, Table
from rich.text import Text

from examples.rogue_agent.attempt import Attempt
from examples.rogue_agent.money import Sum


class Output:
    """Sections, steps and tables on a console of 80 columns or more."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def status(self, text: str) -> AbstractContextManager[object]:
        """Shows a line in a terminal while the block runs."""
        return self.console.status(f"{text}…")

    def section(self, title: str, text: str) -> None:
        """The heading of a scene, and what happens in it."""
        self.console.print(Panel(text, title=f"[bold]{title}[/]", title_align="left", border_style="cyan"))

    def success(self, text: str) -> None:
        """A step that the mandate allows."""
        self.console.print(f"  [green]✓[/] {text}")

    def check(self, text: str, passed: bool) -> None:
        """A statement that has to be true."""
        self.console.print(f"  [green]✓[/] {text}" if passed else f"  [red bold]✗ NOT TRUE:[/] {text}")

    def attempts(self, attempts: Sequence[Attempt], first: int, with_names: Callable[[str], str]) -> None:
        """The table of attempts, numbered from `first` on."""
        table = Table(
            Column("", no_wrap=True, justify="right"),
            Column("what the agent tries", ratio=5),
            Column("refused by, and why", ratio=7),
            Column("moved", no_wrap=True, justify="right"),
            box=box.SIMPLE_HEAD,
            expand=True,
            pad_edge=False,
        )
        for number, attempt in enumerate(attempts, first):
            mark = Text(f"✓ {number:2}" if attempt.refused else f"✗ {number:2}", "green" if attempt.refused else "red")
            error = Text(attempt.refused_by, "bold" if attempt.refused else "bold red")
            reason = Text.assemble(error, ": ", with_names(attempt.reason))
            table.add_row(mark, Text(attempt.title), reason, f"{attempt.moved:,.2f}")
        self.console.print(table)

    def sums(self, sums: Sequence[Sum]) -> None:
        """Where the money of each token went."""
        headers = ("funded", "paid to payees", "withdrawn", "missing")
        table = Table("token", *(Column(header, justify="right") for header in headers), box=box.SIMPLE_HEAD)
        for each in sums:
            amounts = (each.funded, each.paid, each.withdrawn, each.missing)
            token = f"{each.token} ({each.note})" if each.note else each.token
            table.add_row(token, *(f"{amount:,.2f}" for amount in amounts))
        self.console.print(table)

    def result(self, passed: bool, attempts: int) -> None:
        """The last line."""
        if passed:
            text = f"{attempts} of {attempts} attempts were refused and moved nothing; no base unit is missing."
            self.console.print(f"[green bold]{text}[/]")
        else:
            self.console.print("[red bold]Failed: an attempt went through, a check failed, or money is missing.[/]")
