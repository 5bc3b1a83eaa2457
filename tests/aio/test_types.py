"""A program with the asynchronous agent is checked by mypy: what isn't awaited or has the wrong type is an error."""

from __future__ import annotations

import subprocess
import sys

import pytest

from toolchain.aio import ROOT

PROGRAM = """
from peculium import Receipt
from peculium.aio import AsyncAgent, in_thread

def slow(seconds: int) -> str:
    return str(seconds)

async def program() -> None:
    async with AsyncAgent("0x" + "11" * 20, "0x" + "22" * 32, "http://127.0.0.1:8545") as agent:
        receipt: Receipt = await agent.pay("USDC", "supplier", "12.50", ref="INV-42", once="INV-42")
        seconds: str = await in_thread(slow, 1)
        print(receipt.transaction, (await agent.overview()).live, seconds, agent.address.lower())
"""
MISTAKES = {
    "not awaited": ('receipt: Receipt = await agent.pay("USDC"', 'receipt: Receipt = agent.pay("USDC"'),
    "a number for a payee": ('"supplier"', "7"),
    "an argument that there isn't": ("once=", "twice="),
    "the wrong argument in a thread": ("in_thread(slow, 1)", 'in_thread(slow, "1")'),
    "a property that is awaited": ("agent.address.lower()", "await agent.address"),
}


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """These tests need no chain."""


@pytest.fixture(autouse=True)
def isolation():
    """These tests need no chain."""


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """What mypy says to the program and to each of its wrong variants, by file."""
    folder = tmp_path_factory.mktemp("programs")
    variants = {"right": PROGRAM, **{name: PROGRAM.replace(*change) for name, change in MISTAKES.items()}}
    files = {name: folder / f"{number}.py" for number, name in enumerate(variants)}
    for name, file in files.items():
        assert name == "right" or variants[name] != PROGRAM
        file.write_text(variants[name])
    command = [sys.executable, "-m", "mypy", "--strict", "--scripts-are-modules", *map(str, files.values())]
    printed = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False).stdout
    return {name: [line for line in printed.split("\n") if file.name in line] for name, file in files.items()}


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake, findings):
    assert any("error:" in line for line in findings[mistake])


@pytest.mark.slow
def test_the_program_is_right(findings):
    assert findings["right"] == []
