"""What a transaction offers for gas: EIP-1559 fees, or a gas price on chains without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peculium.chain.node import Node, Request
from peculium.chain.receipts import to_int
from peculium.errors import NodeRefused

GWEI = 10**9
FALLBACK_PRIORITY = GWEI
"""Priority fee (wei per gas) where the node suggests none."""
RAISE_NUMERATOR, RAISE_DENOMINATOR = 9, 8
"""A replacement offers 12.5 % more: nodes demand at least 10 %."""

FEE_REQUESTS: tuple[Request, ...] = (
    ("eth_getBlockByNumber", ("latest", False)),
    ("eth_maxPriorityFeePerGas", ()),
    ("eth_gasPrice", ()),
)
"""The requests whose answers `Fees.of` takes, in this order."""


@dataclass(frozen=True)
class Fees:
    """An offer (wei per gas)."""

    max_fee: int
    """The maximum that is paid for one gas. Without EIP-1559 the price."""
    priority: int | None
    """The part of it for the block's producer; None without EIP-1559."""

    @classmethod
    def of(cls, answers: Sequence[Any]) -> Fees:
        """Returns the offer that suits the latest block: twice its base fee, which lasts for six full blocks."""
        block, priority, price = answers
        if isinstance(block, NodeRefused):
            raise block
        base = base_fee(block)
        if base is None:
            if isinstance(price, NodeRefused):
                raise price
            return cls(to_int(price), None)
        if isinstance(priority, NodeRefused):
            suggested = FALLBACK_PRIORITY if isinstance(price, NodeRefused) else max(0, to_int(price) - base)
            return cls(2 * base + suggested, suggested)
        return cls(2 * base + to_int(priority), to_int(priority))

    def raised(self, current: Fees | None = None) -> Fees:
        """Returns an offer that nodes accept as replacement of this one, and that isn't below the current fees."""
        max_fee = max(_raise(self.max_fee), current.max_fee if current else 0)
        if self.priority is None:
            return Fees(max_fee, None)
        suggested = current.priority if current and current.priority is not None else 0
        return Fees(max_fee, min(max_fee, max(_raise(self.priority), suggested)))

    def as_legacy(self) -> Fees:
        """Returns the same offer for a chain that takes no transactions of EIP-1559."""
        return Fees(self.max_fee, None)

    def fields(self) -> dict[str, int]:
        """Returns the fields of a transaction."""
        if self.priority is None:
            return {"gasPrice": self.max_fee}
        return {"maxFeePerGas": self.max_fee, "maxPriorityFeePerGas": self.priority}


def fees_of(node: Node) -> Fees:
    """Asks the node for the current offer."""
    return Fees.of(node.batch(FEE_REQUESTS))


def base_fee(block: Mapping[str, Any]) -> int | None:
    """Returns the base fee of a block (wei per gas); None on chains without EIP-1559."""
    found = block.get("baseFeePerGas")
    return None if found is None else to_int(found)


def _raise(fee: int) -> int:
    return fee * RAISE_NUMERATOR // RAISE_DENOMINATOR + 1
