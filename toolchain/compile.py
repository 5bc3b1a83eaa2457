"""Compiles the contracts when their sources or settings changed, and tells whether the build is up to date.

ape compiles the files that changed, but not the files that import them: after an edit of a library, tests would run old code.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build" / "__local__.json"
STAMP = ROOT / ".build" / "inputs.sha256"
SOLC_FOLDER = ROOT / "toolchain" / "solc"


def main() -> int:
    if stale() is None:
        return 0
    print("Compiling the contracts. This takes about a minute.", flush=True)
    STAMP.unlink(missing_ok=True)
    inputs = input_hashes()
    command = [str(Path(sys.executable).parent / "ape"), "compile", "--force"]
    environment = {**os.environ, "SOLCX_BINARY_PATH": str(SOLC_FOLDER)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode != 0 or not BUILD.is_file():
        # ape lists all files and its own stack before the compiler's message.
        print(done.stdout[max(done.stdout.find("ERROR:"), 0) :].strip(), file=sys.stderr)
        return done.returncode or 1
    record(inputs)
    return 0


def record(inputs: dict[str, str]) -> None:
    """Writes down that the build was made from these inputs."""
    STAMP.write_text("".join(f"{digest}  {name}\n" for name, digest in {**inputs, **_build_hash()}.items()))


def stale() -> str | None:
    """A sentence that says why the build cannot be used, or None if it is up to date."""
    if not BUILD.is_file() or not STAMP.is_file():
        return "The contracts are not compiled. Run `make compile`."
    recorded = {line[66:]: line[:64] for line in STAMP.read_text().splitlines()}
    current = {**input_hashes(), **_build_hash()}
    if changed := sorted(name for name in recorded.keys() | current.keys() if recorded.get(name) != current.get(name)):
        if changed == [str(BUILD.relative_to(ROOT))]:
            return "The build was not made by `make compile`. Run `make compile`."
        return f"The build is older than {changed[0]}. Run `make compile`."
    return None


def input_hashes() -> dict[str, str]:
    """The hash of every file that the build depends on, by its path."""
    files = [*sorted((ROOT / "contracts").rglob("*.sol")), ROOT / "ape-config.yaml", SOLC_FOLDER / "compile.cjs"]
    return {str(path.relative_to(ROOT)): _hash(path) for path in files}


def _build_hash() -> dict[str, str]:
    return {str(BUILD.relative_to(ROOT)): _hash(BUILD)}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("The compilation was interrupted. Run `make compile` again.")
