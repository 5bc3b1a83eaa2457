"""What an agent can find out without sending anything."""

from __future__ import annotations

from datetime import datetime

from peculium.acting.bound import Bound
from peculium.decision import Decision
from peculium.errors import ContractError
from peculium.history import HistoryEntry, read_history
from peculium.mandate import ZERO_HASH
from peculium.overview import Overview
from peculium.units import Amount


class Observing(Bound):
    """Reads what the agent can do."""

    def can_pay(self, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> Decision:
        """Returns whether the wallet would make a payment now, and if not, the error that `pay` would raise. Sends nothing.

        It says nothing about the gas money of whoever sends the payment. Raises `InvalidInput` for arguments that are
        malformed, and `ChainUnavailable`.
        """
        where = self.lookup.token(token), self.lookup.payee(payee)
        try:
            self.wallet.would_refuse(self.address, *where, amount, ref)
        except ContractError as reason:
            return Decision(False, reason)
        return Decision(True)

    def overview(self) -> Overview:
        """Returns all that the agent can do now: status, limits, money, payees, and what is open.

        It takes one round trip once the mandate is known, and up to two more if requests or authorizations are open.
        """
        return self._reader.read()

    def history(self, since: datetime | int | None = None) -> list[HistoryEntry]:
        """Returns what left the wallet or was promised since a time (an `int` is unix seconds), oldest first.

        That are payments, calls, authorizations, cheques that were settled, requests that the principal has approved, and its
        withdrawals; not what the principal has done with `execute`, nor the cost of user operations.
        """
        return read_history(self.wallet, self.lookup, since, self.journal)
