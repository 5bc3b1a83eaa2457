"""Installs the bundler that the tests of user operations start: `@pimlico/alto`, and `viem` to ask it as others do.

Apart from `install.py`, because it is large and neither the demo nor anybody who uses the package needs it. Versions come from
`verification/bundler/package-lock.json`. A second run with an unchanged lock does nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys

from install import ROOT, TOOLS, VENV, CannotInstall, find_node, install_apart, run, step

SOURCE = ROOT / "toolchain" / "bundler"
TARGET = TOOLS / "bundler"
STAMP = TARGET / "installed"
FILES = ("package.json", "package-lock.json")
DISK_NEEDED_GB = 0.6


def main() -> int:
    code: int = install_apart("bundler", STAMP, fingerprint(), DISK_NEEDED_GB, install)
    return code


def fingerprint() -> str:
    """Changes with what is to be installed."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((SOURCE / name).read_bytes())
    return digest.hexdigest()


def install() -> None:
    """From the lock, without running anything that the packages bring along."""
    node = VENV / "bin" / "node" if (VENV / "bin" / "node").exists() else find_node()
    if node is None:
        raise CannotInstall("there is no Node: run `make setup` first.")
    npm = VENV / "bin" / "npm" if node.parent == VENV / "bin" else shutil.which("npm")
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    for name in FILES:
        shutil.copyfile(SOURCE / name, TARGET / name)
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    options = (
        "--prefix",
        TARGET,
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        "--fetch-retries=1",
    )
    with step("npm: the bundler and viem, for the tests of user operations"):
        run([npm, "ci", *options], "install the bundler", PATH=path, NODE_USE_SYSTEM_CA="1")


if __name__ == "__main__":
    sys.exit(main())
