"""Payment requests: the agent requests a payment, and the principal approves or refuses exactly that payment."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from peculium import NATIVE, Request, errors
from peculium.mandate import ZERO_HASH
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.requests import asked, held

SLOTS = 3


@pytest.fixture
def created(checkpoint, new_agent):
    """The mandate allows three pending requests of at most two days."""
    return checkpoint.share("created", lambda: new_agent(max_requests=SLOTS, max_request_age=timedelta(days=2)))


# Requesting


@pytest.mark.parametrize("slot", [SLOTS, SLOTS + 1, 255])
def test_refuses_a_slot_beyond_the_last(slot, created, payment_request):
    """I24."""
    with refuses(errors.InvalidRequestSlot, slot=slot, slots=SLOTS):
        created.wallet.request_payment(created.agent, slot, payment_request)


def test_refuses_a_request_without_request_terms(new_agent, payment_request):
    other = new_agent()
    with refuses(errors.InvalidRequestSlot, slot=0, slots=0):
        other.wallet.request_payment(other.agent, 0, payment_request)


def test_refuses_a_taken_slot(created, pending_request):
    pending = created.wallet.pending_requests()[0].request_hash
    with refuses(errors.RequestSlotTaken, slot=0, request_hash=held(pending, asked(created))):
        created.wallet.request_payment(created.agent, 0, replace(pending_request, amount=1))


@pytest.mark.parametrize("caller", ["stranger", "principal", "payee"])
def test_refuses_requests_by_others_than_the_agent_key(caller, created, payment_request, request):
    with refuses(errors.NotAgentKey):
        created.wallet.request_payment(request.getfixturevalue(caller), 0, payment_request)


@pytest.mark.parametrize("case", ["nothing", "no payee", "no token"])
def test_refuses_a_zero_amount_payee_or_token(case, created, payment_request):
    units = list(payment_request.as_tuple(6))
    units[{"nothing": 2, "no payee": 1, "no token": 0}[case]] = 0 if case == "nothing" else ZERO_ADDRESS
    with refuses(errors.ZeroAmount if case == "nothing" else errors.ZeroAddress):
        created.wallet.send(created.agent, "requestPayment", 0, tuple(units))


@pytest.mark.parametrize(("offset", "fits"), [(-1, False), (0, False), (1, True)])
def test_expiry_must_be_in_the_future(offset, fits, created, payment_request, now, time_travel):
    """I21."""
    moment = now() + 100
    time_travel(next_at=moment)
    units = replace(payment_request, expires_at=moment + offset).as_tuple(6)
    _send_at(created, units, errors.InvalidRequestExpiry, fits)


@pytest.mark.parametrize(("offset", "fits"), [(-1, True), (0, True), (1, False)])
def test_expiry_is_at_most_the_maximum_age_of_the_mandate(offset, fits, created, payment_request, now, time_travel):
    moment = now() + 100
    time_travel(next_at=moment)
    units = replace(payment_request, expires_at=moment + 2 * DAY + offset).as_tuple(6)
    _send_at(created, units, errors.InvalidRequestExpiry, fits)


def _send_at(created, units, expected, fits):
    # An explicit gas limit skips the dry run, which would have another timestamp.
    if fits:
        created.wallet.send(created.agent, "requestPayment", 0, units, gas=500_000)
        return
    with refuses(expected, expires_at=units[4]):
        created.wallet.send(created.agent, "requestPayment", 0, units, gas=500_000)


def test_pending_request_has_all_fields_and_moves_no_tokens(created, pending_request, usdc):
    (pending,) = created.wallet.pending_requests()
    assert (pending.slot, pending.request.payee, pending.request.amount) == (0, pending_request.payee, 5_000)
    assert created.wallet.read("requestHash", pending_request.as_tuple(6)) == pending.request_hash
    assert created.wallet.read("pendingRequests")[0][0] == pending.request_hash[:26]
    assert usdc.balance(pending_request.payee) == 0
    assert created.wallet.spent("USD") == 0


def test_event_has_round_and_time_which_an_approval_names(created, payment_request, now):
    event = created.wallet.request_payment(created.agent, 1, payment_request).event("PaymentRequested").arguments
    assert (event["slot"], event["round"], event["askedAt"]) == (1, created.wallet.round, now())
    assert event["requestHash"] == created.wallet.read("requestHash", payment_request.as_tuple(6))
    assert tuple(event["request"].values()) == payment_request.as_tuple(6)
    assert asked(created, 1) == now()


# Approving


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian"])
def test_refuses_approval_by_others_than_the_principal(
    caller, created, pending_request, request, suite, guardian, approve
):
    suite.switch.set_guardian(created.principal, guardian.address)
    with refuses(errors.NotPrincipal):
        approve(pending_request, by=request.getfixturevalue(caller))


@pytest.mark.parametrize("field", ["token", "payee", "amount", "expires_at", "ref", "slot"])
def test_refuses_approval_of_a_request_that_is_not_pending(field, created, pending_request, dai, payee, usdc, approve):
    """E18, I17. The agent can't replace a request that the principal has read."""
    changes = {"token": dai.address, "payee": payee.address, "amount": 5_001, "ref": "another"}
    changes["expires_at"] = pending_request.expires_at + 1
    other = pending_request if field == "slot" else replace(pending_request, **{field: changes[field]})
    slot = 1 if field == "slot" else 0
    with refuses(errors.RequestMismatch, slot=slot):
        approve(other, slot)
    assert usdc.balance(pending_request.payee) == 0


