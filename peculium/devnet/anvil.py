"""Anvil, Foundry's local Ethereum node, as a child process."""

from __future__ import annotations

import os
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


def find_anvil() -> str:
    """The path of the executable: first beside the running Python, then on PATH. Raises `DevnetError` if it is missing."""
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if (path := shutil.which("anvil", path=folders)) is None:
        raise DevnetError("Anvil is not installed. Run `make setup`, or install Foundry (https://getfoundry.sh).")
    return path


@contextmanager
def run_anvil(timestamp: int, *options: str, hardfork: str = HARDFORK) -> Iterator[Web3]:
    """Runs Anvil on a free port until the block ends. The first block has `timestamp` (unix seconds)."""
    # Anvil writes the states of older blocks to disk, about 1 GB in a test run, and leaves them when it is terminated.
    with TemporaryDirectory(prefix="anvil-") as states:
        yield from _run(timestamp, hardfork, "--cache-path", states, *options)


def _run(timestamp: int, hardfork: str, *options: str) -> Iterator[Web3]:
    port = _free_port()
    command = [find_anvil(), "--port", str(port), "--timestamp", str(timestamp)]
    command += ["--silent", "--hardfork", hardfork, *options]
    # In a session of its own Anvil does not receive the terminal's Ctrl-C, so the caller can stop it in order.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": REQUEST_SECONDS}))
        _wait_until_ready(web3, process)
        # One second per block, not the wall clock: timestamps are calldata, and would change gas from run to run.
        rpc(web3, "anvil_setBlockTimestampInterval", 1)
        yield web3
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
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
