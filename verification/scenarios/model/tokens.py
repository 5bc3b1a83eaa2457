"""What each token does when it is moved or allowed: as ERC-20 says, as Circle's and Tether's do, or as no token should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verification.scenarios.model.rules import Refused, require

if TYPE_CHECKING:
    from verification.scenarios.model.money import Bank

UNLIMITED = 2**256 - 1
OVERFLOW = 0x11
"""The number of a panic by arithmetic."""
ONE = 10**18
"""What a share is worth in the beginning, times this (base units)."""
TRUE = (1).to_bytes(32)
YES = (TRUE.hex(), (TRUE + bytes(32)).hex())
"""Answers that OpenZeppelin's SafeERC20 takes for a yes, beside none: true, whatever comes after it (hexadecimal)."""
NO = ("01", (2).to_bytes(32).hex())
"""And such as it doesn't: a byte, and a number that is no boolean."""
BEFORE, AFTER, BOTH = range(3)
"""When a token calls that calls others."""


class Token:
    """A plain one, OpenZeppelin's, which answers true."""

    def __init__(self, name: str) -> None:
        self.name = name

    # What is seen of it

    def balance(self, bank: Bank, holder: str) -> int:
        """What it says that somebody has (base units)."""
        return bank.holding(self.name, holder)

    def tells_balance(self, bank: Bank) -> bool:
        """Whether it says so."""
        return True

    def tells_decimals(self, bank: Bank) -> bool:
        """Whether it says how many it has."""
        return True

    def require_free(self, bank: Bank, *accounts: str) -> None:
        """Whether its issuer lets them move anything now."""

    # What it does

    def transfer(self, bank: Bank, source: str, to: str, amount: int) -> None:
        """Its `transfer`, by who wants a yes."""
        self.require_free(bank, source, to)
        self.move(bank, source, to, amount)
        self.require_yes(bank)

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        """Lets an amount change hands."""
        has = bank.holding(self.name, source)
        require(amount <= has, "ERC20InsufficientBalance", source, has, amount)
        bank.move(self.name, source, to, amount)
        bank.emit(self.name, "Transfer", source, to, amount)

    def approve(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """Its `approve`, by who takes any answer."""
        self.require_free(bank)
        self.allow(bank, owner, spender, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """Notes an allowance, and tells."""
        bank.allowances[self.name, owner, spender] = amount
        bank.emit(self.name, "Approval", owner, spender, amount)

    def pull(self, bank: Bank, spender: str, owner: str, to: str, amount: int) -> None:
        """Its `transferFrom`, by who wants a yes."""
        self.require_free(bank, spender, owner, to)
        self.use_up(bank, owner, spender, amount)
        self.transfer(bank, owner, to, amount)

    def use_up(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """What is pulled is allowed no longer, unless everything is."""
        allowed = bank.allowance(self.name, owner, spender)
        if amount > allowed:
            raise self.not_allowed(spender, allowed, amount)
        if allowed != UNLIMITED:
            self.run_down(bank, owner, spender, allowed - amount)

    def not_allowed(self, spender: str, allowed: int, amount: int) -> Refused:
        """Its words for too little."""
        return Refused("ERC20InsufficientAllowance", spender, allowed, amount)

    def run_down(self, bank: Bank, owner: str, spender: str, left: int) -> None:
        """Notes what is left of an allowance, and doesn't tell."""
        bank.allowances[self.name, owner, spender] = left

    def require_yes(self, bank: Bank) -> None:
        """Whether its answer is a yes to OpenZeppelin's SafeERC20."""


class Usdc(Token):
    """Circle's: it moves nothing while it is paused, and nothing of, to or by whom it has blacklisted."""

    def require_free(self, bank: Bank, *accounts: str) -> None:
        require(not bank.paused, "Error", "Pausable: paused")
        require(not bank.blacklisted & set(accounts), "Error", "Blacklistable: account is blacklisted")

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        enough = amount <= bank.holding(self.name, source)
        require(enough, "Error", "ERC20: transfer amount exceeds balance")
        super().move(bank, source, to, amount)

    def not_allowed(self, spender: str, allowed: int, amount: int) -> Refused:
        return Refused("Error", "ERC20: transfer amount exceeds allowance")


class Usdt(Token):
    """Tether's: it answers nothing, keeps a fee of what it moves, and changes no allowance to another, but by way of zero."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        require(amount <= bank.holding(self.name, source), "Panic", OVERFLOW)
        fee = min(amount * bank.fee[0] // 10_000, bank.fee[1])
        if fee:
            super().move(bank, source, "issuer", fee)
        super().move(bank, source, to, amount - fee)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        require(not amount or not bank.allowance(self.name, owner, spender), "")
        super().allow(bank, owner, spender, amount)

    def not_allowed(self, spender: str, allowed: int, amount: int) -> Refused:
        return Refused("Panic", OVERFLOW)


# Vices, most of which anybody may turn on and off


class Loop(Token):
    """Calls whom it was told to, as itself, while it moves or is allowed."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        bank.call_back(self.name, AFTER)
        super().move(bank, source, to, amount)
        bank.call_back(self.name, BEFORE)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        bank.call_back(self.name, AFTER)
        super().allow(bank, owner, spender, amount)
        bank.call_back(self.name, BEFORE)


class Toll(Token):
    """Takes a hundredth more than it was told to, for itself."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        super().move(bank, source, to, amount)
        if bank.lies(self.name):
            super().move(bank, source, self.name, amount // 100)


class Mute(Token):
    """Does nothing, and says no."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        if not bank.lies(self.name):
            super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        if not bank.lies(self.name):
            super().allow(bank, owner, spender, amount)

    def use_up(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        if not bank.lies(self.name):
            super().use_up(bank, owner, spender, amount)

    def require_yes(self, bank: Bank) -> None:
        require(not bank.lies(self.name), "SafeERC20FailedOperation", self.name)


class Stone(Token):
    """Refuses whatever there is, and now and then to tell a balance."""

    def tells_balance(self, bank: Bank) -> bool:
        return self.name not in bank.silent

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        require(not bank.lies(self.name), "TokenRefused", source, to, amount)
        super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        require(not bank.lies(self.name), "TokenRefused", owner, spender, amount)
        super().allow(bank, owner, spender, amount)

    def run_down(self, bank: Bank, owner: str, spender: str, left: int) -> None:
        require(not bank.lies(self.name), "TokenRefused", owner, spender, left)
        super().run_down(bank, owner, spender, left)


class Void(Token):
    """Says that it moves, and doesn't."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        if bank.lies(self.name):
            bank.emit(self.name, "Transfer", source, to, amount)
        else:
            super().move(bank, source, to, amount)


class Clingy(Token):
    """Takes back no approval."""

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        require(amount != 0 or not bank.lies(self.name), "ZeroApprovalRefused", owner, spender)
        super().allow(bank, owner, spender, amount)


class Tide(Token):
    """Keeps shares, whose worth changes for everybody; it tells of shares when it refuses, and when they move."""

    def balance(self, bank: Bank, holder: str) -> int:
        return bank.holding(self.name, holder) * bank.index // ONE

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        super().move(bank, source, to, amount * ONE // bank.index)


class Coy(Token):
    """Has other decimals now and then, or won't say how many."""

    def tells_decimals(self, bank: Bank) -> bool:
        return self.name not in bank.silent


class Terse(Token):
    """Does as it is told, and answers with whatever bytes, as many as it likes; it tells of no approval, and knows none that is
    without end."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        require(amount <= bank.holding(self.name, source), "Panic", OVERFLOW)
        super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        bank.allowances[self.name, owner, spender] = amount

    def use_up(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        allowed = bank.allowance(self.name, owner, spender)
        require(amount <= allowed, "Panic", OVERFLOW)
        self.run_down(bank, owner, spender, allowed - amount)

    def require_yes(self, bank: Bank) -> None:
        # What has no answer but a flood of zeros has answered with a zero.
        says_nothing = not bank.answer and not bank.flood
        require(says_nothing or bank.answer in YES, "SafeERC20FailedOperation", self.name)


LOOP, TOLL, MUTE, STONE, VOID, CLINGY = "loop", "toll", "mute", "stone", "void", "clingy"
TIDE, COY, TERSE = "tide", "coy", "terse"
LIARS = (TOLL, MUTE, STONE, VOID, CLINGY)
"""Those that follow their vice, or don't, as anybody tells them."""
KINDS: dict[str, type[Token]] = {
    "usdc": Usdc,
    "usdt": Usdt,
    LOOP: Loop,
    TOLL: Toll,
    MUTE: Mute,
    STONE: Stone,
    VOID: Void,
    CLINGY: Clingy,
    TIDE: Tide,
    COY: Coy,
    TERSE: Terse,
}
"""Which tokens aren't plain."""
