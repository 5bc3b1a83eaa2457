"""Runs a scenario through the Python package: its encoding, signing and decoding must agree with the model too.

Calls of wallets, factory, switch, registry, paymaster and fleet budget by an account with a key go through the package's contract objects, unless
they call the EntryPoint. An error that the package raises is encoded again, so the comparison covers its class and every
argument. All other steps are plain transactions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, ClassVar

from eth_abi.abi import decode, encode
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.abi import collapse_if_tuple
from eth_utils.address import to_checksum_address
from web3 import HTTPProvider, Web3

from peculium import (
    AgentRegistry,
    AgentWallet,
    AgentWalletFactory,
    Contract,
    ContractError,
    FleetBudget,
    PrincipalPaymaster,
    RevocationSwitch,
)
from peculium.contract import CONTRACTS, load_abi
from peculium.errors import class_of, snake_case
from peculium.operations import ENTRY_POINT
from verification.scenarios.chain.driver import GAS_LIMIT, Answer, ChainFailed, Sent
from verification.scenarios.chain.transactions import FREE_GAS, Transactions
from verification.scenarios.model.fleet import FLEET
from verification.scenarios.model.paymaster import PAYMASTER

AbiEntry = dict[str, Any]
KINDS: dict[str, type[Contract]] = {
    "factory": AgentWalletFactory,
    "switch": RevocationSwitch,
    "registry": AgentRegistry,
    PAYMASTER: PrincipalPaymaster,
    FLEET: FleetBudget,
}
"""The package's class for each name; wallets are added by their address."""
GAS = int(GAS_LIMIT, 16)


class Package(Transactions):
    """Mines one block per step of the package. There is no reorganization."""

    OPTIONS: ClassVar[tuple[str, ...]] = FREE_GAS

    def __init__(self, port: int) -> None:
        super().__init__(port)
        self.web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}", cache_allowed_requests=True))
        self.contracts: dict[str, Contract] = {}
        self.functions: dict[str, dict[bytes, AbiEntry]] = {}
        self.signers: dict[str, LocalAccount] = {}
        self.reached: Counter[tuple[str, str]] = Counter()
        """How often each function of the package had each outcome: "done" or the name of the exception."""

    def connect(self, secrets: Mapping[str, int], addresses: Mapping[str, str]) -> None:
        """Creates the package's objects and signers; signers need a balance to send transactions."""
        kinds = KINDS | {name: AgentWallet for name in addresses if name.startswith("wallet ")}
        for name, kind in kinds.items():
            contract = kind(self.web3, to_checksum_address(addresses[name]))
            self.contracts[addresses[name]] = contract
            entries = [entry for entry in contract.abi if entry["type"] == "function"]
            self.functions[addresses[name]] = {_selector(entry): entry for entry in entries}
        for secret in secrets.values():
            signer: LocalAccount = Account.from_key(secret.to_bytes(32))
            self.signers[signer.address.lower()] = signer
            self.rpc("anvil_setBalance", signer.address, hex(10**24))

    def run(self, blocks: Sequence[tuple[int, Sequence[Sent]]]) -> list[Answer]:
        """Runs all blocks and restores the chain."""
        start = self.rpc("evm_snapshot")
        try:
            return [answer for time, sent in blocks for answer in self._run_block(time, sent)]
        finally:
            self.rpc("evm_revert", start)

    def _run_block(self, time: int, sent: Sequence[Sent]) -> list[Answer]:
        answers: list[Answer] = []
        self._mine_empty(time)
        for through_package, group in groupby(sent, self._is_package_step):
            if not through_package:
                self.rpc("evm_setAutomine", False)
                answers += self.mine(time, list(group))
                continue
            self.rpc("evm_setAutomine", True)
            for each in group:
                self.rpc("evm_setNextBlockTimestamp", time)
                answers.append(self._run_step(each))
        return answers

    def _mine_empty(self, time: int) -> None:
        # Views read the time of the latest block.
        self.rpc("evm_setNextBlockTimestamp", time)
        self.rpc("evm_mine")

    def _entry(self, sent: Sent) -> AbiEntry | None:
        return self.functions.get(sent.to, {}).get(bytes.fromhex(sent.data[2:10]))

    def _is_package_step(self, sent: Sent) -> bool:
        # The package replaces the EntryPoint's error by the wallet's, so it can't be encoded again.
        calls_entry_point = ENTRY_POINT[2:].lower() in sent.data
        return self._entry(sent) is not None and sent.sender in self.signers and not calls_entry_point

    def _run_step(self, sent: Sent) -> Answer:
        entry = self._entry(sent)
        assert entry is not None
        arguments = decode(_types(entry["inputs"]), bytes.fromhex(sent.data[10:]))
        call = sent.to, _signature(entry), [_checksummed(each) for each in arguments]
        is_view = entry["stateMutability"] in ("view", "pure")
        try:
            answer, outcome = self._read(entry, *call) if is_view else self._send(sent, *call), "done"
        except ContractError as error:
            answer, outcome = Answer(False, "0x" + revert_data(error).hex(), []), type(error).__name__
        self.reached[entry["name"], outcome] += 1
        return answer

    def _read(self, entry: AbiEntry, to: str, function: str, arguments: list[Any]) -> Answer:
        result, types = self.contracts[to].read(function, *arguments), _types(entry["outputs"])
        values = [result] if len(types) == 1 else result
        return Answer(True, "0x" + encode(types, values).hex(), [])

    def _send(self, sent: Sent, to: str, function: str, arguments: list[Any]) -> Answer:
        receipt = self.contracts[to].send(self.signers[sent.sender], function, *arguments, gas=GAS)
        mined = self.rpc("eth_getTransactionByHash", receipt.transaction)
        if mined["input"] != sent.data:
            raise ChainFailed(f"The package encoded {function} as {mined['input']} instead of {sent.data}")
        logs = self.rpc("eth_getTransactionReceipt", receipt.transaction)["logs"]
        # A receipt has no return data; the functions that scenarios call return nothing that the model predicts.
        return Answer(True, "0x", [(log["address"], log["topics"], log["data"]) for log in logs])


