"""The principal: its account and its chain, bound once."""

from __future__ import annotations

from collections.abc import Mapping

from web3 import Web3

from peculium.accounts import PrincipalAccount, account_of
from peculium.answering import Deciding, Owning, Stopping, Watching
from peculium.chain.sender import Signer
from peculium.network import Network
from peculium.suite import Suite


class Principal(Stopping, Deciding, Owning, Watching):
    """Answers for agents: grants, watches, decides, stops, and owns the money.

    Wallets are given by address, tokens by address or by the symbol of a token of the mandate, amounts in whole units. What a
    contract refuses is a `ContractError`: it is raised before anything is sent.
    """

    def __init__(
        self,
        account: PrincipalAccount | str,
        network: Network | Suite | Web3 | str,
        *,
        names: Mapping[str, str] | None = None,
        payer: Signer | None = None,
    ) -> None:
        """`account` is a key (`eth_account`, or 0x hex), an `ExternalSigner` or a `Safe`; see also `open_keystore`.

        `names` is an address book. `payer` sends what anybody may submit; by default the account itself.
        """
        self.network = Network.of(network)
        self.account = account_of(account)
        self.names = dict(names or {})
        self.payer = payer

    def __repr__(self) -> str:
        return f"Principal({self.address})"
