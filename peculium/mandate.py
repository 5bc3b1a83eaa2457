"""The mandate that a principal grants an agent, its EIP-712 hashes and its encoding in the wallet.

The contracts compute the same hashes. `Mandate.code()` equals the bytes that the wallet stores, so anyone can compare the
mandate that was signed with the one that is enforced (I27).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from eth_account.messages import SignableMessage, _hash_eip191_message, encode_typed_data
from eth_utils import keccak

from peculium import exceptions as errors
from peculium.exceptions import InvalidInput
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_bytes32, to_seconds, to_timestamp

ZERO_HASH = bytes(32)
ZERO_ADDRESS = "0x" + "00" * 20
ANY_SPENT = Decimal("Infinity")
"""For `Budget.spent_at_most`: the mandate can be installed whatever was spent before."""
NO_LIMIT = Decimal("Infinity")
"""For `LimitedPayee.limit`: the payee has no limit of its own."""
FOREVER = 2**48 - 1
"""For `LimitedPayee.valid_until`: the payee's terms end with the mandate."""
NATIVE = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
"""Stands for the native currency where a token is expected (ERC-7528). It has 18 decimals."""

WALLET_DOMAIN = ("Peculium AgentWallet", "1")
"""Name and version in the EIP-712 domain of every wallet."""

# Bounds of the contracts, all inclusive. Lengths of time are in seconds, sizes of code in bytes.
MAX_LIMIT = 2**96 - 1
MAX_BUDGETS, MAX_TOKENS, MAX_WINDOWS, MAX_PAYEES, MAX_LIMITED_PAYEES = 4, 8, 4, 1000, 100
MAX_CALLS, MAX_ARGUMENTS, MAX_VALUES, MAX_CHEQUES = 64, 16, 32, 256
MIN_PERIOD, MAX_PERIOD = 60, 365 * 86_400
MAX_CODE, INLINE_LIMIT = 24_575, 1024
MIN_WINDOW, MAX_WINDOW = 3600, 8 * (2**24 - 1)
MAX_BUDGET_DECIMALS = MAX_DIFFERENCE = 18

MANDATE_TYPES: dict[str, list[dict[str, str]]] = {
    name: [dict(zip(("type", "name"), member.split(), strict=True)) for member in members.split(", ")]
    for name, members in {
        "Token": "address token, uint8 decimals",
        "Window": "uint32 length, uint96 limit",
        "LimitedPayee": "address payee, uint96 limit, uint48 validUntil",
        "Budget": "string currency, uint8 decimals, uint96 paymentLimit, uint96 lifetimeLimit, uint96 spentAtMost, "
        "Window[] windows, Token[] tokens, bool anyPayee, address[] payees, LimitedPayee[] limitedPayees",
        "Argument": "uint8 kind, bytes32[] values",
        "CallRule": "address target, bytes4 selector, uint96 valueLimit, uint96 pullLimit, Argument[] arguments",
        "ChequeBook": "address token, uint16 count, uint96 limit, uint32 period",
        "GasTerms": "uint96 operationLimit, uint96 windowLimit, uint32 window",
        "Powers": "CallRule[] calls, ChequeBook[] chequeBooks, uint8 maxRequests, uint32 maxRequestAge, "
        "GasTerms gasTerms",
        "Mandate": "address principal, uint64 epoch, address agentKey, uint48 validFrom, uint48 validUntil, "
        "bytes32 replaces, Budget[] budgets, Powers powers, bytes32 termsHash, string termsURI",
    }.items()
}
"""The EIP-712 types of a mandate."""

_DOMAIN_TYPE = [
    {"name": name, "type": type_}
    for name, type_ in (
        ("name", "string"),
        ("version", "string"),
        ("chainId", "uint256"),
        ("verifyingContract", "address"),
    )
]


def typed_data(
    domain: tuple[str, str], chain_id: int, contract: str, types: dict[str, Any], primary: str, message: dict[str, Any]
) -> dict[str, Any]:
    """Returns EIP-712 typed data in the JSON form that signers take. `domain` is name and version."""
    return {
        "types": {"EIP712Domain": _DOMAIN_TYPE, **types},
        "primaryType": primary,
        "domain": {
            "name": domain[0],
            "version": domain[1],
            "chainId": chain_id,
            "verifyingContract": to_address(contract),
        },
        "message": message,
    }


def digest_of(data: dict[str, Any]) -> bytes:
    """Returns the EIP-712 digest (32 bytes) of typed data."""
    return bytes(_hash_eip191_message(encode_typed_data(full_message=data)))


