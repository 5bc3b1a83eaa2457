"""The parts of an overview."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from peculium.errors import ContractError, InvalidInput
from peculium.errors.redaction import shown
from peculium.fleet import FleetRemaining
from peculium.mandate import NO_LIMIT, Mandate
from peculium.plain import as_plain
from peculium.registry import Status
from peculium.wallet import CallRequest, OperationGas, Request, StrangerState, WindowState


class State(StrEnum):
    """Whether the wallet obeys its agent now, and if not, why."""

    LIVE = "live"
    PAUSED = "paused"
    """The agent, or all agents of the principal, are paused."""
    DORMANT = "dormant"
    """The principal has missed its heartbeat."""
    NOT_YET_VALID = "not yet valid"
    EXPIRED = "expired"
    NO_MANDATE = "no mandate"
    """None was installed, or it was lifted."""
    REVOKED = "revoked"
    """For ever."""


@dataclass(frozen=True)
class TokenState:
    """A token of a budget. Amounts are whole tokens."""

    symbol: str
    """What the token calls itself; its address if it has no symbol."""
    address: str
    decimals: int
    balance: Decimal
    """What the wallet holds."""
    now: Decimal
    """The most that one payment in this token to a listed payee can pay now."""


@dataclass(frozen=True)
class PayeeState:
    """A payee that a budget lists. Amounts are whole units of the currency."""

    address: str
    name: str | None
    """Its name in the address book."""
    limit: Decimal = NO_LIMIT
    """The most that it can ever be paid, under all mandates; infinite without a limit of its own."""
    left: Decimal = NO_LIMIT
    """What is left of it."""
    valid_until: datetime | None = None
    """End of its own terms (UTC, exclusive); None: the mandate's."""
    now: Decimal = Decimal(0)
    """The most that one payment to it can charge now."""


@dataclass(frozen=True)
class CurrencyState:
    """A budget and its state. Amounts are whole units of the currency."""

    name: str
    now: Decimal
    """The most that one payment to a listed payee can charge now: the least of all limits and of the balance, and zero if the
    agent is stopped or the mandate isn't in force. A guard other than a `FleetBudget` may allow less."""
    now_to_stranger: Decimal
    """The same for a payee that isn't listed."""
    payment_limit: Decimal
    windows: tuple[WindowState, ...]
    """Rolling windows, shortest first: what is left, and when how much returns."""
    lifetime_limit: Decimal
    lifetime: Decimal
    """What is left of it."""
    pending: Decimal
    """Charges of authorizations that aren't closed. They count in every window."""
    strangers: StrangerState | None
    """Limits for payments to strangers; None: they can't be paid."""
    fleet: FleetRemaining | None
    """What all wallets of the principal may spend together; None if the mandate names no `FleetBudget`."""
    tokens: tuple[TokenState, ...]
    payees: tuple[PayeeState, ...]


@dataclass(frozen=True)
class RequestState:
    """A request that the principal hasn't decided."""

    slot: int
    request_hash: bytes
    """32 bytes."""
    request: Request | CallRequest | None
    """None if the amount can't be shown, because its token doesn't report its decimals."""
    asks: str
    """What is asked for, with symbol, name and reference as text."""
    asked_at: datetime
    expires_at: datetime | None
    """When it can't be approved any more (UTC, exclusive)."""


@dataclass(frozen=True)
class BookState:
    """A cheque book. Amounts are whole units of its currency."""

    symbol: str
    token: str
    """Address of the token."""
    currency: str
    limit: Decimal
    """The most that one cheque can charge."""
    count: int
    """Cheques per period."""
    left: int
    """Cheques of this period that aren't settled, whether written or not."""
    period: timedelta
    period_ends: datetime
    """When the next period begins (UTC)."""
    strangers: bool
    """Whether cheques can pay strangers."""


@dataclass(frozen=True)
class AuthorizationState:
    """A pre-authorized payment that isn't closed."""

    symbol: str
    token: str
    """Address of the token."""
    payee: str
    payee_name: str | None
    amount: Decimal
    """Whole tokens."""
    ref: str
    """Its reference as text, or 0x hex."""
    valid_before: datetime
    """End of its validity (UTC, exclusive)."""
    settled: bool
    """Whether its payee was paid, or the token has canceled its nonce."""
    can_be_closed: bool
    """Whether `close_authorizations` would close it: it is settled, has ended, or is void."""
    digest: bytes
    """EIP-712 digest (32 bytes)."""


@dataclass(frozen=True)
class Overview:
    """What an agent can do now. `str()` is for people, `as_dict()` for programs."""

    wallet: str
    chain_id: int
    block: int
    """The latest block when it was read."""
    time: datetime
    """Its time (UTC)."""
    state: State
    reason: ContractError | None
    """The switch's words if it stops the agent."""
    registered: Status
    """What the registry says to counterparties."""
    agent_id: int | None
    """Id in the registry; None if it links no agent to the wallet."""
    principal: str
    """Address of the account that answers for the agent."""
    principal_name: str | None
    agent_key: str | None
    """Address of the key that the mandate names; None without a mandate."""
    has_key: bool
    """Whether that is the key of the `Agent` who asks."""
    gas_money: Decimal
    """What the agent's own key holds of the native currency, to pay for transactions (whole units)."""
    mandate_hash: bytes
    """Hash of the mandate in force (32 bytes); zero if there is none."""
    valid_from: datetime | None
    """UTC, inclusive."""
    valid_until: datetime | None
    """UTC, exclusive."""
    guard: str | None
    """Contract that is asked about every charge and can refuse it."""
    currencies: tuple[CurrencyState, ...]
    max_requests: int
    """Requests that may be pending at once."""
    requests: tuple[RequestState, ...]
    cheque_books: tuple[BookState, ...]
    authorizations: tuple[AuthorizationState, ...]
    """Those of this mandate's currencies."""
    operation_gas: OperationGas | None
    """What user operations may cost the wallet."""
    mandate: Mandate | None = field(default=None, repr=False, compare=False)
    """The mandate in force; None if there is none."""

    @property
    def live(self) -> bool:
        """Whether the wallet obeys the agent now."""
        return self.state is State.LIVE

    def currency(self, name: str) -> CurrencyState:
        """Returns the state of a currency. Raises `InvalidInput` if the mandate has no budget in it."""
        for each in self.currencies:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.currencies)
        advice = f"Pass one of its currencies: {names}." if names else "It has no budgets at all."
        raise InvalidInput(f"The mandate has no budget in {shown(name)}. {advice}")

    def as_dict(self) -> dict[str, Any]:
        """Returns the overview for a program. Amounts are text, times ISO 8601 in UTC, lengths of time seconds."""
        plain: dict[str, Any] = as_plain(self)
        return plain

    def __str__(self) -> str:
        from peculium.explain import explain_now, text_of

        return text_of(explain_now(self))
