"""Asks the questions of a mandate: on a terminal, or of the options of the command."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from peculium.cli.caller import Caller
from peculium.errors import InvalidInput, quote

if TYPE_CHECKING:
    from peculium.mandate.questions import Question

ADDRESSES = ("principal", "agent_key", "token")
"""Questions whose answer is an address, for which a name of the profile serves too."""


def ask(caller: Caller, given: Sequence[str]) -> dict[str, Any]:
    """Returns the values of all answers, by key. `given` are answers such as `per_payment=20`, which aren't asked for.

    Without a terminal, and with `--yes`, the others are their defaults. Raises `InvalidInput` for an answer that can't be read.
    """
    from peculium.mandate.questions import QUESTIONS, answers_of

    texts = dict(_pair(each) for each in given)
    if unknown := texts.keys() - {each.key for each in QUESTIONS}:
        # Named before anything is asked.
        answers_of(dict.fromkeys(unknown, ""))
    alone = caller.yes or caller.as_json or not sys.stdin.isatty()
    defaults, answers = _own_defaults(caller), dict[str, Any]()
    for question in QUESTIONS:
        if not question.is_asked(answers):
            continue
        key = question.key
        text = texts.get(key) or (_known(caller, answers) if key == "decimals" else None)
        if text is not None or alone:
            answers[key] = _read(question, _expanded(caller, key, text or defaults.get(key, "")), answers)
        else:
            answers[key] = _asked(caller, question, answers, defaults.get(key))
    return answers


def _asked(caller: Caller, question: Question, answers: Mapping[str, Any], default: str | None) -> Any:
    caller.say(f"{question.text} {question.help}")
    proposed = default or question.default_for(answers)
    while True:
        typed = click.prompt(f"  {question.key}", default=proposed, err=True)
        try:
            return question.read(_expanded(caller, question.key, typed), answers)
        except InvalidInput as error:
            caller.say(f"  {error}")


def _read(question: Question, text: str, answers: Mapping[str, Any]) -> Any:
    try:
        return question.read(text, answers)
    except InvalidInput as error:
        raise InvalidInput(f"{question.key}: {error} Pass --answer {question.key}=…") from error


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not sign:
        raise InvalidInput(
            f"{quote(text)} is no answer. Pass a question and its answer, such as --answer per_payment=20."
        )
    return key.strip(), value


def _expanded(caller: Caller, key: str, text: str) -> str:
    # Names of the profile, and of the known tokens of a known network, in place of addresses.
    known, typed = caller.profile.names, text.strip()
    if key in ADDRESSES and typed in known:
        return known[typed]
    if key == "token" and not typed.startswith("0x") and _connected(caller) and typed in caller.network.tokens:
        return str(caller.network.tokens[typed].address)
    if key == "payees":
        parts = [each.strip() for each in typed.split(",")]
        return ", ".join(f"{each}={known[each]}" if each in known else each for each in parts)
    return text


def _own_defaults(caller: Caller) -> dict[str, str]:
    profile = caller.profile
    if profile.account or profile.key_file or profile.safe or caller.account or caller.key_file or caller.safe:
        return {"principal": caller.principal_address}
    return {}


def _known(caller: Caller, answers: Mapping[str, Any]) -> str | None:
    # The chain knows the token's decimals, so they aren't asked for.
    from peculium.mandate import NATIVE
    from peculium.token import ERC20

    if answers["token"] == NATIVE:
        return "18"
    return str(ERC20(caller.network.web3, answers["token"]).decimals) if _connected(caller) else None


def _connected(caller: Caller) -> bool:
    return bool(caller.network_name or caller.profile.network)
