"""The mandate: what a principal grants an agent, as it is signed and as the wallet enforces it.

The hashes follow EIP-712 and are the same that the contracts compute; `Mandate.code()` is, byte for byte, the code that the
wallet keeps it in, so that anyone can compare what was signed with what is enforced (I27).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from eth_account.messages import SignableMessage, _hash_eip191_message, encode_typed_data
from eth_utils import keccak

from peculium import exceptions as errors
from peculium.exceptions import InvalidInput
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_bytes32, to_seconds, to_timestamp

ZERO_HASH = bytes(32)
ZERO_ADDRESS = "0x" + "00" * 20
ANY_SPENT = Decimal("Infinity")
"""Accepts whatever has been spent before: for `Budget.spent_at_most`."""

WALLET_DOMAIN = ("Peculium AgentWallet", "1")
"""EIP-712 name and version of every wallet."""

MAX_LIMIT = 2**96 - 1
MAX_BUDGETS, MAX_TOKENS, MAX_PAYEES, WINDOWS = 4, 8, 1000, 1
MIN_WINDOW, MAX_WINDOW = 3600, 8 * (2**24 - 1)
MAX_BUDGET_DECIMALS = MAX_DIFFERENCE = 18

TYPES: dict[str, list[dict[str, str]]] = {
    name: [dict(zip(("type", "name"), member.split(), strict=True)) for member in members.split(", ")]
    for name, members in {
        "Token": "address token, uint8 decimals",
        "Window": "uint32 length, uint96 limit",
        "Budget": "string currency, uint8 decimals, uint96 paymentLimit, uint96 lifetimeLimit, uint96 spentAtMost, "
        "Window[] windows, Token[] tokens, bool anyPayee, address[] payees",
        "Mandate": "address principal, uint64 epoch, address agentKey, uint48 validFrom, uint48 validUntil, "
        "bytes32 replaces, Budget[] budgets, bytes32 termsHash, string termsURI",
    }.items()
}
"""The EIP-712 types."""

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
    """EIP-712 typed data as every signer takes it."""
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
    """The 32 bytes that a signer of typed data signs."""
    return bytes(_hash_eip191_message(encode_typed_data(full_message=data)))


@dataclass(frozen=True)
class Token:
    """A token that counts toward a budget, at one unit of currency per whole token."""

    address: str
    decimals: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", to_address(self.address))
        if not 0 <= self.decimals <= 255:
            raise InvalidInput(f"A token has 0 to 255 decimals, not {self.decimals}.")


@dataclass(frozen=True)
class Window:
    """A rolling window: at most `limit` (whole units) in every interval of `length`, wherever it starts."""

    length: timedelta
    limit: Decimal

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", _decimal(self.limit, "limit"))
        to_seconds(self.length)


@dataclass(frozen=True)
class Budget:
    """What may be spent in one currency, added up over its tokens. Limits are whole, inclusive; zero means nothing."""

    currency: str
    payment_limit: Decimal
    lifetime_limit: Decimal
    windows: tuple[Window, ...]
    tokens: tuple[Token, ...]
    payees: tuple[str, ...] = ()
    any_payee: bool = False
    decimals: int = 6
    """Decimals of the budget's unit: 6 counts in millionths. Finer amounts are rounded up, against the agent."""
    spent_at_most: Decimal = ANY_SPENT
    """The mandate is refused if more has been spent before: the spend that its signer saw."""

    def __post_init__(self) -> None:
        for name in ("payment_limit", "lifetime_limit", "spent_at_most"):
            object.__setattr__(self, name, _decimal(getattr(self, name), name))
        for name in ("windows", "tokens"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        # Sorted here, because the contract wants them ascending and people don't care.
        payees = sorted((to_address(payee) for payee in self.payees), key=lambda payee: int(payee, 16))
        object.__setattr__(self, "payees", tuple(payees))

    @property
    def currency_key(self) -> bytes:
        """keccak256 of the currency's name, under which the wallet counts."""
        return keccak(text=self.currency)

    def units(self, amount: Amount) -> int:
        """Whole units to the budget's base units; more than 96 bits is refused."""
        if amount == ANY_SPENT:
            return MAX_LIMIT
        units = to_base_units(amount, self.decimals)
        if units > MAX_LIMIT:
            raise InvalidInput(f"{amount} {self.currency} is above the largest limit, {self.whole(MAX_LIMIT)}.")
        return units

    def whole(self, units: int) -> Decimal:
        """The budget's base units to whole units."""
        return from_base_units(units, self.decimals)

    def charge(self, token: str, amount: int) -> int:
        """What `amount` base units of a token count for, in the budget's base units: rounded up against the agent."""
        listed = next(each for each in self.tokens if each.address == to_address(token))
        difference = self.decimals - listed.decimals
        if difference >= 0:
            return amount * int(10**difference)
        return -(-amount // int(10**-difference))

    def message(self) -> dict[str, Any]:
        """The budget as EIP-712 message, and in the order of the Solidity struct."""
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
        }


@dataclass(frozen=True)
class Mandate:
    """What a principal grants an agent. Immutable; its hashes follow from its fields alone."""

    principal: str
    agent_key: str
    valid_from: datetime | int
    """When it begins (inclusive)."""
    valid_until: datetime | int
    """When it ends (exclusive)."""
    budgets: tuple[Budget, ...]
    epoch: int = 0
    """The principal's epoch in the switch; `revoke_all` ends it."""
    replaces: bytes = ZERO_HASH
    """The hash of the wallet's mandate before this one; zero for the first."""
    terms_hash: bytes = ZERO_HASH
    """keccak256 of the human-readable terms."""
    terms_uri: str = ""
    """Where those terms are kept."""
    _message: dict[str, Any] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "principal", to_address(self.principal))
        object.__setattr__(self, "agent_key", to_address(self.agent_key))
        object.__setattr__(self, "budgets", tuple(self.budgets))
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
            termsHash=self.terms_hash,
            termsURI=self.terms_uri,
        )

    def replacing(self, last_mandate_hash: bytes) -> Mandate:
        """The same mandate as the successor of another."""
        return replace(self, replaces=last_mandate_hash)

    def message(self) -> dict[str, Any]:
        """The mandate as EIP-712 message."""
        return self._message

    def as_tuple(self) -> tuple[Any, ...]:
        """The mandate as argument of a contract call."""
        return tuple(_positional(value) for value in self._message.values())

    def typed_data(self, wallet: str, chain_id: int) -> dict[str, Any]:
        """What principal and agent key sign."""
        return typed_data(WALLET_DOMAIN, chain_id, wallet, TYPES, "Mandate", self._message)

    def signable(self, wallet: str, chain_id: int) -> SignableMessage:
        """The same for `eth_account`."""
        return encode_typed_data(full_message=self.typed_data(wallet, chain_id))

    def hash(self) -> bytes:
        """The mandate hash: the EIP-712 struct hash, the same whatever the wallet and the chain."""
        return bytes(self.signable(ZERO_ADDRESS, 1).body)

    def digest(self, wallet: str, chain_id: int) -> bytes:
        """The 32 bytes that are signed for one wallet on one chain."""
        return digest_of(self.typed_data(wallet, chain_id))

    def head(self) -> tuple[Any, ...]:
        """The mandate with budgets and terms' URI by their hashes: the registry's `MandateHead`."""
        budgets = b"".join(_struct_hash("Budget", budget) for budget in self._message["budgets"])
        m = self._message
        return (
            *(m[name] for name in ("principal", "epoch", "agentKey", "validFrom", "validUntil", "replaces")),
            keccak(budgets),
            self.terms_hash,
            keccak(text=self.terms_uri),
        )

    def code(self) -> bytes:
        """The mandate in the layout of `MandateCode`, as the wallet keeps it (without the leading STOP byte)."""
        tokens = [(i, budget, token) for i, budget in enumerate(self.budgets) for token in budget.tokens]
        m = self._message
        parts = [
            _address(self.principal),
            self.epoch.to_bytes(8),
            _address(self.agent_key),
            m["validFrom"].to_bytes(6),
            m["validUntil"].to_bytes(6),
            self.hash(),
            bytes([len(tokens), len(self.budgets)]),
        ]
        for index, budget, token in tokens:
            difference = budget.decimals - token.decimals
            parts.append(_address(token.address) + bytes([index, difference >= 0]))
            parts.append((10 ** abs(difference)).to_bytes(8))
        first_payee = 94 + 30 * len(tokens) + 74 * len(self.budgets)
        for budget, message in zip(self.budgets, m["budgets"], strict=True):
            limits = (message["paymentLimit"], message["lifetimeLimit"], message["windows"][0]["limit"])
            parts += [budget.currency_key, *(limit.to_bytes(12) for limit in limits), bytes([budget.any_payee])]
            parts += [len(budget.payees).to_bytes(2), first_payee.to_bytes(3)]
            first_payee += 20 * len(budget.payees)
        parts += [_address(payee) for budget in self.budgets for payee in budget.payees]
        return b"".join(parts)

    def check(self, now: datetime | int | None = None) -> None:
        """Refuses, with the error of the contract, what the contract would refuse without looking at the chain."""
        m = self._message
        if int(self.agent_key, 16) == 0 or self.agent_key == self.principal:
            raise errors.AgentKeyRefused(agentKey=self.agent_key)
        if m["validFrom"] >= m["validUntil"]:
            raise errors.ValidityInverted(validFrom=m["validFrom"], validUntil=m["validUntil"])
        if now is not None and to_timestamp(now) >= m["validUntil"]:
            raise errors.ValidityPast(validUntil=m["validUntil"], timestamp=to_timestamp(now))
        if not 1 <= len(self.budgets) <= MAX_BUDGETS:
            raise errors.BudgetCountRefused(count=len(self.budgets), maximum=MAX_BUDGETS)
        tokens: list[str] = []
        payees = 0
        for i, budget in enumerate(self.budgets):
            if budget.currency in (other.currency for other in self.budgets[:i]):
                raise errors.CurrencyTwice(currency=budget.currency)
            _check_limits(budget)
            for token in budget.tokens:
                if token.address in tokens:
                    raise errors.TokenTwice(token=token.address)
                tokens.append(token.address)
                if abs(token.decimals - budget.decimals) > MAX_DIFFERENCE:
                    raise errors.ScaleRefused(
                        token=token.address, tokenDecimals=token.decimals, budgetDecimals=budget.decimals
                    )
            payees += len(budget.payees)
            if bool(budget.payees) == budget.any_payee or payees > MAX_PAYEES:
                raise errors.PayeeCountRefused(
                    currency=budget.currency, count=payees, maximum=MAX_PAYEES, anyPayee=budget.any_payee
                )
        for budget in self.budgets:
            for previous, payee in pairwise(budget.payees):
                if previous == payee:
                    raise errors.PayeesNotAscending(previous=previous, payee=payee)
            for payee in budget.payees:
                if payee in tokens or int(payee, 16) == 0:
                    raise errors.PayeeRefused(payee=payee)


