"""The principal's functions: grant, lift, withdraw and hand over, whatever the switch says."""

from __future__ import annotations

from verification.scenarios.model.charging import GAS, Charging, Offer
from verification.scenarios.model.gas import open_window
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.mandate_check import MandateCheck
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.registry import NOBODY, Signatures
from verification.scenarios.model.terms import BUCKETS, NATIVE, Book, Budget, Terms

MAX_OFFER = 30 * 86_400
"""The longest that an offer to hand over stands (seconds)."""
MAX_LOOKUPS = 64
"""How many cheques are looked up when a mandate is replaced. If there are more, all of them count."""
NO_OFFER = Offer(NOBODY, 0, 0)


class PrincipalControl(Charging):
    """Functions that only the principal may use, by its own transaction or its signature."""

    # Mandates

    def set_mandate(self, sender: str, terms: Terms) -> None:
        """Installs a mandate by the principal's own transaction."""
        self.require_principal(sender)
        self.install(terms)

    def set_mandate_signed(self, terms: Terms, principal_signed: bool, agent_signed: bool, digest: bytes) -> None:
        """Installs a mandate that both sides have signed.

        Not the first one: a stranger could use it up, and leave the agent unregistered. Anchors it if the registry
        links the wallet to this principal and epoch.
        """
        require(self.last is not None, "NoMandate")
        self.install(terms)
        require(principal_signed, "BadPrincipalSignature", self.principal, digest)
        registry = self.suite.registry
        number = registry.linked(self.name)
        if number is None:
            return
        link = registry.agents[number]
        if (link.principal, link.epoch) == (terms.principal, terms.epoch):
            signatures = Signatures(True, agent_signed, digest)
            registry.anchor_mandate(self.name, number, terms, signatures, self.now)

    def install(self, terms: Terms) -> None:
        """Installs a mandate for this round, which it ends (I31). Earlier spending still counts."""
        require(terms.principal == self.principal, "PrincipalMismatch", terms.principal, self.principal)
        require(terms.epoch == self.epoch, "EpochMismatch", terms.epoch, self.epoch)
        self.require_round(terms.round)
        assert terms.mandate is not None
        suite = self.suite
        MandateCheck(terms.mandate, self.name, self.now, suite.directory, suite.bank, suite.guards).all()
        self._charge_cheques()
        self.last, self.in_force, self.set_at, self.bound_epoch = terms, True, self.now, terms.epoch
        self.end_round()
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
            if budget.stranger_payment:
                self._open_strangers(budget)
        self.gas_newest = open_window(self.ledgers, GAS, self.gas_newest, self.now, terms.gas[2])
        self.emit("MandateInstalled", terms.hash, terms.agent_key, terms)

    def _open_strangers(self, budget: Budget) -> None:
        """Opens the strangers' window, which is as long as the first. Earlier payments to strangers still count."""
        self.stranger_ledgers.setdefault(budget.currency, Ledger()).open(self.now, budget.widths()[:1])

    def require_round(self, given: int) -> None:
        """Refuses what was signed or offered in another round (I31)."""
        require(given == self.round, "RoundEnded", given, self.round)

    def end_round(self) -> None:
        """Voids what was signed for this round, or is pending in it (I31)."""
        self.round += 1

    def _charge_cheques(self) -> None:
        """Charges the cheques that can have been settled under the mandate that is being replaced (I29).

        Each in full, because the amounts aren't known.
        """
        if self.last is None:
            return
        start = max(self.last.valid_from, self.set_at)
        end = min(self.now if self.in_force else self.lifted_at, self.last.valid_until - 1)
        for budget in self.last.budgets:
            if budget.book is None or end < start:
                continue
            periods = self._settled_in(budget.book, start // budget.book.period, end // budget.book.period)
            self._add_cheques(self.ledgers[budget.currency], budget.book, periods)
            if budget.book.strangers:
                self._add_cheques(self.stranger_ledgers[budget.currency], budget.book, periods)

    def _settled_in(self, book: Book, first: int, last: int) -> dict[int, int]:
        """How many cheques of each period count: those that the token reports as used, or all if they are too many."""
        periods = range(first, last + 1)
        if len(periods) * book.cheques > MAX_LOOKUPS:
            return dict.fromkeys(periods, book.cheques)
        return {period: sum(self._was_cashed(book, period, slot) for slot in range(book.cheques)) for period in periods}

    def _was_cashed(self, book: Book, period: int, slot: int) -> bool:
        assert self.last is not None
        nonce = self.suite.cheque_nonce(self.name, book.token, self.last.hash, period, slot)
        # What the token doesn't report may have been used.
        return self.suite.bank.was_used(book.token, self.name, nonce) is not False

    def _add_cheques(self, ledger: Ledger, book: Book, periods: dict[int, int]) -> None:
        """A cheque counts in a window if its period reaches into the interval that ends now."""
        recent = []
        for width, _ in ledger.windows:
            since = self.now - width * BUCKETS
            recent.append(sum(count for period, count in periods.items() if (period + 1) * book.period > since))
        total = sum(periods.values()) * book.limit
        ledger.add_retroactively(self.now, total, [count * book.limit for count in recent])

    # Lift and withdraw

    def lift_mandate(self, sender: str) -> None:
        """Ends the mandate without using the switch."""
        self.require_principal(sender)
        self.terms_in_force()
        self._lift()

    def _lift(self) -> None:
        self.emit("MandateLifted", self.mandate_hash())
        self.in_force, self.lifted_at = False, self.now
        self.end_round()

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

    def offer_hand_over(self, sender: str, to: str, deadline: int) -> None:
        """Offers the wallet to another principal for this round; nobody withdraws the offer."""
        self.require_principal(sender)
        require(to not in (self.name, self.principal), "InvalidPrincipal", to)
        if to == NOBODY:
            deadline = 0
        else:
            latest = self.now + MAX_OFFER
            require(self.now <= deadline <= latest, "InvalidHandOverDeadline", deadline, self.now, latest)
        self.offer = Offer(to, deadline, self.round)
        self.emit("HandOverOffered", self.principal, to, deadline)

    def accept_hand_over(self, sender: str) -> None:
        """Takes the wallet over: mandate and round end, earlier spending still counts."""
        to, deadline, round_ = self.offer or NO_OFFER
        require(sender == to, "NotPendingPrincipal", sender, to)
        self.require_deadline(deadline)
        self.require_round(round_)
        previous, self.offer = self.principal, None
        if self.in_force:
            self._lift()
        else:
            self.end_round()
        self.principal = sender
        if self.last is not None:
            self.bound_epoch = self.suite.switch.of(sender).epoch
        self.emit("HandedOver", previous, sender)

    def pending_hand_over(self) -> tuple[str, int]:
        """To whom the wallet is offered and until when, if the offer still stands."""
        to, deadline, round_ = self.offer or NO_OFFER
        return (to, deadline) if round_ == self.round and self.now <= deadline else (NOBODY, 0)

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
