"""Balances, allowances and the settings of tokens. `tokens.py` says how each token moves them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from verification.scenarios.model.outcomes import Refused, require
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.tokens import BEFORE, KINDS, LYING_DECIMALS, REBASING, TRUE, WAD, Token

if TYPE_CHECKING:
    from verification.scenarios.model.wallet import Wallet


@dataclass(frozen=True)
class Callback:
    """A call that a token makes during a transfer or an approval."""

    target: str
    apply: Callable[[], None]
    wallets: tuple[Wallet, ...]
    """The only wallets that the call can change, or that can change while it runs."""
    left: int
    """How many more times the token makes the call."""
    bubbles: bool
    """Whether a revert of the call reverts the token's function too."""
    returned: bytes = b""
    """What the call returns if it succeeds."""


@dataclass
class Bank:
    """Balances and allowances of all tokens and of the native currency (base units, wei)."""

    emit: Callable[..., None]
    atomically: Callable[..., Refused | None]
    """Runs a nested change of some wallets that is rolled back as a whole if it is refused."""
    balances: dict[tuple[str, str], int] = field(default_factory=dict)
    """By token and holder. For the rebasing token: shares."""
    allowances: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By token, owner and spender."""
    decimals: dict[str, int] = field(default_factory=dict)
    """Decimals that each token reports now."""
    used: set[tuple[str, int]] = field(default_factory=set)
    """Payer and nonce of every settled EIP-3009 authorization."""
    refusing: set[str] = field(default_factory=set)
    """Contracts that refuse native currency now."""
    paused: bool = False
    """Whether the issuer has paused USDC."""
    blacklisted: set[str] = field(default_factory=set)
    """Accounts that USDC's issuer has blacklisted."""
    fee: tuple[int, int] = (0, 0)
    """USDT's fee: hundredths of a percent, and the maximum (base units)."""
    hostile: set[str] = field(default_factory=set)
    """Adversarial tokens that misbehave now."""
    unreadable: set[str] = field(default_factory=set)
    """Tokens whose `balanceOf` or `decimals` reverts now."""
    index: int = WAD
    """Value of one share of the rebasing token (base units, scaled by 10^18)."""
    answer: str = TRUE.hex()
    """What the short-return token returns (hex)."""
    flood: int = 0
    """How many zero bytes it returns after that."""
    callback: Callback | None = None
    timing: int = BEFORE
    receipt_events: dict[str, str] = field(default_factory=dict)
    """The event that each contract emits when it receives native currency."""

    def holding(self, token: str, holder: str) -> int:
        """The stored balance."""
        return self.balances.get((token, holder), 0)

    def balance(self, token: str, holder: str) -> int:
        """The balance that the token reports."""
        return self._kind(token).balance(self, holder)

    def allowance(self, token: str, owner: str, spender: str) -> int:
        """The amount that a spender may pull."""
        return self.allowances.get((token, owner, spender), 0)

    def balance_readable(self, token: str) -> bool:
        """Whether the token's `balanceOf` works."""
        return self._kind(token).balance_readable(self)

    def decimals_of(self, token: str) -> int | None:
        """The decimals that a token reports, or None if the call reverts."""
        return self.decimals.get(token) if self._kind(token).decimals_readable(self) else None

    def reports_balance(self, token: str) -> bool:
        """Whether an address is a token whose `balanceOf` works."""
        return token in self.decimals and self.balance_readable(token)

    def is_hostile(self, token: str) -> bool:
        """Whether a token misbehaves now."""
        return token in self.hostile

    def _kind(self, token: str) -> Token:
        return KINDS.get(token, Token)(token)

    # Tokens

    def move(self, token: str, source: str, to: str, amount: int) -> None:
        """Moves an amount between two balances without any check."""
        self.balances[token, source] = self.holding(token, source) - amount
        self.balances[token, to] = self.holding(token, to) + amount

    def transfer(self, token: str, source: str, to: str, amount: int) -> None:
        """A token's `transfer`, which must return success."""
        self._kind(token).transfer(self, source, to, amount)

    def approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """A token's `approve`, whatever it returns."""
        self._kind(token).approve(self, owner, spender, amount)

    def force_approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """OpenZeppelin's `forceApprove`: must succeed, and sets the allowance to zero first if the token requires it."""
        kind = self._kind(token)

        def approve(amount: int) -> None:
            kind.approve(self, owner, spender, amount)
            kind.require_success(self)

        if self.atomically(lambda: approve(amount)):
            approve(0)
            approve(amount)

    def pull(self, token: str, spender: str, owner: str, to: str, amount: int) -> None:
        """A token's `transferFrom`, which must return success."""
        self._kind(token).pull(self, spender, owner, to, amount)

    def settle(
        self,
        payer: str,
        to: str,
        amount: int,
        after: int,
        before: int,
        nonce: int,
        signed: bool,
        now: int,
        receiver: str | None,
    ) -> None:
        """USDC's `transferWithAuthorization`, which asks the payer, a contract, whether the signature is valid.

        With a receiver it is `receiveWithAuthorization`, sent by that account.
        """
        self._kind("usdc").require_transferable(self, payer, to)
        require(receiver in (None, to), "Error", "FiatTokenV2: caller must be the payee")
        require(now > after, "Error", "FiatTokenV2: authorization is not yet valid")
        require(now < before, "Error", "FiatTokenV2: authorization is expired")
        require((payer, nonce) not in self.used, "Error", "FiatTokenV2: authorization is used or canceled")
        require(signed, "Error", "FiatTokenV2: invalid signature")
        self.used.add((payer, nonce))
        self.emit("usdc", "AuthorizationUsed", payer, nonce)
        self.transfer("usdc", payer, to, amount)

    def was_used(self, token: str, payer: str, nonce: int) -> bool | None:
        """Whether a token reports an EIP-3009 nonce as used; None if it doesn't report that."""
        return (payer, nonce) in self.used if token == "usdc" else None

    def call_back(self, token: str, unless: int) -> None:
        """Makes the token's configured call, unless it is configured for another time."""
        callback = self.callback
        if callback is None or not callback.left or self.timing == unless:
            return
        self.callback = replace(callback, left=callback.left - 1)
        refusal = self.atomically(callback.apply)
        if refusal is not None and callback.bubbles:
            raise refusal
        self.emit(token, "CalledBack", callback.target, refusal is None, refusal or callback.returned)

    # Issuers and settings of tokens

    def pause(self, token: str, paused: bool) -> None:
        """Stops or resumes all transfers."""
        self.paused = paused
        self.emit(token, "Pause" if paused else "Unpause")

    def blacklist(self, token: str, account: str, listed: bool) -> None:
        """Stops or allows transfers from and to an account."""
        (self.blacklisted.add if listed else self.blacklisted.discard)(account)
        self.emit(token, "Blacklisted" if listed else "UnBlacklisted", account)

    def set_fee(self, token: str, points: int, most: int) -> None:
        """Sets USDT's fee: below 20 hundredths of a percent and 50 whole tokens, as Tether's contract requires."""
        require(points < 20 and most < 50, "")
        self.fee = points, most * 10**6
        self.emit(token, "Params", *self.fee)

    def set_hostile(self, token: str, is_hostile: bool) -> None:
        """Makes a token misbehave, or stops it."""
        (self.hostile.add if is_hostile else self.hostile.discard)(token)

    def set_unreadable(self, token: str, unreadable: bool) -> None:
        """Makes a token's `balanceOf` or `decimals` revert, or work again."""
        (self.unreadable.add if unreadable else self.unreadable.discard)(token)

    def set_index(self, index: int) -> None:
        """Changes all balances of the rebasing token."""
        self.index = index
        self.emit(REBASING, "Rebased", index)

    def set_decimals(self, decimals: int) -> None:
        """Changes the decimals of one token."""
        self.decimals[LYING_DECIMALS] = decimals

    def set_answer(self, answer: str) -> None:
        """Changes what the short-return token returns."""
        self.answer = answer

    def set_flood(self, flood: int) -> None:
        """Changes how many zero bytes follow."""
        self.flood = flood

    # Native currency

    def send(self, source: str, to: str, amount: int) -> bool:
        """Sends native currency; returns whether the receiver accepted it."""
        if amount > self.holding(NATIVE, source) or to in self.refusing:
            return False
        self.move(NATIVE, source, to, amount)
        if to in self.receipt_events:
            self.emit(to, self.receipt_events[to], source, amount)
        return True
