"""A picture of spending against every rolling window."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from peculium.errors import InvalidInput, LedgerFailed
from peculium.errors.text import duration
from peculium.ledger.spending import Limit, WindowUse

FORMATS = (".svg", ".png")
_HEIGHT, _WIDTH = 2.6, 9.0
"""Inches of one window."""


def draw(windows: Sequence[WindowUse], path: Path, title: str, until: datetime) -> None:
    """Writes the picture: for each window what was spent in it, and its limit. The ending of `path` is the format.

    Raises `InvalidInput` for another ending than `.svg` or `.png`, and if there is no window.
    """
    if path.suffix not in FORMATS:
        raise InvalidInput(f"{path} ends with neither of {', '.join(FORMATS)}. Name another file.")
    if not windows:
        raise InvalidInput(f"{title} has had no mandate, so there is no window to draw. Update the ledger first.")
    # Not pyplot: it keeps figures in global state. This canvas needs no display.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, _HEIGHT * len(windows)), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(_plain(title))
    for window, axes in zip(windows, figure.subplots(len(windows), 1, squeeze=False)[:, 0], strict=True):
        _draw_window(axes, window, until)
    try:
        # Without a date, the same data give the same file.
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    except OSError as error:
        raise LedgerFailed(f"{path} can't be written: {error.strerror}. Name another file.") from None


def _draw_window(axes: Any, window: WindowUse, until: datetime) -> None:
    times = [step.time for step in window.steps]
    spent = [float(step.spent) for step in window.steps]
    if times:
        last = max(until, times[-1])
        axes.step([*times, last], [*spent, spent[-1]], where="post", color="#1f5fa8", label="spent")
        axes.fill_between([*times, last], [*spent, spent[-1]], step="post", color="#1f5fa8", alpha=0.15)
    begins, limits = _limit_line(window.limits, until)
    axes.step(begins, limits, where="post", color="#b3261e", linestyle="--", label="limit")
    axes.set_ylim(bottom=0)
    axes.set_ylabel(_plain(window.currency))
    axes.set_title(f"in any {duration(int(window.length.total_seconds()))}", loc="left", fontsize=10)
    axes.legend(loc="upper left", fontsize=8)
    axes.grid(alpha=0.3)


def _limit_line(limits: Sequence[Limit], until: datetime) -> tuple[list[datetime], list[float]]:
    begins = [each.time for each in limits]
    values = [_number(each.limit) for each in limits]
    if begins:
        begins, values = [*begins, max(until, begins[-1])], [*values, values[-1]]
    return begins, values


def _number(limit: Decimal | None) -> float:
    return float("nan") if limit is None else float(limit)


def _plain(text: str) -> str:
    # A dollar would begin a formula.
    return text.replace("$", r"\$")
