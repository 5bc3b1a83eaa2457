"""User operations (ERC-4337): validation by EntryPoint and wallet, and execution.

The deposits are always large enough, so the actual gas cost affects nothing that is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from verification.scenarios.model.charging import GAS, Suite
from verification.scenarios.model.factory import FACTORY, Clone, Factory
from verification.scenarios.model.gas import FOREVER, charge
from verification.scenarios.model.outcomes import Refused, non_reentrant, require
from verification.scenarios.model.paymaster import Paymaster
from verification.scenarios.model.payments import Payment
from verification.scenarios.model.registry import NOBODY
from verification.scenarios.model.switch import FLAGS
from verification.scenarios.model.terms import Terms
from verification.scenarios.model.wallet import AgentAction, Wallet, with_reason

ENTRY_POINT = "entry point"


@dataclass(frozen=True)
class Operation:
    """A user operation of a wallet's agent or principal. The hash identifies it."""

    hash: bytes
    nonce_key: tuple[bytes, int]
    """The first half of the mandate's hash (zero for the principal's operations), and a number."""
    sequence: int
    nonce: int
    """Nonce key and sequence in one number."""
    signed: bool
    cost: int
    """The largest possible cost (wei)."""
    period: int
    """The period of the gas terms' window: unix seconds divided by an eighth of its length."""
    call_gas: int
    least_call_gas: int
    by_principal: bool
    selectors: tuple[bytes, bytes]
    """The selectors of the call to the wallet and of the agent's function within it."""
    action: AgentAction | None = None
    """The agent's function; None if the call isn't one."""
    payment: Payment | None = None
    """The payment, if the function is `pay`: the contract has a shorter path for it."""
    apply: Callable[[], None] | None = None
    """The effect of a principal's operation."""
    paymaster: Paymaster | None = None
    """Who pays for the gas; None means the wallet."""


@dataclass
class EntryPoint:
    """The EntryPoint: validates, counts nonces, executes."""

    suite: Suite
    emit: Callable[..., None]
    atomically: Callable[..., Refused | None]
    """Runs a nested change that is rolled back as a whole if it is refused."""
    sequences: dict[tuple[str, tuple[bytes, int]], int] = field(default_factory=dict)
    """The next sequence number of each nonce key of a wallet."""
    entered: bool = False
    """Whether a bundle is running."""

    def handle(self, bundle: Sequence[tuple[Wallet, Operation]]) -> None:
        """Validates all operations, then executes them. An invalid one fails the bundle; a reverting one does not."""
        with non_reentrant(self):
            for index, (wallet, operation) in enumerate(bundle):
                self._validate_operation(index, wallet, operation)
            self.emit(ENTRY_POINT, "BeforeExecution")
            for wallet, operation in bundle:
                self._run(wallet, operation)

    def handle_at_birth(
        self, factory: Factory, clone: Clone, creates: bool, hash_: bytes, operation_of: Callable[[Wallet], Operation]
    ) -> None:
        """One operation whose `initCode` creates its wallet, or that needs an existing one."""
        with non_reentrant(self):
            exists = clone.name in factory.wallets
            require(not (creates and exists), "FailedOp", 0, "AA10 sender already constructed")
            require(creates or exists, "FailedOp", 0, "AA20 account not deployed")
            wallet = factory.create_wallet(clone)
            operation = operation_of(wallet)
            if creates:
                self.emit(ENTRY_POINT, "AccountDeployed", hash_, wallet.name, FACTORY, NOBODY)
            self._validate_operation(0, wallet, operation)
            self.emit(ENTRY_POINT, "BeforeExecution")
            self._run(wallet, operation)

    def _validate_operation(self, index: int, wallet: Wallet, operation: Operation) -> None:
        start, end = 0, FOREVER
        if not operation.by_principal:
            try:
                start, end = self._validate(wallet, operation)
            except Refused as reason:
                raise Refused("FailedOpWithRevert", index, "AA23 reverted", reason) from None
        due = self.sequences.get((wallet.name, operation.nonce_key), 0)
        require(operation.sequence == due, "FailedOp", index, "AA25 invalid account nonce")
        self.sequences[wallet.name, operation.nonce_key] = due + 1
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

    def _run(self, wallet: Wallet, operation: Operation) -> None:
        refusal = self.atomically(lambda: self._execute(wallet, operation), wallet)
        if refusal is not None and refusal.error:
            self.emit(ENTRY_POINT, "UserOperationRevertReason", operation.hash, wallet.name, operation.nonce, refusal)
        done, payer = refusal is None, operation.paymaster.name if operation.paymaster else NOBODY
        self.emit(ENTRY_POINT, "UserOperationEvent", operation.hash, wallet.name, payer, operation.nonce, done, 0, 0)

    # The wallet

    def _validate(self, wallet: Wallet, operation: Operation) -> tuple[int, int]:
        """The wallet's validation, which may not read the clock.

        Returns from when until when (exclusive) the operation is valid.
        """
        terms = wallet.terms_in_force()
        named = operation.nonce_key[0]
        require(named == terms.hash[:16], "OperationOfOtherMandate", named, terms.hash)
        switch = self.suite.switch
        stopped = any(switch.has(terms.principal, wallet.name, flag) for flag in FLAGS)
        require(not stopped, "AgentStopped", terms.principal, wallet.name)
        require(operation.action is not None, "NotAnAgentOperation", *operation.selectors)
        if operation.signed:
            enough = operation.call_gas >= operation.least_call_gas
            require(enough, "CallGasTooLow", operation.call_gas, operation.least_call_gas)
        start, end = (0, FOREVER) if operation.paymaster else self._charge(wallet, terms, operation)
        return max(start, terms.valid_from), min(end, terms.valid_until)

    def _charge(self, wallet: Wallet, terms: Terms, operation: Operation) -> tuple[int, int]:
        """Charges the largest possible cost in the period that the operation names (I25).

        Without a valid signature it charges one wei, as for a gas estimate.
        """
        cost = operation.cost if operation.signed else 1
        ledger = wallet.ledgers.get(GAS)
        start, end, wallet.gas_newest = charge(ledger, terms.gas, wallet.gas_newest, cost, operation.period)
        return start, end

    def _execute(self, wallet: Wallet, operation: Operation) -> None:
        if operation.apply is not None:
            return operation.apply()
        assert operation.action is not None
        terms = wallet.terms_in_force()
        switch, now = self.suite.switch, self.suite.now
        try:
            switch.require_live(terms.principal, wallet.name, terms.epoch, now)
        except Refused as reason:
            # Return instead of reverting: a revert would roll back `sync`, and the next validation would not see the
            # stop.
            switch.sync(wallet.name, wallet.principal, wallet.name, wallet.epoch, now)
            wallet.emit("OperationStopped", operation.hash, reason)
            return None
        if operation.payment is not None:
            return wallet.pay_signed(operation.payment)
        with with_reason():
            operation.action(ENTRY_POINT, True)
