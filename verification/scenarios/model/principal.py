"""The principal's functions: grant, lift, withdraw and hand over, whatever the switch says."""

from __future__ import annotations

from verification.scenarios.model.charging import GAS, Charging
from verification.scenarios.model.gas import open_window
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import MandateCheck
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.registry import NO_HASH, NOBODY
from verification.scenarios.model.terms import BUCKETS, NATIVE, Terms


class PrincipalControl(Charging):
    """Functions that only the principal may use, by its own transaction or its signature."""

    # Mandates

    def set_mandate(self, sender: str, terms: Terms) -> None:
        """Installs a mandate by the principal's own transaction."""
        self.require_principal(sender)
        self.install(terms)

    def set_mandate_signed(self, terms: Terms, principal_signed: bool, agent_signed: bool, digest: bytes) -> None:
        """Installs a mandate that both sides have signed.

        Anchors it if the registry links the wallet to this principal.
        """
        self.install(terms)
        require(principal_signed, "BadPrincipalSignature", self.principal, digest)
        registry = self.suite.registry
        number = registry.linked(self.name)
        if number is not None and registry.agents[number].principal == terms.principal:
            registry.anchor(number, terms, agent_signed, digest, self.now)

    def install(self, terms: Terms) -> None:
        """Replaces the mandate that it names, and no other. Earlier spending still counts."""
        require(terms.principal == self.principal, "PrincipalMismatch", terms.principal, self.principal)
        require(terms.epoch == self.epoch, "EpochMismatch", terms.epoch, self.epoch)
        last = self.last.hash if self.last else NO_HASH
        require(terms.replaces == last, "ReplacesMismatch", terms.replaces, last)
        assert terms.mandate is not None
        suite = self.suite
        MandateCheck(terms.mandate, self.name, self.now, suite.directory, suite.bank.decimals_of).all()
        self._charge_cheques()
        self.last, self.in_force = terms, True
        self.round += 1
        for budget in terms.budgets:
            ledger = self.ledgers.get(budget.currency)
            if ledger is None:
                ledger = self.ledgers[budget.currency] = Ledger()
                self.decimals[budget.currency] = budget.decimals
            else:
                counted = self.decimals[budget.currency]
                require(budget.decimals == counted, "BudgetDecimalsChanged", budget.currency, budget.decimals, counted)
                spent = ledger.lifetime()
                require(spent <= budget.seen, "SpentMoreThanSeen", budget.currency, spent, budget.seen)
            ledger.open(self.now, budget.widths())
        self.gas_newest = open_window(self.ledgers, GAS, self.gas_newest, self.now, terms.gas[2])
        self.emit("MandateInstalled", terms.hash, terms.agent_key, terms)

    def _charge_cheques(self) -> None:
        """Charges all cheques that can exist under the mandate that is being replaced."""
        if self.last is None:
            return
        end = min(self.now if self.in_force else self.lifted_at, self.last.valid_until - 1)
        for budget in self.last.budgets:
            if budget.book is None or end < self.last.valid_from:
                continue
            ledger = self.ledgers[budget.currency]
            recent = [budget.book.within(width * BUCKETS) for width, _ in ledger.windows]
            ledger.add_retroactively(self.now, budget.book.between(self.last.valid_from, end), recent)

    # Lift and withdraw

    def lift_mandate(self, sender: str) -> None:
        """Ends the mandate without using the switch."""
        self.require_principal(sender)
        self.terms_in_force()
        self._lift()

    def _lift(self) -> None:
        self.emit("MandateLifted", self.mandate_hash())
        self.in_force, self.lifted_at = False, self.now

    def withdraw(self, sender: str, token: str, to: str, amount: int | None) -> None:
        """Withdraws an amount, or everything if None (I18)."""
        self.require_principal(sender)
        bank = self.suite.bank
        require(bank.balance_readable(token), "BalanceRefused", self.name)
        balance = bank.balance(token, self.name)
        taken = balance if amount is None else amount
        require(to != NOBODY, "ZeroAddress")
        require(taken <= balance, "BalanceTooLow", token, taken, balance)
        if token == NATIVE:
            require(bank.send(self.name, to, taken), "PaymentRefused", self.name, taken)
        else:
            bank.transfer(token, self.name, to, taken)
        self.emit("Withdrawn", token, to, taken)

    # Hand over

    def offer_hand_over(self, sender: str, to: str) -> None:
        """Offers the wallet to another principal; nobody withdraws the offer."""
        self.require_principal(sender)
        require(to not in (self.name, self.principal), "InvalidPrincipal", to)
        self.pending_principal = to
        self.emit("HandOverOffered", self.principal, to)

    def accept_hand_over(self, sender: str) -> None:
        """Takes the wallet over: the mandate ends, earlier spending still counts."""
        require(sender == self.pending_principal, "NotPendingPrincipal", sender, self.pending_principal)
        previous, self.pending_principal = self.principal, NOBODY
        if self.in_force:
            self._lift()
        self.principal, self.epoch = sender, self.suite.switch.of(sender).epoch
        self.emit("HandedOver", previous, sender)

    # Nonces

    def spend_nonce(self, nonce: int) -> None:
        """Uses up a nonce of the principal's signatures."""
        require(nonce not in self.spent_nonces, "NonceSpent", nonce)
        self.spent_nonces.add(nonce)

    def require_deadline(self, deadline: int) -> None:
        """Refuses after the deadline, which is still valid itself."""
        require(self.now <= deadline, "DeadlinePassed", deadline, self.now)

    def cancel_nonce(self, sender: str, nonce: int) -> None:
        """Makes a signature of the principal void."""
        self.require_principal(sender)
        self.spend_nonce(nonce)
        self.emit("NonceCanceled", nonce)
