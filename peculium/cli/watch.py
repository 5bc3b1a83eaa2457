"""`peculium watch`: see what agents pay, and pause who breaks a rule."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import RenderableType

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit
from peculium.cli.reading import principal_option, reader_of, wallet_of
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from peculium.cli.watch_loop import Loop
    from peculium.wallet import AgentWallet
    from peculium.watching.alarms import Alarm, Messenger
    from peculium.watching.rules import Rule
    from peculium.watching.watcher import Guard

SECRET = "PECULIUM_WEBHOOK_SECRET"
"""The environment variable with the webhook's secret."""
HINT = (
    "The limit is the mandate, which the contract enforces whether anybody watches or not. A watch is a convenience: it acts "
    "after a payment, and only while it runs."
)


@command()
@click.argument("wallets", nargs=-1, metavar="[WALLET…]")
@principal_option
@click.option("--once", is_flag=True, help="Look once and end: for scripts. Ends with 1 if a rule is broken.")
@click.option("--max-payments", multiple=True, metavar="20/h", help="At most so many payments of an agent in a time.")
@click.option("--max-spent", multiple=True, metavar='"50 USD/h"', help="At most so much of an agent in a time.")
@click.option("--stop-on-new-payee", is_flag=True, help="No payee that wasn't paid, listed or named before.")
@click.option("--guardian", metavar="NAME|FILE", help="The keystore of a guardian. It pauses who breaks a rule.")
@click.option("--guardian-key-file", type=click.Path(path_type=Path), help="The same as a file with a private key.")
@click.option("--webhook", metavar="URL", help="Post signed messages there. See --webhook-secret-file.")
@click.option(
    "--webhook-secret-file", type=click.Path(path_type=Path), help=f"The secret that signs them. Default: {SECRET}."
)
@click.option("--notify", metavar="URL", envvar="PECULIUM_NOTIFY", help="Notify a person through apprise.")
@click.option("--every", type=click.FloatRange(0.1, 3_600), default=5, show_default=True, help="Seconds between looks.")
@click.option(
    "--confirmations", type=click.IntRange(1, 1_000), default=1, show_default=True, help="Blocks to wait for."
)
def watch(
    caller: Caller,
    wallets: tuple[str, ...],
    principal: str | None,
    once: bool,
    max_payments: tuple[str, ...],
    max_spent: tuple[str, ...],
    stop_on_new_payee: bool,
    guardian: str | None,
    guardian_key_file: Path | None,
    webhook: str | None,
    webhook_secret_file: Path | None,
    notify: str | None,
    every: float,
    confirmations: int,
) -> Answer:
    """Watch agents pay, live; pause who breaks a rule.

    WALLET is an address or a name; by default all your agents. With --guardian, p pauses and r r revokes. That key should be a
    guardian's, which can only reduce. --json prints a line for each message.
    """
    from peculium.cli.watch_loop import Loop
    from peculium.watching.watcher import Watcher

    rules = _rules(max_payments, max_spent, stop_on_new_payee)
    messenger = _messenger(webhook, webhook_secret_file, notify)
    watched, owner = _watched(caller, wallets, principal)
    if not watched:
        return Answer([], [f"{caller.name_of(owner)} has no agents here."], "peculium create")
    guard = _guard(caller, owner, guardian, guardian_key_file)
    _say_terms(caller, rules, guard)
    watcher = Watcher(watched, rules, caller.profile.names, confirmations)
    live = caller.out.is_terminal and not caller.as_json
    loop = Loop(caller, watcher, messenger, guard, _silent if once or live else _printer(caller))
    return _once(loop) if once else _run(loop, live, every)


def _once(loop: Loop) -> Answer:
    from peculium.cli.agents import standing_table

    caller = loop.caller
    loop.seen = seen = loop.watcher.review()
    loop.handle(seen)
    for sentence in loop.messenger.close():
        caller.say(sentence)
    lines = [each.text for each in loop.lines]
    result = {
        "agents": [each.as_dict() for each in seen.standings],
        "payments": [each.as_dict() for each in seen.payments],
        "breaches": [each.as_dict() for each in seen.breaches],
        "messages": [each.as_dict() for each in loop.lines],
    }
    following = f"peculium show {caller.name_of(seen.breaches[0].wallet)}" if seen.breaches else ""
    shown: list[RenderableType] = [standing_table(caller, seen.standings), *lines]
    return Answer(result, shown, following, Exit.FAILED if seen.breaches else Exit.OK)


