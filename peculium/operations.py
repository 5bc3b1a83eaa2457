"""User operations (ERC-4337): build, estimate, sign, send and wait, with a bundler (ERC-7769) or without.

    bundler = RPCBundler(web3, "https://bundler.example")      # or SelfBundler(web3, account)
    receipt = bundler.perform(wallet, agent, "pay", usdc, payee, Decimal("2.50"), "INV-1")

If the wallet, its paymaster or the EntryPoint rejects an operation in validation, its error is raised. Nothing was sent, and
nobody paid. If an operation is included and reverts, it has cost gas. Then the error has the attribute `receipt`.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from web3 import HTTPProvider, Web3

from peculium.actions import AgentSigner, dummy_signature, sign_with
from peculium.chain.fees import FEE_REQUESTS, Fees
from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node, Request
from peculium.chain.receipts import to_int
from peculium.chain.refusals import refusal_of_node
from peculium.chain.sender import Intent
from peculium.chain.transactions import run
from peculium.contract import Contract, Event, Read, Receipt, Signer, decode_refusal, read_all, receipt_of
from peculium.exceptions import (
    BundlerError,
    ChainUnavailable,
    ContractError,
    FailedOp,
    InvalidInput,
    NodeRefused,
    NodeUnreachable,
    NotIncluded,
    OutcomeUnknown,
    UnknownRevert,
)
from peculium.factory import AgentWalletFactory, Creation
from peculium.mandate import ZERO_ADDRESS, GasTerms, digest_of, typed_data
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_seconds
from peculium.wallet import AgentWallet, Call
from peculium.wallet.agent import nonce_key_of

ENTRY_POINT = "0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"
"""Address of the EntryPoint v0.8, the same on every chain."""
EXECUTE = keccak(text="executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)")[:4]
"""Selector of `executeUserOp`, with which the calldata of an agent's operation begins."""
MIN_CALL_GAS, CALL_GAS_PER_BYTE = 60_000, 4
"""The wallet's minimum for `call_gas_limit` of an agent's operation: a base, and gas per byte. Enough to copy a stop."""
OPERATION_TYPES = {
    "PackedUserOperation": [
        {"name": "sender", "type": "address"},
        {"name": "nonce", "type": "uint256"},
        {"name": "initCode", "type": "bytes"},
        {"name": "callData", "type": "bytes"},
        {"name": "accountGasLimits", "type": "bytes32"},
        {"name": "preVerificationGas", "type": "uint256"},
        {"name": "gasFees", "type": "bytes32"},
        {"name": "paymasterAndData", "type": "bytes"},
    ]
}
"""EIP-712 type of an operation, as the EntryPoint hashes it."""

_PRE_VERIFICATION_GAS = 21_000 + 18_300
"""Gas of the transaction itself and of the EntryPoint's work outside an operation's limits, without calldata."""
REORGANIZED_BLOCKS = 64
"""How many of the latest blocks are searched again for an operation: they may be replaced."""
_ENTRY_POINT_GAS = 60_000
"""Gas that the EntryPoint itself takes from the verification limit: the nonce of a new key, and the deposit."""


