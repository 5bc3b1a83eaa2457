"""Actions of the agent as objects: what is done, apart from who sends it and how."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from peculium.authorizations import Authorization
from peculium.checks import checked_fields
from peculium.mandate import ZERO_HASH
from peculium.units import Amount, to_address, to_base_units, to_data, to_uint
from peculium.wallet.refs import to_ref
from peculium.wallet.requests import CallRequest, Request, request_hash


class Decimals(Protocol):
    """What an action asks of its wallet to convert whole units."""

    def token_decimals(self, token: str) -> int:
        """Returns the decimals of a token, or of the native currency (`NATIVE`)."""
        ...

    def pull_decimals(self, target: str, data: str | bytes, variant: int) -> int:
        """Returns the decimals of the token that a call's rule names."""
        ...


class Action(ABC):
    """Something that the agent key does within its mandate."""

    function: ClassVar[str]
    """The wallet's function."""
    event: ClassVar[str | None] = None
    """The event that it must emit."""

    @abstractmethod
    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """Returns the function's arguments. Raises `InvalidInput` for amounts that the token can't express."""


@checked_fields
@dataclass(frozen=True)
class Pay(Action):
    """A payment."""

    function = "pay"
    event = "PaymentMade"

    token: str
    """Address of the token, or `NATIVE`."""
    payee: str
    amount: Amount
    """Whole tokens."""
    ref: bytes | str = ZERO_HASH
    """Reference such as an invoice number; see `to_ref`."""

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        token = to_address(self.token)
        amount = to_base_units(self.amount, wallet.token_decimals(token))
        return token, to_address(self.payee), amount, to_ref(self.ref)


@checked_fields
@dataclass(frozen=True)
class PayBatch(Action):
    """Several payments in one transaction: all or none."""

    function = "payBatch"
    event = "PaymentMade"

    payments: Sequence[Pay]

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        return ([payment.arguments(wallet) for payment in self.payments],)


@checked_fields
@dataclass(frozen=True)
class Call(Action):
    """A call of a function that the mandate lists."""

    function = "call"

    target: str
    data: str | bytes
    """Calldata: bytes or 0x hex."""
    value: Amount = 0
    """Native currency to send (whole units)."""
    pull: Amount = 0
    """The amount of the rule's token that the target may take (whole tokens). Charged in full, taken or not."""
    variant: int = 0
    """The rule that the call follows, if several name the function."""
    ref: bytes | str = ZERO_HASH

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        target, data = to_address(self.target), to_data(self.data, "data")
        variant = to_uint(self.variant, 8, "variant")
        pulled = to_base_units(self.pull, wallet.pull_decimals(target, data, variant)) if self.pull else 0
        return target, variant, to_base_units(self.value, 18), data, pulled, to_ref(self.ref)


@checked_fields
@dataclass(frozen=True)
class RequestPayment(Action):
    """A payment outside the mandate that the principal is asked to approve."""

    function = "requestPayment"

    slot: int
    """A free slot, from 0; see `AgentWallet.pending_requests`."""
    request: Request

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        slot = to_uint(self.slot, 8, "slot")
        return slot, self.request.as_tuple(wallet.token_decimals(self.request.spends))


@checked_fields
@dataclass(frozen=True)
class RequestCall(Action):
    """A call outside the mandate that the principal is asked to approve."""

    function = "requestCall"

    slot: int
    """A free slot, from 0; see `AgentWallet.pending_requests`."""
    request: CallRequest

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        slot = to_uint(self.slot, 8, "slot")
        return slot, self.request.as_tuple(wallet.token_decimals(self.request.spends))


@checked_fields
@dataclass(frozen=True)
class CancelRequest(Action):
    """The end of a request by the agent itself."""

    function = "cancelRequest"

    slot: int
    request: Request | CallRequest | bytes
    """The request, or its hash (32 bytes)."""

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        asked = self.request
        if not isinstance(asked, bytes):
            asked = request_hash(asked, wallet.token_decimals(asked.spends))
        return to_uint(self.slot, 8, "slot"), asked


@checked_fields
@dataclass(frozen=True)
class Preauthorize(Action):
    """A payment that is charged now and that its payee settles later (EIP-3009)."""

    function = "preauthorize"

    authorization: Authorization
    ref: bytes | str = ZERO_HASH

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        return self.authorization.as_tuple(), to_ref(self.ref)


@dataclass(frozen=True)
class Resign(Action):
    """The permanent end of the agent, by its own decision."""

    function = "resign"

    def arguments(self, wallet: Decimals) -> tuple[Any, ...]:
        """See `Action.arguments`."""
        return ()
