"""What has to hold whatever the model says: found from the chain's own answers, without asking the model.

Numbers are those of docs/invariants.md. Only the names of who acted, and the mandates as they were given, come from the story.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from verification.scenarios.chain.simulator import Answer
from verification.scenarios.fixtures import TOKENS, WALLETS, Cast
from verification.scenarios.model.charging import GAS
from verification.scenarios.model.ledger import ExactWindow
from verification.scenarios.model.paymaster import PAYMASTER
from verification.scenarios.model.terms import Budget, Terms
from verification.scenarios.model.tokens import MUTE, ONE, STONE, TERSE, TIDE, TOLL
from verification.scenarios.trace import Predicted

Log = tuple[str, list[str], str]
OF_PRINCIPAL = ("MandateLifted", "Withdrawn", "HandOverOffered", "Executed", "RequestApproved", "AllRefused")
"""What only a principal makes a wallet say, by its hand or its signature."""
BY_AGENT = ("PaymentMade", "PaymentAuthorized")
REFUSING = {
    TOLL: ("ERC20InsufficientBalance",),
    MUTE: ("SafeERC20FailedOperation",),
    STONE: ("TokenRefused", "BalanceRefused"),
    TERSE: ("SafeERC20FailedOperation",),
}
"""How tokens refuse to be moved."""
EXACT = ("pay", "pay_batch")
"""Actions that move just what they charge."""


class Broken(AssertionError):
    """An invariant doesn't hold."""


