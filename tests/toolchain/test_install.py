"""A failed installation ends in one sentence, and the next run continues."""

from __future__ import annotations

import sys

import pytest

from toolchain import install


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("npm error code ENOTFOUND", "registry cannot be reached"),
        ("ERROR: No matching distribution found for aiohttp==3.14.5", "registry cannot be reached"),
        ("ssl.SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "certificate is not trusted"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "differs from its hash"),
        ("No module named ensurepip", "venv module"),
        ("something else", "Read the lines above."),
    ],
)
def test_explains_a_failure(output, expected):
    assert expected in install.advice(output)


def test_reports_the_failed_command_in_one_sentence(capsys):
    with pytest.raises(install.InstallError, match=r"^Could not install it\. The disk is full: make room\.$"):
        install.run("install it", sys.executable, "-c", "import sys; sys.exit('ENOSPC')")


def test_refuses_an_unsupported_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"install CPython 3\.11 or 3\.12"):
        install.use_supported_python()


@pytest.fixture
def step(tmp_path, monkeypatch):
    """One step that fails the first time, and the list of its runs."""
    (tmp_path / "input").write_text("1")
    runs = []

    def install_test():
        runs.append(1)
        if len(runs) == 1:
            raise KeyboardInterrupt
        (tmp_path / "made").touch()

    monkeypatch.setattr(install, "STEPS", {"test": (tmp_path / "input", tmp_path / "made", 0.0)})
    monkeypatch.setattr(install, "install_test", install_test, raising=False)
    return runs


def test_repeats_an_interrupted_step_and_skips_a_finished_one(step, capsys):
    assert install.main(["test"]) == 130
    assert capsys.readouterr().err == "setup: interrupted. Run it again to go on.\n"
    assert install.main(["test"]) == 0
    assert install.main(["test"]) == 0
    assert len(step) == 2


def test_repeats_a_step_whose_input_changed(step, tmp_path):
    install.main(["test"])
    install.main(["test"])
    (tmp_path / "input").write_text("2")
    install.main(["test"])
    assert len(step) == 3


def test_says_how_much_disk_is_missing(step, monkeypatch, capsys):
    source, made, _ = install.STEPS["test"]
    monkeypatch.setitem(install.STEPS, "test", (source, made, 10**9))
    assert install.main(["test"]) == 1
    assert "GB are needed: make room. Then run it again." in capsys.readouterr().err
