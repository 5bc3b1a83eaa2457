"""A bundler on one's own chain: `@pimlico/alto`, which others run too. Installed by `make bundler`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from eth_account.signers.local import LocalAccount
from web3 import HTTPProvider, Web3

from peculium.devnet.anvil import terminate
from peculium.operations import ENTRY_POINT

FOLDER = Path(__file__).parents[2] / ".toolchain" / "bundler"
START_SECONDS = 60


def node() -> str:
    """The Node that `make setup` has found or installed."""
    found = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise SystemExit("There is no node: run `make setup` first.")
    return found


@contextmanager
def alto(web3: Web3, executors: list[LocalAccount], utility: LocalAccount) -> Iterator[str]:
    """The URL of a bundler that serves this chain; stopped when the block ends.

    It runs without its "safe mode", which asks the node for a tracer in JavaScript that Anvil doesn't have: what that mode would
    look at is looked at by tests of our own, opcode by opcode.
    """
    program = FOLDER / "node_modules" / "@pimlico" / "alto" / "esm" / "cli" / "alto.js"
    if not program.is_file():
        raise SystemExit("There is no bundler: run `make bundler` first.")
    if not isinstance(web3.provider, HTTPProvider):
        raise TypeError("The bundler needs a chain that is reached by HTTP.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = {
        "entrypoints": ENTRY_POINT,
        "rpc-url": web3.provider.endpoint_uri,
        "port": port,
        "executor-private-keys": ",".join(account.key.to_0x_hex() for account in executors),
        "utility-private-key": utility.key.to_0x_hex(),
        "safe-mode": "false",
        "block-time": 100,
        "max-bundle-interval": 100,
        "min-bundle-interval": 100,
        "log-level": "warn",
    }
    command = [node(), str(program), *(word for name, value in options.items() for word in (f"--{name}", str(value)))]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True)
        try:
            _await_answer(process, url, said)
            yield url
        finally:
            terminate(process, timeout=10)


def _await_answer(process: subprocess.Popen[bytes], url: str, said: object) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_supportedEntryPoints", "params": []}
            if requests.post(url, json=asked, timeout=5).ok:
                return
        except requests.ConnectionError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            said.seek(0)
            raise SystemExit(f"The bundler doesn't answer at {url}. It said: {said.read()[-2000:]}")
        time.sleep(0.2)
