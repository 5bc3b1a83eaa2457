"""Binding of an ERC-20 token."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property

from peculium.contract import Contract, Receipt, Signer
from peculium.units import Amount, from_base_units, to_address, to_base_units


class ERC20(Contract):
    """An ERC-20 token. Amounts are whole tokens."""

    abi_name = "ERC20"

    @cached_property
    def decimals(self) -> int:
        """Decimals of the token. Read once and cached."""
        return int(self.read("decimals"))

    @cached_property
    def symbol(self) -> str:
        """Symbol of the token. Read once and cached."""
        return str(self.read("symbol"))

    def balance(self, holder: str) -> Decimal:
        """Returns the balance of `holder` (whole tokens)."""
        return from_base_units(self.read("balanceOf", to_address(holder)), self.decimals)

    def transfer(self, signer: Signer, to: str, amount: Amount) -> Receipt:
        """Transfers `amount` (whole tokens) from the signer to `to`."""
        return self.send(signer, "transfer", to_address(to), to_base_units(amount, self.decimals))