@dataclass(frozen=True)
class Token:
    """A token that counts toward a budget: one whole token is one unit of the currency."""

    address: str
    decimals: int
    """0 to 255. The wallet compares it with the token's own when the mandate is installed."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", to_address(self.address))
        if not 0 <= self.decimals <= 255:
            raise InvalidInput(f"The token {self.address} has {self.decimals} decimals; it must have 0 to 255.")


@dataclass(frozen=True)
class Window:
    """A rolling window: a limit on the total of every interval of `length`, wherever the interval starts."""

    length: timedelta
    """A multiple of 8 seconds, from `MIN_WINDOW` to `MAX_WINDOW`."""
    limit: Decimal
    """Whole units, inclusive."""

    if TYPE_CHECKING:
        # Amounts may be text or `int`, sequences lists: `__post_init__` converts them.
        def __init__(self, length: timedelta, limit: Amount) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", _decimal(self.limit, "limit"))
        to_seconds(self.length)


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
        object.__setattr__(self, "limit", _decimal(self.limit, "limit"))


class ArgumentKind(IntEnum):
    """What a call rule requires of one argument; see the constructors of `Argument`."""

    ANY = 0
    ANY_ADDRESS = 1
    EQUAL = 2
    ONE_OF = 3
    AT_MOST = 4
    THIS_WALLET = 5
    LISTED_PAYEE = 6
    ANY_BYTES = 7
    ANY_WORDS = 8


@dataclass(frozen=True)
class Argument:
    """A rule on one argument of a call. Use the constructors, such as `Argument.at_most(5)`."""

    kind: ArgumentKind
    values: tuple[bytes, ...] = ()
    """Words of 32 bytes. Unsigned numbers and addresses are converted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(_word(value) for value in self.values))

    @classmethod
    def any(cls) -> Argument:
        """Allows any word of 32 bytes."""
        return cls(ArgumentKind.ANY)

    @classmethod
    def any_address(cls) -> Argument:
        """Allows any address: a word with 12 zero bytes first."""
        return cls(ArgumentKind.ANY_ADDRESS)

    @classmethod
    def equal(cls, value: bytes | int | str) -> Argument:
        """Allows this value only."""
        return cls(ArgumentKind.EQUAL, (value,))  # type: ignore[arg-type]

    @classmethod
    def one_of(cls, *values: bytes | int | str) -> Argument:
        """Allows each of these values; 1 to `MAX_VALUES`."""
        return cls(ArgumentKind.ONE_OF, values)  # type: ignore[arg-type]

    @classmethod
    def at_most(cls, value: int) -> Argument:
        """Allows unsigned numbers up to this one (inclusive)."""
        return cls(ArgumentKind.AT_MOST, (value,))  # type: ignore[arg-type]

    @classmethod
    def this_wallet(cls) -> Argument:
        """Allows the wallet's own address only."""
        return cls(ArgumentKind.THIS_WALLET)

    @classmethod
    def listed_payee(cls) -> Argument:
        """Allows each of `Budget.payees` of the budget that the call pulls from, but not `limited_payees`."""
        return cls(ArgumentKind.LISTED_PAYEE)

    @classmethod
    def any_bytes(cls) -> Argument:
        """Allows `bytes` or `string` of any content."""
        return cls(ArgumentKind.ANY_BYTES)

    @classmethod
    def any_words(cls) -> Argument:
        """Allows an array of any elements of one word each."""
        return cls(ArgumentKind.ANY_WORDS)

    def message(self) -> dict[str, Any]:
        """Returns the rule as EIP-712 message."""
        return {"kind": int(self.kind), "values": list(self.values)}


