"""The demo passes, prints docs/demo.md, and fails if an attempt goes through."""

import io
import json
from dataclasses import replace
from decimal import Decimal

import pytest
from click.testing import CliRunner
from rich.console import Console

from examples.rogue_agent import command
from examples.rogue_agent.attempt import Attempt
from examples.rogue_agent.demo import Demo
from examples.rogue_agent.money import ETH, USD, Sum
from examples.rogue_agent.output import Output
from peculium import errors
from peculium.devnet import Devnet, DevnetError, run_anvil


@pytest.fixture(scope="module")
def session():
    """What the demo prints."""
    return io.StringIO()


@pytest.fixture(scope="module")
def demo(session):
    """A finished run."""
    return command.run_demo(Console(file=session, width=command.WIDTH))


def test_refuses_all_attempts(demo):
    assert demo.passed
    assert len(demo.attempts) == 55
    for attempt in demo.attempts:
        assert (attempt.title, type(attempt.refusal), attempt.moved) == (attempt.title, attempt.expected, 0)


def test_accounts_for_every_base_unit(demo):
    assert len(demo.sums) == 4
    for each in demo.sums:
        assert each.funded == each.paid + each.withdrawn > 0


def test_page_shows_the_present_output(demo, session):
    expected = command.page(session.getvalue())
    assert command.PAGE.read_text() == expected, "run `ape run demo --update-docs` and read the diff"


def test_prints_json(demo, monkeypatch):
    monkeypatch.setattr(command, "run_demo", lambda console: demo)
    result = CliRunner().invoke(command.cli, ["--json"])
    printed = json.loads(result.output)
    assert result.exit_code == 0
    assert printed["passed"]
    assert printed["attempts"][0] == {
        "title": "pay 100.000001 USDC at once",
        "refused": True,
        "moved": "0",
        **demo.attempts[0].refusal.as_dict(),
    }
    assert Decimal(printed["sums"]["USDC"]["missing"]) == 0


def test_fails_if_an_attempt_goes_through(demo, monkeypatch):
    through = replace(demo.attempts[0], refusal=None)
    monkeypatch.setattr(demo, "attempts", [through, *demo.attempts[1:]])
    monkeypatch.setattr(command, "run_demo", lambda console: demo)
    assert CliRunner().invoke(command.cli, ["--json"]).exit_code == 1


@pytest.mark.parametrize(
    ("attribute", "broken"),
    [
        ("attempts", []),
        ("sums", []),
        ("sums", [Sum("USDC", Decimal("1"), Decimal("0.5"), Decimal("0.499999"))]),
        ("checks", [("A statement that is not true.", False)]),
    ],
)
def test_fails_if_a_result_is_missing_or_wrong(demo, monkeypatch, attribute, broken):
    monkeypatch.setattr(demo, attribute, broken)
    assert not demo.passed


def test_an_attempt_is_refused_only_with_the_expected_error_and_without_movement():
    def attempt(refusal, moved=0):
        return Attempt("", errors.NotPrincipal, lambda: None, refusal=refusal, moved=Decimal(moved))

    assert attempt(errors.NotPrincipal()).refused
    assert not attempt(None).refused
    assert not attempt(errors.NoMandate()).refused
    assert not attempt(errors.NotPrincipal(), "0.000001").refused


def test_says_why_a_guard_refuses():
    inner = errors.WindowLimitExceeded(charge=40_000_000, remaining=20_000_000, length=86_400)

    def reason(refusal):
        return Attempt("", errors.GuardRefused, lambda: None, refusal=refusal).reason

    assert reason(errors.GuardRefused(inner, guard="G")) == (
        "The guard refuses. It charges 40 USD; the 24-hour limit has 20 USD left."
    )
    assert reason(errors.GuardRefused(errors.UnknownRevert(reason="closed"), guard="G")) == "The guard refuses. closed"
    assert reason(errors.GuardRefused(guard="G")) == "The guard G refuses."


def test_notices_money_that_moves():
    with run_anvil(1_800_000_000) as web3:
        demo = Demo(Devnet(web3), Output(Console(file=io.StringIO())))
        wallet = demo.suite.wallet(str(demo.suite.factory.read("IMPLEMENTATION")))
        demo.wallets.append(wallet)
        demo.ether_accounts.append(wallet.address)

        def move():
            demo.fund(wallet, demo.usdc, 3)
            demo.devnet.set_balance(wallet.address, 10**18)
            raise errors.NotPrincipal()

        demo.refuse("move money and fail", errors.NotPrincipal, move)
        demo.refuse("do nothing and succeed", errors.NotPrincipal, lambda: None)
    assert [(attempt.moved, attempt.refused) for attempt in demo.attempts] == [(4, False), (0, False)]


def test_says_what_is_missing(monkeypatch):
    def fail(console):
        raise DevnetError("Anvil is not installed. Run `make setup`.")

    monkeypatch.setattr(command, "run_demo", fail)
    result = CliRunner().invoke(command.cli)
    assert result.exit_code == 1
    assert result.output == "The demo cannot start: Anvil is not installed. Run `make setup`.\n"


def test_shows_amounts_in_whole_units():
    assert USD.show(100_000_001) == "100.000001 USD"
    assert USD.show(1_500_000_000) == "1,500 USD"
    assert USD.show(0) == "0 USD"
    assert ETH.show(9_844_349_539_656_320) == "0.00984 ETH"
    assert ETH.show(1) == "1 wei"
