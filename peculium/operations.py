"""User operations of ERC-4337: build, estimate, sign, send and wait, through any bundler of ERC-7769, or without one.

    bundler = RPCBundler(web3, "https://bundler.example")      # or SelfBundler(web3, account)
    done = bundler.perform(wallet, agent, "pay", usdc, payee, Decimal("2.50"), "INV-1")

An operation is refused by the wallet, its paymaster or the EntryPoint before anybody pays: then the refusal is raised by name, and
nothing was sent. One that was included and failed has cost gas; its reason is raised too, with the receipt as `receipt`.
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
from peculium.exceptions import BundlerError, ChainUnavailable, ContractError, FailedOp, NotIncluded, UnknownRevert
from peculium.mandate import ZERO_ADDRESS, GasTerms, digest_of, typed_data
from peculium.units import Amount, from_base_units, to_address, to_base_units, to_seconds
from peculium.wallet import AgentWallet, Call

ENTRY_POINT = "0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108"
"""The EntryPoint v0.8, at the same address on every chain."""
EXECUTE = keccak(text="executeUserOp((address,uint256,bytes,bytes,bytes32,uint256,bytes32,bytes,bytes),bytes32)")[:4]
"""What an agent's calldata begins with."""
MIN_CALL_GAS, CALL_GAS_PER_BYTE = 60_000, 4
"""The least gas for the execution of an agent's operation, and for each byte of it: enough to copy a stop."""
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
"""EIP-712, as the EntryPoint hashes an operation."""

_PRE_VERIFICATION = 21_000 + 18_300
"""The transaction itself, and what the EntryPoint does for an operation outside its limits; calldata comes on top."""
_ENTRY_POINTS_OWN = 60_000
"""What the EntryPoint itself takes of the limit for verification: a nonce of a new key, and the deposit."""


@dataclass(frozen=True)
class UserOperation:
    """An operation as ERC-7769 has it: gas limits in gas, fees in wei."""

    sender: str
    nonce: int
    call_data: bytes
    call_gas_limit: int = 0
    verification_gas_limit: int = 0
    pre_verification_gas: int = 0
    max_fee_per_gas: int = 0
    max_priority_fee_per_gas: int = 0
    factory: str = ""
    """Who creates the wallet in the same operation; empty if it exists."""
    factory_data: bytes = b""
    paymaster: str = ""
    """Who pays; empty: the wallet."""
    paymaster_verification_gas_limit: int = 0
    paymaster_post_op_gas_limit: int = 0
    paymaster_data: bytes = b""
    signature: bytes = b""

    @property
    def by_principal(self) -> bool:
        """Whether it is the principal's; else the agent's."""
        return self.nonce >> 128 == 0

    @property
    def max_cost(self) -> int:
        """The most that it can cost (wei): what is charged to gas terms."""
        own = self.call_gas_limit + self.verification_gas_limit + self.pre_verification_gas
        paymasters = self.paymaster_verification_gas_limit + self.paymaster_post_op_gas_limit
        return (own + paymasters) * self.max_fee_per_gas

    def packed(self) -> tuple[Any, ...]:
        """The operation as argument of a contract call: `PackedUserOperation`."""
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
        """What principal or agent key sign."""
        domain = ("ERC4337", "1")
        return typed_data(domain, chain_id, entry_point, OPERATION_TYPES, "PackedUserOperation", self._message())

    def hash(self, chain_id: int, entry_point: str = ENTRY_POINT) -> bytes:
        """The operation's hash, under which bundlers and the EntryPoint's events know it."""
        return digest_of(self.typed_data(chain_id, entry_point))

    def as_rpc(self) -> dict[str, str]:
        """The operation as a bundler takes it."""
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
    """What an operation did, and what it cost."""

    operation_hash: bytes
    gas_cost: Decimal
    """What was paid for it (whole units of the native currency)."""
    gas_used: int
    events: tuple[Event, ...]
    """Those of this operation, without the rest of its bundle."""
    transaction: Receipt

    def event(self, name: str) -> Event:
        """The one event of this name; raises `LookupError` if there is none or more."""
        return replace(self.transaction, events=self.events).event(name)


