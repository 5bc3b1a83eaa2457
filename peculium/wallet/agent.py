"""What the agent key does within its mandate."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from hexbytes import HexBytes

from peculium.authorizations import Authorization, Domain, HeldAuthorization
from peculium.chain.sender import require_signer
from peculium.cheques import Cheque
from peculium.contract import Receipt, Signer
from peculium.errors import TokenError, WorthlessSignature
from peculium.keys import AgentSigner, sign_with
from peculium.mandate import WALLET_DOMAIN, ZERO_ADDRESS, ZERO_HASH
from peculium.relays import SignedAction
from peculium.units import Amount, to_address, to_base_units, to_data, to_timestamp, to_uint
from peculium.wallet.actions import (
    Action,
    Call,
    CancelRequest,
    Pay,
    PayBatch,
    Preauthorize,
    RequestCall,
    RequestPayment,
    Resign,
)
from peculium.wallet.authorizations import close_authorizations
from peculium.wallet.cheques import require_valid, sign_cheque
from peculium.wallet.mandate_code import mandate_code
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
        return self.perform(agent, Pay(token, payee, amount, ref))

    def pay_batch(self, agent: Signer, payments: Sequence[Pay]) -> Receipt:
        """Makes several payments in one transaction: all or none."""
        return self.perform(agent, PayBatch(payments))

    def perform(self, agent: Signer, action: Action) -> Receipt:
        """Sends an action in a transaction of the agent key, which pays the gas."""
        self.require_worth(action, require_signer(agent).address)
        return self.send(agent, action.function, *action.arguments(self), event=action.event)

    def would_refuse(self, agent: str, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> None:
        """Simulates `pay` by the agent key `agent` and raises the error that it would raise. Sends nothing."""
        self.read("pay", *Pay(token, payee, amount, ref).arguments(self), sender=agent)

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
        return self.perform(agent, Call(target, data, value, pull, variant, ref))

    def preauthorize(self, agent: Signer, authorization: Authorization, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Charges a payment that its payee settles later (EIP-3009). From then on `is_valid_signature` accepts it.

        Nothing is charged if the token wouldn't settle it: raises `WrongDomain`, `ContractSignaturesRefused` or a `TokenError`.
        """
        return self.perform(agent, Preauthorize(authorization, ref))

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
        return self.perform(agent, RequestPayment(slot, request))

    def request_call(self, agent: Signer, slot: int, request: CallRequest) -> Receipt:
        """Asks the principal to approve a call outside the mandate. `slot` must be free; see `pending_requests`."""
        return self.perform(agent, RequestCall(slot, request))

    def cancel_request(self, agent: Signer, slot: int, request: Request | CallRequest | bytes) -> Receipt:
        """Withdraws a request of the agent, or the one with this hash (32 bytes)."""
        return self.perform(agent, CancelRequest(slot, request))

    def resign(self, agent: Signer) -> Receipt:
        """Revokes the agent permanently, by its own decision."""
        return self.perform(agent, Resign())

    def sign_action(
        self,
        agent: Signer | AgentSigner,
        action: Action,
        *,
        deadline: datetime | int,
        nonce: int | None = None,
        relayer: str = ZERO_ADDRESS,
        fee: tuple[str, Amount] | None = None,
        min_gas: int = 0,
        mandate_hash: bytes | None = None,
    ) -> SignedAction:
        """Signs an action of the agent that others relay with `act`. Sends nothing.

        `deadline` is inclusive; an `int` is unix seconds. `relayer` is the
        only account that can relay it; by default anyone can. `fee` is a token and an amount (whole tokens) for the
        relayer, who must be a payee of the mandate. `nonce` is any unused number of 256 bits; by default a random one. `min_gas` is the least
        gas that must be available for the action; set it if the action calls a contract. `mandate_hash` is that of the mandate in
        force, if it was read before.
        """
        token, amount = fee or (ZERO_ADDRESS, 0)
        unsigned = SignedAction(
            wallet=self.address,
            action=self.action(action),
            nonce=secrets.randbits(256) if nonce is None else to_uint(nonce, 256, "nonce"),
            deadline=to_timestamp(deadline),
            relayer=to_address(relayer),
            fee_token=to_address(token),
            fee=to_base_units(amount, self.token_decimals(token)) if fee else 0,
            min_gas=to_uint(min_gas, 256, "min_gas"),
        )
        mandate = self.mandate_hash if mandate_hash is None else mandate_hash
        data = unsigned.typed_data(mandate, self.node.chain_id(), WALLET_DOMAIN)
        return replace(unsigned, signature=sign_with(agent, data))

    def action(self, action: Action) -> bytes:
        """Returns the calldata of an action, for relays and user operations."""
        self.require_worth(action)
        return bytes(HexBytes(self.call_data(action.function, *action.arguments(self))))

    def require_worth(self, action: Action, sender: str | None = None) -> None:
        """Raises an error for an action that would charge something that nobody could settle: see `preauthorize`.

        `sender` is the agent key, if a refusal of the mandate is to come first.
        """
        if not isinstance(action, Preauthorize):
            return
        try:
            require_settleable(self, action.authorization)
        except (WorthlessSignature, TokenError):
            # What the mandate refuses, such as a token that it doesn't list, comes first.
            if sender is not None:
                self.read("preauthorize", *action.arguments(self), sender=sender)
            raise

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

    def pull_decimals(self, target: str, data: str | bytes, variant: int) -> int:
        """Returns the decimals of the token that a call's rule names; 18 without a rule."""
        token = mandate_code(self).rule_token(
            to_address(target), to_data(data, "data")[:4], to_uint(variant, 8, "variant")
        )
        # Without a rule the wallet refuses the call, whatever its amount.
        return 18 if token is None else self.token_decimals(token)
