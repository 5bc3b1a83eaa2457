"""Several windows: each has its own limit, and opening the same windows again writes nothing (I2)."""

import pytest

from peculium import decode_refusal
from verification.testing.ledger import CHARGE, LARGEST, OPEN, START

WIDTHS = [450, 10_800, 75_600, 324_000]
SLOTS = 24
"""More than a ledger has."""


@pytest.mark.parametrize("binding", [0, 1, 2, 3])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_refuses_a_charge_above_the_limit_of_any_window(harness, binding, count):
    binding = binding % count
    limits = [10 if i == binding else 1000 for i in range(count)]
    steps = [(OPEN, START, 0, 0, [], WIDTHS[:count])]
    steps += [(CHARGE, START, amount, LARGEST, limits, []) for amount in (4, 7, 6, 1)]
    refusals = [None if each[0] else decode_refusal(each[1]) for each in harness.read("play", steps)[1:]]
    results = [each and (type(each).__name__, each.remaining, each.arguments["length"]) for each in refusals]
    length = 8 * WIDTHS[binding]
    assert results == [None, ("WindowLimitExceeded", 6, length), None, ("WindowLimitExceeded", 0, length)]


@pytest.mark.parametrize("binding", [1, 2, 3])
def test_a_refusal_in_a_further_window_charges_nothing(harness, binding):
    """In no window and not for life, although earlier windows had room and rolled to a new bucket."""
    limits = [10 if i == binding else 1000 for i in range(4)]
    steps = [(OPEN, START, 0, 0, [], WIDTHS)]
    steps += [(CHARGE, time, amount, LARGEST, limits, []) for time, amount in ((START, 4), (START + 450, 7))]
    _, (accepted, _, *before), (refused, data, *after) = harness.read("play", steps)
    assert (accepted, refused, type(decode_refusal(data)).__name__) == (True, False, "WindowLimitExceeded")
    assert after[:3] == before[:3] == [[4] * 4, 4, 0]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_opening_with_the_same_windows_writes_nothing(harness, web3, principal, count):
    """Even after a long idle period: the next charge updates the windows."""

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
def test_second_window_is_replaced_when_the_first_stays(harness, before, after):
    """The second window was longer, shorter or absent."""
    steps = [
        (OPEN, START, 0, 0, [], before),
        (OPEN, START, 0, 0, [], after),
        (CHARGE, START, 11, LARGEST, [100, 10], []),
    ]
    refusal = decode_refusal(harness.read("play", steps)[2][1])
    assert (refusal.remaining, refusal.arguments["length"]) == (10, 8 * after[1])
