"""Anvil, Foundry's local Ethereum node, as a child process."""

from __future__ import annotations

import errno
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from web3 import Web3
from web3.types import RPCEndpoint

from peculium.devnet.errors import DevnetError

HARDFORK = "cancun"
START_SECONDS = 20
REQUEST_SECONDS = 60
KEPT_STATES = 1_000
"""Of a devnet that runs for days: the number of blocks whose state can be read. All blocks and logs stay."""


def find_anvil() -> str:
    """The path of the executable: beside the running Python, on PATH, in `node_modules`, or where Foundry installs it.

    Raises `DevnetError` if it is missing.
    """
    folders = [
        Path(sys.executable).parent,
        *map(Path, os.environ.get("PATH", "").split(os.pathsep)),
        *(folder / "@foundry-rs" / f"anvil-{npm_platform()}" / "bin" for folder in node_modules()),
        Path.home() / ".foundry" / "bin",
    ]
    if (path := shutil.which("anvil", path=os.pathsep.join(map(str, folders)))) is None:
        raise DevnetError(
            "Anvil is not installed. Install Foundry (https://getfoundry.sh), or run `npm install @foundry-rs/anvil` in this "
            "folder; in a checkout of Peculium run `make setup`."
        )
    return path


def node_modules() -> list[Path]:
    """The folders in which npm packages may be: of this checkout, of the working directory, and of those above it."""
    here = Path.cwd()
    return [folder / "node_modules" for folder in (Path(__file__).parents[2], here, *here.parents)]


@contextmanager
def run_anvil(timestamp: int, *options: str, hardfork: str = HARDFORK, port: int = 0) -> Iterator[Web3]:
    """Runs Anvil until the block ends. The first block has `timestamp` (unix seconds).

    `port` 0 is any free port. Each block is one second after its parent. Raises `DevnetError` if the port is in use.
    """
    with _run(port, "--timestamp", str(timestamp), "--hardfork", hardfork, *options) as (web3, _):
        # One second per block, not the wall clock: timestamps are calldata, and would change gas from run to run.
        rpc(web3, "anvil_setBlockTimestampInterval", 1)
        yield web3


@contextmanager
def run_live_anvil(port: int, block_time: int) -> Iterator[tuple[Web3, subprocess.Popen[bytes]]]:
    """Runs Anvil at the present time until the block ends, with an empty block every `block_time` seconds.

    Transactions are mined at once. The empty blocks keep the chain's time, by which mandates are valid, close to the clock.
    """
    options = ("--block-time", str(block_time), "--mixed-mining", "--prune-history", str(KEPT_STATES))
    with _run(port, "--hardfork", HARDFORK, *options) as running:
        yield running


@contextmanager
def run_paced_anvil(block_seconds: float, *options: str) -> Iterator[Web3]:
    """Runs Anvil until the block ends, as a public chain: only every `block_seconds` a block takes in what was sent."""
    with _run(0, "--block-time", str(block_seconds), *options) as (web3, _):
        yield web3


@contextmanager
def _run(port: int, *options: str) -> Iterator[tuple[Web3, subprocess.Popen[bytes]]]:
    # Anvil writes the states of older blocks to disk, about 1 GB in a test run, and leaves them when it is terminated.
    with TemporaryDirectory(prefix="anvil-") as states:
        command = [find_anvil(), "--port", str(port := _free_port(port)), "--silent", "--cache-path", states, *options]
        # In a session of its own Anvil does not receive the terminal's Ctrl-C, so the caller can stop it in order.
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        try:
            web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": REQUEST_SECONDS}))
            _wait_until_ready(web3, process)
            yield web3, process
        finally:
            terminate(process)


def rpc(web3: Web3, method: str, *params: Any) -> Any:
    """Calls a JSON-RPC method that web3.py has no function for, and returns its result."""
    return web3.provider.make_request(RPCEndpoint(method), params)["result"]


def terminate(process: subprocess.Popen[bytes], timeout: float = 5) -> None:
    """Terminates a process; kills it if it still runs after `timeout` seconds."""
    process.terminate()
    try:
        process.wait(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def npm_platform() -> str:
    """This machine as the names of npm's packages have it."""
    machine = platform.machine().lower()
    return f"{sys.platform}-{'arm64' if machine in ('arm64', 'aarch64') else 'amd64'}"


def _free_port(wanted: int) -> int:
    # A free port, or the wanted one if it is free.
    with socket.socket() as probe:
        # Connections that a previous node has just closed don't keep the port in use.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                reason = f"Port {wanted} is in use. Stop the program that uses it, or choose another port"
                raise DevnetError(f"{reason}, such as --port {wanted + 1}.") from None
            raise DevnetError(f"Port {wanted} can't be used: {error.strerror}. Choose another port.") from None
        return int(probe.getsockname()[1])


def _wait_until_ready(web3: Web3, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not web3.is_connected():
        if process.poll() is not None:
            reason = process.stderr.read().decode().strip() if process.stderr else ""
            raise DevnetError(f"Anvil ended with exit code {process.returncode}. {reason}".strip())
        if time.monotonic() > deadline:
            raise DevnetError(f"Anvil did not answer within {START_SECONDS} seconds.")
        time.sleep(0.05)
