"""Build the wheel, install it with the newest dependencies that it allows into a clean environment, and use it there.

Run it as `python -m toolchain.check_wheel`. It uses every Python that the package supports and that is found here; `--python`
names one instead. Nothing is downloaded but the dependencies.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "peculium")
"""Everything that the wheel is built from."""

EXTRAS = {"cli": "peculium.cli", "dev": "peculium.devnet", "ledger": "peculium.ledger"}
"""The packages that need an extra, in the order in which they are installed."""
IMPORT = """
import importlib, sys

for name in sys.argv[1:]:
    importlib.import_module(name)
"""
USE = """
from datetime import timedelta
from importlib.metadata import version
from importlib.resources import files
import peculium
from peculium import Budget, Mandate, Token, Window
from peculium.contract import CONTRACTS, load_abi
from peculium.deployments.descriptors import descriptor, descriptor_names
from peculium.deployments.sources import contract_source, known_sources
from peculium.mandate import digest_of

assert all(descriptor(name) for name in descriptor_names()), "a descriptor is missing"
assert all(contract_source(name) for name in known_sources()), "a source is missing"
assert peculium.__version__ == version("peculium"), peculium.__version__
assert files("peculium").joinpath("py.typed").is_file(), "py.typed is missing"
assert all(load_abi(name) for name in CONTRACTS), "abi.json is incomplete"
one, two, three = ("0x" + digit * 40 for digit in "123")
window = Window(timedelta(days=1), 10)
budget = Budget("USD", "1.5", 1000, (window,), (Token(three, 6),), payees=(two,))
mandate = Mandate(one, two, 1_000, 2_000, (budget,), epoch=1, terms_uri="https://terms.example")
mandate.check()
digest = digest_of(mandate.typed_data(three, 31337))
assert digest == mandate.digest(three, 31337)
print(mandate.hash().hex(), digest.hex())
"""
USE_DEVNET = """
import peculium
from peculium.devnet import Devnet, ready_agent

devnet = Devnet.start()
agent = ready_agent(devnet)
before = agent.wallet.remaining("USD").window
agent.pay("USDC", devnet.role("supplier").address, 1)
print(before - agent.wallet.remaining("USD").window, peculium.check(agent.wallet.address, devnet.suite).live)
"""
MANDATE_HASH = "17ff1c4044d74f0bb699d5be501678b96d16c153e127e1833870f023c4cf2aa1"
"""Hash of the mandate in `USE`."""
MANDATE_DIGEST = "9de4b071b6f6553759b3f2ae9eabce73e6301cc968411866b444cabb427972f1"
"""Digest of its EIP-712 typed data, for the wallet 0x33…33 on chain 31337."""


def main() -> None:
    """Checks the wheel on each Python and prints what was installed. Exits with a message and status 1 if anything fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--python", help="the only interpreter to use")
    options = parser.parse_args()
    found = {"the named one": options.python} if options.python else interpreters()
    if missing := [version for version in supported() if version not in found and not options.python]:
        print(f"wheel: not found here, so not tested: Python {', '.join(missing)}.")
    if not found:
        raise SystemExit(
            "wheel: no Python that the package supports was found. Install one, or name it: --python PATH."
        )
    with tempfile.TemporaryDirectory(prefix="peculium-wheel-") as folder:
        wheel = build(Path(folder))
        modules = check_content(wheel)
        for number, interpreter in enumerate(found.values()):
            check_on(environment(Path(folder) / f"venv-{number}", interpreter), wheel, modules)


def check_on(python: str, wheel: Path, modules: list[str]) -> None:
    """Installs the wheel into an environment and uses it there: without a chain, then with its extras on a local chain."""
    parts = {extra: [name for name in modules if name.startswith(package)] for extra, package in EXTRAS.items()}
    core = [name for name in modules if not any(name in part for part in parts.values())]
    run(python, "-m", "pip", "install", "--quiet", str(wheel))
    probe(python, IMPORT, *core)
    if (values := probe(python, USE)) != f"{MANDATE_HASH} {MANDATE_DIGEST}":
        raise SystemExit(f"wheel: mandate hash and digest are {values}, not {MANDATE_HASH} {MANDATE_DIGEST}.")
    for extra, part in parts.items():
        run(python, "-m", "pip", "install", "--quiet", f"{wheel}[{extra}]")
        probe(python, IMPORT, *part)
    run(str(Path(python).with_name("peculium")), "--help")
    version = probe(python, "import platform; print(platform.python_version())")
    print(f"wheel: {wheel.name} works on Python {version}.")
    more = ", ".join(f"{len(part)} with the extra {extra}" for extra, part in parts.items())
    print(f"wheel: {len(core)} modules import with the dependencies; {more}; the command runs.")
    if shutil.which("anvil", path=search_path()) is None:
        print("wheel: Anvil isn't found here, so no agent was created.")
    else:
        if (paid := probe(python, USE_DEVNET)) != "1.000000 True":
            raise SystemExit(
                f"wheel: a payment of 1 on the devnet took from the window, and the agent is live: {paid}."
            )
        print("wheel: it deploys the suite on a local chain, an agent pays there, and its payee checks it.")
    print(f"wheel: tested with {', '.join(versions(python))}.")


