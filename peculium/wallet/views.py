"""What anyone can read of a wallet."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak, to_checksum_address
from web3.exceptions import BadFunctionCallOutput

from peculium.actions import HeldAuthorization
from peculium.contract import Contract, Event
from peculium.exceptions import ContractError, InvalidInput
from peculium.mandate import NATIVE, Budget, Mandate
from peculium.token import ERC20
from peculium.units import from_base_units, from_timestamp, to_address
from peculium.wallet.installed import mandate_of
from peculium.wallet.requests import CallRequest, PendingRequest, Request, request_hash, request_of
from peculium.wallet.review import review
from peculium.wallet.states import Approval, Grant, OperationGas, PendingHandOver, Remaining, StrangerState, WindowState

ERC1271_MAGIC = bytes.fromhex("1626ba7e")
"""Result of `isValidSignature` for a valid signature (ERC-1271)."""


class WalletViews(Contract):
    """What anyone can read of a wallet."""

    abi_name = "AgentWallet"

    @property
    def principal(self) -> str:
        """Address of the principal, whose money the wallet holds."""
        return str(self.read("principal"))

    @property
    def mandate_hash(self) -> bytes:
        """Hash of the mandate in force (32 bytes); zero if there is none."""
        return bytes(self.read("mandateHash"))

    @property
    def last_mandate_hash(self) -> bytes:
        """Hash of the last installed mandate (32 bytes), in force or not; zero if there was none."""
        return bytes(self.read("lastMandateHash"))

    @property
    def round(self) -> int:
        """The wallet's round, which the next mandate must name (`Mandate.in_round`)."""
        return int(self.read("round"))

    def grant(self) -> Grant:
        """Returns the main fields of the mandate in force. Raises `NoMandate` if there is none."""
        principal, epoch, agent_key, valid_from, valid_until, mandate_hash = self.read("grant")
        return Grant(principal, epoch, agent_key, from_timestamp(valid_from), from_timestamp(valid_until), mandate_hash)

    def last_mandate(self) -> Mandate:
        """Returns the last installed mandate, read from events. Raises `IndexError` if there was none."""
        return mandate_of(self.events("MandateInstalled")[-1].arguments["mandate"])

    def enforces(self, mandate: Mandate) -> bool:
        """Whether the wallet enforces exactly this mandate. Compares all bytes that the wallet stores (I27)."""
        if self.mandate_hash != mandate.hash():
            return False
        pointer = self.read("mandatePointer")
        return bytes(self.web3.eth.get_code(pointer)) == b"\0" + mandate.code()

    def remaining(self, budget: Budget | str, decimals: int = 6) -> Remaining:
        """Returns what the mandate allows now in one currency: that of `budget`, or the one of this name.

        `decimals` are the budget's; they are needed for a name only. Stops aren't considered. Raises `NoMandate` or
        `CurrencyNotBudgeted`.
        """
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        payment, lifetime_limit, lifetime, pending, strangers, windows = self.read("remaining", currency)

        def whole(units: int) -> Decimal:
            return from_base_units(units, unit)

        def window(state: Any) -> WindowState:
            length, limit, left, when, returns = state
            at = from_timestamp(when) if when else None
            return WindowState(timedelta(seconds=length), whole(limit), whole(left), at, whole(returns))

        return Remaining(
            whole(payment),
            whole(lifetime_limit),
            whole(lifetime),
            whole(pending),
            StrangerState(whole(strangers[0]), window(strangers[1])) if strangers[0] else None,
            tuple(window(state) for state in windows),
        )

    def spent(self, budget: Budget | str, decimals: int = 6) -> Decimal:
        """Returns the total spent in a currency under all mandates (whole units). Arguments as in `remaining`."""
        currency = budget if isinstance(budget, str) else budget.currency
        unit = decimals if isinstance(budget, str) else budget.decimals
        return from_base_units(self.read("spent", currency), unit)

    def payments(self, first_block: int = 0) -> list[Event]:
        """Returns the `PaymentMade` events since `first_block` (inclusive), oldest first."""
        return self.events("PaymentMade", first_block)

    def operation_gas(self) -> OperationGas:
        """Returns the gas terms in force and what remains of them now. Raises `NoMandate` if no mandate is in force."""
        operation, window, remaining, period = self.read("operationGas")
        limit, in_window, left = (from_base_units(each, 18) for each in (operation, window, remaining))
        return OperationGas(limit, in_window, left, timedelta(seconds=8 * period))

    def is_action_spent(self, nonce: int) -> bool:
        """Whether a nonce of the agent key was used or canceled."""
        return bool(self.read("isActionSpent", nonce))

    def find_relay(self, nonce: int, first_block: int = 0) -> Event | None:
        """Returns the event of the relayed action with this nonce since `first_block`, or None if there is none.

        A client that lost the answer finds the transaction by it.
        """
        return self.log("ActionRelayed", first_block, nonce=nonce)

    def held_authorizations(self, first_block: int = 0) -> list[HeldAuthorization]:
        """Returns the authorizations made since `first_block` that aren't closed, oldest first."""
        closed = {bytes(event.arguments["digest"]) for event in self.events("AuthorizationClosed", first_block)}
        made = (event.arguments for event in self.events("PaymentAuthorized", first_block))
        return [
            HeldAuthorization(
                bytes(each["currency"]),
                bytes(each["digest"]),
                each["charge"],
                bytes(each["ref"]),
                dict(each["authorization"]),
            )
            for each in made
            if bytes(each["digest"]) not in closed
        ]

    def approvals(self, first_block: int = 0) -> list[Approval]:
        """Returns the approvals of ERC-20 tokens that stand, of those given since `first_block`.

        They survive a new mandate and a hand-over. Approvals of NFTs aren't among them.
        """
        owner = "0x" + self.address[2:].lower().rjust(64, "0")
        topics = ["0x" + keccak(text="Approval(address,address,uint256)").hex(), owner]
        logs = self.web3.eth.get_logs({"fromBlock": first_block, "topics": topics})
        # An ERC-721 token has the same event with a fourth topic.
        given = {(log["address"], "0x" + log["topics"][2][12:].hex()) for log in logs if len(log["topics"]) == 3}
        found = []
        for token, spender in sorted(given):
            amount = int(ERC20(self.web3, token).read("allowance", self.address, to_checksum_address(spender)))
            if amount:
                found.append(Approval(token, to_address(spender), amount))
        return found

    def review(self, mandate: Mandate, first_block: int = 0) -> list[str]:
        """Returns what installing this mandate would do that its principal may not expect, one sentence each.

        Read it before you sign. It has `Mandate.notes`, and what the wallet's events since `first_block` tell.
        """
        return [*mandate.notes(), *review(self, mandate, first_block)]

    def cheques_left(self, token: str) -> int:
        """Returns how many cheques of the current period aren't settled."""
        return int(self.read("chequesLeft", to_address(token)))

    def is_valid_signature(self, digest: bytes, signature: bytes) -> bool:
        """Whether the wallet accepts a signature of a digest of 32 bytes (ERC-1271)."""
        return bytes(self.read("isValidSignature", digest, signature)) == ERC1271_MAGIC

    def pending_requests(self) -> list[PendingRequest]:
        """Returns the requests that the principal hasn't decided. Their content is read from events."""
        slots = [(bytes(held), asked_at) for held, asked_at in self.read("pendingRequests")]
        events = [*self.events("PaymentRequested"), *self.events("CallRequested")] if any(at for _, at in slots) else []
        asked = {bytes(event.arguments["requestHash"])[:26]: event.arguments for event in events}
        found = []
        for slot, (held, asked_at) in enumerate(slots):
            if asked_at:
                request, full = self._request_of(asked[held]["request"]), bytes(asked[held]["requestHash"])
                found.append(PendingRequest(slot, full, request, from_timestamp(asked_at)))
        return found

    def pending_hand_over(self) -> PendingHandOver | None:
        """Returns to whom the wallet is offered, or None if it isn't, or the offer has ended."""
        new_principal, deadline = self.read("pendingHandOver")
        return PendingHandOver(new_principal, from_timestamp(deadline)) if deadline else None

    def _request_of(self, value: Any) -> Request | CallRequest | None:
        token = value["token"] if "token" in value else value["pullToken"] if value["pull"] else NATIVE
        try:
            return request_of(value, self._decimals(token))
        except InvalidInput:
            return None

    def _request_hash(self, request: Request | CallRequest | bytes) -> bytes:
        if isinstance(request, bytes):
            return request
        return request_hash(request, self._decimals(request.spends))

    def _request_tuple(self, request: Request | CallRequest) -> tuple[Any, ...]:
        return request.as_tuple(self._decimals(request.spends))

    def _decimals(self, token: str) -> int:
        if to_address(token) == NATIVE:
            return 18
        try:
            return ERC20(self.web3, token).decimals
        except (ContractError, BadFunctionCallOutput):
            raise InvalidInput(
                f"The token {token} doesn't report its decimals. Check the address and the chain."
            ) from None
