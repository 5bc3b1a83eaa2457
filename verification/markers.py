"""What commands print into documents, between markers, so that it can be renewed."""

from __future__ import annotations

from pathlib import Path


def _parts(text: str, name: str) -> tuple[str, str, str]:
    """Before, between and after the two markers of this name."""
    start, end = f"<!-- {name} -->\n", f"\n<!-- /{name} -->"
    head, found, rest = text.partition(start)
    content, closed, tail = rest.partition(end)
    if not found or not closed:
        raise LookupError(f"There is no <!-- {name} --> … <!-- /{name} --> in the document.")
    return head + start, content, end + tail


def block(text: str, name: str) -> str:
    """What is between the two markers of this name."""
    return _parts(text, name)[1]


def put_between(document: Path, name: str, content: str) -> None:
    """Replaces what stands between the two markers of this name."""
    try:
        head, _, tail = _parts(document.read_text(), name)
    except LookupError as problem:
        raise SystemExit(f"{document.name} has no place for this. {problem}") from None
    document.write_text(head + content + tail)
