"""Who has how much of what: the tokens' own rules, as far as a wallet meets them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fuzz.model.rules import Refused, require
from tests.fuzz.model.terms import NATIVE

UNLIMITED = 2**256 - 1
OVERFLOW = 0x11
"""The number of a panic by arithmetic."""
LOOP, TOLL, MUTE, STONE, VOID, CLINGY = "loop", "toll", "mute", "stone", "void", "clingy"
"""Tokens with a vice: one calls others while it moves or is allowed; one takes a hundredth more than it was told to; one refuses
only by saying so; one refuses whatever there is; one says that it moves, and doesn't; one takes back no approval. All but the
first are honest for a while."""
BEFORE, AFTER, BOTH = range(3)
"""When the first of them calls."""


@dataclass(frozen=True)
class Trap:
    """What a token calls."""

    target: str
    act: Callable[[], None]
    wallets: tuple[Any, ...]
    """The only ones that it can change."""
    left: int
    """How often it still does."""
    bubbles: bool
    """Whether a refusal becomes the token's own."""


@dataclass
class Bank:
    """Balances and approvals of all tokens, and of the native currency (base units, wei)."""

    emit: Callable[..., None]
    part: Callable[..., Refused | None]
    """Does something to certain wallets, all or not at all, within something larger."""
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    """By token and holder."""
    allowances: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By token, owner and spender."""
    used: set[tuple[str, int]] = field(default_factory=set)
    """Payer and nonce of every authorisation (EIP-3009) that was settled."""
    refusing: set[str] = field(default_factory=set)
    """Who refuses native currency now."""
    paused: bool = False
    """Whether USDC is, by its issuer."""
    blacklisted: set[str] = field(default_factory=set)
    """By USDC's issuer."""
    fee: tuple[int, int] = (0, 0)
    """What USDT keeps of a transfer: hundredths of a percent, and base units at the most."""
    lying: set[str] = field(default_factory=set)
    """Tokens that follow their vice now."""
    silent: set[str] = field(default_factory=set)
    """Tokens that don't tell a balance now."""
    trap: Trap | None = None
    moment: int = BEFORE
    thanks: dict[str, str] = field(default_factory=dict)
    """The event by which a contract tells that it got native currency."""

    def balance(self, token: str, holder: str) -> int:
        """What somebody has."""
        return self.balances.get((token, holder), 0)

    def _move(self, token: str, source: str, to: str, amount: int) -> None:
        self.balances[token, source] = self.balance(token, source) - amount
        self.balances[token, to] = self.balance(token, to) + amount

    def transfer(self, token: str, source: str, to: str, amount: int) -> None:
        """A token's transfer; each kind of token has its own words for too little."""
        self._require_free(token, source, to)
        if token in self.lying:
            require(token != STONE, "TokenRefused", source, to, amount)
            require(token != MUTE, "SafeERC20FailedOperation", token)
            if token == VOID:
                return self.emit(token, "Transfer", source, to, amount)
        self._call_back(token, AFTER)
        self._transfer(token, source, to, amount)
        if token == TOLL and token in self.lying:
            self._transfer(token, source, token, amount // 100)
        self._call_back(token, BEFORE)

    def _transfer(self, token: str, source: str, to: str, amount: int) -> None:
        has = self.balance(token, source)
        if amount > has:
            if token == "usdc":
                raise Refused("Error", "ERC20: transfer amount exceeds balance")
            if token == "usdt":
                raise Refused("Panic", OVERFLOW)
            raise Refused("ERC20InsufficientBalance", source, has, amount)
        fee = min(amount * self.fee[0] // 10_000, self.fee[1]) if token == "usdt" else 0
        self._move(token, source, to, amount - fee)
        if fee:
            self._move(token, source, "issuer", fee)
            self.emit(token, "Transfer", source, "issuer", fee)
        self.emit(token, "Transfer", source, to, amount - fee)

    def _call_back(self, token: str, unless: int) -> None:
        """One token calls whom it was told to, as itself."""
        trap = self.trap
        if token != LOOP or trap is None or not trap.left or self.moment == unless:
            return
        self.trap = replace(trap, left=trap.left - 1)
        refusal = self.part(trap.act, *trap.wallets)
        if refusal is not None and trap.bubbles:
            raise refusal
        self.emit(token, "CalledBack", trap.target, refusal is None, refusal or b"")

    def tells(self, token: str) -> bool:
        """Whether a token tells balances."""
        return token not in self.silent

    # Issuers

    def _require_free(self, token: str, *accounts: str) -> None:
        """USDC moves nothing while it is paused, and nothing of, to or by whom it has blacklisted."""
        if token != "usdc":
            return
        require(not self.paused, "Error", "Pausable: paused")
        require(not self.blacklisted & set(accounts), "Error", "Blacklistable: account is blacklisted")

    def pause(self, token: str, paused: bool) -> None:
        """Nothing moves until it is over."""
        self.paused = paused
        self.emit(token, "Pause" if paused else "Unpause")

    def blacklist(self, token: str, account: str, listed: bool) -> None:
        """Nothing moves from or to it."""
        (self.blacklisted.add if listed else self.blacklisted.discard)(account)
        self.emit(token, "Blacklisted" if listed else "UnBlacklisted", account)

    def set_fee(self, token: str, points: int, most: int) -> None:
        """Below a fifth of a percent and fifty whole tokens; what is over is refused without a word."""
        require(points < 20 and most < 50, "")
        self.fee = points, most * 10**6
        self.emit(token, "Params", *self.fee)

    def turn(self, token: str, lies: bool) -> None:
        """A token follows its vice, or doesn't."""
        (self.lying.add if lies else self.lying.discard)(token)

    def hush(self, token: str, silent: bool) -> None:
        """A token tells no balance, or does again."""
        (self.silent.add if silent else self.silent.discard)(token)

    # Others

    def send(self, source: str, to: str, amount: int) -> bool:
        """Native currency; whether it was taken."""
        if amount > self.balance(NATIVE, source) or to in self.refusing:
            return False
        self._move(NATIVE, source, to, amount)
        if to in self.thanks:
            self.emit(to, self.thanks[to], source, amount)
        return True

    def approve(self, token: str, owner: str, spender: str, amount: int) -> bool:
        """A token's approval. One kind refuses to change what isn't zero; and one says no, and does nothing else."""
        self._require_free(token)
        if token in self.lying:
            require(token != STONE, "TokenRefused", owner, spender, amount)
            require(token != CLINGY or amount != 0, "ZeroApprovalRefused", owner, spender)
            if token == MUTE:
                return False
        self._call_back(token, AFTER)
        if token == "usdt" and amount and self.allowances.get((token, owner, spender), 0):
            raise Refused("")
        self.allowances[token, owner, spender] = amount
        self.emit(token, "Approval", owner, spender, amount)
        self._call_back(token, BEFORE)
        return True

    def force_approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """An approval that sets it to zero first where it has to be."""

        def approve(amount: int) -> None:
            require(self.approve(token, owner, spender, amount), "SafeERC20FailedOperation", token)

        # Whatever a token has called meanwhile is undone with what it refuses.
        called = self.trap.wallets if self.trap else ()
        if self.part(lambda: approve(amount), *called):
            approve(0)
            approve(amount)

    def pull(self, token: str, spender: str, owner: str, to: str, amount: int) -> None:
        """A transfer by somebody who was allowed to make it."""
        self._require_free(token, spender, owner, to)
        allowed = self.allowances.get((token, owner, spender), 0)
        require(token != MUTE or token not in self.lying, "SafeERC20FailedOperation", token)
        if amount > allowed:
            if token == "usdc":
                raise Refused("Error", "ERC20: transfer amount exceeds allowance")
            if token == "usdt":
                raise Refused("Panic", OVERFLOW)
            raise Refused("ERC20InsufficientAllowance", spender, allowed, amount)
        if allowed != UNLIMITED:
            left = allowed - amount
            require(token != STONE or token not in self.lying, "TokenRefused", owner, spender, left)
            self.allowances[token, owner, spender] = left
        self.transfer(token, owner, to, amount)

    def settle(
        self, payer: str, to: str, amount: int, after: int, before: int, nonce: int, signed: bool, now: int
    ) -> None:
        """USDC's transfer by an authorisation, which its payer, a contract, is asked about."""
        self._require_free("usdc", payer, to)
        require(now > after, "Error", "FiatTokenV2: authorization is not yet valid")
        require(now < before, "Error", "FiatTokenV2: authorization is expired")
        require((payer, nonce) not in self.used, "Error", "FiatTokenV2: authorization is used or canceled")
        require(signed, "Error", "FiatTokenV2: invalid signature")
        self.used.add((payer, nonce))
        self.emit("usdc", "AuthorizationUsed", payer, nonce)
        self.transfer("usdc", payer, to, amount)
