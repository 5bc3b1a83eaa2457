"""Exceptions: every refusal of this package and of the contracts.

PeculiumError
├── InvalidInput (ValueError)      An argument is malformed. Nothing was sent.
├── ChainUnavailable               The node doesn't answer, or serves another chain, or lacks a contract.
│   ├── NodeUnreachable            No usable answer came from the node.
│   ├── NodeRefused                The node rejects the request, for example because of its rate limit.
│   ├── WrongChain                 The node serves another chain.
│   ├── NoContractHere             The address has no code on this chain.
│   ├── ChainTooOld                The chain's EVM lacks instructions that the contracts use.
│   └── LogRangeRefused            The node refuses to search so many blocks for events.
├── NotEnoughGas                   The account can't pay for the transaction's gas. Nothing was sent.
├── NonceTaken                     Another transaction has taken the nonce. This one can't happen any more.
├── OutcomeUnknown                 Something was sent, and whether a block includes it isn't known. Don't send it again.
│   └── NotIncluded                It was sent, and no block includes it yet.
├── EventMissing                   A transaction succeeded without the event that it should have.
├── WorthlessSignature             What was to be signed or charged couldn't be settled by anybody.
│   ├── WrongDomain                The EIP-712 domain isn't the token's.
│   ├── ContractSignaturesRefused  The token takes authorizations (EIP-3009) of keys only.
│   └── InvalidCheque              The wallet doesn't take the cheque.
├── BundlerError                   A bundler rejected a user operation for a reason of its own.
└── ContractError                  A contract reverted.
    ├── Stopped                    The agent is paused or revoked, or its principal is dormant.
    ├── OverLimit                  The amount is above a limit.
    ├── NotListed                  The mandate doesn't list the token, payee or currency.
    ├── MandateInactive            No mandate is in force now.
    ├── InvalidMandate             The mandate can't be installed.
    ├── NotAllowed                 The caller has no right to do this, or the mandate's guard doesn't agree.
    ├── InvalidSignature           The signature is wrong, late or already used.
    ├── RegistryError              The registry or the factory rejects the change.
    ├── TokenError                 The token or native transfer failed. The payment was rolled back.
    │   ├── NotEnoughMoney         The wallet holds too little of the token.
    │   ├── TokenFrozen            The token's issuer has frozen the wallet or the payee.
    │   └── TokenPaused            The token is paused for everybody.
    ├── CallNotAllowed             No call rule of the mandate allows the call or one of its arguments.
    ├── InvalidRequest             The payment request can't be made, approved or removed.
    ├── InvalidAuthorization       The EIP-3009 authorization can't be charged or closed.
    ├── OperationRejected          The wallet, its paymaster or the EntryPoint rejects the user operation.
    ├── InvalidCredential          The credential can't be issued or isn't valid.
    ├── OtherContractError         Any other error of the contracts.
    └── UnknownRevert              The revert data is no error of the contracts.

Each error of the contracts has a class of the same name. The error's arguments are attributes in snake_case. Amounts are
integers in base units (of the token or of the budget), times are unix seconds, lengths of time are seconds.

`str(error)` says what happened, the value, the bound and the next step; amounts are whole units if their unit is known.
`error.as_dict()` gives the same to a program. Words of other contracts, nodes and bundlers are quoted: don't act on them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, ClassVar, Self


@dataclass(frozen=True)
class Unit:
    """The unit in which a contract counts."""

    decimals: int
    name: str | None
    """Name of the currency, or symbol of the token, as messages have it after an amount; None if it isn't known."""
    code: str | None = None
    """What programs get instead of `name`, if it is something else."""

    def whole(self, amount: int) -> Decimal:
        """Converts base units to whole units. Never rounds."""
        return Decimal(amount).scaleb(-self.decimals, Context(prec=200))

    def show(self, amount: int) -> str:
        """Shows base units as whole units with the unit's name."""
        return digits(self.whole(amount)) + (f" {self.name}" if self.name else "")


@dataclass(frozen=True)
class Money:
    """The amounts that an error is about (whole units of `currency`); None for what isn't known or doesn't apply."""

    currency: str | None = None
    """Name of the currency, or symbol of the token; "native" for the native currency."""
    amount: Decimal | None = None
    """What was asked for."""
    limit: Decimal | None = None
    """The most that is allowed."""
    left: Decimal | None = None
    """What is left of a limit or a balance."""


@dataclass(frozen=True)
class Parts:
    """Which arguments of a contract's error are the amount, the limit and what is left of it."""

    amount: str | None = None
    limit: str | None = None
    left: str | None = None


class PeculiumError(Exception):
    """Base class of everything that this package raises on purpose.

    `retryable` says whether the same call can succeed later, without anything that somebody would have to change first
    except for lifting a stop.
    """

    retryable: bool = False

    @property
    def retry_at(self) -> datetime | None:
        """The earliest time at which the same call can succeed (UTC), if that is known."""
        return None

    @property
    def money(self) -> Money | None:
        """The amounts that the error is about, if it is about money."""
        return None

    @property
    def next(self) -> str:
        """The next step, in one sentence."""
        return str(self)

    def as_dict(self) -> dict[str, Any]:
        """Returns the error for a program, with the same keys for every error.

        `code` is the class name. `amount`, `limit` and `left` are whole units of `currency`, as text. `retry_at` is a time in
        UTC (ISO 8601). What isn't known is None.
        """
        money = self.money or Money()
        return {
            "code": type(self).__name__,
            "message": str(self),
            "amount": None if money.amount is None else digits(money.amount),
            "limit": None if money.limit is None else digits(money.limit),
            "left": None if money.left is None else digits(money.left),
            "currency": money.currency,
            "retryable": self.retryable,
            "retry_at": self.retry_at.isoformat() if self.retry_at else None,
            "next": self.next,
        }


class InvalidInput(PeculiumError, ValueError):
    """An argument is malformed. Nothing was sent; the message says what to pass instead."""


class ChainUnavailable(PeculiumError):
    """The node doesn't answer, serves another chain, or lacks a contract."""

    retryable = True


class NodeUnreachable(ChainUnavailable):
    """No usable answer came from the node: no connection, a timeout, an error of its gateway, or no JSON."""


