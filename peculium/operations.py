"""User operations (ERC-4337): build, estimate, sign, send and wait, with a bundler (ERC-7769) or without.

    bundler = RPCBundler(web3, "https://bundler.example")      # or SelfBundler(web3, account)
    receipt = bundler.perform(wallet, agent, "pay", usdc, payee, Decimal("2.50"), "INV-1")

If the wallet, its paymaster or the EntryPoint rejects an operation in validation, its error is raised. Nothing was sent, and
nobody paid. If an operation is included and reverts, it has cost gas. Then the error has the attribute `receipt`.
"""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes
from requests.exceptions import RequestException
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError, Web3RPCError

from peculium.actions import AgentSigner, dummy_signature, sign_with
from peculium.contract import Contract, Event, Receipt, Signer, decode_refusal, receipt_of, refusal_of, send_transaction
from peculium.exceptions import (
    BundlerError,
    ChainUnavailable,
    ContractError,
    FailedOp,
    InvalidInput,
    NotIncluded,
    UnknownRevert,
)
from peculium.mandate import ZERO_ADDRESS, GasTerms, digest_of, typed_data
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_seconds
from peculium.wallet import AgentWallet, Call

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


class Bundler(ABC):
    """Sends user operations to the EntryPoint."""

    def __init__(self, web3: Web3, entry_point: str = ENTRY_POINT) -> None:
        self.web3 = web3
        self.entry_point = EntryPoint(web3, entry_point)
        self._since: dict[bytes, int] = {}

    @abstractmethod
    def estimate(self, operation: UserOperation) -> UserOperation:
        """Returns the operation with sufficient gas limits.

        Raises a `ContractError` or `BundlerError` if the operation would be rejected.
        """

    @abstractmethod
    def send(self, operation: UserOperation) -> bytes:
        """Sends a signed operation and returns its hash (32 bytes).

        Raises a `ContractError` or `BundlerError` if the operation is rejected.
        """

    def fees(self) -> tuple[int, int]:
        """Returns `max_fee_per_gas` and `max_priority_fee_per_gas` to offer (wei per gas)."""
        priority = int(self.web3.eth.max_priority_fee)
        return 2 * int(self.web3.eth.get_block("latest").get("baseFeePerGas", 0)) + priority, priority

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
        length = _period_length(wallet, paymaster)
        now = int(self.web3.eth.get_block("latest")["timestamp"])
        period = now // length if length else 0
        data = EXECUTE + period.to_bytes(4) + wallet.action(action, *arguments)
        return self._signed(wallet.address, wallet.nonce_key(subkey), data, agent, paymaster)

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
        is the factory's address and `factory_data` what `AgentWalletFactory.creation_data` returns; only an `RPCBundler`
        estimates such an operation.
        """
        data = bytes(HexBytes(wallet.call_data("executeBatch", [call.as_tuple() for call in calls])))
        return self._signed(wallet.address, nonce_key, data, principal, paymaster, factory, factory_data)

    def _signed(
        self,
        sender: str,
        key: int,
        data: bytes,
        signer: Signer | AgentSigner,
        paymaster: PrincipalPaymaster | None,
        factory: str = "",
        factory_data: bytes = b"",
    ) -> UserOperation:
        max_fee, priority = self.fees()
        draft = UserOperation(
            sender=sender,
            nonce=self.entry_point.next_nonce(sender, key),
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
        data = operation.typed_data(self.web3.eth.chain_id, self.entry_point.address)
        return replace(operation, signature=sign_with(signer, data))

    def hash(self, operation: UserOperation) -> bytes:
        """Returns the operation's hash (32 bytes) for this chain and EntryPoint."""
        return operation.hash(self.web3.eth.chain_id, self.entry_point.address)

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
        deadline = time.monotonic() + timeout
        while (found := self.receipt(operation_hash)) is None:
            if time.monotonic() > deadline:
                raise NotIncluded(
                    f"No block included the operation 0x{operation_hash.hex()} within {timeout:g} seconds. It may still be "
                    "included: wait again, or replace it with an operation of the same nonce and higher fees."
                )
            time.sleep(0.05)
        return found

    def receipt(self, operation_hash: bytes) -> OperationReceipt | None:
        """Returns the outcome of an operation, or None if no block includes it yet.

        Raises a `ContractError` if the operation reverted or the agent was stopped. Its `receipt` is the outcome.
        """
        log = self.entry_point.log("UserOperationEvent", self._since.get(operation_hash, 0), userOpHash=operation_hash)
        if log is None:
            return None
        transaction = receipt_of(self.web3, self.web3.eth.get_transaction_receipt(HexBytes(log.transaction)))
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