class EntryPoint(Contract):
    """The EntryPoint."""

    abi_name = "EntryPoint"

    def next_nonce(self, sender: str, key: int = 0) -> int:
        """The next nonce of a key: the key in the upper 192 bits, the number in the lower 64."""
        return int(self.read("getNonce", to_address(sender), key))

    def deposit_of(self, account: str) -> Decimal:
        """What an account has put in ahead (whole units of the native currency)."""
        return from_base_units(self.read("balanceOf", to_address(account)), 18)

    def deposit_to(self, signer: Signer, account: str, amount: Amount) -> Receipt:
        """Puts in for an account (whole units)."""
        return self.send(signer, "depositTo", to_address(account), value=to_base_units(amount, 18))


class PrincipalPaymaster(Contract):
    """A principal's paymaster."""

    abi_name = "PrincipalPaymaster"

    def set_gas_terms(self, principal: Signer, wallet: str, terms: GasTerms) -> Receipt:
        """Sets what is paid for a wallet's agent; `GasTerms()` ends it."""
        return self.send(principal, "setGasTerms", to_address(wallet), tuple(terms.message().values()))

    def gas_terms_of(self, wallet: str) -> tuple[GasTerms, Decimal]:
        """What is paid for a wallet's agent, and what is left in the window now (whole units)."""
        (operation, window, length), left = self.read("gasTermsOf", to_address(wallet))
        terms = GasTerms(from_base_units(operation, 18), from_base_units(window, 18), timedelta(seconds=length))
        return terms, from_base_units(left, 18)

    def deposit(self, signer: Signer, amount: Amount) -> Receipt:
        """Adds to the deposit (whole units)."""
        return self.send(signer, "deposit", value=to_base_units(amount, 18))

    def withdraw(self, principal: Signer, to: str, amount: Amount) -> Receipt:
        """Takes some of the deposit home (whole units)."""
        return self.send(principal, "withdraw", to_address(to), to_base_units(amount, 18))

    def add_stake(self, principal: Signer, amount: Amount, delay: timedelta) -> Receipt:
        """Adds to the stake, locked for `delay` after `unlock_stake`."""
        return self.send(principal, "addStake", to_seconds(delay), value=to_base_units(amount, 18))

    def unlock_stake(self, principal: Signer) -> Receipt:
        """Begins to take the stake back."""
        return self.send(principal, "unlockStake")

    def withdraw_stake(self, principal: Signer, to: str) -> Receipt:
        """Takes the stake home, once the delay is over."""
        return self.send(principal, "withdrawStake", to_address(to))


