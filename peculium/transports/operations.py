"""User operations of the agent (ERC-4337), sent by a bundler."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE
from peculium.contract import Receipt, Signer
from peculium.errors import BundlerError, ContractError, EventMissing, FailedOp, NotIncluded, OutcomeUnknown
from peculium.journal import Attempt, Journal
from peculium.keys import AgentSigner
from peculium.operations import Bundler, OperationReceipt, PrincipalPaymaster, UserOperation
from peculium.transports.bundled import Bundled, Outcome, is_confirmed
from peculium.transports.once import Once
from peculium.transports.transport import Transport
from peculium.units import to_uint
from peculium.wallet import Action, AgentWallet

WAY = "a user operation"
_PENDING = re.compile(r"replacement|already|AA25|nonce", re.IGNORECASE)
"""Words with which a bundler or the EntryPoint says that it has another operation with the nonce."""


class UserOperations(Transport):
    """User operations that `bundler` sends. The wallet pays for them, or `paymaster` does."""

    def __init__(
        self, bundler: Bundler, paymaster: PrincipalPaymaster | None = None, subkey: int = 0, timeout: float = 60
    ) -> None:
        """Operations with different subkeys (64 bits) don't wait for each other.

        `timeout` is how long to wait for a block (seconds). With `once` and without a journal the subkey follows from the key.
        """
        self.bundler, self.paymaster, self.timeout = bundler, paymaster, timeout
        self.subkey = to_uint(subkey, 64, "subkey")

    def _send(self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, once: Once | None) -> Receipt:
        if once is None:
            found = self._wait(self.bundler.send(self._sign(wallet, key, action, self.subkey)))
            return self._confirmed(found, action, self.timeout)
        content = bytes(HexBytes(wallet.call_data(action.function, *action.arguments(wallet))))
        if once.journal is not None:
            found = self._journaled(wallet, key, action, once, once.journal, content)
            return self._confirmed(found, action, self.timeout)
        bundled = Bundled(self.bundler, wallet, once.key, once_subkey(once.key))
        return self._confirmed(self._by_nonce(wallet, key, action, bundled, content), action, self.timeout)

    def _sign(self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, subkey: int) -> UserOperation:
        return self.bundler.agent_operation(wallet, key, action, subkey=subkey, paymaster=self.paymaster)

    def _wait(self, operation_hash: bytes) -> OperationReceipt:
        return self.bundler.wait(operation_hash, self.timeout)

    def _confirmed(self, found: OperationReceipt, action: Action, timeout: float) -> Receipt:
        # Waits until enough blocks confirm the bundle; see `SendOptions.confirmations`.
        node, hash_ = self.bundler.node, found.transaction.transaction
        deadline, pause = node.clock() + timeout, FIRST_PAUSE
        while node.options.confirmations > 1 and not is_confirmed(node, hash_):
            if node.clock() >= deadline:
                raise OutcomeUnknown(
                    f"The transaction {hash_} includes the operation, and too few blocks confirm it within {timeout:g} seconds. Don't "
                    "perform it again: call wait(), or try again with the same key.",
                    hash_,
                    wait=lambda seconds: self._confirmed(found, action, seconds),
                )
            node.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        return _receipt(found, action)

    # With a journal

    def _journaled(
        self,
        wallet: AgentWallet,
        key: Signer | AgentSigner,
        action: Action,
        once: Once,
        journal: Journal,
        content: bytes,
    ) -> OperationReceipt:
        # Attempts have the same nonce, of which the EntryPoint accepts one, until that nonce is used.
        place = once.place(wallet)
        entry = journal.entry(place)
        written: Sequence[Attempt] = ()
        if entry is not None:
            once.require_same(wallet, entry, WAY, content)
            written = entry.attempts
            found = self._resume(wallet, [_of_json(attempt) for attempt in written])
            if found is not None:
                return found
        operation = self._sign(wallet, key, action, self.subkey)
        attempt = Attempt("0x" + self.bundler.hash(operation).hex(), _as_json(operation))
        entry = journal.write(place, WAY, content, attempt, len(written))
        once.require_same(wallet, entry, WAY, content)
        operations = [_of_json(each) for each in entry.attempts]
        # If another process was faster, this is its operation.
        return self._send_last(operations)

    def _resume(self, wallet: AgentWallet, operations: Sequence[UserOperation]) -> OperationReceipt | None:
        # The outcome of what was written down before; None if it can't happen any more, so that it may be signed again.
        last = operations[-1]
        outcomes = self._outcomes(operations)
        done = next((each for each in outcomes if isinstance(each, OperationReceipt)), None)
        if done is not None:
            return done
        if isinstance(outcomes[-1], ContractError):
            return None
        used = self.bundler.entry_point.next_nonce(wallet.address, last.nonce >> 64) > last.nonce
        if used:
            return self._of_nonce(wallet, operations)
        if last.nonce >> 128 != int.from_bytes(wallet.mandate_hash[:16]):
            # Signed under a mandate that was replaced or lifted. The wallet refuses it for good.
            return None
        try:
            return self._send_last(operations)
        except BundlerError:
            # With the same nonce a further one can't be done besides.
            return None
        except ContractError as error:
            if "receipt" in error.arguments:
                raise
            return None

    def _of_nonce(self, wallet: AgentWallet, operations: Sequence[UserOperation]) -> OperationReceipt | None:
        # The nonce is used: by one of these, or by another operation that a block shows. Nothing less makes these void.
        last, own = operations[-1], {self.bundler.hash(each) for each in operations}
        events = self.bundler.entry_point.events_with("UserOperationEvent", sender=wallet.address)
        hashes = [bytes(event.arguments["userOpHash"]) for event in events if event.arguments["nonce"] == last.nonce]
        for each in hashes:
            # The node can know the event before it has the receipt.
            return self._wait(each) if each in own else None
        hash_ = self.bundler.hash(last)
        raise OutcomeUnknown(
            f"The nonce of the operation 0x{hash_.hex()} is used, and the node finds no event of it. Nothing was sent now. Try again "
            "with the same key.",
            "0x" + hash_.hex(),
            last.sender,
            last.nonce,
            wait=lambda seconds: self.bundler.wait(hash_, seconds),
        )

    def _send_last(self, operations: Sequence[UserOperation]) -> OperationReceipt:
        try:
            return self._wait(self.bundler.send(operations[-1]))
        except (ContractError, BundlerError, NotIncluded) as error:
            # An earlier attempt, or the same one sent by another process, can have been included, or still be.
            if (done := self._done(operations)) is not None:
                return done
            if not _is_pending(error):
                raise
            hash_ = self.bundler.hash(operations[-1])
            raise OutcomeUnknown(
                f"The bundler has another operation with the nonce of 0x{hash_.hex()}, or a block includes it ({error}). It may be an "
                "earlier attempt. Nothing was sent now. Try again with the same key.",
                "0x" + hash_.hex(),
                operations[-1].sender,
                operations[-1].nonce,
                wait=lambda seconds: self.bundler.wait(hash_, seconds),
            ) from error

    def _done(self, operations: Sequence[UserOperation]) -> OperationReceipt | None:
        return next((each for each in self._outcomes(operations) if isinstance(each, OperationReceipt)), None)

    def _outcomes(self, operations: Sequence[UserOperation]) -> list[OperationReceipt | ContractError | None]:
        found: list[OperationReceipt | ContractError | None] = []
        for each in operations:
            try:
                found.append(self.bundler.receipt(self.bundler.hash(each)))
            except ContractError as error:
                found.append(error)
        return found

    # Without a journal

    def _by_nonce(
        self, wallet: AgentWallet, key: Signer | AgentSigner, action: Action, bundled: Bundled, content: bytes
    ) -> OperationReceipt:
        # The operation is built first: what was included under an earlier mandate is visible once the new one is.
        operation: UserOperation | None = None
        refusal: Exception | None = None
        try:
            operation = self._sign(wallet, key, action, bundled.subkey)
        except (ContractError, BundlerError) as error:
            refusal = error
        outcome = bundled.look(None if operation is None else operation.nonce, content)
        if outcome.done is not None:
            return outcome.done
        if operation is None:
            if refusal is not None and not _is_pending(refusal):
                raise refusal
            return self._await(bundled, content, refusal)
        if not outcome.complete:
            return self._await(bundled, content, None)
        try:
            return self._wait(self.bundler.send(operation))
        except (ContractError, BundlerError, NotIncluded) as error:
            found = bundled.look(None, content)
            if found.done is not None:
                return found.done
            if isinstance(error, NotIncluded) or not _is_pending(error):
                raise
            return self._await(bundled, content, error)

    def _await(self, bundled: Bundled, content: bytes, why: Exception | None) -> OperationReceipt:
        outcome: Outcome | None = bundled.wait(content, self.timeout)
        if outcome is not None and outcome.done is not None:
            return outcome.done
        reason = f" ({why})" if why else ""
        raise OutcomeUnknown(
            f"An operation with the key {bundled.key!r} was sent before, and no block is found that includes it{reason}. It may still "
            "happen. Nothing was sent now. Try again with the same key.",
            sender=bundled.wallet.address,
            wait=lambda seconds: self._await(replace(bundled), content, why),
        )


def once_subkey(key: str) -> int:
    """Returns the subkey (64 bits) of the operations under a key of `once`."""
    return int.from_bytes(keccak(text="peculium.once.v1 operation " + key)[:8])


def _is_pending(error: Exception) -> bool:
    return isinstance(error, BundlerError | FailedOp) and bool(_PENDING.search(str(error.reason)))


def _receipt(found: OperationReceipt, action: Action) -> Receipt:
    if action.event is not None and not any(event.name == action.event for event in found.events):
        raise EventMissing(
            f"The operation 0x{found.operation_hash.hex()} succeeded, but emitted no {action.event}. Check that the wallet's address "
            "is the one that you mean. Don't send it again before you know what it did.",
            "0x" + found.operation_hash.hex(),
        )
    # Without the events of the rest of its bundle.
    return replace(found.transaction, events=found.events)


def _as_json(operation: UserOperation) -> dict[str, Any]:
    values = {each.name: getattr(operation, each.name) for each in fields(operation)}
    return {name: "0x" + value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


def _of_json(attempt: Attempt) -> UserOperation:
    empty = UserOperation("", 0, b"")
    values: dict[str, Any] = {
        name: bytes(HexBytes(value)) if isinstance(getattr(empty, name), bytes) else value
        for name, value in attempt.signed.items()
    }
    return UserOperation(**values)