class NodeRefused(ChainUnavailable):
    """The node rejects the request.

    `code` is the JSON-RPC error code or the HTTP status, `reason` the node's text, `data` what came with it. `transient`
    is true if the same request can succeed later, as with a rate limit.
    """

    def __init__(
        self, message: str, code: int = 0, reason: str = "", data: Any = None, *, transient: bool = False
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.data, self.transient = code, reason, data, transient
        self.retryable = transient


class WrongChain(ChainUnavailable):
    """The node serves another chain than the one that was expected. Nothing was sent."""

    retryable = False


class NoContractHere(ChainUnavailable):
    """The address has no code on this chain. A transaction to it would succeed and do nothing, so none was sent."""

    retryable = False


class ChainTooOld(ChainUnavailable):
    """The chain's EVM lacks instructions that the contracts use. Nothing was sent."""

    retryable = False


class LogRangeRefused(ChainUnavailable):
    """The node refuses to search so many blocks for events."""

    retryable = False


class NotEnoughGas(PeculiumError):
    """The account can't pay for the transaction's gas and value. Nothing was sent.

    `account` is its address, `available` and `needed` are in wei.
    """

    def __init__(self, message: str, account: str = "", available: int = 0, needed: int = 0) -> None:
        super().__init__(message)
        self.account, self.available, self.needed = account, available, needed

    @property
    def money(self) -> Money:
        """What is needed and what there is, in whole units of the native currency."""
        return Money("native", NATIVE_UNIT.whole(self.needed), left=NATIVE_UNIT.whole(self.available))


class NonceTaken(PeculiumError):
    """Another transaction of the account has taken the nonce, so this one can't happen any more.

    `hash` is this transaction, `other` the one that a block includes (0x hex).
    """

    def __init__(
        self, message: str, hash: str = "", other: str = "", sender: str = "", nonce: int | None = None
    ) -> None:
        super().__init__(message)
        self.hash, self.other, self.sender, self.nonce = hash, other, sender, nonce


class OutcomeUnknown(PeculiumError):
    """A transaction or user operation was sent, and whether a block includes it isn't known. Don't send it again.

    `hash` identifies it (0x hex), `hashes` are all versions of it that were sent with other fees. `sender` and `nonce`
    are those of the transaction. `wait` asks again; `peculium.outcome_of` does so from another process.
    """

    def __init__(
        self,
        message: str,
        hash: str = "",
        sender: str = "",
        nonce: int | None = None,
        hashes: Sequence[str] = (),
        wait: Callable[[float], Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.hash, self.sender, self.nonce, self.hashes = hash, sender, nonce, tuple(hashes) or (hash,)
        self._wait = wait

    def ask_with(self, wait: Callable[[float], Any]) -> None:
        """Sets what `wait` calls."""
        self._wait = wait

    def __reduce__(self) -> Any:
        # A connection can't be pickled; `peculium.outcome_of` takes its place.
        return type(self), (str(self), self.hash, self.sender, self.nonce, self.hashes)

    def wait(self, timeout: float = 120) -> Any:
        """Waits up to `timeout` seconds for the outcome and returns the receipt. Raises as the method that sent it does."""
        if self._wait is None:
            raise InvalidInput(
                f"This copy of the exception has no connection. Ask peculium.outcome_of for {self.hash}."
            )
        return self._wait(timeout)


class NotIncluded(OutcomeUnknown):
    """A transaction or user operation was sent, but no block includes it yet. It may still be included later."""


class EventMissing(PeculiumError):
    """A transaction succeeded without the event that it should have. `hash` is the transaction (0x hex)."""

    def __init__(self, message: str, hash: str = "") -> None:
        super().__init__(message)
        self.hash = hash


class BundlerError(PeculiumError):
    """A bundler rejected a user operation for a reason of its own. Nothing was sent to the chain.

    `code` is the JSON-RPC error code (ERC-7769); `reason` is the bundler's text.
    """

    def __init__(self, code: int, reason: str) -> None:
        advice = BUNDLER_CODES.get(code, UNKNOWN_CODE)
        super().__init__(f"The bundler rejected the operation: {quote(reason)}. {advice}")
        self.code, self.reason = code, reason

    @property
    def next(self) -> str:
        """What to do about the bundler's code."""
        return BUNDLER_CODES.get(self.code, UNKNOWN_CODE)

    def __reduce__(self) -> Any:
        return type(self), (self.code, self.reason)


class WorthlessSignature(PeculiumError):
    """What was to be signed or charged couldn't be settled by anybody. Nothing was handed out, sent or charged."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}")
        self._parts = message, advice

    def __reduce__(self) -> Any:
        return type(self), self._parts

    @property
    def next(self) -> str:
        """The next step."""
        return self._parts[1]


class WrongDomain(WorthlessSignature):
    """The EIP-712 domain isn't the token's. `domain` is the token's, if it is known."""

    def __init__(self, message: str, advice: str, domain: Any = None) -> None:
        super().__init__(message, advice)
        self.domain = domain

    def __reduce__(self) -> Any:
        return type(self), (*self._parts, self.domain)


class ContractSignaturesRefused(WorthlessSignature):
    """The token doesn't take a wallet's signature for an authorization (EIP-3009), only those of keys."""


class InvalidCheque(WorthlessSignature):
    """The wallet doesn't take the cheque."""


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
        return _Messages(self._units()).vformat(template, (), self.arguments)


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


class AgentIsRevoked(Stopped):
    template = "{principal} revoked the agent with wallet {wallet} permanently. Create a new wallet with a new mandate."


class AgentIsPaused(Stopped):
    template = "The agent with wallet {wallet} is paused. Ask its principal {principal} to unpause it."
    retryable = True


class EpochEnded(Stopped):
    template = (
        "{principal} revoked all its agents: the wallet was created in epoch {epoch}, the current epoch is "
        "{current_epoch}. Create a new wallet with a new mandate."
    )


class PrincipalIsPaused(Stopped):
    template = "{principal} has paused all its agents. Ask it to call unpause_all."
    retryable = True


class PrincipalIsDormant(Stopped):
    template = (
        "{principal} has been dormant since {dormant_since:time}, when its heartbeat was due (now: {timestamp:time}). "
        "Its agents can act again after it calls check_in."
    )
    retryable = True


class AgentStopped(Stopped):
    template = (
        "The principal {principal} has stopped the agent of wallet {wallet}. The operation was rejected and cost nothing. "
        "After the principal has lifted a stop of all its agents, call RevocationSwitch.sync for the wallet."
    )
    retryable = True


class PaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; the limit per payment is {limit:budget}. Pay less, or ask the principal."
    )
    parts = Parts(amount="charge", limit="limit")


class WindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge:budget}; {remaining:budget} remains in the rolling window of {length:duration}. "
        "Wait until more is available, or ask the principal."
    )
    parts = Parts(amount="charge", left="remaining")
    retryable = True


