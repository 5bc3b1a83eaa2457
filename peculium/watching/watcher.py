"""Watches agents: reads what they pay, finds breaches of the rules, and pauses who breaks one.

The mandate is the limit, which the contract enforces in every block. A watch comes after the fact, and only while it runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from peculium.chain.logs import read_logs
from peculium.contract import Receipt, Sender
from peculium.errors import InvalidInput, quote
from peculium.mandate import Mandate
from peculium.overview import Overview, State
from peculium.switch import RevocationSwitch
from peculium.units import to_address
from peculium.wallet import AgentWallet
from peculium.watching.payments import AUTHORIZED, MADE, Payment, by_wallet
from peculium.watching.rules import Breach, MostSpent, NoNewPayee, Rule, breaches, longest
from peculium.watching.standing import Standing, Standings
from peculium.watching.stream import Stream

STOPPED = (State.PAUSED, State.REVOKED, State.NO_MANDATE, State.EXPIRED, State.DORMANT)
"""States in which there is nothing to pause."""


@dataclass(frozen=True)
class Seen:
    """What one look has found."""

    standings: tuple[Standing, ...]
    payments: tuple[Payment, ...] = ()
    """Confirmed since the last look, oldest first."""
    breaches: tuple[Breach, ...] = ()
    """New ones."""
    to_pause: tuple[str, ...] = ()
    """Wallets that broke a rule and aren't stopped yet."""


