"""Errors of the contracts by their Solidity names."""

from __future__ import annotations

from types import ModuleType

from peculium.errors import (
    authorizations,
    calls,
    credentials,
    limits,
    listed,
    mandates,
    operations,
    others,
    parties,
    registry,
    requests,
    signatures,
    stops,
    tokens,
)
from peculium.errors.contract import ContractError
from peculium.errors.tokens import NotEnoughMoney, TokenFrozen, TokenPaused

_MODULES: tuple[ModuleType, ...] = (
    authorizations,
    calls,
    credentials,
    limits,
    listed,
    mandates,
    operations,
    others,
    parties,
    registry,
    requests,
    signatures,
    stops,
    tokens,
)
_GROUPS = {NotEnoughMoney, TokenFrozen, TokenPaused}
"""Classes that stand for the errors of many tokens. The contracts have no error of this name."""
_BY_NAME = {
    name: found
    for module in _MODULES
    for name, found in vars(module).items()
    if isinstance(found, type)
    and issubclass(found, ContractError)
    and found.__module__ == module.__name__
    and found not in _GROUPS
}


def class_of(name: str) -> type[ContractError] | None:
    """The exception class for a contract error by its Solidity name, or None if the contracts have no such error."""
    return _BY_NAME.get(name)