def supported() -> list[str]:
    """Returns the versions of Python that the package declares, such as "3.11"."""
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    return [found[1] for each in classifiers if (found := re.fullmatch(r".*Python :: (3\.\d+)", each))]


def interpreters(path: str | None = None) -> dict[str, str]:
    """Returns the interpreters that run, by version: on PATH, behind the shims of pyenv there, and those that uv manages."""
    found = {}
    for version in supported():
        usable = (each for each in _candidates(version, path or search_path()) if _is_python(each, version))
        if (interpreter := next(usable, None)) is not None:
            found[version] = interpreter
    return found


def _candidates(version: str, path: str) -> Iterator[str]:
    for folder in map(Path, path.split(os.pathsep)):
        yield str(folder / f"python{version}")
        if folder.name == "shims":
            # A shim doesn't run a version that isn't selected.
            installed = sorted((folder.parent / "versions").glob(f"{version}.*/bin/python{version}"))
            yield from map(str, installed)
    managed = Path(os.environ.get("UV_PYTHON_INSTALL_DIR", Path.home() / ".local/share/uv/python"))
    yield from map(str, sorted(managed.glob(f"cpython-{version}.*/bin/python{version}")))


def _is_python(interpreter: str, version: str) -> bool:
    # Some systems ship Python without `ensurepip`, so that it can't make an environment.
    program = "import ensurepip, sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([interpreter, "-I", "-c", program], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and done.stdout.strip() == version


def search_path() -> str:
    """Returns where programs are looked for: beside this interpreter, where Anvil is, then on PATH."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


def build(folder: Path) -> Path:
    """Builds the wheel from a copy of the sources, so that the build leaves nothing in the checkout."""
    sources = folder / "sources"
    sources.mkdir()
    for name in SOURCES:
        path = ROOT / name
        if path.is_dir():
            shutil.copytree(path, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, sources / name)
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(sources))
    return next(folder.glob("*.whl"))


def check_content(wheel: Path) -> list[str]:
    """Checks that the wheel holds every file of the package and nothing else. Returns the names of its modules."""
    with zipfile.ZipFile(wheel) as archive:
        found = {name for name in archive.namelist() if ".dist-info/" not in name}
    package = ROOT / "peculium"
    files = [path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    expected = {str(path.relative_to(ROOT)) for path in files}
    if found != expected:
        raise SystemExit(f"wheel: missing {sorted(expected - found)}, unexpected {sorted(found - expected)}.")
    names = (name.removesuffix(".py").removesuffix("/__init__") for name in sorted(found) if name.endswith(".py"))
    # A module `__main__` runs its command when it is imported.
    return [name.replace("/", ".") for name in names if not name.endswith("/__main__")]


def environment(folder: Path, interpreter: str) -> str:
    """Creates a virtual environment and returns its interpreter."""
    run(interpreter, "-m", "venv", str(folder))
    return str(folder / "bin" / "python")


def probe(python: str, program: str, *arguments: str) -> str:
    """Runs a program in the clean environment, without the checkout on its path, and returns its output."""
    return run(python, "-I", "-c", program, *arguments).strip()


def versions(python: str) -> list[str]:
    """Returns the declared dependencies with the versions that are installed, such as "web3 7.16.0"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = [re.split(r"[<>=!~ \[;]", each)[0] for each in declared]
    program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    return [f"{name} {found}" for name, found in zip(names, probe(python, program, *names).split(), strict=True)]


def run(*command: str) -> str:
    """Runs a command outside the checkout and returns its output. Exits if it fails."""
    environment = {**os.environ, "PATH": search_path()}
    done = subprocess.run(command, cwd=tempfile.gettempdir(), capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"wheel: {' '.join(command[1:4])} failed.\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
