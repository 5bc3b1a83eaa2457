"""Requests: the agent asks, the principal decides, and what it has read is what is paid, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data

from peculium import NATIVE, Call, Request
from peculium import exceptions as errors
from peculium.mandate import ZERO_HASH
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

SLOTS = 3


@pytest.fixture
def created(checkpoint, new_agent):
    """It may have three requests pending, each for two days."""
    return checkpoint.share("created", lambda: new_agent(max_requests=SLOTS, max_request_age=timedelta(days=2)))


@pytest.fixture
def banquet(usdc, stranger, now):
    """A payment beyond every limit, to somebody whom the mandate doesn't list."""
    return Request(usdc.address, stranger.address, 5_000, now() + DAY, "a banquet")


@pytest.fixture
def asked(created, banquet):
    """The same, pending in the first slot."""
    created.wallet.request_payment(created.agent, 0, banquet)
    return banquet


# Asking


@pytest.mark.parametrize("slot", [SLOTS, SLOTS + 1, 255])
def test_a_slot_that_there_isnt_is_refused(slot, created, banquet):
    """I24."""
    with refuses(errors.InvalidRequestSlot, slot=slot, slots=SLOTS):
        created.wallet.request_payment(created.agent, slot, banquet)


def test_without_request_terms_nothing_can_be_asked(new_agent, banquet):
    other = new_agent()
    with refuses(errors.InvalidRequestSlot, slot=0, slots=0):
        other.wallet.request_payment(other.agent, 0, banquet)


def test_a_taken_slot_is_refused(created, asked):
    pending = created.wallet.pending_requests()[0].request_hash
    with refuses(errors.RequestSlotTaken, slot=0, request_hash=pending):
        created.wallet.request_payment(created.agent, 0, replace(asked, amount=1))


@pytest.mark.parametrize("caller", ["stranger", "principal", "payee"])
def test_only_the_agent_asks(caller, created, banquet, request):
    with refuses(errors.NotAgentKey):
        created.wallet.request_payment(request.getfixturevalue(caller), 0, banquet)


@pytest.mark.parametrize("case", ["nothing", "no payee", "no token"])
def test_a_request_for_nothing_or_nobody_is_refused(case, created, banquet):
    units = list(banquet.as_tuple(6))
    units[{"nothing": 2, "no payee": 1, "no token": 0}[case]] = 0 if case == "nothing" else ZERO_ADDRESS
    with refuses(errors.ZeroAmount if case == "nothing" else errors.ZeroAddress):
        created.wallet.send(created.agent, "requestPayment", 0, tuple(units))


@pytest.mark.parametrize(("offset", "fits"), [(-1, False), (0, False), (1, True)])
def test_a_request_ends_after_now(offset, fits, created, banquet, now, time_travel):
    """I21."""
    moment = now() + 100
    time_travel(next_at=moment)
    units = replace(banquet, expires_at=moment + offset).as_tuple(6)
    _send_at(created, units, errors.InvalidRequestExpiry, fits)


@pytest.mark.parametrize(("offset", "fits"), [(-1, True), (0, True), (1, False)])
def test_a_request_waits_no_longer_than_the_mandate_allows(offset, fits, created, banquet, now, time_travel):
    moment = now() + 100
    time_travel(next_at=moment)
    units = replace(banquet, expires_at=moment + 2 * DAY + offset).as_tuple(6)
    _send_at(created, units, errors.InvalidRequestExpiry, fits)


def _send_at(created, units, expected, fits):
    # With gas given there is no dry run, which would be at another second.
    if fits:
        created.wallet.send(created.agent, "requestPayment", 0, units, gas=500_000)
        return
    with refuses(expected, expires_at=units[4]):
        created.wallet.send(created.agent, "requestPayment", 0, units, gas=500_000)


def test_a_request_is_told_whole_and_moves_nothing(created, asked, usdc):
    (pending,) = created.wallet.pending_requests()
    assert (pending.slot, pending.request.payee, pending.request.amount) == (0, asked.payee, 5_000)
    assert created.wallet.read("requestHash", asked.as_tuple(6)) == pending.request_hash
    assert usdc.balance(asked.payee) == 0
    assert created.wallet.spent("USD") == 0


