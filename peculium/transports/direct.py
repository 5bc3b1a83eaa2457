"""The agent key's own transactions."""

from __future__ import annotations

from dataclasses import dataclass

from hexbytes import HexBytes

from peculium.chain.record import Signed
from peculium.chain.sender import Signer, require_signer
from peculium.contract import Receipt
from peculium.errors import InvalidInput
from peculium.journal import Attempt, Entry, Journal
from peculium.keys import AgentSigner, VerifiedKey
from peculium.transports.earlier import Earlier
from peculium.transports.once import Once, once_nonce
from peculium.transports.relayed import relay_once
from peculium.transports.transport import Transport
from peculium.wallet import Action, AgentWallet

WAY = "a transaction of the agent key"


class Direct(Transport):
    """Transactions of the agent key, which pays the gas.

    With a journal `once` costs no gas. Without one the agent key relays its own signed action, about 33,000 gas more.
    """

    def __init__(self, confirmations: int | None = None) -> None:
        """`confirmations` is as in `SendOptions`."""
        self.confirmations = confirmations

    def _send(self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, once: Once | None) -> Receipt:
        signer = require_sender(key)
        if once is None:
            return self._perform(wallet, signer, action, None)
        if once.journal is None:
            return relay_once(wallet, signer, signer, action, once, confirmations=self.confirmations)
        content = bytes(HexBytes(wallet.call_data(action.function, *action.arguments(wallet))))
        record = JournalRecord(wallet, once, once.journal, content)
        if not record.load() and wallet.is_action_spent(once_nonce(wallet.address, once.key)):
            # It was done before there was a journal, or by somebody without it.
            return Earlier(wallet, once, content, self._confirmations(wallet)).receipt(wallet.node.options.timeout)
        return self._perform(wallet, signer, action, record)

    def _confirmations(self, wallet: AgentWallet) -> int:
        return self.confirmations or wallet.node.options.confirmations

    def _perform(self, wallet: AgentWallet, signer: Signer, action: Action, record: JournalRecord | None) -> Receipt:
        # What was sent before isn't checked again: it may have used up what the check looks for.
        if record is None or not record.load():
            wallet.require_worth(action, signer.address)
        return wallet.send(
            signer,
            action.function,
            *action.arguments(wallet),
            event=action.event,
            confirmations=self.confirmations,
            record=record,
        )


def require_sender(key: Signer | AgentSigner) -> Signer:
    """Returns the key if it can send transactions. Raises `InvalidInput` otherwise."""
    if isinstance(key, VerifiedKey) or (hasattr(key, "sign_typed_data") and not hasattr(key, "sign_transaction")):
        raise InvalidInput(
            f"The agent key {key.address} can't send transactions: chains take those of secp256k1 keys only. Have its actions "
            "relayed, with via=Relayed(account), or sent as user operations, with via=UserOperations(bundler)."
        )
    signer: Signer = require_signer(key)  # type: ignore[assignment]  # it has been looked at
    return signer


@dataclass(frozen=True)
class JournalRecord:
    """The transactions of one entry of a journal; see `Record`."""

    wallet: AgentWallet
    once: Once
    journal: Journal
    content: bytes
    """Calldata of the action."""

    def load(self) -> tuple[Signed, ...]:
        """See `Record.load`. Raises `OnceMismatch`."""
        entry = self.journal.entry(self.once.place(self.wallet))
        return () if entry is None else self._versions(entry)

    def add(self, version: Signed, after: int) -> tuple[Signed, ...]:
        """See `Record.add`. Raises `OnceMismatch`."""
        attempt = Attempt(version.hash, version.as_json())
        return self._versions(self.journal.write(self.once.place(self.wallet), WAY, self.content, attempt, after))

    def _versions(self, entry: Entry) -> tuple[Signed, ...]:
        self.once.require_same(self.wallet, entry, WAY, self.content)
        return tuple(Signed.of_json(attempt.hash, attempt.signed) for attempt in entry.attempts)
