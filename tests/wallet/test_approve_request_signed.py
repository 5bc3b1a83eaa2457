"""`approveRequestSigned`: any account submits an approval that the principal has signed, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data

from peculium import WalletCall, errors
from verification.testing.durations import DAY
from verification.testing.refusals import refuses
from verification.testing.requests import asked, held

SLOTS = 3


@pytest.fixture
def created(checkpoint, new_agent):
    """The mandate allows three pending requests of at most two days."""
    return checkpoint.share("created", lambda: new_agent(max_requests=SLOTS, max_request_age=timedelta(days=2)))


@pytest.fixture
def sign_approval(created, now):
    """Signs an approval of the request in the first slot, by default as the principal."""

    def sign(request, slot=0, nonce=1, deadline=None, by=None):
        data = created.wallet.approval_typed_data(slot, request, asked(created), nonce, deadline or now() + DAY)
        return bytes((by or created.principal).sign_message(encode_typed_data(full_message=data)).signature)

    return sign


@pytest.fixture
def submit(created, relayer):
    """Submits a signed approval of the request in the first slot."""

    def send(request, signature, deadline, nonce=1, asked_at=None):
        moment = asked(created) if asked_at is None else asked_at
        return created.wallet.approve_request_signed(relayer, 0, request, moment, nonce, deadline, signature)

    return send


def test_refuses_a_second_payment_by_the_same_signed_approval(
    created, pending_request, sign_approval, submit, now, usdc
):
    """E21. A repeated request needs a new signature, with the old nonce and with a new one."""
    deadline = now() + DAY
    signature = sign_approval(pending_request, deadline=deadline)
    submit(pending_request, signature, deadline)
    created.wallet.request_payment(created.agent, 0, pending_request)
    with refuses(errors.NonceSpent, nonce=1):
        submit(pending_request, signature, deadline)
    with refuses(errors.BadPrincipalSignature):
        submit(pending_request, signature, deadline, nonce=2)
    assert usdc.balance(pending_request.payee) == 5_000


@pytest.mark.parametrize("removed", ["refused", "canceled"])
@pytest.mark.parametrize("signed", [False, True])
def test_an_approval_does_not_fit_the_same_request_asked_again(
    signed, removed, created, pending_request, approve, sign_approval, submit, now, usdc, time_travel
):
    """I17. One decision, one payment: an approval that was signed before a refusal must not survive it."""
    deadline, first = now() + DAY, asked(created)
    signature = sign_approval(pending_request, deadline=deadline)
    if removed == "refused":
        created.wallet.refuse_request(created.principal, 0, pending_request)
    else:
        created.wallet.cancel_request(created.agent, 0, pending_request)
    created.wallet.request_payment(created.agent, 0, pending_request)
    second = asked(created)
    assert second > first
    request_hash = created.wallet.read("requestHash", pending_request.as_tuple(6))
    expected = {"slot": 0, "given": held(request_hash, first), "pending": held(request_hash, second)}
    with refuses(errors.RequestMismatch, **expected):
        if signed:
            submit(pending_request, signature, deadline, asked_at=first)
        else:
            approve(pending_request, asked_at=first)
    with refuses(errors.BadPrincipalSignature):
        submit(pending_request, signature, deadline, asked_at=second)
    assert usdc.balance(pending_request.payee) == 0
    approve(pending_request, asked_at=second)


@pytest.mark.parametrize("step", [-1, 1])
def test_refuses_an_approval_that_names_another_time(step, created, pending_request, approve):
    moment = asked(created)
    with refuses(errors.RequestMismatch, slot=0):
        approve(pending_request, asked_at=moment + step)
    approve(pending_request, asked_at=moment)


def test_refuses_an_approval_signed_in_an_earlier_round(
    created, pending_request, sign_approval, submit, now, usdc, time_travel
):
    """I31. The same is asked again in the same second, so that only the signature tells the two requests apart."""
    deadline, moment = now() + DAY, asked(created)
    signature = sign_approval(pending_request, deadline=deadline)
    # Valid in its own round: this call, which is only simulated, succeeds.
    created.wallet.read("approveRequestSigned", 0, pending_request.as_tuple(6), moment, 1, deadline, signature)
    time_travel(next_at=moment)
    created.wallet.refuse_all(created.principal)
    time_travel(next_at=moment)
    created.wallet.request_payment(created.agent, 0, pending_request)
    assert asked(created) == moment
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        submit(pending_request, signature, deadline, asked_at=moment)
    assert usdc.balance(pending_request.payee) == 0


@pytest.mark.parametrize("by", ["agent", "stranger"])
def test_refuses_an_approval_signed_by_another_account(
    by, pending_request, sign_approval, submit, created, now, request
):
    deadline = now() + DAY
    signature = sign_approval(pending_request, deadline=deadline, by=request.getfixturevalue(by))
    with refuses(errors.BadPrincipalSignature, principal=created.principal.address):
        submit(pending_request, signature, deadline)


def test_anyone_can_submit_a_signed_approval(pending_request, sign_approval, submit, now, usdc):
    deadline = now() + DAY
    submit(pending_request, sign_approval(pending_request, deadline=deadline), deadline)
    assert usdc.balance(pending_request.payee) == 5_000


def test_approves_a_request_through_execute_signed(created, pending_request, relayer, now, usdc):
    data = created.wallet.call_data("approveRequest", 0, pending_request.as_tuple(6), asked(created))
    call = WalletCall(created.wallet.address, 0, data)
    typed = created.wallet.execute_typed_data([call], 5, now() + DAY)
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=typed)).signature)
    created.wallet.execute_signed(relayer, [call], 5, typed["message"]["deadline"], signature)
    assert usdc.balance(pending_request.payee) == 5_000
