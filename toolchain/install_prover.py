"""Installs the prover into an environment of its own: halmos, with the solvers that it asks.

Apart from `install.py`, because it needs other versions than the rest, and only `make prove` and the tests need it. Versions come from
`toolchain/prover/requirements.lock`. A second run with an unchanged lock does nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import sys

from install import ROOT, TOOLS, CannotInstall, run, step, use_supported_python

LOCK = ROOT / "toolchain" / "prover" / "requirements.lock"
TARGET = TOOLS / "prover"
STAMP = TARGET / "installed"
DISK_NEEDED_GB = 0.4


def main() -> int:
    use_supported_python()
    if STAMP.is_file() and STAMP.read_text() == fingerprint():
        return 0
    try:
        free = shutil.disk_usage(ROOT).free / 1e9
        if free < DISK_NEEDED_GB:
            raise CannotInstall(f"{free:.1f} GB of disk are free and {DISK_NEEDED_GB} GB are needed: make room.")
        install()
    except CannotInstall as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run `make prover` to go on.", file=sys.stderr)
        return 130
    STAMP.write_text(fingerprint())
    return 0


def fingerprint() -> str:
    """Changes with what is to be installed, and where."""
    return hashlib.sha256(f"{ROOT} {sys.version}\n{LOCK.read_text()}".encode()).hexdigest()


def install() -> None:
    """From the lock, and nothing else."""
    with step("Python: the prover and its solvers"):
        run([sys.executable, "-m", "venv", "--clear", TARGET], "make a virtual environment")
        pip = (
            TARGET / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-input",
            "--no-compile",
        )
        run([*pip, "--no-deps", "--requirement", LOCK], "install the prover")


if __name__ == "__main__":
    sys.exit(main())