@dataclass(frozen=True)
class UserOperation:
    """A user operation with the fields of ERC-7769. Gas limits are in gas, fees in wei per gas."""

    sender: str
    """Address of the wallet."""
    nonce: int
    """256 bits: the nonce key in the upper 192, the sequence number in the lower 64."""
    call_data: bytes
    call_gas_limit: int = 0
    verification_gas_limit: int = 0
    pre_verification_gas: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    factory: str = ""
    """Address of the factory that creates the wallet in this operation; empty if the wallet exists."""
    factory_data: bytes = b""
    paymaster: str = ""
    """Address of the paymaster; empty if the wallet pays."""
    paymaster_verification_gas_limit: int = 0
    paymaster_post_op_gas_limit: int = 0
    paymaster_data: bytes = b""
    signature: bytes = b""

    @property
    def by_principal(self) -> bool:
        """Whether the nonce key says that the principal acts; otherwise the agent does."""
        return self.nonce >> 128 == 0

    @property
    def max_cost(self) -> int:
        """The maximum cost (wei), which is charged to the gas terms: the sum of all gas limits times `max_fee_per_gas`."""
        own = self.call_gas_limit + self.verification_gas_limit + self.pre_verification_gas
        paymaster = self.paymaster_verification_gas_limit + self.paymaster_post_op_gas_limit
        return (own + paymaster) * self.max_fee_per_gas

    def packed(self) -> tuple[Any, ...]:
        """Returns the operation as argument of a contract call: the struct `PackedUserOperation`."""
        return (*self._message().values(), self.signature)

    def _message(self) -> dict[str, Any]:
        paymaster = b""
        if self.paymaster:
            limits = _halves(self.paymaster_verification_gas_limit, self.paymaster_post_op_gas_limit)
            paymaster = _bytes20(self.paymaster) + limits + self.paymaster_data
        return {
            "sender": to_address(self.sender),
            "nonce": self.nonce,
            "initCode": _bytes20(self.factory) + self.factory_data if self.factory else b"",
            "callData": self.call_data,
            "accountGasLimits": _halves(self.verification_gas_limit, self.call_gas_limit),
            "preVerificationGas": self.pre_verification_gas,
            "gasFees": _halves(self.max_priority_fee_per_gas, self.max_fee_per_gas),
            "paymasterAndData": paymaster,
        }

    def typed_data(self, chain_id: int, entry_point: str = ENTRY_POINT) -> dict[str, Any]:
        """Returns the EIP-712 typed data that the principal or the agent key signs."""
        domain = ("ERC4337", "1")
        return typed_data(domain, chain_id, entry_point, OPERATION_TYPES, "PackedUserOperation", self._message())

    def hash(self, chain_id: int, entry_point: str = ENTRY_POINT) -> bytes:
        """Returns the operation's hash (32 bytes), which identifies it for bundlers and in events of the EntryPoint."""
        return digest_of(self.typed_data(chain_id, entry_point))

    def as_rpc(self) -> dict[str, str]:
        """Returns the operation in the JSON form that bundlers take (ERC-7769)."""
        fields: dict[str, Any] = {
            "sender": to_address(self.sender),
            "nonce": self.nonce,
            "callData": self.call_data,
            "callGasLimit": self.call_gas_limit,
            "verificationGasLimit": self.verification_gas_limit,
            "preVerificationGas": self.pre_verification_gas,
            "maxFeePerGas": self.max_fee_per_gas,
            "maxPriorityFeePerGas": self.max_priority_fee_per_gas,
            "signature": self.signature,
        }
        if self.factory:
            fields |= {"factory": to_address(self.factory), "factoryData": self.factory_data}
        if self.paymaster:
            fields |= {
                "paymaster": to_address(self.paymaster),
                "paymasterVerificationGasLimit": self.paymaster_verification_gas_limit,
                "paymasterPostOpGasLimit": self.paymaster_post_op_gas_limit,
                "paymasterData": self.paymaster_data,
            }
        return {name: _as_hex(value) for name, value in fields.items()}


@dataclass(frozen=True)
class OperationReceipt:
    """The outcome and the cost of an operation."""

    operation_hash: bytes
    """32 bytes."""
    gas_cost: Decimal
    """What its payer paid (whole units of the native currency)."""
    gas_used: int
    events: tuple[Event, ...]
    """Events of this operation, without those of the rest of its bundle."""
    transaction: Receipt
    """The transaction of the bundle."""

    def event(self, name: str) -> Event:
        """Returns the only event of this name. Raises `LookupError` if there is none, or more than one."""
        return replace(self.transaction, events=self.events).event(name)


