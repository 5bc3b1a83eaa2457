"""What all parts of an agent share: its key, its wallet and its chain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from peculium.acting.earlier import action_under
from peculium.acting.slots import Slots
from peculium.authorizations import Domain
from peculium.chain.sender import Signer
from peculium.checks import check_methods
from peculium.contract import Receipt
from peculium.errors import InvalidInput
from peculium.journal import Journal, to_key
from peculium.keys import AgentSigner
from peculium.lookup import Lookup
from peculium.network import Network
from peculium.overview import Reader
from peculium.token import ERC20
from peculium.transports import Transport
from peculium.transports.once import Once
from peculium.units import to_address
from peculium.wallet import Action, AgentWallet
from peculium.wallet.domains import domain_of


class Bound(ABC):
    """A key, a wallet and a chain, bound once."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_methods(cls)

    network: Network
    wallet: AgentWallet
    key: Signer | AgentSigner
    lookup: Lookup
    """Tokens by symbol and payees by name."""
    via: Transport
    """Who sends its actions."""
    journal: Journal | None
    _slots: Slots

    @abstractmethod
    def send(self, action: Action, *, once: str | None = None, via: Transport | None = None) -> Receipt:
        """Does an action and waits until it is done; see `Transport.send`."""

    @property
    def address(self) -> str:
        """Address of the agent key."""
        return to_address(self.key.address)

    def domain_of(self, token: str, given: Domain | None = None) -> Domain:
        """Returns the EIP-712 domain of a token, found from what it reports and proven by its separator. Read once.

        If one is given, that is returned: it is compared with the token's before anything is signed. Raises `WrongDomain` if
        nothing proves a domain.
        """
        if given is not None:
            if not isinstance(given, Domain):
                raise InvalidInput(
                    f"The domain is a {type(given).__name__}. Pass Domain(name, version), or leave it out."
                )
            return given
        if token not in self._domains:
            self._domains[token] = domain_of(ERC20(self.wallet.web3, token))
        return self._domains[token]

    def _done_under(self, once: str | None, via: Transport | None) -> tuple[str, list[Any]] | None:
        # Function and arguments of the action that a key was used for; None if it wasn't, or for no action.
        if once is None:
            return None
        content = action_under(self.wallet, Once(to_key(once), self.journal), via or self.via)
        try:
            return None if content is None else self.wallet.decode_call(content)
        except InvalidInput:
            return None

    @cached_property
    def _domains(self) -> dict[str, Domain]:
        return {}

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.wallet, self.lookup, self.address)


check_methods(Bound)
