"""A new Anvil node with the options that mutants need."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from web3 import Web3

# A build with many mutants exceeds the size limit of contracts.
LARGE_CODE = ("--disable-code-size-limit", "--gas-limit", "200000000")
# As many accounts as ape's own Anvil has.
OPTIONS = (*LARGE_CODE, "--hardfork", "cancun", "--accounts", "20")
START_SECONDS = 20


@contextmanager
def new_chain() -> Iterator[str]:
    """Starts Anvil on a free port, yields its URL, and stops it at the end."""
    binary = shutil.which("anvil")
    if binary is None:
        raise SystemExit("Anvil is not installed. Run `make setup`.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [binary, "--port", str(port), "--silent", *OPTIONS], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        web3 = Web3(Web3.HTTPProvider(url))
        deadline = time.monotonic() + START_SECONDS
        while not web3.is_connected():
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"Anvil does not answer on port {port}.")
            time.sleep(0.02)
        yield url
    finally:
        process.terminate()
        process.wait()
