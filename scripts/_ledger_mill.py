"""Plays cases of the ledger on a chain, and compares what it tells with the definition."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from eth_utils import keccak
from web3 import Web3

from peculium.exceptions import UnknownRevert
from scripts._build import artifact
from scripts._ledger_cases import START, Stories, draw, predict
from scripts._stage import own_chain

SIZE = 20
"""Charges in a story."""
STORIES = 2_000
"""Stories in a call."""
PLAY = keccak(text="play(uint256,uint256[])")[:4]


def mill(web3: Web3) -> str:
    """Puts the test double on a chain; its address."""
    address = "0x" + "31" * 20
    web3.provider.make_request("anvil_setCode", [address, "0x" + artifact("SpendLedgerMill").runtime_code.hex()])
    return address


def play(web3: Web3, address: str, stories: Stories) -> bytes:
    """What the chain tells of all charges: the words of `Told`."""
    words = stories.words().tobytes()
    head = b"".join(number.to_bytes(32) for number in (SIZE, 64, len(words) // 32))
    call = {"to": address, "data": "0x" + (PLAY + head + words).hex(), "gas": hex(2**40)}
    answer: dict[str, Any] = dict(web3.provider.make_request("eth_call", [call, "latest"]))
    if "error" in answer:
        raise UnknownRevert(reason=answer["error"]["message"])
    return bytes.fromhex(answer["result"][2 + 128 :])


def differences(web3: Web3, address: str, seed: int) -> tuple[int, list[str], dict[str, int]]:
    """One call's charges compared: how many, what differs, and how often each verdict was reached."""
    stories = draw(seed, STORIES, SIZE)
    told = predict(stories)
    expected = told.words(stories.shift)
    got = np.frombuffer(play(web3, address, stories), dtype=">u8").reshape(expected.shape)
    wrong = np.argwhere((got != expected).any(axis=2))
    shown = [
        f"seed {seed}, story {story}, charge {row}: the chain tells {[int(lane) for lane in got[story, row]]}, "
        f"the definition {[int(lane) for lane in expected[story, row]]}"
        for story, row in wrong[:5]
    ]
    refused_by, (first, second) = told.refused_by, stories.widths * 8
    reached = {
        "accepted": int((refused_by == 0).sum()),
        "refused by the first window": int((refused_by == first).sum()),
        "refused by the second window": int((refused_by == second).sum()),
        "refused for life": int((refused_by == 1).sum()),
    }
    return got.shape[0] * got.shape[1], shown, reached


@contextmanager
def own_mill() -> Iterator[tuple[Web3, str]]:
    """A chain for large calls, and the test double on it."""
    options = ("--disable-block-gas-limit", "--no-request-size-limit", "--memory-limit", str(2**32))
    with own_chain(START, *options) as web3:
        yield web3, mill(web3)
