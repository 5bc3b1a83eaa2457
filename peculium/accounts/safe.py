"""A Safe (version 1.3 or 1.4): several owners sign, and when enough have, anyone executes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.exceptions import BadSignature
from eth_utils import ValidationError, to_checksum_address
from hexbytes import HexBytes
from web3 import Web3

from peculium.accounts.safe_outcome import receipt_of_execution
from peculium.chain.sender import Signer
from peculium.contract import Contract, ContractCall, Performer, Receipt
from peculium.errors import (
    ContractError,
    EventMissing,
    InvalidInput,
    SafeTransactionFailed,
    SafeTransactionReplaced,
    SignaturesMissing,
)
from peculium.keys import AgentSigner, sign_with
from peculium.mandate import ZERO_ADDRESS
from peculium.mandate.eip712 import digest_of
from peculium.network import Network
from peculium.plain import as_plain
from peculium.suite import Suite
from peculium.units import to_address

_TRANSACTION = [
    ("address", "to"),
    ("uint256", "value"),
    ("bytes", "data"),
    ("uint8", "operation"),
    ("uint256", "safeTxGas"),
    ("uint256", "baseGas"),
    ("uint256", "gasPrice"),
    ("address", "gasToken"),
    ("address", "refundReceiver"),
    ("uint256", "nonce"),
]
_DOMAIN = [("uint256", "chainId"), ("address", "verifyingContract")]


def _function(name: str, inputs: Sequence[str], outputs: Sequence[str] = (), view: bool = True) -> dict[str, Any]:
    return {
        "type": "function",
        "name": name,
        "stateMutability": "view" if view else "payable",
        "inputs": [{"name": f"a{i}", "type": type_} for i, type_ in enumerate(inputs)],
        "outputs": [{"name": "", "type": type_} for type_ in outputs],
    }


_ABI = [
    _function("nonce", [], ["uint256"]),
    _function("getThreshold", [], ["uint256"]),
    _function("getOwners", [], ["address[]"]),
    _function(
        "execTransaction",
        [*(type_ for type_, name in _TRANSACTION if name != "nonce"), "bytes"],
        ["bool"],
        view=False,
    ),
]


class Safe(Performer):
    """A Safe as principal. Its owners' signatures are collected in files, so that they can sign on different machines.

    A call that lacks signatures raises `SignaturesMissing`, which names the file and the owners that haven't signed. Nothing
    is lost: run the same again when they have, and it is executed. If somebody has executed it elsewhere, for example in
    Safe{Wallet}, the same call returns that transaction and executes nothing.
    """

    def __init__(
        self,
        address: str,
        network: Network | Suite | Web3 | str,
        *,
        owners: Sequence[Signer | AgentSigner] = (),
        payer: Signer | None = None,
        folder: str | Path = ".",
    ) -> None:
        """`owners` are the owners whose keys are at hand. `payer` executes; by default the first owner that can.

        `folder` is where the files of transactions and messages are kept.
        """
        self.contract = Contract.__new__(Contract)
        self.contract.bind(Network.of(network).web3, address, _ABI)
        self.address = self.contract.address
        self._owners = list(owners)
        able = [cast(Signer, each) for each in self._owners if hasattr(each, "sign_transaction")]
        self.payer: Signer | None = payer or next(iter(able), None)
        self._folder = Path(folder)

    # Transactions

    def perform(self, call: ContractCall) -> Receipt:
        """See `Performer.perform`. Raises `SignaturesMissing` while too few owners have signed.

        If the call waits in a file and its nonce is used, it returns the transaction that executed it. Raises
        `SafeTransactionReplaced` or `SafeTransactionFailed` once if it can't be executed any more.
        """
        transaction = self.transaction(call.contract.address, call.data, call.value)
        for path, data, block in self._waiting(transaction):
            if data["message"]["nonce"] < transaction["nonce"]:
                return self._executed(call, path, data, block)
        # The Safe doesn't pass on why a call failed, so it is tried alone first.
        call.contract.read(call.function, *call.arguments, sender=self.address)
        data = self._typed_data("SafeTx", _TRANSACTION, transaction)
        signatures = self._collect(transaction, data)
        return self._execute(call, data, signatures)

    def _execute(self, call: ContractCall, data: dict[str, Any], signatures: bytes) -> Receipt:
        if self.payer is None:
            raise InvalidInput(
                f"Enough owners of {self.address} have signed, and nobody is named who sends. Pass payer=, an account with "
                "native currency."
            )
        path, transaction = self._path(digest_of(data)), data["message"]
        values = [transaction[name] for _, name in _TRANSACTION if name != "nonce"]
        try:
            receipt = self.contract.send(self.payer, "execTransaction", *values, signatures)
        except ContractError:
            # Somebody may have executed it in the meantime.
            if int(self.contract.read("nonce")) > transaction["nonce"]:
                return self._executed(call, path, data, _block_of(_read(path)))
            raise
        path.unlink(missing_ok=True)
        return _with_event(call, receipt)

    def _executed(self, call: ContractCall, path: Path, data: dict[str, Any], block: int) -> Receipt:
        nonce, now = data["message"]["nonce"], int(self.contract.read("nonce"))
        try:
            receipt = receipt_of_execution(self.contract.node, self.address, digest_of(data), nonce, now, block)
        except (SafeTransactionFailed, SafeTransactionReplaced):
            # Reported once: the same call is then a new transaction.
            path.unlink(missing_ok=True)
            raise
        path.unlink(missing_ok=True)
        return _with_event(call, receipt)

    def _waiting(self, transaction: dict[str, Any]) -> list[tuple[Path, dict[str, Any], int]]:
        """Returns files with the same call, their typed data, and a block at which their nonce wasn't used; oldest first."""
        own, found = self._typed_data("SafeTx", _TRANSACTION, transaction), []
        for path in self._folder.glob(f"{self._prefix}*.json"):
            content = _read(path)
            data = _revived(content["typed_data"])
            same = data["primaryType"] == "SafeTx" and data["domain"] == own["domain"]
            if same and all(data["message"][key] == transaction[key] for key in ("to", "value", "data", "operation")):
                found.append((path, data, _block_of(content)))
        return sorted(found, key=lambda each: int(each[1]["message"]["nonce"]))

    def transaction(self, to: str, data: bytes, value: int = 0) -> dict[str, Any]:
        """Returns the Safe transaction of a call at the Safe's present nonce. `value` is in wei."""
        return {
            "to": to_checksum_address(to),
            "value": value,
            "data": data,
            "operation": 0,
            "safeTxGas": 0,
            "baseGas": 0,
            "gasPrice": 0,
            "gasToken": ZERO_ADDRESS,
            "refundReceiver": ZERO_ADDRESS,
            "nonce": int(self.contract.read("nonce")),
        }

    # Signatures

    def sign_typed_data(self, full_message: dict[str, Any]) -> bytes:
        """See `Performer.sign_typed_data`: a signature that the Safe accepts (ERC-1271, by its fallback handler)."""
        message = {"message": digest_of(full_message)}
        data = self._typed_data("SafeMessage", [("bytes", "message")], message)
        signatures = self._collect(message, data, full_message)
        self._path(digest_of(data)).unlink(missing_ok=True)
        return signatures

    def sign_file(self, path: str | Path, owner: Signer | AgentSigner) -> None:
        """Adds an owner's signature to a file that `SignaturesMissing` names. Read `what` in the file before."""
        file = Path(path)
        content = _read(file)
        data = _revived(content["typed_data"])
        nonce = data["message"].get("nonce")
        if nonce is not None and nonce < int(self.contract.read("nonce")):
            raise InvalidInput(
                f"The nonce {nonce} of the Safe {self.address} is used, so {file} needs no signature. Make the call again: it says "
                "whether it was executed or replaced."
            )
        if to_address(owner.address) not in self._all_owners():
            raise InvalidInput(
                f"{owner.address} is no owner of the Safe {self.address}. Owners are: {', '.join(self._all_owners())}."
            )
        content["signatures"][to_address(owner.address)] = "0x" + sign_with(owner, data).hex()
        file.write_text(json.dumps(content, indent=2) + "\n")

    def count_signatures(self, path: str | Path) -> tuple[int, int]:
        """Returns how many signatures of owners a file has, and how many are needed."""
        content = _read(Path(path))
        valid = _valid(_revived(content["typed_data"]), content["signatures"], self._all_owners())
        return len(valid), int(self.contract.read("getThreshold"))

    def _typed_data(self, primary: str, members: Sequence[tuple[str, str]], message: dict[str, Any]) -> dict[str, Any]:
        domain = {"chainId": self.contract.node.chain_id(), "verifyingContract": self.address}
        types = {"EIP712Domain": _DOMAIN, primary: members}
        return {
            "types": {
                name: [{"type": type_, "name": each} for type_, each in listed] for name, listed in types.items()
            },
            "primaryType": primary,
            "domain": domain,
            "message": message,
        }

    @property
    def _prefix(self) -> str:
        return f"safe-{self.address[:8].lower()}-"

    def _path(self, digest: bytes) -> Path:
        return self._folder / f"{self._prefix}{digest.hex()[:12]}.json"

    def _unused_at(self, what: dict[str, Any]) -> int:
        # A block at which the nonce wasn't used: 0 if it is used since.
        block = self.contract.node.block_number()
        return block if "nonce" in what and int(self.contract.read("nonce")) == what["nonce"] else 0

    def _all_owners(self) -> list[str]:
        return [to_address(each) for each in self.contract.read("getOwners")]

    def _collect(self, what: dict[str, Any], data: dict[str, Any], signs: dict[str, Any] | None = None) -> bytes:
        path = self._path(digest_of(data))
        owners, needed = self._all_owners(), int(self.contract.read("getThreshold"))
        before = _read(path) if path.exists() else {}
        signed = before.get("signatures", {})
        for owner in self._owners:
            address = to_address(owner.address)
            if address not in owners:
                raise InvalidInput(
                    f"{address} is no owner of the Safe {self.address}. Owners are: {', '.join(owners)}."
                )
            if address not in signed and len(_valid(data, signed, owners)) < needed:
                signed[address] = "0x" + sign_with(owner, data).hex()
        valid = _valid(data, signed, owners)
        builder = _for_transaction_builder(self.contract.node.chain_id(), self.address, what)
        block = _block_of(before) or self._unused_at(what)
        # The owners see what a message is about, and can compute its digest.
        signed_for = {} if signs is None else {"signs": as_plain(signs)}
        content = {**builder, **signed_for, "block": block, "typed_data": _plain(data), "signatures": signed}
        # Also before it is executed: if the answer is lost, the file leads to what became of it.
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n")
        if len(valid) >= needed:
            return b"".join(valid[address] for address in sorted(valid, key=lambda each: int(each, 16))[:needed])
        raise SignaturesMissing(
            self.address, str(path), len(valid), needed, [each for each in owners if each not in valid]
        )


