"""New wallets and agents, signed in one place or in several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Self

from eth_utils import keccak
from hexbytes import HexBytes

from peculium.answering.bound import Bound, signature_of
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.drafts import ToSign, revived
from peculium.errors import InvalidInput, SignaturesMissing
from peculium.errors.text import date
from peculium.factory import CreatedWallet, Creation
from peculium.keys import AgentSigner, agent_address_of, agent_signer_of
from peculium.mandate import Mandate
from peculium.plain import as_plain
from peculium.units import to_address, to_seconds, to_timestamp, to_uint
from peculium.wallet.installed import mandate_of

PARTS = ("acceptance", "principal_signature", "agent_signature")
"""The signatures that create an agent, as `Creation` names them."""


@dataclass(frozen=True)
class NewAgent:
    """An agent that was created."""

    agent_id: int
    """Its id in the registry."""
    wallet: str
    mandate: Mandate
    """As installed."""
    receipt: Receipt

    def as_dict(self) -> dict[str, Any]:
        """Returns agent, wallet, the mandate's hash and the transaction."""
        hash_ = "0x" + self.mandate.hash().hex()
        return {
            "agent_id": self.agent_id,
            "wallet": self.wallet,
            "mandate_hash": hash_,
            "transaction": self.receipt.transaction,
        }

    def __str__(self) -> str:
        return (
            f"Agent {self.agent_id} acts with the key {self.mandate.agent_key} and the wallet {self.wallet}. Its principal is "
            f"{self.mandate.principal}; the mandate ends at {date(to_timestamp(self.mandate.valid_until))}."
        )


