"""Which Pythons the wheel is tried on."""

from __future__ import annotations

import os
import sys

import pytest

from toolchain import check_wheel


@pytest.fixture(autouse=True)
def _nothing_managed(monkeypatch, tmp_path):
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "none"))


@pytest.fixture
def put(tmp_path):
    """Puts a program in place of a Python."""

    def create(folder, version, text):
        path = tmp_path / folder / f"python{version}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return str(path)

    return create


def test_leaves_out_what_does_not_run_or_is_another_version(put, tmp_path):
    put("bin", "3.11", "exit 127")
    put("bin", "3.12", "echo 3.9")
    assert check_wheel.interpreters(str(tmp_path / "bin")) == {}


def test_finds_a_version_behind_a_shim_that_does_not_select_it(put, tmp_path):
    put("shims", "3.13", "exit 127")
    behind = put("versions/3.13.0/bin", "3.13", "echo 3.13")
    assert check_wheel.interpreters(str(tmp_path / "shims")) == {"3.13": behind}


def test_finds_a_python_of_uv(put, tmp_path, monkeypatch):
    managed = put("uv/cpython-3.12.1-linux/bin", "3.12", "echo 3.12")
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    assert check_wheel.interpreters(os.devnull) == {"3.12": managed}


def test_supports_this_python():
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in check_wheel.supported()
