"""Tells the stories of `verification/scenarios/` to one mutant after the other: the quickest of the tests that have to notice.

They are drawn and predicted once. A mutant costs one request for each story, until model and chain part.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from verification.mutation.order import Order
from verification.mutation.records import TELLER
from verification.mutation.runner import KILLED, LONG_CODE, SURVIVED, Verdict, print_into, verdicts_of
from verification.mutation.schemata import coinbase
from verification.scenarios.campaign import STEPS, seeds
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.fixtures import Cast
from verification.scenarios.scenario import begin, draw_story, told
from verification.scenarios.setup import own_cast
from verification.scenarios.trace import Play

SEED, STORIES = 1, 60


class Woven(Simulator):
    """A node that takes code which is longer than a contract may be."""

    OPTIONS = LONG_CODE


def stories(numbers: dict[int, str], order: Order, log: Path) -> Iterator[Verdict]:
    """A verdict on the unchanged build that was prepared (number 0), then on each mutant, as `trials` gives them."""
    yield from verdicts_of(lambda out: _hold(numbers, order, out, log))


def _hold(numbers: dict[int, str], order: Order, out: TextIO, log: Path) -> None:
    """The process that tells. It never returns, and takes its chain with it."""
    print_into(log)
    signal.signal(signal.SIGTERM, lambda *_: _stop())
    try:
        with own_cast(Woven) as cast:
            teller = Teller(cast)
            for number, place in {0: "", **numbers}.items():
                verdict = teller.judge(number, place, order)
                if number and verdict.outcome == KILLED:
                    order.killed(place, verdict.by)
                out.write(verdict.line)
    except BaseException:
        # Nobody else would: this process ends here, whatever happens.
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(0)


def _stop() -> None:
    raise KeyboardInterrupt


class Teller:
    """Stories, each with what the model says of it."""

    def __init__(self, cast: Cast) -> None:
        self.simulator = cast.simulator
        self.plays: dict[str, Play] = {}
        for _, seed in zip(range(STORIES), seeds(SEED), strict=False):
            play = begin(cast)
            draw_story(play, seed, STEPS)
            self.plays[f"{TELLER}[story {seed}]"] = play

    def judge(self, number: int, place: str, order: Order) -> Verdict:
        """Until a story shows the mutant."""
        started = time.monotonic()
        self.simulator.overrides = {"feeRecipient": coinbase(number)}
        by = next((name for name in order.sorted(list(self.plays), place) if self._differs(self.plays[name])), "")
        return Verdict(number, KILLED if by else SURVIVED, by, round(time.monotonic() - started, 2))

    def _differs(self, play: Play) -> bool:
        if difference := told(play, []).difference:
            print(difference, flush=True)
        return difference is not None
