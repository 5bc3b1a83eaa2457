"""`offerHandOver` and `acceptHandOver`: a wallet gets a new principal. The mandate ends; money and spending stay."""

from __future__ import annotations

import pytest

from peculium import WalletCall, errors
from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


@pytest.fixture
def offer(created, now):
    """Offers the wallet, for a day unless another deadline is given."""
    return lambda to, until=None: created.wallet.offer_hand_over(
        created.principal, to, now() + DAY if until is None else until
    )


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "other_principal"])
def test_refuses_an_offer_by_another_account(caller, created, request, now):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.offer_hand_over(account, account.address, now() + DAY)


def test_refuses_an_offer_to_the_wallet_itself(created, offer):
    """I18. Otherwise, nobody could withdraw."""
    with refuses(errors.InvalidPrincipal, principal=created.wallet.address):
        offer(created.wallet.address)


def test_refuses_an_offer_to_the_current_principal(created, suite, offer):
    """I11. Otherwise, the wallet would join the current epoch and undo `revokeAll`."""
    suite.switch.revoke_all(created.principal)
    with refuses(errors.InvalidPrincipal, principal=created.principal.address):
        offer(created.principal.address)


@pytest.mark.parametrize(
    ("ahead", "refused"),
    [(-1, True), (0, False), (30 * DAY, False), (30 * DAY + 1, True), (2**47, True)],
)
def test_refuses_an_offer_that_has_ended_or_stands_longer_than_30_days(
    ahead, refused, created, other_principal, now, time_travel
):
    """I21. A forgotten offer must not be accepted years later."""
    time_travel(seconds=10)
    moment = now()
    arguments = ("offerHandOver", other_principal.address, moment + ahead)
    if not refused:
        created.wallet.read(*arguments, sender=created.principal.address)
        return
    expected = {"deadline": moment + ahead, "earliest": moment, "latest": moment + 30 * DAY}
    with refuses(errors.InvalidHandOverDeadline, **expected):
        created.wallet.read(*arguments, sender=created.principal.address)


@pytest.mark.parametrize(("offset", "refused"), [(-1, False), (0, False), (1, True)])
def test_refuses_acceptance_after_the_deadline(offset, refused, created, other_principal, offer, now, time_travel):
    """I21."""
    until = now() + DAY
    offer(other_principal.address, until)
    time_travel(to=until + offset)
    assert (created.wallet.pending_hand_over() is None) is refused
    if not refused:
        created.wallet.read("acceptHandOver", sender=other_principal.address)
        return
    with refuses(errors.DeadlinePassed, deadline=until, timestamp=until + 1):
        created.wallet.read("acceptHandOver", sender=other_principal.address)


@pytest.mark.parametrize("change", ["replace", "lift", "refuse_all"])
def test_refuses_acceptance_in_a_later_round(change, created, other_principal, offer, replace_mandate):
    """I31. Whatever ends the round withdraws the offer."""
    offer(other_principal.address)
    if change == "replace":
        replace_mandate(created)
    elif change == "lift":
        created.wallet.lift_mandate(created.principal)
    else:
        created.wallet.refuse_all(created.principal)
    assert created.wallet.pending_hand_over() is None
    with refuses(errors.RoundEnded, given=1, expected=2):
        created.wallet.accept_hand_over(other_principal)
    offer(other_principal.address)
    created.wallet.accept_hand_over(other_principal)


@pytest.mark.parametrize("lifted", [False, True])
def test_hand_over_ends_the_round(lifted, created, other_principal, offer):
    """I31. What was signed for the round before it is void."""
    if lifted:
        created.wallet.lift_mandate(created.principal)
    before = created.wallet.round
    offer(other_principal.address)
    assert created.wallet.round == before
    created.wallet.accept_hand_over(other_principal)
    assert created.wallet.round == before + 1


@pytest.mark.parametrize("caller", ["principal", "agent", "stranger", "guardian"])
@pytest.mark.parametrize("offered", [False, True])
def test_refuses_acceptance_by_another_account(caller, offered, created, other_principal, request, offer):
    """I12."""
    account = request.getfixturevalue(caller)
    if offered:
        offer(other_principal.address)
    pending = other_principal.address if offered else ZERO_ADDRESS
    with refuses(errors.NotPendingPrincipal, caller=account.address, pending_principal=pending):
        created.wallet.accept_hand_over(account)
    assert created.wallet.principal == created.principal.address


@pytest.mark.parametrize("side", [0, 1])
def test_refuses_acceptance_by_adjacent_addresses(created, other_principal, side, offer):
    """I12."""
    offer(other_principal.address)
    caller = adjacent_addresses(other_principal.address)[side]
    with refuses(errors.NotPendingPrincipal, caller=caller, pending_principal=other_principal.address):
        created.wallet.read("acceptHandOver", sender=caller)


