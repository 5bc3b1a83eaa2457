"""The sources in the package: compiled by the compiler's own program, they give the package's bytecode."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from peculium import InvalidInput
from peculium.deployments.artifacts import OTHERS, SUITE, packaged_artifact
from peculium.deployments.sources import contract_source, known_sources, write_sources
from toolchain import sources

ROOT = Path(__file__).parents[2]
NODE = ROOT / ".venv" / "bin" / "node"
SOLC = ROOT / "node_modules" / "solc" / "solc.js"
QUICK = ("P256Verifier",)
"""The others take a minute together."""


def compiled(source, folder):
    """The output for a contract, by the program that comes with the compiler. Nothing of ours takes part."""
    # Files, because it neither waits for a slow pipe nor writes more than a pipe holds.
    task, answer = folder / "input.json", folder / "output.json"
    task.write_text(json.dumps(source.standard_json))
    with task.open() as stdin, answer.open("w") as stdout:
        subprocess.run([NODE, SOLC, "--standard-json"], stdin=stdin, stdout=stdout, text=True, check=True)
    # It prints a line about itself before the answer.
    text = answer.read_text()
    output = json.loads(text[text.index("{") :])
    assert [each for each in output.get("errors", []) if each["severity"] == "error"] == []
    return output["contracts"][source.path][source.name]


def test_contract_without_a_source_is_refused():
    with pytest.raises(LookupError, match="no source of MockUSDC"):
        contract_source("MockUSDC")


def test_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="can't be written"):
        write_sources(tmp_path / "file")


def test_written_file_is_the_input_of_the_compiler(tmp_path):
    written = write_sources(tmp_path / "new" / "folder")
    assert [path.stem for path in written] == list(known_sources())
    assert all(json.loads(path.read_text()) == contract_source(path.stem).standard_json for path in written)


def test_every_contract_of_public_chains_has_a_source():
    assert set(known_sources()) == {*SUITE, *OTHERS} - {"MockUSDC"}


def test_package_carries_the_sources_of_this_repository():
    assert (
        list(sources.difference(json.loads(sources.gzip.decompress(sources.TARGET.read_bytes())), sources.content()))
        == []
    )


def test_changed_source_and_setting_are_named():
    current = sources.content()
    carried = json.loads(json.dumps(current))
    carried["sources"]["contracts/AgentRegistry.sol"] += " "
    carried["settings"]["optimizer"]["runs"] += 1
    del carried["sources"]["contracts/FleetBudget.sol"]
    assert list(sources.difference(carried, current)) == [
        "contracts/AgentRegistry.sol",
        "contracts/FleetBudget.sol",
        "settings",
    ]


def test_compiler_version_is_that_of_the_compiler():
    program = "process.stdout.write(require('solc').version())"
    said = subprocess.run([NODE, "-e", program], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {contract_source(name).compiler for name in known_sources()} == {said.removesuffix(".Emscripten.clang")}


@pytest.mark.parametrize(
    "name", [pytest.param(each, marks=() if each in QUICK else pytest.mark.slow) for each in known_sources()]
)
def test_compiled_source_is_the_bytecode_of_the_package(name, tmp_path):
    output, artifact = compiled(contract_source(name), tmp_path), packaged_artifact(name)
    assert output["evm"]["bytecode"]["object"] == artifact.init_code.hex()
    assert output["evm"]["deployedBytecode"]["object"] == artifact.runtime_code.hex()
    if artifact.abi and any(entry["type"] == "function" for entry in artifact.abi):
        assert output["abi"] == artifact.abi
