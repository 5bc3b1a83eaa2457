"""The paymaster of one principal."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from peculium.contract import Contract, Receipt, Signer
from peculium.mandate import GasTerms
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_seconds


class PrincipalPaymaster(Contract):
    """A paymaster that pays for operations of one principal's wallets. Amounts are whole units of the native currency."""

    abi_name = "PrincipalPaymaster"

    def set_gas_terms(self, principal: Signer, wallet: str, terms: GasTerms) -> Receipt:
        """Sets the limits up to which the paymaster pays for a wallet's agent. `GasTerms()` means that it doesn't pay."""
        return self.send(principal, "setGasTerms", to_address(wallet), tuple(terms.message().values()))

    def gas_terms_of(self, wallet: str) -> tuple[GasTerms, Decimal]:
        """Returns the gas terms of a wallet, and what remains in their window now."""
        (operation, window, length), left = self.read("gasTermsOf", to_address(wallet))
        terms = GasTerms(from_base_units(operation, 18), from_base_units(window, 18), timedelta(seconds=length))
        return terms, from_base_units(left, 18)

    def deposit(self, signer: Signer, amount: Amount) -> Receipt:
        """Adds the signer's native currency to the deposit."""
        return self.send(signer, "deposit", value=to_base_units(amount, 18))

    def withdraw(self, principal: Signer, to: str, amount: Amount) -> Receipt:
        """Withdraws a part of the deposit to `to`."""
        return self.send(principal, "withdraw", to_address(to), to_base_units(amount, 18))

    def add_stake(self, principal: Signer, amount: Amount, delay: timedelta) -> Receipt:
        """Adds to the stake, which stays locked for `delay` after `unlock_stake`."""
        return self.send(principal, "addStake", to_seconds(delay), value=to_base_units(amount, 18))

    def unlock_stake(self, principal: Signer) -> Receipt:
        """Starts the delay after which the stake can be withdrawn."""
        return self.send(principal, "unlockStake")

    def withdraw_stake(self, principal: Signer, to: str) -> Receipt:
        """Withdraws the stake to `to`, after the delay."""
        return self.send(principal, "withdrawStake", to_address(to))
