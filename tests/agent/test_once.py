"""What is retried under a key happens once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from peculium import InvalidInput, SelfBundler, configure_sending, errors
from peculium.acting import RequestOutcome
from peculium.acting.cheque_keys import ChequeKey
from peculium.transports import UserOperations
from verification.testing.durations import DAY

HOUR = 3_600
TRANSFER = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"


@pytest.fixture
def process(created, connected, tmp_path):
    """Another process of the agent: it shares nothing but the journal."""
    return lambda: connected(created, journal=tmp_path / "agent.db")


@pytest.fixture
def settle(usdc, relayer, created):
    """Settles a cheque at the token."""

    def at_the_token(cheque):
        usdc.send(relayer, TRANSFER, *cheque.authorization.transfer(created.wallet.address), cheque.signature)

    return at_the_token


@pytest.fixture
def next_period(now, time_travel):
    """Goes to the beginning of the next period. Periods of an hour are counted from unix time 0."""
    return lambda: time_travel(to=(now() // HOUR + 1) * HOUR)


def write(agent, key="INV-1", amount="0.5", payee="supplier", **options):
    return agent.write_cheque("USDC", payee, amount, once=key, **options)


# Cheques


def test_a_cheque_without_a_journal_is_refused(buyer):
    with pytest.raises(InvalidInput, match=r'needs a journal.*journal="agent.db"'):
        write(buyer)


def test_a_settled_cheque_is_not_written_again(process, settle, next_period):
    next_period()
    settle(write(process()))
    for _ in range(2):
        with pytest.raises(errors.AlreadyPaid, match=r"under the key 'INV-1' is settled.*Don't pay again"):
            write(process())
        next_period()


@pytest.mark.parametrize("other", [{"amount": "0.6"}, {"payee": "boss"}])
def test_a_key_of_another_cheque_is_refused(process, other):
    agent = process()
    write(agent)
    with pytest.raises(errors.OnceMismatch, match="a cheque to another payee or of another amount"):
        write(agent, **other)


def test_a_key_of_a_payment_is_refused(process):
    agent = process()
    agent.pay("USDC", "supplier", 1, once="INV-1")
    with pytest.raises(errors.OnceMismatch, match="a payment of 1"):
        write(agent)


def test_a_payment_under_the_key_of_a_cheque_is_refused(process):
    agent = process()
    write(agent)
    with pytest.raises(errors.OnceMismatch):
        agent.pay("USDC", "supplier", "0.5", once="INV-1")


def test_the_cheque_of_a_stopped_agent_is_not_handed_out(process, created, suite, principal):
    write(process())
    suite.switch.pause(principal, created.wallet.address)
    with pytest.raises(errors.AgentIsPaused):
        write(process())


def test_the_same_key_gives_the_same_cheque(process, settle, usdc, payee, next_period):
    next_period()
    first = write(process())
    assert write(process()) == first
    settle(first)
    assert usdc.balance(payee.address) == 0.5


def test_the_same_cheque_until_the_last_second_of_the_period(process, next_period, now, time_travel):
    next_period()
    first = write(process())
    time_travel(to=first.authorization.valid_before - 1)
    assert write(process()) == first


def test_another_cheque_only_when_the_first_can_not_be_settled(process, settle, next_period, usdc, payee):
    next_period()
    first = write(process())
    next_period()
    second = write(process())
    assert second.authorization.nonce != first.authorization.nonce
    with pytest.raises(errors.ContractError):
        settle(first)
    settle(second)
    with pytest.raises(errors.AlreadyPaid):
        write(process())
    assert usdc.balance(payee.address) == 0.5


def test_another_cheque_after_its_own_end(process, next_period, now, time_travel):
    next_period()
    first = write(process(), valid_before=now() + 60)
    assert write(process(), valid_before=now() + 600) == first
    time_travel(60)
    assert write(process()).authorization.valid_before > first.authorization.valid_before


def test_another_cheque_under_another_mandate(process, created, new_mandate, principal, settle, next_period):
    next_period()
    first = write(process())
    following = new_mandate(cheque_books=created.mandate.cheque_books).in_round(created.wallet.round)
    created.wallet.set_mandate(principal, following)
    second = write(process())
    with pytest.raises(errors.ContractError):
        settle(first)
    settle(second)


def test_the_end_needs_as_many_confirmations_as_a_payment(process, next_period, web3, time_travel):
    """A block past the end that is undone again could be followed by one that settles the cheque."""
    next_period()
    first = write(process())
    configure_sending(web3, confirmations=3)
    try:
        time_travel(to=first.authorization.valid_before)
        for _ in range(2):
            with pytest.raises(errors.InvalidCheque, match=r"has just ended, unpaid.*Try again in 3 blocks") as caught:
                write(process())
            assert caught.value.retryable
            time_travel(1)
        assert write(process()).authorization.nonce != first.authorization.nonce
    finally:
        configure_sending(web3, confirmations=1)


def test_processes_take_slots_of_their_own(process, next_period):
    next_period()
    slots = [process().write_cheque("USDC", "supplier", "0.1").slot for _ in range(3)]
    slots += [write(process(), key=key).slot for key in ("INV-1", "INV-2", "INV-1")]
    assert slots == [0, 1, 2, 3, 4, 3]
    with pytest.raises(errors.NoFreeSlot):
        write(process(), key="INV-3")


def test_a_crash_after_the_slot_was_claimed_loses_no_slot(process, next_period, monkeypatch):
    next_period()

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ChequeKey, "write", crash)
        with pytest.raises(KeyboardInterrupt):
            write(process())
    assert write(process()).slot == 0


def test_the_cheque_of_a_faster_process_counts(process, next_period, now, monkeypatch):
    next_period()
    original, faster = ChequeKey.write, []

    def overtaken(self, written, after):
        if not faster:
            faster.append(None)
            faster.append(write(process(), valid_before=now() + 60))
        return original(self, written, after)

    monkeypatch.setattr(ChequeKey, "write", overtaken)
    assert write(process()) == faster[1]


def test_processes_that_write_at_once_hand_out_one_cheque(process, next_period):
    next_period()
    with ThreadPoolExecutor(4) as pool:
        cheques = list(pool.map(lambda agent: write(agent), [process() for _ in range(4)]))
    assert len({each.authorization.nonce for each in cheques}) == 1


# Requests and pre-authorizations


@pytest.fixture(params=["journal", "signed nonce", "operation"])
def retrying(request, process, created, connected, web3, relayer):
    """Another process, with a journal or without one."""
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**20)])
    via = UserOperations(SelfBundler(web3, relayer)) if request.param == "operation" else None
    return process if request.param == "journal" else lambda: connected(created, via=via)


def test_another_request_under_the_key_is_refused(retrying):
    retrying().request_payment("USDC", "caterer", 350, once="R-1")
    with pytest.raises(errors.OnceMismatch):
        retrying().request_payment("USDC", "caterer", 351, once="R-1")


def test_a_retried_request_is_the_same(retrying, created, time_travel, principal):
    first = retrying().request_payment("USDC", "caterer", 350, "a banquet", once="R-1")
    time_travel(60)
    again = retrying().request_payment("USDC", "caterer", 350, "a banquet", once="R-1")
    assert (again.slot, again.request_hash, again.transaction) == (first.slot, first.request_hash, first.transaction)
    assert len(created.wallet.pending_requests()) == 1
    # Also once it is decided and its slot is free.
    created.wallet.refuse_request(principal, 0, first.request_hash)
    last = retrying().request_payment("USDC", "caterer", 350, "a banquet", once="R-1")
    assert (last.transaction, retrying().request_outcome(last)) == (first.transaction, RequestOutcome.REFUSED)


def test_another_preauthorization_under_the_key_is_refused(retrying):
    retrying().preauthorize("USDC", "supplier", 1, once="A-1")
    with pytest.raises(errors.OnceMismatch):
        retrying().preauthorize("USDC", "supplier", 2, once="A-1")


def test_a_retried_preauthorization_is_the_same(retrying, time_travel, created):
    first = retrying().preauthorize("USDC", "supplier", 1, "an API", once="A-1")
    time_travel(DAY)
    again = retrying().preauthorize("USDC", "supplier", 1, "an API", once="A-1")
    assert (again.authorization, again.receipt.transaction) == (first.authorization, first.receipt.transaction)
    assert created.wallet.spent("USD") == 1
