"""The people of the package in both forms, so that one test checks the blocking classes and the asynchronous ones."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from peculium import aio
from peculium.agent import Agent
from peculium.principal import Principal

SYNC, ASYNC = "sync", "async"


class Loop:
    """An event loop in a thread. Any thread can run coroutines in it and wait for them."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine and returns its result, or raises what it raises."""
        result, error = asyncio.run_coroutine_threadsafe(_outcome(coroutine), self._loop).result()
        if error is not None:
            raise error
        return result

    def close(self) -> None:
        """Ends the loop and its thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _outcome(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    # A KeyboardInterrupt, by which tests simulate crashes, would end the loop.
    try:
        return await coroutine, None
    except BaseException as error:
        return None, error


class Awaited:
    """An asynchronous function in blocking form."""

    def __init__(self, function: Callable[..., Coroutine[Any, Any, Any]], loop: Loop) -> None:
        self._function, self._loop = function, loop

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return self._loop.run(self._function(*arguments, **options))


class Blocking:
    """An asynchronous object that is used like the blocking one: each method is awaited in a loop."""

    def __init__(self, person: Any, loop: Loop) -> None:
        vars(self).update(_person=person, _loop=loop)

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._person, name, None)
        if inspect.iscoroutinefunction(member):
            return Awaited(member, self._loop)
        if member is not None:
            return member
        found = getattr(self._person.sync, name)
        if inspect.ismethod(found) and not name.startswith("_"):
            raise AttributeError(f"{type(self._person).__name__} has no {name}.")
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        # A patch belongs to the object that does the work. The end of the patch puts back what was read here.
        if isinstance(value, Awaited):
            delattr(self._person.sync, name)
        else:
            setattr(self._person.sync, name, value)


class People:
    """The classes and functions in one form, under the names of the blocking ones."""

    def __init__(self, form: str, loop: Loop) -> None:
        self.form, self._loop = form, loop

    def Agent(self, *arguments: Any, **options: Any) -> Any:  # noqa: N802
        """An `Agent`, or an `AsyncAgent` used like one."""
        return self._made(Agent, aio.AsyncAgent, arguments, options)

    def Principal(self, *arguments: Any, **options: Any) -> Any:  # noqa: N802
        """A `Principal`, or an `AsyncPrincipal` used like one."""
        return self._made(Principal, aio.AsyncPrincipal, arguments, options)

    def _made(self, kind: type, awaited: type, arguments: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return (
            kind(*arguments, **options) if self.form == SYNC else Blocking(awaited(*arguments, **options), self._loop)
        )


@pytest.fixture(scope="session")
def loop() -> Iterator[Loop]:
    """An event loop in a thread."""
    running = Loop()
    yield running
    running.close()


@pytest.fixture(params=[SYNC, ASYNC])
def people(request: pytest.FixtureRequest, loop: Loop) -> People:
    """The people in each of both forms: `people.Agent(...)` instead of `Agent(...)` runs a test twice."""
    return People(request.param, loop)
