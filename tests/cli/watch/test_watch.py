"""`peculium watch`."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from peculium import errors
from peculium.cli.caller import Caller
from peculium.cli.consoles import data_console, talk_console
from peculium.cli.exits import Exit
from peculium.cli.keyboard import Keyboard
from peculium.cli.profiles import load_profile
from peculium.cli.watch_loop import Loop
from peculium.errors import NodeUnreachable, OutcomeUnknown
from peculium.overview import State
from peculium.switch import RevocationSwitch
from peculium.watching.alarms import AlarmKind, Messenger
from peculium.watching.rules import MostPayments
from peculium.watching.watcher import Guard, Watcher
from peculium.watching.webhook import Delivery


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


@pytest.fixture
def pay(created, usdc, payee):
    return lambda amount=1: created.wallet.pay(created.agent, usdc.address, payee.address, amount)


@pytest.fixture
def guardian_file(suite, principal, guardian, key_file):
    """The key of a guardian, in a file."""
    suite.switch.set_guardian(principal, guardian.address)
    return key_file(guardian)


@pytest.fixture
def steps(monkeypatch):
    """Ends a watch with Ctrl-C once these were done, one between two looks."""

    def do(*actions):
        left = list(actions)

        def wait(keys, seconds):
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()
            return ""

        monkeypatch.setattr(Keyboard, "wait", wait)

    return do


@pytest.fixture
def loop(created, suite, principal, guardian, guardian_file, on_chain):
    """A loop whose messages are in a list."""
    said = []
    guard = Guard(guardian, principal.address, suite.switch)
    watcher = Watcher([created.wallet], [MostPayments(1, timedelta(hours=1))])
    made = Loop(Caller(load_profile()), watcher, Messenger(), guard, said.append)
    made.said = said
    return made


def stopped(created, suite, principal):
    return suite.switch.read("isStopped", principal.address, created.wallet.address)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-payments", "many"], "20/h"),
        (["--max-spent", "50/h"], "50 USD/h"),
        (["--webhook", "https://hooks.example"], "needs a secret"),
        (["--webhook", "http://hooks.example"], "needs a secret"),
        (["--notify", "json://localhost"], "pip install apprise"),
    ],
)
def test_refuses_what_it_cannot_do_before_it_watches(peculium, options, words):
    ran = peculium("watch", "--once", *options)
    assert ran.exit == Exit.USAGE
    assert words in ran.talk


def test_refuses_a_guardian_that_is_none(peculium, key_file, stranger):
    ran = peculium("watch", "--once", "--guardian-key-file", key_file(stranger))
    assert ran.exit == Exit.USAGE
    assert "is no guardian" in ran.talk
    assert "peculium guardian appoint" in ran.talk


def test_secret_is_no_argument(peculium):
    assert "--webhook-secret " not in peculium("watch", "--help").out


def test_once_without_a_breach_is_ok_and_says_what_the_limit_is(peculium, pay):
    pay(40)
    ran = peculium("watch", "--once", "--max-spent", "50 USD/h")
    assert ran.exit == Exit.OK
    assert "paid" in ran.out
    assert "The limit is the mandate" in ran.talk


def test_once_fails_on_a_breach_and_pauses_nobody_without_a_guardian(peculium, pay, created, suite, principal):
    pay(40)
    pay(40)
    ran = peculium("watch", "research", "--once", "--max-spent", "50 USD/h", "--json")
    assert ran.exit == Exit.FAILED
    assert [each["text"] for each in ran.json["result"]["breaches"]] == ["80 USD in 1 hour; the rule allows 50 USD"]
    assert not stopped(created, suite, principal)


def test_once_pauses_with_a_guardian(peculium, pay, created, suite, principal, guardian_file):
    pay()
    pay()
    ran = peculium("watch", "research", "--once", "--max-payments", "1/h", "--guardian-key-file", guardian_file)
    assert ran.exit == Exit.FAILED
    assert "research is paused: transaction 0x" in ran.out
    assert stopped(created, suite, principal)


def test_watch_sees_payments_and_pauses_who_breaks_a_rule(
    peculium, steps, pay, created, suite, principal, guardian_file
):
    steps(lambda: pay(1), lambda: pay(2), lambda: None)
    ran = peculium("watch", "--max-payments", "1/h", "--guardian-key-file", guardian_file)
    assert ran.exit == Exit.OK
    kinds = [line.split(" ")[2] for line in ran.out.splitlines()[:-1]]
    assert kinds == ["payment:", "payment:", "breach:", "paused:"]
    assert stopped(created, suite, principal)


def test_interrupted_pause_says_what_was_sent(peculium, steps, pay, guardian_file, monkeypatch):
    """Ctrl-C while the pause is waited for."""
    confirmed = RevocationSwitch.confirmed

    def interrupt(switch, receipt, holds):
        confirmed(switch, receipt, holds)
        raise KeyboardInterrupt

    steps(lambda: (pay(1), pay(2)))
    monkeypatch.setattr(RevocationSwitch, "confirmed", interrupt)
    ran = peculium("watch", "--max-payments", "1/h", "--guardian-key-file", guardian_file)
    assert "Interrupted while it was about to pause research" in ran.talk
    assert "The transaction 0x" in ran.talk


def test_programs_get_a_line_for_each_message(peculium, steps, pay):
    steps(lambda: pay(1))
    ran = peculium("watch", "--json")
    (message,) = map(json.loads, ran.out.splitlines())
    assert (message["format"], message["kind"], message["payment"]["charge"]) == (1, "payment", "1")


def test_principals_own_key_is_named_as_too_much(peculium, key_file, principal):
    ran = peculium("watch", "--once", "--guardian-key-file", key_file(principal))
    assert "the principal's own key" in ran.talk


def test_outage_is_said_once_and_what_was_missed_follows(loop, pay, monkeypatch):
    loop.step()
    with monkeypatch.context() as patch:
        patch.setattr(Watcher, "look", _unreachable)
        loop.step()
        loop.step()
    pay()
    loop.step()
    assert [each.kind for each in loop.said] == [AlarmKind.LOST, AlarmKind.FOUND, AlarmKind.PAYMENT]


def _unreachable(watcher):
    raise NodeUnreachable("No answer.")


def test_pause_that_fails_is_said_once_and_tried_again(loop, pay, created, suite, principal, monkeypatch):
    loop.step()
    pay()
    pay()
    with monkeypatch.context() as patch:
        patch.setattr(Guard, "pause", _lost)
        loop.step()
        loop.step()
    assert [each.kind for each in loop.said][2:] == [AlarmKind.BREACH, AlarmKind.PAUSE_FAILED]
    assert "isn't known" in loop.said[-1].text
    loop.step()
    assert loop.said[-1].kind is AlarmKind.PAUSED
    assert stopped(created, suite, principal)


def _lost(guard, wallet):
    raise OutcomeUnknown("Something was sent.")


def test_key_p_pauses_at_once(loop, created, suite, principal):
    loop.step()
    loop.press("p", lambda: "")
    assert stopped(created, suite, principal)


@pytest.mark.parametrize("second", ["", "p", "x"])
def test_key_r_needs_a_second_press(loop, second, suite, principal, created):
    loop.step()
    loop.press("r", lambda: second)
    assert not stopped(created, suite, principal)


def test_key_r_twice_revokes(loop, suite, principal, created):
    loop.step()
    loop.press("r", lambda: "r")
    loop.step()
    assert loop.seen.standings[0].overview.state is State.REVOKED


def test_keys_without_a_guardian_do_nothing(loop, suite, principal, created):
    loop.guard = None
    loop.step()
    loop.press("p", lambda: "")
    assert not stopped(created, suite, principal)


def test_breach_is_delivered_and_a_payment_is_not(loop, pay, capsys):
    class Hook:
        host, got = "hooks.example", []

        def send(self, message):
            self.got.append(message["kind"])
            return Delivery(len(self.got) > 1, 5, "no answer")

    hook = Hook()
    loop.messenger, loop.caller.talk = Messenger([hook]), talk_console()
    loop.step()
    pay()
    pay()
    loop.step()
    said = capsys.readouterr().err + " ".join(loop.messenger.close())
    assert hook.got == ["breach", "paused"]
    assert said.strip() == "The message 'breach' didn't reach hooks.example in 5 attempts: no answer."


def test_picture_says_what_the_keys_do(loop, capsys):
    loop.step()
    data_console().print(loop.picture())
    assert "p pauses research, r r revokes it for ever" in " ".join(capsys.readouterr().out.split())


def test_paused_agent_is_refused(loop, pay):
    loop.step()
    loop.press("p", lambda: "")
    with pytest.raises(errors.AgentIsPaused):
        pay()
