"""Everybody and everything that a story has, by name, and the chain that it begins on."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_utils import keccak

from verification.scenarios.chain.codec import Codec
from verification.scenarios.chain.signing import Hasher, sign
from verification.scenarios.chain.simulator import Simulator
from verification.scenarios.chain.transactions import Transactions
from verification.scenarios.model.terms import Terms
from verification.scenarios.model.tokens import CLINGY, COY, LOOP, MUTE, STONE, TERSE, TIDE, TOLL, VOID

START = 1_800_000_000
"""When the chain begins (unix seconds). Stories begin a day later."""
REGISTRY_DOMAIN = ("ERC8004IdentityRegistry", "1")
"""Name and version of what is signed for the registry (EIP-712)."""
STATEMENT = keccak(text="I answer for what this agent does within its mandate.")
URI = "https://agents.example/1.json"

PRINCIPALS = ("principal", "other principal", "company")
"""The last is a contract: its owner signs for it."""
KEYS = ("agent 0", "agent 1", "agent 2", "clerk")
"""Agent keys; the last is a contract."""
OWNERS = {"company": "company's owner", "clerk": "clerk's owner"}
"""Who signs for a contract."""
ACCOUNTS = (
    *PRINCIPALS[:2],
    *KEYS[:3],
    *OWNERS.values(),
    "payee 0",
    "payee 1",
    "payee 2",
    "relayer",
    "guardian",
    "stranger",
    "forger",
)
WALLETS = {"wallet 0": (0, 0), "wallet 1": (0, 1), "wallet 2": (1, 2), "wallet 3": (2, 3)}
"""Every wallet with the numbers of its principal and its agent key."""
VICES = {
    LOOP: "ReentrantToken",
    TOLL: "ExtraFeeToken",
    MUTE: "ReturnsFalseToken",
    STONE: "RevertingToken",
    VOID: "MovesNothingToken",
    CLINGY: "NoZeroApprovalToken",
    TIDE: "RebasingToken",
    COY: "LyingDecimalsToken",
    TERSE: "ShortReturnToken",
}
"""Tokens that do what no token should, with the doubles that do."""
TOKENS = {"usdc": 6, "usdt": 6, "dai": 18, "eurs": 2, "eurd": 18, "eurx": 20, "unlisted": 6} | dict.fromkeys(VICES, 6)
"""Every token with its decimals."""
CROWD = [f"one of many {i}" for i in range(1001)]
"""More payees than a mandate may have, in the order of their addresses."""
WHOLE = 10**9
"""Whole tokens that every wallet begins with."""


@dataclass
class Cast:
    """A chain with everybody on it."""

    codec: Codec
    hasher: Hasher
    simulator: Simulator | Transactions
    secrets: dict[str, int]
    mandates: dict[str, Terms] = field(default_factory=dict)
    """The first mandate of every wallet."""

    def name_hashes(self, domain: tuple[str, str]) -> tuple[bytes, bytes]:
        """The hashes of name and version of a token's domain."""
        return keccak(text=domain[0]), keccak(text=domain[1])

    def sign(self, who: str, digest: bytes) -> bytes:
        """Somebody's signature; for a contract its owner's."""
        return sign(self.secrets[OWNERS.get(who, who)], digest)
