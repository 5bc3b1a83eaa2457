"""What tests of payment requests and requested calls share."""

from __future__ import annotations

from verification.testing.agents import Agent


def asked(agent: Agent, slot: int = 0) -> int:
    """When the request in a slot was asked (unix seconds)."""
    time: int = agent.wallet.read("pendingRequests")[slot][1]
    return time


def held(request_hash: bytes, asked_at: int) -> bytes:
    """What a slot holds: 208 bits of the request's hash and 48 bits of the time when it was asked."""
    return request_hash[:26] + asked_at.to_bytes(6)
