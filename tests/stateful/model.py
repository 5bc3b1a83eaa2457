"""What the suite does, in plain Python: the specification that the chain is compared with.

One principal's agents and another's, the switch, wallets with one budget, time. No chain, no hashes, no gas: an action is
allowed, or it is refused with one error and its arguments. Amounts are budget units (millionths), times unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from verification.scenarios.model.ledger import BucketLedger, ExactWindow

Refusal = tuple[str, dict[str, Any]]
"""An error's name and its arguments, as the Python package spells them."""


@dataclass
class Principal:
    """What a principal has said about all of its agents."""

    name: str
    epoch: int = 0
    paused: bool = False
    heartbeat: int = 0
    last_check_in: int = 0
    guardians: set[str] = field(default_factory=set)

    def dormant_since(self) -> int | None:
        """When it missed, or will miss, its heartbeat."""
        return self.last_check_in + self.heartbeat if self.heartbeat else None

    def may_stop(self, who: str) -> Refusal | None:
        """The principal and its guardians may."""
        if who == self.name or who in self.guardians:
            return None
        return "NotPrincipalOrGuardian", {"account": who, "principal": self.name}


@dataclass
class Terms:
    """A mandate with one budget, as far as payments are concerned."""

    hash: bytes
    valid_from: int
    valid_until: int
    payment_limit: int
    window_limit: int
    lifetime_limit: int
    width: int
    payees: frozenset[str]


@dataclass
class Wallet:
    """One agent's wallet."""

    name: str
    principal: Principal
    agent: str
    epoch: int
    balances: dict[str, int]
    terms: Terms | None = None
    paused: bool = False
    revoked: bool = False
    owned: bool = True
    """Whether the registry still names the principal: a transfer of the identity ends that."""
    history: list[Terms] = field(default_factory=list)
    """Every mandate that was ever installed."""
    ledger: BucketLedger = field(default_factory=BucketLedger)
    exact: ExactWindow = field(default_factory=ExactWindow)

    def install(self, terms: Terms, now: int) -> None:
        """A mandate; what was counted stays counted."""
        self.history.append(terms)
        self.terms = terms
        self.ledger.open(now, terms.width)

    def stopped(self, now: int) -> Refusal | None:
        """Why the switch stops the agent, in the order that it tells the reasons."""
        principal = self.principal
        if self.revoked:
            return "AgentIsRevoked", {"principal": principal.name, "wallet": self.name}
        if self.epoch != principal.epoch:
            return "EpochEnded", {"epoch": self.epoch, "current_epoch": principal.epoch}
        since = principal.dormant_since()
        if since is not None and now >= since:
            return "PrincipalIsDormant", {"dormant_since": since, "timestamp": now}
        if principal.paused:
            return "PrincipalIsPaused", {"principal": principal.name}
        if self.paused:
            return "AgentIsPaused", {"principal": principal.name, "wallet": self.name}
        return None

    def may_act(self, who: str, now: int) -> Refusal | None:
        """Mandate, key, validity and switch, in this order."""
        terms = self.terms
        if terms is None:
            return "NoMandate", {}
        if who != self.agent:
            return "NotAgentKey", {"caller": who, "agent_key": self.agent}
        if now < terms.valid_from:
            return "MandateNotYetValid", {"timestamp": now, "valid_from": terms.valid_from}
        if now >= terms.valid_until:
            return "MandateExpired", {"timestamp": now, "valid_until": terms.valid_until}
        return self.stopped(now)

    def pay(self, who: str, payments: list[tuple[str, str, int, int]], now: int) -> Refusal | None:
        """Payments of (token, payee, base units, charge), all or none."""
        refusal = self.may_act(who, now)
        if refusal is not None:
            return refusal
        before = (list(self.ledger.charges), self.ledger.spent, dict(self.balances), list(self.exact.log))
        for payment in payments:
            refusal = self._pay_one(*payment, now)
            if refusal is not None:
                self.ledger.charges, self.ledger.spent, self.balances, self.exact.log = before
                return refusal
        return None

    def _pay_one(self, token: str, payee: str, amount: int, charge: int, now: int) -> Refusal | None:
        terms = self.terms
        assert terms is not None
        if amount == 0:
            return "ZeroAmount", {}
        if token not in self.balances:
            return "TokenNotListed", {"token": token}
        if payee not in terms.payees:
            return "PayeeNotListed", {"payee": payee, "token": token}
        if charge > terms.payment_limit:
            return "PaymentLimitExceeded", {"charge": charge, "limit": terms.payment_limit}
        over = self.ledger.add(now, charge, terms.window_limit, terms.lifetime_limit)
        if over is not None:
            return over[0], {"charge": charge, "remaining": over[1]}
        self.balances[token] -= amount
        self.exact.add(now, charge)
        return None

    def remaining(self, now: int) -> tuple[int, int, int] | None:
        """Per payment, in the window, for life."""
        terms = self.terms
        if terms is None:
            return None
        window = max(terms.window_limit - self.ledger.counted(now), 0)
        return terms.payment_limit, window, max(terms.lifetime_limit - self.ledger.spent, 0)

    def status(self, now: int) -> str:
        """What the registry answers a counterparty."""
        since = self.principal.dormant_since()
        if not self.owned:
            return "UNKNOWN"
        if self.revoked or self.epoch != self.principal.epoch:
            return "REVOKED"
        if self.terms is None:
            return "UNACCEPTED"
        if now >= self.terms.valid_until:
            return "EXPIRED"
        if since is not None and now >= since:
            return "DORMANT"
        if self.paused or self.principal.paused:
            return "PAUSED"
        return "NOT_YET_VALID" if now < self.terms.valid_from else "ACTIVE"
