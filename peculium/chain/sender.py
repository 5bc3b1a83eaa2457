"""The one way in which transactions are sent: refused, done or unknown, and never twice.

A transaction is signed before it is sent, so its hash is known whatever happens to the answer. Until its nonce is used by
another transaction in a block, its content is never signed with another nonce.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from eth_typing import ChecksumAddress
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from peculium.chain.answers import Answer, lacks_funds
from peculium.chain.fees import FEE_REQUESTS, Fees, fees_of
from peculium.chain.node import Node, Request, refused
from peculium.chain.nonces import Account, account_of
from peculium.chain.receipts import to_int
from peculium.chain.record import Record, Signed, Unrecorded
from peculium.chain.refusals import refusal_of_node
from peculium.chain.tracker import REFUSALS, Taken, Tracker
from peculium.checks import cannot_sign
from peculium.errors import ChainUnavailable, NoContractHere, NodeRefused, NonceTaken, NotEnoughGas

Result = TypeVar("Result")
Anyone = TypeVar("Anyone")

GAS_CAP = 2**24
"""The most gas that a transaction can have on chains with EIP-7825."""
NONCES, SIGNATURES = 5, 4
"""How many nonces are tried if other senders take them, and how many offers of fees."""


class Signer(Protocol):
    """An account that signs: an `eth_account` account, or any object with these three members."""

    @property
    def address(self) -> ChecksumAddress:
        """The signer's address, with its checksum."""
        ...

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """Signs a transaction; the result has `raw_transaction` (bytes)."""

    def sign_message(self, signable_message: Any) -> Any:
        """Signs a message (ERC-191, EIP-712); the result has `signature` (bytes)."""


def require_signer(signer: Anyone) -> Anyone:
    """Returns the account. Raises `InvalidInput` for anything that can't sign, such as a key; the text never has the key."""
    if not (hasattr(signer, "address") and hasattr(signer, "sign_transaction")):
        raise cannot_sign(signer)
    return signer


@dataclass(frozen=True)
class Intent:
    """What a transaction is to do."""

    to: str | None
    """Address; None creates a contract."""
    data: bytes
    value: int = 0
    """Wei."""
    gas: int | None = None
    """Gas limit. By default it follows from the node's estimate, which is also the dry run."""
    check_code: bool = True
    """Whether to refuse if `to` has no code, although there is calldata for it."""
    preconditions: tuple[Request, ...] = ()
    """Calls that must succeed before anything is sent: dry runs besides the estimate."""

    def call(self, sender: str) -> dict[str, str]:
        """Returns the parameters of `eth_call` and `eth_estimateGas`."""
        fields = {"from": sender, "data": "0x" + self.data.hex(), "value": hex(self.value)}
        return fields if self.to is None else {**fields, "to": to_checksum_address(self.to)}


def send(
    node: Node,
    signer: Signer,
    intent: Intent,
    confirmations: int | None,
    finish: Callable[[Tracker], Result],
    record: Record | None = None,
) -> Result:
    """Sends a transaction and waits until enough blocks confirm it. Returns what `finish` makes of its receipt.

    Raises before anything is sent: `ContractError`, `NoContractHere`, `WrongChain`, `NotEnoughGas`, `NodeRefused`,
    `NodeUnreachable`. Raises after it: `OutcomeUnknown`, `NonceTaken`, or a `ContractError` if it failed in its block.

    Every version is written down in `record` before it is handed in. What the record has from before is handed in again,
    unless a block includes it: then its receipt counts. A new transaction, with another nonce, is signed only if a block
    includes the last one and it failed, or if another transaction has used its nonce.
    """
    require_signer(signer)
    sending = _Sending(node, signer, intent, confirmations or node.options.confirmations, record or Unrecorded())
    floor = over = 0
    for _ in range(NONCES):
        written = sending.record.load()
        # The first `over` versions can't happen any more.
        tracker = sending.resume(written) if len(written) > over else None
        if tracker is None:
            if written and written[-1].sender == signer.address:
                floor = max(floor, written[-1].nonce + 1)
            tracker = sending.begin(written, floor)
        if tracker is None:
            continue
        try:
            return tracker.outcome(node.options.timeout, finish)
        except Taken as taken:
            if record is None and tracker.maybe_accepted:
                raise tracker.nonce_taken(taken.other) from None
            # A block includes another transaction with its nonce: it is void.
            floor, over = tracker.nonce + 1, len(tracker.written)
        finally:
            tracker.end()
    raise NonceTaken(
        f"Other senders took {NONCES} nonces of {signer.address} in a row. Nothing was done. Send from one place, or try again.",
        sender=signer.address,
        nonce=floor,
    )