# Approving


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian"])
def test_only_the_principal_approves(caller, created, asked, request, suite, guardian):
    suite.switch.set_guardian(created.principal, guardian.address)
    with refuses(errors.NotPrincipal):
        created.wallet.approve_request(request.getfixturevalue(caller), 0, asked)


@pytest.mark.parametrize("field", ["token", "payee", "amount", "expires_at", "ref", "slot"])
def test_another_request_than_the_pending_one_is_refused(field, created, asked, dai, payee, usdc):
    """E18, I17. The agent can't swap what the principal has read."""
    changes = {"token": dai.address, "payee": payee.address, "amount": 5_001, "ref": "another"}
    changes["expires_at"] = asked.expires_at + 1
    other = asked if field == "slot" else replace(asked, **{field: changes[field]})
    slot = 1 if field == "slot" else 0
    with refuses(errors.RequestMismatch, slot=slot):
        created.wallet.approve_request(created.principal, slot, other)
    assert usdc.balance(asked.payee) == 0


def test_an_approved_request_is_paid_once(created, asked, usdc):
    """E21."""
    receipt = created.wallet.approve_request(created.principal, 0, asked)
    assert usdc.balance(asked.payee) == 5_000
    assert receipt.event("RequestApproved").arguments["request"]["amount"] == 5_000 * 10**6
    with refuses(errors.RequestMismatch, pending=ZERO_HASH):
        created.wallet.approve_request(created.principal, 0, asked)


def test_an_approved_payment_counts_toward_no_limit(created, asked, usdc, payee):
    """It is the principal's own: a window that counted it would hold more than its limit."""
    created.wallet.approve_request(created.principal, 0, asked)
    assert created.wallet.spent("USD") == 0
    assert created.wallet.remaining("USD").window == 500


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_a_request_can_be_approved_before_its_end_only(offset, created, asked, time_travel):
    """I21."""
    time_travel(to=asked.expires_at + offset)
    arguments = ("approveRequest", 0, asked.as_tuple(6))
    if offset < 0:
        created.wallet.read(*arguments, sender=created.principal.address)
        return
    with refuses(errors.RequestExpired, expires_at=asked.expires_at, timestamp=asked.expires_at + offset):
        created.wallet.read(*arguments, sender=created.principal.address)


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace", "refuse_all", "expire"])
def test_nothing_pending_survives_a_stop(stop, created, asked, suite, replace_mandate, time_travel, usdc):
    """I8, E01."""
    wallet, principal = created.wallet, created.principal
    expected = errors.RequestMismatch
    if stop == "lift":
        wallet.lift_mandate(principal)
        expected = errors.NoMandate
    elif stop == "replace":
        replace_mandate(created, max_requests=SLOTS, max_request_age=timedelta(days=2))
    elif stop == "refuse_all":
        wallet.refuse_all(principal)
    elif stop == "expire":
        replace_mandate(
            created, max_requests=SLOTS, max_request_age=timedelta(days=2), valid_until=asked.expires_at - 10
        )
        wallet.request_payment(created.agent, 0, asked)
        time_travel(to=asked.expires_at - 10)
        expected = errors.MandateExpired
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
        expected = errors.EpochEnded
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
        expected = {"revoke": errors.AgentIsRevoked, "pause": errors.AgentIsPaused}[stop]
    with refuses(expected):
        wallet.approve_request(principal, 0, asked)
    assert usdc.balance(asked.payee) == 0


def test_the_native_currency_can_be_asked_for(created, stranger, now, web3):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    asked = Request(NATIVE, stranger.address, 2, now() + DAY)
    before = web3.eth.get_balance(stranger.address)
    created.wallet.request_payment(created.agent, 0, asked)
    created.wallet.approve_request(created.principal, 0, asked)
    assert web3.eth.get_balance(stranger.address) - before == 2 * 10**18


# Approving by signature


@pytest.fixture
def signed(created, now):
    """The principal's signature of an approval."""

    def sign(request, slot=0, nonce=1, deadline=None, by=None):
        data = created.wallet.approval_typed_data(slot, request, nonce, deadline or now() + DAY)
        return bytes((by or created.principal).sign_message(encode_typed_data(full_message=data)).signature)

    return sign


