"""The bounds of a mandate, and the values with a meaning of their own."""

from __future__ import annotations

from decimal import Decimal

ZERO_HASH = bytes(32)
ZERO_ADDRESS = "0x" + "00" * 20
ANY_SPENT = Decimal("Infinity")
"""For `Budget.spent_at_most`: the mandate can be installed whatever was spent before."""
NO_LIMIT = Decimal("Infinity")
"""For `LimitedPayee.limit`: the payee has no limit of its own."""
NATIVE = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
"""Stands for the native currency where a token is expected (ERC-7528). It has 18 decimals."""

# Bounds of the contracts, all inclusive. Lengths of time are in seconds, sizes of code in bytes.
MAX_LIMIT = 2**96 - 1
MAX_BUDGETS, MAX_TOKENS, MAX_WINDOWS, MAX_PAYEES, MAX_LIMITED_PAYEES = 4, 8, 4, 1000, 100
MAX_CALLS, MAX_ARGUMENTS, MAX_VALUES, MAX_CHEQUES = 64, 16, 32, 256
MIN_PERIOD, MAX_PERIOD = 60, 365 * 86_400
MAX_CODE, INLINE_LIMIT = 24_575, 1024
MIN_WINDOW, MAX_WINDOW = 3600, 8 * (2**24 - 1)
BUDGET_DECIMALS = 6
"""The decimals that budgets have unless they say otherwise: those of most stablecoins. They are part of what is signed, so
nothing is guessed: an amount that is finer is refused, and a wallet or fleet never changes those of a currency."""
MAX_BUDGET_DECIMALS = MAX_DIFFERENCE = 18
CURRENCY = r"[A-Z0-9]{1,12}"
