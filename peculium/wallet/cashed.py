"""Authorizations (EIP-3009) that tokens have settled for a wallet, and the cheques among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from eth_utils import keccak, to_checksum_address
from hexbytes import HexBytes

from peculium.chain.logs import read_logs
from peculium.chain.receipts import to_int
from peculium.cheques import cheque_nonce
from peculium.errors import NodeRefused
from peculium.mandate import ChequeBook
from peculium.units import to_seconds
from peculium.wallet.installed import mandate_of

if TYPE_CHECKING:
    from peculium.chain.node import Node
    from peculium.wallet.views import WalletViews

_USED = "0x" + keccak(text="AuthorizationUsed(address,bytes32)").hex()
_TRANSFER = "0x" + keccak(text="Transfer(address,address,uint256)").hex()


@dataclass(frozen=True)
class Settled:
    """An authorization that a token has settled."""

    token: str
    nonce: bytes
    payee: str
    amount: int
    """Token base units."""
    block: int
    time: int
    """Time of the block (unix seconds)."""
    transaction: str
    """The transaction's hash (0x hex)."""
    index: int
    """Position among all events of the block."""


def settled_authorizations(wallet: WalletViews, token: str, first_block: int = 0) -> list[Settled]:
    """Returns what a token has settled for a wallet since `first_block`, oldest first. The token must be one that is trusted."""
    owner = "0x" + wallet.address[2:].lower().rjust(64, "0")
    logs = read_logs(wallet.node, to_checksum_address(token), [[_USED, _TRANSFER], owner], first_block)
    times = times_of(wallet.node, logs)
    found = []
    for position, log in enumerate(logs):
        if log["topics"][0] != _USED:
            continue
        # The token emits the transfer right after it has marked the nonce as used.
        transfer = logs[position + 1] if position + 1 < len(logs) else None
        if transfer is None or not _belongs(transfer, log):
            continue
        block = to_int(log["blockNumber"])
        found.append(
            Settled(
                to_checksum_address(token),
                bytes(HexBytes(log["topics"][2])),
                to_checksum_address("0x" + transfer["topics"][2][-40:]),
                int(transfer["data"], 16),
                block,
                times[block],
                str(log["transactionHash"]),
                to_int(log["logIndex"]),
            )
        )
    return found


def _belongs(transfer: dict[str, Any], used: dict[str, Any]) -> bool:
    return bool(transfer["topics"][0] == _TRANSFER and transfer["transactionHash"] == used["transactionHash"])


def times_of(node: Node, logs: Iterable[dict[str, Any]]) -> dict[int, int]:
    """Returns the times of the blocks of logs (unix seconds). Some nodes tell them with the logs, the others are asked."""
    found: dict[int, int] = {}
    unknown: dict[int, None] = {}
    for log in logs:
        block, stamp = to_int(log["blockNumber"]), log.get("blockTimestamp")
        if stamp is None:
            unknown[block] = None
        else:
            found[block] = to_int(stamp)
    asked = [block for block in unknown if block not in found]
    for start in range(0, len(asked), MOST_BLOCKS):
        piece = asked[start : start + MOST_BLOCKS]
        answers = node.batch([("eth_getBlockByNumber", (hex(block), False)) for block in piece])
        for block, answer in zip(piece, answers, strict=True):
            if isinstance(answer, NodeRefused):
                raise answer
            if answer is None:
                raise NodeRefused(f"The node doesn't have block {block}. Try again.", transient=True)
            found[block] = to_int(answer["timestamp"])
    return found


MOST_BLOCKS = 100
"""Blocks that are asked for in one round trip."""


@dataclass(frozen=True)
class Installed:
    """A mandate that was installed in a wallet."""

    block: int
    mandate_hash: bytes
    books: tuple[ChequeBook, ...]


@dataclass(frozen=True)
class ChequeBooks:
    """The cheque books of all mandates that a wallet ever had, by which cheques are recognized."""

    wallet: str
    mandates: tuple[Installed, ...]
    """Oldest first."""
    _slots: dict[tuple[bytes, str, int], dict[bytes, int]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, wallet: WalletViews) -> ChequeBooks:
        """Reads them from events."""
        found = [(event.block, event.arguments) for event in wallet.events("MandateInstalled")]
        installed = (
            Installed(block, bytes(values["mandateHash"]), mandate_of(values["mandate"]).cheque_books)
            for block, values in found
        )
        return cls(wallet.address, tuple(installed))

    @cached_property
    def tokens(self) -> list[str]:
        """Tokens that a book is in."""
        return list(dict.fromkeys(book.token for each in self.mandates for book in each.books))

    def slot_of(self, settled: Settled) -> int | None:
        """Returns the slot of the cheque that was settled, or None if it wasn't a cheque."""
        # A cheque is valid under the mandate in force only. In one block there can be several.
        in_block = [each for each in self.mandates if each.block == settled.block]
        before = [each for each in self.mandates if each.block < settled.block]
        for each in (*before[-1:], *in_block):
            for book in each.books:
                if book.token == settled.token:
                    slot = self._nonces(each.mandate_hash, book, settled.time).get(settled.nonce)
                    if slot is not None:
                        return slot
        return None

    def _nonces(self, mandate_hash: bytes, book: ChequeBook, time: int) -> dict[bytes, int]:
        # The slots of all cheques of a period, by their nonces. A cheque is valid in its own period only.
        period = time // to_seconds(book.period)
        key = mandate_hash, book.token, period
        if key not in self._slots:
            nonces = (cheque_nonce(self.wallet, book.token, mandate_hash, period, slot) for slot in range(book.count))
            self._slots[key] = {nonce: slot for slot, nonce in enumerate(nonces)}
        return self._slots[key]
