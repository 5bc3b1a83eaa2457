"""What anyone can read of a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from web3.exceptions import Web3Exception

from peculium.authorizations import HeldAuthorization
from peculium.chain.logs import read_logs
from peculium.chain.receipts import event_of, formatted_log
from peculium.contract import Contract, Event, Receipt, Sender
from peculium.errors import ContractError, CurrencyNotBudgeted, InvalidInput, NodeRefused, UnknownRevert
from peculium.mandate import NATIVE, Budget, Mandate, MandateCode
from peculium.mandate.values import positional
from peculium.token import ERC20
from peculium.units import from_base_units, from_timestamp, to_address, to_uint
from peculium.wallet.authorizations import held_authorizations
from peculium.wallet.installed import mandate_of
from peculium.wallet.refusals import EXPLAINED, explained
from peculium.wallet.requests import CallRequest, PendingRequest, Request, request_hash, request_of
from peculium.wallet.review import review
from peculium.wallet.states import Approval, Grant, OperationGas, PendingHandOver, Remaining

ERC1271_MAGIC = bytes.fromhex("1626ba7e")
"""Result of `isValidSignature` for a valid signature (ERC-1271)."""

LEDGERS_SLOT = 6
"""Slot of the mapping from currencies to their counters. A wallet's storage layout never changes."""
# Layout of a counter (bits); see `Counter.sol`. A counter without a width was never opened.
_WIDTH_SHIFT, _WIDTH_MASK, _DECIMALS_SHIFT = 192, 2**24 - 1, 251