def test_refuses_a_second_acceptance(created, other_principal, offer):
    offer(other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    with refuses(errors.NotPendingPrincipal, caller=other_principal.address, pending_principal=ZERO_ADDRESS):
        created.wallet.accept_hand_over(other_principal)


@pytest.mark.parametrize("lifted", [False, True])
def test_refuses_a_mandate_of_the_previous_principal(lifted, created, other_principal, new_mandate, offer):
    """I12."""
    wallet = created.wallet
    signed = new_mandate().in_round(wallet.round)
    if lifted:
        wallet.lift_mandate(created.principal)
    offer(other_principal.address)
    receipt = wallet.accept_hand_over(other_principal)
    assert len([event for event in receipt.events if event.name == "MandateLifted"]) == (0 if lifted else 1)
    with refuses(errors.PrincipalMismatch, given=created.principal.address, expected=other_principal.address):
        wallet.set_mandate(other_principal, signed)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", ["principal", "wallet"])
def test_accepts_an_offer_to_any_other_address(created, name, side, offer):
    account = created.wallet if name == "wallet" else created.principal
    offered = adjacent_addresses(account.address)[side]
    offer(offered)
    assert created.wallet.pending_hand_over().new_principal == offered


def test_offer_alone_gives_no_power(created, other_principal, usdc, payee, offer, now):
    until = now() + 9
    event = offer(other_principal.address, until).event("HandOverOffered")
    assert event.arguments == {
        "principal": created.principal.address,
        "newPrincipal": other_principal.address,
        "deadline": until,
    }
    assert created.wallet.principal == created.principal.address
    assert created.wallet.read("pendingHandOver") == [other_principal.address, until]
    assert created.wallet.enforces(created.mandate)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.NotPrincipal, caller=other_principal.address, principal=created.principal.address):
        created.wallet.withdraw_all(other_principal, usdc.address, other_principal.address)


@pytest.mark.parametrize("new_offer", ["nobody", "stranger"])
def test_new_offer_replaces_the_previous_one(new_offer, created, other_principal, stranger, offer):
    offer(other_principal.address)
    other = ZERO_ADDRESS if new_offer == "nobody" else stranger.address
    if new_offer == "nobody":
        event = created.wallet.cancel_hand_over(created.principal).event("HandOverOffered").arguments
        assert (event["newPrincipal"], event["deadline"]) == (ZERO_ADDRESS, 0)
        assert created.wallet.pending_hand_over() is None
    else:
        offer(other)
    with refuses(errors.NotPendingPrincipal, caller=other_principal.address, pending_principal=other):
        created.wallet.accept_hand_over(other_principal)


def test_hand_over_moves_all_power_to_the_new_principal(created, other_principal, usdc, offer):
    """I12."""
    offer(other_principal.address)
    receipt = created.wallet.accept_hand_over(other_principal)
    assert receipt.event("HandedOver").arguments == {
        "previousPrincipal": created.principal.address,
        "principal": other_principal.address,
    }
    assert receipt.event("MandateLifted").arguments == {"mandateHash": created.mandate.hash()}
    assert created.wallet.principal == other_principal.address
    assert created.wallet.pending_hand_over() is None
    with refuses(errors.NotPrincipal, caller=created.principal.address, principal=other_principal.address):
        created.wallet.withdraw_all(created.principal, usdc.address, created.principal.address)
    created.wallet.withdraw_all(other_principal, usdc.address, other_principal.address)
    assert usdc.balance(other_principal.address) == 10**6


def test_hand_over_stops_the_agent_and_keeps_its_spending(created, other_principal, usdc, payee, suite, offer):
    """I3, I8."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 7)
    offer(other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    with refuses(errors.NoMandate):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert created.wallet.spent("USD") == 7
    assert created.wallet.mandate_hash == bytes(32)
    assert suite.registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_wallet_takes_the_epoch_of_the_new_principal(created, suite, other_principal, new_mandate, usdc, payee, offer):
    """I14. Only the new principal's `revokeAll` stops the agent."""
    for _ in range(3):
        suite.switch.revoke_all(other_principal)
    wallet = created.wallet
    offer(other_principal.address)
    wallet.accept_hand_over(other_principal)
    assert wallet.read("authority") == [other_principal.address, 3]
    mandate = new_mandate(principal=other_principal.address).in_round(wallet.round)
    wallet.set_mandate(other_principal, mandate)
    suite.switch.revoke_all(created.principal)
    wallet.pay(created.agent, usdc.address, payee.address, 1)
    suite.switch.revoke_all(other_principal)
    with refuses(errors.EpochEnded, principal=other_principal.address, epoch=3, current_epoch=4):
        wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_revocation_persists_after_a_hand_over_and_back(
    created, suite, other_principal, new_mandate, usdc, payee, offer, now
):
    """I8, I11."""
    wallet = created.wallet
    suite.switch.revoke(created.principal, wallet.address)
    offer(other_principal.address)
    wallet.accept_hand_over(other_principal)
    wallet.offer_hand_over(other_principal, created.principal.address, now() + DAY)
    wallet.accept_hand_over(created.principal)
    wallet.set_mandate(created.principal, new_mandate().in_round(wallet.round))
    with refuses(errors.AgentIsRevoked, principal=created.principal.address, wallet=wallet.address):
        wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_approvals_of_the_old_principal_stay(created, other_principal, offer, usdc, stranger):
    """The wallet doesn't know them. The new principal must look for them and revoke them."""
    approval = usdc.call_data("approve", stranger.address, 7)
    created.wallet.execute(created.principal, WalletCall(usdc.address, 0, approval))
    offer(other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 7
    revocation = usdc.call_data("approve", stranger.address, 0)
    created.wallet.execute(other_principal, WalletCall(usdc.address, 0, revocation))
    assert usdc.read("allowance", created.wallet.address, stranger.address) == 0
