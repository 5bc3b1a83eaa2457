"""The agent wallet: pay within the mandate, and the principal's side."""

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
"""What a contract answers for a signature that it vouches for."""

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
"""EIP-712."""


@dataclass(frozen=True)
class WindowState:
    """A rolling window and how it stands (whole units)."""

    length: timedelta
    limit: Decimal
    """The most that may be charged on the chain: what was signed, less what is set aside for cheques."""
    remaining: Decimal
    returns_at: datetime | None
    """When more comes back by itself; None if nothing will."""
    returns: Decimal
    """How much then."""


@dataclass(frozen=True)
class Remaining:
    """What the mandate allows now in one currency (whole units)."""

    payment: Decimal
    lifetime_limit: Decimal
    lifetime: Decimal
    pending: Decimal
    """Authorized and not closed yet; it counts in all windows."""
    any_payee: bool
    windows: tuple[WindowState, ...]

    @property
    def window(self) -> Decimal:
        """The least that is left in any of the windows."""
        return min(window.remaining for window in self.windows)

    @property
    def now(self) -> Decimal:
        """The most that one payment can charge now: the least of what is left."""
        return min(self.payment, self.lifetime, self.window)


@dataclass(frozen=True)
class Grant:
    """The head of the mandate in force."""

    principal: str
    epoch: int
    agent_key: str
    valid_from: datetime
    valid_until: datetime
    mandate_hash: bytes


@dataclass(frozen=True)
class OperationGas:
    """What user operations of the agent may cost the wallet (whole units of the native currency)."""

    operation_limit: Decimal
    window_limit: Decimal
    remaining: Decimal
    """What is left in the window now."""
    window: timedelta


@dataclass(frozen=True)
class Payment:
    """One payment of a batch: `amount` in whole tokens; `ref` as in `AgentWallet.pay`."""

    token: str
    payee: str
    amount: Amount
    ref: bytes | str = ZERO_HASH


@dataclass(frozen=True)
class Request:
    """A payment that the agent asks the principal for: `amount` in whole tokens, any token, any payee."""

    token: str
    payee: str
    amount: Amount
    expires_at: datetime | int
    """From when on it can't be approved (exclusive)."""
    ref: bytes | str = ZERO_HASH

    def as_tuple(self, decimals: int) -> tuple[str, str, int, bytes, int]:
        """The request as argument of a contract call."""
        units = to_base_units(self.amount, decimals)
        return to_address(self.token), to_address(self.payee), units, to_ref(self.ref), to_timestamp(self.expires_at)


@dataclass(frozen=True)
class PendingRequest:
    """A request that waits for the principal."""

    slot: int
    request_hash: bytes
    request: Request


@dataclass(frozen=True)
class Call:
    """A call of the principal's: `value` in wei."""

    target: str
    value: int = 0
    data: str | bytes = b""

    def as_tuple(self) -> tuple[str, int, str | bytes]:
        """The call as argument of a contract call."""
        return (to_address(self.target), self.value, self.data)