def _check_limits(budget: Budget) -> None:
    currency = budget.currency
    if not 1 <= len(currency.encode()) <= 31:
        raise errors.CurrencyRefused(currency=currency)
    if not 0 <= budget.decimals <= MAX_BUDGET_DECIMALS:
        raise errors.BudgetDecimalsRefused(currency=currency, decimals=budget.decimals, maximum=MAX_BUDGET_DECIMALS)
    if len(budget.windows) != WINDOWS:
        raise errors.WindowCountRefused(currency=currency, count=len(budget.windows), expected=WINDOWS)
    message = budget.message()
    window = message["windows"][0]
    if window["length"] % 8 or not MIN_WINDOW <= window["length"] <= MAX_WINDOW:
        raise errors.WindowLengthRefused(
            currency=currency, length=window["length"], minimum=MIN_WINDOW, maximum=MAX_WINDOW
        )
    limits = (message["paymentLimit"], window["limit"], message["lifetimeLimit"])
    for smaller, larger in pairwise(limits):
        if smaller > larger:
            raise errors.LimitsContradict(currency=currency, smaller=smaller, larger=larger)
    if not 1 <= len(budget.tokens) <= MAX_TOKENS:
        raise errors.TokenCountRefused(currency=currency, count=len(budget.tokens), maximum=MAX_TOKENS)


def _struct_hash(primary: str, message: dict[str, Any]) -> bytes:
    # The body of a signable message is the struct hash of its primary type.
    types = {name: TYPES[name] for name in ("Token", "Window", "Budget")}
    data = typed_data(WALLET_DOMAIN, 1, ZERO_ADDRESS, types, primary, message)
    return bytes(encode_typed_data(full_message=data).body)


def _decimal(amount: Amount, name: str) -> Decimal:
    if amount == ANY_SPENT:
        return ANY_SPENT
    to_base_units(amount, 36)
    value = Decimal(amount)
    if not value.is_finite():
        raise InvalidInput(f"{name} has to be a number, not {amount}.")
    return value


def _positional(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(_positional(each) for each in value.values())
    if isinstance(value, list):
        return [_positional(each) for each in value]
    return value


def _address(address: str) -> bytes:
    return bytes.fromhex(address.removeprefix("0x"))
