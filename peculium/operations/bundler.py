"""Bundlers: what they have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eth_utils import keccak
from hexbytes import HexBytes
from web3 import Web3

from peculium.chain.fees import FEE_REQUESTS, Fees
from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node
from peculium.chain.receipts import to_int
from peculium.checks import check_methods
from peculium.contract import Read, Receipt, Signer, decode_refusal, read_all, receipt_of
from peculium.errors import InvalidInput, NodeRefused, NodeUnreachable, NotIncluded, OutcomeUnknown
from peculium.factory import AgentWalletFactory, Creation
from peculium.keys import AgentSigner, dummy_signature, sign_with
from peculium.operations.entry_point import EntryPoint
from peculium.operations.operation import ENTRY_POINT, OperationReceipt, UserOperation
from peculium.operations.paymaster import PrincipalPaymaster
from peculium.operations.refusals import explained_operation
from peculium.units import from_base_units, to_address
from peculium.wallet import Action, AgentWallet, WalletCall
from peculium.wallet.agent import nonce_key_of

EXECUTE = keccak(text="executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)")[:4]
"""Selector of `executeUserOp`, with which the calldata of an agent's operation begins."""


REORGANIZED_BLOCKS = 64
"""How many of the latest blocks are searched again for an operation: they may be replaced."""


@dataclass(frozen=True)
class _State:
    """What an operation of the agent needs from the chain."""

    nonce: int
    period: int
    """Length of a period (seconds); zero if the payer has no gas terms."""
    now: int
    fees: tuple[int, int]