def _with_event(call: ContractCall, receipt: Receipt) -> Receipt:
    emitted = [event.name for event in receipt.events if event.address == call.contract.address]
    if call.event is not None and call.event not in emitted:
        raise EventMissing(
            f"The Safe executed {receipt.transaction}, but {call.contract.address} emitted no {call.event}. See what the "
            "transaction did before you try again.",
            receipt.transaction,
        )
    return receipt


def _block_of(content: dict[str, Any]) -> int:
    block = content.get("block", 0)
    return block if isinstance(block, int) else 0


def _valid(data: dict[str, Any], signed: dict[str, str], owners: Sequence[str]) -> dict[str, bytes]:
    # The signatures that are by owners; the file may have been edited.
    signable, found = encode_typed_data(full_message=data), {}
    for address, text in signed.items():
        signature = bytes(HexBytes(text))
        try:
            signer = to_address(Account.recover_message(signable, signature=signature))
        except (BadSignature, ValueError, ValidationError):
            continue
        if signer == address and signer in owners:
            found[address] = signature
    return found


def _for_transaction_builder(chain_id: int, safe: str, what: dict[str, Any]) -> dict[str, Any]:
    # The form that the Transaction Builder of Safe{Wallet} imports. A message has no transactions.
    if "to" not in what:
        return {"version": "1.0", "chainId": str(chain_id), "meta": {"name": "Peculium message", "safe": safe}}
    listed = {"to": what["to"], "value": str(what["value"]), "data": "0x" + what["data"].hex()}
    return {
        "version": "1.0",
        "chainId": str(chain_id),
        "meta": {"name": "Peculium", "createdFromSafeAddress": safe},
        "transactions": [listed],
    }


def _read(path: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(path.read_text())
        content["signatures"], content["typed_data"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput(f"{path} isn't a file of a Safe's signatures. Remove it and start again.") from None
    return content


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    message = {name: "0x" + each.hex() if isinstance(each, bytes) else each for name, each in data["message"].items()}
    return {**data, "message": message}


def _revived(data: dict[str, Any]) -> dict[str, Any]:
    names = [member["name"] for member in data["types"][data["primaryType"]] if member["type"] == "bytes"]
    return {**data, "message": {k: bytes(HexBytes(v)) if k in names else v for k, v in data["message"].items()}}
