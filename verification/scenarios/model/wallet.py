"""A wallet: all of its verbs, and those that carry others, by the agent's signature or the principal's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from verification.scenarios.model.cheques import Cheques
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import Requests
from verification.scenarios.model.rules import Refused, require
from verification.scenarios.model.terms import Terms

Verb = Callable[[str, bool], None]
"""An agent's verb with its arguments, still to be told who sends it, and whether a signature stands for the agent key."""


@dataclass(frozen=True)
class Relay:
    """The terms of carrying an action: who alone may, until when, for what fee, and which nonce it uses up."""

    relayer: str
    deadline: int
    fee_token: str
    fee: int
    nonce: int


@contextmanager
def a_reason() -> Iterator[None]:
    """Whoever refuses without a word is given one by who has called."""
    try:
        yield
    except Refused as refusal:
        if refusal.error:
            raise
        raise Refused("FailedCall") from None


class Wallet(Requests, Cheques):
    """The purse of one agent."""

    def act(self, sender: str, verb: Verb | None, relay: Relay, signed: bool, digest: bytes, selector: bytes) -> None:
        """Carries out what the agent key has signed. `verb` is None for what isn't one."""
        self.require_deadline(relay.deadline)
        if relay.relayer == NOBODY:
            require(relay.fee == 0, "FeeNeedsRelayer", relay.fee)
        else:
            require(sender == relay.relayer, "NotRelayer", sender, relay.relayer)
        require(verb is not None, "NotAnAction", selector)
        terms = self.terms_in_force()
        require(signed, "BadAgentSignature", terms.agent_key, digest)
        require(relay.nonce not in self.spent_actions, "NonceSpent", relay.nonce)
        self.spent_actions.add(relay.nonce)
        assert verb is not None
        with a_reason():
            verb(sender, True)
        if relay.fee:
            self._pay_fee(terms, relay)

    def carry_payment(self, payment: Payment) -> None:
        """`pay` by signature, which has a short way: the switch is asked before the clock."""
        terms = self.terms_in_force()
        self.require_live(terms)
        with self.alone():
            self.require_valid(terms)
            self.make(terms, payment)

    def _pay_fee(self, terms: Terms, relay: Relay) -> None:
        # A fee is a payment like any other; and after the action the agent has to be live still. Its mandate too: some verbs
        # don't ask.
        with self.alone():
            self.require_still_live(terms)
            self.require_valid(terms)
            self.make(terms, Payment(relay.fee_token, relay.relayer, relay.fee, relay.nonce))

    def cancel_action(self, sender: str, nonce: int) -> None:
        """Makes a signed action worthless."""
        key = self.terms_in_force().agent_key
        allowed = sender in (key, self.principal, self.name)
        require(allowed, "NotAgentKeyOrPrincipal", sender, key, self.principal)
        require(nonce not in self.spent_actions, "NonceSpent", nonce)
        self.spent_actions.add(nonce)
        self.emit("ActionCanceled", nonce)

    def resign(self, sender: str, acting: bool = False) -> None:
        """The agent gives up, paused or expired though it may be."""
        terms = self.terms_in_force()
        self.require_agent(terms, sender, acting)
        self.suite.switch.end(terms.principal, self.name, self.name)

    def execute(self, sender: str, calls: Sequence[PrincipalCall]) -> None:
        """The principal makes any calls as the wallet."""
        self.require_principal(sender)
        self._execute_all(calls)

    def execute_signed(
        self, calls: Sequence[PrincipalCall], nonce: int, deadline: int, signed: bool, digest: bytes
    ) -> None:
        """The same by signature."""
        self.require_deadline(deadline)
        self.spend_nonce(nonce)
        require(signed, "BadPrincipalSignature", self.principal, digest)
        self._execute_all(calls)

    def _execute_all(self, calls: Sequence[PrincipalCall]) -> None:
        for call in calls:
            with a_reason():
                call.act(self)
            self.emit("Executed", call.target, 0, call.data)


@dataclass(frozen=True)
class PrincipalCall:
    """A call that the principal makes as the wallet, and what it does there."""

    target: str
    data: bytes
    act: Callable[[Wallet], None]
