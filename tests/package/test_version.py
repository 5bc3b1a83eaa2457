"""`peculium.__version__` is the version in pyproject.toml."""

import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import peculium
from peculium import version

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_is_the_version_of_the_project():
    assert peculium.__version__ == tomllib.loads(PYPROJECT.read_text())["project"]["version"]


def test_comes_from_the_metadata_if_the_package_is_installed(monkeypatch):
    monkeypatch.setattr(version, "version", {"peculium": "7.8.9"}.__getitem__)
    assert version._version() == "7.8.9"


def test_is_unknown_without_metadata_and_checkout(monkeypatch, tmp_path):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", missing)
    monkeypatch.setattr(version, "_PYPROJECT", tmp_path / "pyproject.toml")
    assert version._version() == "unknown"
