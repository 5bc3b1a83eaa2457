"""The trading agent trades within its mandate, and what it tries beyond is refused for the right reason."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "examples" / "trading_agent.py"
REFUSED = [
    ("buy for 100 more, beyond 250 in 24 hours", "WindowLimitExceeded"),
    ("buy for 300 at once", "PaymentLimitExceeded"),
    ("trade at the accomplice's pair", "TailRefused"),
    ("send the ether to the accomplice", "ArgumentRefused"),
    ("pay 50 to the accomplice", "PayeeNotListed"),
    ("buy after the accomplice drove the price to 2,200", "FloorMissed"),
    ("buy in small pieces, the second, after the principal's stop", "AgentIsPaused"),
]
SOLD = 100 + 100 + 300 + 10


@pytest.fixture(scope="module", autouse=True)
def _module_isolation():
    """The program starts a chain of its own."""


@pytest.fixture(autouse=True)
def isolation():
    """The program starts a chain of its own."""


@pytest.fixture(scope="module")
def output():
    """What the program prints, run as its page says."""
    command = [sys.executable, "-m", "examples.trading_agent"]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=120).stdout


def test_everything_beyond_the_mandate_is_refused(output):
    assert re.findall(r"^refused: (.*): (\w+)$", output, re.MULTILINE) == REFUSED


def test_trades_within_the_mandate_and_with_approval(output):
    done = re.findall(r"^done: +(.*)$", output, re.MULTILINE)
    assert done == ["buy ether for 100"] * 2 + ["buy for 300 with approval", "buy in small pieces, the first"]


def test_the_wallet_has_what_it_bought_at_the_market_and_nothing_else_left(output):
    left = re.search(r"^left in the wallet: ([\d.]+) USDC, and ([\d.]+) ether$", output, re.MULTILINE)
    usdc, ether = (float(each) for each in left.groups())
    assert usdc == 1_000 - SOLD
    assert 0.99 < ether * 2_000 / SOLD < 1


def test_the_program_is_short():
    code = [line for line in PROGRAM.read_text().split("\n") if line and not line.startswith("#")]
    assert len(code) <= 40