@dataclass
class Watcher:
    """Watches the wallets of one principal. Nothing of it outlives the process but what the chain has."""

    wallets: Sequence[AgentWallet]
    rules: Sequence[Rule]
    """Those about new payees get what is known at the start."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Addresses by name."""
    confirmations: int = 1

    def __post_init__(self) -> None:
        if not self.wallets:
            raise InvalidInput("There is no wallet to watch.")
        if self.confirmations < 1:
            raise InvalidInput(f"The confirmations are {self.confirmations}. Pass 1 or more.")
        node = self.wallets[0].node
        by_address = {to_address(address): name for name, address in self.names.items()}
        self._standings = Standings(node, self.wallets, self.names)
        self._stream = Stream(node, by_address, self.confirmations, max(longest(self.rules), timedelta(hours=1)))
        self._known: dict[str, set[str]] = {}
        self._mandates: dict[str, Mandate] = {}
        self._last: dict[str, Payment] = {}
        self._reported: set[tuple[str, str, str]] = set()
        self._pending: dict[str, None] = {}
        self._begun = False

    def look(self) -> Seen:
        """Reads what is new. A look that raises `ChainUnavailable` changes nothing: look again."""
        standings = self._standings.read(self._last) if self._begun else self._begin()
        overviews = [each.overview for each in standings]
        self._learn(overviews)
        payments = self._stream.read(self._mandates)
        found = [breach for wallet in by_wallet(payments) for breach in self._breaches(wallet, payments)]
        self._last |= {each.wallet: each for each in payments}
        self._pending |= dict.fromkeys(each.wallet for each in found)
        stopped = {each.wallet for each in overviews if each.state in STOPPED}
        self._pending = {wallet: None for wallet in self._pending if wallet not in stopped}
        return Seen(tuple(standings), tuple(payments), tuple(found), tuple(self._pending))

    def review(self) -> Seen:
        """Looks once, for scripts: all payments of the longest time of a rule, at least of an hour, count as new."""
        standings = self._begin()
        payments = self._stream.payments
        first = payments[0].block if payments else 0
        if self._known:
            self._known = {each.address: self._payees_of(each, first - 1) for each in self.wallets}
        found = [breach for wallet in by_wallet(payments) for breach in self._breaches(wallet, payments)]
        stopped = {each.wallet for each in standings if each.overview.state in STOPPED}
        self._pending = dict.fromkeys(each.wallet for each in found if each.wallet not in stopped)
        return Seen(tuple(standings), tuple(payments), tuple(found), tuple(self._pending))

    def paused(self, wallet: str) -> None:
        """Notes that a wallet was paused."""
        self._pending.pop(wallet, None)

    def _begin(self) -> list[Standing]:
        standings = self._standings.read()
        self._learn([each.overview for each in standings])
        self._require_currencies()
        time = max(each.overview.time for each in standings)
        if any(isinstance(each, NoNewPayee) for each in self.rules):
            self._known = {each.address: self._payees_of(each) for each in self.wallets}
        self._stream.begin(self._mandates, time - self._stream.keep)
        self._last = {each.wallet: each.last_payment for each in standings if each.last_payment is not None}
        self._begun = True
        return standings

    def _require_currencies(self) -> None:
        # A rule in a currency that nobody pays in would never be broken.
        known = sorted({budget.currency for each in self._mandates.values() for budget in each.budgets})
        for rule in self.rules:
            if isinstance(rule, MostSpent) and known and rule.currency not in known:
                raise InvalidInput(
                    f"No mandate of these wallets has a budget in {quote(rule.currency)}; they have {', '.join(known)}. Write the "
                    "rule in one of these."
                )

    def _learn(self, overviews: Iterable[Overview]) -> None:
        # The last known mandate stays, so that what was paid before its end is understood.
        self._mandates |= {each.wallet: each.mandate for each in overviews if each.mandate is not None}

    def _breaches(self, wallet: str, payments: Sequence[Payment]) -> list[Breach]:
        own = [each for each in self._stream.payments if each.wallet == wallet]
        new = [each for each in payments if each.wallet == wallet]
        known = frozenset(self._known.get(wallet, ())) | self._listed(wallet)
        rules = [NoNewPayee(each.known | known) if isinstance(each, NoNewPayee) else each for each in self.rules]
        block, index = new[0].position
        found = breaches(rules, own, after=(block, index - 1))
        self._known.setdefault(wallet, set()).update(each.payee for each in new)
        fresh = [each for each in found if _key(each) not in self._reported]
        self._reported |= {_key(each) for each in fresh}
        return fresh

    def _listed(self, wallet: str) -> frozenset[str]:
        mandate = self._mandates.get(wallet)
        budgets = mandate.budgets if mandate else ()
        listed = [
            payee for budget in budgets for payee in (*budget.payees, *(each.payee for each in budget.limited_payees))
        ]
        return frozenset((*listed, *(to_address(each) for each in self.names.values())))

    def _payees_of(self, wallet: AgentWallet, last_block: int | str = "latest") -> set[str]:
        if last_block == -1:
            return set()
        logs = read_logs(wallet.node, wallet.address, [[MADE, AUTHORIZED]], 0, last_block)
        return {to_address("0x" + log["topics"][2][-40:]) for log in logs}


def _key(breach: Breach) -> tuple[str, str, str]:
    # A transaction that another block includes after a reorganization is the same breach.
    return breach.wallet, type(breach.rule).__name__, breach.payment.transaction


@dataclass(frozen=True)
class Guard:
    """Who stops agents: a guardian of their principal, which can pause and revoke and nothing else, or the principal."""

    account: Sender
    principal: str
    switch: RevocationSwitch

    def __post_init__(self) -> None:
        if not self.is_principal and not self.switch.is_guardian(self.principal, self.account.address):
            raise InvalidInput(
                f"{self.account.address} is no guardian of {self.principal}, so it can't stop its agents. The principal "
                f"appoints it: peculium guardian appoint {self.account.address}"
            )

    @property
    def is_principal(self) -> bool:
        """Whether it is the principal itself, whose key can do everything."""
        return to_address(self.account.address) == self.principal

    def pause(self, wallet: str) -> Receipt:
        """Pauses an agent, and returns once the chain shows it."""
        return self.switch.pause(self.account, wallet, self.principal)

    def revoke(self, wallet: str) -> Receipt:
        """Revokes an agent for ever, and returns once the chain shows it."""
        return self.switch.revoke(self.account, wallet, self.principal)
