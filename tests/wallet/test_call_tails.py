"""`call`: a rule that pins everything after the words of the other arguments, such as a path or a tuple."""

from __future__ import annotations

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import Argument, errors
from verification.testing.call_rules import call_rule
from verification.testing.refusals import refuses

SWAP = keccak(text="swap(uint256,address[],address)")[:4]
PATH = [f"0x{i:040x}" for i in (7, 8)]
OTHER_PATH = [f"0x{i:040x}" for i in (8, 7)]
# The head has three words, so the array begins at 96.
OFFSET = Argument.equal(96)


def tail_of(path):
    """Length and elements of an array, as Solidity encodes it after the head."""
    return encode(["address[]"], [path])[32:]


@pytest.fixture
def target(checkpoint, deploy):
    """A contract that accepts any call."""
    return checkpoint.share("target", lambda: deploy("MockTarget"))


@pytest.fixture
def agent_with(new_agent, target, usdc):
    """Creates an agent that may call the function with these arguments."""
    return lambda *arguments: new_agent(
        calls=(call_rule(target.address, "swap(uint256,address[],address)", arguments, token=usdc.address),)
    )


@pytest.fixture
def created(checkpoint, agent_with):
    """An agent that may swap along one path only, to its wallet."""
    return checkpoint.share(
        "created",
        lambda: agent_with(Argument.at_most(100), OFFSET, Argument.this_wallet(), Argument.tail_in(tail_of(PATH))),
    )


@pytest.fixture
def swap(created, target):
    """Calls the function with this head and tail."""

    def call(amount=1, offset=96, to=None, tail=None):
        words = (amount, offset, int(to or created.wallet.address, 16))
        data = SWAP + b"".join(word.to_bytes(32) for word in words) + (tail_of(PATH) if tail is None else tail)
        return created.wallet.call(created.agent, target.address, data)

    return call


TAILS = {
    "another path": tail_of(OTHER_PATH),
    "a shorter path": tail_of(PATH[:1]),
    "a longer path": tail_of([*PATH, PATH[0]]),
    "an empty path": tail_of([]),
    "nothing": b"",
    "a byte less": tail_of(PATH)[:-1],
    "a byte more": tail_of(PATH) + b"\0",
    "a word more": tail_of(PATH) + bytes(32),
    "a gap before": bytes(32) + tail_of(PATH),
    "dirty upper bits": tail_of(PATH)[:32] + b"\1" + tail_of(PATH)[33:],
    "a last bit": tail_of(PATH)[:-1] + bytes([tail_of(PATH)[-1] ^ 1]),
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
def test_refuses_any_other_tail(tail, swap):
    with refuses(errors.TailRefused, tail_hash=keccak(tail)):
        swap(tail=tail)


@pytest.mark.parametrize("offset", [0, 64, 95, 97, 128, 160])
def test_refuses_another_offset_to_the_same_tail(offset, swap):
    """The target could read another array from the same calldata."""
    with refuses(errors.ArgumentRefused, index=1, word=offset.to_bytes(32)):
        swap(offset=offset)


def test_refuses_other_words_before_the_tail(swap, stranger):
    with refuses(errors.ArgumentRefused, index=0, word=(101).to_bytes(32)):
        swap(amount=101)
    with refuses(errors.ArgumentRefused, index=2):
        swap(to=stranger.address)


@pytest.mark.parametrize("length", [0, 31, 32, 95])
def test_refuses_calldata_shorter_than_the_head(length, created, target):
    with refuses(errors.InvalidCalldataLength, length=4 + length, expected=4 + 96):
        created.wallet.call(created.agent, target.address, SWAP + bytes(length))


def test_accepts_exactly_the_given_tail(swap, target):
    for amount in (0, 100):
        swap(amount=amount)


def test_accepts_each_of_several_tails(agent_with, target):
    tails = [tail_of([f"0x{i:040x}"]) for i in range(32)]
    created = agent_with(Argument.equal(32), Argument.tail_in(*tails))
    for tail in (tails[0], tails[15], tails[31]):
        created.wallet.call(created.agent, target.address, SWAP + (32).to_bytes(32) + tail)
    refused = tail_of([f"0x{32:040x}"])
    with refuses(errors.TailRefused, tail_hash=keccak(refused)):
        created.wallet.call(created.agent, target.address, SWAP + (32).to_bytes(32) + refused)


def test_tail_is_everything_where_it_is_the_only_argument(agent_with, target):
    """Its rule takes no word of the head."""
    created = agent_with(Argument.tail_in(b"whole", b""))
    for data in (b"whole", b""):
        created.wallet.call(created.agent, target.address, SWAP + data)
    for data in (b"w", bytes(32), b"whole\0"):
        with refuses(errors.TailRefused, tail_hash=keccak(data)):
            created.wallet.call(created.agent, target.address, SWAP + data)


def test_empty_tail_allows_nothing_after_the_head(agent_with, target):
    created = agent_with(Argument.any(), Argument.tail_in(b""))
    created.wallet.call(created.agent, target.address, SWAP + bytes(32))
    with refuses(errors.TailRefused, tail_hash=keccak(b"\0")):
        created.wallet.call(created.agent, target.address, SWAP + bytes(33))


def test_pins_a_tail_after_fifteen_words(agent_with, target):
    """With the tail the rule has sixteen arguments, the most that there can be."""
    created = agent_with(*[Argument.any()] * 15, Argument.tail_in(b"tail"))
    created.wallet.call(created.agent, target.address, SWAP + bytes(480) + b"tail")
    with refuses(errors.TailRefused, tail_hash=keccak(b"tall")):
        created.wallet.call(created.agent, target.address, SWAP + bytes(480) + b"tall")
    with refuses(errors.InvalidCalldataLength, length=483, expected=484):
        created.wallet.call(created.agent, target.address, SWAP + bytes(479))