@dataclass(frozen=True)
class CallRule:
    """A function that the agent may call, with a rule for each argument."""

    target: str
    """Address of the contract."""
    function: str
    """Its signature, such as "deposit(uint256)", or its selector: 0x and 8 hex digits."""
    arguments: tuple[Argument, ...] = ()
    """One rule per argument, in order."""
    value_limit: Decimal = Decimal(0)
    """The native currency that one call may send (whole units of 18 decimals, inclusive)."""
    pull_limit: Decimal = Decimal(0)
    """The amount that the target may pull in one call (whole units of the budget it pulls from, inclusive)."""
    decimals: int = 6
    """Decimals of the budget that it pulls from."""

    if TYPE_CHECKING:

        def __init__(
            self,
            target: str,
            function: str,
            arguments: Sequence[Argument] = ...,
            value_limit: Amount = ...,
            pull_limit: Amount = ...,
            decimals: int = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "target", to_address(self.target))
        object.__setattr__(self, "arguments", tuple(self.arguments))
        for name in ("value_limit", "pull_limit"):
            object.__setattr__(self, name, _decimal(getattr(self, name), name))
        if not re.fullmatch(r"0x[0-9a-fA-F]{8}|\w+\([\w,()\[\]]*\)", self.function):
            raise InvalidInput(
                f"{self.function!r} isn't a function. Pass a signature such as deposit(uint256), or 0x and 8 hex digits."
            )

    @property
    def selector(self) -> bytes:
        """The function's selector (4 bytes)."""
        if self.function.startswith("0x"):
            return bytes.fromhex(self.function[2:])
        return keccak(text=self.function)[:4]

    def message(self) -> dict[str, Any]:
        """Returns the rule as EIP-712 message."""
        return {
            "target": self.target,
            "selector": self.selector,
            "valueLimit": _limit(self.value_limit, 18),
            "pullLimit": _limit(self.pull_limit, self.decimals),
            "arguments": [argument.message() for argument in self.arguments],
        }

    def code(self) -> bytes:
        """Encodes the rule in the layout of `MandateDecoder`, without target and selector, which are in an index."""
        m = self.message()
        parts = [m["valueLimit"].to_bytes(12), m["pullLimit"].to_bytes(12), bytes([len(self.arguments)])]
        for argument in self.arguments:
            parts += [bytes([argument.kind, len(argument.values)]), *argument.values]
        return b"".join(parts)


