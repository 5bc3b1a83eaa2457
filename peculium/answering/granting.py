"""Mandates: grant, change, lift, and the agent's key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from peculium.answering.bound import Bound, signature_of
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.errors import InvalidInput, NoMandate
from peculium.keys import AgentSigner
from peculium.mandate import Mandate
from peculium.units import to_address


@dataclass(frozen=True)
class Granted:
    """A mandate that is in force."""

    wallet: str
    mandate: Mandate
    """As installed, with epoch and round."""
    receipt: Receipt

    def as_dict(self) -> dict[str, Any]:
        """Returns the wallet, the mandate's hash and the transaction."""
        hash_ = "0x" + self.mandate.hash().hex()
        return {"wallet": self.wallet, "mandate_hash": hash_, "transaction": self.receipt.transaction}


class Granting(Bound):
    """What the agent may do."""

    def grant(self, wallet: str, mandate: Mandate, *, drop_currencies: bool = False) -> Granted:
        """Installs a mandate in place of the present one. Epoch and round are filled in.

        What was spent counts on in the windows and limits of the same currency. Raises `InvalidInput` if the mandate names
        another principal, or drops a currency in which something was spent, unless `drop_currencies` says that this is meant.
        """
        bound = self.wallet(wallet)
        current = self.current(mandate, bound)
        return Granted(bound.address, current, bound.set_mandate(self.account, current, drop_currencies))

    def grant_with_agent(self, wallet: str, mandate: Mandate, agent_key: Signer | AgentSigner) -> Granted:
        """As `grant`, with the agent key's own signature. The mandate is anchored in the registry, so that others see it.

        `payer`, or the principal's key, only sends it.
        """
        bound = self.wallet(wallet)
        current = self.current(mandate, bound)
        if to_address(agent_key.address) != current.agent_key:
            raise InvalidInput(f"The mandate is for the key {current.agent_key}; {agent_key.address} can't sign it.")
        data = current.typed_data(bound.address, self.network.node.chain_id())
        signatures = self._sign(data), signature_of(agent_key, data)
        return Granted(bound.address, current, bound.set_mandate_signed(self._payer(), current, *signatures))

    def mandate(self, wallet: str) -> Mandate:
        """Returns the mandate in force. Raises `NoMandate` if there is none."""
        bound = self.wallet(wallet)
        if bound.mandate_hash == bytes(32):
            raise NoMandate()
        return bound.last_mandate()

    def lift(self, wallet: str) -> Receipt:
        """Ends the mandate in force and the round. The agent can't do anything until another one is granted."""
        return self.wallet(wallet).lift_mandate(self.account)

    def rotate_key(self, wallet: str, new_key: str) -> Granted:
        """Grants the mandate in force to another key. The old key can't do anything from then on; spending counts on.

        Requests, authorizations and cheques of the old key end with its round.
        """
        return self.grant(wallet, replace(self.mandate(wallet), agent_key=to_address(new_key)))
