"""The agent wallet: what the agent can do within its mandate, and what the principal can do."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak
from hexbytes import HexBytes

from peculium.actions import (
    AgentSigner,
    Authorization,
    Cheque,
    Domain,
    SignedAction,
    cheque_nonce,
    cheque_signature,
    sign_with,
)
from peculium.contract import Contract, Event, Receipt, Signer
from peculium.exceptions import InvalidInput
from peculium.mandate import (
    ANY_SPENT,
    MAX_LIMIT,
    NATIVE,
    NO_LIMIT,
    WALLET_DOMAIN,
    ZERO_ADDRESS,
    ZERO_HASH,
    Argument,
    ArgumentKind,
    Budget,
    CallRule,
    ChequeBook,
    GasTerms,
    LimitedPayee,
    Mandate,
    Token,
    Window,
    typed_data,
)
from peculium.token import ERC20
from peculium.units import Amount, from_base_units, from_timestamp, to_address, to_base_units, to_timestamp

ERC1271_MAGIC = bytes.fromhex("1626ba7e")
"""Result of `isValidSignature` for a valid signature (ERC-1271)."""

REQUEST_TYPES = {
    "RequestApproval": [
        {"name": "slot", "type": "uint8"},
        {"name": "request", "type": "Request"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
    "Request": [
        {"name": "token", "type": "address"},
        {"name": "payee", "type": "address"},
        {"name": "amount", "type": "uint256"},
        {"name": "ref", "type": "bytes32"},
        {"name": "expiresAt", "type": "uint48"},
    ],
}
"""EIP-712 types of the principal's approval of a request."""


@dataclass(frozen=True)
class WindowState:
    """The state of a rolling window. Amounts are whole units of the currency."""

    length: timedelta
    limit: Decimal
    """Limit of charges on the chain: the mandate's limit, less the amount reserved for cheques."""
    remaining: Decimal
    """What can be charged now."""
    returns_at: datetime | None
    """When `remaining` next grows without any action (UTC); None if it doesn't."""
    returns: Decimal
    """By how much it grows then."""


@dataclass(frozen=True)
class Remaining:
    """What the mandate allows now in one currency. Amounts are whole units of the currency."""

    payment: Decimal
    """Limit of one payment."""
    lifetime_limit: Decimal
    """Lifetime limit of charges on the chain: the mandate's limit, less the amount reserved for cheques."""
    lifetime: Decimal
    """What remains of it."""
    pending: Decimal
    """Charges of authorizations that aren't closed. They count in every window."""
    any_payee: bool
    """Whether every payee may be paid."""
    windows: tuple[WindowState, ...]
    """Shortest first."""

    @property
    def window(self) -> Decimal:
        """The smallest remaining amount of all windows."""
        return min(window.remaining for window in self.windows)

    @property
    def now(self) -> Decimal:
        """The largest charge that one payment can make now."""
        return min(self.payment, self.lifetime, self.window)


@dataclass(frozen=True)
class Grant:
    """The mandate in force, without its budgets and powers."""

    principal: str
    epoch: int
    agent_key: str
    valid_from: datetime
    """UTC, inclusive."""
    valid_until: datetime
    """UTC, exclusive."""
    mandate_hash: bytes
    """32 bytes."""


@dataclass(frozen=True)
class OperationGas:
    """The gas terms in force and their state. Amounts are whole units of the native currency; see `GasTerms`."""

    operation_limit: Decimal
    """Limit of the maximum cost of one operation (inclusive)."""
    window_limit: Decimal
    """Limit of the maximum cost of all operations in a window (inclusive)."""
    remaining: Decimal
    """What remains of it now."""
    window: timedelta
    """Length of the window; zero: the wallet pays for no operation."""


@dataclass(frozen=True)
class Payment:
    """A payment of a batch."""

    token: str
    payee: str
    amount: Amount
    """Whole tokens."""
    ref: bytes | str = ZERO_HASH
    """Reference; see `to_ref`."""


@dataclass(frozen=True)
class Request:
    """A payment that the agent asks the principal to approve. The mandate doesn't restrict token and payee."""

    token: str
    """Address of the token, or `NATIVE`."""
    payee: str
    amount: Amount
    """Whole tokens."""
    expires_at: datetime | int
    """End of the time in which it can be approved (exclusive); an `int` is unix seconds."""
    ref: bytes | str = ZERO_HASH
    """Reference; see `to_ref`."""

    def as_tuple(self, decimals: int) -> tuple[str, str, int, bytes, int]:
        """Returns the request as argument of a contract call. `decimals` are the token's."""
        units = to_base_units(self.amount, decimals)
        return to_address(self.token), to_address(self.payee), units, to_ref(self.ref), to_timestamp(self.expires_at)


