"""`peculium mandate`: what an agent may do, in words and in money."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command, group_of
from peculium.cli.files import find_mandate, is_file, parse_mandate, read_text
from peculium.errors import InvalidInput

if TYPE_CHECKING:
    from peculium.explain import Difference

mandate = group_of("mandate", "Write, explain and compare mandates.")

MARKS = {"wider": "+", "narrower": "-", "changed": "~"}


@command("new", group=mandate, signs=True)
@click.argument("file", type=click.Path(path_type=Path), default="mandate.toml")
@click.option(
    "--answer", "given", multiple=True, metavar="QUESTION=ANSWER", help="Answer a question here; repeat it for more."
)
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def new_mandate(caller: Caller, file: Path, given: tuple[str, ...], force: bool) -> Answer:
    """Write a mandate: asks questions, whose defaults are small and safe.

    Names of the profile serve as addresses. With --yes, or without a terminal, what isn't answered has its default. The file is
    yours to edit; more is possible there than is asked here.
    """
    from peculium.cli.questions import ask
    from peculium.explain import explain, text_of
    from peculium.mandate.questions import mandate_from
    from peculium.plain import mandate_dict

    if file.exists() and not force:
        raise InvalidInput(f"There is a file {file} already. Take another name, or --force.")
    connected = caller.network_name or caller.profile.network
    now = caller.network.node.timestamp() if connected else int(time.time())
    made = mandate_from(ask(caller, given), now)
    file.write_text(made.text, encoding="utf-8")
    sentences = explain(made.mandate, {**caller.profile.names, **made.names})
    result = {"file": str(file), "mandate": mandate_dict(made.mandate), "sentences": sentences}
    return Answer(
        result, [text_of(sentences), f"The mandate is in {file}. Read it; nothing was sent."], f"peculium create {file}"
    )


@command("explain", group=mandate)
@click.argument("source", metavar="FILE|WALLET")
def explain_mandate(caller: Caller, source: str) -> Answer:
    """Say in words and in money what a mandate allows.

    Of a wallet, the worst case is what can be taken now. - reads the file from standard input.
    """
    from peculium.explain import explain, read_state, text_of
    from peculium.plain import mandate_dict

    found, names = find_mandate(caller, source)
    state = None
    if not is_file(caller, source):
        from peculium.wallet import AgentWallet

        address = caller.address(source)
        live = caller.network.suite.registry.check_wallet(address).active
        state = read_state(AgentWallet(caller.network.web3, address), found, live)
    sentences = explain(found, names, state)
    result = {"mandate": mandate_dict(found), "sentences": sentences}
    following = f"peculium create {source}, or peculium grant WALLET {source}" if state is None else ""
    return Answer(result, [text_of(sentences)], following)


@command("diff", group=mandate)
@click.argument("before", metavar="FILE|WALLET")
@click.argument("after", metavar="FILE|WALLET")
def diff_mandates(caller: Caller, before: str, after: str) -> Answer:
    """Compare two mandates in words and in worst-case money: what the second widens (+) and narrows (-)."""
    from peculium.explain import diff

    old, names = find_mandate(caller, before)
    new, further = find_mandate(caller, after)
    if is_file(caller, after) and not is_file(caller, before):
        # They are filled in when the file is granted to the wallet.
        new = replace(new, epoch=old.epoch, round=old.round)
    found = diff(old, new, {**names, **further})
    if not found:
        return Answer([], ["Both mandates are the same."])
    return Answer(found, difference_lines(found))


@command("draft", group=mandate, signs=True)
@click.argument("wallet")
@click.argument("source", metavar="FILE")
@click.option(
    "--file", "draft_file", type=click.Path(path_type=Path), help="Where the draft is kept. Default: standard output."
)
def draft_mandate(caller: Caller, wallet: str, source: str, draft_file: Path | None) -> Answer:
    """Draft another mandate for a wallet, as its agent: the principal reads the difference, and signs.

    The account is the agent's key, which signs the draft. Nothing is sent.
    """
    from peculium.agent import Agent

    agent = Agent(caller.address(wallet), caller.key, caller.network, names=caller.profile.names)
    draft = agent.draft_grant(parse_mandate(caller, read_text(source)).mandate)
    text = json.dumps(draft.as_dict(), indent=2)
    signed = "signed by the agent's key" if draft.agent_signature else "not signed: it names another agent key"
    caller.say(f"{draft.explain(caller.profile.names)}\nThe draft is {signed}.")
    if draft_file is None:
        return Answer(draft, [text], f"the principal reads and signs it: peculium grant {wallet} DRAFT")
    draft_file.write_text(text + "\n", encoding="utf-8")
    return Answer(
        draft,
        [f"The draft is in {draft_file}."],
        f"the principal reads and signs it: peculium grant {wallet} {draft_file}",
    )


def difference_lines(found: list[Difference]) -> list[str]:
    """Returns differences as lines, the worst cases first."""
    worst = [each for each in found if each.field.startswith("worst_case")]
    rest = [each for each in found if each not in worst]
    return [f"{MARKS[each.direction]} {each.text}" for each in (*worst, *rest)]
