"""`offerHandOver` and `acceptHandOver`: a wallet gets a new principal. The mandate ends; money and spending stay."""

from __future__ import annotations

import pytest

from peculium import exceptions as errors
from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "other_principal"])
def test_refuses_an_offer_by_another_account(caller, created, request):
    """I12."""
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.offer_hand_over(account, account.address)


def test_refuses_an_offer_to_the_wallet_itself(created):
    """I18. Otherwise, nobody could withdraw."""
    with refuses(errors.InvalidPrincipal, principal=created.wallet.address):
        created.wallet.offer_hand_over(created.principal, created.wallet.address)


def test_refuses_an_offer_to_the_current_principal(created, suite):
    """I11. Otherwise, the wallet would join the current epoch and undo `revokeAll`."""
    suite.switch.revoke_all(created.principal)
    with refuses(errors.InvalidPrincipal, principal=created.principal.address):
        created.wallet.offer_hand_over(created.principal, created.principal.address)


@pytest.mark.parametrize("caller", ["principal", "agent", "stranger", "guardian"])
@pytest.mark.parametrize("offered", [False, True])
def test_refuses_acceptance_by_another_account(caller, offered, created, other_principal, request):
    """I12."""
    account = request.getfixturevalue(caller)
    if offered:
        created.wallet.offer_hand_over(created.principal, other_principal.address)
    pending = other_principal.address if offered else ZERO_ADDRESS
    with refuses(errors.NotPendingPrincipal, caller=account.address, pending_principal=pending):
        created.wallet.accept_hand_over(account)
    assert created.wallet.principal == created.principal.address


@pytest.mark.parametrize("side", [0, 1])
def test_refuses_acceptance_by_adjacent_addresses(created, other_principal, side):
    """I12."""
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    caller = adjacent_addresses(other_principal.address)[side]
    with refuses(errors.NotPendingPrincipal, caller=caller, pending_principal=other_principal.address):
        created.wallet.read("acceptHandOver", sender=caller)


def test_refuses_a_second_acceptance(created, other_principal):
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    with refuses(errors.NotPendingPrincipal, caller=other_principal.address, pending_principal=ZERO_ADDRESS):
        created.wallet.accept_hand_over(other_principal)


@pytest.mark.parametrize("lifted", [False, True])
def test_refuses_a_mandate_of_the_previous_principal(lifted, created, other_principal, new_mandate):
    """I12."""
    wallet = created.wallet
    signed = new_mandate().replacing(wallet.last_mandate_hash)
    if lifted:
        wallet.lift_mandate(created.principal)
    wallet.offer_hand_over(created.principal, other_principal.address)
    receipt = wallet.accept_hand_over(other_principal)
    assert len([event for event in receipt.events if event.name == "MandateLifted"]) == (0 if lifted else 1)
    with refuses(errors.PrincipalMismatch, given=created.principal.address, expected=other_principal.address):
        wallet.set_mandate(other_principal, signed)


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", ["principal", "wallet"])
def test_accepts_an_offer_to_any_other_address(created, name, side):
    account = created.wallet if name == "wallet" else created.principal
    offered = adjacent_addresses(account.address)[side]
    created.wallet.offer_hand_over(created.principal, offered)
    assert created.wallet.read("pendingPrincipal") == offered


def test_offer_alone_gives_no_power(created, other_principal, usdc, payee):
    event = created.wallet.offer_hand_over(created.principal, other_principal.address).event("HandOverOffered")
    assert event.arguments == {"principal": created.principal.address, "pendingPrincipal": other_principal.address}
    assert created.wallet.principal == created.principal.address
    assert created.wallet.read("pendingPrincipal") == other_principal.address
    assert created.wallet.enforces(created.mandate)
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    with refuses(errors.NotPrincipal, caller=other_principal.address, principal=created.principal.address):
        created.wallet.withdraw_all(other_principal, usdc.address, other_principal.address)


@pytest.mark.parametrize("new_offer", ["nobody", "stranger"])
def test_new_offer_replaces_the_previous_one(new_offer, created, other_principal, stranger):
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    other = ZERO_ADDRESS if new_offer == "nobody" else stranger.address
    created.wallet.offer_hand_over(created.principal, other)
    with refuses(errors.NotPendingPrincipal, caller=other_principal.address, pending_principal=other):
        created.wallet.accept_hand_over(other_principal)


def test_hand_over_moves_all_power_to_the_new_principal(created, other_principal, usdc):
    """I12."""
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    receipt = created.wallet.accept_hand_over(other_principal)
    assert receipt.event("HandedOver").arguments == {
        "previousPrincipal": created.principal.address,
        "principal": other_principal.address,
    }
    assert receipt.event("MandateLifted").arguments == {"mandateHash": created.mandate.hash()}
    assert created.wallet.principal == other_principal.address
    assert created.wallet.read("pendingPrincipal") == ZERO_ADDRESS
    with refuses(errors.NotPrincipal, caller=created.principal.address, principal=other_principal.address):
        created.wallet.withdraw_all(created.principal, usdc.address, created.principal.address)
    created.wallet.withdraw_all(other_principal, usdc.address, other_principal.address)
    assert usdc.balance(other_principal.address) == 10**6


def test_hand_over_stops_the_agent_and_keeps_its_spending(created, other_principal, usdc, payee, suite):
    """I3, I8."""
    created.wallet.pay(created.agent, usdc.address, payee.address, 7)
    created.wallet.offer_hand_over(created.principal, other_principal.address)
    created.wallet.accept_hand_over(other_principal)
    with refuses(errors.NoMandate):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert created.wallet.spent("USD") == 7
    assert created.wallet.mandate_hash == bytes(32)
    assert suite.registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_wallet_takes_the_epoch_of_the_new_principal(created, suite, other_principal, new_mandate, usdc, payee):
    """I14. Only the new principal's `revokeAll` stops the agent."""
    for _ in range(3):
        suite.switch.revoke_all(other_principal)
    wallet = created.wallet
    wallet.offer_hand_over(created.principal, other_principal.address)
    wallet.accept_hand_over(other_principal)
    assert wallet.read("authority") == [other_principal.address, 3]
    mandate = new_mandate(principal=other_principal.address).replacing(wallet.last_mandate_hash)
    wallet.set_mandate(other_principal, mandate)
    suite.switch.revoke_all(created.principal)
    wallet.pay(created.agent, usdc.address, payee.address, 1)
    suite.switch.revoke_all(other_principal)
    with refuses(errors.EpochEnded, principal=other_principal.address, epoch=3, current_epoch=4):
        wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_revocation_persists_after_a_hand_over_and_back(created, suite, other_principal, new_mandate, usdc, payee):
    """I8, I11."""
    wallet = created.wallet
    suite.switch.revoke(created.principal, wallet.address)
    wallet.offer_hand_over(created.principal, other_principal.address)
    wallet.accept_hand_over(other_principal)
    wallet.offer_hand_over(other_principal, created.principal.address)
    wallet.accept_hand_over(created.principal)
    wallet.set_mandate(created.principal, new_mandate().replacing(wallet.last_mandate_hash))
    with refuses(errors.AgentIsRevoked, principal=created.principal.address, wallet=wallet.address):
        wallet.pay(created.agent, usdc.address, payee.address, 1)
