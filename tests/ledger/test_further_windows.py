"""Windows beside the first: each refuses by itself, and going on with the same windows costs no write (I2)."""

import pytest

from peculium import decode_refusal
from tests.ledger.test_spend_ledger import LARGEST, START
from tests.ledger.test_windows_and_pending import CHARGE, OPEN

WIDTHS = [450, 10_800, 75_600, 324_000]
SLOTS = 24
"""More than a ledger has."""


@pytest.fixture
def harness(deploy):
    """The library behind one call."""
    return deploy("SpendLedgerHarness")


@pytest.mark.parametrize("binding", [0, 1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_smallest_limit_refuses_whichever_window_it_is_of(harness, binding, count):
    binding = binding % count
    limits = [10 if i == binding else 1000 for i in range(count)]
    story = [(OPEN, START, 0, 0, [], WIDTHS[:count])]
    story += [(CHARGE, START, amount, LARGEST, limits, []) for amount in (4, 7, 6, 1)]
    refusals = [None if each[0] else decode_refusal(each[1]) for each in harness.read("play", story)[1:]]
    told = [each and (type(each).__name__, each.remaining, each.arguments["length"]) for each in refusals]
    length = 8 * WIDTHS[binding]
    assert told == [None, ("WindowLimitExceeded", 6, length), None, ("WindowLimitExceeded", 0, length)]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_opening_with_the_same_windows_writes_nothing(harness, web3, principal, count):
    """Also when they have stood still for long: the next charge brings them up to date, and no one pays for it twice."""

    def storage():
        return [bytes(web3.eth.get_storage_at(harness.address, slot)) for slot in range(SLOTS)]

    widths, limits = WIDTHS[:count], [100] * count
    opening = (OPEN, START, 0, 0, [], widths)
    harness.send(principal, "play", [opening, (CHARGE, START, 5, 100, limits, [])])
    before = storage()
    harness.send(principal, "play", [(OPEN, START + 5 * 450, 0, 0, [], widths)])
    assert storage() == before
    assert any(map(any, before))


@pytest.mark.parametrize(
    ("before", "after"), [([450, 75_600], [450, 10_800]), ([450, 10_800], [450, 75_600]), ([450], [450, 10_800])]
)
def test_other_windows_after_the_same_first_one_are_other_windows(harness, before, after):
    """Whether the second was longer, shorter, or none."""
    story = [
        (OPEN, START, 0, 0, [], before),
        (OPEN, START, 0, 0, [], after),
        (CHARGE, START, 11, LARGEST, [100, 10], []),
    ]
    refusal = decode_refusal(harness.read("play", story)[2][1])
    assert (refusal.remaining, refusal.arguments["length"]) == (10, 8 * after[1])
