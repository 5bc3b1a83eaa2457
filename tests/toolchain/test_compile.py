"""A stale build is refused with a sentence that names the reason."""

from __future__ import annotations

import pytest

from toolchain import compile as compilation


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A project with two contracts and a build of them."""
    for name in ("contracts/A.sol", "contracts/wallet/B.sol", "ape-config.yaml", "toolchain/solc/compile.cjs"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".build").mkdir()
    monkeypatch.setattr(compilation, "ROOT", tmp_path)
    monkeypatch.setattr(compilation, "BUILD", tmp_path / ".build" / "__local__.json")
    monkeypatch.setattr(compilation, "STAMP", tmp_path / ".build" / "inputs.sha256")
    monkeypatch.setattr(compilation, "SOLC_FOLDER", tmp_path / "toolchain" / "solc")
    compilation.BUILD.write_text("{}")
    compilation.record(compilation.input_hashes())
    return tmp_path


def test_accepts_the_build_of_these_sources(root):
    assert compilation.stale() is None


@pytest.mark.parametrize("name", ["contracts/wallet/B.sol", "ape-config.yaml", "toolchain/solc/compile.cjs"])
def test_names_the_file_that_changed(root, name):
    (root / name).write_text("changed")
    assert compilation.stale() == f"The build is older than {name}. Run `make compile`."


def test_names_a_file_that_was_added(root):
    (root / "contracts" / "C.sol").touch()
    assert compilation.stale() == "The build is older than contracts/C.sol. Run `make compile`."


def test_names_a_file_that_was_deleted(root):
    (root / "contracts" / "A.sol").unlink()
    assert compilation.stale() == "The build is older than contracts/A.sol. Run `make compile`."


def test_refuses_a_build_that_another_command_made(root):
    compilation.BUILD.write_text('{"name": "peculium"}')
    assert compilation.stale() == "The build was not made by `make compile`. Run `make compile`."


@pytest.mark.parametrize("missing", ["BUILD", "STAMP"])
def test_refuses_a_project_without_a_complete_build(root, missing):
    getattr(compilation, missing).unlink()
    assert compilation.stale() == "The contracts are not compiled. Run `make compile`."
