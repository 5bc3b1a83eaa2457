"""A bundler of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from peculium.chain.node import Request
from peculium.chain.receipts import to_int
from peculium.chain.refusals import refusal_of_node
from peculium.chain.sender import Intent
from peculium.chain.transactions import run
from peculium.contract import Receipt, Signer
from peculium.errors import ContractError, FailedOp, InvalidInput, NodeRefused, OutcomeUnknown
from peculium.factory import AgentWalletFactory
from peculium.operations.bundler import Bundler
from peculium.operations.gas import calldata_gas, with_gas
from peculium.operations.operation import ENTRY_POINT, OperationReceipt, UserOperation
from peculium.operations.paymaster import PrincipalPaymaster
from peculium.operations.refusals import explaining
from peculium.wallet import AgentWallet

_PRE_VERIFICATION_GAS = 21_000 + 18_300
"""Gas of the transaction itself and of the EntryPoint's work outside an operation's limits, without calldata."""


_ENTRY_POINT_GAS = 60_000
"""Gas that the EntryPoint itself takes from the verification limit: the nonce of a new key, and the deposit."""


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
        with explaining(self.wallet_at, [operation]):
            return self._estimate(operation)

    def _estimate(self, operation: UserOperation) -> UserOperation:
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
            pre_verification=_PRE_VERIFICATION_GAS + calldata_gas(self._bundle([operation])),
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
        for position, answer in enumerate(self.node.batch(requests)):
            if isinstance(answer, NodeRefused):
                refusal = refusal_of_node(answer)
                if position > 0 and isinstance(refusal, ContractError):
                    # The first call executes the operation, the others validate it.
                    refusal.operation_index = 0
                raise refusal
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
        gas = gas * 64 // 63 + 100_000 + calldata_gas(data)
        # A dry run, so that a rejected bundle isn't sent and costs nothing.
        trial = {"from": self.signer.address, "to": self.entry_point.address, "data": data.to_0x_hex()}
        intent = Intent(
            self.entry_point.address, bytes(data), gas=gas, preconditions=(("eth_call", (trial, "latest")),)
        )
        hashes = [self.hash(operation) for operation in operations]
        self._sent.update(zip(hashes, operations, strict=True))
        try:
            with explaining(self.wallet_at, operations):
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