class WalletViews(Contract):
    """What anyone can read of a wallet."""

    abi_name = "AgentWallet"
    last_code: tuple[bytes, MandateCode] | None = None
    """Hash and code of the mandate that was read last, to explain refusals."""

    def read(self, function: str, *arguments: Any, **options: Any) -> Any:
        """As `Contract.read`. A refusal has its amounts in whole units."""
        try:
            return super().read(function, *arguments, **options)
        except ContractError as error:
            if function not in EXPLAINED and not isinstance(error, UnknownRevert):
                raise
            raise explained(self, error, function, arguments, options.get("sender")) from None

    def send(self, signer: Sender, function: str, *arguments: Any, **options: Any) -> Receipt:
        """As `Contract.send`. A refusal has its amounts in whole units."""
        try:
            return super().send(signer, function, *arguments, **options)
        except ContractError as error:
            if function not in EXPLAINED and not isinstance(error, UnknownRevert):
                raise
            raise explained(self, error, function, arguments, signer.address) from None

    def decode_call(self, data: bytes) -> tuple[str, list[Any]]:
        """Returns the function and the arguments of calldata for a wallet. Raises `InvalidInput` if it isn't any."""
        try:
            function, arguments = self._contract.decode_function_input(HexBytes(data))
        except (Web3Exception, DecodingError, ValueError):
            raise InvalidInput(f"0x{data[:4].hex()}… isn't a call of a function of the wallet.") from None
        # web3 decodes structs as dictionaries.
        return function.fn_name, positional(list(arguments.values()))

    def currencies_seen(self) -> list[str]:
        """Returns the names of currencies that were asked about before."""
        return list(self._decimals_by_currency)

    def events_of(self, names: Sequence[str], first_block: int = 0, *topics: Any) -> list[Event]:
        """Returns the events of these names since `first_block`, oldest first, in one search. `topics` are those of arguments."""
        kinds = [self._contract.events[name]().topic for name in names]
        logs = read_logs(self.node, self.address, [kinds, *topics], first_block)
        return [event for log in logs if (event := event_of(log)) is not None]

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
        principal, epoch, agent_key, valid_from, valid_until, guard, mandate_hash = self.read("grant")
        start, end = from_timestamp(valid_from), from_timestamp(valid_until)
        return Grant(principal, epoch, agent_key, start, end, guard, mandate_hash)

    def last_mandate(self) -> Mandate:
        """Returns the last installed mandate, read from events. Raises `IndexError` if there was none."""
        return mandate_of(self.events("MandateInstalled")[-1].arguments["mandate"])

    def enforces(self, mandate: Mandate) -> bool:
        """Whether the wallet enforces exactly this mandate. Compares all bytes that the wallet stores (I27)."""
        if self.mandate_hash != mandate.hash():
            return False
        pointer = self.read("mandatePointer")
        return self.node.code(pointer) == b"\0" + mandate.code()

    def remaining(self, budget: Budget | str) -> Remaining:
        """Returns what the mandate allows now in one currency: that of `budget`, or the one of this name.

        Stops aren't considered. Raises `NoMandate` or `CurrencyNotBudgeted`.
        """
        currency = budget if isinstance(budget, str) else budget.currency
        state, unit = self.read("remaining", currency), self.decimals_of(currency)
        if unit is None:
            raise CurrencyNotBudgeted(currency=currency)
        return Remaining.of(state, unit)

    def spent(self, budget: Budget | str) -> Decimal:
        """Returns the total spent in a currency under all mandates (whole units). `budget` is as in `remaining`.

        Raises `CurrencyNotBudgeted` if no mandate of the wallet has ever had the currency.
        """
        currency = budget if isinstance(budget, str) else budget.currency
        unit = self.decimals_of(currency)
        if unit is None:
            raise CurrencyNotBudgeted(currency=currency)
        return from_base_units(self.read("spent", currency), unit)

    def decimals_of(self, currency: str) -> int | None:
        """Returns the decimals with which the wallet counts a currency, or None if no mandate has ever had it.

        They never change, so they are read once.
        """
        if currency not in self._decimals_by_currency:
            slot = int.from_bytes(keccak(keccak(text=currency) + LEDGERS_SLOT.to_bytes(32)))
            word = self.node.request("eth_getStorageAt", to_checksum_address(self.address), hex(slot), "latest")
            counter = int.from_bytes(HexBytes(word))
            if not counter >> _WIDTH_SHIFT & _WIDTH_MASK:
                return None
            self._decimals_by_currency[currency] = counter >> _DECIMALS_SHIFT
        return self._decimals_by_currency[currency]

    @cached_property
    def _decimals_by_currency(self) -> dict[str, int]:
        return {}

    def payments(self, first_block: int = 0) -> list[Event]:
        """Returns the `PaymentMade` events since `first_block` (inclusive), oldest first."""
        return self.events("PaymentMade", first_block)

    def operation_gas(self) -> OperationGas:
        """Returns the gas terms in force and what remains of them now. Raises `NoMandate` if no mandate is in force."""
        return OperationGas.of(self.read("operationGas"))

    def is_action_spent(self, nonce: int) -> bool:
        """Whether a nonce of the agent key was used or canceled."""
        return bool(self.read("isActionSpent", nonce))

    def find_relay(self, nonce: int, first_block: int = 0) -> Event | None:
        """Returns the event of the relayed action with this nonce since `first_block`, or None if there is none.

        A client that lost the answer finds the transaction by it.
        """
        return self.log("ActionRelayed", first_block, nonce=to_uint(nonce, 256, "nonce"))

    def held_authorizations(self, first_block: int = 0) -> list[HeldAuthorization]:
        """Returns the authorizations made since `first_block` that aren't closed, oldest first."""
        return held_authorizations(self, first_block)

    def approvals(self, first_block: int = 0) -> list[Approval]:
        """Returns the approvals of ERC-20 tokens that stand, of those given since `first_block`.

        They survive a new mandate and a hand-over. Approvals of NFTs aren't among them.
        """
        owner = "0x" + self.address[2:].lower().rjust(64, "0")
        topics = ["0x" + keccak(text="Approval(address,address,uint256)").hex(), owner]
        logs = [formatted_log(log) for log in read_logs(self.node, None, topics, first_block)]
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
        return self.requests_in(self.request_slots())

    def request_slots(self) -> list[tuple[bytes, int]]:
        """Returns what each slot for requests holds: 26 bytes of a hash and the time (unix seconds), zeros if it is free."""
        return [(bytes(held), asked_at) for held, asked_at in self.read("pendingRequests")]

    def requests_in(self, slots: Sequence[tuple[bytes, int]]) -> list[PendingRequest]:
        """Returns the requests that these slots hold; see `request_slots`. Their content is read from events."""
        taken = [slot for slot, (_, asked_at) in enumerate(slots) if asked_at]
        if not taken:
            return []
        indexed = ["0x" + slot.to_bytes(32).hex() for slot in taken]
        events = self.events_of(("PaymentRequested", "CallRequested"), 0, indexed)
        asked = {bytes(event.arguments["requestHash"])[:26]: event.arguments for event in events}
        found = []
        for slot in taken:
            held, asked_at = slots[slot]
            if held not in asked:
                raise NodeRefused(
                    f"The node doesn't have the event of the request in slot {slot}. Try again, or use a node that keeps all "
                    "events.",
                    transient=True,
                )
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
            return request_of(value, self.token_decimals(token))
        except InvalidInput:
            return None

    def _request_hash(self, request: Request | CallRequest | bytes) -> bytes:
        if isinstance(request, bytes):
            return request
        return request_hash(request, self.token_decimals(request.spends))

    def _request_tuple(self, request: Request | CallRequest) -> tuple[Any, ...]:
        return request.as_tuple(self.token_decimals(request.spends))

    def token_decimals(self, token: str) -> int:
        """Returns the decimals of a token, or of the native currency (`NATIVE`). Read once.

        Raises `InvalidInput` for a token that doesn't report them.
        """
        address = to_address(token)
        if address == NATIVE:
            return 18
        if address not in self._decimals_by_token:
            self._decimals_by_token[address] = ERC20(self.web3, address).decimals
        return self._decimals_by_token[address]

    @cached_property
    def symbols(self) -> dict[str, str]:
        """Symbols of tokens that were asked about before."""
        return {}

    @cached_property
    def _decimals_by_token(self) -> dict[str, int]:
        return {}