def _run(loop: Loop, live: bool, every: float) -> Answer:
    try:
        (loop.run_live if live else loop.run_lines)(every)
    except KeyboardInterrupt:
        if loop.under_way:
            loop.caller.say(f"Interrupted while it was about to {loop.under_way}.")
            loop.caller.say_what_was_sent()
    finally:
        for sentence in loop.messenger.close():
            loop.caller.say(sentence)
    if loop.caller.as_json:
        # Each message was a line of JSON; nothing else follows.
        raise click.exceptions.Exit(int(Exit.OK))
    return Answer({"ended": True}, ["The watch has ended. The mandates hold."])


def _rules(payments: Sequence[str], spent: Sequence[str], new_payee: bool) -> list[Rule]:
    from peculium.watching.rules import NoNewPayee, most_payments, most_spent

    rules: list[Rule] = [*map(most_payments, payments), *map(most_spent, spent)]
    return [*rules, NoNewPayee()] if new_payee else rules


def _messenger(webhook: str | None, secret_file: Path | None, notify: str | None) -> Messenger:
    from peculium.watching.alarms import Messenger, notifier
    from peculium.watching.webhook import Webhook

    person = notifier(notify) if notify else None
    if webhook is None:
        return Messenger((), person)
    secret = os.environ.get(SECRET, "").encode()
    if secret_file is not None:
        try:
            secret = secret_file.expanduser().read_bytes().strip()
        except OSError as error:
            raise InvalidInput(
                f"The secret's file {secret_file} can't be read: {error.strerror}. Check the path."
            ) from None
    if not secret:
        raise InvalidInput(
            f"The webhook needs a secret that signs its messages: set {SECRET}, or --webhook-secret-file FILE."
        )
    return Messenger([Webhook(webhook, secret)], person)


def _watched(caller: Caller, wallets: Sequence[str], principal: str | None) -> tuple[list[AgentWallet], str]:
    from peculium.units import to_address
    from peculium.wallet import AgentWallet

    if not wallets:
        reader = reader_of(caller, principal)
        found = [AgentWallet(caller.network.web3, each.wallet) for each in reader.agents()]
        return found, reader.address
    named = [wallet_of(caller, each) for each in wallets]
    # A guardian's own profile knows no principal; the wallets do.
    owners = {to_address(each.principal) for each in named}
    if len(owners) > 1:
        raise InvalidInput("These wallets have different principals. Watch those of one principal at a time.")
    return named, owners.pop()


def _guard(caller: Caller, principal: str, guardian: str | None, key_file: Path | None) -> Guard | None:
    from dataclasses import replace

    from peculium.watching.watcher import Guard

    if guardian is None and key_file is None:
        return None
    key = replace(caller, account=guardian, key_file=key_file).key
    # So that an interrupted command says what this key has signed.
    vars(caller)["key"] = key
    return Guard(key, principal, caller.network.suite.switch)


def _say_terms(caller: Caller, rules: Sequence[Rule], guard: Guard | None) -> None:
    caller.say(HINT)
    if guard is not None and guard.is_principal:
        caller.say(
            "That is the principal's own key, which can do everything. A guardian's can only stop: peculium guardian appoint"
        )
    if rules and guard is None:
        caller.say("No --guardian is named: who breaks a rule is reported, and not paused.")


def _printer(caller: Caller) -> Callable[[Alarm], None]:
    def show(alarm: Alarm) -> None:
        if caller.as_json:
            caller.out.file.write(json.dumps(alarm.as_dict(), ensure_ascii=False) + "\n")
            caller.out.file.flush()
            return
        text = f"{alarm.time:%Y-%m-%d %H:%M:%S} {alarm.kind}: {alarm.text}"
        caller.out.print(text, markup=False, highlight=False, soft_wrap=True, emoji=False)

    return show


def _silent(alarm: Alarm) -> None:
    """Shows nothing: the messages are in the picture, or in the answer."""
