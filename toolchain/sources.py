"""Compares the sources that the Python package carries, for block explorers, with the contracts and the compiler's settings.

`python -m toolchain.sources --update` rewrites them. Libraries have the names by which the contracts import them, so that
readers of an explorer find them.
"""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

import click
import yaml  # type: ignore[import-untyped]  # it has no type hints

from peculium.deployments.artifacts import OTHERS, SUITE
from peculium.deployments.sources import FILE

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "ape-config.yaml"
TARGET = ROOT / "peculium" / "deployments" / FILE
COMPILER = ROOT / "toolchain" / "solc" / "solc-v{version}"
CONTRACTS = tuple(sorted({*SUITE, *OTHERS} - {"MockUSDC"}))
"""Contracts that anybody deploys on public chains."""
METADATA = {"appendCBOR": False, "bytecodeHash": "none"}
"""As `toolchain/solc/compile.cjs` has it."""

_IMPORT = re.compile(r"""^\s*import\b[^;"']*["']([^"']+)["']""", re.MULTILINE)


def content() -> dict[str, Any]:
    """What the file contains: the compiler, its settings, the contracts with the files they need, and these files."""
    solidity = yaml.safe_load(CONFIG.read_text())["solidity"]
    libraries = dict(each.split("=") for each in solidity["import_remapping"])
    sources: dict[str, str] = {}
    contracts = {}
    for name in CONTRACTS:
        path = _path_of(name)
        needed = _needed(path, libraries, sources)
        contracts[name] = {"path": path, "sources": needed}
    return {
        "compiler": compiler_version(str(solidity["version"])),
        "settings": {
            "optimizer": {"enabled": solidity["optimize"], "runs": solidity["optimization_runs"]},
            "evmVersion": solidity["evm_version"],
            "viaIR": solidity["via_ir"],
            "metadata": METADATA,
        },
        "contracts": contracts,
        "sources": dict(sorted(sources.items())),
    }


def compiler_version(version: str) -> str:
    """The version with its commit, as the compiler says it."""
    command = [str(COMPILER).format(version=version), "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return re.findall(r"Version: (\S+)", answer)[0]  # type: ignore[no-any-return]


def _path_of(name: str) -> str:
    found = [path for path in (ROOT / "contracts").rglob(f"{name}.sol") if ".cache" not in path.parts]
    if len(found) != 1:
        raise click.ClickException(f"There are {len(found)} files {name}.sol in contracts/, not one.")
    return found[0].relative_to(ROOT).as_posix()


def _needed(path: str, libraries: dict[str, str], sources: dict[str, str]) -> list[str]:
    # The names of the files that a file imports, with itself; their texts are added to `sources`.
    needed: set[str] = set()
    queue = [path]
    while queue:
        name = queue.pop()
        if name not in needed:
            needed.add(name)
            sources[name] = (ROOT / _on_disk(name, libraries)).read_text()
            queue += [_resolved(name, imported) for imported in _IMPORT.findall(sources[name])]
    return sorted(needed)


def _on_disk(name: str, libraries: dict[str, str]) -> str:
    for prefix, folder in libraries.items():
        if name.startswith(prefix):
            return folder + name.removeprefix(prefix)
    return name


def _resolved(importer: str, imported: str) -> str:
    if imported.startswith("."):
        return normpath(str(PurePosixPath(importer).parent / imported))
    return imported


def packed(text: str) -> bytes:
    """The file: compressed, and without the time, so that the same text gives the same file."""
    return gzip.compress(text.encode(), mtime=0)


def difference(carried: dict[str, Any], current: dict[str, Any]) -> Iterable[str]:
    """The names of what differs: files, or other entries."""
    old, new = carried.get("sources", {}), current["sources"]
    yield from sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    yield from (key for key in current if key != "sources" and carried.get(key) != current[key])


@click.command()
@click.option("--update", is_flag=True, help="Rewrite the file.")
def main(update: bool) -> None:
    """Compare the sources in the Python package with the contracts."""
    current = content()
    carried = json.loads(gzip.decompress(TARGET.read_bytes())) if TARGET.is_file() else {}
    if differs := list(difference(carried, current)):
        if not update:
            command = "python -m toolchain.sources --update"
            click.echo(f"{TARGET.relative_to(ROOT)} differs in {', '.join(differs[:3])}. Run `{command}`.", err=True)
            sys.exit(1)
        TARGET.write_bytes(packed(json.dumps(current)))
    click.echo(f"sources: {len(current['contracts'])} contracts and {len(current['sources'])} files match.")


if __name__ == "__main__":
    main()
