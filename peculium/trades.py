"""Call rules for trades at decentralized exchanges, with everything pinned that a rogue agent could use.

The path is pinned, the wallet receives what is bought, and a floor limits what a bad price costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from eth_abi import encode
from eth_utils import keccak

from peculium.errors import InvalidInput
from peculium.errors.redaction import shown
from peculium.mandate import Argument, CallRule, Floor
from peculium.units import Amount, to_address, to_timestamp

SWAP_V2 = "swapExactTokensForTokens(uint256,uint256,address[],address,uint256)"
"""The function of Uniswap V2's router, and of routers with the same interface."""
EXACT_INPUT = "exactInput((bytes,address,uint256,uint256,uint256))"
"""The function of Uniswap V3's `SwapRouter`."""
EXACT_INPUT_02 = "exactInput((bytes,address,uint256,uint256))"
"""The same of `SwapRouter02`, which takes no deadline."""


def swap_v2(
    router: str,
    path: Sequence[str],
    *,
    pull_limit: Amount,
    floor: Floor,
    max_calls: int,
    window: timedelta,
    variant: int = 0,
) -> CallRule:
    """Returns the rule for trades along one path of tokens, by `swapExactTokensForTokens`.

    The first token of the path is charged, the last one is the floor's. Further arguments are those of `CallRule`.
    """
    _check_ends(path, floor)
    arguments = (Argument.any(), Argument.any(), Argument.equal(5 * 32), Argument.this_wallet(), Argument.any())
    return CallRule(
        router,
        SWAP_V2,
        (*arguments, Argument.tail_in(_addresses(path))),
        pull_limit=pull_limit,
        token=path[0],
        variant=variant,
        floor=floor,
        max_calls=max_calls,
        window=window,
    )


def swap_v2_data(wallet: str, path: Sequence[str], amount: int, deadline: datetime | int, least: int = 0) -> bytes:
    """Returns the calldata of a trade under `swap_v2`: `amount` in base units, `least` what it must bring at least."""
    words = [amount, least, 5 * 32, int(to_address(wallet), 16), to_timestamp(deadline)]
    return keccak(text=SWAP_V2)[:4] + b"".join(word.to_bytes(32) for word in words) + _addresses(path)


def exact_input(
    router: str,
    path: Sequence[str | int],
    *,
    pull_limit: Amount,
    floor: Floor,
    max_calls: int,
    window: timedelta,
    variant: int = 0,
    has_deadline: bool = True,
) -> CallRule:
    """Returns the rule for trades along one path of Uniswap V3's pools, by `exactInput`.

    `path` is token, fee tier, token, and so on (fee tiers in millionths). The first token is charged, the last one is the
    floor's. `has_deadline` is true for `SwapRouter`, false for `SwapRouter02`. Further arguments are those of `CallRule`.
    """
    packed = _pools(path)
    _check_ends([str(part) for part in path], floor)
    numbers = (Argument.any(),) * (3 if has_deadline else 2)
    offset = 32 * (2 + len(numbers))
    arguments = (Argument.equal(32), Argument.equal(offset), Argument.this_wallet(), *numbers)
    return CallRule(
        router,
        EXACT_INPUT if has_deadline else EXACT_INPUT_02,
        (*arguments, Argument.tail_in(encode(["bytes"], [packed])[32:])),
        pull_limit=pull_limit,
        token=str(path[0]),
        variant=variant,
        floor=floor,
        max_calls=max_calls,
        window=window,
    )


def exact_input_data(
    wallet: str, path: Sequence[str | int], amount: int, deadline: datetime | int | None, least: int = 0
) -> bytes:
    """Returns the calldata of a trade under `exact_input`: `amount` in base units, `least` what it must bring at least.

    `deadline` is None for `SwapRouter02`.
    """
    function = EXACT_INPUT_02 if deadline is None else EXACT_INPUT
    times = () if deadline is None else (to_timestamp(deadline),)
    struct: tuple[Any, ...] = (_pools(path), to_address(wallet), *times, amount, least)
    return keccak(text=function)[:4] + encode([function[len("exactInput(") : -1]], [struct])


def _check_ends(path: Sequence[str], floor: Floor) -> None:
    if len(path) < 2 or to_address(path[0]) == to_address(path[-1]):
        raise InvalidInput("The path must begin and end with different tokens.")
    if floor.token != to_address(path[-1]):
        raise InvalidInput(
            f"The floor is in {floor.token}; the path ends with {path[-1]}. Set the floor in that token."
        )


def _addresses(path: Sequence[str]) -> bytes:
    return encode(["address[]"], [[to_address(token) for token in path]])[32:]


def _pools(path: Sequence[str | int]) -> bytes:
    parts = []
    for position, part in enumerate(path):
        if position % 2 == 0 and isinstance(part, str):
            parts.append(bytes.fromhex(to_address(part)[2:]))
        elif position % 2 == 1 and isinstance(part, int) and 0 <= part < 2**24:
            parts.append(part.to_bytes(3))
        else:
            raise InvalidInput(
                f"Position {position} of the path is {shown(part)}. Pass token, fee tier, token, and so on."
            )
    if len(parts) % 2 == 0:
        raise InvalidInput("The path ends with a fee tier. Pass token, fee tier, token, and so on.")
    return b"".join(parts)
