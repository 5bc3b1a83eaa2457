"""A new Anvil node with the options that mutants need."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from peculium.devnet import run_anvil

# A build with many mutants exceeds the size limit of contracts.
LARGE_CODE = ("--disable-code-size-limit", "--gas-limit", "200000000")


@contextmanager
def new_chain() -> Iterator[str]:
    """Starts Anvil with as many accounts as ape's own has, yields its URL, and stops it at the end."""
    with run_anvil(int(time.time()), *LARGE_CODE, "--accounts", "20") as web3:
        yield web3.provider.endpoint_uri  # type: ignore[attr-defined]