class EntryPoint(Contract):
    """The EntryPoint of ERC-4337."""

    abi_name = "EntryPoint"

    def next_nonce(self, sender: str, key: int = 0) -> int:
        """Returns the next nonce of a nonce key: the key in the upper 192 bits, the sequence number in the lower 64."""
        return int(self.read("getNonce", to_address(sender), key))

    def deposit_of(self, account: str) -> Decimal:
        """Returns the deposit of an account (whole units of the native currency)."""
        return from_base_units(self.read("balanceOf", to_address(account)), 18)

    def deposit_to(self, signer: Signer, account: str, amount: Amount) -> Receipt:
        """Adds the signer's native currency (whole units) to the deposit of an account."""
        return self.send(signer, "depositTo", to_address(account), value=to_base_units(amount, 18))


class PrincipalPaymaster(Contract):
    """A paymaster that pays for operations of one principal's wallets. Amounts are whole units of the native currency."""

    abi_name = "PrincipalPaymaster"

    def set_gas_terms(self, principal: Signer, wallet: str, terms: GasTerms) -> Receipt:
        """Sets the limits up to which the paymaster pays for a wallet's agent. `GasTerms()` means that it doesn't pay."""
        return self.send(principal, "setGasTerms", to_address(wallet), tuple(terms.message().values()))

    def gas_terms_of(self, wallet: str) -> tuple[GasTerms, Decimal]:
        """Returns the gas terms of a wallet, and what remains in their window now."""
        (operation, window, length), left = self.read("gasTermsOf", to_address(wallet))
        terms = GasTerms(from_base_units(operation, 18), from_base_units(window, 18), timedelta(seconds=length))
        return terms, from_base_units(left, 18)

    def deposit(self, signer: Signer, amount: Amount) -> Receipt:
        """Adds the signer's native currency to the deposit."""
        return self.send(signer, "deposit", value=to_base_units(amount, 18))

    def withdraw(self, principal: Signer, to: str, amount: Amount) -> Receipt:
        """Withdraws a part of the deposit to `to`."""
        return self.send(principal, "withdraw", to_address(to), to_base_units(amount, 18))

    def add_stake(self, principal: Signer, amount: Amount, delay: timedelta) -> Receipt:
        """Adds to the stake, which stays locked for `delay` after `unlock_stake`."""
        return self.send(principal, "addStake", to_seconds(delay), value=to_base_units(amount, 18))

    def unlock_stake(self, principal: Signer) -> Receipt:
        """Starts the delay after which the stake can be withdrawn."""
        return self.send(principal, "unlockStake")

    def withdraw_stake(self, principal: Signer, to: str) -> Receipt:
        """Withdraws the stake to `to`, after the delay."""
        return self.send(principal, "withdrawStake", to_address(to))


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

    def __init__(self, web3: Web3, entry_point: str = ENTRY_POINT) -> None:
        self.web3 = web3
        self.node = Node.of(web3)
        self.entry_point = EntryPoint(web3, entry_point)
        self._since: dict[bytes, int] = {}
        """Where to search for an operation that was sent: by its hash, the block before which it can't be included."""
        self._receipts: dict[bytes, Receipt] = {}
        """Receipts of bundles that are known, by the hash of an operation."""
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
        action: str,
        *arguments: Any,
        subkey: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> UserOperation:
        """Builds and signs an operation of the agent. `action` and `arguments` are as in `AgentWallet.action`.

        Operations with different subkeys (64 bits) don't wait for each other; see `AgentWallet.nonce_key`. The operation
        is valid in the current period only, an eighth of the window of the payer's gas terms.
        """
        state = self._read_state(wallet, subkey, paymaster)
        period = state.now // state.period if state.period else 0
        data = EXECUTE + period.to_bytes(4) + wallet.action(action, *arguments)
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
        calls: Sequence[Call],
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
        calls: Sequence[Call] = (),
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
            [Call(factory.address, data=factory.agent_creation_data(creation)), *calls],
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
        action: str,
        *arguments: Any,
        subkey: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> OperationReceipt:
        """Builds and sends an operation of the agent and waits for it; see `agent_operation`, `send` and `wait`."""
        built = self.agent_operation(wallet, agent, action, *arguments, subkey=subkey, paymaster=paymaster)
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
                    "included, so don't perform it again: wait again, or replace it with an operation of the same nonce and "
                    "higher fees.",
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
            raise error
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


