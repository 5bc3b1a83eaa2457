"""Writes what was explained into the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, select, update

from peculium.chain.node import Node
from peculium.ledger.followed import Wallet
from peculium.ledger.holdings import TokenFacts, read_balances, read_tokens
from peculium.ledger.movement import Found
from peculium.ledger.receipts import Sent
from peculium.ledger.schema import charges, events, holdings, movements, tokens, transactions
from peculium.ledger.store import Store, ids_of
from peculium.mandate import NATIVE


@dataclass(frozen=True)
class Explained:
    """What one transaction did to one wallet."""

    wallet: str
    transaction: Sent
    found: Found
    principals: list[str]
    """Who answered at each movement."""


@dataclass
class _New:
    # What is read from the node for the first time, before the database is locked.
    tokens: list[TokenFacts] = field(default_factory=list)
    openings: dict[tuple[str, str], int | None] = field(default_factory=dict)


class Writer:
    """Writes the transactions of some wallets."""

    def __init__(self, node: Node, entry_point: str, network_id: int, wallets: Sequence[Wallet]) -> None:
        self._node, self._entry_point, self._network_id = node, entry_point, network_id
        self._wallets = {each.address: each for each in wallets}
        self._new = _New()

    def bind(self, wallet: Wallet) -> None:
        """Gives a wallet its id, once it has one."""
        self._wallets[wallet.address] = wallet

    def prepare(self, store: Store, explained: Sequence[Explained]) -> None:
        """Reads what the node has to say about tokens that were never seen."""
        held = sorted(_held(self._wallets, explained))
        with store.reading() as connection:
            known = ids_of(connection, tokens, "address", self._network_id, {token for _, token in held})
            seen = self._seen(connection)
        self._new = _New(read_tokens(self._node, sorted({token for _, token in held if token not in known})))
        for wallet in self._wallets.values():
            wanted = [each for each in held if each[0] == wallet.address and each not in seen]
            before = wallet.first_block - 1
            if before < 0:
                self._new.openings.update(dict.fromkeys(wanted, 0))
            elif wanted:
                self._new.openings.update(read_balances(self._node, self._entry_point, wanted, before))

    def _seen(self, connection: Connection) -> set[tuple[str, str]]:
        addresses = {each.id: each.address for each in self._wallets.values()}
        rows = connection.execute(select(holdings.c.wallet_id, tokens.c.address).join_from(holdings, tokens))
        return {(addresses[wallet], token) for wallet, token in rows if wallet in addresses}

    def write(self, connection: Connection, explained: Sequence[Explained]) -> None:
        """Writes all of it."""
        token_ids = self._write_tokens(connection, explained)
        transaction_ids = self._write_transactions(connection, explained)
        rows: dict[Table, list[dict[str, Any]]] = {movements: [], charges: [], events: []}
        for each in explained:
            place = {
                "wallet_id": self._wallets[each.wallet].id,
                "transaction_id": transaction_ids[each.transaction.hash],
                "block": each.transaction.block,
                "time": each.transaction.time,
            }
            rows[movements].extend(_movements(each, place, token_ids))
            rows[charges].extend(
                {**place, "token_id": token_ids[charge.token], "log_index": charge.index, "amount": charge.amount}
                for charge in each.found.charges
            )
            rows[events].extend(
                {
                    **place,
                    "log_index": note.log.index,
                    "name": note.name,
                    "key": note.key,
                    "log": note.log.text(),
                }
                for note in each.found.notes
            )
        for table, some in rows.items():
            if some:
                connection.execute(table.insert(), some)

    def _write_tokens(self, connection: Connection, explained: Sequence[Explained]) -> dict[str, int]:
        held = _held(self._wallets, explained)
        wanted = {token for _, token in held}
        known = ids_of(connection, tokens, "address", self._network_id, wanted)
        new = [each for each in self._new.tokens if each.address not in known]
        if new:
            connection.execute(
                tokens.insert(),
                [
                    {
                        "network_id": self._network_id,
                        "address": each.address,
                        "symbol": each.symbol,
                        "decimals": each.decimals,
                    }
                    for each in new
                ],
            )
            known = ids_of(connection, tokens, "address", self._network_id, wanted)
        self._write_holdings(connection, known, held)
        listed = {(each.wallet, token) for each in explained for token in each.found.listed} | {
            (wallet, NATIVE) for wallet in self._wallets
        }
        for wallet, token in listed & held:
            connection.execute(
                update(holdings)
                .where(holdings.c.wallet_id == self._wallets[wallet].id, holdings.c.token_id == known[token])
                .where(holdings.c.listed.is_(False))
                .values(listed=True)
            )
        return known

    def _write_holdings(self, connection: Connection, ids: dict[str, int], held: Iterable[tuple[str, str]]) -> None:
        seen = self._seen(connection)
        rows = [
            {
                "wallet_id": self._wallets[wallet].id,
                "token_id": ids[token],
                "opening": self._new.openings.get((wallet, token)),
                "listed": False,
            }
            for wallet, token in held
            if (wallet, token) not in seen
        ]
        if rows:
            connection.execute(holdings.insert(), rows)

    def _write_transactions(self, connection: Connection, explained: Sequence[Explained]) -> dict[str, int]:
        sent = {each.transaction.hash: each.transaction for each in explained}
        known = ids_of(connection, transactions, "hash", self._network_id, sent)
        rows = [
            {
                "network_id": self._network_id,
                "hash": each.hash,
                "block": each.block,
                "block_hash": each.block_hash,
                "time": each.time,
                "sender": each.sender,
                "gas_cost": each.gas_cost,
            }
            for each in sent.values()
            if each.hash not in known
        ]
        if rows:
            connection.execute(transactions.insert(), rows)
            known = ids_of(connection, transactions, "hash", self._network_id, sent)
        return known


def _held(wallets: Iterable[str], explained: Iterable[Explained]) -> set[tuple[str, str]]:
    # Pairs of wallet and token. Everybody has native currency.
    found = {(wallet, NATIVE) for wallet in wallets}
    for each in explained:
        found.update((each.wallet, movement.token) for movement in each.found.movements)
        found.update((each.wallet, token) for token in each.found.listed)
    return found


def _movements(each: Explained, place: dict[str, Any], token_ids: dict[str, int]) -> Iterable[dict[str, Any]]:
    for movement, principal in zip(each.found.movements, each.principals, strict=True):
        operation = movement.operation
        yield {
            **place,
            "token_id": token_ids[movement.token],
            "log_index": movement.index,
            "incoming": movement.incoming,
            "amount": movement.amount,
            "path": movement.path.value,
            "sent": None if movement.sent is None else movement.sent.value,
            "party": movement.party,
            "principal": principal,
            "ref": movement.ref,
            "gas_payer": each.transaction.sender if operation is None else operation.payer,
            "gas_cost": each.transaction.gas_cost if operation is None else operation.cost,
            "operation": None if operation is None else operation.hash,
        }
