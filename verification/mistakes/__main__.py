"""`python -m verification.mistakes`: print what the package says to each mistake, or write the page."""

from __future__ import annotations

import sys

import click

from verification.mistakes.page import PAGE, page


@click.command()
@click.option("--update", is_flag=True, help="Write docs/mistakes.md.")
def main(update: bool) -> None:
    """Make each mistake on a local chain. Exits with 1 if the page says something else."""
    made = page()
    if update:
        PAGE.write_text(made)
        return
    click.echo(made)
    if not PAGE.exists() or PAGE.read_text() != made:
        click.echo("docs/mistakes.md differs. Run with --update.", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
