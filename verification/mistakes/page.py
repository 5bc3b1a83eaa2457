"""Makes each mistake and writes the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from peculium import PeculiumError
from peculium.devnet.anvil import rpc
from verification.mistakes.cases import GROUPS, Mistake
from verification.mistakes.stage import Stage, start_stage

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
INTRODUCTION = """\
# Common mistakes

What was done wrong, what the package raises, and what it says. Each line of code was executed as it
stands on a local chain, and nothing was sent. `python -m verification.mistakes --update` writes this
page. Names in angle brackets stand for addresses and URLs.

Catch `PeculiumError`, or one of the classes here; all of them are in `peculium.errors`. `as_dict()` has
the same for a program: amounts in whole units, whether and when to try again, and the next step.
"""


@dataclass(frozen=True)
class Answer:
    """What the package says to a mistake."""

    mistake: Mistake
    kind: str
    """Name of the exception's class."""
    message: str


def answers(stage: Stage, group: str) -> Iterator[Answer]:
    """Makes the mistakes of a group, each on the same state of the chain. Raises what isn't of the package."""
    snapshot = str(rpc(stage.web3, "evm_snapshot"))
    for mistake in GROUPS[group]:
        if mistake.before:
            exec(mistake.before, stage.names())
        try:
            exec(mistake.code, stage.names())
        except PeculiumError as error:
            yield Answer(mistake, type(error).__name__, readable(str(error), stage.known()))
        else:
            raise AssertionError(f"No exception: {mistake.code}")
        snapshot = stage.reset(snapshot)


def readable(message: str, known: dict[str, str]) -> str:
    """Returns a message with names in place of addresses, which differ from chain to chain."""
    for value, name in known.items():
        message = re.sub(re.escape(value), f"<{name}>", message, flags=re.IGNORECASE)
    # The price of gas in the 13th decimal depends on all that happened before.
    message = re.sub(r"\b(\d+\.\d{4})\d{8,}", r"\1…", message)
    return re.sub(r"0x[0-9a-f]{64}", "0x…", message)


def page() -> str:
    """Returns the text of the page."""
    parts = [INTRODUCTION]
    with start_stage() as stage:
        for group in GROUPS:
            parts.append(f"## {group}\n")
            for each in answers(stage, group):
                parts.append(f"**{each.mistake.title[0].upper()}{each.mistake.title[1:]}**\n")
                parts.append(f"```\n{each.mistake.code}\n{each.kind}: {each.message}\n```\n")
    return "\n".join(parts)
