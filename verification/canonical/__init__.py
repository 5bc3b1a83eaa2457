"""A stand-in for the canonical Identity Registry of ERC-8004, compiled when a test needs it."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

from toolchain.compile import ROOT
from toolchain.compiler import solve

SOURCE = Path(__file__).with_name("IdentityRegistry.sol")
CACHE = ROOT / ".build" / "identity_registry.json"
_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"([^"]+)";', re.MULTILINE)


def identity_registry() -> tuple[list[dict[str, Any]], str]:
    """Returns ABI and init code (0x hex). Compiles only if the source has changed."""
    sources = _sources()
    task = _task(sources)
    key = hashlib.sha256(json.dumps(task, sort_keys=True).encode()).hexdigest()
    found = json.loads(CACHE.read_text()) if CACHE.is_file() else {}
    if found.get("key") != key:
        found = {"key": key, **_compiled(task)}
        # Test processes run side by side, and none may read half a file.
        written = CACHE.with_suffix(f".{os.getpid()}")
        written.write_text(json.dumps(found))
        written.replace(CACHE)
    return found["abi"], "0x" + found["bytecode"]


def _sources() -> dict[str, str]:
    found, queue = {}, [SOURCE.name]
    while queue:
        name = queue.pop()
        if name in found:
            continue
        path = SOURCE if name == SOURCE.name else ROOT / "node_modules" / name
        found[name] = path.read_text()
        queue += [_resolved(name, each) for each in _IMPORT.findall(found[name])]
    return found


def _resolved(importer: str, imported: str) -> str:
    if not imported.startswith("."):
        return imported
    return str((ROOT / importer).parent.joinpath(imported).resolve().relative_to(ROOT))


def _task(sources: dict[str, str]) -> dict[str, Any]:
    return {
        "language": "Solidity",
        "sources": {name: {"content": content} for name, content in sources.items()},
        "settings": {
            "evmVersion": "cancun",
            "optimizer": {"enabled": True, "runs": 200},
            "outputSelection": {SOURCE.name: {"IdentityRegistry": ["abi", "evm.bytecode.object"]}},
        },
    }


def _compiled(task: dict[str, Any]) -> dict[str, Any]:
    contract = solve(task)["contracts"][SOURCE.name]["IdentityRegistry"]
    return {"abi": contract["abi"], "bytecode": contract["evm"]["bytecode"]["object"]}
