"""A budget: tokens, payees, limits and windows of one currency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from eth_utils import keccak

from peculium.checks import checked_fields
from peculium.mandate.bounds import ANY_SPENT, BUDGET_DECIMALS, NO_LIMIT
from peculium.mandate.values import to_decimal, to_limit
from peculium.units import FOREVER, Amount, from_base_units, to_address, to_length, to_seconds, to_timestamp, to_uint


@checked_fields
@dataclass(frozen=True)
class Token:
    """A token that counts toward a budget: one whole token is one unit of the currency."""

    address: str
    decimals: int
    """0 to 255. The wallet compares it with the token's own when the mandate is installed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", to_address(self.address))
        to_uint(self.decimals, 8, f"The number of decimals of the token {self.address}")


@checked_fields
@dataclass(frozen=True)
class Window:
    """A rolling window: a limit on the total of every interval of `length`, wherever the interval starts."""

    length: timedelta
    """A multiple of 8 seconds, from `MIN_WINDOW` to `MAX_WINDOW`."""
    limit: Decimal
    """Whole units, inclusive."""

    if TYPE_CHECKING:
        # Amounts may be text or `int`, sequences lists: `__post_init__` converts them.
        def __init__(self, length: timedelta | int, limit: Amount) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", to_decimal(self.limit, "limit"))
        object.__setattr__(self, "length", to_length(self.length))


@checked_fields
@dataclass(frozen=True)
class LimitedPayee:
    """A payee with a lifetime limit or an end of its own."""

    payee: str
    limit: Decimal = NO_LIMIT
    """The total that it can be paid in this currency under all mandates of the wallet (whole units, inclusive)."""
    valid_until: datetime | int = FOREVER
    """End of its terms (exclusive); an `int` is unix seconds."""

    if TYPE_CHECKING:

        def __init__(self, payee: str, limit: Amount = ..., valid_until: datetime | int = ...) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "payee", to_address(self.payee))
        object.__setattr__(self, "limit", to_decimal(self.limit, "limit", unlimited=True))
        to_timestamp(self.valid_until)


@checked_fields
@dataclass(frozen=True)
class Budget:
    """What the agent may spend in one currency, summed over all its tokens.

    Limits are whole units of the currency, inclusive. Zero means that nothing may be spent, never that there is no limit.
    """

    currency: str
    """Name of the currency, such as "USD": 1 to 12 of A-Z and 0-9. The wallet counts spending under it across mandates."""
    payment_limit: Decimal
    """Limit of one payment."""
    lifetime_limit: Decimal
    """Limit of all payments under all mandates of the wallet."""
    windows: tuple[Window, ...]
    """1 to `MAX_WINDOWS` rolling windows, which all hold; shortest first, with limits that don't decrease."""
    tokens: tuple[Token, ...]
    """1 to `MAX_TOKENS` tokens that count toward the budget."""
    payees: tuple[str, ...] = ()
    """Payees that may be paid within the budget's limits; sorted on creation."""
    limited_payees: tuple[LimitedPayee, ...] = ()
    """Payees with terms of their own, none of them in `payees`; sorted on creation."""
    decimals: int = BUDGET_DECIMALS
    """Decimals of the budget's base unit, 0 to 18. Finer token amounts are rounded up, against the agent."""
    spent_at_most: Decimal = ANY_SPENT
    """The spending that the signer has seen (inclusive). If more was spent, the mandate can't be installed."""
    stranger_payment_limit: Decimal = Decimal(0)
    """Limit of one payment to a stranger, a payee in neither list; at most `payment_limit`. Zero: none can be paid."""
    stranger_window_limit: Decimal = Decimal(0)
    """Limit of payments to all strangers in every interval of the first window's length; at most that window's limit."""

    if TYPE_CHECKING:

        def __init__(
            self,
            currency: str,
            payment_limit: Amount,
            lifetime_limit: Amount,
            windows: Sequence[Window],
            tokens: Sequence[Token],
            payees: Sequence[str] = ...,
            limited_payees: Sequence[LimitedPayee] = ...,
            decimals: int = ...,
            spent_at_most: Amount = ...,
            stranger_payment_limit: Amount = ...,
            stranger_window_limit: Amount = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        limits = ("payment_limit", "lifetime_limit", "spent_at_most", "stranger_payment_limit", "stranger_window_limit")
        for name in limits:
            value = to_decimal(getattr(self, name), name, unlimited=name == "spent_at_most")
            object.__setattr__(self, name, value)
        to_uint(self.decimals, 8, "decimals")
        for name in ("windows", "tokens"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        # The contract requires ascending order, which makes duplicates easy to find. The order has no other meaning.
        payees = sorted((to_address(payee) for payee in self.payees), key=lambda payee: int(payee, 16))
        object.__setattr__(self, "payees", tuple(payees))
        limited = sorted(self.limited_payees, key=lambda each: int(each.payee, 16))
        object.__setattr__(self, "limited_payees", tuple(limited))

    @property
    def currency_key(self) -> bytes:
        """keccak256 of the currency's name (32 bytes): the key under which the wallet counts spending."""
        return keccak(text=self.currency)

    def units(self, amount: Amount) -> int:
        """Converts whole units to the budget's base units. Raises `InvalidInput` above 96 bits (`MAX_LIMIT`)."""
        return to_limit(amount, self.decimals)

    def whole(self, units: int) -> Decimal:
        """Converts the budget's base units to whole units."""
        return from_base_units(units, self.decimals)

    def charge(self, token: str, amount: int) -> int:
        """Returns the charge of a payment (budget base units), rounded up. `amount` is in token base units.

        The token must be one of the budget's.
        """
        listed = next(each for each in self.tokens if each.address == to_address(token))
        difference = self.decimals - listed.decimals
        if difference >= 0:
            return amount * int(10**difference)
        return -(-amount // int(10**-difference))

    def message(self) -> dict[str, Any]:
        """Returns the budget as EIP-712 message, in the order of the Solidity struct."""
        return {
            "currency": self.currency,
            "decimals": self.decimals,
            "paymentLimit": self.units(self.payment_limit),
            "lifetimeLimit": self.units(self.lifetime_limit),
            "spentAtMost": self.units(self.spent_at_most),
            "windows": [{"length": to_seconds(w.length), "limit": self.units(w.limit)} for w in self.windows],
            "tokens": [{"token": token.address, "decimals": token.decimals} for token in self.tokens],
            "strangerPaymentLimit": self.units(self.stranger_payment_limit),
            "strangerWindowLimit": self.units(self.stranger_window_limit),
            "payees": list(self.payees),
            "limitedPayees": [
                {"payee": each.payee, "limit": self.units(each.limit), "validUntil": to_timestamp(each.valid_until)}
                for each in self.limited_payees
            ],
        }
