"""What all parts of a principal share: its account and its chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from peculium.accounts import PrincipalAccount, payer_of
from peculium.chain.sender import Signer
from peculium.checks import check_methods
from peculium.errors import EpochEnded, InvalidInput, NotPrincipal
from peculium.keys import AgentSigner, sign_with
from peculium.lookup import Lookup
from peculium.mandate import Mandate
from peculium.network import Network
from peculium.suite import Suite
from peculium.units import to_address
from peculium.wallet import AgentWallet


class Bound:
    """An account and a chain, bound once."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_methods(cls)

    network: Network
    account: PrincipalAccount
    names: Mapping[str, str]
    payer: Signer | None

    @property
    def address(self) -> str:
        """The principal's address."""
        return to_address(self.account.address)

    @property
    def suite(self) -> Suite:
        """The suite on this chain."""
        return self.network.suite

    def wallet(self, wallet: str | AgentWallet) -> AgentWallet:
        """Returns a wallet of this principal. Raises `NotPrincipal`, which says whose it is, for another one's."""
        found = wallet if isinstance(wallet, AgentWallet) else AgentWallet(self.network.web3, wallet)
        if (principal := to_address(found.principal)) != self.address:
            raise NotPrincipal(principal=principal, caller=self.address)
        return found

    def lookup(self, wallet: AgentWallet) -> Lookup:
        """Returns what finds tokens by their symbols in the wallet's mandate, and payees by name."""
        return Lookup(wallet, self.names)

    def current(self, mandate: Mandate, wallet: AgentWallet | None = None) -> Mandate:
        """Returns the mandate for the principal's present epoch and the wallet's present round.

        Raises `EpochEnded` for a wallet that `revoke_all` has stopped: no mandate brings it back.
        """
        if not isinstance(mandate, Mandate):
            raise InvalidInput(f"The mandate is a {type(mandate).__name__}. Pass a Mandate.")
        if mandate.principal != self.address:
            raise InvalidInput(
                f"The mandate names the principal {mandate.principal}; this account is {self.address}. Change the mandate, or "
                "use the other account."
            )
        epoch = self.suite.switch.epoch_of(self.address)
        if wallet is None:
            return replace(mandate, epoch=epoch, round=0)
        _, own = wallet.read("authority")
        if own != epoch:
            raise EpochEnded(principal=self.address, epoch=own, currentEpoch=epoch)
        return replace(mandate, epoch=epoch, round=wallet.round)

    def _payer(self) -> Signer:
        # Who sends what anybody may submit.
        return self.payer or payer_of(self.account)

    def _sign(self, data: dict[str, Any]) -> bytes:
        return signature_of(self.account, data)


def signature_of(account: PrincipalAccount | AgentSigner, data: dict[str, Any]) -> bytes:
    """Returns the signature of EIP-712 typed data by a key, or what an account accepts itself (ERC-1271)."""
    return sign_with(account, data)


check_methods(Bound)