class Witness:
    """Watches the answers to a story, one after the other."""

    def __init__(self, cast: Cast, granted: Mapping[bytes, Terms]) -> None:
        self.cast, codec = cast, cast.codec
        self.granted = granted
        """Every mandate of the story, by its hash."""
        topics = {
            "0x" + known.id.hex(): name for name, known in codec.events.items() if "(" not in name and "." not in name
        }
        self.topics = topics
        self.owner = {name: cast.mandates[name].principal for name in WALLETS}
        self.terms: dict[str, Terms] = dict(cast.mandates)
        self.opened: dict[tuple[str, str, int], int] = {}
        """When a window of this length was opened, by wallet and currency; it has been open ever since."""
        self.charges: dict[tuple[str, str], ExactWindow] = defaultdict(ExactWindow)
        self.spent: dict[tuple[str, str], int] = defaultdict(int)
        self.revoked: set[tuple[str, str]] = set()
        """Principals and wallets that were revoked one by one, for ever."""
        self.frozen: set[str] = set()
        """Whom USDC's issuer has frozen; everybody, by the name of the token."""
        self.gas_terms: dict[str, tuple[int, ...]] = {}
        """Of the paymaster, by wallet."""
        self.index = ONE
        """What a share of the token that keeps shares is worth."""
        self.ended: set[str] = set()
        """Wallets that were revoked with all others of their principal, until another takes them over."""
        self.authorized: dict[str, tuple[str, str, int, int, int]] = {}
        """Wallet, currency, charge, time and amount of every authorization that isn't closed, by its digest."""
        for name, terms in self.terms.items():
            self._open(name, terms, 0)

    # Reading logs

    def name(self, topic: str) -> str:
        """Whose address this is."""
        return self.cast.codec.names.get("0x" + topic[-40:], topic)

    def named(self, logs: list[Log]) -> Iterator[tuple[str, str, list[str], list[int]]]:
        """Emitter, event, indexed arguments as they are, and the words of the data."""
        for emitter, topics, data in logs:
            words = [int(data[i : i + 64], 16) for i in range(2, len(data), 64)]
            yield self.name(emitter), self.topics[topics[0]], topics[1:], words

    # Watching

    def watch(self, predicted: Predicted, answer: Answer) -> None:
        """One action and its answer."""
        if predicted.asks:
            return
        if predicted.name == "bundle" and answer.succeeded:
            for logs in self._parts(answer.logs):
                self._watch(predicted, Answer(True, answer.data, logs))
            return
        self._watch(predicted, answer)

    def _parts(self, logs: list[Log]) -> Iterator[list[Log]]:
        """What was told of each operation of a bundle: it ends with the EntryPoint's own event."""
        part: list[Log] = []
        for log in logs:
            part.append(log)
            if self.topics[log[1][0]] == "UserOperationEvent":
                yield part
                part = []
        if part:
            raise Broken(f"I28: something happens after the last operation: {part}")

    def _watch(self, predicted: Predicted, answer: Answer) -> None:
        step, time, to = predicted.name, predicted.time, self.name(predicted.sent.to)
        sender = self.name(predicted.sent.sender)
        if to == "entry point" and answer.succeeded:
            to, sender = self._operation(answer, sender, time)
        if not answer.succeeded:
            if step == "withdraw" and sender == self.owner[to]:
                self._principal_leaves(predicted, sender, to, answer)
            return
        if step == "carry_twice":
            to = self._carried(answer)
        if step == "reenter":
            self._operations_within(answer, time)
        moved: dict[tuple[str, str], int] = defaultdict(int)
        charged: dict[tuple[str, str], int] = defaultdict(int)
        approved: dict[tuple[str, str], int] = defaultdict(int)
        for emitter, event, topics, words in self.named(answer.logs):
            if event == "Transfer" and emitter in TOKENS and self.name(topics[0]) in WALLETS:
                moved[self.name(topics[0]), emitter] += words[0] * self.index // ONE if emitter == TIDE else words[0]
            elif event in BY_AGENT:
                token = self.name(topics[0])
                self._charge(emitter, event, token, words, time)
                if event == "PaymentMade":
                    charged[emitter, token] += words[0]
            else:
                if event == "RequestApproved":
                    approved[emitter, self.cast.codec.names[f"0x{words[0]:040x}"]] += words[2]
                self._note(step, sender, emitter, event, topics, words, time)
        self._money(step, to, moved, charged, approved, predicted)

    def _operation(self, answer: Answer, bundler: str, time: int) -> tuple[str, str]:
        """I25: what an agent's operations have cost stays within its gas terms; whose operation it was, and who acts by it."""
        emitter, event, topics, words = list(self.named(answer.logs))[-1]
        if (emitter, event) != ("entry point", "UserOperationEvent"):
            raise Broken(f"I25: an operation ends with {event} of {emitter}")
        return self._paid(topics, words, bundler, time)

    def _operations_within(self, answer: Answer, time: int) -> None:
        """The same of those in the middle of something else, or that something happens in."""
        for emitter, event, topics, words in self.named(answer.logs):
            if (emitter, event) == ("entry point", "UserOperationEvent"):
                self._paid(topics, words, "", time)

    def _paid(self, topics: list[str], words: list[int], bundler: str, time: int) -> tuple[str, str]:
        wallet, payer, nonce, cost = self.name(topics[1]), self.name(topics[2]), words[0], words[2]
        if nonce >> 128 == 0:
            return wallet, self.owner[wallet]
        if cost == 0:
            # What costs nothing is nobody's loss, also when an earlier mandate left more spent than this one allows.
            return wallet, bundler
        what, terms = (payer, self.gas_terms[wallet]) if payer == PAYMASTER else (GAS, self.terms[wallet].gas)
        most, limit, length = terms
        self.charges[wallet, what].add(time, cost)
        if cost > most:
            raise Broken(f"I25: an operation of {wallet} cost {cost} wei, of {most}")
        total = self._within(wallet, what, length, time)
        if total > limit:
            raise Broken(f"I25: {wallet}'s operations cost {total} wei in {length} s until {time}, of {limit}")
        return wallet, bundler

    def _carried(self, answer: Answer) -> str:
        """Whose actions another wallet has carried: both are one wallet's."""
        carried = {self.name(topics[0]) for _, event, topics, _ in self.named(answer.logs) if event == "Executed"}
        if len(carried) != 1:
            raise Broken(f"I28: what was carried was of {carried}")
        return carried.pop()

    def _money(self, step: str, to: str, moved: Any, charged: Any, approved: Any, predicted: Predicted) -> None:
        for (wallet, token), amount in moved.items():
            paid = charged[wallet, token]
            if step == "cash":
                self._cheque(wallet, token, amount, predicted.time)
            if step in ("settle", "cash"):
                continue
            if step == "reenter":
                self._within_another(wallet, token, amount, paid + approved[wallet, token])
                continue
            if wallet != to:
                raise Broken(f"I28: {step} of {to} moved {amount} of {wallet}'s {token}")
            if step in (*EXACT, "call") and amount > paid:
                raise Broken(f"I4: {step} moved {amount} {token} and charged {paid}")
        for (wallet, token), paid in charged.items():
            # A share may be worth more than what is left of an amount.
            if step in EXACT and token in TOKENS and token != TIDE and moved[wallet, token] != paid:
                raise Broken(f"I4: {step} charged {paid} {token} and moved {moved[wallet, token]}")

    def _within_another(self, wallet: str, token: str, amount: int, paid: int) -> None:
        """I4, I20: whatever a token has called in the middle of a payment, what moved was charged, or approved. Only USDC's
        own authorizations were before."""
        if amount > paid and token != "usdc":
            raise Broken(f"I4: {amount} of {wallet}'s {token} moved, and {paid} was charged or approved")

    def _charge(self, wallet: str, event: str, token: str, words: list[int], time: int) -> None:
        """I1, I2, I3, I8: a charge fits into every limit of the mandate, by the exact log, and its agent isn't ended."""
        amount, charge = (words[0], words[1]) if event == "PaymentMade" else (words[2], words[3])
        terms = self.terms[wallet]
        if self._is_ended(wallet):
            raise Broken(f"I8: {wallet} paid after it was revoked")
        budget = terms.budget_of(token)
        if budget is None or not terms.valid_from <= time < terms.valid_until:
            raise Broken(f"I6: {wallet} paid {token} at {time}")
        if event == "PaymentAuthorized":
            self.authorized[f"{words[0]:064x}"] = wallet, budget.currency, charge, time, amount
        if charge < budget.charge(token, amount) or charge > budget.payment_limit:
            raise Broken(f"I1: {wallet} was charged {charge} for {amount} {token}")
        self._count(wallet, budget, charge, time)

    def _cheque(self, wallet: str, token: str, amount: int, time: int) -> None:
        """I29: with all cheques that were cashed, every interval stays within the limits as they were granted."""
        budget = self.terms[wallet].budget_of(token)
        if budget is None or budget.book is None or budget.charge(token, amount) > budget.book.limit:
            raise Broken(f"I29: {wallet} paid {amount} {token} by cheque")
        self._count(wallet, budget, budget.charge(token, amount), time)

    def _is_ended(self, wallet: str) -> bool:
        return wallet in self.ended or (self.owner[wallet], wallet) in self.revoked

    def _within(self, wallet: str, what: str, length: int, time: int) -> int:
        """The sum of all charges in the interval of this length that ends now, since its window was opened."""
        since = max(time - length, self.opened[wallet, what, length] - 1)
        return sum(charge for when, charge in self.charges[wallet, what].log if when > since)

    def _count(self, wallet: str, budget: Budget, charge: int, time: int) -> None:
        """I2, I3: with this charge too, whatever brought it, every limit holds."""
        key = wallet, budget.currency
        self.charges[key].add(time, charge)
        self.spent[key] += charge
        if self.spent[key] > budget.lifetime_limit:
            raise Broken(f"I3: {wallet} has spent {self.spent[key]} of {budget.lifetime_limit} {budget.currency}")
        for length, limit in budget.windows:
            total = self._within(wallet, budget.currency, length, time)
            if total > limit:
                raise Broken(
                    f"I2: {wallet} was charged {total} {budget.currency} in {length} s until {time}, of {limit}"
                )

    def _note(
        self, step: str, sender: str, emitter: str, event: str, topics: list[str], words: list[int], time: int
    ) -> None:
        """Everything but payments."""
        if event in OF_PRINCIPAL and event != "MandateLifted":
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
            self.ended |= {wallet for wallet, owner in self.owner.items() if owner == self.name(topics[0])}
        elif event in ("AgentUnpaused", "AllUnpaused") and self.name(topics[0]) != sender:
            raise Broken(f"I12: {sender} restored agents of {self.name(topics[0])}")
        elif event in ("Pause", "Blacklisted", "Unpause", "UnBlacklisted"):
            whom = topics[0] if topics else emitter
            # Also whoever wasn't frozen comes off the list.
            (self.frozen.discard if event.startswith("Un") else self.frozen.add)(whom)
        elif event == "Rebased":
            self.index = words[0]
        elif event == "GasTermsSet":
            self._set_gas_terms(sender, self.name(topics[0]), tuple(words), time)
        elif event == "AuthorizationClosed":
            self._close(topics[0][2:], bool(words[1]))
        elif event == "AuthorizationUsed" and self._is_ended(self.name(topics[0])):
            raise Broken(f"I8: {self.name(topics[0])}'s authorization was settled after it was revoked")

    def _only_principal(self, step: str, sender: str, wallet: str, event: str) -> None:
        signed = step in ("set_mandate_signed", "execute_signed", "approve_signed", "reenter")
        if not signed and sender not in (self.owner[wallet], wallet):
            raise Broken(f"I12: {sender} made {wallet} say {event}")

    def _close(self, digest: str, settled: bool) -> None:
        wallet, currency, charge, time, _ = self.authorized.pop(digest)
        if not settled:
            self.charges[wallet, currency].log.remove((time, charge))
            self.spent[wallet, currency] -= charge

    def _open(self, wallet: str, terms: Terms, time: int) -> None:
        self.terms[wallet] = terms
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
            raise Broken(f"I12: {sender} set the terms of the principal's paymaster")
        self.gas_terms[wallet] = terms
        self._open_gas(wallet, PAYMASTER, terms[2], time)

    def _principal_leaves(self, predicted: Predicted, sender: str, to: str, answer: Answer) -> None:
        """I18: a principal that withdraws what there is, to somebody, isn't refused."""
        token = self.name(predicted.sent.data[10:74])
        # Beside its own mistakes: a payee that refuses to be paid, an issuer that has frozen its token, a token with a vice.
        names = ["BalanceTooLow", "ZeroAddress", "PaymentRefused", *REFUSING.get(token, ())]
        names += ["Error"] if self.frozen else []
        reasons = [self.cast.codec.errors[name].id.hex() for name in names]
        if answer.data[2:10] not in reasons:
            raise Broken(f"I18: {sender} couldn't withdraw from {to}")
