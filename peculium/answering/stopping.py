"""Stops, guardians, the heartbeat and orders."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peculium.answering.bound import Bound
from peculium.contract import Receipt
from peculium.errors import NoContractHere
from peculium.plain import as_plain
from peculium.switch import Order, OrderKind, PrincipalState
from peculium.units import to_address


@dataclass(frozen=True)
class Stop:
    """A stop that the chain shows."""

    kind: OrderKind
    wallet: str | None
    """The agent's wallet; None for all agents of the principal."""
    receipt: Receipt
    """The transaction."""

    def as_dict(self) -> dict[str, Any]:
        """Returns what was stopped, and by which transaction."""
        found: dict[str, Any] = as_plain({"kind": self.kind, "wallet": self.wallet})
        return {**found, "transaction": self.receipt.transaction, "block": self.receipt.block}


class Stopping(Bound):
    """The switch of the principal. Each stop returns after it has been read back from the chain."""

    def pause(self, wallet: str) -> Stop:
        """Pauses one agent until `unpause`. Nothing that it signed, queued or began moves money meanwhile.

        Raises `NotPrincipal` for a wallet of somebody else: the switch would note the stop, and it would stop nobody.
        """
        self._require_own(wallet)
        return Stop(OrderKind.PAUSE, to_address(wallet), self.suite.switch.pause(self.account, wallet, self.address))

    def unpause(self, wallet: str) -> Receipt:
        """Ends the pause of one agent. Raises `AgentIsRevoked` if the agent is revoked."""
        return self.suite.switch.unpause(self.account, wallet)

    def revoke(self, wallet: str) -> Stop:
        """Revokes one agent permanently, even before its wallet exists. Raises as `pause` does."""
        self._require_own(wallet)
        return Stop(OrderKind.REVOKE, to_address(wallet), self.suite.switch.revoke(self.account, wallet, self.address))

    def pause_all(self) -> Stop:
        """Pauses all agents of the principal, including those created later, until `unpause_all`."""
        return Stop(OrderKind.PAUSE_ALL, None, self.suite.switch.pause_all(self.account, self.address))

    def unpause_all(self) -> Receipt:
        """Ends `pause_all`. Agents that were paused one by one stay paused."""
        return self.suite.switch.unpause_all(self.account)

    def revoke_all(self) -> Stop:
        """Revokes all agents of the principal permanently, in one transaction, however many there are."""
        return Stop(OrderKind.REVOKE_ALL, None, self.suite.switch.revoke_all(self.account, self.address))

    def _require_own(self, wallet: str) -> None:
        # An address without code can be a wallet yet to be created, or a bare key.
        with suppress(NoContractHere):
            self.wallet(wallet)

    def state(self) -> PrincipalState:
        """Returns what holds for all agents of the principal: epoch, pause, heartbeat."""
        return self.suite.switch.state_of(self.address)

    # Others that can stop

    def appoint_guardian(self, guardian: str) -> Receipt:
        """Appoints a guardian, which can pause and revoke the principal's agents and nothing else."""
        return self.suite.switch.set_guardian(self.account, guardian)

    def remove_guardian(self, guardian: str) -> Receipt:
        """Removes a guardian."""
        return self.suite.switch.set_guardian(self.account, guardian, appointed=False)

    def guardians(self) -> list[str]:
        """Returns the guardians that are appointed now, in the order of their first appointment."""
        events = self.suite.switch.events_with("GuardianSet", principal=self.address)
        named = dict.fromkeys(str(event.arguments["guardian"]) for event in events)
        return [each for each in named if self.suite.switch.is_guardian(self.address, each)]

    def set_heartbeat(self, interval: timedelta | None) -> Receipt:
        """Requires a check-in at least every `interval`, or the agents are stopped until the next one; None: no heartbeat."""
        return self.suite.switch.set_heartbeat(self.account, interval)

    def check_in(self) -> Receipt:
        """Records a check-in."""
        return self.suite.switch.check_in(self.account)

    # Orders

    def sign_order(self, kind: OrderKind, wallet: str | None = None, nonce: int | None = None) -> Order:
        """Signs a stop that anyone can submit later. Keep it where it is at hand when your key isn't.

        An order on one agent needs its `wallet`. `nonce` is any unused number of 256 bits, by default a random one.
        """
        number = secrets.randbits(256) if nonce is None else nonce
        return self.suite.switch.sign_order(self.account, kind, self.address, number, wallet)

    def submit_order(self, order: Order) -> Stop:
        """Submits a signed order, one's own or another principal's."""
        receipt = self.suite.switch.submit_order(self._payer(), order)
        return Stop(order.kind, None if order.kind.for_all else order.wallet, receipt)

    def cancel_order(self, nonce: int) -> Receipt:
        """Cancels a nonce, so that orders signed with it are void."""
        return self.suite.switch.cancel_order(self.account, nonce)
