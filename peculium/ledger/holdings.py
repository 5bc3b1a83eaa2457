"""What wallets hold on the chain at a block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eth_abi import encode
from eth_utils import keccak
from hexbytes import HexBytes

from peculium.chain.node import Node, Request
from peculium.chain.refusals import refusal_of_node
from peculium.errors import ContractError, NodeRefused
from peculium.ledger.receipts import AT_ONCE
from peculium.lookup import read_symbols
from peculium.mandate import NATIVE
from peculium.token import MAX_DECIMALS

_BALANCE = keccak(text="balanceOf(address)")[:4]
_DECIMALS = "0x" + keccak(text="decimals()")[:4].hex()
NATIVE_SYMBOL, NATIVE_DECIMALS = "native", 18


@dataclass(frozen=True)
class TokenFacts:
    """What a token says of itself."""

    address: str
    symbol: str
    """Cleaned; the address if it has none."""
    decimals: int | None


def read_tokens(node: Node, tokens: Sequence[str]) -> list[TokenFacts]:
    """Returns symbols and decimals of tokens."""
    asked = [each for each in tokens if each != NATIVE]
    found = [TokenFacts(NATIVE, NATIVE_SYMBOL, NATIVE_DECIMALS)] if len(asked) < len(tokens) else []
    for start in range(0, len(asked), AT_ONCE):
        piece = asked[start : start + AT_ONCE]
        symbols = read_symbols(node, piece)
        answers = node.batch([("eth_call", ({"to": each, "data": _DECIMALS}, "latest")) for each in piece])
        for token, symbol, answer in zip(piece, symbols, answers, strict=True):
            found.append(TokenFacts(token, symbol or token, _decimals(answer)))
    return found


def read_balances(
    node: Node, entry_point: str, wanted: Sequence[tuple[str, str]], block: int
) -> dict[tuple[str, str], int | None]:
    """Returns the balances of pairs of wallet and token at the end of a block (base units).

    Native currency includes the wallet's deposit at the EntryPoint. None is what the node can't say, because it doesn't keep
    the state of the block.
    """
    requests: list[Request] = []
    for wallet, token in wanted:
        if token == NATIVE:
            requests.append(("eth_getBalance", (wallet, hex(block))))
        requests.append(_balance(entry_point if token == NATIVE else token, wallet, block))
    answers = iter(
        [each for start in range(0, len(requests), AT_ONCE) for each in node.batch(requests[start : start + AT_ONCE])]
    )
    found = {}
    for wallet, token in wanted:
        parts = [_number(next(answers)) for _ in range(2 if token == NATIVE else 1)]
        found[wallet, token] = None if None in parts else sum(part for part in parts if part is not None)
    return found


def _balance(contract: str, holder: str, block: int) -> Request:
    data = "0x" + (_BALANCE + encode(["address"], [holder])).hex()
    return "eth_call", ({"to": contract, "data": data}, hex(block))


def _decimals(answer: object) -> int | None:
    data = b"" if isinstance(answer, NodeRefused) else bytes(HexBytes(answer))  # type: ignore[arg-type]
    decimals = int.from_bytes(data)
    return decimals if len(data) == 32 and decimals <= MAX_DECIMALS else None


def _number(answer: object) -> int | None:
    if isinstance(answer, NodeRefused):
        # A token that reverts, or isn't there yet, holds nothing for anybody.
        return 0 if isinstance(refusal_of_node(answer), ContractError) else None
    data = bytes(HexBytes(answer))  # type: ignore[arg-type]
    return int.from_bytes(data[:32])


def read_deposit(node: Node, entry_point: str, wallet: str, block: int) -> int | None:
    """Returns the deposit of a wallet at the EntryPoint at the end of a block (wei); None if the node can't say."""
    return _number(node.batch([_balance(entry_point, wallet, block)])[0])