@dataclass(frozen=True)
class Draft:
    """The creation of an agent, for parties that sign on different machines. JSON can hold it (`as_dict`, `of`)."""

    creation: Creation
    statement: str
    """The statement of liability that the principal signs by its hash."""
    chain_id: int
    enrollment: dict[str, Any]
    """The EIP-712 typed data of the liability."""

    def to_sign(self) -> list[ToSign]:
        """Returns what is still to be signed, and by whom."""
        mandate, made = self.creation.mandate, self.creation
        terms = as_plain(mandate.typed_data(made.wallet, self.chain_id))
        accept = f"The principal answers for the agent: {self.statement}"
        listed = [
            ToSign("acceptance", mandate.principal, accept, as_plain(self.enrollment)),
            ToSign("principal_signature", mandate.principal, "The principal grants the mandate.", terms),
            ToSign("agent_signature", mandate.agent_key, "The agent's key acts under the mandate.", terms),
        ]
        return [each for each in listed if not getattr(made, each.part)]

    def with_signatures(self, signatures: Mapping[str, bytes | str]) -> Draft:
        """Returns the draft with further signatures (bytes or 0x hex) by part; see `ToSign.part`."""
        unknown = sorted(set(signatures) - set(PARTS))
        if unknown:
            raise InvalidInput(f"The draft has no part {unknown[0]!r}. Its parts are {', '.join(PARTS)}.")
        try:
            found: dict[str, Any] = {part: bytes(HexBytes(value)) for part, value in signatures.items()}
        except (ValueError, TypeError):
            raise InvalidInput("A signature isn't hexadecimal. Pass bytes, or text of 0x and hex digits.") from None
        return replace(self, creation=replace(self.creation, **found))

    def signed_by(self, signer: Signer | AgentSigner) -> Draft:
        """Returns the draft with all signatures that this party gives. Raises `InvalidInput` if it has none to give.

        Raises `SignaturesMissing` for a Safe of which too few owners have signed; see `partly_signed_by`.
        """
        address = to_address(signer.address)
        if not any(each.signer == address for each in self.to_sign()):
            waiting = ", ".join(sorted({each.signer for each in self.to_sign()})) or "nobody"
            raise InvalidInput(f"{address} has nothing to sign here. Signatures are missing of: {waiting}.")
        draft, missing = self.partly_signed_by(signer)
        if missing:
            raise missing[0]
        return draft

    def partly_signed_by(self, signer: Signer | AgentSigner) -> tuple[Draft, list[SignaturesMissing]]:
        """Returns the draft with the signatures that this party can give now, and what a Safe still lacks for the others."""
        data = {
            "acceptance": self.enrollment,
            "principal_signature": self.creation.mandate.typed_data(self.creation.wallet, self.chain_id),
        }
        data["agent_signature"] = data["principal_signature"]
        given, missing = {}, []
        for each in self.to_sign():
            if each.signer != to_address(signer.address):
                continue
            try:
                given[each.part] = signature_of(signer, data[each.part])
            except SignaturesMissing as error:
                missing.append(error)
        return self.with_signatures(given), missing

    def as_dict(self) -> dict[str, Any]:
        """Returns the draft as values that JSON can hold; `of` reads them."""
        made = self.creation
        return {
            "chain_id": self.chain_id,
            "wallet": made.wallet,
            "salt": str(made.salt),
            "agent_uri": made.agent_uri,
            "statement": self.statement,
            "deadline": made.deadline,
            "mandate": as_plain(made.mandate.message()),
            "enrollment": as_plain(self.enrollment),
            "signatures": {part: "0x" + getattr(made, part).hex() for part in PARTS},
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Returns the draft of `as_dict`. Raises `InvalidInput` if something is missing or malformed."""
        try:
            mandate = mandate_of(revived(content["mandate"]))
            creation = Creation(
                mandate=mandate,
                salt=int(content["salt"]),
                wallet=to_address(content["wallet"]),
                agent_uri=str(content["agent_uri"]),
                statement_hash=keccak(text=content["statement"]),
                deadline=int(content["deadline"]),
                **{part: bytes(HexBytes(content["signatures"][part])) for part in PARTS},
            )
            return cls(creation, str(content["statement"]), int(content["chain_id"]), dict(content["enrollment"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"The draft is incomplete or malformed: {error!r}. Ask for it again.") from None


class Creating(Bound):
    """New wallets and agents."""

    def wallet_address(self, agent_key: Signer | AgentSigner | str, salt: int = 0) -> str:
        """Returns the address of an agent's wallet, which may not exist yet. It can be funded before.

        `agent_key` is the key's address, or its account.
        """
        return self.suite.factory.wallet_address(self.address, agent_address_of(agent_key), salt)

    def create_wallet(self, agent_key: Signer | AgentSigner | str, salt: int = 0) -> CreatedWallet:
        """Creates a wallet without a mandate, from which the principal can withdraw and nobody else can pay.

        `agent_key` is as in `wallet_address`.
        """
        return self.suite.factory.create_wallet(self._payer(), self.address, agent_address_of(agent_key), salt)

    def draft(
        self,
        mandate: Mandate,
        *,
        uri: str,
        statement: str,
        salt: int = 0,
        valid_for: timedelta = timedelta(hours=1),
    ) -> Draft:
        """Returns the creation of an agent, to be signed by the principal and the agent key.

        `uri` is that of the agent's registration file (ERC-8004), `statement` the statement of liability. `salt` tells several
        wallets of one key apart. After `valid_for` the signatures are void. The epoch is filled in.
        """
        current = self.current(mandate)
        current.check()
        node = self.network.node
        wallet = self.wallet_address(current.agent_key, to_uint(salt, 96, "salt"))
        deadline, hash_ = node.timestamp() + to_seconds(valid_for), keccak(text=statement)
        enrollment = self.suite.registry.enrollment_typed_data(
            self.address, wallet, uri, hash_, current.epoch, deadline
        )
        return Draft(Creation(current, salt, wallet, uri, hash_, deadline), statement, node.chain_id(), enrollment)

    def create_agent(
        self,
        mandate: Mandate,
        agent_key: Signer | AgentSigner | str | None = None,
        *,
        uri: str,
        statement: str,
        salt: int = 0,
    ) -> NewAgent:
        """Creates an agent, and its wallet unless it exists, with the principal's and the agent key's signatures.

        `agent_key`, an account or a private key (0x hex), signs that it acts under the mandate. If it is on another machine, use `draft` and `submit`. The other
        arguments are as in `draft`. Raises `AlreadyInitialized` if the wallet had a mandate before: pass another `salt`.
        """
        draft = self.draft(mandate, uri=uri, statement=statement, salt=salt).signed_by(self.account)
        if agent_key is not None and draft.to_sign():
            draft = draft.signed_by(agent_signer_of(agent_key))
        return self.submit(draft)

    def submit(self, draft: Draft) -> NewAgent:
        """Submits a signed draft. Anyone can, and pays the gas. Raises `InvalidInput` if signatures are missing."""
        missing = draft.to_sign()
        if missing:
            listed = ", ".join(f"{each.part} of {each.signer}" for each in missing)
            raise InvalidInput(f"The draft lacks signatures: {listed}. Let them sign what Draft.to_sign returns.")
        chain_id = self.network.node.chain_id()
        if draft.chain_id != chain_id:
            raise InvalidInput(f"The draft is for chain {draft.chain_id}; the node serves chain {chain_id}.")
        created = self.suite.factory.create_agent(self._payer(), draft.creation)
        return NewAgent(created.agent_id, created.wallet, draft.creation.mandate, created.receipt)