class SelfBundler(Bundler):
    """Sends operations from an account of one's own, which pays for the transaction and receives the operations' fees."""

    def __init__(self, web3: Web3, signer: Signer, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.signer = signer

    def estimate(self, operation: UserOperation) -> UserOperation:
        """See `Bundler.estimate`. Estimates calls from the EntryPoint to the wallet and the paymaster.

        Raises `InvalidInput` for an operation that creates its wallet, which can't be called before.
        """
        if operation.factory:
            raise InvalidInput(
                "The operation creates its wallet. Set its gas limits yourself, or create the wallet first."
            )
        data, hash_ = operation.packed(), self.hash(operation)
        wallet = AgentWallet(self.web3, operation.sender)
        if operation.by_principal:
            call_gas = self._gas(wallet.principal, wallet.address, operation.call_data)
        else:
            execute = wallet.call_data("executeUserOp", data, hash_)
            call_gas = self._gas(self.entry_point.address, wallet.address, execute)
        # An agent key that is a contract may accept the dummy signature. The wallet then checks the minimum of this limit.
        data = with_gas(operation, verification=0, call=call_gas, pre_verification=0, paymaster=0).packed()
        validate = wallet.call_data("validateUserOp", data, hash_, 0 if operation.paymaster else 1)
        paymaster_gas = 0
        if operation.paymaster:
            paymaster = PrincipalPaymaster(self.web3, operation.paymaster)
            validate_paymaster = paymaster.call_data("validatePaymasterUserOp", data, hash_, 1)
            paymaster_gas = self._gas(self.entry_point.address, operation.paymaster, validate_paymaster)
        return with_gas(
            operation,
            verification=self._gas(self.entry_point.address, wallet.address, validate) + _ENTRY_POINT_GAS,
            call=call_gas,
            pre_verification=_PRE_VERIFICATION_GAS + _calldata_gas(self._bundle([operation])),
            paymaster=paymaster_gas + 10_000 if paymaster_gas else 0,
        )

    def _gas(self, sender: str, to: str, data: str | bytes) -> int:
        call = {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": HexBytes(data)}
        try:
            # Subtract the gas of the transaction itself. Add a tenth, for storage that is warm in the estimate only.
            return (int(self.web3.eth.estimate_gas(call)) - 21_000) * 11 // 10  # type: ignore[arg-type]
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None

    def _bundle(self, operations: Sequence[UserOperation]) -> str:
        packed = [operation.packed() for operation in operations]
        return self.entry_point.call_data("handleOps", packed, self.signer.address)

    def send(self, operation: UserOperation) -> bytes:
        """See `Bundler.send`. The operation gets a bundle of its own."""
        return self.send_all([operation])[0]

    def send_all(self, operations: Sequence[UserOperation]) -> list[bytes]:
        """Sends several operations in one bundle, of which all are included or none. Returns their hashes in order."""
        data = self._bundle(operations)
        # A dry run, so that a rejected bundle isn't sent and costs nothing.
        self.entry_point.read(
            "handleOps", [each.packed() for each in operations], self.signer.address, sender=self.signer.address
        )
        gas = sum(
            each.verification_gas_limit + each.call_gas_limit + each.paymaster_verification_gas_limit + 60_000
            for each in operations
        )
        hashes = [self.hash(operation) for operation in operations]
        block = self.web3.eth.block_number
        self._since.update(dict.fromkeys(hashes, block))
        gas = gas * 64 // 63 + 100_000 + _calldata_gas(data)
        send_transaction(self.web3, self.signer, self.entry_point.address, data, gas=gas)
        return hashes


class RPCBundler(Bundler):
    """A bundler with a JSON-RPC interface (ERC-7769).

    Raises `ChainUnavailable` on creation if it doesn't answer, or serves another EntryPoint or chain.
    """

    def __init__(self, web3: Web3, url: str, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.url = url
        self._provider = HTTPProvider(url, request_kwargs={"timeout": 30})
        supported = [to_address(each) for each in self._request("eth_supportedEntryPoints")]
        if self.entry_point.address not in supported:
            raise ChainUnavailable(
                f"The bundler {url} serves the EntryPoints {', '.join(supported)}, not {entry_point}. Use another bundler."
            )
        chain = int(self._request("eth_chainId"), 16)
        if chain != web3.eth.chain_id:
            raise ChainUnavailable(
                f"The bundler {url} serves chain {chain}; the node serves chain {web3.eth.chain_id}. Use another URL."
            )

    def fees(self) -> tuple[int, int]:
        """See `Bundler.fees`. Uses the price that the bundler quotes, if it has the method for it."""
        try:
            price = self._request("pimlico_getUserOperationGasPrice")["fast"]
        except BundlerError:
            return super().fees()
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
        block = self.web3.eth.block_number
        sent = bytes(HexBytes(self._request("eth_sendUserOperation", operation.as_rpc(), self.entry_point.address)))
        self._since[sent] = block
        return sent

    def _request(self, method: str, *parameters: Any) -> Any:
        try:
            answer: dict[str, Any] = dict(self._provider.make_request(method, list(parameters)))
        except (RequestException, OSError) as error:
            raise ChainUnavailable(f"No answer from {self.url}: {error}. Is the bundler running?") from error
        if "error" in answer:
            raise refusal_of_bundler(answer["error"])
        return answer["result"]


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


def _period_length(wallet: AgentWallet, paymaster: PrincipalPaymaster | None) -> int:
    # Seconds; zero if the payer has no gas terms.
    if paymaster is None:
        return to_seconds(wallet.operation_gas().window) // 8
    return to_seconds(paymaster.gas_terms_of(wallet.address)[0].window) // 8


def _calldata_gas(data: str) -> int:
    return sum(16 if byte else 4 for byte in HexBytes(data))


def _bytes20(address: str) -> bytes:
    return bytes.fromhex(to_address(address or ZERO_ADDRESS)[2:])


def _halves(upper: int, lower: int) -> bytes:
    return upper.to_bytes(16) + lower.to_bytes(16)


def _as_hex(value: Any) -> str:
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return value if isinstance(value, str) else hex(value)