class SelfBundler(Bundler):
    """Sends operations from an account of one's own, which pays for the transaction and receives the operations' fees."""

    def __init__(self, web3: Web3, signer: Signer, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.signer = signer

    def estimate(self, operation: UserOperation) -> UserOperation:
        """See `Bundler.estimate`. Estimates calls from the EntryPoint to the wallet and the paymaster.

        If the operation creates its wallet, the node must support state overrides in `eth_estimateGas`. Raises `InvalidInput`
        for a factory function other than `createWallet`.
        """
        data, hash_ = operation.packed(), self.hash(operation)
        wallet = AgentWallet(self.web3, operation.sender)
        creation_gas, principal, state = self._creation(operation)
        if operation.by_principal:
            execute: tuple[str, str, str | bytes] = (principal or wallet.principal, wallet.address, operation.call_data)
        else:
            execute = (self.entry_point.address, wallet.address, wallet.call_data("executeUserOp", data, hash_))
        # An agent key that is a contract may accept the dummy signature. The wallet then checks the minimum of this limit.
        data = with_gas(operation, verification=0, call=0, pre_verification=0, paymaster=0).packed()
        validate = wallet.call_data("validateUserOp", data, hash_, 0 if operation.paymaster else 1)
        calls = [execute, (self.entry_point.address, wallet.address, validate)]
        if operation.paymaster:
            paymaster = PrincipalPaymaster(self.web3, operation.paymaster)
            validate_paymaster = paymaster.call_data("validatePaymasterUserOp", data, hash_, 1)
            calls.append((self.entry_point.address, operation.paymaster, validate_paymaster))
        call_gas, verification, paymaster_gas = [*self._gas(calls, state), 0][:3]
        return with_gas(
            operation,
            verification=creation_gas + verification + _ENTRY_POINT_GAS,
            call=call_gas,
            pre_verification=_PRE_VERIFICATION_GAS + _calldata_gas(self._bundle([operation])),
            paymaster=paymaster_gas + 10_000 if paymaster_gas else 0,
        )

    def _creation(self, operation: UserOperation) -> tuple[int, str, dict[str, Any]]:
        """The gas that creates the operation's wallet, its principal, and the state that has the wallet.

        Nothing if the wallet exists, or the operation has no factory.
        """
        sender = to_checksum_address(operation.sender)
        if not operation.factory or self.node.code(sender):
            return 0, "", {}
        factory = AgentWalletFactory(self.web3, operation.factory)
        try:
            parties = decode(["address", "address", "uint96"], operation.factory_data[4:])
        except DecodingError:
            parties = ()
        if not parties or operation.factory_data != factory.creation_data(*parties):
            raise InvalidInput(
                "Only a call of createWallet can be estimated before the wallet exists. Set the gas limits yourself, or use "
                "AgentWalletFactory.creation_data."
            )
        if factory.wallet_address(*parties) != operation.sender:
            raise FailedOp(opIndex=0, reason="AA14 initCode must return sender")
        (gas,) = self._gas([(self.entry_point.address, factory.address, operation.factory_data)], {})
        code = HexBytes(factory.wallet_code(*parties)).to_0x_hex()
        return gas, to_checksum_address(parties[0]), {sender: {"code": code}}

    def _gas(self, calls: Sequence[tuple[str, str, str | bytes]], state: dict[str, Any]) -> list[int]:
        # Of calls with sender, target and calldata. Without an override the argument is left out: not every node knows it.
        override = ("latest", state) if state else ()
        requests: list[Request] = []
        for sender, to, data in calls:
            call = {
                "from": to_checksum_address(sender),
                "to": to_checksum_address(to),
                "data": HexBytes(data).to_0x_hex(),
            }
            requests.append(("eth_estimateGas", (call, *override)))
        found = []
        for answer in self.node.batch(requests):
            if isinstance(answer, NodeRefused):
                raise refusal_of_node(answer)
            # Subtract the gas of the transaction itself. Add a tenth, for storage that is warm in the estimate only.
            found.append((to_int(answer) - 21_000) * 11 // 10)
        return found

    def _bundle(self, operations: Sequence[UserOperation]) -> str:
        packed = [operation.packed() for operation in operations]
        return self.entry_point.call_data("handleOps", packed, self.signer.address)

    def send(self, operation: UserOperation) -> bytes:
        """See `Bundler.send`. The operation gets a bundle of its own."""
        return self.send_all([operation])[0]

    def send_all(self, operations: Sequence[UserOperation]) -> list[bytes]:
        """Sends several operations in one bundle, of which all are included or none. Returns their hashes in order."""
        data = HexBytes(self._bundle(operations))
        gas = sum(
            each.verification_gas_limit + each.call_gas_limit + each.paymaster_verification_gas_limit + 60_000
            for each in operations
        )
        gas = gas * 64 // 63 + 100_000 + _calldata_gas(data)
        # A dry run, so that a rejected bundle isn't sent and costs nothing.
        trial = {"from": self.signer.address, "to": self.entry_point.address, "data": data.to_0x_hex()}
        intent = Intent(
            self.entry_point.address, bytes(data), gas=gas, preconditions=(("eth_call", (trial, "latest")),)
        )
        hashes = [self.hash(operation) for operation in operations]
        try:
            self._note(hashes, run(self.node, self.signer, intent))
        except OutcomeUnknown as error:
            raise self._unknown(operations[0], f"transaction {error.hash}", self._wait_for(error, hashes)) from error
        except ContractError as error:
            # Another bundle may have included the same operations before this one.
            if not error.transaction or any(self._receipt_or_none(each) is None for each in hashes):
                raise
        return hashes

    def _note(self, hashes: Sequence[bytes], receipt: Receipt) -> None:
        self._receipts.update(dict.fromkeys(hashes, receipt))

    def _wait_for(self, error: OutcomeUnknown, hashes: Sequence[bytes]) -> Callable[[float], OperationReceipt]:
        def wait(seconds: float) -> OperationReceipt:
            self._note(hashes, error.wait(seconds))
            return self.wait(hashes[0], seconds)

        return wait


class RPCBundler(Bundler):
    """A bundler with a JSON-RPC interface (ERC-7769).

    Raises `ChainUnavailable` on creation if it doesn't answer, or serves another EntryPoint or chain.
    """

    def __init__(self, web3: Web3, url: str, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.url = url
        self.rpc = Node(HTTPProvider(url, request_kwargs={"timeout": 30}), kind="bundler")
        supported = [to_address(each) for each in self._request("eth_supportedEntryPoints")]
        if self.entry_point.address not in supported:
            raise ChainUnavailable(
                f"The bundler {url} serves the EntryPoints {', '.join(supported)}, not {entry_point}. Use another bundler."
            )
        chain = int(self._request("eth_chainId"), 16)
        if chain != self.node.chain_id():
            raise ChainUnavailable(
                f"The bundler {url} serves chain {chain}; the node serves chain {self.node.chain_id()}. Use another URL."
            )

    def _quote(self) -> tuple[int, int] | None:
        # Not all bundlers have this method.
        try:
            price = self._request("pimlico_getUserOperationGasPrice")["fast"]
        except BundlerError:
            return None
        return int(price["maxFeePerGas"], 16), int(price["maxPriorityFeePerGas"], 16)

    def estimate(self, operation: UserOperation) -> UserOperation:
        """See `Bundler.estimate`. The bundler estimates."""
        request = operation.as_rpc()
        # A bundler takes limits in the request as upper bounds.
        for name in ("callGasLimit", "verificationGasLimit", "preVerificationGas"):
            request[name] = "0x0"
        limits = self._request("eth_estimateUserOperationGas", request, self.entry_point.address)
        return with_gas(
            operation,
            verification=int(limits["verificationGasLimit"], 16),
            call=int(limits["callGasLimit"], 16),
            pre_verification=int(limits["preVerificationGas"], 16),
            paymaster=int(limits.get("paymasterVerificationGasLimit") or "0x0", 16),
        )

    def send(self, operation: UserOperation) -> bytes:
        """See `Bundler.send`."""
        hash_ = self.hash(operation)
        self._since[hash_] = self.node.block_number() if self._head is None else self._head
        clock = self.node.clock
        deadline, pause = clock() + self.node.options.patience, FIRST_PAUSE
        doubtful = False
        while True:
            try:
                return bytes(HexBytes(self._send(operation)))
            except (NodeUnreachable, NodeRefused) as error:
                doubtful, why = True, str(error)
            except (BundlerError, ContractError) as error:
                if _is_known(error) or self._receipt_or_none(hash_) is not None:
                    return hash_
                if not doubtful:
                    raise
                why = str(error)
            if clock() >= deadline:
                raise self._unknown(operation, why, lambda seconds: self.wait(hash_, seconds))
            # The same operation again does no harm: it has the same hash and nonce.
            self.node.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _send(self, operation: UserOperation) -> Any:
        try:
            return self.rpc.attempt("eth_sendUserOperation", operation.as_rpc(), self.entry_point.address)
        except NodeRefused as error:
            raise _refusal(error) from None

    def _request(self, method: str, *parameters: Any) -> Any:
        try:
            return self.rpc.request(method, *parameters)
        except NodeRefused as error:
            raise _refusal(error) from None


def _refusal(error: NodeRefused) -> ContractError | BundlerError | NodeRefused:
    if error.transient:
        return error
    return refusal_of_bundler({"code": error.code, "message": error.reason, "data": error.data})


def _is_known(error: Exception) -> bool:
    # Only the bundler's own words say so: a contract's refusal can contain them too ("the wallet already exists").
    words = r"already (known|in|exists|have)|duplicate"
    return isinstance(error, BundlerError) and bool(re.search(words, error.reason, re.IGNORECASE))


def refusal_of_bundler(error: dict[str, Any]) -> ContractError | BundlerError:
    """Returns the exception for a JSON-RPC error of a bundler.

    That is the contract's own error if the bundler passes its data on, else `FailedOp` for a code of the EntryPoint, else
    `BundlerError`.
    """
    message = str(error.get("message", error))
    texts = [str(error.get("data", "")), message]
    for text in texts:
        for found in re.findall(r"0x(?:[0-9a-fA-F]{2}){4,}", text):
            known = decode_refusal(bytes.fromhex(found[2:]))
            if not isinstance(known, UnknownRevert):
                return known
    code = re.search(r"AA\d\d[^\"']*", message)
    if code:
        return FailedOp(opIndex=0, reason=code[0].strip().rstrip("."))
    return BundlerError(int(error.get("code", 0)), message)


def with_gas(
    operation: UserOperation, verification: int, call: int, pre_verification: int, paymaster: int
) -> UserOperation:
    """Returns the operation with these gas limits. An agent's `call_gas_limit` is at least `least_call_gas`."""
    filled = replace(
        operation,
        verification_gas_limit=verification,
        pre_verification_gas=pre_verification,
        paymaster_verification_gas_limit=paymaster,
    )
    if operation.by_principal:
        return replace(filled, call_gas_limit=call)
    return replace(filled, call_gas_limit=max(call, least_call_gas(filled)))


def least_call_gas(operation: UserOperation) -> int:
    """Returns the wallet's minimum for `call_gas_limit` of an agent's operation, which grows with its encoded size."""
    wallet = AgentWallet(Web3(), operation.sender)
    size = len(HexBytes(wallet.call_data("validateUserOp", operation.packed(), bytes(32), 0)))
    return MIN_CALL_GAS + CALL_GAS_PER_BYTE * size


def _calldata_gas(data: str | bytes) -> int:
    return sum(16 if byte else 4 for byte in HexBytes(data))


def _bytes20(address: str) -> bytes:
    return bytes.fromhex(to_address(address or ZERO_ADDRESS)[2:])


def _halves(upper: int, lower: int) -> bytes:
    return upper.to_bytes(16) + lower.to_bytes(16)


def _as_hex(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, str) else hex(value)