@dataclass(frozen=True)
class ChequeBook:
    """A number of cheques per period: EIP-3009 authorizations that the agent signs without a transaction."""

    token: str
    """Address of a token of a budget. A budget has at most one book."""
    count: int
    """Cheques in each period, 1 to `MAX_CHEQUES`."""
    limit: Decimal
    """The amount of one cheque (whole units, inclusive), at most the budget's `payment_limit`."""
    period: timedelta
    """From `MIN_PERIOD` to `MAX_PERIOD`. Periods are counted from unix time 0; a cheque is valid in one period only."""

    if TYPE_CHECKING:

        def __init__(self, token: str, count: int, limit: Amount, period: timedelta) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", to_address(self.token))
        object.__setattr__(self, "limit", _decimal(self.limit, "limit"))
        to_seconds(self.period)

    def within(self, length: int, units: int) -> int:
        """Returns the maximum total of cheques of `units` each in any interval of `length` seconds."""
        # An interval that isn't aligned touches one more period than fit into it.
        period = to_seconds(self.period)
        return (-(-length // period) + 1) * self.count * units

    def between(self, first: int, last: int, units: int) -> int:
        """Returns the maximum total of cheques of `units` each in all periods that touch `first` to `last`.

        Both are unix seconds, inclusive.
        """
        period = to_seconds(self.period)
        return (last // period - first // period + 1) * self.count * units


@dataclass(frozen=True)
class GasTerms:
    """Limits on the cost of the agent's user operations. All zero: the payer pays for none.

    Costs are maximum costs: the sum of an operation's gas limits times its `max_fee_per_gas`.
    """

    operation_limit: Decimal = Decimal(0)
    """The cost of one operation (whole units of the native currency, inclusive)."""
    window_limit: Decimal = Decimal(0)
    """The cost of all operations in every interval of `window` (whole units of the native currency, inclusive)."""
    window: timedelta = timedelta(0)
    """A multiple of 8 seconds, from `MIN_WINDOW` to `MAX_WINDOW`."""

    if TYPE_CHECKING:

        def __init__(
            self, operation_limit: Amount = ..., window_limit: Amount = ..., window: timedelta = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("operation_limit", "window_limit"):
            object.__setattr__(self, name, _decimal(getattr(self, name), name))
        to_seconds(self.window)

    def message(self) -> dict[str, int]:
        """Returns the terms as EIP-712 message."""
        return {
            "operationLimit": _limit(self.operation_limit, 18),
            "windowLimit": _limit(self.window_limit, 18),
            "window": to_seconds(self.window),
        }


@dataclass(frozen=True)
class Budget:
    """What the agent may spend in one currency, summed over all its tokens.

    Limits are whole units of the currency, inclusive. Zero means that nothing may be spent, never that there is no limit.
    """

    currency: str
    """Name of the currency, such as "USD"; 1 to 31 bytes. The wallet counts spending under it across mandates."""
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
    any_payee: bool = False
    """Whether every payee may be paid. If so, `payees` and `limited_payees` must be empty; else one must not."""
    limited_payees: tuple[LimitedPayee, ...] = ()
    """Payees with terms of their own, none of them in `payees`; sorted on creation."""
    decimals: int = 6
    """Decimals of the budget's base unit, 0 to 18. Finer token amounts are rounded up, against the agent."""
    spent_at_most: Decimal = ANY_SPENT
    """The spending that the signer has seen (inclusive). If more was spent, the mandate can't be installed."""

    if TYPE_CHECKING:

        def __init__(
            self,
            currency: str,
            payment_limit: Amount,
            lifetime_limit: Amount,
            windows: Sequence[Window],
            tokens: Sequence[Token],
            payees: Sequence[str] = ...,
            any_payee: bool = ...,
            limited_payees: Sequence[LimitedPayee] = ...,
            decimals: int = ...,
            spent_at_most: Amount = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("payment_limit", "lifetime_limit", "spent_at_most"):
            object.__setattr__(self, name, _decimal(getattr(self, name), name))
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
        return _limit(amount, self.decimals)

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
            "anyPayee": self.any_payee,
            "payees": list(self.payees),
            "limitedPayees": [
                {"payee": each.payee, "limit": self.units(each.limit), "validUntil": to_timestamp(each.valid_until)}
                for each in self.limited_payees
            ],
        }


@dataclass(frozen=True)
class Mandate:
    """What a principal grants an agent. Immutable; its hashes depend on its fields only.

    Raises `InvalidInput` for a malformed field. `check` finds fields that contradict each other.
    """

    principal: str
    """Address of the account that grants the mandate and answers for it."""
    agent_key: str
    """Address of the key that acts under the mandate."""
    valid_from: datetime | int
    """Start (inclusive); an `int` is unix seconds."""
    valid_until: datetime | int
    """End (exclusive); an `int` is unix seconds."""
    budgets: tuple[Budget, ...]
    """1 to `MAX_BUDGETS` budgets, one per currency."""
    epoch: int = 0
    """The principal's epoch in the switch. After `revoke_all`, mandates of earlier epochs are void."""
    replaces: bytes = ZERO_HASH
    """Hash of the wallet's last mandate (32 bytes); zero for the first. It makes a mandate installable only once."""
    terms_hash: bytes = ZERO_HASH
    """keccak256 of the human-readable terms (32 bytes)."""
    terms_uri: str = ""
    """URI of those terms."""
    calls: tuple[CallRule, ...] = ()
    """Functions that the agent may call; sorted on creation."""
    cheque_books: tuple[ChequeBook, ...] = ()
    """Cheque books, at most one per budget."""
    max_requests: int = 0
    """Requests that may be pending at once, 0 to 255."""
    max_request_age: timedelta = timedelta(0)
    """The longest time that a request may be pending; zero if and only if `max_requests` is."""
    gas_terms: GasTerms = field(default_factory=GasTerms)
    """Limits on what the agent's user operations cost the wallet."""
    _message: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    if TYPE_CHECKING:

        def __init__(
            self,
            principal: str,
            agent_key: str,
            valid_from: datetime | int,
            valid_until: datetime | int,
            budgets: Sequence[Budget],
            epoch: int = ...,
            replaces: bytes = ...,
            terms_hash: bytes = ...,
            terms_uri: str = ...,
            calls: Sequence[CallRule] = ...,
            cheque_books: Sequence[ChequeBook] = ...,
            max_requests: int = ...,
            max_request_age: timedelta = ...,
            gas_terms: GasTerms = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "principal", to_address(self.principal))
        object.__setattr__(self, "agent_key", to_address(self.agent_key))
        object.__setattr__(self, "budgets", tuple(self.budgets))
        # As for payees, the contract requires ascending order.
        calls = sorted(self.calls, key=lambda rule: (int(rule.target, 16), rule.selector))
        object.__setattr__(self, "calls", tuple(calls))
        object.__setattr__(self, "cheque_books", tuple(self.cheque_books))
        object.__setattr__(self, "replaces", to_bytes32(self.replaces, "replaces"))
        object.__setattr__(self, "terms_hash", to_bytes32(self.terms_hash, "terms_hash"))
        self._message.update(
            principal=self.principal,
            epoch=self.epoch,
            agentKey=self.agent_key,
            validFrom=to_timestamp(self.valid_from),
            validUntil=to_timestamp(self.valid_until),
            replaces=self.replaces,
            budgets=[budget.message() for budget in self.budgets],
            powers={
                "calls": [rule.message() for rule in self.calls],
                "chequeBooks": [self._book_message(book) for book in self.cheque_books],
                "maxRequests": self.max_requests,
                "maxRequestAge": to_seconds(self.max_request_age),
                "gasTerms": self.gas_terms.message(),
            },
            termsHash=self.terms_hash,
            termsURI=self.terms_uri,
        )

    def budget_of(self, token: str) -> Budget | None:
        """Returns the budget that a token counts toward, or None if no budget lists it."""
        address = to_address(token)
        listed = (budget for budget in self.budgets if address in (each.address for each in budget.tokens))
        return next(listed, None)

    def book_of(self, budget: Budget) -> ChequeBook | None:
        """Returns the cheque book of a budget, or None if it has none."""
        return next((book for book in self.cheque_books if self.budget_of(book.token) is budget), None)

    def _book_message(self, book: ChequeBook) -> dict[str, Any]:
        budget = self.budget_of(book.token)
        limit = budget.units(book.limit) if budget else _limit(book.limit, 6)
        return {"token": book.token, "count": book.count, "limit": limit, "period": to_seconds(book.period)}

    def replacing(self, last_mandate_hash: bytes) -> Mandate:
        """Returns a copy that replaces the mandate with this hash."""
        return replace(self, replaces=last_mandate_hash)

    def message(self) -> dict[str, Any]:
        """Returns the mandate as EIP-712 message, in the order of the Solidity struct. Don't change it."""
        return self._message

    def as_tuple(self) -> tuple[Any, ...]:
        """Returns the mandate as argument of a contract call: the struct `Mandate`."""
        return tuple(_positional(value) for value in self._message.values())

    def typed_data(self, wallet: str, chain_id: int) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the principal and the agent key sign."""
        return typed_data(WALLET_DOMAIN, chain_id, wallet, MANDATE_TYPES, "Mandate", self._message)

    def signable(self, wallet: str, chain_id: int) -> SignableMessage:
        """Returns the typed data as argument of `sign_message` of an `eth_account` account."""
        return encode_typed_data(full_message=self.typed_data(wallet, chain_id))

    def hash(self) -> bytes:
        """Returns the mandate hash (32 bytes): the EIP-712 struct hash, independent of wallet and chain."""
        return bytes(self.signable(ZERO_ADDRESS, 1).body)

    def digest(self, wallet: str, chain_id: int) -> bytes:
        """Returns the EIP-712 digest (32 bytes) that is signed for this wallet on this chain."""
        return digest_of(self.typed_data(wallet, chain_id))

    def head(self) -> tuple[Any, ...]:
        """Returns the struct `MandateHead`: budgets, powers and terms URI are replaced by their hashes."""
        budgets = b"".join(_struct_hash("Budget", budget) for budget in self._message["budgets"])
        m = self._message
        return (
            *(m[name] for name in ("principal", "epoch", "agentKey", "validFrom", "validUntil", "replaces")),
            keccak(budgets),
            _struct_hash("Powers", m["powers"]),
            self.terms_hash,
            keccak(text=self.terms_uri),
        )

    def code(self) -> bytes:
        """Encodes the mandate in the layout of `MandateDecoder`: the wallet's copy without its leading STOP byte."""
        tokens = [(i, budget, token) for i, budget in enumerate(self.budgets) for token in budget.tokens]
        books = b"".join(_cheque_book_code(book) for book in self._message["powers"]["chequeBooks"])
        windows = b"".join(
            (self._window_limit(budget, window)).to_bytes(12)
            for budget in self.budgets
            for window in budget.windows[1:]
        )
        middle = 130 + 30 * len(tokens) + 76 * len(self.budgets) + len(books) + len(windows)
        calls = self._calls_code(middle)
        parts = [self._head_code(len(tokens), middle)]
        for index, budget, token in tokens:
            difference = budget.decimals - token.decimals
            parts.append(_address(token.address) + bytes([index, difference >= 0]))
            parts.append((10 ** abs(difference)).to_bytes(8))
        payees = middle + len(calls)
        for budget in self.budgets:
            parts.append(self._budget_code(budget, payees))
            payees += 20 * len(budget.payees) + 38 * len(budget.limited_payees)
        parts += [books, windows, calls]
        for budget in self.budgets:
            parts += [_address(payee) for payee in budget.payees]
            for each in budget.limited_payees:
                until = to_timestamp(each.valid_until).to_bytes(6)
                parts.append(_address(each.payee) + budget.units(each.limit).to_bytes(12) + until)
        return b"".join(parts)

    def _head_code(self, tokens: int, first_call: int) -> bytes:
        m, powers = self._message, self._message["powers"]
        return b"".join(
            (
                _address(self.principal),
                self.epoch.to_bytes(8),
                _address(self.agent_key),
                m["validFrom"].to_bytes(6),
                m["validUntil"].to_bytes(6),
                self.hash(),
                bytes([tokens, len(self.budgets), len(self.calls)]),
                first_call.to_bytes(2),
                bytes([len(self.cheque_books), powers["maxRequests"]]),
                powers["maxRequestAge"].to_bytes(4),
                powers["gasTerms"]["operationLimit"].to_bytes(12),
                powers["gasTerms"]["windowLimit"].to_bytes(12),
                (powers["gasTerms"]["window"] // 8).to_bytes(3),
            )
        )

    def _budget_code(self, budget: Budget, payees: int) -> bytes:
        lifetime = budget.units(budget.lifetime_limit) - self._lifetime_reserve(budget)
        limits = (budget.units(budget.payment_limit), lifetime, self._window_limit(budget, budget.windows[0]))
        flags = len(budget.windows) - 1 | (128 if budget.any_payee else 0)
        lists = len(budget.payees).to_bytes(2) + payees.to_bytes(2) + bytes([len(budget.limited_payees)])
        limited = payees + 20 * len(budget.payees)
        return b"".join(
            (
                budget.currency_key,
                *(limit.to_bytes(12) for limit in limits),
                bytes([flags]),
                lists,
                limited.to_bytes(2),
            )
        )

    def _window_limit(self, budget: Budget, window: Window) -> int:
        book = self.book_of(budget)
        reserve = book.within(to_seconds(window.length), budget.units(book.limit)) if book else 0
        return budget.units(window.limit) - reserve

    def _lifetime_reserve(self, budget: Budget) -> int:
        book, m = self.book_of(budget), self._message
        return book.between(m["validFrom"], m["validUntil"] - 1, budget.units(book.limit)) if book else 0

    def _calls_code(self, start: int) -> bytes:
        rules = [rule.code() for rule in self.calls]
        offset = start + 28 * len(rules)
        index = b""
        for rule, code in zip(self.calls, rules, strict=True):
            index += _address(rule.target) + rule.selector + offset.to_bytes(2) + len(code).to_bytes(2)
            offset += len(code)
        return index + b"".join(rules)

    def check(self, now: datetime | int | None = None) -> None:
        """Raises the error that the wallet would raise for this mandate, as far as it depends on the mandate alone.

        `now` is the time of installation; without it the end isn't checked. Checks that need the chain are the wallet's:
        decimals and code of tokens, payees and targets of the suite, earlier spending, epoch, `replaces`, and code size.
        """
        m = self._message
        if int(self.agent_key, 16) == 0 or self.agent_key == self.principal:
            raise errors.InvalidAgentKey(agentKey=self.agent_key)
        if m["validFrom"] >= m["validUntil"]:
            raise errors.ValidityInverted(validFrom=m["validFrom"], validUntil=m["validUntil"])
        if now is not None and to_timestamp(now) >= m["validUntil"]:
            raise errors.ValidityPast(validUntil=m["validUntil"], timestamp=to_timestamp(now))
        if not 1 <= len(self.budgets) <= MAX_BUDGETS:
            raise errors.InvalidBudgetCount(count=len(self.budgets), maximum=MAX_BUDGETS)
        tokens = _check_budgets(self.budgets)
        for budget in self.budgets:
            _check_payees(budget, tokens, m["validFrom"])
        _check_powers(self, tokens)


def _cheque_book_code(book: dict[str, Any]) -> bytes:
    numbers = ((book["count"], 2), (book["limit"], 12), (book["period"], 4))
    return _address(book["token"]) + b"".join(int(number).to_bytes(length) for number, length in numbers)


def _check_budgets(budgets: tuple[Budget, ...]) -> list[str]:
    # Returns the addresses of all tokens.
    tokens: list[str] = []
    payees = 0
    for i, budget in enumerate(budgets):
        if budget.currency in (other.currency for other in budgets[:i]):
            raise errors.CurrencyTwice(currency=budget.currency)
        _check_limits(budget)
        for token in budget.tokens:
            if token.address in tokens:
                raise errors.TokenTwice(token=token.address)
            tokens.append(token.address)
            if abs(token.decimals - budget.decimals) > MAX_DIFFERENCE:
                raise errors.InvalidScale(
                    token=token.address, tokenDecimals=token.decimals, budgetDecimals=budget.decimals
                )
        listed = len(budget.payees) + len(budget.limited_payees)
        payees += listed
        too_many = payees > MAX_PAYEES or len(budget.limited_payees) > MAX_LIMITED_PAYEES
        if bool(listed) == budget.any_payee or too_many:
            raise errors.InvalidPayeeCount(
                currency=budget.currency, count=payees, maximum=MAX_PAYEES, anyPayee=budget.any_payee
            )
    return tokens


def _check_limits(budget: Budget) -> None:
    currency = budget.currency
    if not 1 <= len(currency.encode()) <= 31:
        raise errors.InvalidCurrency(currency=currency)
    if not 0 <= budget.decimals <= MAX_BUDGET_DECIMALS:
        raise errors.InvalidBudgetDecimals(currency=currency, decimals=budget.decimals, maximum=MAX_BUDGET_DECIMALS)
    if not 1 <= len(budget.windows) <= MAX_WINDOWS:
        raise errors.InvalidWindowCount(currency=currency, count=len(budget.windows), maximum=MAX_WINDOWS)
    message = budget.message()
    previous, smaller = 0, message["paymentLimit"]
    for window in message["windows"]:
        length, limit = window["length"], window["limit"]
        if length % 8 or not MIN_WINDOW <= length <= MAX_WINDOW:
            raise errors.InvalidWindowLength(currency=currency, length=length, minimum=MIN_WINDOW, maximum=MAX_WINDOW)
        if length <= previous:
            raise errors.WindowsNotAscending(currency=currency, previous=previous, length=length)
        if smaller > limit:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=limit)
        previous, smaller = length, limit
    if smaller > message["lifetimeLimit"]:
        raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=message["lifetimeLimit"])
    if not 1 <= len(budget.tokens) <= MAX_TOKENS:
        raise errors.InvalidTokenCount(currency=currency, count=len(budget.tokens), maximum=MAX_TOKENS)


def _check_payees(budget: Budget, tokens: list[str], valid_from: int) -> None:
    for previous, payee in pairwise(budget.payees):
        if previous == payee:
            raise errors.PayeesNotAscending(previous=previous, payee=payee)
    for payee in budget.payees:
        if payee in tokens or int(payee, 16) == 0:
            raise errors.PayeeRefused(payee=payee)
    _check_limited_payees(budget, tokens, valid_from)


def _check_limited_payees(budget: Budget, tokens: list[str], valid_from: int) -> None:
    previous = ZERO_ADDRESS
    for each in budget.limited_payees:
        if each.payee in tokens or int(each.payee, 16) == 0:
            raise errors.PayeeRefused(payee=each.payee)
        if each.payee == previous:
            raise errors.PayeesNotAscending(previous=previous, payee=each.payee)
        previous = each.payee
        if each.payee in budget.payees:
            raise errors.PayeeTwice(payee=each.payee)
        until = to_timestamp(each.valid_until)
        if until <= valid_from:
            raise errors.PayeeNeverValid(payee=each.payee, validUntil=until, validFrom=valid_from)


def _check_powers(mandate: Mandate, tokens: list[str]) -> None:
    powers = mandate.message()["powers"]
    requests, age = powers["maxRequests"], powers["maxRequestAge"]
    if (requests == 0) != (age == 0):
        raise errors.RequestTermsContradict(maxRequests=requests, maxRequestAge=age)
    _check_gas(powers["gasTerms"])
    if len(mandate.calls) > MAX_CALLS:
        raise errors.InvalidCallCount(count=len(mandate.calls), maximum=MAX_CALLS)
    seen = set()
    for rule in mandate.calls:
        place = {"target": rule.target, "selector": rule.selector}
        if (rule.target, rule.selector) in seen:
            raise errors.CallsNotAscending(**place)
        seen.add((rule.target, rule.selector))
        if rule.target in tokens:
            raise errors.TargetRefused(target=rule.target)
        if rule.selector == bytes(4):
            raise errors.InvalidSelector(**place)
        if rule.value_limit and NATIVE not in tokens:
            raise errors.NativeNotBudgeted(**place)
        if len(rule.arguments) > MAX_ARGUMENTS:
            raise errors.InvalidArgumentCount(**place, count=len(rule.arguments), maximum=MAX_ARGUMENTS)
        for index, argument in enumerate(rule.arguments):
            count = len(argument.values)
            one = argument.kind in (ArgumentKind.EQUAL, ArgumentKind.AT_MOST)
            fits = 1 <= count <= MAX_VALUES if argument.kind == ArgumentKind.ONE_OF else count == int(one)
            if not fits:
                raise errors.InvalidArgumentValues(**place, index=index, count=count)
    for i, book in enumerate(mandate.cheque_books):
        _check_book(mandate, book, mandate.cheque_books[:i])


def _check_gas(terms: dict[str, int]) -> None:
    window = terms["window"]
    if len({terms[name] == 0 for name in terms}) != 1 or terms["operationLimit"] > terms["windowLimit"]:
        raise errors.GasTermsContradict(**terms)
    if window and (window % 8 or not MIN_WINDOW <= window <= MAX_WINDOW):
        raise errors.InvalidGasWindow(length=window, minimum=MIN_WINDOW, maximum=MAX_WINDOW)


def _check_book(mandate: Mandate, book: ChequeBook, before: tuple[ChequeBook, ...]) -> None:
    budget = mandate.budget_of(book.token)
    if budget is None or book.token == NATIVE:
        raise errors.InvalidChequeToken(token=book.token)
    if any(mandate.budget_of(other.token) is budget for other in before):
        raise errors.ChequeBookTwice(currency=budget.currency)
    if not 1 <= book.count <= MAX_CHEQUES:
        raise errors.InvalidChequeCount(token=book.token, count=book.count, maximum=MAX_CHEQUES)
    period, limit, payment = to_seconds(book.period), budget.units(book.limit), budget.units(budget.payment_limit)
    if not MIN_PERIOD <= period <= MAX_PERIOD:
        raise errors.InvalidChequePeriod(token=book.token, period=period, minimum=MIN_PERIOD, maximum=MAX_PERIOD)
    if not 1 <= limit <= payment:
        raise errors.InvalidChequeLimit(token=book.token, limit=limit, paymentLimit=payment)
    m = mandate.message()
    reserves = [(book.within(to_seconds(w.length), limit), budget.units(w.limit)) for w in budget.windows]
    reserves.append((book.between(m["validFrom"], m["validUntil"] - 1, limit), budget.units(budget.lifetime_limit)))
    for reserve, bound in reserves:
        if reserve > bound:
            raise errors.ChequesExceedLimit(token=book.token, reserve=reserve, limit=bound)


def _struct_hash(primary: str, message: dict[str, Any]) -> bytes:
    # The body of a signable message is the struct hash of its primary type.
    types = {name: MANDATE_TYPES[name] for name in _referenced_types(primary)}
    data = typed_data(WALLET_DOMAIN, 1, ZERO_ADDRESS, types, primary, message)
    return bytes(encode_typed_data(full_message=data).body)


def _referenced_types(primary: str) -> list[str]:
    # eth_account rejects types that the primary type doesn't refer to.
    found = [primary]
    for name in found:
        inner = (member["type"].removesuffix("[]") for member in MANDATE_TYPES[name])
        found += [each for each in inner if each in MANDATE_TYPES and each not in found]
    return found


def _word(value: bytes | int | str) -> bytes:
    if isinstance(value, int):
        if not 0 <= value < 2**256:
            raise InvalidInput(f"The value {value} isn't an unsigned number of 256 bits.")
        return value.to_bytes(32)
    if isinstance(value, str) and len(value) == 42:
        return bytes(12) + _address(to_address(value))
    return to_bytes32(value, "value")


def _limit(amount: Amount, decimals: int) -> int:
    if amount == NO_LIMIT:
        return MAX_LIMIT
    units = to_base_units(amount, decimals)
    if units > MAX_LIMIT:
        largest = from_base_units(MAX_LIMIT, decimals)
        raise InvalidInput(f"The limit {amount} is too large; the maximum with {decimals} decimals is {largest}.")
    return units


def _decimal(amount: Amount, name: str) -> Decimal:
    if amount == ANY_SPENT:
        return ANY_SPENT
    to_base_units(amount, 36)
    value = Decimal(amount)
    if not value.is_finite():
        raise InvalidInput(f"{name} is {amount}; it must be a number.")
    return value


def _positional(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(_positional(each) for each in value.values())
    if isinstance(value, list):
        return [_positional(each) for each in value]
    return value


def _address(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
