"""Bundlers over JSON-RPC (ERC-7769)."""

from __future__ import annotations

import re
from typing import Any

from hexbytes import HexBytes
from web3 import HTTPProvider, Web3

from peculium.chain.node import FIRST_PAUSE, LONGEST_PAUSE, Node
from peculium.contract import decode_refusal
from peculium.errors import (
    BundlerError,
    ChainUnavailable,
    ContractError,
    FailedOp,
    NodeRefused,
    NodeUnreachable,
    UnknownRevert,
)
from peculium.operations.bundler import Bundler
from peculium.operations.gas import with_gas
from peculium.operations.operation import ENTRY_POINT, UserOperation
from peculium.operations.refusals import explaining
from peculium.units import to_address


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
        with explaining(self.wallet_at, [operation]):
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
        self._sent[hash_] = operation
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
        with explaining(self.wallet_at, [operation]):
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
                if known.operation_index is None and re.search(r"\bAA[23]\d\b", message):
                    known.operation_index = 0
                return known
    code = re.search(r"AA\d\d[^\"']*", message)
    if code:
        return FailedOp(opIndex=0, reason=code[0].strip().rstrip("."))
    return BundlerError(int(error.get("code", 0)), message)