@dataclass(frozen=True)
class PendingRequest:
    """A request that the principal hasn't decided."""

    slot: int
    """Its slot in the wallet, from 0."""
    request_hash: bytes
    """32 bytes."""
    request: Request


@dataclass(frozen=True)
class Call:
    """A call that the principal makes as the wallet."""

    target: str
    value: int = 0
    """Native currency to send (wei)."""
    data: str | bytes = b""
    """Calldata: bytes or 0x hex."""

    def as_tuple(self) -> tuple[str, int, str | bytes]:
        """Returns the call as argument of a contract call: the struct `Call`."""
        return (to_address(self.target), self.value, self.data)


class AgentWallet(Contract):
    """The wallet of one agent. The agent key acts within the mandate; the principal can do anything.

    Every method that sends a transaction raises a `ContractError` if the wallet would revert. Nothing is sent then.
    """

    abi_name = "AgentWallet"

    # Actions of the agent

    def pay(self, agent: Signer, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Pays `amount` (whole tokens) to a payee. `ref` is a reference such as an invoice number; see `to_ref`."""
        return self.send(agent, "pay", *self._payment(Payment(token, payee, amount, ref)))

    def pay_batch(self, agent: Signer, payments: Sequence[Payment]) -> Receipt:
        """Makes several payments in one transaction: all or none."""
        return self.send(agent, "payBatch", [self._payment(payment) for payment in payments])

    def would_refuse(self, agent: str, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> None:
        """Simulates `pay` by the agent key `agent` and raises the error that it would raise. Sends nothing."""
        self.read("pay", *self._payment(Payment(token, payee, amount, ref)), sender=agent)

    def call(
        self,
        agent: Signer,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: tuple[str, Amount] | None = None,
        ref: bytes | str = ZERO_HASH,
    ) -> Receipt:
        """Calls a function that the mandate lists.

        `value` is native currency to send (whole units). `pull` is a token and the amount that the target may take (whole
        tokens); it is charged in full, whether it is taken or not.
        """
        return self.send(agent, "call", *self._call(target, data, value, pull, ref))

    def preauthorize(self, agent: Signer, authorization: Authorization, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Charges a payment that its payee settles later (EIP-3009). From then on `is_valid_signature` accepts it."""
        return self.send(agent, "preauthorize", authorization.as_tuple(), to_ref(ref))

    def close_authorization(self, signer: Signer, currency: str, authorization: Authorization) -> Receipt:
        """Records whether an authorization was settled, and releases its charge if it wasn't and can't be any more.

        Anyone can call it. Raises `AuthorizationOpen` while the authorization can still be settled. `currency` is the one
        that it was charged in.
        """
        return self.send(signer, "closeAuthorization", currency, authorization.as_tuple())

    def request_payment(self, agent: Signer, slot: int, request: Request) -> Receipt:
        """Asks the principal to approve a payment outside the mandate. `slot` must be free; see `pending_requests`."""
        return self.send(agent, "requestPayment", slot, request.as_tuple(self._decimals(request.token)))

    def cancel_request(self, agent: Signer, slot: int, request: Request) -> Receipt:
        """Withdraws a request of the agent."""
        return self.send(agent, "cancelRequest", slot, request.as_tuple(self._decimals(request.token)))

    def resign(self, agent: Signer) -> Receipt:
        """Revokes the agent permanently, by its own decision."""
        return self.send(agent, "resign")

    # Actions that the agent key signs and others send

    def sign_action(
        self,
        agent: Signer | AgentSigner,
        action: str,
        *arguments: Any,
        deadline: datetime | int,
        nonce: int | None = None,
        relayer: str = ZERO_ADDRESS,
        fee: tuple[str, Amount] | None = None,
    ) -> SignedAction:
        """Signs an action of the agent that others relay with `act`. Sends nothing.

        `action` and `arguments` are as in `action`. `deadline` is inclusive; an `int` is unix seconds. `relayer` is the
        only account that can relay it; by default anyone can. `fee` is a token and an amount (whole tokens) for the
        relayer, who must be a payee of the mandate. `nonce` is any unused number of 256 bits; by default a random one.
        """
        token, amount = fee or (ZERO_ADDRESS, 0)
        unsigned = SignedAction(
            wallet=self.address,
            action=self.action(action, *arguments),
            nonce=secrets.randbits(256) if nonce is None else nonce,
            deadline=to_timestamp(deadline),
            relayer=to_address(relayer),
            fee_token=to_address(token),
            fee=to_base_units(amount, self._decimals(token)) if fee else 0,
        )
        data = unsigned.typed_data(self.mandate_hash, self.web3.eth.chain_id, WALLET_DOMAIN)
        return replace(unsigned, signature=sign_with(agent, data))

    def action(self, action: str, *arguments: Any) -> bytes:
        """Returns the calldata of an action, for relays and user operations.

        `action` names a method of this class: `pay`, `pay_batch`, `call`, `request_payment`, `cancel_request`,
        `preauthorize` or `resign`. `arguments` are the method's, without the signer. Raises `InvalidInput` for another
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
        if not 0 <= subkey < 2**64:
            raise InvalidInput(f"The subkey is {subkey}; it must be an unsigned number of 64 bits.")
        return int.from_bytes(self.mandate_hash[:16]) << 64 | subkey

    def operation_gas(self) -> OperationGas:
        """Returns the gas terms in force and what remains of them now. Raises `NoMandate` if no mandate is in force."""
        operation, window, remaining, period = self.read("operationGas")
        limit, in_window, left = (from_base_units(each, 18) for each in (operation, window, remaining))
        return OperationGas(limit, in_window, left, timedelta(seconds=8 * period))

    def act(self, signer: Signer, action: SignedAction) -> Receipt:
        """Relays a signed action. `signer`, the relayer, pays the gas."""
        return self.send(signer, "act", action.action, action.relay(), action.signature)

    def cancel_action(self, signer: Signer, nonce: int) -> Receipt:
        """Cancels a nonce of the agent key, so that actions signed with it are void.

        `signer` must be the agent key or the principal.
        """
        return self.send(signer, "cancelAction", nonce)

    def is_action_spent(self, nonce: int) -> bool:
        """Whether a nonce of the agent key was used or canceled."""
        return bool(self.read("isActionSpent", nonce))

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
        Raises `NoChequeBook` if the mandate has no cheque book in the token.
        """
        _, _, period = self.read("chequeBook", to_address(token))
        moment = int(self.web3.eth.get_block("latest")["timestamp"]) if now is None else to_timestamp(now)
        index = moment // period
        nonce = cheque_nonce(self.address, token, self.mandate_hash, index, slot)
        units = to_base_units(amount, self._decimals(token))
        authorization = Authorization(token, payee, units, (index + 1) * period, domain, nonce)
        signature = sign_with(agent, authorization.typed_data(self.address, self.web3.eth.chain_id))
        return Cheque(authorization, slot, cheque_signature(authorization, slot, signature))

    def cheques_left(self, token: str) -> int:
        """Returns how many cheques of the current period aren't settled."""
        return int(self.read("chequesLeft", to_address(token)))

    def is_valid_signature(self, digest: bytes, signature: bytes) -> bool:
        """Whether the wallet accepts a signature of a digest of 32 bytes (ERC-1271)."""
        return bytes(self.read("isValidSignature", digest, signature)) == ERC1271_MAGIC

    def remaining(self, budget: Budget | str, decimals: int = 6) -> Remaining:
        """Returns what the mandate allows now in one currency: that of `budget`, or the one of this name.

        `decimals` are the budget's; they are needed for a name only. Stops aren't considered. Raises `NoMandate` or
        `CurrencyNotBudgeted`.
        """
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        payment, lifetime_limit, lifetime, pending, any_payee, windows = self.read("remaining", currency)

        def whole(units: int) -> Decimal:
            return from_base_units(units, unit)

        return Remaining(
            whole(payment),
            whole(lifetime_limit),
            whole(lifetime),
            whole(pending),
            any_payee,
            tuple(
                WindowState(
                    timedelta(seconds=length),
                    whole(limit),
                    whole(left),
                    from_timestamp(when) if when else None,
                    whole(returns),
                )
                for length, limit, left, when, returns in windows
            ),
        )

    def spent(self, budget: Budget | str, decimals: int = 6) -> Decimal:
        """Returns the total spent in a currency under all mandates (whole units). Arguments as in `remaining`."""
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        return from_base_units(self.read("spent", currency), unit)

    def payments(self, first_block: int = 0) -> list[Event]:
        """Returns the `PaymentMade` events since `first_block` (inclusive), oldest first."""
        return self.events("PaymentMade", first_block)

    # Actions of the principal

    @property
    def principal(self) -> str:
        """Address of the principal, whose money the wallet holds."""
        return str(self.read("principal"))

    @property
    def agent_id(self) -> int:
        """The agent's id in the registry."""
        return int(self.read("agentId"))

    def pending_requests(self) -> list[PendingRequest]:
        """Returns the requests that the principal hasn't decided. Their content is read from events."""
        hashes = [bytes(each) for each in self.read("pendingRequests")]
        asked = {bytes(event.arguments["requestHash"]): event for event in self.events("PaymentRequested")}
        found = []
        for slot, request_hash in enumerate(hashes):
            if request_hash == ZERO_HASH:
                continue
            asked_for = asked[request_hash].arguments["request"]
            units = self._decimals(asked_for["token"])
            request = Request(
                asked_for["token"],
                asked_for["payee"],
                from_base_units(asked_for["amount"], units),
                asked_for["expiresAt"],
                bytes(asked_for["ref"]),
            )
            found.append(PendingRequest(slot, request_hash, request))
        return found

    def approve_request(self, principal: Signer, slot: int, request: Request) -> Receipt:
        """Approves a request and pays it in the same transaction."""
        return self.send(principal, "approveRequest", slot, request.as_tuple(self._decimals(request.token)))

    def approval_typed_data(self, slot: int, request: Request, nonce: int, deadline: int) -> dict[str, Any]:
        """Returns the EIP-712 typed data of an approval that anyone can submit; the principal signs it.

        `nonce` is any unused number of 256 bits. `deadline` is in unix seconds, inclusive.
        """
        names = ("token", "payee", "amount", "ref", "expiresAt")
        message = {
            "slot": slot,
            "request": dict(zip(names, request.as_tuple(self._decimals(request.token)), strict=True)),
            "nonce": nonce,
            "deadline": deadline,
        }
        chain_id = self.web3.eth.chain_id
        return typed_data(WALLET_DOMAIN, chain_id, self.address, REQUEST_TYPES, "RequestApproval", message)

    def approve_request_signed(
        self, signer: Signer, slot: int, request: Request, nonce: int, deadline: int, signature: bytes
    ) -> Receipt:
        """Approves and pays a request by the principal's signature. `signer` only pays the gas."""
        arguments = request.as_tuple(self._decimals(request.token))
        return self.send(signer, "approveRequestSigned", slot, arguments, nonce, deadline, signature)

    def refuse_request(self, principal: Signer, slot: int, request: Request) -> Receipt:
        """Refuses a request and frees its slot."""
        return self.send(principal, "refuseRequest", slot, request.as_tuple(self._decimals(request.token)))

    def expire_request(self, signer: Signer, slot: int, request: Request) -> Receipt:
        """Frees the slot of a request that has expired. Anyone can call it."""
        return self.send(signer, "expireRequest", slot, request.as_tuple(self._decimals(request.token)))

    def refuse_all(self, principal: Signer) -> Receipt:
        """Refuses all pending requests and voids all authorizations that aren't settled."""
        return self.send(principal, "refuseAll")

    def execute(self, principal: Signer, call: Call) -> Receipt:
        """Makes any call as the wallet. The mandate doesn't restrict it."""
        return self.send(principal, "execute", *call.as_tuple())

    def execute_batch(self, principal: Signer, calls: Iterable[Call]) -> Receipt:
        """Makes several calls as the wallet: all or none."""
        return self.send(principal, "executeBatch", [call.as_tuple() for call in calls])

    def execute_typed_data(self, calls: Iterable[Call], nonce: int, deadline: int) -> dict[str, Any]:
        """Returns the EIP-712 typed data of calls that anyone can submit; the principal signs it.

        `nonce` is any unused number of 256 bits. `deadline` is in unix seconds, inclusive.
        """
        types = {
            "Execute": [
                {"name": "calls", "type": "Call[]"},
                {"name": "nonce", "type": "uint256"},
                {"name": "deadline", "type": "uint256"},
            ],
            "Call": [
                {"name": "target", "type": "address"},
                {"name": "value", "type": "uint256"},
                {"name": "data", "type": "bytes"},
            ],
        }
        listed = [dict(zip(("target", "value", "data"), call.as_tuple(), strict=True)) for call in calls]
        message = {"calls": listed, "nonce": nonce, "deadline": deadline}
        return typed_data(WALLET_DOMAIN, self.web3.eth.chain_id, self.address, types, "Execute", message)

    def execute_signed(
        self, signer: Signer, calls: Iterable[Call], nonce: int, deadline: int, signature: bytes
    ) -> Receipt:
        """Makes calls that the principal signed. `signer` only pays the gas."""
        return self.send(signer, "executeSigned", [call.as_tuple() for call in calls], nonce, deadline, signature)

    def withdraw(self, principal: Signer, token: str, to: str, amount: Amount) -> Receipt:
        """Withdraws `amount` (whole tokens) of a token, or of the native currency (`NATIVE`), to `to`."""
        units = to_base_units(amount, self._decimals(token))
        return self.send(principal, "withdraw", to_address(token), to_address(to), units)

    def withdraw_all(self, principal: Signer, token: str, to: str) -> Receipt:
        """Withdraws the whole balance of a token, or of the native currency (`NATIVE`), to `to`."""
        return self.send(principal, "withdrawAll", to_address(token), to_address(to))

    def offer_hand_over(self, principal: Signer, new_principal: str) -> Receipt:
        """Offers the wallet to another principal, who must call `accept_hand_over`. The zero address cancels the offer."""
        return self.send(principal, "offerHandOver", to_address(new_principal))

    def accept_hand_over(self, new_principal: Signer) -> Receipt:
        """Makes the signer the wallet's principal, and ends the mandate."""
        return self.send(new_principal, "acceptHandOver")

    # The mandate

    def set_mandate(self, principal: Signer, mandate: Mandate) -> Receipt:
        """Installs a mandate. Calls `Mandate.check` first."""
        mandate.check()
        return self.send(principal, "setMandate", mandate.as_tuple())

    def set_mandate_signed(
        self, signer: Signer, mandate: Mandate, principal_signature: bytes, agent_signature: bytes
    ) -> Receipt:
        """Installs a mandate that the principal and the agent key signed, and anchors it in the registry.

        `signer` only pays the gas. Calls `Mandate.check` first.
        """
        mandate.check()
        return self.send(signer, "setMandateSigned", mandate.as_tuple(), principal_signature, agent_signature)

    def lift_mandate(self, principal: Signer) -> Receipt:
        """Ends the mandate in force."""
        return self.send(principal, "liftMandate")

    @property
    def mandate_hash(self) -> bytes:
        """Hash of the mandate in force (32 bytes); zero if there is none."""
        return bytes(self.read("mandateHash"))

    @property
    def last_mandate_hash(self) -> bytes:
        """Hash of the last installed mandate (32 bytes), which the next one must replace; zero if there was none."""
        return bytes(self.read("lastMandateHash"))

    def grant(self) -> Grant:
        """Returns the main fields of the mandate in force. Raises `NoMandate` if there is none."""
        principal, epoch, agent_key, valid_from, valid_until, mandate_hash = self.read("grant")
        return Grant(principal, epoch, agent_key, from_timestamp(valid_from), from_timestamp(valid_until), mandate_hash)

    def last_mandate(self) -> Mandate:
        """Returns the last installed mandate, read from events. Raises `IndexError` if there was none."""
        return _mandate_of(self.events("MandateInstalled")[-1].arguments["mandate"])

    def enforces(self, mandate: Mandate) -> bool:
        """Whether the wallet enforces exactly this mandate. Compares all bytes that the wallet stores (I27)."""
        if self.mandate_hash != mandate.hash():
            return False
        pointer = self.read("mandatePointer")
        return bytes(self.web3.eth.get_code(pointer)) == b"\0" + mandate.code()

    def _action_encoders(self) -> dict[str, tuple[str, Callable[..., tuple[Any, ...]]]]:
        # By action: the contract's function, and how the method's arguments become the function's.
        def request(slot: int, asked: Request) -> tuple[Any, ...]:
            return slot, asked.as_tuple(self._decimals(asked.token))

        def preauthorize(authorization: Authorization, ref: bytes | str = ZERO_HASH) -> tuple[Any, ...]:
            return authorization.as_tuple(), to_ref(ref)

        return {
            "pay": ("pay", lambda *arguments: self._payment(Payment(*arguments))),
            "pay_batch": ("payBatch", lambda payments: ([self._payment(each) for each in payments],)),
            "call": ("call", self._call),
            "request_payment": ("requestPayment", request),
            "cancel_request": ("cancelRequest", request),
            "preauthorize": ("preauthorize", preauthorize),
            "resign": ("resign", lambda: ()),
        }

    def _call(
        self,
        target: str,
        data: str | bytes,
        value: Amount = 0,
        pull: tuple[str, Amount] | None = None,
        ref: bytes | str = ZERO_HASH,
    ) -> tuple[Any, ...]:
        token, amount = pull or (ZERO_ADDRESS, 0)
        pulled = (to_address(token), to_base_units(amount, self._decimals(token)) if pull else 0)
        return to_address(target), to_base_units(value, 18), data, pulled, to_ref(ref)

    def _payment(self, payment: Payment) -> tuple[str, str, int, bytes]:
        token = to_address(payment.token)
        amount = to_base_units(payment.amount, self._decimals(token))
        return token, to_address(payment.payee), amount, to_ref(payment.ref)

    def _decimals(self, token: str) -> int:
        return 18 if to_address(token) == NATIVE else ERC20(self.web3, token).decimals


def to_ref(ref: bytes | str) -> bytes:
    """Returns a payment's reference as 32 bytes.

    A text of up to 32 bytes (UTF-8) is padded with zeros, a longer one is replaced by its keccak256. Raises `InvalidInput`
    for bytes of another length than 32.
    """
    if isinstance(ref, str):
        text = ref.encode()
        return text.ljust(32, b"\0") if len(text) <= 32 else keccak(text)
    if len(ref) != 32:
        raise InvalidInput(f"The reference has {len(ref)} bytes; it must have 32. Pass a text as str.")
    return bytes(ref)


def _mandate_of(value: Any) -> Mandate:
    budgets = tuple(_budget_of(each) for each in value["budgets"])
    powers, gas_terms = value["powers"], value["powers"]["gasTerms"]
    decimals = {token.address: budget.decimals for budget in budgets for token in budget.tokens}
    # A call rule doesn't say which budget it pulls from. If budgets differ in decimals, use 6 for its pull limit.
    pull_decimals = decimals[next(iter(decimals))] if len(set(decimals.values())) == 1 else 6
    return Mandate(
        principal=value["principal"],
        epoch=value["epoch"],
        agent_key=value["agentKey"],
        valid_from=value["validFrom"],
        valid_until=value["validUntil"],
        replaces=value["replaces"],
        budgets=budgets,
        terms_hash=value["termsHash"],
        terms_uri=value["termsURI"],
        calls=tuple(_call_rule_of(rule, pull_decimals) for rule in powers["calls"]),
        cheque_books=tuple(_cheque_book_of(book, decimals[book["token"]]) for book in powers["chequeBooks"]),
        max_requests=powers["maxRequests"],
        max_request_age=timedelta(seconds=powers["maxRequestAge"]),
        gas_terms=GasTerms(
            from_base_units(gas_terms["operationLimit"], 18),
            from_base_units(gas_terms["windowLimit"], 18),
            timedelta(seconds=gas_terms["window"]),
        ),
    )


def _budget_of(value: Any) -> Budget:
    decimals = value["decimals"]

    def whole(units: int, unlimited: Decimal | None = None) -> Decimal:
        return unlimited if unlimited and units == MAX_LIMIT else from_base_units(units, decimals)

    windows = (Window(timedelta(seconds=each["length"]), whole(each["limit"])) for each in value["windows"])
    limited = (
        LimitedPayee(each["payee"], whole(each["limit"], NO_LIMIT), each["validUntil"])
        for each in value["limitedPayees"]
    )
    return Budget(
        currency=value["currency"],
        decimals=decimals,
        payment_limit=whole(value["paymentLimit"]),
        lifetime_limit=whole(value["lifetimeLimit"]),
        spent_at_most=whole(value["spentAtMost"], ANY_SPENT),
        windows=tuple(windows),
        tokens=tuple(Token(each["token"], each["decimals"]) for each in value["tokens"]),
        any_payee=value["anyPayee"],
        payees=tuple(value["payees"]),
        limited_payees=tuple(limited),
    )


def _call_rule_of(value: Any, pull_decimals: int) -> CallRule:
    return CallRule(
        value["target"],
        "0x" + bytes(value["selector"]).hex(),
        tuple(Argument(ArgumentKind(each["kind"]), tuple(each["values"])) for each in value["arguments"]),
        from_base_units(value["valueLimit"], 18),
        from_base_units(value["pullLimit"], pull_decimals),
        pull_decimals,
    )


def _cheque_book_of(value: Any, decimals: int) -> ChequeBook:
    return ChequeBook(
        value["token"], value["count"], from_base_units(value["limit"], decimals), timedelta(seconds=value["period"])
    )