class AgentWallet(Contract):
    """One agent's wallet. Who signs decides what is possible: the agent key pays, the principal does everything."""

    abi_name = "AgentWallet"
    abi_parts = ("PowersModule", "MandateModule")

    # The agent's side

    def pay(self, agent: Signer, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Pays `amount` whole tokens to a listed payee, or raises why not; then nothing was charged.

        `ref` says what for: 32 bytes, or a text such as an invoice number (above 32 bytes: by its hash).
        """
        return self.send(agent, "pay", *self._payment(Payment(token, payee, amount, ref)))

    def pay_batch(self, agent: Signer, payments: Sequence[Payment]) -> Receipt:
        """Makes several payments, all or none."""
        return self.send(agent, "payBatch", [self._payment(payment) for payment in payments])

    def would_refuse(self, agent: str, token: str, payee: str, amount: Amount, ref: bytes | str = ZERO_HASH) -> None:
        """Asks the chain whether it would refuse a payment now, and raises just what `pay` would; sends nothing."""
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
        """Calls a listed function with `value` of the native currency, and lets it `pull` (token, whole tokens)."""
        return self.send(agent, "call", *self._call(target, data, value, pull, ref))

    def preauthorize(self, agent: Signer, authorization: Authorization, ref: bytes | str = ZERO_HASH) -> Receipt:
        """Charges a payment that someone else settles later (EIP-3009); from then on the wallet vouches for it."""
        return self.send(agent, "preauthorize", authorization.as_tuple(), to_ref(ref))

    def close_authorization(self, signer: Signer, currency: str, authorization: Authorization) -> Receipt:
        """Tells the ledger what became of an authorization; anyone may, once it is settled, or can't be any more."""
        return self.send(signer, "closeAuthorization", currency, authorization.as_tuple())

    def request_payment(self, agent: Signer, slot: int, request: Request) -> Receipt:
        """Asks the principal for a payment beyond the mandate, in a free slot; see `pending_requests`."""
        return self.send(agent, "requestPayment", slot, request.as_tuple(self._decimals(request.token)))

    def cancel_request(self, agent: Signer, slot: int, request: Request) -> Receipt:
        """Takes a request back."""
        return self.send(agent, "cancelRequest", slot, request.as_tuple(self._decimals(request.token)))

    def resign(self, agent: Signer) -> Receipt:
        """The agent gives up, for ever."""
        return self.send(agent, "resign")

    # What the agent signs instead of sending

    def sign_action(
        self,
        agent: Signer | AgentSigner,
        verb: str,
        *arguments: Any,
        deadline: datetime | int,
        nonce: int | None = None,
        relayer: str = ZERO_ADDRESS,
        fee: tuple[str, Amount] | None = None,
    ) -> SignedAction:
        """Signs a verb (`pay`, `pay_batch`, `call`, `request_payment`, `cancel_request`, `preauthorize`, `resign`) with
        the arguments of the method of that name, for anyone, or one `relayer`, to carry until `deadline` (inclusive).

        `fee` is a token and whole tokens for the relayer, who has to be a listed payee. Without a `nonce`, a random one.
        """
        token, amount = fee or (ZERO_ADDRESS, 0)
        unsigned = SignedAction(
            wallet=self.address,
            action=self.action(verb, *arguments),
            nonce=secrets.randbits(256) if nonce is None else nonce,
            deadline=to_timestamp(deadline),
            relayer=to_address(relayer),
            fee_token=to_address(token),
            fee=to_base_units(amount, self._decimals(token)) if fee else 0,
        )
        data = unsigned.typed_data(self.mandate_hash, self.web3.eth.chain_id, WALLET_DOMAIN)
        return replace(unsigned, signature=sign_with(agent, data))

    def action(self, verb: str, *arguments: Any) -> bytes:
        """The calldata of a verb, named as in `sign_action`: what is carried, and what operations do."""
        verbs = self._verbs()
        if verb not in verbs:
            raise InvalidInput(f"{verb!r} isn't one of an agent's verbs: {', '.join(verbs)}.")
        name, encode_arguments = verbs[verb]
        return bytes(HexBytes(self.call_data(name, *encode_arguments(*arguments))))

    def nonce_key(self, lane: int = 0) -> int:
        """The nonce key of the agent's user operations under the present mandate (192 bits). Lanes have 64 bits."""
        if not 0 <= lane < 2**64:
            raise InvalidInput(f"A lane is a number of 64 bits, not {lane}.")
        return int.from_bytes(self.mandate_hash[:16]) << 64 | lane

    def operation_gas(self) -> OperationGas:
        """What user operations of the agent may cost now; raises `NoMandate`."""
        operation, window, remaining, period = self.read("operationGas")
        limit, in_window, left = (from_base_units(each, 18) for each in (operation, window, remaining))
        return OperationGas(limit, in_window, left, timedelta(seconds=8 * period))

    def act(self, signer: Signer, action: SignedAction) -> Receipt:
        """Carries an action that the agent key has signed; `signer` pays the gas."""
        return self.send(signer, "act", action.action, action.relay(), action.signature)

    def cancel_action(self, signer: Signer, nonce: int) -> Receipt:
        """Makes a nonce of the agent key unusable; the agent key or the principal may."""
        return self.send(signer, "cancelAction", nonce)

    def is_action_spent(self, nonce: int) -> bool:
        """Whether a nonce of the agent's was used or canceled."""
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
        """Signs a cheque of `amount` whole tokens, good until the end of the current period. Nothing is sent.

        The same `slot` for the same purchase makes sure that a retry can't pay twice.
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
        """How many cheques of the current period the token hasn't seen used."""
        return int(self.read("chequesLeft", to_address(token)))

    def is_valid_signature(self, digest: bytes, signature: bytes) -> bool:
        """Whether the wallet vouches for a digest (ERC-1271)."""
        return bytes(self.read("isValidSignature", digest, signature)) == ERC1271_MAGIC

    def remaining(self, budget: Budget | str, decimals: int = 6) -> Remaining:
        """What the mandate allows now in one currency. For a currency by name, `decimals` are the budget's."""
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
        """Everything ever spent in a currency."""
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        return from_base_units(self.read("spent", currency), unit)

    def payments(self, first_block: int = 0) -> list[Event]:
        """All payments ever made, oldest first."""
        return self.events("PaymentMade", first_block)

    # The principal's side

    @property
    def principal(self) -> str:
        """Whose money this is."""
        return str(self.read("principal"))

    @property
    def agent_id(self) -> int:
        """The agent's id in the registry."""
        return int(self.read("agentId"))

    def pending_requests(self) -> list[PendingRequest]:
        """The requests that wait for the principal, from the wallet's slots and its events."""
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
        """Approves a request, which is paid at once, and once."""
        return self.send(principal, "approveRequest", slot, request.as_tuple(self._decimals(request.token)))

    def approval_typed_data(self, slot: int, request: Request, nonce: int, deadline: int) -> dict[str, Any]:
        """What the principal signs so that anyone can submit its approval."""
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
        """Approves a request by the principal's signature; `signer` only pays the gas."""
        arguments = request.as_tuple(self._decimals(request.token))
        return self.send(signer, "approveRequestSigned", slot, arguments, nonce, deadline, signature)

    def refuse_request(self, principal: Signer, slot: int, request: Request) -> Receipt:
        """Refuses a request."""
        return self.send(principal, "refuseRequest", slot, request.as_tuple(self._decimals(request.token)))

    def expire_request(self, signer: Signer, slot: int, request: Request) -> Receipt:
        """Clears a slot whose request has expired; anyone may."""
        return self.send(signer, "expireRequest", slot, request.as_tuple(self._decimals(request.token)))

    def refuse_all(self, principal: Signer) -> Receipt:
        """Refuses everything that the agent has pending: requests, and authorizations that aren't settled."""
        return self.send(principal, "refuseAll")

    def execute(self, principal: Signer, call: Call) -> Receipt:
        """Makes any call as the wallet."""
        return self.send(principal, "execute", *call.as_tuple())

    def execute_batch(self, principal: Signer, calls: Iterable[Call]) -> Receipt:
        """Makes several calls as the wallet, all or none."""
        return self.send(principal, "executeBatch", [call.as_tuple() for call in calls])

    def execute_typed_data(self, calls: Iterable[Call], nonce: int, deadline: int) -> dict[str, Any]:
        """What the principal signs so that anyone can submit its calls."""
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
        """Makes calls that the principal has signed; `signer` only pays the gas."""
        return self.send(signer, "executeSigned", [call.as_tuple() for call in calls], nonce, deadline, signature)

    def withdraw(self, principal: Signer, token: str, to: str, amount: Amount) -> Receipt:
        """Takes money home: `amount` whole tokens, or whole units of the native currency by `NATIVE`."""
        units = to_base_units(amount, self._decimals(token))
        return self.send(principal, "withdraw", to_address(token), to_address(to), units)

    def withdraw_all(self, principal: Signer, token: str, to: str) -> Receipt:
        """Takes all of a token, or of the native currency, home."""
        return self.send(principal, "withdrawAll", to_address(token), to_address(to))

    def offer_hand_over(self, principal: Signer, new_principal: str) -> Receipt:
        """Offers the wallet to another principal."""
        return self.send(principal, "offerHandOver", to_address(new_principal))

    def accept_hand_over(self, new_principal: Signer) -> Receipt:
        """Takes the wallet over; the mandate ends."""
        return self.send(new_principal, "acceptHandOver")

    # The mandate

    def set_mandate(self, principal: Signer, mandate: Mandate) -> Receipt:
        """Installs a mandate; what could be refused without asking the chain is refused before sending."""
        mandate.check()
        return self.send(principal, "setMandate", mandate.as_tuple())

    def set_mandate_signed(
        self, signer: Signer, mandate: Mandate, principal_signature: bytes, agent_signature: bytes
    ) -> Receipt:
        """Installs a mandate that both sides have signed, and anchors it; `signer` only pays the gas."""
        mandate.check()
        return self.send(signer, "setMandateSigned", mandate.as_tuple(), principal_signature, agent_signature)

    def lift_mandate(self, principal: Signer) -> Receipt:
        """Ends the mandate."""
        return self.send(principal, "liftMandate")

    @property
    def mandate_hash(self) -> bytes:
        """The hash of the mandate in force; 32 zero bytes if there is none."""
        return bytes(self.read("mandateHash"))

    @property
    def last_mandate_hash(self) -> bytes:
        """The hash of the last mandate: what the next one has to replace."""
        return bytes(self.read("lastMandateHash"))

    def grant(self) -> Grant:
        """The head of the mandate in force; raises `NoMandate`."""
        principal, epoch, agent_key, valid_from, valid_until, mandate_hash = self.read("grant")
        return Grant(principal, epoch, agent_key, from_timestamp(valid_from), from_timestamp(valid_until), mandate_hash)

    def last_mandate(self) -> Mandate:
        """The last mandate installed, whole, from the wallet's own events."""
        return _mandate_of(self.events("MandateInstalled")[-1].arguments["mandate"])

    def enforces(self, mandate: Mandate) -> bool:
        """Whether the wallet enforces just this mandate: the code that it reads is compared byte for byte (I27)."""
        if self.mandate_hash != mandate.hash():
            return False
        pointer = self.read("mandatePointer")
        return bytes(self.web3.eth.get_code(pointer)) == b"\0" + mandate.code()

    def _verbs(self) -> dict[str, tuple[str, Callable[..., tuple[Any, ...]]]]:
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
    """A payment's reference: 32 bytes as they are; a text of up to 32 bytes padded, a longer one by its keccak256."""
    if isinstance(ref, str):
        text = ref.encode()
        return text.ljust(32, b"\0") if len(text) <= 32 else keccak(text)
    if len(ref) != 32:
        raise InvalidInput(f"A reference in bytes has 32 of them, not {len(ref)}; pass a str for a text.")
    return bytes(ref)


def _mandate_of(value: Any) -> Mandate:
    budgets = []
    for each in value["budgets"]:
        decimals = each["decimals"]
        budgets.append(
            Budget(
                currency=each["currency"],
                decimals=decimals,
                payment_limit=from_base_units(each["paymentLimit"], decimals),
                lifetime_limit=from_base_units(each["lifetimeLimit"], decimals),
                spent_at_most=ANY_SPENT
                if each["spentAtMost"] == MAX_LIMIT
                else from_base_units(each["spentAtMost"], decimals),
                windows=tuple(
                    Window(timedelta(seconds=w["length"]), from_base_units(w["limit"], decimals))
                    for w in each["windows"]
                ),
                tokens=tuple(Token(token["token"], token["decimals"]) for token in each["tokens"]),
                any_payee=each["anyPayee"],
                payees=tuple(each["payees"]),
                limited_payees=tuple(
                    LimitedPayee(
                        limited["payee"],
                        NO_LIMIT if limited["limit"] == MAX_LIMIT else from_base_units(limited["limit"], decimals),
                        limited["validUntil"],
                    )
                    for limited in each["limitedPayees"]
                ),
            )
        )
    powers = value["powers"]
    unit_of = {token.address: budget.decimals for budget in budgets for token in budget.tokens}
    # Which budget a rule pulls from isn't said: where their units differ, millionths.
    units = set(unit_of.values())
    pull_decimals = units.pop() if len(units) == 1 else 6
    return Mandate(
        principal=value["principal"],
        epoch=value["epoch"],
        agent_key=value["agentKey"],
        valid_from=value["validFrom"],
        valid_until=value["validUntil"],
        replaces=value["replaces"],
        budgets=tuple(budgets),
        terms_hash=value["termsHash"],
        terms_uri=value["termsURI"],
        calls=tuple(
            CallRule(
                rule["target"],
                "0x" + bytes(rule["selector"]).hex(),
                tuple(Argument(ArgumentKind(each["kind"]), tuple(each["values"])) for each in rule["arguments"]),
                from_base_units(rule["valueLimit"], 18),
                from_base_units(rule["pullLimit"], pull_decimals),
                pull_decimals,
            )
            for rule in powers["calls"]
        ),
        cheque_books=tuple(
            ChequeBook(
                book["token"],
                book["count"],
                from_base_units(book["limit"], unit_of[book["token"]]),
                timedelta(seconds=book["period"]),
            )
            for book in powers["chequeBooks"]
        ),
        max_requests=powers["maxRequests"],
        max_request_age=timedelta(seconds=powers["maxRequestAge"]),
        gas_terms=GasTerms(
            from_base_units(powers["gasTerms"]["operationLimit"], 18),
            from_base_units(powers["gasTerms"]["windowLimit"], 18),
            timedelta(seconds=powers["gasTerms"]["window"]),
        ),
    )