@dataclass(frozen=True)
class _State:
    """What a node says before a transaction."""

    nonce: int
    gas: int
    fees: Fees
    balance: int | None


@dataclass(frozen=True)
class _Sending:
    """A transaction to be sent."""

    node: Node
    signer: Signer
    intent: Intent
    confirmations: int
    record: Record

    def begin(self, written: Sequence[Signed], floor: int) -> Tracker | None:
        """Signs a transaction, writes it down and hands it in. None if another process has written down another one."""
        node, account = self.node, self._account(self.signer.address)
        with account.lock:
            state = _read_state(node, self.signer.address, self.intent)
            nonce = max(floor, account.next_nonce(state.nonce))
            _check_funds(self.signer.address, state.balance, self.intent.value + state.gas * state.fees.max_fee)
            version = self._sign(nonce, state.gas, state.fees)
            found = self.record.add(version, len(written))
            if found[-1] != version:
                return None
            tracker = self._tracker(account, version, found)
            _offer(node, tracker, version, state)
            tracker.start()
        return tracker

    def resume(self, written: Sequence[Signed]) -> Tracker | None:
        """Hands in again what was written down before. None if a block includes it, and it failed."""
        head, receipts = self._receipts(written)
        done = next((each for each in written if to_int(receipts.get(each.hash, {}).get("status", 0)) == 1), None)
        version = done or written[-1]
        account = self._account(version.sender)
        tracker = self._tracker(account, version, written)
        found = [receipts[each.hash] for each in tracker.versions if each.hash in receipts]
        if found and done is None and head - to_int(found[0]["blockNumber"]) + 1 >= self.confirmations:
            return None
        with account.lock:
            if not found:
                # Perhaps it was handed in before, whatever the node says now.
                tracker.maybe_accepted = True
                if tracker.hand_in(version) in REFUSALS and not tracker.is_known():
                    tracker.hand_in(tracker.renew(version.fees.raised(_current_fees(self.node))))
            tracker.start()
        return tracker

    def _receipts(self, written: Sequence[Signed]) -> tuple[int, dict[str, Any]]:
        # The height, and the receipts by hash; without an answer nothing is known.
        looks: list[Request] = [("eth_getTransactionReceipt", (each.hash,)) for each in written]
        try:
            head, *answers = self.node.batch([("eth_blockNumber", ()), *looks])
        except ChainUnavailable:
            return 0, {}
        found = zip(written, answers, strict=True)
        receipts = {each.hash: answer for each, answer in found if isinstance(answer, dict) and answer.get("blockHash")}
        return 0 if refused(head) else to_int(head), receipts

    def _tracker(self, account: Account, version: Signed, written: Sequence[Signed]) -> Tracker:
        def sign(fees: Fees) -> Signed:
            return self._sign(version.nonce, version.gas, fees)

        own = version.sender == self.signer.address
        call = self.intent.call(version.sender)
        tracker = Tracker(self.node, account, call, version, self.record, written, sign if own else None)
        tracker.confirmations = self.confirmations
        return tracker

    def _account(self, address: str) -> Account:
        return account_of(self.node.chain(), address)

    def _sign(self, nonce: int, gas: int, fees: Fees) -> Signed:
        # Without an access list (EIP-2930): for `pay` it saves about one percent of the gas, which its 300 bytes cost again on
        # rollups, and a storage key that isn't used after all, such as that of the last window's bucket, costs gas.
        fields: dict[str, Any] = {
            "from": self.signer.address,
            "data": HexBytes(self.intent.data),
            "value": self.intent.value,
            "chainId": self.node.chain_id(),
            "nonce": nonce,
            "gas": gas,
            **fees.fields(),
        }
        if self.intent.to is not None:
            fields["to"] = to_checksum_address(self.intent.to)
        raw = bytes(self.signer.sign_transaction(fields).raw_transaction)
        return Signed("0x" + raw.hex(), "0x" + keccak(raw).hex(), fees, self.signer.address, nonce, gas)


def _current_fees(node: Node) -> Fees | None:
    try:
        return fees_of(node)
    except ChainUnavailable:
        return None


