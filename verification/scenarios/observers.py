"""Parts of the oracle that read the logs of one transaction at a time: rounds, strangers and counted calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from verification.scenarios.fixtures import ALL_WALLETS, TOKENS, WALLETS
from verification.scenarios.model.ledger import ExactWindow
from verification.scenarios.model.terms import NATIVE, Budget, Rule, Terms
from verification.scenarios.trace import CALLABLE, Prediction

PLAIN_TOKENS = ("usdc", "dai", "eurs", "eurd", "eurx", "unlisted")
"""Tokens whose `Transfer` events tell what a balance gained."""


class InvariantViolated(AssertionError):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Seen:
    """An event: emitter and name, indexed arguments, and the words of the data."""

    emitter: str
    name: str
    topics: list[str]
    words: list[int]


@dataclass
class Observer:
    """Reads all transactions in order."""

    name_of: Callable[[str], str]
    """The name of an address, given as a word in hex."""
    granted: Mapping[bytes, Terms]
    """Every mandate of the scenario, by its hash."""

    def installed(self, event: Seen) -> Terms:
        """The mandate that an event installs."""
        return self.granted[bytes.fromhex(event.topics[0][2:])]


@dataclass
class Rounds(Observer):
    """I31: nothing that was signed for, or pending in, an earlier round has an effect."""

    rounds: dict[str, int] = field(default_factory=lambda: {name: int(name in WALLETS) for name in ALL_WALLETS})
    in_force: set[str] = field(default_factory=lambda: set(WALLETS))
    """Wallets with a mandate in force."""
    asked: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """The round in which a request was made, by wallet, slot and hash."""
    authorized: dict[tuple[str, str], int] = field(default_factory=dict)
    """The round of a wallet's authorizations, by nonce."""
    offers: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    """To whom each wallet is offered, until when, and in which round."""

    def see(self, prediction: Prediction, events: list[Seen]) -> None:
        """Checks one transaction."""
        lifted = None
        for event in events:
            self._request(event)
            self._authorization(event)
            self._round(event, lifted, prediction.time)
            lifted = event.emitter if event.name == "MandateLifted" else None

    def _round(self, event: Seen, lifted: str | None, time: int) -> None:
        wallet = event.emitter
        if event.name == "MandateInstalled":
            self._require_now(wallet, self.installed(event).round, "a mandate was installed")
            self.in_force.add(wallet)
        elif event.name == "HandOverOffered":
            self.offers[wallet] = self.name_of(event.topics[1]), event.words[0], self.rounds[wallet]
            return
        elif event.name == "HandedOver":
            to, deadline, round_ = self.offers.pop(wallet)
            # Lifting the mandate has ended the round already.
            self._require_now(wallet, round_ + (lifted == wallet), "a hand-over was accepted")
            if self.name_of(event.topics[1]) != to or time > deadline:
                raise InvariantViolated(f"I31: {wallet} was offered to {to} until {deadline}, accepted at {time}")
            if lifted == wallet:
                return
        elif event.name == "MandateLifted":
            self.in_force.discard(wallet)
        elif event.name != "AllRefused":
            return
        self.rounds[wallet] += 1

    def _request(self, event: Seen) -> None:
        if event.name in ("PaymentRequested", "CallRequested"):
            self.asked[event.emitter, event.topics[0], event.topics[1]] = event.words[0]
            self._require_now(event.emitter, event.words[0], "a request was made")
        elif event.name in ("RequestApproved", "CallApproved"):
            round_ = self.asked.pop((event.emitter, event.topics[0], event.topics[1]), None)
            self._require_now(event.emitter, round_, "a request was approved")

    def _authorization(self, event: Seen) -> None:
        if event.name == "PaymentAuthorized":
            nonce = f"0x{event.words[9]:064x}"
            self.authorized[event.emitter, nonce] = self.rounds[event.emitter]
        elif event.name == "AuthorizationUsed" and (wallet := self.name_of(event.topics[0])) in ALL_WALLETS:
            # What wasn't authorized is a cheque, which ends with its mandate.
            round_ = self.authorized.get((wallet, event.topics[1]), self.rounds[wallet])
            self._require_now(wallet, round_, "an authorization was settled")
            self.require_mandate(wallet)
        elif event.name in ("PaymentMade", "CallMade"):
            self.require_mandate(event.emitter)

    def require_mandate(self, wallet: str) -> None:
        """The agent acts only under a mandate in force."""
        if wallet not in self.in_force:
            raise InvariantViolated(f"I31: {wallet}'s agent acted without a mandate")

    def _require_now(self, wallet: str, round_: int | None, what: str) -> None:
        if round_ != self.rounds[wallet]:
            raise InvariantViolated(f"I31: {what} for round {round_} of {wallet} in round {self.rounds[wallet]}")


