"""The venues, deployed once, and what each play takes there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from rich.console import Console

from verification.trades import command
from verification.trades.command import Row
from verification.trades.play import Play
from verification.trades.plays import run_venues


@pytest.fixture(scope="session")
def plays() -> Iterator[dict[type[Play], Play]]:
    """Every play by its class, on a chain of its own."""
    with run_venues() as deployed:
        yield {type(play): play for play in deployed}


@pytest.fixture(scope="session")
def rows(plays: dict[type[Play], Play]) -> dict[type[Play], Row]:
    """What the command measures, by the play's class."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "run_venues", lambda: nullcontext(list(plays.values())))
        return dict(zip(plays, command.measure_all(Console(quiet=True)), strict=True))
