"""The picture of what the length of a list costs a payment, drawn from the committed figures."""

from __future__ import annotations

import math

SERIES = {
    "payees listed": ("#0b7285", "pay, second in its window, {} listed", "payee", (1, 10, 100, 1000)),
    "call rules listed": ("#c2255c", "pay, second in its window, {} listed", "call rule", (1, 10, 64)),
    "payments made before": ("#5f3dc4", "pay, after {}", "payment", (1, 10, 100, 1000)),
}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 640, 330, 70, 46, 270
MOST = 80_000


def curve(figures: dict[str, int]) -> str:
    """An SVG: the gas of a payment, from zero, over 1 to 1,000 of each kind."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="24" font-size="15">Gas of a payment, second in its window</text>',
    ]
    for gas in range(0, MOST + 1, 20_000):
        y = _y(gas)
        parts.append(f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - 20}" y2="{y:.1f}" stroke="#dee2e6"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{gas:,}</text>')
    for count in (1, 10, 100, 1000):
        parts.append(f'<text x="{_x(count):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{count:,}</text>')
    for i, (label, (color, name, noun, counts)) in enumerate(SERIES.items()):
        points = [(_x(n), _y(figures[name.format(_many(n, noun))])) for n in counts]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>' for x, y in points]
        x = LEFT + 10 + i * 190
        parts.append(f'<rect x="{x}" y="{BOTTOM + 34}" width="12" height="12" fill="{color}"/>')
        parts.append(f'<text x="{x + 18}" y="{BOTTOM + 44}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _x(count: int) -> float:
    return LEFT + 20 + (WIDTH - LEFT - 60) * math.log10(count) / 3


def _y(gas: int) -> float:
    return BOTTOM - (BOTTOM - TOP) * gas / MOST


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
