"""The code blocks of README and documents work as a reader would paste them.

The `python` blocks of a page are one program, run in order in a process of its own. A `text` block right after one is what the
program prints there. The commands of `sh` blocks must exist.
"""

from __future__ import annotations

import ast
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
APE_RUN = re.compile(r"ape run (\w+)")
MAKE = re.compile(r"^\s*make ((?:[a-z][\w-]*[ \t]*)+)", re.MULTILINE)
QUICKSTART = ROOT / "examples" / "pay.py"
INSTALLED = {"peculium", "web3", "eth_abi", "eth_account", "eth_utils"}
"""What `pip install` of the package brings, and pages use."""
CHECKOUT = {"examples", "verification"}
DEVNET = "python -m peculium.devnet"
URL = "http://127.0.0.1:8545"


def blocks(page):
    """The language and the text of each code block of a page."""
    return BLOCK.findall(page.read_text())


def without_removed(text):
    """The text without the sections of a changelog that name what no longer exists."""
    return re.sub(r"^### Removed$.*?(?=^##|\Z)", "", text, flags=re.DOTALL | re.MULTILINE)


def program_and_output(page):
    """The page's Python program, and what the page says it prints."""
    program, output, follows = [], [], False
    for language, text in blocks(page):
        if language == "python":
            program.append(text)
        elif language == "text" and follows:
            output.append(text)
        follows = language == "python"
    return "\n".join(program), "".join(output)


@contextmanager
def devnet_of(page):
    """The URL of the devnet that the page's commands start, or the default one if they start none."""
    if not any(DEVNET in text for language, text in blocks(page) if language == "sh") or URL not in page.read_text():
        yield URL
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    with subprocess.Popen(
        [sys.executable, *DEVNET.split()[1:], "--port", port], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            # It prints its first line when it is ready.
            assert port in process.stdout.readline()
            yield URL.replace("8545", port)
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
    assert process.returncode == 0


@pytest.mark.parametrize("page", [each for each in PAGES if program_and_output(each)[0]], ids=lambda page: page.name)
def test_the_program_of_a_page_prints_what_the_page_says(page, tmp_path):
    program, output = program_and_output(page)
    path = tmp_path / "page.py"
    with devnet_of(page) as url:
        path.write_text(program.replace(URL, url))
        run = subprocess.run([sys.executable, path], capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert run.stdout == output


def imported(page):
    """The modules that the page's program imports, without their parts."""
    tree = ast.parse(program_and_output(page)[0])
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_program_of_a_page_imports_what_a_user_has(page):
    """The folders of a checkout only where the page says that it needs one."""
    unknown = set(imported(page)) - INSTALLED - set(sys.stdlib_module_names)
    assert not unknown or (unknown <= CHECKOUT and "need a checkout" in page.read_text()), sorted(unknown)


def test_the_readme_shows_the_quickstart():
    _, quickstart, _ = re.split(r"<!-- /?quickstart -->", (ROOT / "README.md").read_text())
    assert QUICKSTART.read_text() in quickstart


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_exist(page):
    text = without_removed(page.read_text())
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = "\n".join(body for language, body in blocks(page) if language in ("", "sh")) + "\n".join(
        re.findall(r"`([^`\n]+)`", text)
    )
    for command in MAKE.findall(code):
        assert set(command.split()) <= targets | {"PYTHON", "WORKERS"}, f"{page.name} names `make {command.strip()}`"
    for script in APE_RUN.findall(code):
        assert (ROOT / "scripts" / f"{script}.py").is_file(), f"{page.name} names `ape run {script}`"
