"""A wallet: all of its functions, including those that execute what the agent or the principal has signed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from verification.scenarios.model.cheques import Cheques
from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.requests import Requests
from verification.scenarios.model.terms import Terms

AgentAction = Callable[[str, bool], None]
"""A function of the agent key with its arguments.

Takes the sender, and whether a signature replaces the check of the sender.
"""


@dataclass(frozen=True)
class Relay:
    """The relay terms of a signed action: who may relay it, until when, for which fee, and its nonce."""

    relayer: str
    fee_token: str
    fee: int
    min_gas: int
    """The least gas that must be available for the action."""
    deadline: int
    nonce: int


@contextmanager
def with_reason() -> Iterator[None]:
    """Replaces a revert without data by `FailedCall`, as the wallet does."""
    try:
        yield
    except Refused as refusal:
        if refusal.error:
            raise
        raise Refused("FailedCall") from None


class Wallet(Requests, Cheques):
    """The wallet of one agent."""

    def act(
        self, sender: str, action: AgentAction | None, relay: Relay, signed: bool, digest: bytes, selector: bytes
    ) -> None:
        """Executes an action that the agent key has signed. `action` is None for a function that isn't an agent's."""
        self.require_deadline(relay.deadline)
        if relay.relayer == NOBODY:
            require(relay.fee == 0, "FeeNeedsRelayer", relay.fee)
        else:
            require(sender == relay.relayer, "NotRelayer", sender, relay.relayer)
        require(action is not None, "NotAnAction", selector)
        terms = self.terms_in_force()
        require(signed, "BadAgentSignature", terms.agent_key, digest)
        require(relay.nonce not in self.spent_actions, "NonceSpent", relay.nonce)
        self.spent_actions.add(relay.nonce)
        self.emit("ActionRelayed", relay.nonce)
        self.require_gas(relay.min_gas)
        assert action is not None
        with with_reason():
            action(sender, True)
        if relay.fee:
            self._pay_fee(terms, relay)

    def pay_signed(self, payment: Payment) -> None:
        """`pay` by signature. The contract has a shorter path for it, which checks the switch before the validity."""
        terms = self.terms_in_force()
        self.require_live(terms)
        with self.non_reentrant():
            self.require_valid(terms)
            self.pay_one(terms, payment)

    def _pay_fee(self, terms: Terms, relay: Relay) -> None:
        # The fee is a payment like any other. The agent must still be live after the action, and the mandate valid,
        # which some actions do not check.
        with self.non_reentrant():
            self.require_still_live(terms)
            self.require_valid(terms)
            self.pay_one(terms, Payment(relay.fee_token, relay.relayer, relay.fee, relay.nonce))

    def cancel_action(self, sender: str, nonce: int) -> None:
        """Makes a signed action void."""
        key = self.terms_in_force().agent_key
        allowed = sender in (key, self.principal, self.name)
        require(allowed, "NotAgentKeyOrPrincipal", sender, key, self.principal)
        require(nonce not in self.spent_actions, "NonceSpent", nonce)
        self.spent_actions.add(nonce)
        self.emit("ActionCanceled", nonce)

    def resign(self, sender: str, acting: bool = False) -> None:
        """The agent key revokes itself, even if paused or expired."""
        terms = self.terms_in_force()
        self.require_agent(terms, sender, acting)
        self.suite.switch.force_revoke(terms.principal, self.name, self.name)

    def execute(self, sender: str, calls: Sequence[PrincipalCall]) -> None:
        """Makes arbitrary calls from the wallet by the principal's own transaction."""
        self.require_principal(sender)
        self._execute_all(calls)

    def execute_signed(
        self, calls: Sequence[PrincipalCall], min_gas: int, nonce: int, deadline: int, signed: bool, digest: bytes
    ) -> None:
        """Makes arbitrary calls from the wallet by the principal's signature."""
        self.require_deadline(deadline)
        self.spend_nonce(nonce)
        require(signed, "BadPrincipalSignature", self.principal, digest)
        self.require_gas(min_gas)
        self._execute_all(calls)

    def _execute_all(self, calls: Sequence[PrincipalCall]) -> None:
        for call in calls:
            self.suite.directory.require_not_reserved(call.target, call.data[:4])
            with with_reason():
                call.apply(self)
            self.emit("Executed", call.target, 0, call.data)


@dataclass(frozen=True)
class PrincipalCall:
    """A call from the wallet by its principal, and its effect on the model."""

    target: str
    data: bytes
    apply: Callable[[Wallet], None]