class StrangerWindowLimitExceeded(OverLimit):
    template = (
        "The charge is {charge:budget}; {remaining:budget} remains for strangers in their rolling window of {length:duration}. "
        "Wait until more is available, or ask the principal to list the payee."
    )
    parts = Parts(amount="charge", left="remaining")
    retryable = True


class LifetimeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; {remaining:budget} remains of the lifetime limit. "
        "Ask the principal for a new mandate."
    )
    parts = Parts(amount="charge", left="remaining")


class StrangerPaymentLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; the limit per payment to a stranger is {limit:budget}. "
        "Pay less, or ask the principal to list the payee."
    )
    parts = Parts(amount="charge", limit="limit")


class PayeeLimitExceeded(OverLimit):
    template = (
        "The payment charges {charge:budget}; {remaining:budget} remains of the lifetime limit of the payee {payee}. "
        "Pay less, or ask the principal."
    )
    parts = Parts(amount="charge", left="remaining")


class AmountTooLarge(OverLimit):
    template = "The amount is {amount:token}; the wallet counts at most {maximum:token}. Check the token's decimals."
    parts = Parts(amount="amount", limit="maximum")


class InvalidBatchSize(OverLimit):
    template = "The batch has {size} payments; it must have 1 to {maximum}. Add a payment, or split the batch."


class ZeroAmount(OverLimit):
    template = "The amount is zero. Pass an amount above zero."


class OperationCostExceeded(OverLimit):
    template = (
        "The operation can cost up to {cost:wei}; the limit per operation is {limit:wei}. Lower its gas limits or fees, "
        "use a paymaster, or ask the principal for other gas terms."
    )
    parts = Parts(amount="cost", limit="limit")


class TokenNotListed(NotListed):
    template = "The mandate doesn't list the token {token}. Pay in a listed token, or ask the principal to list it."


class PayeeNotListed(NotListed):
    template = "The budget of the token {token} doesn't list the payee {payee}. Ask the principal to list it."


class PayeeExpired(NotListed):
    template = "The payee {payee} expired at {valid_until:time} (now: {timestamp:time}). Ask the principal."


class CurrencyNotBudgeted(NotListed):
    template = "The mandate has no budget in {currency}. Use a currency of the mandate's budgets."


class NoMandate(MandateInactive):
    template = "No mandate is in force for the wallet. Ask the principal to install one."


class MandateNotYetValid(MandateInactive):
    template = "The mandate begins at {valid_from:time} (now: {timestamp:time}). Try again then."
    retryable = True
    retry_from = "valid_from"


class MandateExpired(MandateInactive):
    template = (
        "The mandate ended at {valid_until:time} (now: {timestamp:time}). Ask the principal to install a new one."
    )


class MandateChanged(MandateInactive):
    template = (
        "The principal changed the mandate during the action, so the action was rolled back. "
        "Read the new mandate and try again."
    )
    retryable = True


class MandateNotInForce(MandateInactive):
    template = "The wallet {wallet} doesn't enforce the mandate {mandate_hash}. Install it in the wallet first."


class PrincipalMismatch(InvalidMandate):
    template = "The mandate names the principal {given}; the wallet's principal is {expected}. Sign for that principal."


class EpochMismatch(InvalidMandate):
    template = (
        "The signed epoch is {given}; it must be {expected}. Read the principal's epoch from the switch and sign again."
    )


class InvalidAgentKey(InvalidMandate):
    template = (
        "The agent key {agent_key} is invalid: it must not be zero, the principal or the wallet. "
        "Use a key that only the agent has."
    )


class ValidityInverted(InvalidMandate):
    template = (
        "The mandate would begin at {valid_from:time} and end at {valid_until:time}. It must end after it begins."
    )


class ValidityPast(InvalidMandate):
    template = "The mandate ended at {valid_until:time} (now: {timestamp:time}). Choose a later end."


class RoundEnded(InvalidMandate):
    template = (
        "The mandate is for round {given}; the current round is {expected}. Another mandate was installed, or the principal "
        "ended the round. Sign again with AgentWallet.round."
    )


class GuardBesideChequeBook(InvalidMandate):
    template = "The mandate has the guard {guard} and a cheque book, but nobody asks a guard about cheques. Leave out one of them."


class ReservedForGuards(CallNotAllowed):
    template = (
        "The call uses {selector} of {target}, a function with which a wallet asks its guard (onCharge) or reports to it "
        "(onClose). A wallet makes these calls by itself only: leave the call out."
    )


class GuardIsToken(InvalidMandate):
    template = "The guard {guard} is a token of the mandate or of a floor. Name another guard."


class InvalidBudgetCount(InvalidMandate):
    template = "The mandate has {count} budgets; it must have 1 to {maximum}."


class InvalidTokenCount(InvalidMandate):
    template = "The budget in {currency} lists {count} tokens; it must list 1 to {maximum}."


class InvalidWindowCount(InvalidMandate):
    template = "The budget in {currency} has {count} rolling windows; it must have 1 to {maximum}."


class WindowsNotAscending(InvalidMandate):
    template = (
        "The budget in {currency} lists a window of {length} seconds after one of {previous} seconds. "
        "List each length once, shortest first."
    )


class InvalidPayeeCount(InvalidMandate):
    template = (
        "The payees of the budget in {currency} are invalid (payees of the mandate up to this budget: {count}). List at "
        "least one payee, allow strangers, or give the mandate call rules; a mandate has at most {maximum} payees."
    )


class StrangerLimitsContradict(InvalidMandate):
    template = (
        "The strangers' limits in {currency} contradict each other: {payment_limit:budget} per payment, {window_limit:budget} "
        "in the first window. Set both to zero, or both above zero."
    )


class InvalidCurrency(InvalidMandate):
    template = "The currency name {currency!x} is invalid: it must have 1 to 12 characters of A-Z and 0-9."


class CurrencyTwice(InvalidMandate):
    template = "Two budgets are in {currency}. Merge their tokens into one budget."


class InvalidBudgetDecimals(InvalidMandate):
    template = "The budget in {currency} has {decimals} decimals; the maximum is {maximum}."


class BudgetDecimalsChanged(InvalidMandate):
    template = (
        "The budget in {currency} has {given} decimals; this wallet has always counted the currency with {expected}. "
        "Use {expected}."
    )


class LimitsContradict(InvalidMandate):
    template = (
        "The limits in {currency} contradict each other: {smaller:budget} must be at most {larger:budget}. "
        "Limits grow from payment to window to lifetime, and the strangers' are within those of all payees."
    )
    parts = Parts(amount="smaller", limit="larger")


