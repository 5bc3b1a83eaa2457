"""Stops, guardians, the heartbeat and orders."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from peculium.answering.bound import Bound
from peculium.contract import Receipt
from peculium.errors import ChainUnavailable, NoContractHere, NotPrincipalOrGuardian, WrongContract
from peculium.plain import as_plain
from peculium.switch import Order, OrderKind, PrincipalState
from peculium.units import to_address

_DONE = {
    OrderKind.PAUSE: "The agent with wallet {wallet} is paused",
    OrderKind.REVOKE: "The agent with wallet {wallet} is revoked permanently",
    OrderKind.PAUSE_ALL: "All agents of {principal} are paused",
    OrderKind.REVOKE_ALL: "All agents of {principal} are revoked permanently",
}


@dataclass(frozen=True)
class Stop:
    """A stop that the chain shows."""

    kind: OrderKind
    wallet: str | None
    """The agent's wallet; None for all agents of the principal."""
    receipt: Receipt
    """The transaction."""
    principal: str = ""
    """The principal whose agents are stopped."""
    unchecked: bool = False
    """Whether it wasn't asked what the address is. If it is no agent of the principal, the stop stops nobody."""

    def as_dict(self) -> dict[str, Any]:
        """Returns what was stopped, for whom, and by which transaction."""
        named = {"kind": self.kind, "wallet": self.wallet, "principal": self.principal, "unchecked": self.unchecked}
        found: dict[str, Any] = as_plain(named)
        return {**found, "transaction": self.receipt.transaction, "block": self.receipt.block}

    def __str__(self) -> str:
        done = _DONE[self.kind].format(wallet=self.wallet, principal=self.principal)
        doubt = f" It wasn't checked that this is an agent of {self.principal}." if self.unchecked else ""
        return f"{done}, since block {self.receipt.block} (transaction {self.receipt.transaction}).{doubt}"


class Stopping(Bound):
    """The switch of the principal. Each stop returns after it has been read back from the chain.

    A guardian can stop as well: `pause` and `revoke` stop an agent under its own principal, `pause_all` and `revoke_all` those
    of `principal`.
    """

    def pause(self, wallet: str, *, principal: str | None = None, unchecked: bool = False) -> Stop:
        """Pauses one agent until `unpause`. Nothing that it signed, queued or began moves money meanwhile.

        `principal` is by default the agent's own. Raises `NotPrincipalOrGuardian` if this account is neither that principal nor
        a guardian of it. Raises `NoContractHere` for an address without a wallet, and `WrongContract` for another contract: such
        a stop would stop nobody. With `unchecked` it isn't asked what the address is, for a wallet that doesn't exist yet.
        """
        by = self._stops_for(wallet, principal, unchecked)
        receipt = self.suite.switch.pause(self.account, wallet, by, unchecked=unchecked)
        return Stop(OrderKind.PAUSE, to_address(wallet), receipt, by, unchecked)

    def unpause(self, wallet: str) -> Receipt:
        """Ends the pause of one agent. Raises `AgentIsRevoked` if the agent is revoked, `NotPrincipal` for another's agent."""
        with suppress(NoContractHere):
            # It may be a wallet that doesn't exist yet.
            self.wallet(wallet)
        return self.suite.switch.unpause(self.account, wallet)

    def revoke(self, wallet: str, *, principal: str | None = None, unchecked: bool = False) -> Stop:
        """Revokes one agent permanently. The arguments, and what it raises, are as in `pause`."""
        by = self._stops_for(wallet, principal, unchecked)
        receipt = self.suite.switch.revoke(self.account, wallet, by, unchecked=unchecked)
        return Stop(OrderKind.REVOKE, to_address(wallet), receipt, by, unchecked)

    def pause_all(self, *, principal: str | None = None) -> Stop:
        """Pauses all agents of the principal, including those created later, until `unpause_all`.

        A guardian names the `principal` whose agents it stops; by default it is this account.
        """
        by = to_address(principal or self.address)
        return Stop(OrderKind.PAUSE_ALL, None, self.suite.switch.pause_all(self.account, by), by)

    def unpause_all(self) -> Receipt:
        """Ends `pause_all`. Agents that were paused one by one stay paused."""
        return self.suite.switch.unpause_all(self.account)

    def revoke_all(self, *, principal: str | None = None) -> Stop:
        """Revokes all agents of the principal permanently, in one transaction, however many there are.

        `principal` is as in `pause_all`.
        """
        by = to_address(principal or self.address)
        return Stop(OrderKind.REVOKE_ALL, None, self.suite.switch.revoke_all(self.account, by), by)

    def _stops_for(self, wallet: str, principal: str | None, unchecked: bool) -> str:
        # The principal under which this account stops the agent.
        if principal is not None or unchecked:
            return to_address(principal or self.address)
        try:
            found = self.suite.switch.principals_of(wallet, self.address)
        except (NoContractHere, WrongContract):
            raise
        except ChainUnavailable:
            # A stop isn't held up by a node that doesn't answer this.
            return self.address
        if self.address in found:
            return self.address
        for each in found:
            if self.suite.switch.is_guardian(each, self.address):
                return each
        raise NotPrincipalOrGuardian(account=self.address, principal=found[0])

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

    def sign_order(
        self,
        kind: OrderKind,
        wallet: str | None = None,
        nonce: int | None = None,
        *,
        principal: str | None = None,
        unchecked: bool = False,
    ) -> Order:
        """Signs a stop that anyone can submit later. Keep it where it is at hand when your key isn't.

        An order on one agent needs its `wallet`, which is checked as in `pause`. `nonce` is any unused number of 256 bits, by
        default a random one. `principal` and `unchecked` are as in `pause` and `pause_all`.
        """
        number = secrets.randbits(256) if nonce is None else nonce
        one = None if kind.for_all else wallet
        by = to_address(principal or self.address) if one is None else self._stops_for(one, principal, unchecked)
        return self.suite.switch.sign_order(self.account, kind, by, number, wallet, unchecked=unchecked)

    def submit_order(self, order: Order) -> Stop:
        """Submits a signed order, one's own or another principal's."""
        receipt = self.suite.switch.submit_order(self._payer(), order)
        return Stop(order.kind, None if order.kind.for_all else order.wallet, receipt, order.principal)

    def cancel_order(self, nonce: int) -> Receipt:
        """Cancels a nonce, so that orders signed with it are void."""
        return self.suite.switch.cancel_order(self.account, nonce)
