"""The mandate that a principal grants an agent, its EIP-712 hashes and its encoding in the wallet."""

from peculium.mandate.arguments import Argument, ArgumentKind
from peculium.mandate.bounds import (
    ANY_SPENT,
    INLINE_LIMIT,
    MAX_ARGUMENTS,
    MAX_BUDGETS,
    MAX_CALLS,
    MAX_CHEQUES,
    MAX_CODE,
    MAX_LIMIT,
    MAX_LIMITED_PAYEES,
    MAX_PAYEES,
    MAX_TOKENS,
    MAX_VALUES,
    MAX_WINDOW,
    MAX_WINDOWS,
    NATIVE,
    NO_LIMIT,
    ZERO_ADDRESS,
    ZERO_HASH,
)
from peculium.mandate.budget import Budget, LimitedPayee, Token, Window
from peculium.mandate.calls import CallRule, Floor
from peculium.mandate.code import MandateCode
from peculium.mandate.eip712 import MANDATE_TYPES, WALLET_DOMAIN, digest_of, struct_hash, typed_data
from peculium.mandate.mandate import Mandate
from peculium.mandate.powers import ChequeBook, GasTerms
from peculium.units import FOREVER

__all__ = [
    "ANY_SPENT",
    "FOREVER",
    "INLINE_LIMIT",
    "MANDATE_TYPES",
    "MAX_ARGUMENTS",
    "MAX_BUDGETS",
    "MAX_CALLS",
    "MAX_CHEQUES",
    "MAX_CODE",
    "MAX_LIMIT",
    "MAX_LIMITED_PAYEES",
    "MAX_PAYEES",
    "MAX_TOKENS",
    "MAX_VALUES",
    "MAX_WINDOW",
    "MAX_WINDOWS",
    "NATIVE",
    "NO_LIMIT",
    "WALLET_DOMAIN",
    "ZERO_ADDRESS",
    "ZERO_HASH",
    "Argument",
    "ArgumentKind",
    "Budget",
    "CallRule",
    "ChequeBook",
    "Floor",
    "GasTerms",
    "LimitedPayee",
    "Mandate",
    "MandateCode",
    "Token",
    "Window",
    "digest_of",
    "struct_hash",
    "typed_data",
]
