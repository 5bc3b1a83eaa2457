"""The agent: its key, its wallet and its chain, bound once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from web3 import Web3

from peculium.acting import Asking, Authorizing, Observing, Writing
from peculium.acting.slots import Slots
from peculium.argument_order import require_order
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.drafts import MandateDraft, draft_of
from peculium.errors import InvalidInput, TokenNotListed
from peculium.errors.redaction import ADDRESS, KEY, NODE
from peculium.journal import Journal
from peculium.keys import AgentSigner, agent_account_of
from peculium.lookup import AddressBook, Lookup
from peculium.mandate import ZERO_HASH, Mandate
from peculium.network import Network
from peculium.suite import Suite
from peculium.transports import Direct, Transport
from peculium.units import Amount, to_address
from peculium.wallet import Action, AgentWallet, Call, Pay, PayBatch, Resign


class Agent(Observing, Asking, Authorizing, Writing):
    """Acts with the agent key within the mandate of its wallet.

    Tokens are given by address or by symbol, payees by address or by their names in the address book, amounts in whole units.
    What the wallet refuses is a `ContractError`: it is raised before anything is sent, and costs nothing.
    """

    def __init__(
        self,
        wallet: str,
        key: Signer | AgentSigner | str,
        network: Network | Suite | Web3 | str,
        *,
        names: AddressBook = None,
        via: Transport | None = None,
        journal: Journal | str | Path | None = None,
    ) -> None:
        """`key` is an account, or a private key (0x hex). `via` is who sends its actions; by default its own transactions.

        `names` is an address book: names of payees and their addresses, or the path of a mandate's file with `[names]`.
        `journal` is a file, or its path: what is sent is written down there before, so that a retry sends the same.
        """
        require_order("Agent(wallet, key, network)", wallet=(wallet, ADDRESS), key=(key, KEY), network=(network, NODE))
        self.network = Network.of(network)
        self.wallet = AgentWallet(self.network.web3, wallet)
        self.key = agent_account_of(key)
        self.lookup = Lookup(self.wallet, names)
        self._slots = Slots()
        self.via = via or Direct()
        self.journal = Journal(journal) if isinstance(journal, str | Path) else journal

    def send(self, action: Action, *, once: str | None = None, via: Transport | None = None) -> Receipt:
        """Does an action and waits until it is done; see `Transport.send`."""
        try:
            return (via or self.via).send(self.wallet, self.key, action, once, self.journal)
        except TokenNotListed:
            # Another token can have the symbol under a newer mandate.
            self.lookup.forget()
            raise

    def pay(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Receipt:
        """Pays `amount` (whole tokens) to a payee. `ref` is a reference such as an invoice number; see `to_ref`.

        With `once` it is paid one time for this key, whatever is retried with the same journal; see `Transport.send`.
        """
        return self.send(self._found(Pay(token, payee, amount, ref)), once=once, via=via)

    def pay_many(self, payments: Sequence[Pay], *, once: str | None = None, via: Transport | None = None) -> Receipt:
        """Makes several payments in one transaction: all or none."""
        return self.send(PayBatch([self._found(each) for each in payments]), once=once, via=via)

    def call(
        self,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: Amount = 0,
        variant: int = 0,
        ref: bytes | str = ZERO_HASH,
        *,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Receipt:
        """Calls a function that the mandate lists; see `Call` for the amounts. `target` is an address or a name."""
        action = Call(self.lookup.payee(target), data, value, pull, variant, ref)
        return self.send(action, once=once, via=via)

    def resign(self, *, via: Transport | None = None) -> Receipt:
        """Revokes the agent permanently, by its own decision."""
        return self.send(Resign(), via=via)

    def draft_grant(self, mandate: Mandate) -> MandateDraft:
        """Returns a new mandate for this wallet as a draft that the principal reads and signs. Nothing is sent.

        Epoch and round are filled in. The agent's own signature is in it if the mandate names its key.
        """
        draft = draft_of(self.wallet, mandate)
        return draft.signed_by(self.key) if to_address(self.key.address) == draft.mandate.agent_key else draft

    def _found(self, payment: Pay) -> Pay:
        if not isinstance(payment, Pay):
            raise InvalidInput(f"The payment is a {type(payment).__name__}. Pass Pay(token, payee, amount, ref).")
        return replace(payment, token=self.lookup.token(payment.token), payee=self.lookup.payee(payment.payee))
