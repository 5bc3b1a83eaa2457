"""Payments that are charged now and settled later by their payees (EIP-3009)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from peculium.acting.bound import Bound
from peculium.authorizations import Authorization, AuthorizationKind, Domain, HeldAuthorization
from peculium.chain.sender import Signer
from peculium.contract import Receipt
from peculium.errors import NoMandate, NotAuthorizable
from peculium.mandate import NATIVE, ZERO_HASH, Mandate
from peculium.overview import AuthorizationState
from peculium.transports import Transport
from peculium.transports.direct import require_sender
from peculium.units import Amount, to_base_units, to_seconds, to_timestamp
from peculium.wallet import Preauthorize

MOST_CLOSED = 20
"""Authorizations that one transaction closes. Each can call a guard with 200,000 gas."""


@dataclass(frozen=True)
class Preauthorized:
    """A payment that is charged. Its payee, or anybody for it, settles it at the token with `signature`."""

    authorization: Authorization
    receipt: Receipt
    signature: bytes = bytes(32)
    """Any bytes of another length than 65: the wallet knows the authorization and needs no signature."""


class Authorizing(Bound):
    """Pre-authorizations of the agent."""

    def preauthorize(
        self,
        token: str,
        payee: str,
        amount: Amount,
        ref: bytes | str = ZERO_HASH,
        *,
        valid_before: datetime | int | None = None,
        kind: AuthorizationKind = AuthorizationKind.TRANSFER,
        domain: Domain | None = None,
        once: str | None = None,
        via: Transport | None = None,
    ) -> Preauthorized:
        """Charges a payment that its payee settles later.

        `valid_before` is its end (exclusive), by default as late as the mandate and the payee's terms allow. `domain` is the
        token's EIP-712 domain, which is read from the token if it isn't given. Raises `WrongDomain`,
        `ContractSignaturesRefused` or a `TokenError` if the token wouldn't settle it, and as `pay` does.
        """
        address, to = self.lookup.token(token), self.lookup.payee(payee)
        if address == NATIVE:
            raise NotAuthorizable(token=address)
        nonce, end = self._nonce_and_end(address, to, once, via)
        authorization = Authorization(
            address,
            to,
            to_base_units(amount, self.wallet.token_decimals(address)),
            end if valid_before is None else valid_before,
            self.domain_of(address, domain),
            nonce,
            kind=kind,
        )
        receipt = self.send(Preauthorize(authorization, ref), once=once, via=via)
        return Preauthorized(authorization, receipt)

    def _nonce_and_end(self, token: str, payee: str, once: str | None, via: Transport | None) -> tuple[bytes, int]:
        earlier = self._done_under(once, via)
        if earlier is not None and earlier[0] == "preauthorize":
            # A retry: nonce and end are those of the first time.
            *_, end, nonce, _, _ = earlier[1][0]
            return bytes(nonce), int(end)
        queue = self._reader.queue()
        if queue.mandate is None:
            raise NoMandate()
        return secrets.token_bytes(32), _latest(queue.mandate, queue.now, token, payee)

    def open_authorizations(self) -> tuple[AuthorizationState, ...]:
        """Returns the authorizations that aren't closed, in all currencies, oldest first. They count in every window."""
        return tuple(state for _, state in self._reader.held())

    def close_authorizations(self, *, signer: Signer | None = None) -> list[Receipt]:
        """Closes all authorizations that can be: settled ones leave the windows in time, lapsed ones are released at once.

        Anyone can do that; `signer` pays the gas, by default the agent key. Returns a receipt for each transaction; none if
        there was nothing to close.
        """
        by = signer or require_sender(self.key)
        closable = [held for held, state in self._reader.held() if state.can_be_closed]
        receipts = []
        for currency in dict.fromkeys(each.currency for each in closable):
            of_currency = [each for each in closable if each.currency == currency]
            for piece in _pieces(of_currency):
                receipts.append(self.wallet.close_authorizations(by, currency, piece))
        return receipts


def _latest(mandate: Mandate, now: int, token: str, payee: str) -> int:
    ends = [now + to_seconds(mandate.max_authorization_age), to_timestamp(mandate.valid_until)]
    budget = mandate.budget_of(token)
    limited = [] if budget is None else [each for each in budget.limited_payees if each.payee == payee]
    return min(*ends, *(to_timestamp(each.valid_until) for each in limited))


def _pieces(items: Sequence[HeldAuthorization]) -> list[Sequence[HeldAuthorization]]:
    return [items[start : start + MOST_CLOSED] for start in range(0, len(items), MOST_CLOSED)]
