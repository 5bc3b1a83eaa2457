"""Checks the invariants on the chain's own answers, without the model.

Numbers refer to docs/invariants.md. Only the names of senders and the mandates as granted come from the scenario.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from verification.scenarios.chain.driver import Answer, Log
from verification.scenarios.fixtures import ALL_WALLETS, FLEET_BUDGETS, PRINCIPALS, TOKENS, WALLETS, Fixtures
from verification.scenarios.guard_observer import Guards
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.guards import RESERVED
from verification.scenarios.model.ledger import ExactWindow
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.terms import NATIVE, Budget, Terms
from verification.scenarios.model.tokens import (
    EXTRA_FEE,
    MOVES_NOTHING,
    REBASING,
    RETURNS_FALSE,
    REVERTING,
    SHORT_RETURN,
    WAD,
)
from verification.scenarios.observers import (
    PLAIN_TOKENS,
    Calls,
    InvariantViolated,
    Rounds,
    Seen,
    Strangers,
    selectors_of,
)
from verification.scenarios.trace import Prediction

Amounts = dict[tuple[str, str], int]
"""By wallet and token."""
PRINCIPAL_EVENTS = (
    "MandateLifted",
    "Withdrawn",
    "HandOverOffered",
    "Executed",
    "RequestApproved",
    "AllRefused",
    "CallApproved",
)
"""Events that only a principal can cause, by its transaction or its signature."""
CHARGE_EVENTS = ("PaymentMade", "PaymentAuthorized")
TRANSFER_ERRORS = {
    EXTRA_FEE: ("ERC20InsufficientBalance",),
    RETURNS_FALSE: ("SafeERC20FailedOperation",),
    REVERTING: ("TokenRefused", "BalanceRefused"),
    SHORT_RETURN: ("SafeERC20FailedOperation",),
}
"""The errors with which adversarial tokens refuse a transfer."""
APPROVALS = ("approve_request", "approve_signed")
"""Actions that move at most what was approved."""
EXACT_ACTIONS = ("pay", "pay_batch")
"""Actions that move exactly what they charge."""


class Oracle:
    """Reads the answers of one scenario in order."""

    def __init__(self, fixtures: Fixtures, granted: Mapping[bytes, Terms]) -> None:
        self.fixtures, codec = fixtures, fixtures.codec
        self.granted = granted
        """Every mandate of the scenario, by its hash."""
        topics = {
            "0x" + item.id.hex(): name for name, item in codec.events.items() if "(" not in name and "." not in name
        }
        self.topics = topics
        self.owner = {name: PRINCIPALS[principal] for name, (principal, _) in ALL_WALLETS.items()}
        self.terms: dict[str, Terms] = dict(fixtures.mandates)
        self.opened: dict[tuple[str, str, int], int] = {}
        """By wallet, currency and length: since when the window has been open."""
        self.charges: dict[tuple[str, str], ExactWindow] = defaultdict(ExactWindow)
        self.spent: dict[tuple[str, str], int] = defaultdict(int)
        self.revoked: set[tuple[str, str]] = set()
        """Principal and wallet of every agent that was revoked individually."""
        self.frozen: set[str] = set()
        """Accounts that USDC's issuer has frozen; the token's own name stands for all."""
        self.gas_terms: dict[str, tuple[int, ...]] = {}
        """The paymaster's gas terms, by wallet."""
        self.index = WAD
        """Value of one share of the rebasing token."""
        self.used = set(WALLETS)
        """Wallets that have had a mandate."""
        self.ended: set[str] = set()
        """Wallets revoked together with all others of their principal, until another principal takes them over."""
        self.authorized: dict[str, tuple[str, str, int, int, int]] = {}
        """By digest, for every open authorization: wallet, currency, charge, time and amount."""
        selectors = selectors_of({name: item.id for name, item in codec.functions.items()})
        self.rounds = Rounds(self.name, granted)
        self.calls = Calls(self.name, granted, selectors)
        self.strangers = Strangers(self.name, granted)
        reserved = frozenset(codec.functions[name].id for name in RESERVED)
        self.guards = Guards(self.name, granted, reserved, dict(self.terms))
        for currency, (_, lifetime, windows) in FLEET_BUDGETS.items():
            self.guards.set_budget(currency, lifetime, dict(windows), 0)
        for name, terms in self.terms.items():
            self._open(name, terms, 0)

    # Reading logs

    def name(self, topic: str) -> str:
        """The name of an address."""
        return self.fixtures.codec.names.get("0x" + topic[-40:], topic)

    def named(self, logs: list[Log]) -> Iterator[tuple[str, str, list[str], list[int]]]:
        """Emitter, event name, indexed arguments and the words of the data."""
        for emitter, topics, data in logs:
            words = [int(data[i : i + 64], 16) for i in range(2, len(data), 64)]
            yield self.name(emitter), self.topics[topics[0]], topics[1:], words

    # Checks

    def check(self, prediction: Prediction, answer: Answer) -> None:
        """Checks one transaction and its answer."""
        if prediction.is_view:
            return
        if prediction.name == "bundle" and answer.succeeded:
            for logs in self._parts(answer.logs):
                self._check(prediction, Answer(True, answer.data, logs))
            return
        self._check(prediction, answer)

    def _parts(self, logs: list[Log]) -> Iterator[list[Log]]:
        """The logs of each operation in a bundle. They end with the EntryPoint's event."""
        part: list[Log] = []
        for log in logs:
            part.append(log)
            if self.topics[log[1][0]] == "UserOperationEvent":
                yield part
                part = []
        if part:
            raise InvariantViolated(f"I28: something happens after the last operation: {part}")

    def _check(self, prediction: Prediction, answer: Answer) -> None:
        step, time, to = prediction.name, prediction.time, self.name(prediction.sent.to)
        sender = self.name(prediction.sent.sender)
        if to == "entry point" and answer.succeeded:
            to, sender = self._operation(answer, sender, time)
        if not answer.succeeded:
            if step == "create_wallet" and answer.data[2:10] != self.fixtures.codec.errors["ZeroAddress"].id.hex():
                raise InvariantViolated(f"I30: {sender} could not create a wallet")
            if step == "withdraw" and sender == self.owner[to]:
                self._refused_withdrawal(prediction, sender, to, answer)
            return
        events = [Seen(*each) for each in self.named(answer.logs)]
        self.rounds.see(prediction, events)
        self.guards.see(time, events)
        payments = self.calls.see(prediction, events, self.terms)
        if step == "relay_twice":
            to = self._relayed_wallet(answer)
        if step == "reenter":
            self._operations_within(answer, time)
        moved: dict[tuple[str, str], int] = defaultdict(int)
        charged: dict[tuple[str, str], int] = defaultdict(int)
        approved: dict[tuple[str, str], int] = defaultdict(int)
        for payment in payments:
            payee, wallet = self.name(payment.topics[1]), payment.emitter
            token, charge = self.name(payment.topics[0]), payment.words[1]
            self.strangers.pay(wallet, self.terms[wallet], token, payee, charge, time)
        for emitter, event, topics, words in self.named(answer.logs):
            if event == "Transfer" and emitter in TOKENS and self.name(topics[0]) in ALL_WALLETS:
                amount = words[0] * self.index // WAD if emitter == REBASING else words[0]
                moved[self.name(topics[0]), emitter] += amount
                if step == "cash":
                    self._cheque(self.name(topics[0]), emitter, self.name(topics[1]), amount, time)
            elif event in CHARGE_EVENTS:
                token = self.name(topics[0])
                self._charge(emitter, event, topics, words, time)
                if event == "PaymentMade":
                    charged[emitter, token] += words[0]
            else:
                if event == "RequestApproved":
                    approved[emitter, self.fixtures.codec.names[f"0x{words[0]:040x}"]] += words[2]
                if event == "CallApproved":
                    approved[emitter, NATIVE] += words[2]
                    approved[emitter, self.fixtures.codec.names[f"0x{words[4]:040x}"]] += words[5]
                    # A wallet compares listed tokens only: the principal's own approval of another may stand.
                    for token in TOKENS:
                        approved[emitter, token] += 0 if self.terms[emitter].lists(token) else 2**256
                self._note(step, sender, emitter, event, topics, words, time)
        self._money(step, to, moved, charged, approved)

    def _operation(self, answer: Answer, bundler: str, time: int) -> tuple[str, str]:
        """I25: the cost of an agent's operations stays within the gas terms. Returns the wallet and who acts."""
        emitter, event, topics, words = list(self.named(answer.logs))[-1]
        if (emitter, event) != ("entry point", "UserOperationEvent"):
            raise InvariantViolated(f"I25: an operation ends with {event} of {emitter}")
        return self._paid(topics, words, bundler, time)

    def _operations_within(self, answer: Answer, time: int) -> None:
        """Checks the operations that ran inside another call."""
        for emitter, event, topics, words in self.named(answer.logs):
            if (emitter, event) == ("entry point", "UserOperationEvent"):
                self._paid(topics, words, "", time)

    def _paid(self, topics: list[str], words: list[int], bundler: str, time: int) -> tuple[str, str]:
        wallet, payer, nonce, cost = self.name(topics[1]), self.name(topics[2]), words[0], words[2]
        if nonce >> 128 == 0:
            return wallet, self.owner[wallet]
        if cost == 0:
            # An operation without cost harms nobody, even if an earlier mandate left more spent than this one allows.
            return wallet, bundler
        what, terms = (payer, self.gas_terms[wallet]) if payer == PAYMASTER else (GAS, self.terms[wallet].gas)
        most, limit, length = terms
        self.charges[wallet, what].add(time, cost)
        if cost > most:
            raise InvariantViolated(f"I25: an operation of {wallet} cost {cost} wei, limit {most}")
        total = self._within(wallet, what, length, time)
        if total > limit:
            raise InvariantViolated(
                f"I25: {wallet}'s operations cost {total} wei in {length} s until {time}, limit {limit}"
            )
        return wallet, bundler

    def _relayed_wallet(self, answer: Answer) -> str:
        """The wallet whose actions were relayed in a batch; both belong to one wallet."""
        relayed = {self.name(topics[0]) for _, event, topics, _ in self.named(answer.logs) if event == "Executed"}
        if len(relayed) != 1:
            raise InvariantViolated(f"I28: the batch relayed actions of {relayed}")
        return relayed.pop()

    def _money(self, step: str, to: str, moved: Amounts, charged: Amounts, approved: Amounts) -> None:
        for (wallet, token), amount in moved.items():
            paid = charged[wallet, token]
            if step in ("settle", "cash"):
                continue
            if step == "reenter":
                self._within_another(wallet, token, amount, paid + approved[wallet, token])
                continue
            if wallet != to:
                raise InvariantViolated(f"I28: {step} of {to} moved {amount} of {wallet}'s {token}")
            # The events of a token that moves nothing are wrong.
            if step in (*EXACT_ACTIONS, "call") and amount > paid and token != MOVES_NOTHING:
                raise InvariantViolated(f"I4: {step} moved {amount} {token} and charged {paid}")
            if step in APPROVALS and token in ("native", *PLAIN_TOKENS) and amount > approved[wallet, token]:
                raise InvariantViolated(f"I17: {step} moved {amount} {token}, approved {approved[wallet, token]}")
        for (wallet, token), paid in charged.items():
            # Rounding: a share may be worth more than the rest of an amount.
            if step in EXACT_ACTIONS and token in TOKENS and token != REBASING and moved[wallet, token] != paid:
                raise InvariantViolated(f"I4: {step} charged {paid} {token} and moved {moved[wallet, token]}")

    def _within_another(self, wallet: str, token: str, amount: int, paid: int) -> None:
        """I4, I20: whatever a token called during a payment, everything that moved was charged or approved.

        Only USDC's own authorizations were charged earlier.
        """
        if amount > paid and token != "usdc":
            raise InvariantViolated(f"I4: {amount} of {wallet}'s {token} moved, and {paid} was charged or approved")

    def _charge(self, wallet: str, event: str, topics: list[str], words: list[int], time: int) -> None:
        """I1, I2, I3, I8: a charge fits into every limit by the exact log, and the agent is not revoked."""
        token, payee = self.name(topics[0]), self.name(topics[1])
        amount, charge = (words[0], words[1]) if event == "PaymentMade" else (words[6], words[2])
        terms = self.terms[wallet]
        if self._is_ended(wallet):
            raise InvariantViolated(f"I8: {wallet} paid after it was revoked")
        budget = terms.budget_of(token)
        if budget is None or not terms.valid_from <= time < terms.valid_until:
            raise InvariantViolated(f"I6: {wallet} paid {token} at {time}")
        if event == "PaymentAuthorized":
            digest = f"{words[1]:064x}"
            self.authorized[digest] = wallet, budget.currency, charge, time, amount
            if self.strangers.pay(wallet, terms, token, payee, charge, time):
                self.strangers.hold(digest, wallet, budget.currency, time, charge)
        if charge < budget.charge(token, amount) or charge > budget.payment_limit:
            raise InvariantViolated(f"I1: {wallet} was charged {charge} for {amount} {token}")
        self._count(wallet, budget, charge, time)

    def _cheque(self, wallet: str, token: str, payee: str, amount: int, time: int) -> None:
        """I29, I32: with all cashed cheques, every interval stays within the limits as granted."""
        budget = self.terms[wallet].budget_of(token)
        if budget is None or budget.book is None or budget.charge(token, amount) > budget.book.limit:
            raise InvariantViolated(f"I29: {wallet} paid {amount} {token} by cheque")
        charge = budget.charge(token, amount)
        if self.strangers.pay(wallet, self.terms[wallet], token, payee, charge, time) and not budget.book.strangers:
            raise InvariantViolated(f"I32: {wallet} paid the stranger {payee} by cheque")
        self._count(wallet, budget, charge, time)

    def _is_ended(self, wallet: str) -> bool:
        return wallet in self.ended or (self.owner[wallet], wallet) in self.revoked

    def _within(self, wallet: str, what: str, length: int, time: int) -> int:
        """The exact sum of charges in the interval of this length that ends now, since its window was opened."""
        since = max(time - length, self.opened[wallet, what, length] - 1)
        return sum(charge for when, charge in self.charges[wallet, what].log if when > since)

    def _count(self, wallet: str, budget: Budget, charge: int, time: int) -> None:
        """I2, I3: every limit holds, whatever caused the charge."""
        key = wallet, budget.currency
        self.charges[key].add(time, charge)
        self.spent[key] += charge
        if self.spent[key] > budget.lifetime_limit:
            raise InvariantViolated(
                f"I3: {wallet} has spent {self.spent[key]} of {budget.lifetime_limit} {budget.currency}"
            )
        for length, limit in budget.windows:
            total = self._within(wallet, budget.currency, length, time)
            if total > limit:
                raise InvariantViolated(
                    f"I2: {wallet} was charged {total} {budget.currency} in {length} s until {time}, limit {limit}"
                )

    def _note(
        self, step: str, sender: str, emitter: str, event: str, topics: list[str], words: list[int], time: int
    ) -> None:
        """Records all events except payments."""
        if event in PRINCIPAL_EVENTS and event != "MandateLifted":
            self._only_principal(step, sender, emitter, event)
        if event == "MandateInstalled":
            self._only_principal(step, sender, emitter, event)
            self._open(emitter, self.granted[bytes.fromhex(topics[0][2:])], time)
        elif event == "HandedOver":
            self.owner[emitter] = self.name(topics[1])
            self.ended.discard(emitter)
        elif event == "AgentRevoked":
            self.revoked.add((self.name(topics[0]), self.name(topics[1])))
        elif event == "AllRevoked":
            # A wallet that never had a mandate has nothing to end.
            self.ended |= {name for name, owner in self.owner.items() if owner == self.name(topics[0])} & self.used
        elif event in ("AgentUnpaused", "AllUnpaused") and self.name(topics[0]) != sender:
            raise InvariantViolated(f"I12: {sender} unpaused agents of {self.name(topics[0])}")
        elif event in ("Pause", "Blacklisted", "Unpause", "UnBlacklisted"):
            whom = topics[0] if topics else emitter
            # `UnBlacklisted` is also emitted for an account that was not blacklisted.
            (self.frozen.discard if event.startswith("Un") else self.frozen.add)(whom)
        elif event == "Rebased":
            self.index = words[0]
        elif event == "GasTermsSet":
            self._set_gas_terms(sender, self.name(topics[0]), tuple(words), time)
        elif event == "AuthorizationClosed":
            self._close(topics[0][2:], bool(words[1]))
        elif event == "AuthorizationUsed" and self._is_ended(self.name(topics[0])):
            raise InvariantViolated(f"I8: {self.name(topics[0])}'s authorization was settled after it was revoked")

    def _only_principal(self, step: str, sender: str, wallet: str, event: str) -> None:
        signed = step in ("create_agent", "set_mandate_signed", "execute_signed", "approve_signed", "reenter")
        if not signed and sender not in (self.owner[wallet], wallet):
            raise InvariantViolated(f"I12: {sender} caused {event} of {wallet}")

    def _close(self, digest: str, settled: bool) -> None:
        self.strangers.close(digest, settled)
        wallet, currency, charge, time, _ = self.authorized.pop(digest)
        if not settled:
            self.charges[wallet, currency].log.remove((time, charge))
            self.spent[wallet, currency] -= charge

    def _open(self, wallet: str, terms: Terms, time: int) -> None:
        self.terms[wallet] = terms
        self.used.add(wallet)
        self.strangers.open(wallet, terms, time)
        for budget in terms.budgets:
            before = {key: when for key, when in self.opened.items() if key[:2] == (wallet, budget.currency)}
            for key in before:
                del self.opened[key]
            for length, _ in budget.windows:
                key = wallet, budget.currency, length
                self.opened[key] = before.get(key, time)
        self._open_gas(wallet, GAS, terms.gas[2], time)

    def _open_gas(self, wallet: str, what: str, length: int, time: int) -> None:
        if length:
            key = wallet, what, length
            since = self.opened.get(key, time)
            others = {each: when for each, when in self.opened.items() if each[:2] != (wallet, what)}
            self.opened = others | {key: since}

    def _set_gas_terms(self, sender: str, wallet: str, terms: tuple[int, ...], time: int) -> None:
        if sender != "principal":
            raise InvariantViolated(f"I12: {sender} set the terms of the principal's paymaster")
        self.gas_terms[wallet] = terms
        self._open_gas(wallet, PAYMASTER, terms[2], time)

    def _refused_withdrawal(self, prediction: Prediction, sender: str, to: str, answer: Answer) -> None:
        """I18: a principal that withdraws an existing balance to a valid address is not refused."""
        token = self.name(prediction.sent.data[10:74])
        # Allowed reasons: its own mistakes, a payee that refuses payment, a frozen token, an adversarial token.
        names = ["BalanceTooLow", "ZeroAddress", "PaymentRefused", *TRANSFER_ERRORS.get(token, ())]
        names += ["Error"] if self.frozen else []
        reasons = [self.fixtures.codec.errors[name].id.hex() for name in names]
        if answer.data[2:10] not in reasons:
            raise InvariantViolated(f"I18: {sender} could not withdraw from {to}")
