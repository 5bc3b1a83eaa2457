"""The errors of the contracts by group."""

from __future__ import annotations

import string
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from peculium.errors.base import PeculiumError
from peculium.errors.money import NATIVE_UNIT, Money, Parts, Unit
from peculium.errors.text import Messages, for_program, snake_case


class ContractError(PeculiumError):
    """A contract reverted. A reverted call changes nothing on the chain.

    Takes the arguments of the Solidity error by name. `template` is the message: `{name:time}` shows unix seconds as a date,
    `{name:duration}` seconds as a length of time, `{name:budget}`, `{name:token}` and `{name:wei}` amounts in whole units if
    their unit is known (`with_units`). `advice` is the next step if the message has only one sentence. `parts` says which
    argument is the amount, the limit and what is left.
    """

    template: ClassVar[str] = "The contract reverted."
    advice: ClassVar[str] = "Ask the principal."
    parts: ClassVar[Parts] = Parts()
    retry_from: ClassVar[str] = ""
    """The argument that says from when the call can succeed (unix seconds), if there is one."""
    transaction: str = ""
    """Hash (0x hex) of the transaction that failed in its block and cost gas; empty if nothing was sent."""
    operation_index: int | None = None
    """Position in its bundle of the user operation whose validation failed; None if it isn't about that."""

    def __init__(self, **arguments: Any) -> None:
        self.arguments = {snake_case(name): value for name, value in arguments.items()}
        super().__init__()

    def __str__(self) -> str:
        return self.filled(self.template)

    def __reduce__(self) -> Any:
        # The constructor takes keyword arguments only; the default of `Exception` passes positional ones.
        return _rebuild, (type(self), self.arguments), dict(self.__dict__)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["arguments"][name]
        except KeyError:
            raise AttributeError(name) from None

    def with_units(self, **units: Unit | None) -> Self:
        """Tells the error its units: `budget` that of the budget, `token` that of the token. Returns the error."""
        self.units = {**self._units(), **{name: unit for name, unit in units.items() if unit is not None}}
        return self

    @property
    def next(self) -> str:
        """The last sentence of the message, or `advice`. Never the words of another contract."""
        first, _, last = self.template.rpartition(". ")
        return self.filled(last) if first and "{reason" not in last else self.advice

    @property
    def money(self) -> Money | None:
        """The amounts in whole units; None if the error has none, or if their unit isn't known."""
        fields = {field: spec for _, field, spec, _ in string.Formatter().parse(self.template) if field and spec}
        found = {}
        for part, name in vars(self.parts).items():
            if name is None:
                continue
            unit, value = self._units().get(fields.get(name, "")), self.arguments.get(name)
            if unit is None or not isinstance(value, int):
                return None
            found[part] = unit.whole(value)
            currency = unit.code or unit.name
        return Money(currency, **found) if found else None

    @property
    def retry_at(self) -> datetime | None:
        """The earliest time at which the same call can succeed (UTC), if that is known."""
        seconds = self.arguments.get(self.retry_from, self.__dict__.get("available_at"))
        last = datetime.max.replace(tzinfo=UTC).timestamp()
        return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and 0 < seconds < last else None

    def with_retry(self, at: int | None) -> Self:
        """Tells the error the earliest time at which the same call can succeed (unix seconds). Returns the error."""
        self.available_at = at
        return self

    def as_dict(self) -> dict[str, Any]:
        """As for every error, and `arguments`: those of the Solidity error in base units (bytes as 0x hex)."""
        return {**super().as_dict(), "arguments": {name: for_program(value) for name, value in self.arguments.items()}}

    def _units(self) -> dict[str, Unit]:
        return self.__dict__.get("units") or {"wei": NATIVE_UNIT}

    def filled(self, template: str) -> str:
        """Fills a template with the arguments of the error, as its own message is."""
        return Messages(self._units()).vformat(template, (), self.arguments)


class UnknownRevert(ContractError):
    """The revert data is no error of the contracts. `reason` is the other contract's text, or the raw data as hex."""

    template = "The call reverted: {reason!q}"
    advice = "Check the arguments and the contract that was called."


class Stopped(ContractError):
    """The agent is paused or revoked, or its principal is dormant."""


class OverLimit(ContractError):
    """The amount is above a limit."""


class NotListed(ContractError):
    """The mandate doesn't list the token, payee or currency."""


class MandateInactive(ContractError):
    """No mandate is in force now."""


class InvalidMandate(ContractError):
    """The mandate can't be installed."""

    advice = "Correct the mandate and sign it again."


class NotAllowed(ContractError):
    """The caller has no right to do this, or the mandate's guard doesn't agree."""

    advice = "Send it from the account that the message names."


class InvalidSignature(ContractError):
    """The signature is wrong, late or already used."""

    advice = "Sign again with the right key."


class RegistryError(ContractError):
    """The registry or the factory rejects the change."""

    advice = "Check the agent in the registry."


class TokenError(ContractError):
    """The token or native transfer failed. The payment was rolled back."""

    advice = "Pay in another token, or ask the principal."


class CallNotAllowed(ContractError):
    """No call rule of the mandate allows the call or one of its arguments."""

    advice = "Read the call rules of the mandate."


class InvalidRequest(ContractError):
    """The payment request can't be made, approved or removed."""

    advice = "Read pending_requests and ask again."


class InvalidAuthorization(ContractError):
    """The EIP-3009 authorization can't be charged or closed."""

    advice = "Make another authorization."


class OperationRejected(ContractError):
    """The wallet, its paymaster or the EntryPoint rejects the user operation."""

    advice = "Build and sign the operation again."


class InvalidCredential(ContractError):
    """The credential can't be issued or isn't valid."""

    advice = "Ask the issuer for a valid credential."


class OtherContractError(ContractError):
    """Any other error of the contracts."""

    advice = "Check the arguments."


def _rebuild(kind: type[ContractError], arguments: dict[str, Any]) -> ContractError:
    return kind(**arguments)
