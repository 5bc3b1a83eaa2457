"""Runs `viem_client.cjs`: a client that uses viem, a third-party library, instead of this package."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verification.bundler.alto import FOLDER, BundlerError, find_node

SCRIPT = Path(__file__).with_name("viem_client.cjs")
TIMEOUT_SECONDS = 120
LOG_CHARACTERS = 3_000


def run_viem_client(request: Mapping[str, str]) -> dict[str, Any]:
    """Runs the client on a wallet; the script says which keys `request` has, and what it returns."""
    message = json.dumps({**request, "modules": str(FOLDER / "package.json")})
    process = subprocess.run(
        [find_node(), str(SCRIPT)], input=message, capture_output=True, text=True, timeout=TIMEOUT_SECONDS
    )
    if process.returncode != 0:
        raise BundlerError(f"The viem client failed: {process.stderr[-LOG_CHARACTERS:]}")
    answer: dict[str, Any] = json.loads(process.stdout)
    return answer
