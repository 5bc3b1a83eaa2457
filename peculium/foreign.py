"""Errors of other people's contracts: what tokens refuse with, and whose words an error is."""

from __future__ import annotations

from eth_utils import keccak

from peculium.errors import (
    ContractError,
    NotEnoughMoney,
    TokenError,
    TokenFrozen,
    TokenPaused,
    UnknownRevert,
    for_program,
)

_TEXTS = {
    # FiatToken of Circle (USDC, EURC) and earlier contracts of OpenZeppelin and Paxos.
    "Pausable: paused": TokenPaused,
    "ERC20Pausable: token transfer while paused": TokenPaused,
    "whenNotPaused": TokenPaused,
    "Blacklistable: account is blacklisted": TokenFrozen,
    "address frozen": TokenFrozen,
    "ERC20: transfer amount exceeds balance": NotEnoughMoney,
    "insufficient funds": NotEnoughMoney,
    "Dai/insufficient-balance": NotEnoughMoney,
}
_ERRORS = {
    # OpenZeppelin.
    "EnforcedPause()": TokenPaused,
    "ERC20Blocked(address)": TokenFrozen,
    "ERC20InsufficientUnfrozenBalance(address,uint256,uint256)": TokenFrozen,
    # Paxos (PYUSD, USDG, USDP).
    "ContractPaused()": TokenPaused,
    "AddressFrozen()": TokenFrozen,
    "InsufficientFunds()": NotEnoughMoney,
    # Solady.
    "InsufficientBalance()": NotEnoughMoney,
}
_BY_SELECTOR = {keccak(text=signature)[:4]: (signature, kind) for signature, kind in _ERRORS.items()}


def token_error_of_text(text: str) -> TokenError | None:
    """Returns the exception for the text with which a token reverted, or None if it says something else."""
    kind = _TEXTS.get(text)
    return kind(reason=text) if kind else None


def token_error_of_data(data: bytes) -> TokenError | None:
    """Returns the exception for the revert data of a token's own error, or None if it is another one."""
    signature, kind = _BY_SELECTOR.get(data[:4], ("", None))
    return kind(reason=signature.partition("(")[0]) if kind else None


def in_own_words(error: ContractError) -> UnknownRevert:
    """Returns an error of the contracts as the words of another contract that has reverted with it."""
    arguments = ", ".join(f"{name}={for_program(value)}" for name, value in error.arguments.items())
    found = UnknownRevert(reason=f"{type(error).__name__}({arguments})")
    found.transaction = error.transaction
    return found


def of_token(error: ContractError) -> ContractError:
    """Returns the exception for an error with which a token has reverted. It can't speak for a wallet or a switch."""
    return error if isinstance(error, TokenError | UnknownRevert) else in_own_words(error)
