"""The principal: its account and its chain, bound once."""

from __future__ import annotations

from web3 import Web3

from peculium.accounts import PrincipalAccount, account_of
from peculium.answering import Deciding, Owning, Stopping, Watching
from peculium.argument_order import require_order
from peculium.chain.sender import Signer
from peculium.errors.redaction import KEY, NODE
from peculium.lookup import AddressBook, address_book
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
        names: AddressBook = None,
        payer: Signer | None = None,
    ) -> None:
        """`account` is a key (`eth_account`, or 0x hex), an `ExternalSigner` or a `Safe`; see also `open_keystore`.

        `names` is an address book: names and their addresses, or the path of a mandate's file with `[names]`. `payer` sends
        what anybody may submit; by default the account itself.
        """
        require_order("Principal(account, network)", account=(account, KEY), network=(network, NODE))
        self.network = Network.of(network)
        self.account = account_of(account)
        self.names = address_book(names)
        self.payer = payer

    def __repr__(self) -> str:
        return f"Principal({self.address})"
