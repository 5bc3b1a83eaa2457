"""Drafts of mandates for wallets that exist: one party writes, the others read the difference and sign, on any machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from hexbytes import HexBytes

from peculium.chain.sender import Signer
from peculium.errors import InvalidInput
from peculium.explain import Difference, diff, explain, text_of
from peculium.keys import AgentSigner, sign_with
from peculium.mandate import Mandate
from peculium.plain import as_plain
from peculium.units import to_address
from peculium.wallet import AgentWallet
from peculium.wallet.installed import mandate_of

PARTS = ("principal_signature", "agent_signature")
"""The signatures that a changed mandate needs."""
KIND = "peculium mandate draft, version 1"
"""What the JSON of a draft says that it is."""


@dataclass(frozen=True)
class ToSign:
    """Something that one of the parties signs."""

    part: str
    """Name of the signature in the draft."""
    signer: str
    """Address of the party that signs."""
    purpose: str
    """What the signature says, in a sentence."""
    typed_data: dict[str, Any]
    """EIP-712 typed data, as JSON can hold it."""


@dataclass(frozen=True)
class MandateDraft:
    """A new mandate for a wallet, beside the one in force, with the signatures so far. JSON can hold it (`as_dict`, `of`)."""

    chain_id: int
    wallet: str
    base: Mandate | None
    """The mandate that was in force when this was drafted; None if there was none. It is the drafter's word until
    `require_base` has compared it with the chain."""
    mandate: Mandate
    """The new one, with the epoch and round in which it can be installed."""
    principal_signature: bytes = b""
    agent_signature: bytes = b""

    def differences(self, names: Mapping[str, str] | None = None) -> list[Difference]:
        """Returns what the draft changes; see `peculium.explain.diff`. `names` are the reader's own, never the drafter's.

        Empty if there is no mandate to compare with.
        """
        if self.base is None:
            return []
        # Every mandate is of another round, which says nothing.
        return diff(replace(self.base, epoch=self.mandate.epoch, round=self.mandate.round), self.mandate, names)

    def explain(self, names: Mapping[str, str] | None = None) -> str:
        """Returns a line for each difference, or what the mandate allows if no other is in force.

        `names` are the reader's own. Only `require_base`, or `Principal.review_grant`, says that the base is true.
        """
        if self.base is None:
            return text_of(explain(self.mandate, names))
        return "\n".join(f"{each.direction}: {each.text}" for each in self.differences(names)) or "Nothing changes."

    def require_base(self, wallet: AgentWallet) -> None:
        """Raises `InvalidInput` if the base isn't the mandate in force, or the draft is for another wallet or chain."""
        chain_id = wallet.node.chain_id()
        if self.chain_id != chain_id or self.wallet != wallet.address:
            raise InvalidInput(
                f"The draft is for {self.wallet} on chain {self.chain_id}; this is {wallet.address} on chain {chain_id}."
            )
        base = self.base.hash() if self.base else bytes(32)
        now = wallet.mandate_hash
        if now != base or wallet.round != self.mandate.round:
            raise InvalidInput(
                f"The draft changes {_shown(base)}, and {_shown(now)} is in force in round {wallet.round}. The draft is for round "
                f"{self.mandate.round}, so nobody can install it. Draft it again."
            )

    def to_sign(self) -> list[ToSign]:
        """Returns what is still to be signed, and by whom."""
        terms, mandate = as_plain(self.typed_data()), self.mandate
        listed = [
            ToSign("principal_signature", mandate.principal, "The principal grants the mandate.", terms),
            ToSign("agent_signature", mandate.agent_key, "The agent's key acts under the mandate.", terms),
        ]
        return [each for each in listed if not getattr(self, each.part)]

    def typed_data(self) -> dict[str, Any]:
        """Returns the EIP-712 typed data that both parties sign."""
        return self.mandate.typed_data(self.wallet, self.chain_id)

    def signed_by(self, signer: Signer | AgentSigner) -> MandateDraft:
        """Returns the draft with the signature of this party. Raises `InvalidInput` if it has none to give.

        It asks no chain: the principal reads with `Principal.review_grant` before, or signs with `Principal.sign_grant`.
        """
        address = to_address(signer.address)
        mine = [each.part for each in self.to_sign() if each.signer == address]
        if not mine:
            raise InvalidInput(f"{address} has nothing to sign here. Signatures are missing of: {self._missing()}.")
        return self.with_signatures({part: sign_with(signer, self.typed_data()) for part in mine})

    def with_signatures(self, signatures: Mapping[str, bytes | str]) -> MandateDraft:
        """Returns the draft with further signatures (bytes or 0x hex) by part; see `ToSign.part`."""
        unknown = sorted(set(signatures) - set(PARTS))
        if unknown:
            raise InvalidInput(f"The draft has no part {unknown[0]!r}. Its parts are {', '.join(PARTS)}.")
        try:
            found: dict[str, Any] = {part: bytes(HexBytes(value)) for part, value in signatures.items()}
        except (ValueError, TypeError):
            raise InvalidInput("A signature isn't hexadecimal. Pass bytes, or text of 0x and hex digits.") from None
        return replace(self, **found)

    def require_complete(self) -> None:
        """Raises `InvalidInput` if a signature is missing."""
        if self.to_sign():
            raise InvalidInput(
                f"The draft lacks signatures of: {self._missing()}. Let them sign what MandateDraft.to_sign returns. Nothing was "
                "sent."
            )

    def _missing(self) -> str:
        return ", ".join(f"{each.signer} ({each.part})" for each in self.to_sign()) or "nobody"

    def as_dict(self) -> dict[str, Any]:
        """Returns the draft as values that JSON can hold; `of` reads them."""
        return {
            "kind": KIND,
            "chain_id": self.chain_id,
            "wallet": self.wallet,
            "base": as_plain(self.base.message()) if self.base else None,
            "base_hash": "0x" + self.base.hash().hex() if self.base else None,
            "mandate": as_plain(self.mandate.message()),
            "mandate_hash": "0x" + self.mandate.hash().hex(),
            "signatures": {part: "0x" + getattr(self, part).hex() for part in PARTS},
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Returns the draft of `as_dict`. Raises `InvalidInput` if it is none, is incomplete, or was changed."""
        if not isinstance(content, Mapping) or content.get("kind") != KIND:
            raise InvalidInput(f"This isn't a draft of a mandate: its kind isn't {KIND!r}. Pass what as_dict returned.")
        try:
            base = mandate_of(revived(content["base"])) if content["base"] is not None else None
            mandate = mandate_of(revived(content["mandate"]))
            signatures = {part: bytes(HexBytes(content["signatures"][part])) for part in PARTS}
            made = cls(int(content["chain_id"]), to_address(content["wallet"]), base, mandate, **signatures)
            expected = content["base_hash"], content["mandate_hash"]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InvalidInput(f"The draft is incomplete or malformed: {error!r}. Ask for it again.") from None
        if expected != (made.as_dict()["base_hash"], made.as_dict()["mandate_hash"]):
            raise InvalidInput("The draft was changed: a mandate in it isn't that of its hash. Ask for it again.")
        return made


def draft_of(wallet: AgentWallet, mandate: Mandate) -> MandateDraft:
    """Returns a new mandate for a wallet as a draft. Epoch and round are filled in; nothing is signed or sent.

    Raises `InvalidInput` if the mandate names another principal than the wallet's, and the error of `Mandate.check`.
    """
    if not isinstance(mandate, Mandate):
        raise InvalidInput(f"The mandate is a {type(mandate).__name__}. Pass a Mandate.")
    principal, epoch = wallet.read("authority")
    if to_address(principal) != mandate.principal:
        raise InvalidInput(
            f"The mandate names the principal {mandate.principal}; that of the wallet {wallet.address} is {principal}."
        )
    current, hash_ = replace(mandate, epoch=epoch, round=wallet.round), wallet.mandate_hash
    current.check()
    base = wallet.last_mandate() if hash_ != bytes(32) else None
    if base is not None and base.hash() != hash_:
        raise InvalidInput("The wallet's mandate changed while it was read. Try again.")
    return MandateDraft(wallet.node.chain_id(), wallet.address, base, current)


def revived(value: Any) -> Any:
    """Returns the message of a mandate from JSON, which has hex in place of bytes."""
    # A message has no other text that begins with 0x and isn't an address.
    if isinstance(value, Mapping):
        return {name: revived(each) for name, each in value.items()}
    if isinstance(value, list):
        return [revived(each) for each in value]
    is_bytes = isinstance(value, str) and value.startswith("0x") and len(value) != 42
    return bytes(HexBytes(value)) if is_bytes else value


def _shown(mandate: bytes) -> str:
    return f"the mandate 0x{mandate.hex()[:8]}…" if any(mandate) else "no mandate"
