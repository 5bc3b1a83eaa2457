"""Finding the first block from which something holds."""

from __future__ import annotations

import pytest

from peculium.chain.search import PROBES, first_block
from peculium.errors import NodeRefused


class FakeNode:
    """A node whose answer is the number of the block. It keeps the states since `kept`."""

    def __init__(self, head, kept=0):
        self.head, self.kept, self.trips = head, kept, []

    def block_number(self):
        return self.head

    def batch(self, requests, patience):
        self.trips.append([block for _, (block,) in requests])
        return [block if block >= self.kept else NodeRefused("missing trie node") for block in self.trips[-1]]


def search(node, begin):
    return first_block(node, lambda block: ("number", (block,)), lambda answer: answer >= begin)


def test_finds_nothing_if_it_does_not_hold_at_the_head():
    assert search(FakeNode(100), 101) is None


def test_refusal_of_a_block_that_matters_is_raised():
    with pytest.raises(NodeRefused):
        search(FakeNode(1_000, kept=900), 500)


@pytest.mark.parametrize("head", [0, 1, 2, 9, 10, 11, 100, 30_000_001])
def test_finds_the_first_block(head):
    for begin in {0, 1, 2, 9, 10, 11, head // 3, head // 2, head - 1, head} & set(range(head + 1)):
        assert search(FakeNode(head), begin) == begin, begin


def test_recent_states_suffice_for_what_is_recent():
    assert search(FakeNode(1_000, kept=900), 960) == 960


def test_asks_for_several_blocks_at_once():
    node = FakeNode(30_000_000)
    assert search(node, 12_345_678) == 12_345_678
    assert len(node.trips) <= 11
    assert max(map(len, node.trips)) == PROBES
