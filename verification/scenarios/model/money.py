"""Who has how much of what, and what issuers and tokens were told to do. What each token makes of it is in `tokens.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from verification.scenarios.model.rules import Refused, require
from verification.scenarios.model.terms import NATIVE
from verification.scenarios.model.tokens import BEFORE, COY, KINDS, ONE, TIDE, TRUE, Token


@dataclass(frozen=True)
class Trap:
    """What a token calls."""

    target: str
    act: Callable[[], None]
    wallets: tuple[Any, ...]
    """The only ones that it can change, or that can be changed meanwhile."""
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
    """By token and holder; of one token that changes their worth, shares."""
    allowances: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By token, owner and spender."""
    decimals: dict[str, int] = field(default_factory=dict)
    """Of every token, as it says now."""
    used: set[tuple[str, int]] = field(default_factory=set)
    """Payer and nonce of every authorization (EIP-3009) that was settled."""
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
    """Tokens that don't tell a balance now, or their decimals."""
    index: int = ONE
    """What a share of one token is worth (base units, times 10^18)."""
    answer: str = TRUE.hex()
    """What one token answers whatever it is told to do (hexadecimal)."""
    flood: int = 0
    """How many zeros follow (bytes)."""
    trap: Trap | None = None
    moment: int = BEFORE
    thanks: dict[str, str] = field(default_factory=dict)
    """The event by which a contract tells that it got native currency."""

    def holding(self, token: str, holder: str) -> int:
        """What somebody has."""
        return self.balances.get((token, holder), 0)

    def balance(self, token: str, holder: str) -> int:
        """What a token says that somebody has."""
        return self._kind(token).balance(self, holder)

    def allowance(self, token: str, owner: str, spender: str) -> int:
        """What somebody may pull."""
        return self.allowances.get((token, owner, spender), 0)

    def tells(self, token: str) -> bool:
        """Whether a token tells balances."""
        return self._kind(token).tells_balance(self)

    def decimals_of(self, token: str) -> int | None:
        """What a token says, if it does."""
        return self.decimals.get(token) if self._kind(token).tells_decimals(self) else None

    def lies(self, token: str) -> bool:
        """Whether a token follows its vice now."""
        return token in self.lying

    def _kind(self, token: str) -> Token:
        return KINDS.get(token, Token)(token)

    # Tokens

    def move(self, token: str, source: str, to: str, amount: int) -> None:
        """Changes two balances, and asks nobody."""
        self.balances[token, source] = self.holding(token, source) - amount
        self.balances[token, to] = self.holding(token, to) + amount

    def transfer(self, token: str, source: str, to: str, amount: int) -> None:
        """A token's transfer, which has to say yes."""
        self._kind(token).transfer(self, source, to, amount)

    def approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """A token's approval, whatever it says."""
        self._kind(token).approve(self, owner, spender, amount)

    def force_approve(self, token: str, owner: str, spender: str, amount: int) -> None:
        """An approval that has to be a yes, and sets it to zero first where it has to be."""
        kind = self._kind(token)

        def approve(amount: int) -> None:
            kind.approve(self, owner, spender, amount)
            kind.require_yes(self)

        if self.part(lambda: approve(amount)):
            approve(0)
            approve(amount)

    def pull(self, token: str, spender: str, owner: str, to: str, amount: int) -> None:
        """A transfer by somebody who was allowed to make it, which has to say yes."""
        self._kind(token).pull(self, spender, owner, to, amount)

    def settle(
        self, payer: str, to: str, amount: int, after: int, before: int, nonce: int, signed: bool, now: int
    ) -> None:
        """USDC's transfer by an authorization, which its payer, a contract, is asked about."""
        self._kind("usdc").require_free(self, payer, to)
        require(now > after, "Error", "FiatTokenV2: authorization is not yet valid")
        require(now < before, "Error", "FiatTokenV2: authorization is expired")
        require((payer, nonce) not in self.used, "Error", "FiatTokenV2: authorization is used or canceled")
        require(signed, "Error", "FiatTokenV2: invalid signature")
        self.used.add((payer, nonce))
        self.emit("usdc", "AuthorizationUsed", payer, nonce)
        self.transfer("usdc", payer, to, amount)

    def call_back(self, token: str, unless: int) -> None:
        """A token calls whom it was told to, as itself."""
        trap = self.trap
        if trap is None or not trap.left or self.moment == unless:
            return
        self.trap = replace(trap, left=trap.left - 1)
        refusal = self.part(trap.act)
        if refusal is not None and trap.bubbles:
            raise refusal
        self.emit(token, "CalledBack", trap.target, refusal is None, refusal or b"")

    # Issuers, and whoever tells a token what to do

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
        """A token doesn't tell what it could, or does again."""
        (self.silent.add if silent else self.silent.discard)(token)

    def set_index(self, index: int) -> None:
        """All balances of one token change."""
        self.index = index
        self.emit(TIDE, "Rebased", index)

    def set_decimals(self, decimals: int) -> None:
        """One token has others from now on."""
        self.decimals[COY] = decimals

    def set_answer(self, answer: str) -> None:
        """One token answers with these bytes."""
        self.answer = answer

    def set_flood(self, flood: int) -> None:
        """The same one lets as many zeros follow."""
        self.flood = flood

    # Native currency

    def send(self, source: str, to: str, amount: int) -> bool:
        """Native currency; whether it was taken."""
        if amount > self.holding(NATIVE, source) or to in self.refusing:
            return False
        self.move(NATIVE, source, to, amount)
        if to in self.thanks:
            self.emit(to, self.thanks[to], source, amount)
        return True
