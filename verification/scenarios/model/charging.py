"""What all payments share: whether the agent may act, the charge, and the transfer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from verification.scenarios.model.bank import Bank
from verification.scenarios.model.guards import Charge, Guard, refused_by
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import FORBIDDEN, Directory
from verification.scenarios.model.outcomes import Hashed, Refused, non_reentrant, require
from verification.scenarios.model.registry import NO_HASH, NOBODY, Registry
from verification.scenarios.model.switch import Switch
from verification.scenarios.model.terms import NATIVE, NO_LIMIT, Budget, Terms

if TYPE_CHECKING:
    from verification.scenarios.model.authorizations import Authorization

MAX_AMOUNT = 2**128 - 1
GAS = "gas"
"""The key of the ledger for user operations' gas, next to those of the currencies."""
PLENTY = 10**7
"""Gas that every transaction has. Gas isn't modeled, so nobody demands more, unless it is more than a block has."""
UNPREDICTED = 0
"""Stands for an amount of gas, which isn't compared."""
LISTED, LIMITED, STRANGER = "listed", "limited", "stranger"
"""Kinds of payees: counted by the budget only, also by a limit of its own, or also by the strangers' limits."""


class Offer(NamedTuple):
    """An offer of the wallet to another principal."""

    to: str
    deadline: int
    """Inclusive."""
    round: int


@dataclass
class WalletStorage:
    """The state of one wallet."""

    name: str
    suite: Suite
    principal: str
    bound_epoch: int | None = None
    """The principal's epoch that the wallet's authority belongs to: of its first mandate or a hand-over after that."""
    offer: Offer | None = None
    last: Terms | None = None
    """The last mandate installed, lifted or not."""
    in_force: bool = False
    set_at: int = 0
    """When the last mandate was installed (unix seconds)."""
    lifted_at: int = 0
    """When the last mandate was lifted (unix seconds)."""
    round: int = 0
    """Incremented by installing and lifting a mandate, by `refuseAll` and a hand-over.

    What was signed for an earlier round, or is pending in it, is void (I31).
    """
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    stranger_ledgers: dict[str, Ledger] = field(default_factory=dict)
    """By currency: what was charged for strangers, which `ledgers` count too; one window."""
    call_ledgers: dict[tuple[str, str], Ledger] = field(default_factory=dict)
    """By target and function: the number of calls; one window."""
    decimals: dict[str, int] = field(default_factory=dict)
    """Decimals of every currency ever budgeted."""
    gas_newest: int = 0
    """The time up to which the gas ledger was advanced."""
    paid_to: dict[tuple[str, str], int] = field(default_factory=dict)
    """Charges by currency and payee, for payees with a limit of their own."""
    requests: dict[tuple[int, int], bytes] = field(default_factory=dict)
    """By round and slot: part of the request's hash, and when it was asked."""
    authorized: dict[tuple[str, Authorization], tuple[int, int, int, str, str]] = field(default_factory=dict)
    """By currency and authorization: charge, end, round, the kind of payee, and the guard that agreed."""
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
    cheque_nonce: Callable[[str, str, bytes, int, int], int]
    """The nonce of a cheque, by wallet, token, mandate, period and slot."""
    now: int = 0
    guards: dict[str, Guard] = field(default_factory=dict)
    """Every contract that answers as a guard."""
    branches: list[str] = field(default_factory=list)
    """What happened in the current transaction that it doesn't show, for the count of what a campaign reached."""


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

    @property
    def epoch(self) -> int:
        """The epoch of the wallet's authority.

        Before the first mandate it is the principal's present one: else anybody's `sync` would revoke a new wallet.
        """
        return self.suite.switch.of(self.principal).epoch if self.bound_epoch is None else self.bound_epoch

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

    def require_gas(self, least: int) -> None:
        """Refuses if less gas is available for a call than its signer demands."""
        require(least <= PLENTY, "GasTooLow", UNPREDICTED, least)

    # Charge

    def find_budget(self, terms: Terms, token: str, amount: int) -> Budget:
        """The budget that a payment counts toward."""
        require(amount != 0, "ZeroAmount")
        require(amount <= MAX_AMOUNT, "AmountTooLarge", amount, MAX_AMOUNT)
        budget = terms.budget_of(token)
        if budget is None:
            raise Refused("TokenNotListed", token)
        return budget

    def is_stranger(self, terms: Terms, budget: Budget, payee: str) -> bool:
        """Whether a payee can be paid as a stranger (I32): it is in neither list, and it isn't forbidden."""
        listed = payee in budget.payees or payee in budget.limited
        forbidden = payee in FORBIDDEN or payee in (self.name, NOBODY, terms.guard) or terms.lists(payee)
        return budget.stranger_payment > 0 and not listed and not forbidden

    def require_payee(self, terms: Terms, budget: Budget, token: str, payee: str) -> str:
        """Refuses a payee that may not be paid. Returns its kind: what else than the budget its payments count for."""
        if payee in budget.payees:
            return LISTED
        if payee in budget.limited:
            limit, until = budget.limited[payee]
            require(self.now < until, "PayeeExpired", payee, self.now, until)
            return LISTED if limit == NO_LIMIT else LIMITED
        require(self.is_stranger(terms, budget, payee), "PayeeNotListed", payee, token)
        return STRANGER

    def charge_payment(
        self, terms: Terms, token: str, payee: str, amount: int, ref: int, pending: bool = False
    ) -> tuple[Budget, int, str]:
        """Charges a payment to an allowed payee, and asks the guard. Returns also the kind of payee."""
        budget = self.find_budget(terms, token, amount)
        kind = self.require_payee(terms, budget, token, payee)
        charge = self.charge(terms, budget, token, amount)
        if kind == LIMITED:
            self.charge_payee(budget, payee, charge)
        elif kind == STRANGER:
            self.charge_stranger(budget, charge)
        self.ask_guard(
            terms, Charge(terms.principal, Hashed(budget.currency), token, payee, amount, charge, ref, pending)
        )
        return budget, charge, kind

    def ask_guard(self, terms: Terms, charge: Charge) -> None:
        """Asks the guard, which can only refuse (I34). It may have stopped the agent meanwhile."""
        if terms.guard == NOBODY:
            return
        try:
            self.suite.guards[terms.guard].on_charge(self.name, charge)
        except Refused as reason:
            raise refused_by(terms.guard, reason) from None
        self.suite.branches.append("guard_agreed")
        self.require_still_live(terms)

    def charge_payee(self, budget: Budget, payee: str, charge: int) -> None:
        """Counts a charge against the payee's own limit."""
        before = self.paid_to.get((budget.currency, payee), 0)
        left = max(budget.limited[payee][0] - before, 0)
        require(charge <= left, "PayeeLimitExceeded", payee, charge, left)
        self.paid_to[budget.currency, payee] = before + charge

    def charge_stranger(self, budget: Budget, charge: int) -> None:
        """Counts a charge against the limits for strangers (I32)."""
        require(charge <= budget.stranger_payment, "StrangerPaymentLimitExceeded", charge, budget.stranger_payment)
        ledger = self.stranger_ledgers[budget.currency]
        over = ledger.charge(self.now, charge, [budget.stranger_limit()], NO_LIMIT)
        if over is not None:
            raise Refused("StrangerWindowLimitExceeded", charge, over[1], over[2])

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
        if payee in budget.limited:
            return self.now < budget.limited[payee][1]
        return payee in budget.payees or self.is_stranger(terms, budget, payee)

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
