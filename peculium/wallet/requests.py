"""Requests: payments and calls outside the mandate that the agent asks the principal for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from peculium.checks import checked_fields
from peculium.errors import digits, quote
from peculium.errors.text import date
from peculium.mandate import NATIVE, ZERO_ADDRESS, ZERO_HASH, struct_hash
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_data, to_timestamp, to_uint
from peculium.wallet.refs import ref_text, to_ref

_CONTENT = {
    "Request": "address token, address payee, uint256 amount, bytes32 ref, uint48 expiresAt",
    "CallRequest": "address target, uint256 value, bytes data, address pullToken, uint256 pull, uint256 minGas, bytes32 ref, "
    "uint48 expiresAt",
}
_APPROVAL = "uint32 round, uint8 slot, {} request, uint48 askedAt, uint256 nonce, uint256 deadline"
REQUEST_TYPES: dict[str, list[dict[str, str]]] = {
    name: [dict(zip(("type", "name"), member.split(), strict=True)) for member in members.split(", ")]
    for name, members in {
        "RequestApproval": _APPROVAL.format("Request"),
        "CallApproval": _APPROVAL.format("CallRequest"),
        **_CONTENT,
    }.items()
}
"""EIP-712 types of requests and of the principal's approvals."""


@checked_fields
@dataclass(frozen=True)
class Request:
    """A payment that the agent asks the principal to approve. The mandate doesn't restrict token and payee."""

    token: str
    """Address of the token, or `NATIVE`."""
    payee: str
    amount: Amount
    """Whole tokens."""
    expires_at: datetime | int
    """End of the time in which it can be approved (exclusive); an `int` is unix seconds."""
    ref: bytes | str = ZERO_HASH
    """Reference; see `to_ref`."""

    @property
    def spends(self) -> str:
        """Address of the token whose decimals the amount has."""
        return self.token

    def as_tuple(self, decimals: int) -> tuple[str, str, int, bytes, int]:
        """Returns the request as argument of a contract call. `decimals` are the token's."""
        units = to_base_units(self.amount, decimals)
        return to_address(self.token), to_address(self.payee), units, to_ref(self.ref), to_timestamp(self.expires_at)


@checked_fields
@dataclass(frozen=True)
class CallRequest:
    """A call that the agent asks the principal to approve, such as a trade above its limits. No rule restricts it.

    The target can't be a token of the mandate, a contract of the suite, or one that acts for any caller. The wallet makes
    the call only if no more of its tokens leaves than `value` and `pull`.
    """

    target: str
    data: str | bytes
    """Calldata: bytes or 0x hex."""
    expires_at: datetime | int
    """End of the time in which it can be approved (exclusive); an `int` is unix seconds."""
    value: Amount = 0
    """Native currency to send (whole units)."""
    pull_token: str = ZERO_ADDRESS
    """Token that the target can pull during the call, if `pull` isn't zero; not `NATIVE`."""
    pull: Amount = 0
    """The amount that it can pull (whole tokens)."""
    min_gas: int = 0
    """The least gas that must be available for the call, so that whoever submits the approval can't make it fail."""
    ref: bytes | str = ZERO_HASH
    """Reference; see `to_ref`."""

    @property
    def spends(self) -> str:
        """Address of the token whose decimals the pull has; `NATIVE` if nothing is pulled."""
        return self.pull_token if self.pull else NATIVE

    def as_tuple(self, decimals: int) -> tuple[Any, ...]:
        """Returns the request as argument of a contract call. `decimals` are those of the pulled token."""
        value, pull = to_base_units(self.value, 18), to_base_units(self.pull, decimals)
        call = to_address(self.target), value, to_data(self.data, "data"), to_address(self.pull_token), pull
        return *call, to_uint(self.min_gas, 256, "min_gas"), to_ref(self.ref), to_timestamp(self.expires_at)


def _in_words(request: Request | CallRequest) -> str:
    # Of a request that the wallet has, so all of it is well-formed.
    ref = ref_text(to_ref(request.ref))
    about = f", reference {quote(ref)}" if ref else ""
    until = f", to be decided before {date(to_timestamp(request.expires_at))}"
    if isinstance(request, Request):
        return f"pay {_money(request.amount, request.token)} to {request.payee}{about}{until}"
    pays = [
        _money(each, token) for each, token in ((request.value, NATIVE), (request.pull, request.pull_token)) if each
    ]
    spends = f", spending at most {' and '.join(pays)}" if pays else ""
    return f"call {request.target} with {len(to_data(request.data, 'data'))} bytes{spends}{about}{until}"


def _money(amount: Amount, token: str) -> str:
    return f"{digits(Decimal(amount))} of {'the native currency' if token == NATIVE else f'the token {token}'}"


def message_of(request: Request | CallRequest, decimals: int) -> dict[str, Any]:
    """Returns a request as EIP-712 message. `decimals` are those of the token that it spends."""
    names = (member["name"] for member in REQUEST_TYPES[type(request).__name__])
    return dict(zip(names, request.as_tuple(decimals), strict=True))


def request_hash(request: Request | CallRequest, decimals: int) -> bytes:
    """Returns the EIP-712 struct hash of a request (32 bytes). `decimals` are those of the token that it spends."""
    return struct_hash(type(request).__name__, message_of(request, decimals), REQUEST_TYPES)


def request_of(value: Any, decimals: int) -> Request | CallRequest:
    """Returns the request of an event. `decimals` are those of the token that it spends."""
    expires_at, ref = value["expiresAt"], bytes(value["ref"])
    if "payee" in value:
        return Request(value["token"], value["payee"], from_base_units(value["amount"], decimals), expires_at, ref)
    return CallRequest(
        value["target"],
        bytes(value["data"]),
        expires_at,
        from_base_units(value["value"], 18),
        value["pullToken"],
        from_base_units(value["pull"], decimals),
        value["minGas"],
        ref,
    )


@dataclass(frozen=True)
class PendingRequest:
    """A request that the principal hasn't decided."""

    slot: int
    """Its slot in the wallet, from 0."""
    request_hash: bytes
    """32 bytes."""
    request: Request | CallRequest | None
    """None if its token doesn't report its decimals, so that the amount can't be shown: refuse it by its hash."""
    asked_at: datetime
    """When the agent asked (UTC). An approval names it, so that it can't serve for the same request made again."""

    def __str__(self) -> str:
        asked = f"Request in slot {self.slot}, asked at {date(to_timestamp(self.asked_at))}"
        what = (
            "a payment in a token that doesn't report its decimals" if self.request is None else _in_words(self.request)
        )
        return f"{asked}: {what}."
