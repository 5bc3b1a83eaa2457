"""What wallets have spent, also those that never had a mandate."""

from __future__ import annotations

from decimal import Decimal

from peculium import AgentWallet
from peculium.errors import CurrencyNotBudgeted


def spent_in(wallet: AgentWallet, currency: str) -> Decimal:
    """The total spent in a currency (whole units); zero in a currency that the wallet never had."""
    try:
        return wallet.spent(currency)
    except CurrencyNotBudgeted:
        return Decimal(0)
