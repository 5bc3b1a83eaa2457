"""Mandates: grant, change, lift, and the agent's key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from peculium.answering.bound import Bound, signature_of
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.drafts import MandateDraft, draft_of
from peculium.errors import InvalidInput, NoMandate
from peculium.errors.text import date
from peculium.explain import Difference
from peculium.keys import AgentSigner, agent_address_of, agent_signer_of
from peculium.mandate import Mandate
from peculium.units import to_address, to_timestamp
from peculium.wallet import AgentWallet


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

    def __str__(self) -> str:
        return (
            f"The mandate of wallet {self.wallet} is in force since block {self.receipt.block}, for the key "
            f"{self.mandate.agent_key}, until {date(to_timestamp(self.mandate.valid_until))}."
        )


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

    def grant_with_agent(self, wallet: str, mandate: Mandate, agent_key: Signer | AgentSigner | str) -> Granted:
        """As `grant`, with the agent key's own signature. The mandate is anchored in the registry, so that others see it.

        `payer`, or the principal's key, only sends it.
        """
        bound = self.wallet(wallet)
        current = self.current(mandate, bound)
        agent_key = agent_signer_of(agent_key)
        if to_address(agent_key.address) != current.agent_key:
            raise InvalidInput(f"The mandate is for the key {current.agent_key}; {agent_key.address} can't sign it.")
        data = current.typed_data(bound.address, self.network.node.chain_id())
        signatures = self._sign(data), signature_of(agent_key, data)
        return Granted(bound.address, current, bound.set_mandate_signed(self._payer(), current, *signatures))

    def draft_grant(self, wallet: str, mandate: Mandate) -> MandateDraft:
        """Returns a new mandate for a wallet as a draft, which others read and sign elsewhere. Nothing is signed or sent.

        Epoch and round are filled in. `Agent.draft_grant` does the same on the agent's side.
        """
        return draft_of(self.wallet(wallet), mandate)

    def review_grant(self, draft: MandateDraft) -> list[Difference]:
        """Returns what a draft changes of the mandate in force, with the principal's own names.

        Raises `InvalidInput` if the draft's base isn't in force any more. If no mandate is in force, the list is empty:
        `MandateDraft.explain` then says what the draft allows.
        """
        self._require_current(draft)
        return draft.differences(self.names)

    def sign_grant(self, draft: MandateDraft) -> MandateDraft:
        """Returns a draft with the principal's signature. Read what `review_grant` returns before. Raises as it does."""
        self._require_current(draft)
        return draft.signed_by(self.account)

    def submit_grant(self, draft: MandateDraft, *, drop_currencies: bool = False) -> Granted:
        """Installs the mandate of a draft that both parties have signed, and anchors it in the registry.

        `payer`, or the principal's key, only sends it. Raises `InvalidInput` if a signature is missing, and as `grant` and
        `review_grant` do. If the agent key can't sign, the principal grants `draft.mandate` with `grant`.
        """
        draft.require_complete()
        bound = self._require_current(draft)
        signatures = draft.principal_signature, draft.agent_signature
        receipt = bound.set_mandate_signed(self._payer(), draft.mandate, *signatures, drop_currencies)
        return Granted(bound.address, draft.mandate, receipt)

    def _require_current(self, draft: MandateDraft) -> AgentWallet:
        bound = self.wallet(draft.wallet)
        draft.require_base(bound)
        # Another principal's, and one of an ended epoch, are refused here.
        self.current(draft.mandate, bound)
        return bound

    def mandate(self, wallet: str) -> Mandate:
        """Returns the mandate in force. Raises `NoMandate` if there is none."""
        bound = self.wallet(wallet)
        if bound.mandate_hash == bytes(32):
            raise NoMandate()
        return bound.last_mandate()

    def lift(self, wallet: str) -> Receipt:
        """Ends the mandate in force and the round. The agent can't do anything until another one is granted."""
        return self.wallet(wallet).lift_mandate(self.account)

    def rotate_key(self, wallet: str, new_key: Signer | AgentSigner | str) -> Granted:
        """Grants the mandate in force to another key, given by its address or as account. The old key can't do anything from then on; spending counts on.

        Requests, authorizations and cheques of the old key end with its round.
        """
        return self.grant(wallet, replace(self.mandate(wallet), agent_key=agent_address_of(new_key)))
