"""The mandate that a principal grants an agent.

The contracts compute the same hashes. `Mandate.code()` equals the bytes that the wallet stores, so anyone can compare the
mandate that was signed with the one that is enforced (I27).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils import keccak

from peculium.checks import checked_fields
from peculium.errors import InvalidInput
from peculium.mandate.bounds import ZERO_ADDRESS, ZERO_HASH
from peculium.mandate.budget import Budget
from peculium.mandate.calls import CallRule
from peculium.mandate.eip712 import MANDATE_TYPES, WALLET_DOMAIN, digest_of, struct_hash, typed_data
from peculium.mandate.encoder import encode
from peculium.mandate.notes import notes_on
from peculium.mandate.powers import ChequeBook, GasTerms
from peculium.mandate.rules import check
from peculium.mandate.values import positional, to_limit
from peculium.units import to_address, to_bytes32, to_length, to_seconds, to_timestamp, to_uint

NO_UNIT = 18
"""Decimals for limits in a token that no budget lists. `check` and the wallet refuse such a mandate, whatever the unit."""


@checked_fields
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
    round: int = 0
    """The wallet's round (`AgentWallet.round`), 0 for its first mandate. It makes a mandate installable only once."""
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
    max_authorization_age: timedelta = timedelta(0)
    """The longest time that a pre-authorization may be valid; zero: the agent can't make any."""
    gas_terms: GasTerms = field(default_factory=GasTerms)
    """Limits on what the agent's user operations cost the wallet."""
    guard: str = ZERO_ADDRESS
    """A contract that the wallet asks about every charge, such as a `FleetBudget`; the zero address: none."""
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
            round: int = ...,
            terms_hash: bytes = ...,
            terms_uri: str = ...,
            calls: Sequence[CallRule] = ...,
            cheque_books: Sequence[ChequeBook] = ...,
            max_requests: int = ...,
            max_request_age: timedelta | int = ...,
            max_authorization_age: timedelta | int = ...,
            gas_terms: GasTerms = ...,
            guard: str = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        object.__setattr__(self, "principal", to_address(self.principal))
        object.__setattr__(self, "agent_key", to_address(self.agent_key))
        object.__setattr__(self, "budgets", tuple(self.budgets))
        # As for payees, the contract requires ascending order.
        rules = (self._with_token(rule) for rule in self.calls)
        calls = sorted(rules, key=lambda rule: (int(rule.target, 16), rule.selector, rule.variant))
        object.__setattr__(self, "calls", tuple(calls))
        object.__setattr__(self, "cheque_books", tuple(self.cheque_books))
        object.__setattr__(self, "guard", to_address(self.guard))
        for name in ("max_request_age", "max_authorization_age"):
            object.__setattr__(self, name, to_length(getattr(self, name)))
        for name, bits in (("epoch", 64), ("round", 32), ("max_requests", 8)):
            to_uint(getattr(self, name), bits, name)
        object.__setattr__(self, "terms_hash", to_bytes32(self.terms_hash, "terms_hash"))
        self._message.update(
            principal=self.principal,
            epoch=self.epoch,
            agentKey=self.agent_key,
            validFrom=to_timestamp(self.valid_from),
            validUntil=to_timestamp(self.valid_until),
            round=self.round,
            guard=self.guard,
            budgets=[budget.message() for budget in self.budgets],
            powers={
                "calls": [self._rule_message(rule) for rule in self.calls],
                "chequeBooks": [self._book_message(book) for book in self.cheque_books],
                "maxRequests": self.max_requests,
                "maxRequestAge": to_seconds(self.max_request_age),
                "maxAuthorizationAge": to_seconds(self.max_authorization_age),
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

    def _with_token(self, rule: CallRule) -> CallRule:
        if rule.token:
            return rule
        tokens = [token.address for budget in self.budgets for token in budget.tokens]
        if len(tokens) != 1:
            raise InvalidInput(
                f"The call rule on {rule.target} names no token, and the mandate lists {len(tokens)}. "
                "Name the token that the call can charge."
            )
        return replace(rule, token=tokens[0])

    def _rule_message(self, rule: CallRule) -> dict[str, Any]:
        budget = self.budget_of(rule.token)
        return rule.message(budget.decimals if budget else NO_UNIT)

    def _book_message(self, book: ChequeBook) -> dict[str, Any]:
        budget = self.budget_of(book.token)
        return {
            "token": book.token,
            "count": book.count,
            "limit": budget.units(book.limit) if budget else to_limit(book.limit, NO_UNIT),
            "period": to_seconds(book.period),
            "strangers": book.strangers,
        }

    def in_round(self, round_: int) -> Mandate:
        """Returns a copy for this round of the wallet (`AgentWallet.round`)."""
        return replace(self, round=round_)

    def message(self) -> dict[str, Any]:
        """Returns the mandate as EIP-712 message, in the order of the Solidity struct. Don't change it."""
        return self._message

    def as_tuple(self) -> tuple[Any, ...]:
        """Returns the mandate as argument of a contract call: the struct `Mandate`."""
        return tuple(positional(value) for value in self._message.values())

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
        budgets = b"".join(struct_hash("Budget", budget) for budget in self._message["budgets"])
        m = self._message
        return (
            *(m[name] for name in ("principal", "epoch", "agentKey", "validFrom", "validUntil", "round", "guard")),
            keccak(budgets),
            struct_hash("Powers", m["powers"]),
            self.terms_hash,
            keccak(text=self.terms_uri),
        )

    def code(self) -> bytes:
        """Encodes the mandate in the layout of `MandateDecoder`: the wallet's copy without its leading STOP byte."""
        return encode(self)

    def check(self, now: datetime | int | None = None) -> None:
        """Raises the error that the wallet would raise for this mandate, as far as it depends on the mandate alone.

        `now` is the time of installation; without it the end isn't checked. Checks that need the chain are the wallet's:
        decimals, balances and code of tokens, payees and targets of the suite, earlier spending, epoch, round, and code size.
        """
        check(self, now)

    def notes(self) -> list[str]:
        """Returns what the call rules allow that a rogue agent could use in a trade, one sentence each.

        Read them before you sign. `AgentWallet.review` adds what depends on the wallet.
        """
        return list(notes_on(self))