class SpentMoreThanSeen(InvalidMandate):
    template = (
        "{spent:budget} has been spent in {currency}; the mandate accepts at most {seen:budget}. "
        "Review the spending and sign again."
    )
    parts = Parts(amount="spent", limit="seen")


class InvalidWindowLength(InvalidMandate):
    template = (
        "A window in {currency} has {length} seconds; it must have a multiple of 8 from {minimum} to {maximum} seconds."
    )


class TokenHasNoCode(InvalidMandate):
    template = "The token address {token} has no code. Check the address and the chain."


class TokenTwice(InvalidMandate):
    template = "The token {token} is listed twice. List it in one budget only."


class TokenDecimalsUnreadable(InvalidMandate):
    template = "The token {token} doesn't report its decimals, so it can't be listed."


class TokenDecimalsMismatch(InvalidMandate):
    template = "The mandate says that the token {token} has {given} decimals; it has {actual}. Use {actual}."


class InvalidScale(InvalidMandate):
    template = (
        "The token {token} has {token_decimals} decimals and its budget {budget_decimals}; they may differ by at most 18. "
        "Choose other decimals for the budget."
    )


class PayeesNotAscending(InvalidMandate):
    template = "The payee {payee} is listed after {previous}. List payees in ascending order, each once."


class PayeeRefused(InvalidMandate):
    template = (
        "{payee} can't be a payee: it is zero, the wallet, a listed token, or a contract of the suite. Remove it."
    )


class PayeeTwice(InvalidMandate):
    template = "The payee {payee} is listed both with and without terms of its own. Choose one."


class PayeeNeverValid(InvalidMandate):
    template = (
        "The terms of the payee {payee} end at {valid_until:time}; the mandate begins at {valid_from:time}. "
        "Choose a later end."
    )


class InvalidCallCount(InvalidMandate):
    template = "The mandate has {count} call rules; the maximum is {maximum}."


class CallsNotAscending(InvalidMandate):
    template = (
        "Variant {variant} of the call rule on {target} {selector} is out of order or listed twice. "
        "List call rules by target, selector and variant, each once."
    )


class TargetRefused(InvalidMandate):
    template = (
        "{target} can't be a call target: it has no code, or is a listed token, the wallet, a contract of the suite, or a "
        "contract that acts for any caller. Remove the rule."
    )


class InvalidSelector(InvalidMandate):
    template = "The call rule on {target} has the selector {selector}, which names no function."


class InvalidArgumentCount(InvalidMandate):
    template = "The call rule on {target} {selector} has {count} arguments; the maximum is {maximum}."


class InvalidArgumentValues(InvalidMandate):
    template = (
        "Argument {index} of the call rule on {target} {selector} has {count} values. "
        "equal, at_most and at_least take one value, one_of and tail_in take 1 to 32, the other kinds take none."
    )


class NativeNotBudgeted(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the agent send native currency, but no budget lists it. "
        "List NATIVE in a budget, or set value_limit to zero."
    )


class InvalidCallToken(InvalidMandate):
    template = (
        "The call rule on {target} {selector} names the token {token}, which no budget lists. Name a token of a budget."
    )


class NativeNotPullable(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the target pull the native currency, which has no approvals. "
        "Set pull_limit to zero, and value_limit to what a call may send."
    )


class InvalidMaxCalls(InvalidMandate):
    template = "The call rule on {target} {selector} allows no call: max_calls is zero. Set it to at least 1."


class InvalidCallWindow(InvalidMandate):
    template = (
        "The window of the call rule on {target} {selector} has {length} seconds; it must have a multiple of 8 from "
        "{minimum} to {maximum} seconds."
    )


class VariantsDiffer(InvalidMandate):
    template = (
        "Variant {variant} of the call rule on {target} {selector} differs from the variant before in max_calls or window. "
        "All variants of a function share one count of calls; give them the same."
    )


class ChargedTwice(InvalidMandate):
    template = (
        "The call rule on {target} {selector} could charge the same spending twice. Use one charged argument, and none "
        "beside a pull_limit, or beside a value_limit if the rule's token is the native currency."
    )


class FloorIncomplete(InvalidMandate):
    template = (
        "The floor of the call rule on {target} {selector} is {gain} / {per} (base units); one of them is zero. "
        "Set both above zero, or leave the floor out."
    )


class GainTokenWithoutFloor(InvalidMandate):
    template = (
        "The call rule on {target} {selector} names the token {gain_token} to gain, but no floor. "
        "Set both numbers of the floor above zero, or leave it out."
    )


class FloorInOwnToken(InvalidMandate):
    template = (
        "The floor of the call rule on {target} {selector} is in {token}, the token that the call charges. "
        "Name another token to gain."
    )


class ValueBesideFloor(InvalidMandate):
    template = (
        "The call rule on {target} {selector} lets the agent send native currency, which its floor would not count. "
        "Set value_limit to zero, or make the native currency the rule's token."
    )


class FloorWithoutCharge(InvalidMandate):
    template = (
        "The call rule on {target} {selector} has a floor but can charge nothing of its token. "
        "Set pull_limit, use a charged argument, or leave the floor out."
    )


class GainTokenUnreadable(InvalidMandate):
    template = "The token {token} of a floor doesn't report a balance, so it can't be gained. Name another token."


class InvalidTail(InvalidMandate):
    template = (
        "Argument {index} of the call rule on {target} {selector} can't be a tail. A tail must be the last argument, "
        "and no any_bytes or any_words may precede it."
    )


class InvalidChequeToken(InvalidMandate):
    template = (
        "A cheque book can't use the token {token}: no budget lists it, or it is the native currency. "
        "Use an ERC-20 token of a budget."
    )


class ChequeBookTwice(InvalidMandate):
    template = "The budget in {currency} has two cheque books; the maximum is one."


class InvalidChequeCount(InvalidMandate):
    template = "The cheque book in {token} has {count} cheques in a period; it must have 1 to {maximum}."


class InvalidChequePeriod(InvalidMandate):
    template = (
        "The cheque book in {token} has a period of {period} seconds; it must have {minimum} to {maximum} seconds."
    )


class InvalidChequeLimit(InvalidMandate):
    template = (
        "The limit of a cheque in {token} is {limit:budget}; it must be above zero and at most {payment_limit:budget}, the limit "
        "per payment, or per payment to a stranger if cheques may pay strangers."
    )
    parts = Parts(amount="limit", limit="payment_limit")


