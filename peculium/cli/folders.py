"""Where the command line keeps its files."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path

HOME = "PECULIUM_HOME"
"""The environment variable that names another folder than the platform's."""


def config_folder() -> Path:
    """The folder of profiles and keystores."""
    named = os.environ.get(HOME)
    return Path(named) if named else user_config_path("peculium", appauthor=False)


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