def _offer(node: Node, tracker: Tracker, signed: Signed, state: _State) -> None:
    # Hands in until the node accepts the fees. All versions have the same nonce, so one of them at most is included.
    for _ in range(SIGNATURES):
        answer = tracker.hand_in(signed)
        if answer is Answer.FEE_TOO_LOW:
            signed = tracker.renew(signed.fees.raised(fees_of(node)))
        elif answer is Answer.TYPE_UNKNOWN and signed.fees.priority is not None:
            signed = tracker.renew(signed.fees.as_legacy())
        else:
            break
    if answer in REFUSALS:
        _raise_unless_known(tracker, answer, state)


def _raise_unless_known(tracker: Tracker, answer: Answer, state: _State) -> None:
    # A refusal can be the answer to a copy of a transaction that was accepted.
    if tracker.is_known() is not False:
        tracker.maybe_accepted = True
        return
    reason = tracker.reason
    if answer is Answer.NO_FUNDS:
        raise _not_enough(tracker.sender, state.balance or 0, state.gas * state.fees.max_fee, reason)
    raise NodeRefused(f"The node rejects the transaction: {reason}. Nothing was sent.", reason=reason)


def _read_state(node: Node, sender: str, intent: Intent) -> _State:
    call = intent.call(sender)
    requests: dict[str, Request] = {
        "chain": ("eth_chainId", ()),
        "count": ("eth_getTransactionCount", (sender, "pending")),
        "balance": ("eth_getBalance", (sender, "latest")),
    }
    if intent.to is not None and intent.data and intent.check_code:
        requests["code"] = ("eth_getCode", (call["to"], "latest"))
    if intent.gas is None:
        requests["gas"] = ("eth_estimateGas", (call,))
    answers = node.batch([*FEE_REQUESTS, *intent.preconditions, *requests.values()])
    fees, checks, rest = answers[:3], answers[3 : -len(requests)], answers[-len(requests) :]
    found = dict(zip(requests, rest, strict=True))
    node.check_chain(to_int(_value(found["chain"])))
    if found.get("code") == "0x":
        raise no_contract(node, str(intent.to))
    for check in checks:
        _refuse(node, sender, check)
    _refuse(node, sender, found.get("gas"))
    offer = Fees.of(fees)
    gas = intent.gas if intent.gas is not None else gas_limit(to_int(found["gas"]), fees[0])
    balance = None if refused(found["balance"]) else to_int(found["balance"])
    return _State(to_int(_value(found["count"])), gas, offer, balance)


def _value(answer: Any) -> Any:
    if isinstance(answer, NodeRefused):
        raise answer
    return answer


def _refuse(node: Node, sender: str, answer: Any) -> None:
    if not isinstance(answer, NodeRefused):
        return
    if lacks_funds(answer):
        balance = to_int(node.request("eth_getBalance", sender, "latest"))
        raise _not_enough(sender, balance, 0, answer.reason)
    raise refusal_of_node(answer)


def gas_limit(estimate: int, block: dict[str, Any]) -> int:
    """Returns twice the estimate plus 100,000, but no more than one transaction and one block can have.

    A rolling window's next bucket can begin between the estimate and the block. A charge to a new bucket writes more storage,
    so it needs more gas than estimated. Unused gas isn't paid.
    """
    most = min(GAS_CAP, to_int(block.get("gasLimit", GAS_CAP)))
    return max(estimate, min(2 * estimate + 100_000, most))


def no_contract(node: Node, address: str) -> NoContractHere:
    """Returns the exception for an address without code."""
    return NoContractHere(
        f"There is no contract at {to_checksum_address(address)} on chain {node.chain_id()}. Nothing was sent. Check address "
        "and chain; if it is being created, wait until a block includes that."
    )


def _check_funds(account: str, balance: int | None, needed: int) -> None:
    if balance is not None and balance < needed:
        raise _not_enough(account, balance, needed, "")


def _not_enough(account: str, available: int, needed: int, reason: str) -> NotEnoughGas:
    wanted = f"it needs up to {_ether(needed)}" if needed else f"the node says: {reason}"
    return NotEnoughGas(
        f"{account} has {_ether(available)} of the native currency for gas and value; {wanted}. Nothing was sent. Send native "
        f"currency to {account}, or have the action relayed.",
        account,
        available,
        needed,
    )


def _ether(wei: int) -> str:
    whole, rest = divmod(wei, 10**18)
    return f"{whole}.{rest:018d}".rstrip("0").rstrip(".")
