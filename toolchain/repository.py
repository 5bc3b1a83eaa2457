"""The files of the repository as the checks read them, and what the checks find."""

from __future__ import annotations

import subprocess
from functools import cached_property
from pathlib import Path

COMPRESSED = (".gz",)
"""Endings of files that have no text of their own."""


class Repository:
    """Reads tracked files, and new ones that are not ignored. What it cannot read is a finding."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.findings: list[str] = []

    def report(self, where: str, what: str) -> None:
        self.findings.append(f"{where}: {what}")

    @cached_property
    def files(self) -> list[str]:
        """The paths of all text files, relative to the root."""
        command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        try:
            answer = subprocess.run(command, capture_output=True, check=True).stdout.decode()
        except (OSError, subprocess.CalledProcessError, UnicodeDecodeError) as error:
            self.report(".", f"git does not list the files ({error})")
            return []
        return sorted({name for name in answer.split("\0") if name and not name.endswith(COMPRESSED)})

    def read(self, name: str) -> str:
        try:
            return (self.root / name).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            finding = f"cannot be read ({error})"
            if f"{name}: {finding}" not in self.findings:
                self.report(name, finding)
            return ""
