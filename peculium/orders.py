"""Signed orders as files, to be kept where they are at hand when the key isn't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from hexbytes import HexBytes

from peculium.errors import InvalidInput
from peculium.suite import Suite
from peculium.switch import Order, OrderKind
from peculium.units import to_address

KINDS = {
    "pause": OrderKind.PAUSE,
    "revoke": OrderKind.REVOKE,
    "pause-all": OrderKind.PAUSE_ALL,
    "revoke-all": OrderKind.REVOKE_ALL,
}
"""The kinds of orders by the names of the commands that do the same."""


@dataclass(frozen=True)
class KeptOrder:
    """An order with the switch for which it was signed."""

    order: Order
    chain_id: int
    switch: str
    """Address of the switch."""

    @classmethod
    def on(cls, suite: Suite, order: Order) -> Self:
        """Returns an order that was signed for this suite."""
        return cls(order, suite.switch.node.chain_id(), suite.switch.address)

    @property
    def kind(self) -> str:
        """Its kind, as in `KINDS`."""
        return next(name for name, kind in KINDS.items() if kind is self.order.kind)

    def check(self, suite: Suite) -> None:
        """Raises `InvalidInput` if the order was signed for another chain or switch: it would be refused there."""
        chain_id = suite.switch.node.chain_id()
        if (self.chain_id, self.switch) != (chain_id, suite.switch.address):
            raise InvalidInput(
                f"The order was signed for the switch {self.switch} on chain {self.chain_id}; this is {suite.switch.address} on "
                f"chain {chain_id}. Choose the other network."
            )

    def as_dict(self) -> dict[str, Any]:
        """Returns the order for a file; all of it is JSON."""
        return {
            "order": self.kind,
            "principal": self.order.principal,
            "wallet": self.order.wallet,
            "epoch": self.order.epoch,
            "signer": self.order.signer,
            # Text, because numbers of 256 bits aren't safe in the JSON of many programs.
            "nonce": str(self.order.nonce),
            "signature": "0x" + self.order.signature.hex(),
            "chain_id": self.chain_id,
            "switch": self.switch,
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Returns the order of `as_dict`. Raises `InvalidInput` if something is missing or malformed."""
        try:
            order = Order(
                kind=KINDS[content["order"]],
                principal=to_address(content["principal"]),
                wallet=to_address(content["wallet"]),
                epoch=int(content["epoch"]),
                signer=to_address(content["signer"]),
                nonce=int(content["nonce"]),
                signature=bytes(HexBytes(content["signature"])),
            )
            return cls(order, int(content["chain_id"]), to_address(content["switch"]))
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"The order is incomplete or malformed: {error!r}. Use another copy of it.") from None
