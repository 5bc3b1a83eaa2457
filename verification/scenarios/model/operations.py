"""User operations: what the EntryPoint and the wallet each look at before an operation is carried out, and what becomes of it.

The wallet keeps a deposit that is always enough, so what an operation really costs changes nothing that is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from verification.scenarios.model.charging import GAS, Suite
from verification.scenarios.model.gas import FOREVER, charge
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.rules import Refused, one_at_a_time, require
from verification.scenarios.model.switch import FLAGS
from verification.scenarios.model.terms import Terms
from verification.scenarios.model.wallet import Verb, Wallet, a_reason

ENTRY_POINT = "entry point"


@dataclass(frozen=True)
class Operation:
    """An operation of a wallet's agent, or of its principal. Its hash is a name for it."""

    hash: bytes
    lane: tuple[bytes, int]
    """The mandate that it names, by half of its hash, none for the principal's; and a number."""
    sequence: int
    nonce: int
    """Lane and sequence in one number."""
    signed: bool
    cost: int
    """The most that it can cost (wei)."""
    period: int
    """Of the gas terms' window, an eighth of it, counted from the epoch of unix time."""
    call_gas: int
    least_call_gas: int
    by_principal: bool
    selectors: tuple[bytes, bytes]
    """What it calls, and the agent's verb in that."""
    verb: Verb | None = None
    """The agent's; None if it isn't one."""
    payment: Payment | None = None
    """What `pay` pays, which has a short way."""
    act: Callable[[], None] | None = None
    """What the principal's does."""
    paymaster: Paymaster | None = None
    """Who pays; None: the wallet itself."""


@dataclass
class EntryPoint:
    """Validates, counts nonces, carries out."""

    suite: Suite
    emit: Callable[..., None]
    part: Callable[..., Refused | None]
    """Does something all or not at all, within something larger."""
    sequences: dict[tuple[str, tuple[bytes, int]], int] = field(default_factory=dict)
    """The next number in each lane of a wallet."""
    busy: bool = False
    """Whether a bundle isn't over yet."""

    def handle(self, bundle: Sequence[tuple[Wallet, Operation]]) -> None:
        """All are validated before the first is carried out; one that isn't good spoils the bundle, one that fails doesn't."""
        with one_at_a_time(self):
            for index, (wallet, operation) in enumerate(bundle):
                self._admit(index, wallet, operation)
            self.emit(ENTRY_POINT, "BeforeExecution")
            for wallet, operation in bundle:
                self._carry_out(wallet, operation)

    def _admit(self, index: int, wallet: Wallet, operation: Operation) -> None:
        start, end = 0, FOREVER
        if not operation.by_principal:
            try:
                start, end = self._validate(wallet, operation)
            except Refused as reason:
                raise Refused("FailedOpWithRevert", index, "AA23 reverted", reason) from None
        due = self.sequences.get((wallet.name, operation.lane), 0)
        require(operation.sequence == due, "FailedOp", index, "AA25 invalid account nonce")
        self.sequences[wallet.name, operation.lane] = due + 1
        pays_from, pays_until = self._ask_paymaster(index, wallet, operation)
        require(operation.signed, "FailedOp", index, "AA24 signature error")
        now = self.suite.now
        require(start <= now < end, "FailedOp", index, "AA22 expired or not due")
        require(pays_from <= now < pays_until, "FailedOp", index, "AA32 paymaster expired or not due")

    def _ask_paymaster(self, index: int, wallet: Wallet, operation: Operation) -> tuple[int, int]:
        if operation.paymaster is None:
            return 0, FOREVER
        try:
            return operation.paymaster.validate(wallet, operation.by_principal, operation.cost, operation.period)
        except Refused as reason:
            raise Refused("FailedOpWithRevert", index, "AA33 reverted", reason) from None

    def _carry_out(self, wallet: Wallet, operation: Operation) -> None:
        refusal = self.part(lambda: self._execute(wallet, operation), wallet)
        if refusal is not None and refusal.error:
            self.emit(ENTRY_POINT, "UserOperationRevertReason", operation.hash, wallet.name, operation.nonce, refusal)
        done, payer = refusal is None, operation.paymaster.name if operation.paymaster else NOBODY
        self.emit(ENTRY_POINT, "UserOperationEvent", operation.hash, wallet.name, payer, operation.nonce, done, 0, 0)

    # The wallet

    def _validate(self, wallet: Wallet, operation: Operation) -> tuple[int, int]:
        """What the wallet looks at, which has no clock; from when until when (exclusive) it says that this is good."""
        terms = wallet.terms_in_force()
        named = operation.lane[0]
        require(named == terms.hash[:16], "OperationOfOtherMandate", named, terms.hash)
        switch = self.suite.switch
        stopped = any(switch.has(terms.principal, wallet.name, flag) for flag in FLAGS)
        require(not stopped, "AgentStopped", terms.principal, wallet.name)
        require(operation.verb is not None, "NotAnAgentOperation", *operation.selectors)
        if operation.signed:
            enough = operation.call_gas >= operation.least_call_gas
            require(enough, "CallGasTooLow", operation.call_gas, operation.least_call_gas)
        start, end = (0, FOREVER) if operation.paymaster else self._charge(wallet, terms, operation)
        return max(start, terms.valid_from), min(end, terms.valid_until)

    def _charge(self, wallet: Wallet, terms: Terms, operation: Operation) -> tuple[int, int]:
        """Counts all that it can cost (I25), in the period that it names; without a signature a wei stands for it."""
        cost = operation.cost if operation.signed else 1
        ledger = wallet.ledgers.get(GAS)
        start, end, wallet.gas_newest = charge(ledger, terms.gas, wallet.gas_newest, cost, operation.period)
        return start, end

    def _execute(self, wallet: Wallet, operation: Operation) -> None:
        if operation.act is not None:
            return operation.act()
        assert operation.verb is not None
        terms = wallet.terms_in_force()
        switch, now = self.suite.switch, self.suite.now
        try:
            switch.require_live(terms.principal, wallet.name, terms.epoch, now)
        except Refused as reason:
            # Not a failure, which would undo the copy: without it, the next one would pass validation too.
            switch.sync(wallet.name, wallet.principal, wallet.name, wallet.epoch, now)
            wallet.emit("OperationStopped", operation.hash, reason)
            return None
        if operation.payment is not None:
            return wallet.carry_payment(operation.payment)
        with a_reason():
            operation.verb(ENTRY_POINT, True)
