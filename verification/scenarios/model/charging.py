"""What every verb that moves money has in common: may the agent act, what is charged, and the payment."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from verification.scenarios.model.granting import FORBIDDEN, Places
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.money import Bank
from verification.scenarios.model.registry import NO_HASH, NOBODY, Registry
from verification.scenarios.model.rules import Refused, one_at_a_time, require
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Budget, Terms

MAX_AMOUNT = 2**128 - 1
GAS = "gas"
"""Where the ledger of user operations' cost is kept, beside those of the currencies."""


@dataclass
class WalletStorage:
    """Everything that a wallet remembers."""

    name: str
    suite: Suite
    principal: str
    epoch: int
    number: int
    """Its agent in the registry, as given at creation."""
    pending_principal: str = NOBODY
    last: Terms | None = None
    """The last mandate installed."""
    in_force: bool = False
    lifted_at: int = 0
    """When a mandate was last lifted (unix seconds)."""
    round: int = 0
    """Goes up with every mandate and with `refuseAll`: what was pending before is dead."""
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    decimals: dict[str, int] = field(default_factory=dict)
    """Of every currency ever counted."""
    gas_newest: int = 0
    """The time up to which the ledger of gas was brought last."""
    paid_to: dict[tuple[str, str], int] = field(default_factory=dict)
    """By currency and payee: what was charged for payees with a limit of their own."""
    requests: dict[tuple[int, int], Any] = field(default_factory=dict)
    """By round and slot."""
    authorized: dict[tuple[str, Any], tuple[int, int, int]] = field(default_factory=dict)
    """By currency and authorization: charge, end, round."""
    spent_nonces: set[int] = field(default_factory=set)
    spent_actions: set[int] = field(default_factory=set)
    busy: bool = False
    """Whether one of its verbs isn't over yet."""


@dataclass
class Suite:
    """What wallets share: the other contracts, the tokens and the clock."""

    bank: Bank
    switch: Switch
    registry: Registry
    places: Places
    now: int = 0


class Charging(WalletStorage):
    """The checks that every verb begins with, and the charge."""

    @property
    def now(self) -> int:
        """Unix seconds."""
        return self.suite.now

    def emit(self, name: str, *arguments: Any) -> None:
        """Tells the world."""
        self.suite.bank.emit(self.name, name, *arguments)

    def alone(self) -> AbstractContextManager[None]:
        """One verb at a time."""
        return one_at_a_time(self)

    # May the agent act?

    def mandate_hash(self) -> bytes:
        """Of the mandate in force."""
        return self.last.hash if self.in_force and self.last else NO_HASH

    def terms_in_force(self) -> Terms:
        """The mandate, unless it was lifted."""
        if not self.in_force or self.last is None:
            raise Refused("NoMandate")
        return self.last

    def terms_for_agent(self, sender: str, acting: bool) -> Terms:
        """The mandate, for an agent that acts itself (or whose signature stands for that), in time, and isn't stopped."""
        terms = self.terms_in_force()
        self.require_agent(terms, sender, acting)
        self.require_valid(terms)
        self.require_live(terms)
        return terms

    def acting_terms(self) -> Terms | None:
        """The mandate if its agent may act now: in force, in time, and not stopped."""
        terms = self.last
        if not self.in_force or terms is None or not terms.valid_from <= self.now < terms.valid_until:
            return None
        return terms if self.suite.switch.is_live(terms.principal, self.name, terms.epoch, self.now) else None

    def require_agent(self, terms: Terms, sender: str, acting: bool) -> None:
        """Only the agent key."""
        require(acting or sender == terms.agent_key, "NotAgentKey", sender, terms.agent_key)

    def require_valid(self, terms: Terms) -> None:
        """From the first second of the mandate until just before its end."""
        require(self.now >= terms.valid_from, "MandateNotYetValid", self.now, terms.valid_from)
        require(self.now < terms.valid_until, "MandateExpired", self.now, terms.valid_until)

    def require_live(self, terms: Terms) -> None:
        """Unless the switch says stop."""
        self.suite.switch.require_live(terms.principal, self.name, terms.epoch, self.now)

    def require_still_live(self, terms: Terms) -> None:
        """After others have had their say: the principal may have said stop meanwhile."""
        require(self.mandate_hash() == terms.hash, "MandateChanged", terms.hash)
        self.require_live(terms)

    def require_principal(self, sender: str) -> None:
        """Only the principal, or the wallet itself, which only the principal can make call."""
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

    def is_free_payee(self, terms: Terms, budget: Budget, payee: str) -> bool:
        """Whether a payee is listed without terms of its own, or may be because every payee may."""
        if payee in budget.payees:
            return True
        barred = payee in FORBIDDEN or payee in (self.name, NOBODY) or terms.lists(payee)
        return budget.any_payee and not barred

    def charge_payment(self, terms: Terms, token: str, payee: str, amount: int) -> tuple[Budget, int]:
        """Charges a payment to a payee that may be paid."""
        budget = self.find_budget(terms, token, amount)
        if self.is_free_payee(terms, budget, payee):
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
        """Counts an amount against every limit of its budget. Gross: what comes back lowers nothing."""
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
        """What an amount would be charged."""
        return self.find_budget(self.terms_in_force(), token, amount).charge(token, amount)

    def may_be_paid(self, token: str, payee: str) -> bool:
        """Whether a payee is one, and its own time isn't over."""
        terms = self.terms_in_force()
        budget = terms.budget_of(token)
        if budget is None:
            return False
        return self.is_free_payee(terms, budget, payee) or self.now < budget.limited.get(payee, (0, 0))[1]

    # Pay

    def pay_out(self, terms: Terms, token: str, payee: str, amount: int) -> None:
        """The money moves, and no more of it than was said. A payee with code could get at anything else meanwhile."""
        bank = self.suite.bank
        if token == NATIVE:
            before = self.holdings(terms) if self.suite.places.has_code(payee) else {}
            require(bank.send(self.name, payee, amount), "NativePaymentRefused", payee, amount)
        else:
            before = {token: self.holding(token)}
            bank.transfer(token, self.name, payee, amount)
        self.require_taken(before, {token: amount})

    def holding(self, token: str) -> int:
        """What the wallet has of a token that tells."""
        bank = self.suite.bank
        require(bank.tells(token), "TokenBalanceUnreadable", token)
        return bank.balance(token, self.name)

    def holdings(self, terms: Terms) -> dict[str, int]:
        """The same of every listed token."""
        return {token: self.holding(token) for budget in terms.budgets for token in budget.tokens}

    def require_taken(self, before: dict[str, int], charged: dict[str, int]) -> None:
        """No token has lost more than was charged for it, refunds or not."""
        for token, had in before.items():
            taken, most = had - self.holding(token), charged.get(token, 0)
            require(taken <= most, "TokenTookMore", token, taken, most)
