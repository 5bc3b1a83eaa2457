"""What commands that only read have in common: no account is unlocked for them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import click

from peculium.errors import InvalidInput, digits

if TYPE_CHECKING:
    from peculium.cli.caller import Caller
    from peculium.explain import WorstCase
    from peculium.principal import Principal
    from peculium.wallet import AgentWallet

_Command = TypeVar("_Command", bound=Callable[..., Any])


def principal_option(function: _Command) -> _Command:
    """Adds the option that names the principal whose agents are read."""
    help = "Whose agents. Default: the account's, or the Safe's, of the profile."
    return click.option("--principal", metavar="ADDRESS|NAME", help=help)(function)


def reader_of(caller: Caller, principal: str | None) -> Principal:
    """Returns the principal for reading: the named one, or that of the profile. Nothing can be signed with it."""
    from peculium.accounts import ExternalSigner
    from peculium.principal import Principal

    address = caller.address(principal) if principal else caller.principal_address
    return Principal(ExternalSigner(address, _cannot_sign), caller.network, names=caller.profile.names)


def wallet_of(caller: Caller, wallet: str) -> AgentWallet:
    """Returns the wallet at an address, or with a name of the profile."""
    from peculium.wallet import AgentWallet

    return AgentWallet(caller.network.web3, caller.address(wallet))


def short(address: str) -> str:
    """Returns an address for a table: its first and last digits. Commands don't take it."""
    return f"{address[:6]}…{address[-4:]}"


def label(caller: Caller, address: str) -> str:
    """Returns the name of an address in the profile, or its first and last digits."""
    name = caller.name_of(address)
    return short(address) if name == address else name


def money(amount: Decimal | None, currency: str) -> str:
    """Returns an amount for a table, rounded up to cents: what can be taken at most must not look smaller than it is."""
    if amount is None:
        return "no end"
    return f"{digits(amount.quantize(Decimal('0.01'), ROUND_UP))} {currency}"


def bound(worst: tuple[WorstCase, ...], column: str) -> str:
    """Returns one of the three amounts of a worst case, a line for each currency; gas isn't shown."""
    lines = [money(getattr(each, column), each.currency) for each in worst if not each.gas]
    return "\n".join(lines) or "0"


def _cannot_sign(data: dict[str, Any]) -> bytes:
    raise InvalidInput("This command only reads, so it can't sign.")
