"""Installs the prover into an environment of its own: halmos, with the solvers that it asks.

Apart from `install.py`, because it needs other versions than the rest, and only `make prove` and the tests need it. Versions come from
`verification/symbolic/requirements.lock`. A second run with an unchanged lock does nothing.
"""

from __future__ import annotations

import hashlib
import sys

from install import ROOT, TOOLS, install_apart, pip, run, step, use_supported_python

LOCK = ROOT / "toolchain" / "prover" / "requirements.lock"
TARGET = TOOLS / "prover"
STAMP = TARGET / "installed"
DISK_NEEDED_GB = 0.4


def main() -> int:
    use_supported_python()
    code: int = install_apart("prover", STAMP, fingerprint(), DISK_NEEDED_GB, install)
    return code


def fingerprint() -> str:
    """Changes with what is to be installed, and where."""
    return hashlib.sha256(f"{ROOT} {sys.version}\n{LOCK.read_text()}".encode()).hexdigest()


def install() -> None:
    """From the lock, and nothing else."""
    with step("Python: the prover and its solvers"):
        run([sys.executable, "-m", "venv", "--clear", TARGET], "make a virtual environment")
        pip("--no-deps", "--requirement", LOCK, python=TARGET / "bin" / "python")


if __name__ == "__main__":
    sys.exit(main())
