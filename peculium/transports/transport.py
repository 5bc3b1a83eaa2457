"""What sends an action of an agent."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.errors import ContractError, JournalFailed, NonceTaken, OutcomeUnknown
from peculium.journal import Journal, to_key
from peculium.keys import AgentSigner
from peculium.transports.once import Once
from peculium.wallet import Action, AgentWallet, PayBatch, RequestCall, RequestPayment, to_ref


class Transport(ABC):
    """Sends actions."""

    def send(
        self,
        wallet: AgentWallet,
        key: Signer | AgentSigner,
        action: Action,
        once: str | None = None,
        journal: Journal | None = None,
    ) -> Receipt:
        """Sends an action of the agent key `key` and waits until it is done.

        Raises a `ContractError` if the wallet refuses it, when nothing was sent, and `OutcomeUnknown` if it was sent and its
        outcome isn't known. With `once` the action is done once under this key, whatever is retried with the same journal and
        transport, and the receipt is that of the first time; raises `OnceMismatch` if the key was used for something else, and
        `OnceCanceled`. An action that failed in its block has changed nothing, so a retry tries it again.

        The journal also keeps the texts of references, and what a contract refused.
        """
        under = None if once is None else Once(to_key(once), journal)
        if journal is not None:
            for text in _texts(action):
                journal.write_text(to_ref(text), text)
        try:
            return self._send(wallet, key, action, under)
        except (OutcomeUnknown, NonceTaken) as error:
            if under is not None:
                error.under(under.key)
            raise
        except ContractError as error:
            if journal is not None and not error.transaction and "receipt" not in error.arguments:
                _note_refusal(journal, wallet, action, error)
            raise

    @abstractmethod
    def _send(self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, once: Once | None) -> Receipt:
        """See `send`."""


def _texts(action: Action) -> Iterator[str]:
    if isinstance(action, PayBatch):
        found = [payment.ref for payment in action.payments]
    elif isinstance(action, RequestPayment | RequestCall):
        found = [action.request.ref]
    else:
        found = [getattr(action, "ref", b"")]
    yield from (ref for ref in found if isinstance(ref, str))


def _note_refusal(journal: Journal, wallet: AgentWallet, action: Action, error: ContractError) -> None:
    try:
        journal.write_refusal(wallet.node.chain_id(), wallet.address, action.function, error)
    except JournalFailed as failed:
        # The refusal counts more than its note.
        error.add_note(str(failed))
