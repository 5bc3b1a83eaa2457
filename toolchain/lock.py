"""Resolves the dependencies of pyproject.toml and writes every version found to requirements.lock, and those of the prover to its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Every package of the environment, exactly. Change pyproject.toml first, then run: make lock"


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    write(ROOT / "requirements.lock", [*project["dependencies"], *extras["dev"]])
    write(ROOT / "toolchain" / "prover" / "requirements.lock", extras["prover"])


def write(lock: Path, wanted: list[str]) -> None:
    """Every package that these need, and no others."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed", "--report", "-"]
    answer = subprocess.run([*command, *wanted], stdout=subprocess.PIPE, text=True, check=True)
    packages = [package["metadata"] for package in json.loads(answer.stdout)["install"]]
    lines = sorted((f"{package['name']}=={package['version']}" for package in packages), key=str.lower)
    lock.write_text("\n".join([HEADER, *lines]) + "\n")
    print(f"{lock.relative_to(ROOT)}: {len(lines)} packages")


if __name__ == "__main__":
    main()
