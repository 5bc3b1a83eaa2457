"""The examples print what they say, alone and again and again on a running devnet."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
import time
from pathlib import Path

import pytest

from peculium.devnet import Devnet, run_anvil

FOLDER = Path(__file__).parents[2] / "examples"
LONGEST = 40
PRINTED = {
    "approve": """\
350.000000 approved
900.000000 refused
the banquet: approved
the yacht: refused
the caterer got 350.000000
""",
    "ask_the_principal": """\
refused: The payment charges 350 USD; the limit per payment is 100 USD. Pay less, or ask the principal.
asked: pending
decided: approved
left in these 24 hours: 499.000000
""",
    "credentials": """\
before: False
offline: VALID
issued: True
revoked: False
""",
    "pay": """\
paid 42.50, left in these 24 hours: 457.500000
refused: The payment charges 101 USD; the limit per payment is 100 USD. Pay less, or ask the principal.
refused: AgentIsRevoked
withdrawn: 957.500000
""",
    "pay_once": """\
unknown: the answer was lost
done: the supplier got 42.500000
""",
    "relay": """\
left in these 24 hours: 457.400000
the relayer got 0.100000
the agent key has 0 ether
""",
    "revoke_all": """\
status: REVOKED REVOKED REVOKED
refused: EpochEnded
refused: EpochEnded
refused: EpochEnded
signed before, refused: EpochEnded
left in the wallets: 0.000000 0.000000 0.000000
""",
    "safe": """\
left in these 24 hours: 490.000000
signatures: 1 of 2
refused: AgentIsRevoked
""",
    "user_operation": """\
paid 42500000 base units
left in these 24 hours: 456.500000
the wallet paid for gas: True
the agent key has 0 ether
""",
}
ELSEWHERE = {"market", "trading_agent"}
"""An example that has tests of its own, and the market in which it trades."""


@pytest.fixture(scope="module")
def running():
    """The URL of a running devnet that all examples share."""
    with run_anvil(int(time.time())) as web3:
        devnet = Devnet(web3)
        devnet.add_entry_point()
        yield devnet.url


def test_every_example_is_executed():
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert names - ELSEWHERE == set(PRINTED)


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_an_example_is_short(name):
    assert len((FOLDER / f"{name}.py").read_text().splitlines()) <= LONGEST


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_an_example_prints_the_same_twice_on_a_running_devnet(name, running, monkeypatch, capsys):
    monkeypatch.setenv("PECULIUM_RPC", running)
    for _ in range(2):
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
        assert capsys.readouterr().out == PRINTED[name]


def test_an_example_starts_a_devnet_of_its_own():
    environment = {name: value for name, value in os.environ.items() if name != "PECULIUM_RPC"}
    run = subprocess.run(
        [sys.executable, FOLDER / "pay.py"], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == PRINTED["pay"]
