"""alto (npm `@pimlico/alto`), a third-party ERC-4337 bundler, as a child process. `make bundler` installs it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import requests
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

from peculium.devnet.anvil import terminate
from peculium.operations import ENTRY_POINT

FOLDER = Path(__file__).parent
PROGRAM = FOLDER / "node_modules" / "@pimlico" / "alto" / "esm" / "cli" / "alto.js"
SAFE_MODE = FOLDER / "safe_mode.mjs"
"""Repairs safe mode; loaded before the program."""
START_SECONDS = 60
STOP_SECONDS = 10
LOG_CHARACTERS = 2_000
"""How much of its output an error message shows."""


class BundlerError(Exception):
    """The bundler is not installed or did not start. The message says what to do."""


def find_node() -> str:
    """The path of Node.js: first beside the running Python, then on PATH."""
    folders = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    if (path := shutil.which("node", path=folders)) is None:
        raise BundlerError("Node.js is not installed. Run `make setup`.")
    return path


@contextmanager
def run_alto(web3: Web3, executors: Sequence[LocalAccount], utility: LocalAccount) -> Iterator[str]:
    """Runs the bundler on this chain until the block ends; yields its URL.

    `executors` send the bundles, `utility` funds them. It is in safe mode: it traces each operation's validation and refuses
    what breaks a rule of ERC-7562, as public bundlers do.
    """
    if not PROGRAM.is_file():
        raise BundlerError("The bundler is not installed. Run `make bundler`.")
    if not isinstance(web3.provider, HTTPProvider):
        raise TypeError("The bundler reaches the chain by HTTP; use an HTTPProvider.")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    options = {
        "entrypoints": ENTRY_POINT,
        "rpc-url": web3.provider.endpoint_uri,
        "port": port,
        "executor-private-keys": ",".join(_private_key(account) for account in executors),
        "utility-private-key": _private_key(utility),
        "safe-mode": "true",
        "block-time": 100,
        "max-bundle-interval": 100,
        "min-bundle-interval": 100,
        "log-level": "warn",
    }
    command = [find_node(), "--import", SAFE_MODE.as_uri(), str(PROGRAM)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_ready(process, url, log)
            yield url
        finally:
            terminate(process, timeout=STOP_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: TextIO) -> None:
    request = {"jsonrpc": "2.0", "id": 1, "method": "eth_supportedEntryPoints", "params": []}
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if requests.post(url, json=request, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            log.seek(0)
            raise BundlerError(f"The bundler does not answer at {url}. Its output: {log.read()[-LOG_CHARACTERS:]}")
        time.sleep(0.2)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _private_key(account: LocalAccount) -> str:
    return "0x" + bytes(account.key).hex()
