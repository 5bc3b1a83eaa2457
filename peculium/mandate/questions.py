"""The questions whose answers make a mandate: text, small and safe default, and parser. Whoever asks them shows them.

`peculium mandate new` asks them in a terminal. Ask in order: a question can depend on earlier answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from peculium.errors import InvalidInput, digits, quote
from peculium.mandate.bounds import CURRENCY, MAX_BUDGET_DECIMALS, MAX_CHEQUES
from peculium.mandate.budget import Budget, Token, Window
from peculium.mandate.mandate import Mandate
from peculium.mandate.powers import ChequeBook
from peculium.mandate.toml import dump_mandate
from peculium.mandate.toml.names import Names
from peculium.mandate.values import to_limit
from peculium.units import to_address

DAY = timedelta(days=1)
REQUEST_AGE = timedelta(days=2)
"""How long a request waits at most."""
LONGEST = 366
"""Days that a mandate of the questions is valid at most. A file can say more."""
MAX_REQUESTS = 2**8 - 1
"""The mandate has one byte for them."""
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?: +(\S+))?")
_PAYEE = re.compile(r"(?:(?P<name>[^=,]+?) *= *)?(?P<address>0[xX][0-9a-fA-F]*)")

Answers = Mapping[str, Any]
"""What was answered so far, by the keys of the questions: what `Question.read` returned."""


@dataclass(frozen=True)
class Question:
    """One question."""

    key: str
    text: str
    """The question, in a sentence."""
    help: str
    """What an answer looks like and means."""
    parse: Callable[[str, Answers], Any]
    """Returns the value of an answer. Raises `InvalidInput`."""
    default: str | Callable[[Answers], str] | None = None
    """The answer that an empty one stands for, see `default_for`; None: there must be one."""
    follows: str | None = None
    """Asked only if the answer to this question isn't zero."""

    def is_asked(self, answers: Answers) -> bool:
        """Whether it is to be asked after these answers."""
        return self.follows is None or bool(answers.get(self.follows))

    def default_for(self, answers: Answers) -> str | None:
        """Returns the answer that an empty one stands for after these answers; None: there must be one."""
        return self.default(answers) if callable(self.default) else self.default

    def read(self, text: str, answers: Answers) -> Any:
        """Returns the value of an answer as it was typed. Raises `InvalidInput`, which says what to type instead."""
        typed = text.strip()
        if not typed:
            default = self.default_for(answers)
            if default is None:
                raise InvalidInput(f"{self.text} There is no default. {self.help}")
            typed = default
        return self.parse(typed, answers)


@dataclass(frozen=True)
class Answered:
    """What the answers make."""

    mandate: Mandate
    names: Mapping[str, str]
    """Addresses by name."""
    text: str
    """The mandate as a file."""


def _address(text: str, answers: Answers) -> str:
    return to_address(text)


def _agent_key(text: str, answers: Answers) -> str:
    address = to_address(text)
    if address == answers["principal"]:
        raise InvalidInput(f"{address} is the principal. The agent needs a key of its own, which you don't use.")
    return address


def _currency(text: str, answers: Answers) -> str:
    if not re.fullmatch(CURRENCY, text):
        raise InvalidInput(f"{quote(text)} can't be a currency. Type 1 to 12 of A-Z and 0-9, such as USD.")
    return text


def _name(text: str, answers: Answers) -> str:
    Names({text: "0x" + "1" * 40}, None)
    if " " in text:
        raise InvalidInput(f"The token's name {quote(text)} has a blank. Type one word, such as USDC.")
    return text


def _whole(unit: str, least: int, most: int) -> Callable[[str, Answers], int]:
    def parse(text: str, answers: Answers) -> int:
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not least <= number <= most:
            raise InvalidInput(f"{quote(text)} isn't a number of {unit} from {least} to {most}. Type plain digits.")
        return number

    return parse


def _amount(least: str | None = None, most: str | None = None) -> Callable[[str, Answers], Decimal]:
    """`least` and `most` are earlier questions whose amounts are bounds."""

    def parse(text: str, answers: Answers) -> Decimal:
        unit, match = answers["currency"], _AMOUNT.fullmatch(text)
        if match is None:
            raise InvalidInput(f"{quote(text)} isn't an amount. Type plain digits, such as 12.50.")
        if match[2] not in (None, unit):
            raise InvalidInput(
                f"{quote(text)} is in {quote(match[2])}; the budget is in {unit}. Type {match[1]} {unit}."
            )
        to_limit(match[1], 6)
        amount = Decimal(match[1])
        if least is not None and amount < answers[least]:
            raise InvalidInput(
                f"{digits(amount)} {unit} is less than {digits(answers[least])} {unit}, the answer to {least}. Type at least that."
            )
        if most is not None and amount > answers[most]:
            raise InvalidInput(
                f"{digits(amount)} {unit} is more than {digits(answers[most])} {unit}, the answer to {most}. Type at most that."
            )
        return amount

    return parse


def _times(factor: int, key: str) -> Callable[[Answers], str]:
    """Returns a default: a multiple of an earlier answer."""
    return lambda answers: digits(factor * answers[key])


def _least(amount: str, key: str) -> Callable[[Answers], str]:
    """Returns a default: an amount, or an earlier answer if that is less."""
    return lambda answers: digits(min(Decimal(amount), answers[key]))


