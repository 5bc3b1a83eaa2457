"""The agent wallet: pay within the mandate, and the principal's side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak

from peculium.contract import Contract, Event, Receipt, Signer
from peculium.exceptions import InvalidInput
from peculium.mandate import ANY_SPENT, MAX_LIMIT, WALLET_DOMAIN, ZERO_HASH, Budget, Mandate, Token, Window, typed_data
from peculium.token import ERC20
from peculium.units import Amount, from_base_units, from_timestamp, to_address, to_base_units

NATIVE = "0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE"
"""The native currency where a token is named (ERC-7528)."""


@dataclass(frozen=True)
class Remaining:
    """What the mandate allows now in one currency (whole units)."""

    payment: Decimal
    window: Decimal
    lifetime: Decimal

    @property
    def now(self) -> Decimal:
        """The most that one payment can charge now: the least of the three."""
        return min(self.payment, self.window, self.lifetime)


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
class Payment:
    """One payment of a batch: `amount` in whole tokens; `ref` as in `AgentWallet.pay`."""

    token: str
    payee: str
    amount: Amount
    ref: bytes | str = ZERO_HASH


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

    def resign(self, agent: Signer) -> Receipt:
        """The agent gives up, for ever."""
        return self.send(agent, "resign")

    def remaining(self, budget: Budget | str, decimals: int = 6) -> Remaining:
        """What the mandate allows now in one currency. For a currency by name, `decimals` are the budget's."""
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        return Remaining(*(from_base_units(left, unit) for left in self.read("remaining", currency)))

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
        decimals = 18 if token == NATIVE else self._decimals(token)
        return self.send(principal, "withdraw", to_address(token), to_address(to), to_base_units(amount, decimals))

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

    def _payment(self, payment: Payment) -> tuple[str, str, int, bytes]:
        token = to_address(payment.token)
        amount = to_base_units(payment.amount, self._decimals(token))
        return token, to_address(payment.payee), amount, to_ref(payment.ref)

    def _decimals(self, token: str) -> int:
        return ERC20(self.web3, token).decimals


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
            )
        )
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
    )
