"""`peculium withdraw`: money from a wallet to its principal."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import click

from peculium.cli.answer import Answer
from peculium.cli.caller import Caller
from peculium.cli.command import command
from peculium.cli.exits import Exit, exit_of
from peculium.cli.stops import seen, sent
from peculium.cli.values import whole
from peculium.errors import InvalidInput, OutcomeUnknown, PeculiumError, SignaturesMissing, digits

if TYPE_CHECKING:
    from peculium.lookup import Lookup
    from peculium.wallet import AgentWallet


@command(sends=True)
@click.argument("wallet")
@click.argument("token", required=False)
@click.argument("amount", required=False)
@click.option(
    "--all", "everything", is_flag=True, help="The whole balance; without TOKEN, of every token of the mandate."
)
@click.option("--to", metavar="ADDRESS", help="Who gets it. Default: you.")
def withdraw(
    caller: Caller, wallet: str, token: str | None, amount: str | None, everything: bool, to: str | None
) -> Answer:
    """Withdraw money from a wallet.

    The mandate doesn't limit it. TOKEN is a symbol of the mandate, native, or an address; AMOUNT is in whole tokens, such as 50
    or "50 USDC".
    """
    if everything == (amount is not None) or (token is None and not everything):
        raise InvalidInput(
            f"Say which token and how much, such as: peculium withdraw {wallet} USDC 50. Or --all instead of the amount."
        )
    address = caller.address(wallet)
    receiver = caller.address(to) if to else caller.principal.address
    bound = caller.principal.wallet(address)
    lookup = caller.principal.lookup(bound)
    parts = (
        _everything(caller, bound, lookup, token)
        if amount is None
        else [_amount(caller, bound, lookup, str(token), amount)]
    )
    if not parts:
        return Answer([], [f"{caller.name_of(address)} holds none of it. Nothing to withdraw."])
    listed = ", ".join(_money(lookup, *each) for each in parts)
    caller.confirm(f"This withdraws {listed} from {caller.name_of(address)} to {caller.described(receiver)}.")
    answers: list[Answer] = []
    for each, value in parts:
        _add(answers, caller, address, each, None if everything else value, receiver, lookup, len(parts) == 1)
    worst = next((each.exit for each in answers if each.exit), Exit.OK)
    return Answer([each.result for each in answers], [line for each in answers for line in each.show], exit=worst)


def _add(
    answers: list[Answer],
    caller: Caller,
    wallet: str,
    token: str,
    amount: Decimal | None,
    receiver: str,
    lookup: Lookup,
    alone: bool,
) -> None:
    try:
        answers.append(_withdraw(caller, wallet, token, amount, receiver, lookup))
    except PeculiumError as error:
        if alone or isinstance(error, SignaturesMissing | OutcomeUnknown):
            for line in (line for each in answers for line in each.show):
                error.add_note(str(line))
            raise
        # Of several tokens, one that refuses, such as a frozen one, doesn't keep the others.
        failed = {"wallet": wallet, "token": token, "error": error.as_dict()}
        answers.append(Answer(failed, [f"Not withdrawn: {lookup.described(token)}. {error}"], exit=exit_of(error)))


def _everything(caller: Caller, wallet: AgentWallet, lookup: Lookup, token: str | None) -> list[tuple[str, Decimal]]:
    # What there is, of one token or of all: address and balance (whole tokens).
    tokens = [lookup.token(token)] if token else _tokens(wallet)
    there = [(each, caller.principal.balance(wallet.address, each)) for each in tokens]
    return [(each, balance) for each, balance in there if balance]


def _amount(caller: Caller, wallet: AgentWallet, lookup: Lookup, token: str, amount: str) -> tuple[str, Decimal]:
    found = lookup.token(token)
    wanted = whole(amount, lookup.symbol(found), wallet.token_decimals(found))
    balance = caller.principal.balance(wallet.address, found)
    if wanted > balance:
        raise InvalidInput(
            f"{caller.name_of(wallet.address)} holds {_money(lookup, found, balance)}, less than {digits(wanted)}. Withdraw less, or "
            "--all."
        )
    return found, wanted


def _withdraw(caller: Caller, wallet: str, token: str, amount: Decimal | None, receiver: str, lookup: Lookup) -> Answer:
    with caller.sending("Waiting for the block") as timer:
        if amount is None:
            done = caller.principal.withdraw_all(wallet, token, receiver)
        else:
            done = caller.principal.withdraw(wallet, token, amount, receiver)
        left = caller.principal.balance(wallet, token)
        seconds = timer.seconds()
    text = f"Withdrawn: {_money(lookup, token, done.amount)} to {caller.name_of(done.to)}. {digits(left)} is left in the wallet."
    result = {**done.as_dict(), "left": digits(left), **sent(done.receipt, seconds)}
    return Answer(result, [f"{text} {seen(done.receipt, seconds)}"])


def _tokens(wallet: AgentWallet) -> list[str]:
    from peculium.mandate import NATIVE

    listed = []
    if any(wallet.last_mandate_hash):
        listed = [token.address for budget in wallet.last_mandate().budgets for token in budget.tokens]
    return list(dict.fromkeys([*listed, NATIVE]))


def _money(lookup: Lookup, token: str, amount: Decimal) -> str:
    return f"{digits(amount)} {lookup.described(token)}"
