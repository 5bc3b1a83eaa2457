"""A mandate from questions, on the command line."""

from __future__ import annotations

import pytest

from peculium.cli.exits import Exit


@pytest.fixture
def new(peculium, profile, agent, usdc, tmp_path):
    """Runs `mandate new` with these answers beside the necessary ones."""
    profile(bot=agent.address, usdc=usdc.address)
    needed = ("agent_key=bot", "token=usdc", "payees=payee")

    def run(*answers, options=()):
        given = [word for each in (*needed, *answers) for word in ("--answer", each)]
        return peculium("mandate", "new", tmp_path / "new.toml", *given, *options)

    return run


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (("per_paymnt=5",), "Did you mean per_payment?"),
        (("per_payment",), "is no answer"),
        (("per_payment=much",), "per_payment: "),
        (("per_payment=50", "per_day=20"), "per_day: "),
        (("payees=nobody",), "payees: "),
    ],
)
def test_answer_that_is_none_is_refused(new, tmp_path, answers, said):
    ran = new(*answers)
    assert ran.exit == Exit.USAGE
    assert said in ran.talk
    assert not (tmp_path / "new.toml").exists()


def test_missing_answer_without_a_default_is_named(peculium, profile, tmp_path):
    ran = peculium("mandate", "new", tmp_path / "new.toml")
    assert ran.exit == Exit.USAGE
    assert "--answer agent_key=…" in ran.talk


def test_file_that_exists_is_kept(new):
    assert new().exit == Exit.OK
    ran = new("per_payment=50")
    assert ran.exit == Exit.USAGE
    assert "Take another name, or --force." in ran.talk
    assert new("per_payment=50", options=("--force",)).exit == Exit.OK


def test_defaults_are_small_and_the_file_can_be_explained(new, peculium, tmp_path):
    ran = new("payees=payee, guardian")
    assert ran.exit == Exit.OK
    assert "It can take at most 20 USD at once, 20 in any 24 hours, 200 ever." in ran.out
    assert "payee (0x" in ran.out
    assert ran.talk.endswith(f"Next: peculium create {tmp_path / 'new.toml'}\n")
    assert "200 ever" in peculium("mandate", "explain", tmp_path / "new.toml").out


def test_terminal_is_asked_again_after_a_wrong_answer(new, monkeypatch):
    typed = iter(["", "", "much", "30", *[""] * 20])
    asked = []

    def prompt(text, default=None, **options):
        asked.append(text.strip())
        return next(typed) or default

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.prompt", prompt)
    ran = new("currency=USD")
    assert ran.exit == Exit.OK
    assert "isn't an amount" in ran.talk
    assert "It can take at most 60 USD at once" in ran.out
    # What the options or the chain say isn't asked; what follows from "none" isn't either.
    assert asked[:4] == ["principal", "token_name", "per_payment", "per_payment"]
    assert "cheque_limit" not in asked
