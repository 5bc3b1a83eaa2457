"""Figures in documents, between markers, so that a command can renew them."""

from __future__ import annotations

from pathlib import Path


def put_between(document: Path, name: str, text: str) -> None:
    """Replaces what stands between `<!-- name -->` and `<!-- /name -->`."""
    start, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    content = document.read_text()
    head, found, rest = content.partition(start)
    _, closed, tail = rest.partition(end)
    if not found or not closed:
        raise SystemExit(
            f"{document.name} has no place for these figures: it needs a line {start.strip()}, and one {end}."
        )
    document.write_text(f"{head}{start}{text}\n{end}{tail}")
