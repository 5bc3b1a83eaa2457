"""Cheques that the agent writes without naming a domain or a slot."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from peculium import Domain, InvalidInput, errors
from verification.testing.refusals import refuses

HOUR = 3_600
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


@pytest.fixture(autouse=True)
def _begin_of_a_period(buyer, now, time_travel):
    """Periods of an hour are counted from unix time 0."""
    time_travel(to=(now() // HOUR + 1) * HOUR + 1)


@pytest.fixture
def settle(usdc, relayer, created):
    """Settles a cheque at the token."""

    def at_the_token(cheque):
        usdc.send(relayer, TRANSFER, *cheque.authorization.transfer(created.wallet.address), cheque.signature)

    return at_the_token


def test_a_token_without_a_book_is_refused(buyer, usdt):
    with refuses(errors.NoChequeBook, token=usdt.address):
        buyer.write_cheque("USDT", "supplier", 1)


def test_another_domain_than_the_tokens_is_refused(buyer):
    with pytest.raises(errors.WrongDomain, match=r'Use Domain\(name="USD Coin", version="2"\)'):
        buyer.write_cheque("USDC", "supplier", 1, domain=Domain("USDC", "2"))


def test_an_amount_above_the_limit_is_refused(buyer):
    with pytest.raises(errors.InvalidCheque, match="pays 2 tokens; the cheque book allows 1 a cheque"):
        buyer.write_cheque("USDC", "supplier", 2)


def test_a_payee_that_is_not_listed_is_refused(buyer):
    with refuses(errors.PayeeNotListed):
        buyer.write_cheque("USDC", "caterer", 1)


def test_a_slot_that_the_book_does_not_have_is_refused(buyer):
    with pytest.raises(errors.InvalidCheque, match="no slot 5"):
        buyer.write_cheque("USDC", "supplier", 1, slot=5)


def test_another_key_is_refused_with_the_right_one(created, connected, relayer):
    with refuses(errors.NotAgentKey, agent_key=created.agent.address, caller=relayer.address):
        connected(created, key=relayer).write_cheque("USDC", "supplier", 1)


def test_a_stopped_agent_writes_none(buyer, created, suite, principal):
    suite.switch.pause(principal, created.wallet.address)
    with refuses(errors.AgentIsPaused):
        buyer.write_cheque("USDC", "supplier", 1)


def test_without_a_mandate_none_is_written(buyer, created, principal):
    created.wallet.lift_mandate(principal)
    with refuses(errors.NoMandate):
        buyer.write_cheque("USDC", "supplier", 1)


@pytest.mark.parametrize("seconds", [0, HOUR])
def test_an_end_outside_of_the_period_is_refused(buyer, now, seconds):
    start = now() // HOUR * HOUR
    with pytest.raises(InvalidInput, match="outside of its period"):
        buyer.write_cheque("USDC", "supplier", 1, valid_before=start + seconds + (1 if seconds else 0))


def test_more_cheques_than_the_period_has_are_refused(buyer):
    for _ in range(5):
        buyer.write_cheque("USDC", "supplier", 1)
    with pytest.raises(
        errors.NoFreeSlot, match=r"All 5 cheques of this period .* Wait until .*:00:00 UTC, when the next"
    ):
        buyer.write_cheque("USDC", "supplier", 1)


def test_takes_a_free_slot_and_the_domain_of_the_token(buyer, settle, usdc, payee, created):
    first, second = (buyer.write_cheque("USDC", "supplier", amount) for amount in ("0.25", "0.5"))
    assert (first.slot, second.slot) == (0, 1)
    settle(first)
    settle(second)
    assert usdc.balance(payee.address) == 0.75
    assert buyer.free_cheques("USDC") == [2, 3, 4]


def test_another_object_sees_what_was_settled(buyer, created, connected, settle):
    settle(buyer.write_cheque("USDC", "supplier", 1))
    assert connected(created).write_cheque("USDC", "supplier", 1).slot == 1


def test_the_next_period_has_all_cheques_again(buyer, time_travel):
    buyer.write_cheque("USDC", "supplier", 1)
    assert buyer.free_cheques("USDC") == [1, 2, 3, 4]
    time_travel(HOUR)
    assert buyer.free_cheques("USDC") == [0, 1, 2, 3, 4]


def test_a_shorter_end_is_kept(buyer, now, settle, time_travel):
    end = now() + 60
    cheque = buyer.write_cheque("USDC", "supplier", 1, valid_before=end)
    assert cheque.authorization.valid_before == end
    time_travel(to=end)
    with pytest.raises(errors.ContractError):
        settle(cheque)


def test_writes_in_the_next_period_if_it_begins_meanwhile(buyer, time_travel, monkeypatch, settle):
    stale = buyer._reader.queue()
    time_travel(HOUR)
    queue, answers = buyer._reader.queue, iter([stale])
    monkeypatch.setattr(buyer._reader, "queue", lambda: next(answers, None) or queue())
    settle(buyer.write_cheque("USDC", "supplier", 1))


def test_lists_the_cheques_that_were_cashed(buyer, settle, usdc, payee, time_travel, created):
    settle(buyer.write_cheque("USDC", "supplier", 1))
    time_travel(HOUR)
    buyer.write_cheque("USDC", "supplier", 1)
    settle(buyer.write_cheque("USDC", "supplier", "0.25"))
    # Settled like a cheque, but it was charged before.
    settle_made = buyer.preauthorize("USDC", "supplier", 3)
    usdc.send(
        created.agent, TRANSFER, *settle_made.authorization.transfer(created.wallet.address), settle_made.signature
    )
    shown = buyer.cheques_cashed()
    assert [(each.slot, each.amount, each.symbol, each.payee_name) for each in shown] == [
        (0, 1, "USDC", "supplier"),
        (1, 0.25, "USDC", "supplier"),
    ]
    assert (shown[1].time - shown[0].time).total_seconds() >= HOUR - 60
    assert json.dumps([each.as_dict() for each in shown])


def test_threads_take_slots_of_their_own(buyer):
    with ThreadPoolExecutor(5) as pool:
        cheques = list(pool.map(lambda _: buyer.write_cheque("USDC", "supplier", "0.1"), range(5)))
    assert sorted(each.slot for each in cheques) == [0, 1, 2, 3, 4]


def test_a_cheque_that_was_refused_keeps_no_slot(buyer):
    for _ in range(6):
        with pytest.raises(errors.InvalidCheque):
            buyer.write_cheque("USDC", "supplier", 2)
    assert buyer.free_cheques("USDC") == [0, 1, 2, 3, 4]


def test_a_slot_that_the_caller_names_is_written_again(buyer):
    """The retry of a purchase."""
    first = buyer.write_cheque("USDC", "supplier", 1, slot=3)
    again = buyer.write_cheque("USDC", "supplier", 1, slot=3)
    assert first.authorization.nonce == again.authorization.nonce
    assert buyer.write_cheque("USDC", "supplier", 1).slot == 0
    assert buyer.free_cheques("USDC") == [1, 2, 4]