def test_refuses_to_pay_an_approved_request_twice(created, pending_request, usdc, approve):
    """E21."""
    moment = asked(created)
    receipt = approve(pending_request)
    assert usdc.balance(pending_request.payee) == 5_000
    assert receipt.event("RequestApproved").arguments["request"]["amount"] == 5_000 * 10**6
    with refuses(errors.RequestMismatch, pending=ZERO_HASH):
        approve(pending_request, asked_at=moment)


@pytest.mark.parametrize("stop", ["revoke", "pause", "revoke_all", "lift", "replace", "refuse_all", "expire"])
def test_refuses_approval_after_each_kind_of_stop(
    stop, created, pending_request, suite, replace_mandate, time_travel, usdc
):
    """I8, E01."""
    wallet, principal, moment = created.wallet, created.principal, asked(created)
    expected = errors.RequestMismatch
    if stop == "lift":
        wallet.lift_mandate(principal)
    elif stop == "replace":
        replace_mandate(created, max_requests=SLOTS, max_request_age=timedelta(days=2))
    elif stop == "refuse_all":
        wallet.refuse_all(principal)
    elif stop == "expire":
        replace_mandate(
            created, max_requests=SLOTS, max_request_age=timedelta(days=2), valid_until=pending_request.expires_at - 10
        )
        wallet.request_payment(created.agent, 0, pending_request)
        moment = asked(created)
        time_travel(to=pending_request.expires_at - 10)
        expected = errors.MandateExpired
    elif stop == "revoke_all":
        suite.switch.revoke_all(principal)
        expected = errors.EpochEnded
    else:
        getattr(suite.switch, stop)(principal, wallet.address)
        expected = {"revoke": errors.AgentIsRevoked, "pause": errors.AgentIsPaused}[stop]
    with refuses(expected):
        wallet.approve_request(principal, 0, pending_request, moment)
    assert usdc.balance(pending_request.payee) == 0


def test_approved_payment_counts_toward_no_limit(created, pending_request, usdc, payee, approve):
    """The principal makes this payment. If a window counted it, the sum could exceed the window limit."""
    approve(pending_request)
    assert created.wallet.spent("USD") == 0
    assert created.wallet.remaining("USD").window == 500


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_request_can_be_approved_until_just_before_its_expiry(offset, created, pending_request, time_travel):
    """I21."""
    time_travel(to=pending_request.expires_at + offset)
    arguments = ("approveRequest", 0, pending_request.as_tuple(6), asked(created))
    if offset < 0:
        created.wallet.read(*arguments, sender=created.principal.address)
        return
    with refuses(
        errors.RequestExpired, expires_at=pending_request.expires_at, timestamp=pending_request.expires_at + offset
    ):
        created.wallet.read(*arguments, sender=created.principal.address)


def test_pays_an_approved_request_in_native_currency(created, stranger, now, web3, approve):
    web3.provider.make_request("anvil_setBalance", [created.wallet.address, hex(10**19)])
    pending_request = Request(NATIVE, stranger.address, 2, now() + DAY)
    before = web3.eth.get_balance(stranger.address)
    created.wallet.request_payment(created.agent, 0, pending_request)
    approve(pending_request)
    assert web3.eth.get_balance(stranger.address) - before == 2 * 10**18