class ChequesExceedLimit(InvalidMandate):
    template = (
        "All cheques in {token} can add up to {reserve:budget}; the limit that covers them is {limit:budget}. "
        "Allow fewer or smaller cheques, or raise the limit."
    )
    parts = Parts(amount="reserve", limit="limit")


class RequestTermsContradict(InvalidMandate):
    template = (
        "The mandate allows {max_requests} pending requests for {max_request_age} seconds. "
        "Set both to zero, or both above zero."
    )


class MandateTooLarge(InvalidMandate):
    template = (
        "The mandate takes {size} bytes; at most {maximum} fit into a contract's code. List fewer payees or call rules."
    )


class GasTermsContradict(InvalidMandate):
    template = (
        "The gas terms contradict each other: {operation_limit:wei} per operation, {window_limit:wei} in {window:duration}. "
        "Set all to zero or all above zero, and the first at most to the second."
    )


class InvalidGasWindow(InvalidMandate):
    template = (
        "The window of the gas terms has {length} seconds; it must have a multiple of 8 from {minimum} to {maximum} "
        "seconds."
    )


class GuardRefused(NotAllowed):
    """The mandate's guard doesn't agree to the mandate or to a payment.

    `refusal` is what the guard reverted with or returned: an exception of this module if it is an error of the contracts.
    """

    template = "The guard {guard} refuses."

    def __init__(self, refusal: ContractError | None = None, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.refusal = refusal
        self.retryable = refusal is not None and refusal.retryable

    def __str__(self) -> str:
        if self.refusal is None:
            return super().__str__()
        text = GUARD_LIMITS.get(type(self.refusal).__name__)
        return f"{super().__str__()} {self.refusal.filled(text) if text else self.refusal}"

    @property
    def next(self) -> str:
        """That of `refusal`, if there is one."""
        return self.refusal.next if self.refusal else "Ask the principal."

    def with_units(self, **units: Unit | None) -> Self:
        """As for every error; `refusal` counts in the same units."""
        if self.refusal is not None:
            self.refusal.with_units(**units)
        return super().with_units(**units)

    def as_dict(self) -> dict[str, Any]:
        """As for every error, and `refusal`."""
        return {**super().as_dict(), "refusal": self.refusal.as_dict() if self.refusal else None}


class NotEntryPoint(NotAllowed):
    template = "Only the EntryPoint {entry_point} can call this, not {caller}."


class NotPrincipal(NotAllowed):
    template = "Only the principal {principal} can do this, not {caller}."


class NotPendingPrincipal(NotAllowed):
    template = "The wallet is offered to {pending_principal}, not to {caller}."


class NotAgentKey(NotAllowed):
    template = "Only the agent key {agent_key} can do this, not {caller}."


class NotFactory(NotAllowed):
    template = "Only the factory {factory} can do this, not {caller}."


class NotRegistry(NotAllowed):
    template = "Only the registry {registry} can do this, not {caller}."


class NotPrincipalOrGuardian(NotAllowed):
    template = "{account} is neither the principal {principal} nor one of its guardians."


class NotAuthorized(NotAllowed):
    template = "{caller} is neither the owner of agent {agent_id} nor approved for it."


class NotOwner(NotAllowed):
    template = "{owner} owns agent {agent_id}, not {caller}."


class NotIssuer(NotAllowed):
    template = "Only the issuer {issuer} can do this, not {caller}."


class NotAgentKeyOrPrincipal(NotAllowed):
    template = "Only the agent key {agent_key} or the principal {principal} can do this, not {caller}."


class NotRelayer(NotAllowed):
    template = "Only the relayer {relayer} can relay this action, not {caller}."


class BadAgentSignature(InvalidSignature):
    template = (
        "The agent key {agent_key} didn't sign the digest {digest}. Sign it with that key, for the mandate in force."
    )


class FeeNeedsRelayer(InvalidSignature):
    template = "The action offers a fee of {fee:token} but names no relayer. Name the relayer."


class NotAnAction(InvalidSignature):
    template = "{selector} isn't the selector of an agent action, so it can't be relayed."


class BadPrincipalSignature(InvalidSignature):
    template = "The principal {principal} didn't sign the digest {digest}. Sign it with the principal's key."


class BadMandateSignature(InvalidSignature):
    template = "{signer} didn't sign this mandate (digest {digest}). Sign it for this wallet and chain."


class BadAcceptanceSignature(InvalidSignature):
    template = "{principal} didn't sign this acceptance of liability (digest {digest}). Sign it with that key."


class BadWalletSignature(InvalidSignature):
    template = "The wallet {wallet} didn't sign that it belongs to this agent (digest {digest})."


class BadOrderSignature(InvalidSignature):
    template = "{signer} didn't sign this order (digest {digest})."


class DeadlinePassed(InvalidSignature):
    template = "The deadline {deadline:time} has passed (now: {timestamp:time}). Sign again with a later deadline."


class DeadlineTooFar(InvalidSignature):
    template = "The deadline {deadline:time} is too late; the latest is {latest:time}. Sign again."


class NonceSpent(InvalidSignature):
    template = (
        "The nonce {nonce} was already used or canceled. Before you sign again with another nonce, see whether the action was "
        "done: AgentWallet.find_relay gives its transaction."
    )


class OrderSpent(InvalidSignature):
    template = "The nonce {nonce} of {signer} was already used or canceled. Sign the order with another nonce."


class OrderOutdated(InvalidSignature):
    template = (
        "The order is for epoch {epoch}; the current epoch is {current_epoch}. "
        "The agents of the earlier epoch are already revoked."
    )


class InvalidAccountNonce(InvalidSignature):
    template = "The next nonce of {account} is {current_nonce}. Sign again with it."


class AgentNotActive(RegistryError):
    template = "The status of agent {agent_id} (wallet {wallet}) is {status}, not active. Don't deal with it."


class AgentKeyTaken(RegistryError):
    template = "The agent key {agent_key} already acts for the live agent {agent_id}. Use another key."


class LiabilityAlreadyAccepted(RegistryError):
    template = "{principal} has already accepted liability for agent {agent_id}."


class LiabilityNotAccepted(RegistryError):
    template = "Nobody has accepted liability for agent {agent_id}. Its owner must call accept_liability first."


class WalletAlreadyLinked(RegistryError):
    template = "The wallet {wallet} is already linked to agent {agent_id}."


class WalletNotProven(RegistryError):
    template = (
        "Agent {agent_id} has no wallet that has signed the link (current: {wallet}). Link one with set_agent_wallet."
    )


class ReservedKey(RegistryError):
    template = "The metadata key {metadata_key!x} is reserved for the registry. Use another key."


class OtherSuite(RegistryError):
    template = "{module} was deployed for another registry, EntryPoint or mandate writer. Deploy a suite as a whole."


class NotAContract(RegistryError):
    template = "{account} has no code. Pass the address of a contract."


class ERC721NonexistentToken(RegistryError):
    template = "The registry has no agent {token_id}."


class NotEnoughMoney(TokenError):
    """The wallet holds too little of the token. `reason` has the token's words, if it isn't an error with arguments."""

    template = "The account holds too little of the token. The token says: {reason!q}. Fund the wallet, or pay less."


class TokenFrozen(TokenError):
    """The token's issuer has frozen one of the accounts. `reason` has the token's words."""

    template = (
        "The token refuses an account, the wallet or the payee, because its issuer has frozen it. The token says: {reason!q}. "
        "Pay in another token, or ask the principal to talk to the issuer."
    )


class TokenPaused(TokenError):
    """The token, or another contract that was called, is paused for everybody. `reason` has its words."""

    template = (
        "The token is paused for everybody. The token says: {reason!q}. Try again later, or pay in another token."
    )
    retryable = True


class TokenTookMore(TokenError):
    template = (
        "The token {token} moved {taken:token} for a payment of {amount:token}, so the payment was rolled back. "
        "Ask the principal to unlist the token."
    )
    parts = Parts(amount="taken", limit="amount")


class TokenBalanceUnreadable(TokenError):
    template = "The token {token} doesn't report the wallet's balance, so the payment was rolled back."


class NativePaymentRefused(TokenError):
    template = (
        "The transfer of {amount:wei} to {payee} failed, and nothing was charged. "
        "The payee rejects native currency, or the wallet's balance is too low."
    )
    parts = Parts(amount="amount")


class SafeERC20FailedOperation(TokenError):
    template = "The transfer of the token {token} failed without a reason, and nothing was charged."


class BalanceTooLow(NotEnoughMoney):
    template = (
        "The wallet holds {balance:token} of the token {token}; the payment needs {amount:token}. Fund the wallet."
    )
    parts = Parts(amount="amount", left="balance")


class ERC20InsufficientBalance(NotEnoughMoney):
    template = "{sender} holds {balance:token}; the transfer needs {needed:token}. Fund it."
    parts = Parts(amount="needed", left="balance")


class CallNotListed(CallNotAllowed):
    template = (
        "The mandate doesn't list variant {variant} of the function {selector} of {target}. "
        "Name a variant that it lists, or ask the principal."
    )


class CallCountExceeded(CallNotAllowed):
    template = (
        "The function {selector} of {target} was called {max_calls} times within {window} seconds, as often as the mandate "
        "allows. Wait, or ask the principal."
    )
    retryable = True


class TargetHasNoCode(CallNotAllowed):
    template = "The call target {target} has no code any more. Ask the principal to remove its rule."


class CallValueExceeded(CallNotAllowed):
    template = "The call sends {value:wei}; its rule allows {limit:wei}. Send less, or ask the principal."
    parts = Parts(amount="value", limit="limit")


class PullLimitExceeded(CallNotAllowed):
    template = (
        "The call lets its target pull {charge:budget}; its rule allows {limit:budget}. "
        "Pull less, or ask the principal."
    )
    parts = Parts(amount="charge", limit="limit")


class InvalidCalldataLength(CallNotAllowed):
    template = (
        "The calldata has {length} bytes; the arguments take {expected} bytes. Encode the arguments and nothing else."
    )


class ArgumentRefused(CallNotAllowed):
    template = "The call rule doesn't allow {word} for argument {index}. Read the call rules of the mandate."


class TailRefused(CallNotAllowed):
    template = (
        "The call rule doesn't allow what follows the arguments' words (keccak256 {tail_hash}). "
        "Encode one of the tails that the mandate lists."
    )


class FloorMissed(CallNotAllowed):
    template = (
        "The call gained {gained} base units of {token}; the rule's floor is {needed}. The call was rolled back. "
        "Ask for a better price, or ask the principal."
    )


class ApprovalStands(CallNotAllowed):
    template = (
        "{target} already has an approval of {amount} base units of {token}, so it can't pull more. "
        "Ask the principal to revoke it with execute."
    )


class PaddingNotZero(CallNotAllowed):
    template = "The padding of argument {index} isn't zero. Use Solidity's standard ABI encoding."


class InvalidRequestSlot(InvalidRequest):
    template = "The request slot {slot} doesn't exist: the mandate has {slots} slots, numbered from 0."


class RequestSlotTaken(InvalidRequest):
    template = (
        "The slot {slot} holds the request {request_hash} (hash and time). Use a free slot; see pending_requests."
    )


class InvalidRequestExpiry(InvalidRequest):
    template = (
        "The request would expire at {expires_at:time}. It must expire in the future, at the latest at {latest:time}."
    )


class RequestMismatch(InvalidRequest):
    template = (
        "Slot {slot} holds {pending}, not {given} (hash and time of a request). If the former is zero, the slot is empty: the "
        "request was decided or never made. Read pending_requests."
    )


class RequestExpired(InvalidRequest):
    template = "The request expired at {expires_at:time} (now: {timestamp:time}). The agent can make a new one."


class RequestNotExpired(InvalidRequest):
    template = (
        "The request expires at {expires_at:time} (now: {timestamp:time}). "
        "Until then only the agent or the principal can remove it."
    )
    retryable = True
    retry_from = "expires_at"


class ApprovalRequested(InvalidRequest):
    template = (
        "The requested call of {target} ({selector}) would let somebody else move the wallet's tokens later. "
        "Request a call that pulls what it needs, or ask the principal to make it with execute."
    )


class InvalidAuthorizationEnd(InvalidAuthorization):
    template = (
        "The authorization would end at {valid_before:time}. It must end after now ({timestamp:time}), and at the latest "
        "at {latest:time}, by max_authorization_age and the ends of mandate and payee. Choose another end, or ask the principal."
    )


class AuthorizationKnown(InvalidAuthorization):
    template = "The authorization {digest} was already made. Use another nonce for another payment."


class AuthorizationUnknown(InvalidAuthorization):
    template = "No open authorization {digest} exists in this currency. It was never made, or it is already closed."


class AuthorizationOpen(InvalidAuthorization):
    template = (
        "The authorization {digest} isn't settled and can be until {valid_before:time} (now: {timestamp:time}). "
        "Close it after that, or ask the principal to call refuse_all."
    )
    retryable = True
    retry_from = "valid_before"


class AuthorizationUsed(InvalidAuthorization):
    template = "The token {token} has already recorded the nonce {nonce} as used or canceled. Use another nonce."


class AuthorizationStateUnreadable(InvalidAuthorization):
    template = (
        "The token {token} doesn't report whether an authorization was used. "
        "It probably doesn't implement EIP-3009; use one that does."
    )


class NotAuthorizable(InvalidAuthorization):
    template = (
        "{token} is the native currency, which EIP-3009 doesn't cover. Use pay, or a token that implements EIP-3009."
    )


class NoChequeBook(InvalidAuthorization):
    template = "The mandate has no cheque book in {token}. Ask the principal for one."


class NotAnAgentOperation(OperationRejected):
    template = (
        "The calldata isn't an agent operation: its selector {selector} isn't executeUserOp, or it contains no action of the "
        "agent. Build it with Bundler.agent_operation."
    )


class OperationOfOtherMandate(OperationRejected):
    template = (
        "The operation's nonce key begins with {nonce_key}; the mandate in force is {mandate_hash}. "
        "Build and sign the operation again."
    )


class CallGasTooLow(OperationRejected):
    template = "The operation's call_gas_limit is {call_gas_limit}; the minimum is {minimum} gas. Raise it."


class InvalidPeriod(OperationRejected):
    template = (
        "The operation's period begins at {start:time}, later than {maximum:time}. Build it with the current period."
    )


class FailedOp(OperationRejected):
    """The EntryPoint rejects the operation. `reason` begins with its code, such as AA21 (ERC-4337)."""

    template = "{reason!c}."

    def __str__(self) -> str:
        return f"{super().__str__()} {self.next}"

    @property
    def next(self) -> str:
        """What to do about the EntryPoint's code."""
        return _entry_point_advice(self)


class FailedOpWithRevert(OperationRejected):
    """A contract reverted during validation, with data in `inner` that is no error of these contracts."""

    template = "{reason!c} ({inner!c})."

    def __str__(self) -> str:
        return f"{super().__str__()} {self.next}"

    @property
    def next(self) -> str:
        """What to do about the EntryPoint's code."""
        return _entry_point_advice(self)


class NotAWallet(OperationRejected):
    template = "{sender} isn't a wallet of this contract's factory. Use a wallet that the suite's factory created."


class OtherPrincipal(OperationRejected):
    template = (
        "The principal of the wallet {wallet} is {principal}; this contract serves the wallets of {expected}. Use the paymaster "
        "or fleet budget of {principal}."
    )


class NoPeriod(OperationRejected):
    template = "The operation of {wallet} names no period. Build it with Bundler.agent_operation."


class PaymasterUnauthorized(OperationRejected):
    template = "{sender} isn't the EntryPoint of this paymaster."


class ZeroIssuer(InvalidCredential):
    template = "The credential's issuer is the zero address. Name the issuer."


class ZeroSubject(InvalidCredential):
    template = "The credential's subject is the zero address. Name the subject."


class ZeroSchema(InvalidCredential):
    template = "The credential's schema is zero. Compute it with schema_of."


class InvertedValidity(InvalidCredential):
    template = (
        "The credential would begin at {valid_from:time} and end at {valid_until:time}. It must end after it begins."
    )


class CredentialExpired(InvalidCredential):
    template = "The credential ended at {valid_until:time} (now: {timestamp:time}). Issue a new one."


class BadIssuerSignature(InvalidCredential):
    template = "{issuer} didn't sign this credential or revocation (digest {digest})."


class CredentialIsRevoked(InvalidCredential):
    template = "{issuer} revoked the credential {credential_id} permanently. Issue a new one with a higher nonce."


class NonceNotAbove(InvalidCredential):
    template = "The credential's nonce is {nonce}; it must be above {last_nonce}, that of the one it replaces."


class CredentialNotValid(InvalidCredential):
    template = "The status of the credential {credential_id} is {status}, not valid."


class NoLiveCredential(InvalidCredential):
    template = "No trusted issuer has issued a valid credential of schema {schema} to {subject}."


class NoFleetBudget(NotListed):
    template = (
        "The fleet has no budget in {currency}. Its principal sets one with FleetBudget.set_budget, under the name that the "
        "mandate uses."
    )


class FleetDecimals(InvalidMandate):
    template = (
        "The budget unit of {currency} has {given} decimals here and {expected} in the fleet's budget. Use {expected}, or set "
        "the fleet's budget first."
    )


class ZeroAddress(OtherContractError):
    template = "An address is zero. Pass the address of an account."


class HeartbeatTooShort(OtherContractError):
    template = "The heartbeat is {interval} seconds; it must be at least {minimum} seconds, or zero for none."


class AlreadyInitialized(OtherContractError):
    template = "The wallet of {principal} already had a mandate. Use another salt for another agent."


class InvalidPrincipal(OtherContractError):
    template = "{principal} can't become the principal: it is the wallet itself, or already the principal."


class GasTooLow(OtherContractError):
    template = (
        "{available} gas is available for the call; its signer demands {minimum}. Send the transaction with more gas."
    )


class InvalidHandOverDeadline(OtherContractError):
    template = (
        "The offer to hand over would end at {deadline:time}; it must end from {earliest:time} to {latest:time}. "
        "Choose another deadline."
    )


class ReentrancyGuardReentrantCall(OtherContractError):
    template = "The wallet was called again during an action of the agent, so the action was rolled back."


_GROUPS = {
    Stopped,
    OverLimit,
    NotListed,
    MandateInactive,
    InvalidMandate,
    NotAllowed,
    InvalidSignature,
    RegistryError,
    TokenError,
    NotEnoughMoney,
    TokenFrozen,
    TokenPaused,
    CallNotAllowed,
    InvalidRequest,
    InvalidAuthorization,
    OperationRejected,
    InvalidCredential,
    OtherContractError,
}

GUARD_LIMITS = {
    "WindowLimitExceeded": (
        "The charge is {charge:budget}; {remaining:budget} remains in the guard's rolling window of {length:duration}, which "
        "the principal's other agents can share. Pay at most that, wait until more returns "
        "(FleetBudget.remaining says when), or ask the principal to raise the guard's limit."
    ),
    "LifetimeLimitExceeded": (
        "The charge is {charge:budget}; {remaining:budget} remains of the guard's lifetime limit, which the principal's other "
        "agents can share. Pay at most that, or ask the principal to raise the guard's limit."
    ),
}
"""What `GuardRefused` says when a guard's own limit is exceeded. The mandate's own limits allowed the charge."""

_RAISE_VERIFICATION_GAS = "Too little gas for validation: raise verification_gas_limit."

ENTRY_POINT_CODES = {
    "AA10": "The wallet already exists: leave out the factory.",
    "AA13": "The factory failed: its signatures are invalid, or verification_gas_limit is too low.",
    "AA14": "The factory created another wallet than the operation's sender: read the address from the factory.",
    "AA15": "The factory created no wallet.",
    "AA20": "No wallet exists at this address: create it first, or name the factory.",
    "AA21": "The wallet can't pay: send it native currency, add to its deposit, or use a paymaster.",
    "AA22": "The operation's period or the mandate has ended or not begun: build the operation again.",
    "AA23": "The wallet reverted during validation.",
    "AA24": "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    "AA25": "The nonce was used: ask the EntryPoint for the next one, or use another nonce key.",
    "AA26": _RAISE_VERIFICATION_GAS,
    "AA30": "No paymaster exists at this address.",
    "AA31": "The paymaster's deposit is too low: ask its principal to add to it.",
    "AA32": "The paymaster's validity period has ended or not begun: build the operation again.",
    "AA33": "The paymaster reverted during validation.",
    "AA34": "The paymaster's signature is invalid.",
    "AA36": "Too little gas for the paymaster's validation: raise paymaster_verification_gas_limit.",
    "AA40": _RAISE_VERIFICATION_GAS,
    "AA41": _RAISE_VERIFICATION_GAS,
    "AA50": "The paymaster reverted after the operation.",
    "AA51": "The operation cost more than its prefund: raise its gas limits.",
    "AA90": "The account that receives the bundle's fees is zero: name one.",
    "AA91": "The account that receives the bundle's fees rejects native currency: name another one.",
    "AA92": "Only the EntryPoint can call this.",
    "AA93": "paymasterAndData is too short.",
    "AA94": "A gas value exceeds 120 bits: lower it.",
    "AA95": "The bundle's transaction has too little gas: raise it.",
}
"""Codes of the EntryPoint (ERC-4337): what they mean and what to do."""


BUNDLER_CODES = {
    -32501: "Ask the principal whether its paymaster pays for this wallet.",
    -32502: "Validation breaks a rule of ERC-7562: a principal or agent key that is a contract may read too much.",
    -32503: "The operation's period or the mandate ends within seconds or has only just begun: build it again shortly.",
    -32504: "Too many operations of this wallet or paymaster failed: wait, or use another bundler.",
    -32505: "The paymaster's stake or unstake delay is too low for this bundler: ask its principal to raise it.",
    -32507: "The signature isn't that of the agent key, or of the principal, whichever the nonce key names.",
    -32601: "The bundler doesn't support this method.",
    -32602: "A field of the operation is malformed.",
}
"""Error codes of bundlers (ERC-7769): what they mean and what to do."""
UNKNOWN_CODE = "Ask the bundler's operator, or use another bundler."


def class_of(name: str) -> type[ContractError] | None:
    """The exception class for a contract error by its Solidity name, or None if the contracts have no such error."""
    found = globals().get(name)
    if not isinstance(found, type) or not issubclass(found, ContractError):
        return None
    return None if found in _GROUPS or found in (ContractError, UnknownRevert) else found


def snake_case(name: str) -> str:
    """A Solidity name as Python spells it: `validUntil` to `valid_until`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _entry_point_advice(error: ContractError) -> str:
    code = str(error.arguments.get("reason", ""))[:4]
    return ENTRY_POINT_CODES.get(code, "Build and sign the operation again.")


def clean(text: str) -> str:
    """Returns somebody else's words without control and bidirectional characters, at most `LONGEST_QUOTE` of them.

    Such characters could make the words look like the message's own.
    """
    return printable(text[: 4 * LONGEST_QUOTE], LONGEST_QUOTE)


def printable(text: str, longest: int) -> str:
    """Returns a text in one line of printable characters, at most `longest` of them."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    short = " ".join(plain.split())
    return short if len(short) <= longest else short[:longest] + "…"


def quote(text: str) -> str:
    """Returns somebody else's words for a message: as `clean`, and in quotes."""
    return '"' + clean(text).replace('"', "'") + '"'


def _exactly(text: str) -> str:
    return ascii(text[:LONGEST_QUOTE])


def _rebuild(kind: type[ContractError], arguments: dict[str, Any]) -> ContractError:
    return kind(**arguments)


def digits(amount: Decimal) -> str:
    """Returns an amount in plain digits: 100, neither 1E+2 nor 100.000000."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _duration(seconds: int) -> str:
    # Days from the second on, because a window of one day isn't a calendar day.
    for length, unit, least in ((86_400, "days", 2), (3_600, "hours", 2), (60, "minutes", 2)):
        if seconds % length == 0 and seconds >= least * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"


def _plain(value: Any) -> Any:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def for_program(value: Any) -> Any:
    """Returns an argument of an error for a program: bytes as 0x hex, somebody else's words cleaned."""
    return clean(value) if isinstance(value, str) else _plain(value)


LONGEST_QUOTE = 200
"""Characters of somebody else's words in a message."""


class _Messages(string.Formatter):
    """Formats messages: bytes as hex, times, lengths and amounts as `ContractError` says, and a missing argument as `?`."""

    def __init__(self, units: Mapping[str, Unit]) -> None:
        self._units = units

    def convert_field(self, value: Any, conversion: Any) -> Any:
        # `q` quotes the words of somebody else, `c` cleans them only, `x` shows a malformed name with all that is in it.
        ways = {"q": quote, "c": clean, "x": _exactly}
        return ways[conversion](str(value)) if conversion in ways else super().convert_field(value, conversion)

    def get_value(self, key: int | str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # A missing argument must not hide the error itself.
        return _plain(kwargs.get(str(key), "?"))

    def format_field(self, value: Any, format_spec: str) -> str:
        if not isinstance(value, int):
            return str(value)
        if format_spec == "time":
            return _date(value)
        if format_spec == "duration":
            return _duration(value)
        if format_spec in ("budget", "token", "wei"):
            unit = self._units.get(format_spec)
            return unit.show(value) if unit else f"{value} ({format_spec} base units)"
        return str(value)


def _date(seconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        # Beyond year 9999, the last year of `datetime`.
        return f"{seconds} (unix seconds)"


NATIVE_UNIT = Unit(18, "of the native currency", "native")
"""Unit of amounts in wei."""
