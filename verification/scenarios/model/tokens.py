"""How each token moves money: as ERC-20 requires, as Circle's and Tether's tokens do, or as adversarial tokens do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verification.scenarios.model.outcomes import Refused, require

if TYPE_CHECKING:
    from verification.scenarios.model.bank import Bank

UNLIMITED = 2**256 - 1
OVERFLOW = 0x11
"""Solidity's panic code for arithmetic overflow."""
WAD = 10**18
"""The initial value of a share of the rebasing token (scaled by 10^18)."""
TRUE = (1).to_bytes(32)
SUCCESS_RETURNS = (TRUE.hex(), (TRUE + bytes(32)).hex())
"""Return data that OpenZeppelin's SafeERC20 accepts, besides none: true, whatever follows it (hex)."""
FAILURE_RETURNS = ("01", (2).to_bytes(32).hex())
"""Return data that SafeERC20 rejects: a single byte, and a number that is no boolean (hex)."""
BEFORE, AFTER, BOTH = range(3)
"""When the reentrant token makes its call."""


class Token:
    """OpenZeppelin's ERC-20, which returns true."""

    def __init__(self, name: str) -> None:
        self.name = name

    # Views

    def balance(self, bank: Bank, holder: str) -> int:
        """The balance that the token reports (base units)."""
        return bank.holding(self.name, holder)

    def balance_readable(self, bank: Bank) -> bool:
        """Whether `balanceOf` works."""
        return True

    def decimals_readable(self, bank: Bank) -> bool:
        """Whether `decimals` works."""
        return True

    def require_transferable(self, bank: Bank, *accounts: str) -> None:
        """Refuses if the issuer stops a transfer between these accounts."""

    # Functions

    def transfer(self, bank: Bank, source: str, to: str, amount: int) -> None:
        """`transfer`, called through SafeERC20."""
        self.require_transferable(bank, source, to)
        self.move(bank, source, to, amount)
        self.require_success(bank)

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        """Moves an amount."""
        has = bank.holding(self.name, source)
        require(amount <= has, "ERC20InsufficientBalance", source, has, amount)
        bank.move(self.name, source, to, amount)
        bank.emit(self.name, "Transfer", source, to, amount)

    def approve(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """`approve`, with any return data."""
        self.require_transferable(bank)
        self.allow(bank, owner, spender, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """Sets an allowance and emits `Approval`."""
        bank.allowances[self.name, owner, spender] = amount
        bank.emit(self.name, "Approval", owner, spender, amount)

    def pull(self, bank: Bank, spender: str, owner: str, to: str, amount: int) -> None:
        """`transferFrom`, called through SafeERC20."""
        self.require_transferable(bank, spender, owner, to)
        self.spend_allowance(bank, owner, spender, amount)
        self.transfer(bank, owner, to, amount)

    def spend_allowance(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        """Reduces an allowance by what is pulled, unless it is unlimited."""
        allowed = bank.allowance(self.name, owner, spender)
        if amount > allowed:
            raise self.not_allowed(spender, allowed, amount)
        if allowed != UNLIMITED:
            self.reduce_allowance(bank, owner, spender, allowed - amount)

    def not_allowed(self, spender: str, allowed: int, amount: int) -> Refused:
        """The token's error for an allowance that is too small."""
        return Refused("ERC20InsufficientAllowance", spender, allowed, amount)

    def reduce_allowance(self, bank: Bank, owner: str, spender: str, left: int) -> None:
        """Sets what is left of an allowance without an event."""
        bank.allowances[self.name, owner, spender] = left

    def require_success(self, bank: Bank) -> None:
        """Refuses if SafeERC20 rejects the return data."""


class UsdcToken(Token):
    """Circle's USDC: no transfers while paused, and none from, to or by a blacklisted account."""

    def require_transferable(self, bank: Bank, *accounts: str) -> None:
        require(not bank.paused, "Error", "Pausable: paused")
        require(not bank.blacklisted & set(accounts), "Error", "Blacklistable: account is blacklisted")

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        enough = amount <= bank.holding(self.name, source)
        require(enough, "Error", "ERC20: transfer amount exceeds balance")
        super().move(bank, source, to, amount)

    def not_allowed(self, spender: str, allowed: int, amount: int) -> Refused:
        return Refused("Error", "ERC20: transfer amount exceeds allowance")


class UsdtToken(Token):
    """Tether's USDT: returns nothing, may keep a fee, and changes a non-zero allowance only to zero."""

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


# Adversarial tokens. Anybody can switch most of them between normal and hostile.


class ReentrantToken(Token):
    """Calls a configured contract during transfers and approvals."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        bank.call_back(self.name, AFTER)
        super().move(bank, source, to, amount)
        bank.call_back(self.name, BEFORE)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        bank.call_back(self.name, AFTER)
        super().allow(bank, owner, spender, amount)
        bank.call_back(self.name, BEFORE)


class ExtraFeeToken(Token):
    """Takes one percent more from the payer than the transfer says."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        super().move(bank, source, to, amount)
        if bank.is_hostile(self.name):
            super().move(bank, source, self.name, amount // 100)


class ReturnsFalseToken(Token):
    """Moves nothing and returns false."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        if not bank.is_hostile(self.name):
            super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        if not bank.is_hostile(self.name):
            super().allow(bank, owner, spender, amount)

    def spend_allowance(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        if not bank.is_hostile(self.name):
            super().spend_allowance(bank, owner, spender, amount)

    def require_success(self, bank: Bank) -> None:
        require(not bank.is_hostile(self.name), "SafeERC20FailedOperation", self.name)


class RevertingToken(Token):
    """Reverts every transfer and approval; `balanceOf` may revert too."""

    def balance_readable(self, bank: Bank) -> bool:
        return self.name not in bank.unreadable

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        require(not bank.is_hostile(self.name), "TokenRefused", source, to, amount)
        super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        require(not bank.is_hostile(self.name), "TokenRefused", owner, spender, amount)
        super().allow(bank, owner, spender, amount)

    def reduce_allowance(self, bank: Bank, owner: str, spender: str, left: int) -> None:
        require(not bank.is_hostile(self.name), "TokenRefused", owner, spender, left)
        super().reduce_allowance(bank, owner, spender, left)


class MovesNothingToken(Token):
    """Emits `Transfer` and returns true without moving anything."""

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        if bank.is_hostile(self.name):
            bank.emit(self.name, "Transfer", source, to, amount)
        else:
            super().move(bank, source, to, amount)


class NoZeroApprovalToken(Token):
    """Reverts on an approval of zero."""

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        require(amount != 0 or not bank.is_hostile(self.name), "ZeroApprovalRefused", owner, spender)
        super().allow(bank, owner, spender, amount)


class RebasingToken(Token):
    """Stores shares whose value changes for all holders. Events and errors contain shares."""

    def balance(self, bank: Bank, holder: str) -> int:
        return bank.holding(self.name, holder) * bank.index // WAD

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        super().move(bank, source, to, amount * WAD // bank.index)


class LyingDecimalsToken(Token):
    """Changes its decimals, or reverts when asked for them."""

    def decimals_readable(self, bank: Bank) -> bool:
        return self.name not in bank.unreadable


class ShortReturnToken(Token):
    """Moves correctly but returns arbitrary data of any length.

    It emits no `Approval` and knows no unlimited allowance.
    """

    def move(self, bank: Bank, source: str, to: str, amount: int) -> None:
        require(amount <= bank.holding(self.name, source), "Panic", OVERFLOW)
        super().move(bank, source, to, amount)

    def allow(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        bank.allowances[self.name, owner, spender] = amount

    def spend_allowance(self, bank: Bank, owner: str, spender: str, amount: int) -> None:
        allowed = bank.allowance(self.name, owner, spender)
        require(amount <= allowed, "Panic", OVERFLOW)
        self.reduce_allowance(bank, owner, spender, allowed - amount)

    def require_success(self, bank: Bank) -> None:
        # Zero bytes alone decode as false.
        says_nothing = not bank.answer and not bank.flood
        require(says_nothing or bank.answer in SUCCESS_RETURNS, "SafeERC20FailedOperation", self.name)


REENTRANT = "reentrant token"
EXTRA_FEE = "extra fee token"
RETURNS_FALSE = "returns false token"
REVERTING = "reverting token"
MOVES_NOTHING = "moves nothing token"
NO_ZERO_APPROVAL = "no zero approval token"
REBASING = "rebasing token"
LYING_DECIMALS = "lying decimals token"
SHORT_RETURN = "short return token"
HOSTILE_TOKENS = (EXTRA_FEE, RETURNS_FALSE, REVERTING, MOVES_NOTHING, NO_ZERO_APPROVAL)
"""Tokens that anybody can switch between normal and hostile."""
KINDS: dict[str, type[Token]] = {
    "usdc": UsdcToken,
    "usdt": UsdtToken,
    REENTRANT: ReentrantToken,
    EXTRA_FEE: ExtraFeeToken,
    RETURNS_FALSE: ReturnsFalseToken,
    REVERTING: RevertingToken,
    MOVES_NOTHING: MovesNothingToken,
    NO_ZERO_APPROVAL: NoZeroApprovalToken,
    REBASING: RebasingToken,
    LYING_DECIMALS: LyingDecimalsToken,
    SHORT_RETURN: ShortReturnToken,
}
"""The class of every token that is not OpenZeppelin's."""
