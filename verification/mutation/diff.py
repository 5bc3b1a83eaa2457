"""A mutant as people read it."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape

from verification.mutation.mutants import Mutant


def print_mutant(console: Console, mutant: Mutant, told: str) -> None:
    """A wrong change as a difference, and what there is to say of it (markup)."""
    console.print(f"[bold]{mutant.path}:{mutant.line}[/] {mutant.place}, {mutant.operator}{told}")
    console.print(f"[red]- {escape(mutant.before)}[/]\n[green]+ {escape(mutant.after) or '(nothing)'}[/]")