def test_anyone_submits_a_signed_approval(created, asked, signed, relayer, now, usdc):
    deadline = now() + DAY
    signature = signed(asked, deadline=deadline)
    created.wallet.approve_request_signed(relayer, 0, asked, 1, deadline, signature)
    assert usdc.balance(asked.payee) == 5_000


def test_a_signed_approval_is_worth_one_payment(created, asked, signed, relayer, now, usdc):
    """E21. Also when the agent asks for just the same again."""
    deadline = now() + DAY
    signature = signed(asked, deadline=deadline)
    created.wallet.approve_request_signed(relayer, 0, asked, 1, deadline, signature)
    created.wallet.request_payment(created.agent, 0, asked)
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.approve_request_signed(relayer, 0, asked, 1, deadline, signature)
    with refuses(errors.BadPrincipalSignature):
        created.wallet.approve_request_signed(relayer, 0, asked, 2, deadline, signature)
    assert usdc.balance(asked.payee) == 5_000


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_an_approval_signed_by_another_is_refused(by, created, asked, signed, relayer, now, request):
    deadline = now() + DAY
    signature = signed(asked, deadline=deadline, by=request.getfixturevalue(by))
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        created.wallet.approve_request_signed(relayer, 0, asked, 1, deadline, signature)


def test_an_approval_inside_signed_calls_works_too(created, asked, relayer, now, usdc):
    data = created.wallet.call_data("approveRequest", 0, asked.as_tuple(6))
    call = Call(created.wallet.address, 0, data)
    typed = created.wallet.execute_typed_data([call], 5, now() + DAY)
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=typed)).signature)
    created.wallet.execute_signed(relayer, [call], 5, typed["message"]["deadline"], signature)
    assert usdc.balance(asked.payee) == 5_000


# Taking off the queue


def test_the_agent_takes_its_request_back(created, asked):
    event = created.wallet.cancel_request(created.agent, 0, asked).event("RequestRemoved")
    assert event.arguments["by"] == created.agent.address
    assert created.wallet.pending_requests() == []


def test_the_principal_refuses_a_request(created, asked):
    created.wallet.refuse_request(created.principal, 0, asked)
    with refuses(errors.RequestMismatch):
        created.wallet.approve_request(created.principal, 0, asked)


@pytest.mark.parametrize(
    ("verb", "caller", "expected"),
    [
        ("cancel_request", "stranger", errors.NotAgentKey),
        ("cancel_request", "principal", errors.NotAgentKey),
        ("refuse_request", "agent", errors.NotPrincipal),
        ("refuse_request", "stranger", errors.NotPrincipal),
    ],
)
def test_others_take_nothing_off_the_queue(verb, caller, expected, created, asked, request):
    with refuses(expected):
        getattr(created.wallet, verb)(request.getfixturevalue(caller), 0, asked)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_anyone_clears_an_expired_request(offset, created, asked, stranger, time_travel):
    time_travel(to=asked.expires_at + offset)
    arguments = ("expireRequest", 0, asked.as_tuple(6))
    if offset >= 0:
        created.wallet.read(*arguments, sender=stranger.address)
        return
    with refuses(errors.RequestNotExpired, expires_at=asked.expires_at, timestamp=asked.expires_at + offset):
        created.wallet.read(*arguments, sender=stranger.address)


def test_all_are_refused_in_one_write(created, banquet):
    """I24."""
    for slot in range(SLOTS):
        created.wallet.request_payment(created.agent, slot, replace(banquet, ref=f"{slot}"))
    assert len(created.wallet.pending_requests()) == SLOTS
    full = created.wallet.refuse_all(created.principal)
    assert created.wallet.pending_requests() == []
    assert created.wallet.refuse_all(created.principal).gas_used == full.gas_used
    created.wallet.request_payment(created.agent, 0, banquet)


def test_only_the_principal_refuses_all(created, asked, stranger):
    for caller in (created.agent, stranger):
        with refuses(errors.NotPrincipal):
            created.wallet.refuse_all(caller)
