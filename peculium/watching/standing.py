"""Where agents stand: status, what they can take at most, what they paid last, what waits for their principal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from peculium.chain.node import Node
from peculium.explain import WalletState, WorstCase, worst_cases
from peculium.overview import Overview, Overviews, State
from peculium.plain import as_plain
from peculium.units import to_address
from peculium.wallet import AgentWallet
from peculium.watching.payments import Payment, last_payments


@dataclass(frozen=True)
class Standing:
    """Where one agent stands."""

    overview: Overview
    worst_cases: tuple[WorstCase, ...]
    """The most that whoever has the agent key can take. While the agent is stopped, the amounts for 24 hours and ever are what
    it could take if the stop were lifted; a revoked agent can take nothing."""
    last_payment: Payment | None
    """The last that was found; see `peculium.watching.payments.LOOK_BACK`."""

    @property
    def wallet(self) -> str:
        """The agent's wallet."""
        return self.overview.wallet

    @property
    def waits(self) -> tuple[str, ...]:
        """What waits for the principal, in words."""
        asked = [f"request {each.slot}: {each.asks}" for each in self.overview.requests]
        closable = [each for each in self.overview.authorizations if each.can_be_closed]
        return (*asked, *([f"{len(closable)} authorizations can be closed"] if closable else []))

    def as_dict(self) -> dict[str, Any]:
        """Returns it for a program. Amounts are text."""
        overview = self.overview
        return {
            "wallet": overview.wallet,
            "agent_id": overview.agent_id,
            "state": str(overview.state),
            "registered": as_plain(overview.registered),
            "principal": overview.principal,
            "worst_cases": [each.as_dict() for each in self.worst_cases],
            "last_payment": None if self.last_payment is None else self.last_payment.as_dict(),
            "requests": as_plain(overview.requests),
            "waits": list(self.waits),
            "block": overview.block,
        }


class Standings:
    """Reads where several agents stand. What doesn't change is read once."""

    def __init__(self, node: Node, wallets: Sequence[AgentWallet], names: Mapping[str, str] | None = None) -> None:
        """`names` is an address book: addresses by name."""
        self._node = node
        self._names = {to_address(address): name for name, address in (names or {}).items()}
        self._overviews = Overviews(node, wallets, names)

    def read(self, payments: Mapping[str, Payment] | None = None) -> list[Standing]:
        """Reads all anew. `payments` are the last ones by wallet if they are known; otherwise they are searched for."""
        overviews = self._overviews.read()
        if payments is None:
            mandates = {each.wallet: each.mandate for each in overviews if each.mandate is not None}
            payments = last_payments(
                self._node, mandates, self._names, max((each.block for each in overviews), default=0)
            )
        return [Standing(each, worst_of(each), payments.get(each.wallet)) for each in overviews]


def worst_of(overview: Overview) -> tuple[WorstCase, ...]:
    """Returns the most that can be taken from a wallet now, in any 24 hours and ever; nothing without a mandate."""
    if overview.mandate is None:
        return ()
    found = worst_cases(overview.mandate, WalletState.of(overview))
    if overview.state is not State.REVOKED:
        return tuple(found)
    zero = Decimal(0)
    return tuple(replace(each, now=zero, any_24_hours=zero, ever=zero) for each in found)
