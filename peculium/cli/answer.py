"""What a command answers, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console, RenderableType

from peculium.cli.exits import Exit
from peculium.errors import InvalidInput, PeculiumError

FORMAT = 1
"""Version of the JSON form. It grows when a key is removed or gets another meaning, not when one is added."""


@dataclass(frozen=True)
class Answer:
    """What happened, and what to do next."""

    result: Any
    """For programs: JSON-ready, or an object with `as_dict`, or a list of these."""
    show: Sequence[RenderableType] = field(default=(), repr=False)
    """For people, in this order. Text is printed as it is, without markup."""
    next: str = ""
    """The next step, in a sentence; empty if there is none."""
    exit: Exit = Exit.OK


def print_answer(answer: Answer, command: str, as_json: bool, out: Console, talk: Console) -> None:
    """Prints an answer: what was asked for to `out`, the next step to `talk`. As JSON, all of it to `out`."""
    if as_json:
        content = {"result": plain(answer.result), "next": answer.next or None}
        _print_json(out, command, answer.exit, content)
        return
    for each in answer.show:
        _print(out, each)
    if answer.next:
        _print(talk, f"Next: {answer.next}")


def print_error(error: PeculiumError, exit: Exit, command: str, as_json: bool, out: Console, talk: Console) -> None:
    """Prints an error: a sentence, its notes and the next step to `talk`. As JSON to `out`."""
    notes = list(getattr(error, "__notes__", ()))
    if as_json:
        content = error.as_dict()
        _print_json(out, command, exit, {"error": {**content, "notes": notes}, "next": content["next"]})
        return
    _print(talk, "\n".join([f"{_HEADS[exit]}: {error}", *notes]), style="red")
    if error.next not in (*_NO_STEP, str(error)) and error.next not in str(error):
        _print(talk, f"Next: {error.next}")


def plain(value: Any) -> Any:
    """Returns a result as values that JSON can hold."""
    if hasattr(value, "as_dict"):
        return value.as_dict()
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    # Imported here, because a command without a chain starts sooner without it.
    from peculium.plain import as_plain

    return as_plain(value)


_NO_STEP = ("", PeculiumError.advice, InvalidInput.advice)
"""What an error says that names no step of its own; the sentence before it says more."""
_HEADS = {
    Exit.FAILED: "Failed",
    Exit.USAGE: "Wrong input",
    Exit.REFUSED: "Refused",
    Exit.WAITING: "Waiting",
    Exit.STOPPED: "Stopped",
    Exit.UNREACHABLE: "Chain not usable",
    Exit.UNKNOWN: "Outcome unknown",
}


def _print_json(out: Console, command: str, exit: Exit, content: dict[str, Any]) -> None:
    head = {"format": FORMAT, "command": command, "ok": exit is Exit.OK, "exit": int(exit)}
    out.file.write(json.dumps({**head, **content}, indent=2, ensure_ascii=False) + "\n")


def _print(console: Console, what: RenderableType, style: str | None = None) -> None:
    if isinstance(what, str):
        # Foreign words may be in it: no markup. Long lines stay whole, so that they can be copied.
        console.print(what, style=style, markup=False, highlight=False, soft_wrap=True, emoji=False)
    else:
        console.print(what)