# Removing requests


def test_refuses_approval_after_the_principal_refused_the_request(created, pending_request, approve):
    moment = asked(created)
    created.wallet.refuse_request(created.principal, 0, pending_request)
    with refuses(errors.RequestMismatch, slot=0, pending=ZERO_HASH):
        approve(pending_request, asked_at=moment)


@pytest.mark.parametrize(
    ("function", "caller", "expected"),
    [
        ("cancel_request", "stranger", errors.NotAgentKey),
        ("cancel_request", "principal", errors.NotAgentKey),
        ("refuse_request", "agent", errors.NotPrincipal),
        ("refuse_request", "stranger", errors.NotPrincipal),
    ],
)
def test_refuses_removal_of_a_request_by_others(function, caller, expected, created, pending_request, request):
    with refuses(expected):
        getattr(created.wallet, function)(request.getfixturevalue(caller), 0, pending_request)


@pytest.mark.parametrize("function", ["cancel_request", "refuse_request"])
def test_refuses_removal_of_another_request_or_an_empty_slot(function, created, pending_request):
    caller = created.agent if function == "cancel_request" else created.principal
    pending = created.wallet.pending_requests()[0].request_hash
    expected = {"slot": 0, "given": held(b"\1" * 32, 0), "pending": held(pending, asked(created))}
    with refuses(errors.RequestMismatch, **expected):
        getattr(created.wallet, function)(caller, 0, b"\1" * 32)
    for request_hash in (pending, bytes(32)):
        with refuses(errors.RequestMismatch, slot=1, given=held(request_hash, 0), pending=ZERO_HASH):
            getattr(created.wallet, function)(caller, 1, request_hash)


def test_removal_compares_208_bits_of_the_hash(created, pending_request):
    """The slot holds no more. The event has the hash as it was given; slot and round identify the request."""
    pending = created.wallet.pending_requests()[0].request_hash
    other = pending[:25] + bytes([pending[25] ^ 1]) + pending[26:]
    with refuses(errors.RequestMismatch, slot=0, given=held(other, 0)):
        created.wallet.cancel_request(created.agent, 0, other)
    resembling = pending[:26] + bytes([pending[26] ^ 1]) + pending[27:]
    event = created.wallet.cancel_request(created.agent, 0, resembling).event("RequestRemoved").arguments
    assert (event["slot"], event["requestHash"], event["by"]) == (0, resembling, created.agent.address)
    assert created.wallet.pending_requests() == []


def test_refuses_refuse_all_by_others_than_the_principal(created, pending_request, stranger):
    for caller in (created.agent, stranger):
        with refuses(errors.NotPrincipal):
            created.wallet.refuse_all(caller)


def test_agent_cancels_its_request(created, pending_request):
    event = created.wallet.cancel_request(created.agent, 0, pending_request).event("RequestRemoved")
    assert event.arguments["by"] == created.agent.address
    assert created.wallet.pending_requests() == []


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_anyone_can_remove_a_request_from_its_expiry_on(offset, created, pending_request, stranger, time_travel):
    time_travel(to=pending_request.expires_at + offset)
    arguments = ("expireRequest", 0, pending_request.as_tuple(6))
    if offset >= 0:
        created.wallet.read(*arguments, sender=stranger.address)
        return
    with refuses(
        errors.RequestNotExpired, expires_at=pending_request.expires_at, timestamp=pending_request.expires_at + offset
    ):
        created.wallet.read(*arguments, sender=stranger.address)


def test_refuse_all_removes_every_request_at_constant_gas(created, payment_request):
    """I24."""
    for slot in range(SLOTS):
        created.wallet.request_payment(created.agent, slot, replace(payment_request, ref=f"{slot}"))
    assert len(created.wallet.pending_requests()) == SLOTS
    full = created.wallet.refuse_all(created.principal)
    assert full.event("AllRefused").arguments == {"round": 1}
    assert created.wallet.pending_requests() == []
    assert created.wallet.refuse_all(created.principal).gas_used == full.gas_used
    created.wallet.request_payment(created.agent, 0, payment_request)
