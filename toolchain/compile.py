"""Compiles all contracts when anything that they depend on has changed, and nothing otherwise.

By itself `ape compile` compiles the files that changed and those that they import, but not those that import them: after a
change of a library or a base, a contract would stay what it was, and its tests would test old code.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STAMP = ROOT / ".build" / "sources.sha256"


def main() -> int:
    found = fingerprint()
    if STAMP.exists() and STAMP.read_text() == found:
        return 0
    print("Compiling the contracts, which takes about a minute…", flush=True)
    command = [str(Path(sys.executable).parent / "ape"), "compile", "--force"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        print(done.stdout, file=sys.stderr)
        return done.returncode
    STAMP.parent.mkdir(exist_ok=True)
    STAMP.write_text(found)
    return 0


def fingerprint() -> str:
    """One hash of the sources, the settings, and the compiler's wrapper."""
    sources = [*sorted((ROOT / "contracts").rglob("*.sol")), ROOT / "ape-config.yaml", ROOT / "toolchain" / "solc.cjs"]
    total = hashlib.sha256()
    for path in sources:
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
