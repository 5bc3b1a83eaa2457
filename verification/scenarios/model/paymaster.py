"""A principal's paymaster: which operations it pays for, and up to which cost. Its deposit is always large enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from verification.scenarios.model.charging import Suite
from verification.scenarios.model.gas import FOREVER, NO_TERMS, GasTerms, charge, check, open_window
from verification.scenarios.model.ledger import Ledger
from verification.scenarios.model.outcomes import require
from verification.scenarios.model.switch import FLAGS
from verification.scenarios.model.wallet import Wallet

PAYMASTER = "paymaster"


@dataclass
class Paymaster:
    """Pays for the wallets of one principal, with gas terms for each."""

    principal: str
    suite: Suite
    emit: Callable[..., None]
    name: str = PAYMASTER
    terms: dict[str, GasTerms] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    """By wallet: the largest possible cost of its agent's operations (wei)."""
    newest: dict[str, int] = field(default_factory=dict)
    """By wallet: the time up to which its ledger is advanced."""

    def set_gas_terms(self, sender: str, wallet: str, terms: GasTerms) -> None:
        """Sets a wallet's gas terms. Earlier charges still count."""
        require(sender == self.principal, "NotPrincipal", sender, self.principal)
        check(*terms)
        newest = self.newest.get(wallet, 0)
        self.newest[wallet] = open_window(self.ledgers, wallet, newest, self.suite.now, terms[2])
        self.terms[wallet] = terms
        self.emit(self.name, "GasTermsSet", wallet, terms)

    def validate(self, wallet: Wallet, by_principal: bool, cost: int, period: int) -> tuple[int, int]:
        """From when until when (exclusive) it pays for an operation of this cost (wei)."""
        principal = wallet.principal
        require(principal == self.principal, "OtherPrincipal", wallet.name, principal, self.principal)
        if by_principal:
            return 0, FOREVER
        switch = self.suite.switch
        state = switch.of(principal)
        stopped = state.paused or any(switch.has(principal, wallet.name, flag) for flag in FLAGS)
        require(wallet.epoch == state.epoch and not stopped, "AgentStopped", principal, wallet.name)
        start, end = self._charge(wallet.name, cost, period)
        since = state.dormant_since()
        return start, end if since is None else min(end, since)

    def _charge(self, wallet: str, cost: int, period: int) -> tuple[int, int]:
        """Charges the largest possible cost in the period that the operation names (I25)."""
        terms, newest = self.terms.get(wallet, NO_TERMS), self.newest.get(wallet, 0)
        start, end, self.newest[wallet] = charge(self.ledgers.get(wallet), terms, newest, cost, period)
        return start, end
