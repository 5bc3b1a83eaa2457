"""Threads in which blocking methods run for asynchronous callers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import cached_property, partial
from typing import Any, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SIZE = 48
"""Threads of one pool. Each action keeps one until a block includes it, so this many can be pending at once. Web3 keeps one
connection for each thread, and at most 100 for one provider: two pools fit, and threads of the program's own."""

_LOG = logging.getLogger("peculium.aio")
_LOCK = threading.Lock()


class Threads:
    """A pool of threads. Nothing is started before it is used."""

    def __init__(self, name: str, size: int = SIZE) -> None:
        self.name, self.size = name, size

    @cached_property
    def _executor(self) -> ThreadPoolExecutor:
        # At the end of the process Python waits for these threads.
        return ThreadPoolExecutor(self.size, thread_name_prefix=f"peculium-{self.name}")

    def start(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> Future[T]:
        """Runs a function in a thread, with the caller's context variables."""
        with _LOCK:
            executor = self._executor
        return executor.submit(copy_context().run, partial(function, *arguments, **options))

    async def run(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Runs a function in a thread and awaits its result; see `peculium.aio` for cancellation."""
        return await result_of(self.start(function, *arguments, **options), function)


async def result_of(running: Future[T], function: Callable[..., T]) -> T:
    """Awaits what runs in a thread. If the await is canceled, the outcome is logged."""
    try:
        return await asyncio.wrap_future(running)
    except asyncio.CancelledError:
        running.add_done_callback(partial(_log_outcome, getattr(function, "__qualname__", repr(function))))
        raise


def _log_outcome(name: str, ended: Future[Any]) -> None:
    if ended.cancelled():
        return
    error = ended.exception()
    if error is None:
        _LOG.info("%s went on after its await was canceled, and is done: %s", name, ended.result())
    else:
        _LOG.warning("%s went on after its await was canceled, and ended with: %s", name, error, exc_info=error)


OTHERS = Threads("other")
"""For functions that belong to nobody: `check` and what the program itself runs."""


async def in_thread(function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Runs a blocking function of the package in a thread, such as `OutcomeUnknown.wait`, and awaits its result."""
    return await OTHERS.run(function, *arguments, **options)


class AsyncPerson:
    """What the asynchronous classes share. Use them with `async with`, or call `aclose` at the end."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self._running: set[Future[Any]] = set()

    async def _run(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        running = self._threads.start(function, *arguments, **options)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await result_of(running, function)

    async def aclose(self) -> None:
        """Waits until everything that this object has begun has ended, also what canceled awaits left running."""
        ending = [asyncio.wrap_future(each) for each in tuple(self._running)]
        for each in ending:
            # Whoever awaits the method gets its exception.
            each.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        if ending:
            await asyncio.wait(ending)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()
