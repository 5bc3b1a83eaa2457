"""Who has how much of what: the tokens' own rules, as far as a wallet meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.fuzz.model.rules import Refused, require
from tests.fuzz.model.terms import NATIVE

UNLIMITED = 2**256 - 1
OVERFLOW = 0x11
"""The number of a panic by arithmetic."""


@dataclass
class Bank:
    """Balances and approvals of all tokens, and of the native currency (base units, wei)."""

    emit: Callable[..., None]
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    """By token and holder."""
    allowances: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By token, owner and spender."""
    used: set[tuple[str, int]] = field(default_factory=set)
    """Payer and nonce of every authorisation (EIP-3009) that was settled."""
    refusing: set[str] = field(default_factory=set)
    """Who refuses native currency now."""
    contracts: frozenset[str] = frozenset()
    """Payees that tell when they got native currency."""

    def balance(self, token: str, holder: str) -> int:
        """What somebody has."""
        return self.balances.get((token, holder), 0)

    def _move(self, token: str, source: str, to: str, amount: int) -> None:
        self.balances[token, source] = self.balance(token, source) - amount
        self.balances[token, to] = self.balance(token, to) + amount

    def transfer(self, token: str, source: str, to: str, amount: int) -> None:
        """A token's transfer; each kind of token has its own words for too little."""
        has = self.balance(token, source)
        if amount > has:
            if token == "usdc":
                raise Refused("Error", "ERC20: transfer amount exceeds balance")
            if token == "usdt":
                raise Refused("Panic", OVERFLOW)
            raise Refused("ERC20InsufficientBalance", source, has, amount)
        self._move(token, source, to, amount)
        self.emit(token, "Transfer", source, to, amount)

    def send(self, source: str, to: str, amount: int) -> bool:
        """Native currency; whether it was taken."""
        if amount > self.balance(NATIVE, source) or to in self.refusing:
            return False
        self._move(NATIVE, source, to, amount)
        if to in self.contracts:
            self.emit(to, "PaymentReceived", source, amount)
        return True

    def approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """A token's approval. One kind refuses to change what isn't zero."""
        if token == "usdt" and amount and self.allowances.get((token, owner, spender), 0):
            raise Refused("")
        self.allowances[token, owner, spender] = amount
        self.emit(token, "Approval", owner, spender, amount)

    def force_approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """An approval that sets it to zero first where it has to be."""
        try:
            self.approve(token, owner, spender, amount)
        except Refused:
            self.approve(token, owner, spender, 0)
            self.approve(token, owner, spender, amount)

    def pull(self, token: str, spender: str, owner: str, to: str, amount: int) -> None:
        """A transfer by somebody who was allowed to make it."""
        allowed = self.allowances.get((token, owner, spender), 0)
        if amount > allowed:
            if token == "usdc":
                raise Refused("Error", "ERC20: transfer amount exceeds allowance")
            if token == "usdt":
                raise Refused("Panic", OVERFLOW)
            raise Refused("ERC20InsufficientAllowance", spender, allowed, amount)
        if allowed != UNLIMITED:
            self.allowances[token, owner, spender] = allowed - amount
        self.transfer(token, owner, to, amount)

    def settle(
        self, payer: str, to: str, amount: int, after: int, before: int, nonce: int, signed: bool, now: int
    ) -> None:
        """USDC's transfer by an authorisation, which its payer, a contract, is asked about."""
        require(now > after, "Error", "FiatTokenV2: authorization is not yet valid")
        require(now < before, "Error", "FiatTokenV2: authorization is expired")
        require((payer, nonce) not in self.used, "Error", "FiatTokenV2: authorization is used or canceled")
        require(signed, "Error", "FiatTokenV2: invalid signature")
        self.used.add((payer, nonce))
        self.emit("usdc", "AuthorizationUsed", payer, nonce)
        self.transfer("usdc", payer, to, amount)
