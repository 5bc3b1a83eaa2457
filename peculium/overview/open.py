"""What is open: requests that wait for the principal, and authorizations that aren't closed. Only events have their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hexbytes import HexBytes

from peculium.authorizations import HeldAuthorization
from peculium.batch import Answer, Batch
from peculium.errors import AuthorizationUnknown, quote
from peculium.errors.money import digits
from peculium.lookup import Lookup
from peculium.mandate import Mandate
from peculium.overview.parts import AuthorizationState, RequestState
from peculium.token import authorization_state_data
from peculium.units import from_base_units, from_timestamp, to_address, to_timestamp
from peculium.wallet import AgentWallet, CallRequest, PendingRequest, Request, to_ref
from peculium.wallet.refs import ref_text


@dataclass(frozen=True)
class Opened:
    """What is open."""

    requests: tuple[RequestState, ...] = ()
    authorizations: tuple[AuthorizationState, ...] = ()


class OpenReader:
    """Reads what is open, and remembers the content of requests."""

    def __init__(self, wallet: AgentWallet, lookup: Lookup) -> None:
        self._wallet, self._lookup = wallet, lookup
        self._seen: dict[tuple[int, bytes, int], PendingRequest] = {}

    def read(self, mandate: Mandate | None, slots: Sequence[tuple[bytes, int]], has_pending: bool) -> Opened:
        """Reads the content of requests, and the authorizations of the mandate's currencies if there are any."""
        if mandate is None:
            return Opened()
        keys = {budget.currency_key for budget in mandate.budgets}
        held = [each for each in self._wallet.held_authorizations() if each.currency in keys] if has_pending else []
        return Opened(tuple(self._requests(slots)), tuple(state for _, state in self.states(held)))

    def _requests(self, slots: Sequence[tuple[bytes, int]]) -> list[RequestState]:
        taken = [(slot, held, asked_at) for slot, (held, asked_at) in enumerate(slots) if asked_at]
        seen = self._seen
        if any(key not in seen for key in taken):
            found = self._wallet.requests_in(slots)
            seen = {(each.slot, each.request_hash[:26], to_timestamp(each.asked_at)): each for each in found}
            self._seen = seen
        return [self._shown(seen[key]) for key in taken]

    def _shown(self, pending: PendingRequest) -> RequestState:
        request = pending.request
        expires = None if request is None else from_timestamp(to_timestamp(request.expires_at))
        return RequestState(pending.slot, pending.request_hash, request, self.asks(request), pending.asked_at, expires)

    def asks(self, request: Request | CallRequest | None) -> str:
        """Returns what a request asks for, in words."""
        if request is None:
            return "an amount that its token doesn't explain"
        ref = ref_text(to_ref(request.ref))
        reason = f" for {quote(ref)}" if ref else ""
        if isinstance(request, Request):
            amount = f"{digits(Decimal(request.amount))} {self._lookup.described(request.token)}"
            return f"pay {amount} to {self._named(request.payee)}{reason}"
        pulled = f", which can take {digits(Decimal(request.pull))} {self._lookup.described(request.pull_token)}"
        value = f" with {digits(Decimal(request.value))} of the native currency" if request.value else ""
        return f"call {self._named(request.target)}{value}{pulled if request.pull else ''}{reason}"

    def _named(self, address: str) -> str:
        return self._lookup.name_of(to_address(address)) or to_address(address)

    def states(self, held: Sequence[HeldAuthorization]) -> list[tuple[HeldAuthorization, AuthorizationState]]:
        """Reads what became of authorizations, in one round trip. Those that somebody has closed are left out."""
        wallet, batch = self._wallet, Batch(self._wallet.node)
        answers = []
        for each in held:
            data = authorization_state_data(wallet.address, each.struct["nonce"])
            used = batch.ask("eth_call", {"to": each.struct["token"], "data": data}, "latest")
            answers.append((each, used, batch.read(wallet, "closeAuthorizations", each.currency, [each.as_tuple()])))
        batch.run()
        self._lookup.learn(each.struct["token"] for each in held)
        return [
            (each, self._authorization(each, used, closed.refusal is None))
            for each, used, closed in answers
            if not isinstance(closed.refusal, AuthorizationUnknown)
        ]

    def _authorization(self, held: HeldAuthorization, used: Answer, can_be_closed: bool) -> AuthorizationState:
        token, payee = held.struct["token"], held.struct["payee"]
        # A token that doesn't say it reverts.
        settled = used.refusal is None and int.from_bytes(HexBytes(used.value)) == 1
        return AuthorizationState(
            symbol=self._lookup.symbol(token),
            token=token,
            payee=payee,
            payee_name=self._lookup.name_of(payee),
            amount=from_base_units(held.struct["amount"], self._wallet.token_decimals(token)),
            ref=ref_text(held.ref),
            valid_before=held.valid_before,
            settled=settled,
            can_be_closed=can_be_closed,
            digest=held.digest,
        )