class Bundler(ABC):
    """Whoever brings operations to the EntryPoint."""

    def __init__(self, web3: Web3, entry_point: str = ENTRY_POINT) -> None:
        self.web3 = web3
        self.entry_point = EntryPoint(web3, entry_point)
        self._since: dict[bytes, int] = {}

    @abstractmethod
    def estimate(self, operation: UserOperation) -> UserOperation:
        """The same operation with gas limits that do. Raises the refusal if it would be refused."""

    @abstractmethod
    def send(self, operation: UserOperation) -> bytes:
        """Sends a signed operation; returns its hash. Raises the refusal if it is refused."""

    def fees(self) -> tuple[int, int]:
        """The highest fee, and priority fee, to offer (wei per gas)."""
        priority = int(self.web3.eth.max_priority_fee)
        return 2 * int(self.web3.eth.get_block("latest").get("baseFeePerGas", 0)) + priority, priority

    # Build

    def agent_operation(
        self,
        wallet: AgentWallet,
        agent: Signer | AgentSigner,
        verb: str,
        *arguments: Any,
        lane: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> UserOperation:
        """A signed operation of the agent's: a verb as in `AgentWallet.sign_action`. Lanes don't wait for one another."""
        width = _period_of(wallet, paymaster)
        now = int(self.web3.eth.get_block("latest")["timestamp"])
        period = now // width if width else 0
        data = EXECUTE + period.to_bytes(4) + wallet.action(verb, *arguments)
        return self._signed(wallet.address, wallet.nonce_key(lane), data, agent, paymaster)

    def principal_operation(
        self,
        wallet: AgentWallet,
        principal: Signer,
        calls: Sequence[Call],
        lane: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> UserOperation:
        """A signed operation of the principal's: calls as the wallet, all or none."""
        data = bytes(HexBytes(wallet.call_data("executeBatch", [call.as_tuple() for call in calls])))
        return self._signed(wallet.address, lane, data, principal, paymaster)

    def _signed(
        self, sender: str, key: int, data: bytes, signer: Signer | AgentSigner, paymaster: PrincipalPaymaster | None
    ) -> UserOperation:
        max_fee, priority = self.fees()
        draft = UserOperation(
            sender=sender,
            nonce=self.entry_point.next_nonce(sender, key),
            call_data=data,
            max_fee_per_gas=max_fee,
            max_priority_fee_per_gas=priority,
            paymaster=paymaster.address if paymaster else "",
            signature=dummy_signature(signer),
        )
        return self.sign(self.estimate(draft), signer)

    def sign(self, operation: UserOperation, signer: Signer | AgentSigner) -> UserOperation:
        """The operation with its signature, by the agent key or the principal."""
        data = operation.typed_data(self.web3.eth.chain_id, self.entry_point.address)
        return replace(operation, signature=sign_with(signer, data))

    def hash(self, operation: UserOperation) -> bytes:
        """The operation's hash here."""
        return operation.hash(self.web3.eth.chain_id, self.entry_point.address)

    # Send and wait

    def perform(
        self,
        wallet: AgentWallet,
        agent: Signer | AgentSigner,
        verb: str,
        *arguments: Any,
        lane: int = 0,
        paymaster: PrincipalPaymaster | None = None,
    ) -> OperationReceipt:
        """Builds, sends and awaits an operation of the agent's."""
        built = self.agent_operation(wallet, agent, verb, *arguments, lane=lane, paymaster=paymaster)
        return self.wait(self.send(built))

    def wait(self, operation_hash: bytes, timeout: float = 60) -> OperationReceipt:
        """Waits until an operation is included. Raises `NotIncluded` after `timeout` seconds, and the reason if it failed."""
        deadline = time.monotonic() + timeout
        while (found := self.receipt(operation_hash)) is None:
            if time.monotonic() > deadline:
                raise NotIncluded(
                    f"The operation 0x{operation_hash.hex()} wasn't included within {timeout:g} seconds. It may be later: "
                    "wait again, or send another with the same nonce and higher fees in its place."
                )
            time.sleep(0.05)
        return found

    def receipt(self, operation_hash: bytes) -> OperationReceipt | None:
        """What an operation did, or None if it isn't included. Raises the reason if it failed, or was stopped."""
        log = self.entry_point.log("UserOperationEvent", self._since.get(operation_hash, 0), userOpHash=operation_hash)
        if log is None:
            return None
        transaction = receipt_of(self.web3, self.web3.eth.get_transaction_receipt(HexBytes(log.transaction)))
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
    """No bundler: an account of one's own sends the operations, pays for the transaction, and gets what they pay."""

    def __init__(self, web3: Web3, signer: Signer, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.signer = signer

    def estimate(self, operation: UserOperation) -> UserOperation:
        """As `Bundler.estimate`: asks the wallet and the paymaster themselves, in the EntryPoint's name."""
        data, hash_ = operation.packed(), self.hash(operation)
        wallet = AgentWallet(self.web3, operation.sender)
        if operation.by_principal:
            executes = self._gas(wallet.principal, wallet.address, operation.call_data)
        else:
            executes = self._gas(
                self.entry_point.address, wallet.address, wallet.call_data("executeUserOp", data, hash_)
            )
        # With gas for the call: a contract may be the agent key, and take this signature for its own.
        data = with_gas(operation, verification=0, call=executes, pre_verification=0, paymasters=0).packed()
        validate = wallet.call_data("validateUserOp", data, hash_, 0 if operation.paymaster else 1)
        paymasters = 0
        if operation.paymaster:
            paymaster = PrincipalPaymaster(self.web3, operation.paymaster)
            asks = paymaster.call_data("validatePaymasterUserOp", data, hash_, 1)
            paymasters = self._gas(self.entry_point.address, operation.paymaster, asks)
        return with_gas(
            operation,
            verification=self._gas(self.entry_point.address, wallet.address, validate) + _ENTRY_POINTS_OWN,
            call=executes,
            pre_verification=_PRE_VERIFICATION + _calldata_gas(self._bundle([operation])),
            paymasters=paymasters + 10_000 if paymasters else 0,
        )

    def _gas(self, sender: str, to: str, data: str | bytes) -> int:
        call = {"from": to_checksum_address(sender), "to": to_checksum_address(to), "data": HexBytes(data)}
        try:
            # A tenth more, for storage that is warm here and cold there. What the transaction itself takes is taken off.
            return (int(self.web3.eth.estimate_gas(call)) - 21_000) * 11 // 10  # type: ignore[arg-type]
        except (ContractLogicError, Web3RPCError) as error:
            raise refusal_of(error) from None

    def _bundle(self, operations: Sequence[UserOperation]) -> str:
        packed = [operation.packed() for operation in operations]
        return self.entry_point.call_data("handleOps", packed, self.signer.address)

    def send(self, operation: UserOperation) -> bytes:
        """As `Bundler.send`, in a bundle of its own."""
        return self.send_all([operation])[0]

    def send_all(self, operations: Sequence[UserOperation]) -> list[bytes]:
        """Sends several operations in one bundle: all are included, or none."""
        data = self._bundle(operations)
        # What is refused is found out here, and costs nothing.
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
    """A bundler by its URL (ERC-7769)."""

    def __init__(self, web3: Web3, url: str, entry_point: str = ENTRY_POINT) -> None:
        super().__init__(web3, entry_point)
        self.url = url
        self._provider = HTTPProvider(url, request_kwargs={"timeout": 30})
        supported = [to_address(each) for each in self._ask("eth_supportedEntryPoints")]
        if self.entry_point.address not in supported:
            raise ChainUnavailable(f"{url} serves the EntryPoints {', '.join(supported)}, not {entry_point}.")
        chain = int(self._ask("eth_chainId"), 16)
        if chain != web3.eth.chain_id:
            raise ChainUnavailable(f"{url} serves chain {chain}, the node chain {web3.eth.chain_id}.")

    def fees(self) -> tuple[int, int]:
        """As `Bundler.fees`; by the bundler's own price where it tells one."""
        try:
            price = self._ask("pimlico_getUserOperationGasPrice")["fast"]
        except BundlerError:
            return super().fees()
        return int(price["maxFeePerGas"], 16), int(price["maxPriorityFeePerGas"], 16)

    def estimate(self, operation: UserOperation) -> UserOperation:
        """As `Bundler.estimate`, asked of the bundler."""
        asked = operation.as_rpc()
        # Limits that are there are taken for limits to keep to.
        for name in ("callGasLimit", "verificationGasLimit", "preVerificationGas"):
            asked[name] = "0x0"
        found = self._ask("eth_estimateUserOperationGas", asked, self.entry_point.address)
        return with_gas(
            operation,
            verification=int(found["verificationGasLimit"], 16),
            call=int(found["callGasLimit"], 16),
            pre_verification=int(found["preVerificationGas"], 16),
            paymasters=int(found.get("paymasterVerificationGasLimit") or "0x0", 16),
        )

    def send(self, operation: UserOperation) -> bytes:
        """As `Bundler.send`."""
        block = self.web3.eth.block_number
        sent = bytes(HexBytes(self._ask("eth_sendUserOperation", operation.as_rpc(), self.entry_point.address)))
        self._since[sent] = block
        return sent

    def _ask(self, method: str, *parameters: Any) -> Any:
        try:
            answer: dict[str, Any] = dict(self._provider.make_request(method, list(parameters)))
        except (RequestException, OSError) as error:
            raise ChainUnavailable(f"No answer from {self.url}: {error}. Is the bundler running?") from error
        if "error" in answer:
            raise refusal_of_bundler(answer["error"])
        return answer["result"]


def refusal_of_bundler(error: dict[str, Any]) -> ContractError | BundlerError:
    """The exception for a bundler's error: the wallet's own reason if it is told, else what a code of the EntryPoint's or of
    ERC-7769 means."""
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
    operation: UserOperation, verification: int, call: int, pre_verification: int, paymasters: int
) -> UserOperation:
    """The operation with these limits, or the wallet's own least where that is more."""
    filled = replace(
        operation,
        verification_gas_limit=verification,
        pre_verification_gas=pre_verification,
        paymaster_verification_gas_limit=paymasters,
    )
    if operation.by_principal:
        return replace(filled, call_gas_limit=call)
    return replace(filled, call_gas_limit=max(call, least_call_gas(filled)))


def least_call_gas(operation: UserOperation) -> int:
    """The least `call_gas_limit` of an agent's operation; its signature counts by its length."""
    wallet = AgentWallet(Web3(), operation.sender)
    size = len(HexBytes(wallet.call_data("validateUserOp", operation.packed(), bytes(32), 0)))
    return MIN_CALL_GAS + CALL_GAS_PER_BYTE * size


def _period_of(wallet: AgentWallet, paymaster: PrincipalPaymaster | None) -> int:
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
