"""What the principal does with a wallet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peculium.checks import checked_fields
from peculium.contract import Receipt, Sender
from peculium.errors import InvalidInput, digits
from peculium.mandate import WALLET_DOMAIN, ZERO_ADDRESS, Mandate, typed_data
from peculium.mandate.rules import explaining
from peculium.signatures import low_s
from peculium.units import Amount, to_address, to_base_units, to_data, to_timestamp, to_uint
from peculium.wallet.requests import REQUEST_TYPES, CallRequest, Request, message_of
from peculium.wallet.review import dropped_currencies
from peculium.wallet.views import WalletViews

EXECUTE_TYPES = {
    "Execute": [
        {"name": "calls", "type": "Call[]"},
        {"name": "minGas", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
    "Call": [
        {"name": "target", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "data", "type": "bytes"},
    ],
}
"""EIP-712 types of calls that the principal signs."""


@checked_fields
@dataclass(frozen=True)
class WalletCall:
    """A call that the principal makes as the wallet."""

    target: str
    value: int = 0
    """Native currency to send (wei)."""
    data: str | bytes = b""
    """Calldata: bytes or 0x hex."""

    def as_tuple(self) -> tuple[str, int, bytes]:
        """Returns the call as argument of a contract call: the struct `Call`."""
        return to_address(self.target), to_uint(self.value, 256, "value"), to_data(self.data, "data")


class PrincipalActions(WalletViews):
    """What the principal does, or signs for others to send. The mandate doesn't restrict it."""

    def approve_request(
        self, principal: Sender, slot: int, request: Request | CallRequest | None, asked_at: datetime | int
    ) -> Receipt:
        """Approves a request, and pays it or makes its call in the same transaction.

        Slot, request and `asked_at` are those of `pending_requests`. Raises `InvalidInput` for a request that it couldn't
        show (None).
        """
        if request is None:
            raise InvalidInput(f"The request in slot {slot} is in a token without decimals. Refuse it by its hash.")
        return self.send(principal, self._approval(request), slot, self._request_tuple(request), to_timestamp(asked_at))

    def approval_typed_data(
        self, slot: int, request: Request | CallRequest, asked_at: datetime | int, nonce: int, deadline: datetime | int
    ) -> dict[str, Any]:
        """Returns the EIP-712 typed data of an approval in this round that anyone can submit; the principal signs it.

        `nonce` is any unused number of 256 bits. `deadline` is inclusive; an `int` is unix seconds.
        """
        primary = "CallApproval" if isinstance(request, CallRequest) else "RequestApproval"
        types = {name: REQUEST_TYPES[name] for name in (primary, type(request).__name__)}
        message = {
            "round": self.round,
            "slot": slot,
            "request": message_of(request, self.token_decimals(request.spends)),
            "askedAt": to_timestamp(asked_at),
            "nonce": to_uint(nonce, 256, "nonce"),
            "deadline": to_timestamp(deadline),
        }
        return typed_data(WALLET_DOMAIN, self.node.chain_id(), self.address, types, primary, message)

    def approve_request_signed(
        self,
        signer: Sender,
        slot: int,
        request: Request | CallRequest,
        asked_at: datetime | int,
        nonce: int,
        deadline: datetime | int,
        signature: bytes,
    ) -> Receipt:
        """Approves a request by the principal's signature. `signer` only pays the gas."""
        function, arguments = self._approval(request) + "Signed", self._request_tuple(request)
        times = to_timestamp(asked_at), nonce, to_timestamp(deadline)
        return self.send(signer, function, slot, arguments, *times, low_s(signature))

    def refuse_request(self, principal: Sender, slot: int, request: Request | CallRequest | bytes) -> Receipt:
        """Refuses a request, or the one with this hash (32 bytes), and frees its slot."""
        return self.send(principal, "refuseRequest", slot, self._request_hash(request))

    def expire_request(self, signer: Sender, slot: int, request: Request | CallRequest) -> Receipt:
        """Frees the slot of a request that has expired. Anyone can call it."""
        function = "expireCall" if isinstance(request, CallRequest) else "expireRequest"
        return self.send(signer, function, slot, self._request_tuple(request))

    def refuse_all(self, principal: Sender) -> Receipt:
        """Ends the round: voids all pending requests, all authorizations that aren't settled, all mandates that were
        signed and not installed, and an offer to hand over."""
        return self.send(principal, "refuseAll")

    def execute(self, principal: Sender, call: WalletCall) -> Receipt:
        """Makes any call as the wallet, except those that it makes to its guard by itself (`ReservedForGuards`).

        The mandate doesn't restrict it.
        """
        return self.send(principal, "execute", *call.as_tuple())

    def execute_batch(self, principal: Sender, calls: Iterable[WalletCall]) -> Receipt:
        """Makes several calls as the wallet: all or none."""
        return self.send(principal, "executeBatch", [call.as_tuple() for call in calls])

    def execute_typed_data(
        self, calls: Iterable[WalletCall], nonce: int, deadline: datetime | int, min_gas: int = 0
    ) -> dict[str, Any]:
        """Returns the EIP-712 typed data of calls that anyone can submit; the principal signs it.

        `nonce` is any unused number of 256 bits. `deadline` is inclusive; an `int` is unix seconds. `min_gas` is the least gas that
        must be available for the calls, so that whoever submits them can't make one fail.
        """
        listed = [dict(zip(("target", "value", "data"), call.as_tuple(), strict=True)) for call in calls]
        message = {
            "calls": listed,
            "minGas": to_uint(min_gas, 256, "min_gas"),
            "nonce": to_uint(nonce, 256, "nonce"),
            "deadline": to_timestamp(deadline),
        }
        return typed_data(WALLET_DOMAIN, self.node.chain_id(), self.address, EXECUTE_TYPES, "Execute", message)

    def execute_signed(
        self,
        signer: Sender,
        calls: Iterable[WalletCall],
        nonce: int,
        deadline: datetime | int,
        signature: bytes,
        min_gas: int = 0,
    ) -> Receipt:
        """Makes calls that the principal signed. `signer` only pays the gas."""
        listed = [call.as_tuple() for call in calls]
        return self.send(signer, "executeSigned", listed, min_gas, nonce, to_timestamp(deadline), low_s(signature))

    def withdraw(self, principal: Sender, token: str, to: str, amount: Amount) -> Receipt:
        """Withdraws `amount` (whole tokens) of a token, or of the native currency (`NATIVE`), to `to`."""
        units = to_base_units(amount, self.token_decimals(token))
        return self.send(principal, "withdraw", to_address(token), to_address(to), units)

    def withdraw_all(self, principal: Sender, token: str, to: str) -> Receipt:
        """Withdraws the whole balance of a token, or of the native currency (`NATIVE`), to `to`."""
        return self.send(principal, "withdrawAll", to_address(token), to_address(to))

    def offer_hand_over(self, principal: Sender, new_principal: str, deadline: datetime | int) -> Receipt:
        """Offers the wallet to another principal, who must call `accept_hand_over` in this round.

        `deadline` is inclusive and at most 30 days ahead; an `int` is unix seconds.
        """
        return self.send(principal, "offerHandOver", to_address(new_principal), to_timestamp(deadline))

    def cancel_hand_over(self, principal: Sender) -> Receipt:
        """Withdraws the offer to hand the wallet over."""
        return self.send(principal, "offerHandOver", ZERO_ADDRESS, 0)

    def accept_hand_over(self, new_principal: Sender) -> Receipt:
        """Makes the signer the wallet's principal, and ends the mandate and the round.

        Approvals of tokens that the old principal gave survive: read `approvals` before.
        """
        return self.send(new_principal, "acceptHandOver")

    def set_mandate(self, principal: Sender, mandate: Mandate, drop_currencies: bool = False) -> Receipt:
        """Installs a mandate. Calls `Mandate.check` first; see also `review`.

        Raises `InvalidInput` if the mandate drops a currency in which something was spent, unless `drop_currencies` says
        that this is meant: the same money under another name would be counted from zero.
        """
        self._check_mandate(mandate, drop_currencies)
        with explaining(mandate):
            return self.send(principal, "setMandate", mandate.as_tuple())

    def set_mandate_signed(
        self,
        signer: Sender,
        mandate: Mandate,
        principal_signature: bytes,
        agent_signature: bytes,
        drop_currencies: bool = False,
    ) -> Receipt:
        """Installs a mandate that the principal and the agent key signed, and anchors it in the registry.

        `signer` only pays the gas. Checks what `set_mandate` checks, and raises as it does.
        """
        self._check_mandate(mandate, drop_currencies)
        signatures = low_s(principal_signature), low_s(agent_signature)
        with explaining(mandate):
            return self.send(signer, "setMandateSigned", mandate.as_tuple(), *signatures)

    def lift_mandate(self, principal: Sender) -> Receipt:
        """Ends the mandate in force and the round: no mandate that was signed before can be installed."""
        receipt = self.send(principal, "liftMandate")
        return self.confirmed(receipt, lambda: self.mandate_hash == bytes(32))

    def _check_mandate(self, mandate: Mandate, drop_currencies: bool) -> None:
        mandate.check()
        dropped = [] if drop_currencies else dropped_currencies(self, mandate)
        if dropped:
            names = ", ".join(f"{currency} ({digits(spent)} spent)" for currency, spent in dropped)
            raise InvalidInput(
                f"The mandate drops {names}. Keep the currency's budget, or pass drop_currencies=True if this is meant."
            )

    @staticmethod
    def _approval(request: Request | CallRequest) -> str:
        return "approveCall" if isinstance(request, CallRequest) else "approveRequest"
