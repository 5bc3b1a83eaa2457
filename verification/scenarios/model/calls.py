"""Calls by the agent: only listed functions with allowed arguments, and an exact amount that the target may pull."""

from __future__ import annotations

from dataclasses import dataclass

from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.payments import Payments
from verification.scenarios.model.terms import NATIVE, Rule, Terms

Word = int | str
"""A static argument: a number, or the name of an address."""
ADDRESSES = 2**160
DYNAMIC = ("any bytes", "any words")
"""Kinds of dynamic arguments. Their word in the head is an offset."""


@dataclass(frozen=True)
class Call:
    """A call by the agent."""

    target: str
    function: str
    words: tuple[Word, ...]
    value: int
    """Native currency to send (wei)."""
    token: str
    pull: int
    """Amount that the target may pull (token base units)."""
    ref: int
    data: bytes
    """The whole calldata."""


class Calls(Payments):
    """Adds calls to a wallet. Everything that no rule lists is refused."""

    def call(self, sender: str, call: Call, acting: bool = False) -> None:
        """Charges what is sent and pulled, makes the call, and restores the allowance (I7)."""
        with self.non_reentrant():
            self._call(self.terms_for_agent(sender, acting), call)

    def _call(self, terms: Terms, call: Call) -> None:
        rule = terms.rule_for(call.target, call.function)
        if rule is None:
            raise Refused("CallNotListed", call.target, call.data[:4])
        require(call.value <= rule.value_limit, "CallValueExceeded", call.value, rule.value_limit)
        self._require_arguments(terms, rule, call)
        if call.value:
            self._charge_call(terms, call, NATIVE, call.value)
        if call.pull:
            charge = self._charge_call(terms, call, call.token, call.pull)
            require(charge <= rule.pull_limit, "PullLimitExceeded", charge, rule.pull_limit)
        self.emit("CallMade", call.target, call.data[:4], call.ref, call.value, call.data)
        before = self.holdings(terms)
        if call.pull:
            self._run_with_pull(call)
        else:
            self._run(call)
        # The principal may have approved the target itself; the agent must not spend that allowance.
        self.require_no_excess_outflow(before, {NATIVE: call.value} | ({call.token: call.pull} if call.pull else {}))
        self.require_still_live(terms)

    def _run_with_pull(self, call: Call) -> None:
        require(call.token != NATIVE, "TokenNotListed", NATIVE)
        bank = self.suite.bank
        own = bank.allowance(call.token, self.name, call.target)
        bank.force_approve(call.token, self.name, call.target, call.pull)
        self._run(call)
        bank.force_approve(call.token, self.name, call.target, own)

    def _charge_call(self, terms: Terms, call: Call, token: str, amount: int) -> int:
        # No check of the payee: the rule lists the target.
        charge = self.charge(terms, self.find_budget(terms, token, amount), token, amount)
        self.emit("PaymentMade", token, call.target, call.ref, amount, charge)
        return charge

    def _require_arguments(self, terms: Terms, rule: Rule, call: Call) -> None:
        end, given = 4 + 32 * len(rule.arguments), len(call.data)
        require(given >= end, "InvalidCalldataLength", given, end)
        token = call.token if call.pull else NATIVE
        for index, ((kind, values), word) in enumerate(zip(rule.arguments, call.words, strict=False)):
            if kind in DYNAMIC:
                require(word == end - 4, "ArgumentRefused", index, word)
                end = self._end_of(call.data, end, index, kind == "any bytes")
                continue
            fits = self._fits(terms, kind, values, word, token)
            require(fits, "ArgumentRefused", index, word)
        require(given == end, "InvalidCalldataLength", given, end)

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

    def _fits(self, terms: Terms, kind: str, values: tuple[Word, ...], word: Word, token: str) -> bool:
        if kind in ("equal", "one of"):
            return word in values
        if kind == "at most":
            return isinstance(word, int) and isinstance(values[0], int) and word <= values[0]
        if kind == "this wallet":
            return word == self.name
        if kind == "any address":
            return isinstance(word, str) or word < ADDRESSES
        if kind == "listed payee":
            budget = terms.budget_of(token)
            return isinstance(word, str) and budget is not None and self.is_listed_payee(terms, budget, word)
        return True

    def _run(self, call: Call) -> None:
        bank = self.suite.bank
        require(call.value <= bank.balance(NATIVE, self.name), "")
        if call.target == "vault":
            token, amount = call.words
            assert isinstance(token, str)
            assert isinstance(amount, int)
            bank.pull(token, "vault", self.name, "vault", amount)
        else:
            bank.send(self.name, call.target, call.value)