def _payees(text: str, answers: Answers) -> dict[str, str | None]:
    """Returns the name of each payee, or None, by address."""
    found: dict[str, str | None] = {}
    for part in text.split(","):
        match = _PAYEE.fullmatch(part.strip())
        if match is None:
            raise InvalidInput(
                f"{quote(part.strip())} isn't a payee. Type supplier=0x…, or several with commas between."
            )
        address, name = to_address(match["address"]), match["name"]
        if name is not None:
            Names({name: address}, None)
        if address in found or (name is not None and name in found.values()):
            raise InvalidInput(f"{quote(part.strip())} is a payee already. Type each once.")
        if address in (answers["token"], answers["agent_key"]):
            raise InvalidInput(
                f"{address} is the token or the agent's key, which can't be payees. Type another address."
            )
        found[address] = name
    return found


QUESTIONS = (
    Question(
        "principal", "Who answers for the agent?", "Your address, or that of your Safe: 0x and 40 hex digits.", _address
    ),
    Question("agent_key", "Which key does the agent have?", "Its address. The agent keeps the key itself.", _agent_key),
    Question("token", "Which token does it pay with?", "The token's address on this chain.", _address),
    Question("token_name", "How is the token called?", "One word, for this file only.", _name, "USDC"),
    Question(
        "decimals",
        "How many decimals has the token?",
        "6 for USDC. Look it up.",
        _whole("decimals", 0, MAX_BUDGET_DECIMALS),
        "6",
    ),
    Question(
        "currency", "In which currency do the limits count?", "One token counts as one unit of it.", _currency, "USD"
    ),
    Question("per_payment", "How much is one payment at most?", "More needs your approval.", _amount(), "10"),
    Question(
        "per_day",
        "How much are all payments in any 24 hours at most?",
        "At least one payment.",
        _amount("per_payment"),
        _times(2, "per_payment"),
    ),
    Question(
        "ever",
        "How much are all payments ever at most?",
        "Over all mandates of the wallet.",
        _amount("per_day"),
        _times(10, "per_day"),
    ),
    Question(
        "payees",
        "Whom may it pay within these limits?",
        "At least one, such as supplier=0x…, caterer=0x…",
        _payees,
    ),
    Question(
        "strangers_per_payment",
        "How much may one payment to anybody else be?",
        "0: it can't pay anybody else.",
        _amount(most="per_payment"),
        "0",
    ),
    Question(
        "strangers_per_day",
        "How much are all payments to anybody else in any 24 hours at most?",
        "At least one such payment, at most the limit of all payments.",
        _amount("strangers_per_payment", "per_day"),
        _times(1, "strangers_per_payment"),
        "strangers_per_payment",
    ),
    Question(
        "cheques",
        "How many cheques a day may it sign?",
        "Cheques pay APIs without a transaction. The limits reserve what they come to. 0: none.",
        _whole("cheques", 0, MAX_CHEQUES),
        "0",
    ),
    Question(
        "cheque_limit",
        "How much is one cheque at most?",
        "Small amounts.",
        _amount(most="per_payment"),
        _least("0.10", "per_payment"),
        "cheques",
    ),
    Question(
        "requests",
        "How many requests may wait for you at a time?",
        "It asks for what is beyond its limits; nothing moves unless you approve. 0: it can't ask.",
        _whole("requests", 0, MAX_REQUESTS),
        "3",
    ),
    Question(
        "days",
        "For how many days is the mandate valid?",
        "You can grant another one.",
        _whole("days", 1, LONGEST),
        "30",
    ),
)
"""All questions, in order."""


def answers_of(texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns the values of answers by key, with the defaults of those that are missing, for a program.

    Raises `InvalidInput` for an unknown key, for an answer that can't be read, and for one that is missing without a default.
    """
    keys = [each.key for each in QUESTIONS]
    for key in texts:
        if key not in keys:
            likely = get_close_matches(key, keys, 1)
            raise InvalidInput(
                f"{quote(key)} is none of the questions. "
                + (f"Did you mean {likely[0]}?" if likely else f"They are: {', '.join(keys)}.")
            )
    answers: dict[str, Any] = {}
    for question in QUESTIONS:
        if question.is_asked(answers):
            try:
                answers[question.key] = question.read(texts.get(question.key, ""), answers)
            except InvalidInput as error:
                raise InvalidInput(f"{question.key}: {error}") from error
    return answers


def mandate_from(answers: Answers, now: int) -> Answered:
    """Returns the mandate of the answers, valid from `now` (unix seconds), with its names and its text.

    Raises the error of `Mandate.check` if no wallet would take it, such as cheques that come to more than a limit.
    """
    first = answers["strangers_per_payment"]
    budget = Budget(
        currency=answers["currency"],
        payment_limit=answers["per_payment"],
        lifetime_limit=answers["ever"],
        windows=[Window(DAY, answers["per_day"])],
        tokens=[Token(answers["token"], answers["decimals"])],
        payees=list(answers["payees"]),
        stranger_payment_limit=first,
        stranger_window_limit=answers["strangers_per_day"] if first else 0,
    )
    count = answers["cheques"]
    mandate = Mandate(
        principal=answers["principal"],
        agent_key=answers["agent_key"],
        valid_from=now,
        valid_until=now + answers["days"] * 86_400,
        budgets=[budget],
        cheque_books=[ChequeBook(answers["token"], count, answers["cheque_limit"], DAY)] if count else [],
        max_requests=answers["requests"],
        max_request_age=REQUEST_AGE if answers["requests"] else timedelta(0),
    )
    names = {name: address for address, name in answers["payees"].items() if name is not None}
    names[answers["token_name"]] = answers["token"]
    return Answered(mandate, names, dump_mandate(mandate, names))
