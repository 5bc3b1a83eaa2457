"""Read by every Python of `.venv` when it starts, so that ape and pytest need no variables and no activation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def show_the_tools() -> None:
    """Names the compiler, ape's data folder and Anvil; what is set already stays."""
    os.environ.setdefault("SOLCX_BINARY_PATH", str(ROOT / ".toolchain" / "solc"))
    os.environ.setdefault("APE_DATA_FOLDER", str(ROOT / ".toolchain" / "ape"))
    programs, path = str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + path


def drop_stale_build() -> None:
    """Makes ape compile everything when a contract has changed.

    ape compiles the changed file only, so a contract would keep the old code of a library or base contract it uses.
    """
    build = ROOT / ".build" / "__local__.json"
    inputs = [ROOT / "ape-config.yaml", ROOT / "toolchain" / "solc.cjs", *(ROOT / "contracts").rglob("*.sol")]
    if build.is_file() and any(each.stat().st_mtime > build.stat().st_mtime for each in inputs):
        build.unlink(missing_ok=True)


show_the_tools()
if any(Path(word).name in ("ape", "pytest") for word in sys.orig_argv[:3]):
    drop_stale_build()