@dataclass
class Calls(Observer):
    """I33: calls are counted per function, charge their rule's budget, and gain what its floor requires."""

    selectors: Mapping[bytes, str]
    """The names of the functions that agents call."""
    made: dict[tuple[str, str, bytes], ExactWindow] = field(default_factory=lambda: defaultdict(ExactWindow))
    """Every call, by wallet, target and selector."""
    windows: dict[tuple[str, str, bytes], tuple[int, int]] = field(default_factory=dict)
    """The window in which they are counted, and since when."""

    def see(self, prediction: Prediction, events: list[Seen], terms: Mapping[str, Terms]) -> list[Seen]:
        """Checks one transaction. Returns the charges that aren't those of calls."""
        payments: list[Seen] = []
        for event in events:
            if event.name == "PaymentMade":
                payments.append(event)
            elif event.name == "CallMade":
                charges = [each for each in payments if _belongs(each, event)]
                payments = [each for each in payments if not _belongs(each, event)]
                self._call(prediction, event, charges, events, terms[event.emitter])
        return payments

    def _call(self, prediction: Prediction, event: Seen, charges: list[Seen], events: list[Seen], terms: Terms) -> None:
        wallet, target, selector = event.emitter, self.name_of(event.topics[0]), bytes.fromhex(event.topics[1][2:10])
        function = self.selectors.get(selector, selector.hex())
        rules = [rule for rule in terms.rules if (rule.target, rule.function) == (target, function)]
        if not rules:
            raise InvariantViolated(f"I6: {wallet} called {function} of {target}")
        self._count(wallet, target, selector, rules[0], prediction.time)
        tokens = {self.name_of(each.topics[0]) for each in charges}
        if not tokens <= {NATIVE, *(rule.token for rule in rules)}:
            raise InvariantViolated(f"I33: a call of {function} by {wallet} charged {tokens}")
        if prediction.name == "call":
            variant = int(prediction.sent.data[74:138], 16)
            rule = next(rule for rule in rules if rule.variant == variant)
            self._floor(wallet, rule, charges, events)

    def _count(self, wallet: str, target: str, selector: bytes, rule: Rule, time: int) -> None:
        key = wallet, target, selector
        self.made[key].add(time, 1)
        window, since = self.windows.get(key, (0, 0))
        if window != rule.window:
            window, since = self.windows[key] = rule.window, time
        calls = sum(1 for when, _ in self.made[key].log if when > time - window and when >= since)
        if calls > rule.max_calls:
            raise InvariantViolated(f"I33: {wallet} made {calls} calls in {window} s, maximum {rule.max_calls}")

    def _floor(self, wallet: str, rule: Rule, charges: list[Seen], events: list[Seen]) -> None:
        if rule.floor is None or rule.floor.token not in PLAIN_TOKENS:
            return
        charged = sum(each.words[0] for each in charges if self.name_of(each.topics[0]) == rule.token)
        gained = 0
        for event in events:
            if event.name == "Transfer" and event.emitter == rule.floor.token:
                gained += event.words[0] * (self.name_of(event.topics[1]) == wallet)
                gained -= event.words[0] * (self.name_of(event.topics[0]) == wallet)
        if gained < rule.floor.needed(charged):
            raise InvariantViolated(f"I33: {wallet} gained {gained} {rule.floor.token} for {charged} {rule.token}")


def _belongs(payment: Seen, call: Seen) -> bool:
    """Whether a charge is that of a call: to its target with its reference."""
    return (payment.emitter, payment.topics[1:]) == (call.emitter, [call.topics[0], call.topics[2]])


@dataclass
class Strangers(Observer):
    """I32: every payment to a payee that isn't listed fits into the strangers' limits, in every interval."""

    charges: dict[tuple[str, str], ExactWindow] = field(default_factory=lambda: defaultdict(ExactWindow))
    """By wallet and currency."""
    windows: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """The length of the strangers' window, and since when it is open."""
    pending: dict[str, tuple[str, str, int, int]] = field(default_factory=dict)
    """By digest, for open authorizations of strangers: wallet, currency, time and charge."""

    def open(self, wallet: str, terms: Terms, time: int) -> None:
        """Opens the strangers' windows of a mandate; one of the same length continues."""
        for budget in terms.budgets:
            length = budget.windows[0][0]
            if budget.stranger_payment and self.windows.get((wallet, budget.currency), (0, 0))[0] != length:
                self.windows[wallet, budget.currency] = length, time

    def pay(self, wallet: str, terms: Terms, token: str, payee: str, charge: int, time: int) -> str | None:
        """Checks a payment. Returns its currency if the payee is a stranger."""
        budget = terms.budget_of(token)
        if budget is None or payee in budget.payees or payee in budget.limited:
            return None
        if payee in (wallet, "nobody", *TOKENS) and (payee == wallet or payee == "nobody" or terms.lists(payee)):
            raise InvariantViolated(f"I6: {wallet} paid {payee}")
        self._count(wallet, budget, charge, time)
        return budget.currency

    def _count(self, wallet: str, budget: Budget, charge: int, time: int) -> None:
        if charge > budget.stranger_payment:
            raise InvariantViolated(f"I32: {wallet} paid a stranger {charge}, limit {budget.stranger_payment}")
        key = wallet, budget.currency
        self.charges[key].add(time, charge)
        length, since = self.windows[key]
        total = sum(each for when, each in self.charges[key].log if when > time - length and when >= since)
        if total > budget.stranger_window:
            raise InvariantViolated(
                f"I32: {wallet} paid strangers {total} {budget.currency} in {length} s, limit {budget.stranger_window}"
            )

    def hold(self, digest: str, wallet: str, currency: str, time: int, charge: int) -> None:
        """Remembers an open authorization of a stranger."""
        self.pending[digest] = wallet, currency, time, charge

    def close(self, digest: str, settled: bool) -> None:
        """Forgets an authorization; one that wasn't settled no longer counts."""
        if digest in self.pending:
            wallet, currency, time, charge = self.pending.pop(digest)
            if not settled:
                self.charges[wallet, currency].log.remove((time, charge))


def selectors_of(functions: Mapping[str, bytes]) -> dict[bytes, str]:
    """The names of the functions that agents call, by selector."""
    return {functions[name]: name for name in CALLABLE}
