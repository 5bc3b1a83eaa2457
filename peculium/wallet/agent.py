"""What the agent key does within its mandate."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from hexbytes import HexBytes

from peculium.actions import (
    AgentSigner,
    Authorization,
    Cheque,
    Domain,
    HeldAuthorization,
    SignedAction,
    sign_with,
)
from peculium.contract import Receipt, Signer
from peculium.exceptions import InvalidInput, TokenError, WorthlessSignature
from peculium.mandate import WALLET_DOMAIN, ZERO_ADDRESS, ZERO_HASH
from peculium.units import Amount, to_address, to_base_units, to_timestamp, to_uint
from peculium.wallet.authorizations import close_authorizations
from peculium.wallet.cheques import require_valid, sign_cheque
from peculium.wallet.payments import Payment, to_ref
from peculium.wallet.refusals import mandate_code
from peculium.wallet.requests import CallRequest, Request
from peculium.wallet.settlement import require_settleable
from peculium.wallet.views import WalletViews


def nonce_key_of(mandate_hash: bytes, subkey: int) -> int:
    """Returns the nonce key of the agent's user operations under a mandate; see `AgentWallet.nonce_key`."""
    return int.from_bytes(mandate_hash[:16]) << 64 | to_uint(subkey, 64, "subkey")


class AgentActions(WalletViews):
    """What the agent key does, or signs for others to send."""

    def pay(self, agent: Signer, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Pays `amount` (whole tokens) to a payee. `ref` is a reference such as an invoice number; see `to_ref`."""
        return self.send(agent, "pay", *self._payment(Payment(token, payee, amount, ref)), event="PaymentMade")

    def pay_batch(self, agent: Signer, payments: Sequence[Payment]) -> Receipt:
        """Makes several payments in one transaction: all or none."""
        return self.send(agent, "payBatch", [self._payment(payment) for payment in payments], event="PaymentMade")

    def would_refuse(self, agent: str, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> None:
        """Simulates `pay` by the agent key `agent` and raises the error that it would raise. Sends nothing."""
        self.read("pay", *self._payment(Payment(token, payee, amount, ref)), sender=agent)

    def call(
        self,
        agent: Signer,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: Amount = 0,
        variant: int = 0,
        ref: bytes | str = ZERO_HASH,
    ) -> Receipt:
        """Calls a function that the mandate lists.

        `value` is native currency to send (whole units). `pull` is the amount of the rule's token that the target may take
        (whole tokens); it is charged in full, whether it is taken or not. `variant` names the rule that the call follows,
        if several name the function.
        """
        return self.send(agent, "call", *self._call(target, data, value, pull, variant, ref))

    def preauthorize(self, agent: Signer, authorization: Authorization, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Charges a payment that its payee settles later (EIP-3009). From then on `is_valid_signature` accepts it.

        Nothing is charged if the token wouldn't settle it: raises `WrongDomain`, `ContractSignaturesRefused` or a `TokenError`.
        """
        self._require_settleable(authorization, sender=agent.address)
        return self.send(agent, "preauthorize", authorization.as_tuple(), to_ref(ref))

    def close_authorization(
        self, signer: Signer, currency: str | bytes, authorization: Authorization | HeldAuthorization
    ) -> Receipt:
        """Closes one authorization; see `close_authorizations`."""
        return self.close_authorizations(signer, currency, [authorization])

    def close_authorizations(
        self, signer: Signer, currency: str | bytes, authorizations: Sequence[Authorization | HeldAuthorization]
    ) -> Receipt:
        """Records whether authorizations were settled, and releases the charges of those that weren't and can't be.

        Anyone can call it. Those that somebody has closed before are left out; raises `AuthorizationUnknown` if that are all.
        Raises `AuthorizationOpen` while one of them can still be settled. `currency` is the name of the one that they were
        charged in, or its keccak256; see `held_authorizations`.
        """
        return close_authorizations(self, signer, currency, authorizations)

    def request_payment(self, agent: Signer, slot: int, request: Request) -> Receipt:
        """Asks the principal to approve a payment outside the mandate. `slot` must be free; see `pending_requests`."""
        return self.send(agent, "requestPayment", slot, self._request_tuple(request))

    def request_call(self, agent: Signer, slot: int, request: CallRequest) -> Receipt:
        """Asks the principal to approve a call outside the mandate. `slot` must be free; see `pending_requests`."""
        return self.send(agent, "requestCall", slot, self._request_tuple(request))

    def cancel_request(self, agent: Signer, slot: int, request: Request | CallRequest | bytes) -> Receipt:
        """Withdraws a request of the agent, or the one with this hash (32 bytes)."""
        return self.send(agent, "cancelRequest", slot, self._request_hash(request))

    def resign(self, agent: Signer) -> Receipt:
        """Revokes the agent permanently, by its own decision."""
        return self.send(agent, "resign")

    def sign_action(
        self,
        agent: Signer | AgentSigner,
        action: str,
        *arguments: Any,
        deadline: datetime | int,
        nonce: int | None = None,
        relayer: str = ZERO_ADDRESS,
        fee: tuple[str, Amount] | None = None,
        min_gas: int = 0,
    ) -> SignedAction:
        """Signs an action of the agent that others relay with `act`. Sends nothing.

        `action` and `arguments` are as in `action`. `deadline` is inclusive; an `int` is unix seconds. `relayer` is the
        only account that can relay it; by default anyone can. `fee` is a token and an amount (whole tokens) for the
        relayer, who must be a payee of the mandate. `nonce` is any unused number of 256 bits; by default a random one. `min_gas` is the least
        gas that must be available for the action; set it if the action calls a contract.
        """
        token, amount = fee or (ZERO_ADDRESS, 0)
        unsigned = SignedAction(
            wallet=self.address,
            action=self.action(action, *arguments),
            nonce=secrets.randbits(256) if nonce is None else to_uint(nonce, 256, "nonce"),
            deadline=to_timestamp(deadline),
            relayer=to_address(relayer),
            fee_token=to_address(token),
            fee=to_base_units(amount, self.token_decimals(token)) if fee else 0,
            min_gas=to_uint(min_gas, 256, "min_gas"),
        )
        data = unsigned.typed_data(self.mandate_hash, self.node.chain_id(), WALLET_DOMAIN)
        return replace(unsigned, signature=sign_with(agent, data))

    def action(self, action: str, *arguments: Any) -> bytes:
        """Returns the calldata of an action, for relays and user operations.

        `action` names a method of this class: `pay`, `pay_batch`, `call`, `request_payment`, `request_call`,
        `cancel_request`, `preauthorize` or `resign`. `arguments` are the method's, without the signer. Raises `InvalidInput` for another
        name.
        """
        encoders = self._action_encoders()
        if action not in encoders:
            raise InvalidInput(f"{action!r} isn't an action of the agent. Use one of: {', '.join(encoders)}.")
        name, encode_arguments = encoders[action]
        return bytes(HexBytes(self.call_data(name, *encode_arguments(*arguments))))

    def nonce_key(self, subkey: int = 0) -> int:
        """Returns the nonce key (192 bits, ERC-4337) of the agent's user operations under the mandate in force.

        The upper 128 bits are from the mandate hash, the lower 64 bits are `subkey`. Operations with different subkeys
        don't wait for each other.
        """
        return nonce_key_of(self.mandate_hash, subkey)

    def act(self, signer: Signer, action: SignedAction) -> Receipt:
        """Relays a signed action. `signer`, the relayer, pays the gas."""
        return self.send(signer, "act", action.action, action.relay(), action.signature, event="ActionRelayed")

    def cancel_action(self, signer: Signer, nonce: int) -> Receipt:
        """Cancels a nonce of the agent key, so that actions signed with it are void.

        `signer` must be the agent key or the principal.
        """
        return self.send(signer, "cancelAction", nonce)

    def write_cheque(
        self,
        agent: Signer | AgentSigner,
        token: str,
        payee: str,
        amount: Amount,
        domain: Domain,
        slot: int,
        now: datetime | int | None = None,
    ) -> Cheque:
        """Signs a cheque of `amount` (whole tokens), valid until the end of the current period. Sends nothing.

        `domain` is the token's. `slot` is the number of the cheque in the period, from 0; use the same slot when you retry
        a purchase, so that it can't be paid twice. `now` selects the period; by default the time of the latest block.

        Raises an error instead of a cheque that the wallet or the token wouldn't take: `NoChequeBook` if the mandate has no
        cheque book in the token, `InvalidCheque` for a slot or an amount that the book doesn't have, `NotAgentKey`,
        `PayeeNotListed` and others as `pay` does, `WrongDomain`, `ContractSignaturesRefused`, or a `TokenError`.
        """
        cheque = sign_cheque(self, agent, token, payee, amount, domain, slot, now)
        require_valid(self, agent, cheque, in_this_period=now is None)
        return cheque

    def _action_encoders(self) -> dict[str, tuple[str, Callable[..., tuple[Any, ...]]]]:
        # By action: the contract's function, and how the method's arguments become the function's.
        def request(slot: int, asked: Request | CallRequest) -> tuple[Any, ...]:
            return slot, self._request_tuple(asked)

        def preauthorize(authorization: Authorization, ref: bytes | str = ZERO_HASH) -> tuple[Any, ...]:
            self._require_settleable(authorization)
            return authorization.as_tuple(), to_ref(ref)

        return {
            "pay": ("pay", lambda *arguments: self._payment(Payment(*arguments))),
            "pay_batch": ("payBatch", lambda payments: ([self._payment(each) for each in payments],)),
            "call": ("call", self._call),
            "request_payment": ("requestPayment", request),
            "request_call": ("requestCall", request),
            "cancel_request": ("cancelRequest", lambda slot, asked: (slot, self._request_hash(asked))),
            "preauthorize": ("preauthorize", preauthorize),
            "resign": ("resign", lambda: ()),
        }

    def _require_settleable(self, authorization: Authorization, sender: str | None = None) -> None:
        try:
            require_settleable(self, authorization)
        except (WorthlessSignature, TokenError):
            # What the mandate refuses, such as a token that it doesn't list, comes first.
            if sender is not None:
                self.read("preauthorize", authorization.as_tuple(), ZERO_HASH, sender=sender)
            raise

    def _call(
        self,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: Amount = 0,
        variant: int = 0,
        ref: bytes | str = ZERO_HASH,
    ) -> tuple[Any, ...]:
        pulled = to_base_units(pull, self._pull_decimals(target, data, variant)) if pull else 0
        return to_address(target), variant, to_base_units(value, 18), data, pulled, to_ref(ref)

    def _pull_decimals(self, target: str, data: str | bytes, variant: int) -> int:
        token = mandate_code(self).rule_token(to_address(target), bytes(HexBytes(data))[:4], variant)
        # Without a rule the wallet refuses the call, whatever its amount.
        return 18 if token is None else self.token_decimals(token)

    def _payment(self, payment: Payment) -> tuple[str, str, int, bytes]:
        token = to_address(payment.token)
        amount = to_base_units(payment.amount, self.token_decimals(token))
        return token, to_address(payment.payee), amount, to_ref(payment.ref)
