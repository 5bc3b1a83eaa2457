"""Calls by the agent: only listed functions with allowed arguments, and an exact amount that the target may pull."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verification.scenarios.model.guards import Charge
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.outcomes import Hashed, Refused, require
from verification.scenarios.model.payments import Payments
from verification.scenarios.model.terms import BUCKETS, NATIVE, NO_LIMIT, Floor, Rule, Terms

Word = int | str
"""A static argument: a number, or the name of an address."""
ADDRESSES = 2**160
TARGETS = ("vault", "target", "venue")
"""Contracts that wallets call."""
NOT_PAYABLE = ("deposit", "redeem")
"""Their functions that refuse native currency."""
DYNAMIC = ("any bytes", "any words")
"""Kinds of dynamic arguments. Their word in the head is an offset."""


@dataclass(frozen=True)
class Call:
    """A call by the agent."""

    target: str
    function: str
    variant: int
    """Which rule of the function it follows."""
    words: tuple[Word, ...]
    value: int
    """Native currency to send (wei)."""
    pull: int
    """Amount of the rule's token that the target may pull (token base units)."""
    ref: int
    data: bytes
    """The whole calldata."""
    hash_of: Callable[[bytes], bytes]
    """The hash with which rules name tails."""


class Calls(Payments):
    """Adds calls to a wallet. Everything that no rule lists is refused."""

    def call(self, sender: str, call: Call, acting: bool = False) -> None:
        """Counts and charges the call, makes it, and leaves no allowance behind (I7)."""
        with self.non_reentrant():
            self._call(self.terms_for_agent(sender, acting), call)

    def _call(self, terms: Terms, call: Call) -> None:
        rule = terms.rule_for(call.target, call.function, call.variant)
        if rule is None:
            raise Refused("CallNotListed", call.target, call.data[:4], call.variant)
        require(call.value <= rule.value_limit, "CallValueExceeded", call.value, rule.value_limit)
        self._count(rule, call)
        charged = self._charge_all(terms, rule, call)
        self.emit("CallMade", call.target, call.data[:4], call.ref, call.value, call.data)
        had = self.holding(rule.floor.token) if rule.floor else 0
        self.call_target(terms, call, rule.token)
        if rule.floor:
            self._require_gain(rule.floor, had, charged)
        self.require_still_live(terms)

    def _count(self, rule: Rule, call: Call) -> None:
        """Counts the call, under whatever mandate and variant (I33)."""
        ledger = self.call_ledgers.setdefault((call.target, call.function), Ledger())
        ledger.open(self.now, [rule.window // BUCKETS])
        over = ledger.charge(self.now, 1, [rule.max_calls], NO_LIMIT)
        require(over is None, "CallCountExceeded", call.target, call.data[:4], rule.max_calls, rule.window)

    def call_target(self, terms: Terms, call: Call, token: str, min_gas: int = 0) -> None:
        """Makes a call whose target may pull an exact amount of a token, and compares balances."""
        before = self.holdings(terms)
        if call.pull:
            self._run_with_pull(token, call, min_gas)
        else:
            self._run(call, min_gas)
        self.require_no_excess_outflow(before, {NATIVE: call.value} | ({token: call.pull} if call.pull else {}))

    def _run_with_pull(self, token: str, call: Call, min_gas: int) -> None:
        bank = self.suite.bank
        # The target could use an approval of the principal for more than was charged.
        standing = bank.allowance(token, self.name, call.target)
        require(standing == 0, "ApprovalStands", token, call.target, standing)
        bank.force_approve(token, self.name, call.target, call.pull)
        self._run(call, min_gas)
        bank.force_approve(token, self.name, call.target, 0)

    # Charge

    def _charge_all(self, terms: Terms, rule: Rule, call: Call) -> int:
        """Charges what is sent, what may be pulled, and a charged argument.

        Returns how much of the rule's token that is (base units).
        """
        amount = self._require_arguments(terms, rule, call)
        if call.value:
            self._charge_target(terms, NATIVE, call, call.value)
        if call.pull:
            self._charge_target(terms, rule.token, call, call.pull, rule.pull_limit)
        if amount is not None:
            self._charge_target(terms, rule.token, call, amount)
        return (call.value if rule.token == NATIVE else 0) + call.pull + (amount or 0)

    def _charge_target(self, terms: Terms, token: str, call: Call, amount: int, most: int = NO_LIMIT) -> None:
        """Charges an amount of a call, at most the rule's own limit.

        The rule lists the target, but terms of its own hold. The guard is asked when all limits have allowed it.
        """
        budget = self.find_budget(terms, token, amount)
        charge = self.charge(terms, budget, token, amount)
        if call.target in budget.limited:
            limit, until = budget.limited[call.target]
            require(self.now < until, "PayeeExpired", call.target, self.now, until)
            if limit != NO_LIMIT:
                self.charge_payee(budget, call.target, charge)
        require(charge <= most, "PullLimitExceeded", charge, most)
        currency = Hashed(budget.currency)
        self.ask_guard(terms, Charge(terms.principal, currency, token, call.target, amount, charge, call.ref, False))
        self.emit("PaymentMade", token, call.target, call.ref, amount, charge)

    def _require_gain(self, floor: Floor, had: int, charged: int) -> None:
        """Refuses unless the wallet gained enough of the floor's token (I33)."""
        has, needed = self.holding(floor.token), floor.needed(charged)
        gained = max(has - had, 0)
        require(has >= had and gained >= needed, "FloorMissed", floor.token, gained, needed)

    # Arguments

    def _require_arguments(self, terms: Terms, rule: Rule, call: Call) -> int | None:
        """Refuses arguments that violate the rule. Returns the charged one (token base units), if there is one."""
        static = [each for each in rule.arguments if each[0] != "tail in"]
        end, given, charged = 4 + 32 * len(static), len(call.data), None
        require(given >= end, "InvalidCalldataLength", given, end)
        for index, ((kind, values), word) in enumerate(zip(static, call.words, strict=False)):
            if kind in DYNAMIC:
                require(word == end - 4, "ArgumentRefused", index, word)
                end = self._end_of(call.data, end, index, kind == "any bytes")
                continue
            require(self._fits(terms, rule, kind, values, word), "ArgumentRefused", index, word)
            if kind == "charged":
                charged = self._number(word)
        if len(static) < len(rule.arguments):
            tail = call.hash_of(call.data[end:])
            require(tail in rule.arguments[-1][1], "TailRefused", tail)
        else:
            require(given == end, "InvalidCalldataLength", given, end)
        return charged

    def _end_of(self, data: bytes, start: int, index: int, is_bytes: bool) -> int:
        """The end of a dynamic argument that starts at `start` with its length.

        There must be no gap, and the padding must be zero.
        """
        require(len(data) >= start + 32, "InvalidCalldataLength", len(data), start + 32)
        length = int.from_bytes(data[start : start + 32])
        require(length <= len(data), "ArgumentRefused", index, length)
        end = start + 32 + 32 * (-(-length // 32) if is_bytes else length)
        require(len(data) >= end, "InvalidCalldataLength", len(data), end)
        require(not is_bytes or not any(data[start + 32 + length : end]), "PaddingNotZero", index)
        return end

    def _fits(self, terms: Terms, rule: Rule, kind: str, values: tuple[Word | bytes, ...], word: Word) -> bool:
        if kind in ("equal", "one of"):
            return self._number(word) in map(self._number, values)
        if kind == "at most":
            return self._number(word) <= self._number(values[0])
        if kind == "at least":
            return self._number(word) >= self._number(values[0])
        if kind == "this wallet":
            return word == self.name
        if kind == "any address":
            return isinstance(word, str) or word < ADDRESSES
        if kind == "listed payee":
            budget = terms.budget_of(rule.token)
            assert budget is not None
            return isinstance(word, str) and word in budget.payees
        return True

    def _number(self, word: Word | bytes) -> int:
        """A word as a number."""
        if isinstance(word, str):
            word = self.suite.directory.order(word)
        return word if isinstance(word, int) else int.from_bytes(word)

    def _run(self, call: Call, min_gas: int) -> None:
        bank = self.suite.bank
        self.require_gas(min_gas)
        # Only a principal can let the wallet call anything else, and nothing else has these functions.
        require(call.value <= bank.balance(NATIVE, self.name) and call.target in TARGETS, "")
        require(call.value == 0 or call.function not in NOT_PAYABLE, "")
        if call.function in ("swap", "redeem"):
            return self._trade(call)
        if call.target == "vault":
            token, amount = call.words
            assert isinstance(token, str)
            assert isinstance(amount, int)
            return bank.pull(token, "vault", self.name, "vault", amount)
        bank.send(self.name, call.target, call.value)
        return None

    def _trade(self, call: Call) -> None:
        """The venue takes and gives what its caller asks for."""
        bank = self.suite.bank
        give, given = call.words[-2:]
        assert isinstance(give, str)
        assert isinstance(given, int)
        if call.function == "swap":
            take, taken = call.words[:2]
            assert isinstance(take, str)
            assert isinstance(taken, int)
            bank.move(NATIVE, self.name, call.target, call.value)
            if taken:
                bank.pull(take, call.target, self.name, call.target, taken)
        if given and give == NATIVE:
            require(
                bank.send(call.target, self.name, given),
                "InsufficientBalance",
                bank.balance(NATIVE, call.target),
                given,
            )
        elif given:
            bank.transfer(give, call.target, self.name, given)
