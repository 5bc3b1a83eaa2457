"""The EntryPoint of ERC-4337."""

from __future__ import annotations

from decimal import Decimal

from peculium.contract import Contract, Receipt, Signer
from peculium.units import Amount, from_base_units, to_address, to_base_units


class EntryPoint(Contract):
    """The EntryPoint of ERC-4337."""

    abi_name = "EntryPoint"

    def next_nonce(self, sender: str, key: int = 0) -> int:
        """Returns the next nonce of a nonce key: the key in the upper 192 bits, the sequence number in the lower 64."""
        return int(self.read("getNonce", to_address(sender), key))

    def deposit_of(self, account: str) -> Decimal:
        """Returns the deposit of an account (whole units of the native currency)."""
        return from_base_units(self.read("balanceOf", to_address(account)), 18)

    def deposit_to(self, signer: Signer, account: str, amount: Amount) -> Receipt:
        """Adds the signer's native currency (whole units) to the deposit of an account."""
        return self.send(signer, "depositTo", to_address(account), value=to_base_units(amount, 18))
