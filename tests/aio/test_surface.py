"""The asynchronous classes have what the blocking ones have, and the generator refuses what it can't translate."""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from peculium import aio
from peculium.agent import Agent
from peculium.principal import Principal
from toolchain.aio import ROOT, SOURCES, CannotGenerate, main, text_of, text_of_class, text_of_function

PAIRS = [(Agent, aio.AsyncAgent), (Principal, aio.AsyncPrincipal)]
IMMEDIATE = {"address"}
LEFT_OUT = {"suite"}


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """These tests need no chain."""


@pytest.fixture(autouse=True)
def isolation():
    """These tests need no chain."""


class Base:
    def inherited(self, amount: int = 1) -> str:
        """Of the base."""
        return str(amount)


class Person(Base):
    """Does things."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def title(self) -> str:
        """Asks no node."""
        return self.name

    def act(self, first: int, /, *others: int, once: str | None = None, **more: bytes) -> None:
        """Acts.

        At length.
        """

    def _private(self) -> int:
        return 1


class Lazy:
    """Reads bit by bit."""

    def history(self) -> Iterator[int]:
        """Yields."""
        yield 1


class Untyped:
    """Has a method without annotations."""

    def act(self):
        """Acts."""


class Static:
    """Has a static method."""

    @staticmethod
    def act() -> None:
        """Acts."""


class Undocumented:
    pass


@pytest.mark.parametrize("kind", [Person, Lazy, Untyped, Static, Undocumented])
def test_refuses_what_it_cannot_translate(kind):
    """The property of `Person` may ask a node, unless it is listed."""
    with pytest.raises(CannotGenerate):
        text_of_class(kind)


def test_refuses_a_coroutine_function():
    with pytest.raises(CannotGenerate, match="by hand"):
        text_of_function(aio.in_thread)


def test_lint_fails_if_a_file_differs_from_its_source(monkeypatch):
    monkeypatch.setattr("toolchain.aio.text_of", lambda source: text_of(source) + "\n")
    run = CliRunner().invoke(main)
    assert (run.exit_code, "--update" in run.output) == (1, True)


def test_the_files_match_their_sources():
    assert CliRunner().invoke(main).exit_code == 0
    assert SOURCES


def test_passes_on_every_kind_of_parameter_and_what_is_inherited():
    text, methods = text_of_class(Person, immediate=("title",))
    assert "await self._run(self.sync.act, first, *others, once=once, **more)" in text
    assert "return await self._run(self.sync.inherited, amount)" in text
    assert "    @property\n    def title(self) -> str:" in text
    assert "_private" not in text
    assert {each.name for each in methods} == {"__init__", "title", "act", "inherited"}


@pytest.mark.parametrize(("blocking", "awaited"), PAIRS)
def test_every_public_method_has_the_same_signature_and_is_awaited(blocking, awaited):
    names = {name for name in dir(blocking) if name == "__init__" or not name.startswith("_")} - IMMEDIATE - LEFT_OUT
    assert len(names) > 10
    for name in names:
        source, found = getattr(blocking, name), getattr(awaited, name)
        assert inspect.signature(source) == inspect.signature(found), name
        assert inspect.getdoc(source) == inspect.getdoc(found), name
        assert inspect.iscoroutinefunction(found) is (name != "__init__"), name


@pytest.mark.parametrize("kind", [each for _, each in PAIRS])
def test_a_property_that_asks_no_node_stays_a_property_and_others_are_left_to_the_blocking_object(kind):
    assert all(isinstance(getattr(kind, name), property) for name in IMMEDIATE)
    assert not any(hasattr(kind, name) for name in LEFT_OUT)


def test_can_be_imported_first_and_starts_no_thread():
    program = "import peculium.aio, threading; assert threading.active_count() == 1"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_rewrites_files_that_cannot_be_imported(tmp_path):
    """What a source no longer has is imported by the file that is to be rewritten."""
    for folder in ("peculium", "toolchain"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    file = tmp_path / "peculium" / "aio" / "agent.py"
    before = file.read_text()
    file.write_text(before + "\nfrom peculium.agent import NothingThere\n")
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-m", "toolchain.aio", "--update"]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, capture_output=True)
    assert file.read_text() == before
