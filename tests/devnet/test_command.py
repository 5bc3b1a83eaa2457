"""`python -m peculium.devnet`: what it offers works from another process, and it ends without leaving a node."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time

import pytest
from rich.console import Console
from web3 import Web3

import peculium
from peculium import Agent
from peculium.deployments import suite_addresses
from peculium.devnet import Devnet, DevnetError, run_anvil, tap
from peculium.devnet.command import main
from peculium.devnet.guide import NO_ENTRY_POINT, description, show
from peculium.devnet.ready import ready_agent
from peculium.network import Network

SECONDS = 60


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(*options):
    """The command, with its output read as far as it says that it runs."""
    command = [sys.executable, "-m", "peculium.devnet", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def answers(port):
    return Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}")).is_connected()


@pytest.fixture(scope="module")
def running():
    """A devnet that prints JSON: its process and what it printed."""
    process = start("--port", str(free_port()), "--json", "--block-time", "1")
    text = line = ""
    while line != "}\n":
        line = process.stdout.readline()
        assert line, process.stderr.read()
        text += line
    yield process, json.loads(text)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=SECONDS)


def test_refuses_a_port_in_use_in_one_sentence(running):
    port = running[1]["url"].rpartition(":")[2]
    second = subprocess.run(
        [sys.executable, "-m", "peculium.devnet", "--port", port],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert second.returncode == 1
    assert second.stdout == ""
    assert second.stderr.splitlines() == [
        f"devnet: Port {port} is in use. Stop the program that uses it, or choose another port, such as --port {int(port) + 1}."
    ]


@pytest.mark.parametrize("options", [("--port", "0"), ("--port", "x"), ("--block-time", "0"), ("--block-time", "1.5")])
def test_refuses_malformed_options(options, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(options)
    assert f"argument {options[0]}: '{options[1]}' is no " in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGHUP, marks=pytest.mark.slow)])
def test_ends_with_the_node_and_without_an_error(number):
    port = free_port()
    process = start("--port", str(port))
    assert process.stdout.readline() == f"The devnet runs at http://127.0.0.1:{port} (chain 31337). Ctrl-C ends it.\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    assert errors == "The devnet ended. Nothing of it is kept.\n"
    assert not answers(port)


def test_ends_without_an_error_while_it_starts():
    port = free_port()
    process = start("--port", str(port))
    deadline = time.monotonic() + SECONDS
    while not answers(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, errors
    assert not answers(port)


@pytest.mark.slow
def test_says_that_the_node_ended():
    port = free_port()
    process = start("--port", str(port))
    process.stdout.readline()
    children = subprocess.run(
        ["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    _, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert "Anvil ended with exit code -9. Start the devnet again." in errors


def test_the_printed_lines_pay_and_tap_in_another_process():
    port = free_port()
    process = start("--port", str(port))
    text = ""
    while "Devnet.open()" not in text:
        line = process.stdout.readline()
        assert line, process.stderr.read()
        text += line
    try:
        lines, further, principal = (
            re.search(rf"^{start}.*\n(?:.+\n)*", text, re.MULTILINE)[0]
            for start in ("from peculium import Agent", r"print\(agent.can_pay", "from peculium import Principal")
        )
        more = re.search(r"^from peculium.devnet import tap; .*$", text, re.MULTILINE)[0]
        done = subprocess.run(
            [sys.executable, "-c", f"{lines}{more}\n{further}{principal}"],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        first, *between, last = done.stdout.splitlines()
        assert re.fullmatch(r"0x[0-9a-f]{64}", first)
        shown = "\n".join(between)
        assert "the limit per payment is 100 USD" in shown
        assert "pay 350 USDC" in shown
        assert last == "[True]"
        devnet = Devnet.connect(f"http://127.0.0.1:{port}")
        assert devnet.usdc.balance(devnet.role("supplier").address) * 10 == 125
        assert devnet.usdc.balance(devnet.role("stranger").address) == 350
        wallet = re.search(r"agent's wallet +(0x\w+)", text)[1]
        assert str(devnet.usdc.balance(wallet)) == "1137.500000"
        assert not peculium.check(wallet, devnet.url).live
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
    assert not answers(port)


def test_the_contracts_are_where_the_package_looks_for_them(running):
    content = running[1]
    assert {name: content["contracts"][name] for name in content["contracts"] if name != "EntryPoint"}.items() <= (
        suite_addresses().items()
    )
    assert Network.of(content["url"]).suite.factory.is_wallet(content["wallet"])


def test_accounts_of_the_roles_pay_gas_and_the_agent_pays(running):
    content = running[1]
    accounts, web3 = content["accounts"], Web3(Web3.HTTPProvider(content["url"]))
    assert {"principal", "agent", "supplier", "relayer"} <= set(accounts)
    assert all(web3.eth.get_balance(account["address"]) > 0 for account in accounts.values())
    agent = Agent(content["wallet"], accounts["agent"]["key"], content["url"])
    before = agent.wallet.remaining("USD").window
    agent.pay(content["symbol"], accounts["supplier"]["address"], 1)
    assert agent.wallet.remaining("USD").window == before - 1


def test_anyone_gets_test_dollars(running):
    content = running[1]
    stranger = content["accounts"]["stranger"]["address"]
    assert tap(stranger, "2.5", content["url"]) * 2 == 5
    with pytest.raises(DevnetError, match="No devnet runs at"):
        tap(stranger, 1, "http://127.0.0.1:1")


def test_the_time_of_the_chain_follows_the_clock(running):
    web3 = Web3(Web3.HTTPProvider(running[1]["url"]))
    before = web3.eth.block_number
    deadline = time.monotonic() + SECONDS
    while web3.eth.block_number <= before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert abs(web3.eth.get_block("latest")["timestamp"] - time.time()) < 5


def test_says_that_there_is_no_entry_point():
    with run_anvil(1_800_000_000) as web3:
        devnet = Devnet(web3)
        content = description(devnet, ready_agent(devnet), with_entry_point=False)
    out = io.StringIO()
    show(content, Console(file=out))
    assert content["contracts"]["EntryPoint"] is None
    assert NO_ENTRY_POINT in out.getvalue()
