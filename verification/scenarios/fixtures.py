"""The names, keys and addresses that scenarios use, and the deployed chain."""

from __future__ import annotations

from dataclasses import dataclass, field

from eth_utils.crypto import keccak

from verification.scenarios.chain.codec import Codec, word
from verification.scenarios.chain.driver import Driver
from verification.scenarios.chain.signing import Hasher, sign
from verification.scenarios.model.terms import Terms
from verification.scenarios.model.tokens import (
    EXTRA_FEE,
    LYING_DECIMALS,
    MOVES_NOTHING,
    NO_ZERO_APPROVAL,
    REBASING,
    REENTRANT,
    RETURNS_FALSE,
    REVERTING,
    SHORT_RETURN,
)

START = 1_800_000_000
"""Time of the first block (unix seconds). Scenarios start a day later."""
REGISTRY_DOMAIN = ("ERC8004IdentityRegistry", "1")
"""Name and version of the registry's EIP-712 domain."""
STATEMENT = keccak(text="I answer for what this agent does within its mandate.")
URI = "https://agents.example/1.json"

PRINCIPALS = ("principal", "other principal", "company")
"""The company is a contract whose owner signs for it (ERC-1271)."""
AGENT_KEYS = ("agent 0", "agent 1", "agent 2", "clerk", "agent 3")
"""The clerk is a contract whose owner signs for it (ERC-1271)."""
OWNERS = {"company": "company's owner", "clerk": "clerk's owner"}
"""The account that signs for each of these contracts."""
DELEGATED = ("other principal", "agent 2")
"""Accounts that delegate to a contract which confirms no signature (EIP-7702). They sign by their keys (I36)."""
ACCOUNTS = (
    *PRINCIPALS[:2],
    *(key for key in AGENT_KEYS if key not in OWNERS),
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
"""The wallets that exist at the start, with the indices of each one's principal and agent key."""
UNBORN = {"wallet 4": (0, 4), "wallet 5": (1, 0)}
"""Wallets that are funded, but don't exist yet."""
ALL_WALLETS = WALLETS | UNBORN
NEW_WALLETS = ("payee 0", "relayer", "company", "agent 2")
"""What an agent may use instead of its wallet: a key, which may delegate, or a contract whose owner signs for it."""
ADVERSARIAL_TOKENS = {
    REENTRANT: "ReentrantToken",
    EXTRA_FEE: "ExtraFeeToken",
    RETURNS_FALSE: "ReturnsFalseToken",
    REVERTING: "RevertingToken",
    MOVES_NOTHING: "MovesNothingToken",
    NO_ZERO_APPROVAL: "NoZeroApprovalToken",
    REBASING: "RebasingToken",
    LYING_DECIMALS: "LyingDecimalsToken",
    SHORT_RETURN: "ShortReturnToken",
}
"""Tokens that break ERC-20 in some way, with the contract that implements each."""
TOKENS = {"usdc": 6, "usdt": 6, "dai": 18, "eurs": 2, "eurd": 18, "eurx": 20, "unlisted": 6} | dict.fromkeys(
    ADVERSARIAL_TOKENS, 6
)
"""Every token, with its decimals."""
FILLER_PAYEES = [f"filler payee {i}" for i in range(1001)]
"""More payees than a mandate may list, in the order of their addresses."""
FLEET_BUDGETS = {
    "USD": (6, 10**13, ((86_400, 3 * 10**9), (7 * 86_400, 10**10))),
    "EUR": (2, 10**8, ((8 * 3600, 2 * 10**5),)),
}
"""The first budgets of the fleet: decimals, lifetime limit and windows, by currency."""
INITIAL_BALANCE = 10**9
"""Balance of each wallet in each token at the start (whole tokens)."""


@dataclass
class Fixtures:
    """A deployed chain: encoders, keys and the driver that runs scenarios on it."""

    codec: Codec
    hasher: Hasher
    driver: Driver
    secrets: dict[str, int]
    mandates: dict[str, Terms] = field(default_factory=dict)
    """The first mandate of each wallet."""
    struct_hashes: dict[tuple[int | str, ...], bytes] = field(default_factory=dict)
    """Cached hashes of parts of mandates."""

    def name_hashes(self, domain: tuple[str, str]) -> tuple[bytes, bytes]:
        """The hashes of the name and version of an EIP-712 domain."""
        return keccak(text=domain[0]), keccak(text=domain[1])

    def cheque_nonce(self, wallet: str, token: str, mandate: bytes, period: int, slot: int) -> int:
        """The nonce of a cheque, computed as the wallet does."""
        words = self.codec.words
        return int.from_bytes(keccak(words[wallet] + words[token] + mandate + word(period) + word(slot)))

    def sign(self, who: str, digest: bytes) -> bytes:
        """A signature by an account, or by the owner of a contract."""
        return sign(self.secrets[OWNERS.get(who, who)], digest)
