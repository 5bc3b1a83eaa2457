"""The chart in the documentation: the gas of a payment by the length of the mandate's lists."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from verification.gas.lists import (
    CALL_RULES,
    EARLIER_PAYMENTS,
    PAYEES,
    call_rules_row,
    earlier_payments_row,
    payees_row,
)

CHART = Path(__file__).parents[2] / "docs" / "gas.svg"
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 330, 70, 46, 270
MAX_GAS, MAX_COUNT = 80_000, 1_000
GRID_GAS = 20_000
GRID_COUNTS = (1, 10, 100, 1000)


@dataclass(frozen=True)
class Series:
    """One line of the chart: its row in the figures for each count."""

    label: str
    color: str
    row: Callable[[int], str]
    counts: tuple[int, ...]


SERIES = (
    Series("payees listed", "#0b7285", payees_row, PAYEES),
    Series("call rules listed", "#c2255c", call_rules_row, CALL_RULES),
    Series("earlier payments", "#5f3dc4", earlier_payments_row, EARLIER_PAYMENTS),
)


def draw(figures: Mapping[str, int]) -> str:
    """The chart as SVG. The counts are on a logarithmic axis; the gas starts at zero."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">Gas of a payment, second in its window</text>',
        *_axes(),
    ]
    for position, series in enumerate(SERIES):
        parts += _line(series, figures) + _legend(series, position)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes() -> list[str]:
    parts = []
    for gas in range(0, MAX_GAS + 1, GRID_GAS):
        y = _y(gas)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 20}" y2="{y:.1f}" stroke="#dee2e6"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{gas:,}</text>')
    for count in GRID_COUNTS:
        parts.append(f'<text x="{_x(count):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{count:,}</text>')
    return parts


def _line(series: Series, figures: Mapping[str, int]) -> list[str]:
    points = [(_x(count), _y(figures[series.row(count)])) for count in series.counts]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{series.color}"/>' for x, y in points]
    return [f'<polyline points="{line}" fill="none" stroke="{series.color}" stroke-width="2"/>', *dots]


def _legend(series: Series, position: int) -> list[str]:
    x = LEFT + 10 + position * 190
    return [
        f'<rect x="{x}" y="{BOTTOM + 34}" width="12" height="12" fill="{series.color}"/>',
        f'<text x="{x + 18}" y="{BOTTOM + 44}">{series.label}</text>',
    ]


def _x(count: int) -> float:
    return LEFT + 20 + (WIDTH - LEFT - 60) * math.log10(count) / math.log10(MAX_COUNT)


def _y(gas: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * gas / MAX_GAS