class Bundler(ABC):
    """Sends user operations to the EntryPoint."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        check_methods(cls)

    def __init__(self, web3: Web3, entry_point: str = ENTRY_POINT) -> None:
        self.web3 = web3
        self.node = Node.of(web3)
        self.entry_point = EntryPoint(web3, entry_point)
        self._since: dict[bytes, int] = {}
        """Where to search for an operation that was sent: by its hash, the block before which it can't be included."""
        self._receipts: dict[bytes, Receipt] = {}
        """Receipts of bundles that are known, by the hash of an operation."""
        self._wallets: dict[str, AgentWallet] = {}
        """Wallets that were used before, by address: they know their mandate and the tokens."""
        self._sent: dict[bytes, UserOperation] = {}
        """Operations that this object has sent, by their hash."""
        self._mandates: dict[str, bytes] = {}
        """The last known mandate hash by wallet."""
        self._head: int | None = None
        """The latest block when an operation was built last."""

    @abstractmethod
    def estimate(self, operation: UserOperation) -> UserOperation:
        """Returns the operation with sufficient gas limits.

        Raises a `ContractError` or `BundlerError` if the operation would be rejected.
        """

    @abstractmethod
    def send(self, operation: UserOperation) -> bytes:
        """Sends a signed operation and returns its hash (32 bytes).

        Raises a `ContractError` or `BundlerError` if the operation is rejected, and `OutcomeUnknown` with the operation's
        hash if it was sent and nobody says what became of it. The same signed operation can be sent again: it is included
        once.
        """

    def fees(self) -> tuple[int, int]:
        """Returns `max_fee_per_gas` and `max_priority_fee_per_gas` to offer (wei per gas): the bundler's quote, if it has one."""
        return self._fees(self.node.batch(FEE_REQUESTS))

    def _fees(self, answers: Sequence[Any]) -> tuple[int, int]:
        # From the answers to `FEE_REQUESTS`, unless the bundler says what it wants.
        offer = Fees.of(answers)
        if (quote := self._quote()) is not None:
            return quote
        return offer.max_fee, offer.max_fee if offer.priority is None else offer.priority

    def _quote(self) -> tuple[int, int] | None:
        return None

    # Build

    def agent_operation(
        self,
        wallet: AgentWallet,
        agent: Signer | AgentSigner,
        action: Action,
        *,
        subkey: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> UserOperation:
        """Builds and signs an operation of the agent.

        Operations with different subkeys (64 bits) don't wait for each other; see `AgentWallet.nonce_key`. The operation
        is valid in the current period only, an eighth of the window of the payer's gas terms.
        """
        self._wallets[wallet.address] = wallet
        state = self._read_state(wallet, subkey, paymaster)
        period = state.now // state.period if state.period else 0
        data = EXECUTE + period.to_bytes(4) + wallet.action(action)
        return self._signed(wallet.address, state.nonce, state.fees, data, agent, paymaster)

    def _read_state(self, wallet: AgentWallet, subkey: int, paymaster: PrincipalPaymaster | None) -> _State:
        # One round trip. The nonce key follows from the mandate; until it is known, that of the last mandate is tried.
        guess = nonce_key_of(self._mandates.get(wallet.address, bytes(32)), subkey)
        terms = Read(paymaster, "gasTermsOf", (wallet.address,)) if paymaster else Read(wallet, "operationGas")
        nonce = Read(self.entry_point, "getNonce", (wallet.address, guess))
        reads = [Read(wallet, "mandateHash"), terms, nonce]
        (mandate, gas_terms, sequence), answers = read_all(self.node, reads, FEE_REQUESTS)
        self._mandates[wallet.address] = bytes(mandate)
        key = nonce_key_of(bytes(mandate), subkey)
        if key != guess:
            sequence = self.entry_point.next_nonce(wallet.address, key)
        # Seconds; zero if the payer has no gas terms.
        period = gas_terms[0][2] // 8 if paymaster else gas_terms[3]
        fees, block = self._fees(answers), answers[0]
        self._head = to_int(block["number"])
        return _State(int(sequence), int(period), to_int(block["timestamp"]), fees)

    def principal_operation(
        self,
        wallet: AgentWallet,
        principal: Signer,
        calls: Sequence[WalletCall],
        nonce_key: int = 0,
        paymaster: PrincipalPaymaster | None = None,
        factory: str = "",
        factory_data: bytes = b"",
    ) -> UserOperation:
        """Builds and signs an operation of the principal: calls as the wallet, all or none.

        Operations with different nonce keys (64 bits) don't wait for each other. If the wallet doesn't exist yet, `factory`
        is the factory's address and `factory_data` what `AgentWalletFactory.creation_data` returns.
        """
        data = bytes(HexBytes(wallet.call_data("executeBatch", [call.as_tuple() for call in calls])))
        nonce = self.entry_point.next_nonce(wallet.address, nonce_key)
        return self._signed(wallet.address, nonce, self.fees(), data, principal, paymaster, factory, factory_data)

    def creation_operation(
        self,
        factory: AgentWalletFactory,
        creation: Creation,
        principal: Signer,
        calls: Sequence[WalletCall] = (),
        nonce_key: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> UserOperation:
        """Builds and signs an operation of the principal that creates an agent, and its wallet unless it exists.

        Nobody needs to send a transaction before: what the wallet's address already holds pays for the operation, or the
        principal's paymaster does. The wallet runs `calls` after the creation; all of it happens or nothing. Raises
        `InvalidInput` if `principal` isn't that of the mandate, or the factory creates another wallet than was signed, and
        `AlreadyInitialized` if the wallet had a mandate.
        """
        mandate = creation.mandate
        mandate.check()
        if principal.address != to_address(mandate.principal):
            raise InvalidInput(
                f"Only the mandate's principal {mandate.principal} can sign this operation, not {principal.address}."
            )
        parties = mandate.principal, mandate.agent_key, creation.salt
        if (created := factory.wallet_address(*parties)) != to_address(creation.wallet):
            raise InvalidInput(
                f"The factory {factory.address} creates the wallet {created}; principal and agent key signed for "
                f"{creation.wallet}. Use the factory and the salt with which the creation was prepared."
            )
        exists = bool(self.node.code(creation.wallet))
        return self.principal_operation(
            AgentWallet(self.web3, creation.wallet),
            principal,
            [WalletCall(factory.address, data=factory.agent_creation_data(creation)), *calls],
            nonce_key,
            paymaster,
            "" if exists else factory.address,
            b"" if exists else factory.creation_data(*parties),
        )

    def _signed(
        self,
        sender: str,
        nonce: int,
        fees: tuple[int, int],
        data: bytes,
        signer: Signer | AgentSigner,
        paymaster: PrincipalPaymaster | None,
        factory: str = "",
        factory_data: bytes = b"",
    ) -> UserOperation:
        max_fee, priority = fees
        draft = UserOperation(
            sender=sender,
            nonce=nonce,
            call_data=data,
            max_fee_per_gas=max_fee,
            max_priority_fee_per_gas=priority,
            factory=factory,
            factory_data=factory_data,
            paymaster=paymaster.address if paymaster else "",
            signature=dummy_signature(signer),
        )
        return self.sign(self.estimate(draft), signer)

    def wallet_at(self, address: str) -> AgentWallet:
        """Returns the wallet at an address; the same object that operations were built with, if there is one."""
        return self._wallets.setdefault(to_address(address), AgentWallet(self.web3, address))

    def sign(self, operation: UserOperation, signer: Signer | AgentSigner) -> UserOperation:
        """Returns the operation with a signature of the agent key or the principal."""
        data = operation.typed_data(self.node.chain_id(), self.entry_point.address)
        return replace(operation, signature=sign_with(signer, data))

    def hash(self, operation: UserOperation) -> bytes:
        """Returns the operation's hash (32 bytes) for this chain and EntryPoint."""
        return operation.hash(self.node.chain_id(), self.entry_point.address)

    # Send and wait

    def perform(
        self,
        wallet: AgentWallet,
        agent: Signer | AgentSigner,
        action: Action,
        *,
        subkey: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> OperationReceipt:
        """Builds and sends an operation of the agent and waits for it; see `agent_operation`, `send` and `wait`."""
        built = self.agent_operation(wallet, agent, action, subkey=subkey, paymaster=paymaster)
        return self.wait(self.send(built))

    def wait(self, operation_hash: bytes, timeout: float = 60) -> OperationReceipt:
        """Waits until a block includes the operation.

        Raises `NotIncluded` after `timeout` seconds; the operation may still be included later. Raises a `ContractError`
        as `receipt` does.
        """
        clock = self.node.clock
        deadline, pause = clock() + timeout, FIRST_PAUSE
        while (found := self._receipt_or_none(operation_hash)) is None:
            if clock() >= deadline:
                raise NotIncluded(
                    f"No block included the operation 0x{operation_hash.hex()} within {timeout:g} seconds. It may still be "
                    "included. Don't perform it again: wait again, or replace it with an operation of the same nonce and higher fees.",
                    "0x" + operation_hash.hex(),
                    wait=lambda seconds: self.wait(operation_hash, seconds),
                )
            self.node.sleep(min(pause, max(0.0, deadline - clock())))
            pause = min(2 * pause, LONGEST_PAUSE)
        return found

    def _receipt_or_none(self, operation_hash: bytes) -> OperationReceipt | None:
        # While the operation is out, a node that doesn't answer says nothing about it.
        try:
            return self.receipt(operation_hash)
        except (NodeUnreachable, NodeRefused):
            return None

    def receipt(self, operation_hash: bytes) -> OperationReceipt | None:
        """Returns the outcome of an operation, or None if no block includes it yet.

        Raises a `ContractError` if the operation reverted or the agent was stopped. Its `receipt` is the outcome.
        """
        transaction = self._receipts.get(operation_hash) or self._find_bundle(operation_hash)
        if transaction is None:
            return None
        log = next(
            event
            for event in transaction.events
            if event.name == "UserOperationEvent" and bytes(event.arguments["userOpHash"]) == operation_hash
        )
        # An operation's events follow those of the one before it, or the end of the bundle's validation.
        ends = ("UserOperationEvent", "BeforeExecution")
        before = [event.index for event in transaction.events if event.name in ends and event.index < log.index]
        events = tuple(event for event in transaction.events if max(before) < event.index <= log.index)
        done = OperationReceipt(
            operation_hash=operation_hash,
            gas_cost=from_base_units(log.arguments["actualGasCost"], 18),
            gas_used=log.arguments["actualGasUsed"],
            events=events,
            transaction=transaction,
        )
        names = {event.name: event for event in events}
        reason: bytes | None = None
        if "OperationStopped" in names:
            reason = names["OperationStopped"].arguments["reason"]
        elif not log.arguments["success"]:
            failed = names.get("UserOperationRevertReason")
            reason = failed.arguments["revertReason"] if failed else b""
        if reason is not None:
            error = decode_refusal(reason)
            error.arguments["receipt"] = done
            sent = self._sent.get(operation_hash)
            raise explained_operation(self.wallet_at(sent.sender), sent, error, past=True) if sent else error
        return done

    def _find_bundle(self, operation_hash: bytes) -> Receipt | None:
        since = self._since.get(operation_hash)
        head = self.node.block_number() if since is None else since
        log = self.entry_point.log("UserOperationEvent", since or 0, userOpHash=operation_hash)
        if log is not None:
            found = self.node.request("eth_getTransactionReceipt", log.transaction)
            return receipt_of(found) if found else None
        # Not before these blocks, so the next search needn't look there again.
        self._since.setdefault(operation_hash, max(0, head - REORGANIZED_BLOCKS))
        return None

    def _unknown(self, operation: UserOperation, why: str, wait: Callable[[float], Any]) -> OutcomeUnknown:
        hash_ = "0x" + self.hash(operation).hex()
        return OutcomeUnknown(
            f"The user operation {hash_} was sent, and what became of it isn't known ({why}). It may still happen. Don't perform "
            "it again: ask for this hash with wait() or Bundler.wait, or send the same signed operation again.",
            hash_,
            operation.sender,
            operation.nonce,
            wait=wait,
        )


check_methods(Bundler)
