"""The principal's side: it grants, takes back, withdraws and hands over, whatever the switch says."""

from __future__ import annotations

from verification.scenarios.model.charging import GAS, Charging
from verification.scenarios.model.gas import open_window
from verification.scenarios.model.granting import Check
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.registry import NO_HASH, NOBODY
from verification.scenarios.model.rules import require
from verification.scenarios.model.terms import BUCKETS, NATIVE, Terms


class PrincipalControl(Charging):
    """Everything here is the principal's alone, by its hand or its signature."""

    # Grant

    def set_mandate(self, sender: str, terms: Terms) -> None:
        """Installs a mandate by the principal's own transaction."""
        self.require_principal(sender)
        self.install(terms)

    def set_mandate_signed(self, terms: Terms, principal_signed: bool, agent_signed: bool, digest: bytes) -> None:
        """Installs a mandate that both have signed, and anchors it if the registry links the wallet to this principal."""
        self.install(terms)
        require(principal_signed, "BadPrincipalSignature", self.principal, digest)
        registry = self.suite.registry
        number = registry.linked(self.name)
        if number is not None and registry.agents[number].principal == terms.principal:
            registry.anchor(number, terms, agent_signed, digest, self.now)

    def install(self, terms: Terms) -> None:
        """Replaces the mandate that it names, and no other. What was spent stays counted."""
        require(terms.principal == self.principal, "PrincipalMismatch", terms.principal, self.principal)
        require(terms.epoch == self.epoch, "EpochMismatch", terms.epoch, self.epoch)
        last = self.last.hash if self.last else NO_HASH
        require(terms.replaces == last, "ReplacesMismatch", terms.replaces, last)
        assert terms.written is not None
        suite = self.suite
        Check(terms.written, self.name, self.now, suite.places, suite.bank.decimals_of).all()
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
        """When a mandate is replaced, all cheques that there can have been under it are charged."""
        if self.last is None:
            return
        end = min(self.now if self.in_force else self.lifted_at, self.last.valid_until - 1)
        for budget in self.last.budgets:
            if budget.book is None or end < self.last.valid_from:
                continue
            ledger = self.ledgers[budget.currency]
            recent = [budget.book.within(width * BUCKETS) for width, _ in ledger.windows]
            ledger.add_retroactively(self.now, budget.book.between(self.last.valid_from, end), recent)

    # Take back

    def lift_mandate(self, sender: str) -> None:
        """Ends the mandate without the switch."""
        self.require_principal(sender)
        self.terms_in_force()
        self._lift()

    def _lift(self) -> None:
        self.emit("MandateLifted", self.mandate_hash())
        self.in_force, self.lifted_at = False, self.now

    def withdraw(self, sender: str, token: str, to: str, amount: int | None) -> None:
        """Takes money home, some or (None) all of it (I18)."""
        self.require_principal(sender)
        bank = self.suite.bank
        require(bank.tells(token), "BalanceRefused", self.name)
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
        """Offers the wallet to another principal; to nobody: takes the offer back."""
        self.require_principal(sender)
        require(to not in (self.name, self.principal), "InvalidPrincipal", to)
        self.pending_principal = to
        self.emit("HandOverOffered", self.principal, to)

    def accept_hand_over(self, sender: str) -> None:
        """The other accepts: the mandate ends, what was spent stays counted."""
        require(sender == self.pending_principal, "NotPendingPrincipal", sender, self.pending_principal)
        previous, self.pending_principal = self.principal, NOBODY
        if self.in_force:
            self._lift()
        self.principal, self.epoch = sender, self.suite.switch.of(sender).epoch
        self.emit("HandedOver", previous, sender)

    # Nonces

    def spend_nonce(self, nonce: int) -> None:
        """A signature of the principal's is good for one use."""
        require(nonce not in self.spent_nonces, "NonceSpent", nonce)
        self.spent_nonces.add(nonce)

    def require_deadline(self, deadline: int) -> None:
        """Until its last second, that one included."""
        require(self.now <= deadline, "DeadlinePassed", deadline, self.now)

    def cancel_nonce(self, sender: str, nonce: int) -> None:
        """Makes a signature of the principal's worthless."""
        self.require_principal(sender)
        self.spend_nonce(nonce)
        self.emit("NonceCanceled", nonce)
