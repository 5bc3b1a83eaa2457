"""What all payments share: whether the agent may act, the charge, and the transfer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verification.scenarios.model.bank import Bank
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import FORBIDDEN, Directory
from verification.scenarios.model.outcomes import Refused, non_reentrant, require
from verification.scenarios.model.registry import NO_HASH, NOBODY, Registry
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Budget, Terms

if TYPE_CHECKING:
    from verification.scenarios.model.authorizations import Authorization

MAX_AMOUNT = 2**128 - 1
GAS = "gas"
"""The key of the ledger for user operations' gas, next to those of the currencies."""


@dataclass
class WalletStorage:
    """The state of one wallet."""

    name: str
    suite: Suite
    principal: str
    epoch: int
    number: int
    """The wallet's agent id in the registry at creation."""
    pending_principal: str = NOBODY
    last: Terms | None = None
    """The last mandate installed, lifted or not."""
    in_force: bool = False
    lifted_at: int = 0
    """When the last mandate was lifted (unix seconds)."""
    round: int = 0
    """Incremented by every mandate and by `refuseAll`; what was pending in an earlier round is void."""
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)
    """Decimals of every currency ever budgeted."""
    gas_newest: int = 0
    """The time up to which the gas ledger was advanced."""
    paid_to: dict[tuple[str, str], int] = field(default_factory=dict)
    """Charges by currency and payee, for payees with a limit of their own."""
    requests: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By round and slot."""
    authorized: dict[tuple[str, Authorization], tuple[int, int, int]] = field(default_factory=dict)
    """By currency and authorization: charge, end and round."""
    spent_nonces: set[int] = field(default_factory=set)
    spent_actions: set[int] = field(default_factory=set)
    entered: bool = False
    """Whether a non-reentrant function is running."""


@dataclass
class Suite:
    """What all wallets share: the other contracts, the tokens and the clock."""

    bank: Bank
    switch: Switch
    registry: Registry
    directory: Directory
    now: int = 0


class Charging(WalletStorage):
    """The checks that every payment starts with, and the charge."""

    @property
    def now(self) -> int:
        """Time of the current block (unix seconds)."""
        return self.suite.now

    def emit(self, name: str, *arguments: Any) -> None:
        """Emits an event of this wallet."""
        self.suite.bank.emit(self.name, name, *arguments)

    def non_reentrant(self) -> AbstractContextManager[None]:
        """Runs one function at a time."""
        return non_reentrant(self)

    # Whether the agent may act

    def mandate_hash(self) -> bytes:
        """The hash of the mandate in force, or zero."""
        return self.last.hash if self.in_force and self.last else NO_HASH

    def terms_in_force(self) -> Terms:
        """The mandate in force; refuses if it was lifted."""
        if not self.in_force or self.last is None:
            raise Refused("NoMandate")
        return self.last

    def terms_for_agent(self, sender: str, acting: bool) -> Terms:
        """The mandate, if the agent key acts (itself or by signature), within its validity, and is not stopped."""
        terms = self.terms_in_force()
        self.require_agent(terms, sender, acting)
        self.require_valid(terms)
        self.require_live(terms)
        return terms

    def acting_terms(self) -> Terms | None:
        """The mandate if its agent may act now, else None."""
        terms = self.last
        if not self.in_force or terms is None or not terms.valid_from <= self.now < terms.valid_until:
            return None
        return terms if self.suite.switch.is_live(terms.principal, self.name, terms.epoch, self.now) else None

    def require_agent(self, terms: Terms, sender: str, acting: bool) -> None:
        """Refuses everybody except the agent key."""
        require(acting or sender == terms.agent_key, "NotAgentKey", sender, terms.agent_key)

    def require_valid(self, terms: Terms) -> None:
        """Refuses before the start of the mandate and from its end on."""
        require(self.now >= terms.valid_from, "MandateNotYetValid", self.now, terms.valid_from)
        require(self.now < terms.valid_until, "MandateExpired", self.now, terms.valid_until)

    def require_live(self, terms: Terms) -> None:
        """Refuses if the switch stops the agent."""
        self.suite.switch.require_live(terms.principal, self.name, terms.epoch, self.now)

    def require_still_live(self, terms: Terms) -> None:
        """Checks again after an external call.

        The principal may have stopped the agent or replaced the mandate meanwhile.
        """
        require(self.mandate_hash() == terms.hash, "MandateChanged", terms.hash)
        self.require_live(terms)

    def require_principal(self, sender: str) -> None:
        """Refuses everybody except the principal and the wallet itself, which only the principal can make call."""
        require(sender in (self.principal, self.name), "NotPrincipal", sender, self.principal)

    # Charge

    def find_budget(self, terms: Terms, token: str, amount: int) -> Budget:
        """The budget that a payment counts toward."""
        require(amount != 0, "ZeroAmount")
        require(amount <= MAX_AMOUNT, "AmountTooLarge", amount, MAX_AMOUNT)
        budget = terms.budget_of(token)
        if budget is None:
            raise Refused("TokenNotListed", token)
        return budget

    def is_listed_payee(self, terms: Terms, budget: Budget, payee: str) -> bool:
        """Whether a payee may be paid without terms of its own.

        It is listed, or every payee is allowed and this one isn't forbidden.
        """
        if payee in budget.payees:
            return True
        forbidden = payee in FORBIDDEN or payee in (self.name, NOBODY) or terms.lists(payee)
        return budget.any_payee and not forbidden

    def charge_payment(self, terms: Terms, token: str, payee: str, amount: int) -> tuple[Budget, int]:
        """Charges a payment to an allowed payee."""
        budget = self.find_budget(terms, token, amount)
        if self.is_listed_payee(terms, budget, payee):
            return budget, self.charge(terms, budget, token, amount)
        require(payee in budget.limited, "PayeeNotListed", payee, token)
        limit, until = budget.limited[payee]
        require(self.now < until, "PayeeExpired", payee, self.now, until)
        charge = self.charge(terms, budget, token, amount)
        if limit != NO_LIMIT:
            before = self.paid_to.get((budget.currency, payee), 0)
            left = max(limit - before, 0)
            require(charge <= left, "PayeeLimitExceeded", payee, charge, left)
            self.paid_to[budget.currency, payee] = before + charge
        return budget, charge

    def charge(self, terms: Terms, budget: Budget, token: str, amount: int) -> int:
        """Counts an amount against every limit of its budget. Charges the gross amount: refunds are never credited."""
        charge = budget.charge(token, amount)
        require(charge <= budget.payment_limit, "PaymentLimitExceeded", charge, budget.payment_limit)
        ledger = self.ledgers[budget.currency]
        over = ledger.charge(self.now, charge, budget.limits(), terms.lifetime_limit(budget))
        if over is None:
            return charge
        error, left, length = over
        raise Refused(error, charge, left, length) if error == "WindowLimitExceeded" else Refused(error, charge, left)

    # Views

    def charge_of(self, token: str, amount: int) -> int:
        """The charge of an amount."""
        return self.find_budget(self.terms_in_force(), token, amount).charge(token, amount)

    def is_payee(self, token: str, payee: str) -> bool:
        """Whether a payee may be paid now."""
        terms = self.terms_in_force()
        budget = terms.budget_of(token)
        if budget is None:
            return False
        return self.is_listed_payee(terms, budget, payee) or self.now < budget.limited.get(payee, (0, 0))[1]

    # Pay

    def pay_out(self, terms: Terms, token: str, payee: str, amount: int) -> None:
        """Transfers the money and checks that no more left the wallet.

        A payee with code could move other listed tokens meanwhile.
        """
        bank = self.suite.bank
        if token == NATIVE:
            before = self.holdings(terms) if self.suite.directory.has_code(payee) else {}
            require(bank.send(self.name, payee, amount), "NativePaymentRefused", payee, amount)
        else:
            before = {token: self.holding(token)}
            bank.transfer(token, self.name, payee, amount)
        self.require_no_excess_outflow(before, {token: amount})

    def holding(self, token: str) -> int:
        """The wallet's balance; refuses if the token does not report it."""
        bank = self.suite.bank
        require(bank.balance_readable(token), "TokenBalanceUnreadable", token)
        return bank.balance(token, self.name)

    def holdings(self, terms: Terms) -> dict[str, int]:
        """The wallet's balance in every listed token."""
        return {token: self.holding(token) for budget in terms.budgets for token in budget.tokens}

    def require_no_excess_outflow(self, before: dict[str, int], charged: dict[str, int]) -> None:
        """Refuses if a token's balance fell by more than was charged for it, even if part of it came back."""
        for token, had in before.items():
            taken, most = had - self.holding(token), charged.get(token, 0)
            require(taken <= most, "TokenTookMore", token, taken, most)
