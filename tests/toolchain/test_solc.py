"""The compiler behind `toolchain/solc`: the split among threads changes nothing, and the bytecode has no metadata."""

from __future__ import annotations

import json
import subprocess

from toolchain.compile import SOLC_FOLDER

SOLC = SOLC_FOLDER / "solc-v0.8.37"
COUNT = 20


def sources(comment=""):
    """Contracts of which each deploys the one before it."""
    texts = {"C0.sol": f"contract C0 {{ {comment} uint256 public a = 1; }}"}
    for i in range(1, COUNT):
        create = f"function create() external returns (address) {{ return address(new C{i - 1}()); }}"
        texts[f"C{i}.sol"] = f'import {{C{i - 1}}} from "./C{i - 1}.sol"; contract C{i} {{ {create} }}'
    return texts


def compiled(texts, selected):
    """The creation code of the selected contracts."""
    task = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in texts.items()},
        "settings": {"outputSelection": {name: {"*": ["evm.bytecode.object"]} for name in selected}},
    }
    done = subprocess.run([SOLC, "--standard-json"], input=json.dumps(task), capture_output=True, text=True, check=True)
    output = json.loads(done.stdout)
    assert not [each for each in output["errors"] if each["severity"] == "error"], output["errors"]
    return {
        name: contract["evm"]["bytecode"]["object"]
        for contracts in output["contracts"].values()
        for name, contract in contracts.items()
        if "evm" in contract
    }


def test_split_task_gives_the_code_of_single_tasks():
    texts = sources()
    together = compiled(texts, texts)
    assert len(together) == COUNT
    for name in ("C0", "C7", f"C{COUNT - 1}"):
        assert together[name] == compiled(texts, [f"{name}.sol"])[name]


def test_code_does_not_depend_on_comments():
    assert compiled(sources("/* a comment */"), ["C3.sol"]) == compiled(sources(), ["C3.sol"])


def test_names_its_version_as_py_solc_x_expects():
    said = subprocess.run([SOLC, "--version"], capture_output=True, text=True, check=True).stdout
    program = "process.stdout.write(require('solc').version())"
    node = SOLC_FOLDER.parents[1] / ".venv" / "bin" / "node"
    real = subprocess.run([node, "-e", program], cwd=SOLC_FOLDER, capture_output=True, text=True, check=True).stdout
    assert f"Version: {real.removesuffix('.Emscripten.clang')}\n" in said
