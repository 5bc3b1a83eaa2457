"""The API reference names everything that the package exports."""

from __future__ import annotations

import peculium
from toolchain.api_reference import CONTRACTS, PAGES, PEOPLE, ROOT, main, page, problems


def test_refuses_a_public_name_in_no_group():
    assert problems(["Mandate", "Forgotten"]) == [
        "Forgotten is in no group: add it to one in toolchain/api_reference.py."
    ]


def test_refuses_a_name_in_two_groups():
    assert problems(["A"], [{"x": ("A",)}, {"y": ("A",)}]) == [
        "A is in more than one group of toolchain/api_reference.py."
    ]


def test_reports_a_page_that_is_old(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("toolchain.api_reference.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    assert main([]) == 1
    assert "docs/api.md is old" in capsys.readouterr().out
    assert main(["--update"]) == 0
    assert main([]) == 0
    (tmp_path / "docs" / "api.md").write_text("older")
    assert main([]) == 1


def test_every_public_name_has_a_group():
    assert problems(peculium.__all__) == []


def test_a_page_has_signature_docstring_and_members():
    text = page("T", {"G": ("check", "Counterparty", "Missing")}, "", vars(peculium))
    assert "check(who: str | int, network:" in text
    assert "- `may_pay(token: str, payee: str, amount: Amount) -> Decision`: Asks the chain" in text
    assert "Missing" not in text


def test_the_first_page_has_the_names_that_modules_export():
    text = (ROOT / "docs/api.md").read_text()
    names = ("load_mandate", "read_mandate", "dump_mandate", "InvalidMandateFile", "explain", "diff", "text_of")
    for name in names:
        assert f"\n### {name}\n" in text, name
    assert "Write `from peculium.explain import …`." in text


def test_pages_name_no_object_by_its_place_in_memory():
    for path in PAGES:
        assert " at 0x" not in (ROOT / path).read_text()
    assert set(PEOPLE) & set(CONTRACTS) == set()