def revert_data(error: ContractError) -> bytes:
    """Encodes an error of the package as the revert data that it was decoded from."""
    if class_of(type(error).__name__) is None:
        # The words of a token, or data that is no error of the contracts.
        return _unknown_revert_data(str(error.arguments["reason"]))
    data = _encode_error(type(error).__name__, error.arguments)
    if data is None:
        raise ChainFailed(f"No contract has the error {type(error).__name__}({', '.join(error.arguments)})")
    return data


def _encode_error(name: str, arguments: Mapping[str, Any]) -> bytes | None:
    """Encodes an error of the contracts; None if none has this name and these arguments."""
    for contract in CONTRACTS:
        for entry in load_abi(contract):
            if (entry["type"], entry.get("name")) != ("error", name):
                continue
            inputs = entry["inputs"]
            if [snake_case(each["name"]) for each in inputs] == [snake_case(each) for each in arguments]:
                return _selector(entry) + encode(_types(inputs), list(arguments.values()))
    return None


def _unknown_revert_data(reason: str) -> bytes:
    """Encodes what the package shows as text: errors without a class of their own, and those of other contracts."""
    if reason == "no reason was given":
        return b""
    if match := re.fullmatch(r"(\w+)\((.*)\)", reason):
        pairs = [each.partition("=") for each in match[2].split(", ")]
        values = {name: value if value.startswith("0x") else int(value) for name, _, value in pairs}
        if data := _encode_error(match[1], values):
            return data
    if reason.startswith("0x"):
        return bytes.fromhex(reason[2:])
    if reason.startswith("panic 0x"):
        return _selector_of("Panic(uint256)") + encode(["uint256"], [int(reason.removeprefix("panic "), 16)])
    return _selector_of("Error(string)") + encode(["string"], [reason])


def _selector_of(signature: str) -> bytes:
    return bytes(Web3.keccak(text=signature)[:4])


def _signature(entry: AbiEntry) -> str:
    return f"{entry['name']}({','.join(_types(entry['inputs']))})"


def _selector(entry: AbiEntry) -> bytes:
    return _selector_of(_signature(entry))


def _types(inputs: Sequence[Mapping[str, Any]]) -> list[str]:
    return [collapse_if_tuple(dict(each)) for each in inputs]


def _checksummed(value: Any) -> Any:
    """A decoded argument with checksummed addresses, which web3 requires."""
    if isinstance(value, tuple | list):
        return tuple(_checksummed(each) for each in value)
    return to_checksum_address(value) if isinstance(value, str) and Web3.is_address(value) else value
