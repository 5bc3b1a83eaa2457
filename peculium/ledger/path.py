"""The ways in which money moves."""

from __future__ import annotations

from enum import StrEnum


class Path(StrEnum):
    """How an amount came into a wallet or left it."""

    DIRECT = "direct"
    """A payment in a transaction of the agent key."""
    RELAYED = "relayed"
    """A payment that the agent signed and somebody else sent."""
    OPERATION = "operation"
    """A payment in a user operation (ERC-4337)."""
    FEE = "relay fee"
    AUTHORIZATION = "authorization"
    """A pre-authorized payment (EIP-3009) that its payee settled."""
    CHEQUE = "cheque"
    REQUEST = "approved request"
    CALL = "call"
    """Within a call of the agent: what its target took, or what came in."""
    PRINCIPAL = "principal's call"
    WITHDRAWAL = "withdrawal"
    GAS = "operation gas"
    """What the EntryPoint took for a user operation that the wallet paid for."""
    DEPOSIT = "deposit"
    UNEXPLAINED = "unexplained"
    """Nothing that the wallet reports explains it."""


AGENTS = (Path.DIRECT, Path.RELAYED, Path.OPERATION, Path.FEE, Path.AUTHORIZATION, Path.CHEQUE, Path.CALL)
"""What the agent spends by itself."""
