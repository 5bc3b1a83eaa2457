"""`submitOrder` and `cancelOrder`: stops that are signed in advance and submitted by any account."""

from dataclasses import replace

import pytest
from eth_account.messages import encode_typed_data

from peculium import OrderKind, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

STOPS = {
    OrderKind.PAUSE: errors.AgentIsPaused,
    OrderKind.REVOKE: errors.AgentIsRevoked,
    OrderKind.PAUSE_ALL: errors.PrincipalIsPaused,
    OrderKind.REVOKE_ALL: errors.EpochEnded,
}


@pytest.fixture
def sign(switch, created, principal):
    """Signs an order for the agent, or for all agents of the principal."""

    def order(kind, signer=principal, nonce=1):
        wallet = None if kind.for_all else created.wallet.address
        return switch.sign_order(signer, kind, principal.address, nonce, wallet)

    return order


@pytest.mark.parametrize("kind", [kind for kind in OrderKind if not kind.for_all], ids=lambda kind: kind.name)
def test_signs_no_order_on_one_agent_that_names_none(kind, suite, principal):
    """It would be submitted without an error, and stop nobody."""
    with pytest.raises(errors.InvalidInput, match="no wallet is named"):
        suite.switch.sign_order(principal, kind, principal.address, 1)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("role", ["stranger", "agent", "other_principal", "guardian"])
def test_reverts_for_the_order_of_anyone_else(switch, sign, principal, relayer, kind, role, request):
    """I12."""
    signer = request.getfixturevalue(role)
    with refuses(errors.NotPrincipalOrGuardian, account=signer.address, principal=principal.address):
        switch.submit_order(relayer, sign(kind, signer))


@pytest.mark.parametrize("kind", OrderKind)
def test_reverts_for_a_signature_of_another(switch, sign, principal, stranger, relayer, kind):
    forged = replace(sign(kind), signature=sign(kind, stranger).signature)
    with refuses(errors.BadOrderSignature, signer=principal.address):
        switch.submit_order(relayer, forged)


@pytest.mark.parametrize("length", [0, 64, 65, 66])
def test_reverts_for_a_malformed_signature(switch, sign, relayer, length):
    with refuses(errors.BadOrderSignature):
        switch.submit_order(relayer, replace(sign(OrderKind.REVOKE), signature=b"\x01" * length))


@pytest.mark.parametrize(
    ("signed", "field"),
    [
        (kind, field)
        for kind in OrderKind
        for field in ("kind", "principal", "epoch" if kind.for_all else "wallet", "nonce")
    ],
)
def test_reverts_when_a_field_differs_from_what_was_signed(
    switch, sign, principal, guardian, other_principal, relayer, signed, field
):
    """I16: the signature covers every field that changes the effect."""
    order = sign(signed)
    if field == "principal":
        # The signer may act for both principals, so that only the signature is invalid.
        switch.set_guardian(other_principal, principal.address)
    changes = {
        "kind": OrderKind((signed + 1) % 4),
        "principal": other_principal.address,
        "wallet": guardian.address,
        "epoch": order.epoch + 1,
        "nonce": order.nonce + 1,
    }
    with refuses(errors.BadOrderSignature, signer=principal.address):
        switch.submit_order(relayer, replace(order, **{field: changes[field]}))


@pytest.mark.parametrize("kind", OrderKind)
def test_reverts_on_replay(switch, sign, principal, relayer, kind):
    """I16."""
    switch.submit_order(relayer, sign(kind))
    with refuses(errors.OrderSpent, signer=principal.address, nonce=1):
        switch.submit_order(relayer, sign(kind))


@pytest.mark.parametrize("kind", OrderKind)
def test_reverts_after_cancellation(switch, sign, principal, relayer, kind):
    order = sign(kind)
    event = switch.cancel_order(principal, 1).event("OrderCanceled")
    assert event.arguments == {"signer": principal.address, "nonce": 1}
    assert switch.read("isNonceSpent", principal.address, 1)
    with refuses(errors.OrderSpent, signer=principal.address, nonce=1):
        switch.submit_order(relayer, order)


def test_reverts_for_a_second_cancellation(switch, principal):
    switch.cancel_order(principal, 1)
    with refuses(errors.OrderSpent, signer=principal.address, nonce=1):
        switch.cancel_order(principal, 1)


def test_cancellation_by_another_account_has_no_effect(switch, sign, stranger, relayer):
    switch.cancel_order(stranger, 1)
    switch.submit_order(relayer, sign(OrderKind.REVOKE))


@pytest.mark.parametrize("kind", [OrderKind.PAUSE_ALL, OrderKind.REVOKE_ALL])
def test_reverts_for_an_order_of_an_ended_epoch(switch, sign, principal, relayer, kind):
    """Otherwise, an old order would stop agents that were created after it."""
    order = sign(kind)
    switch.revoke_all(principal)
    with refuses(errors.OrderOutdated, epoch=0, current_epoch=1):
        switch.submit_order(relayer, order)


@pytest.mark.parametrize("kind", [OrderKind.PAUSE_ALL, OrderKind.REVOKE_ALL])
def test_reverts_for_an_order_of_a_future_epoch(switch, sign, principal, relayer, kind):
    """Otherwise, an order would stop agents that are not created yet."""
    data = switch.order_typed_data(kind, principal.address, 1, ZERO_ADDRESS, 1)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    early = replace(sign(kind), epoch=1, signature=signature)
    with refuses(errors.OrderOutdated, epoch=1, current_epoch=0):
        switch.submit_order(relayer, early)


def test_reverts_for_an_order_of_a_removed_guardian(switch, sign, principal, with_guardian, relayer):
    order = sign(OrderKind.REVOKE, with_guardian)
    switch.set_guardian(principal, with_guardian.address, False)
    with refuses(errors.NotPrincipalOrGuardian, account=with_guardian.address):
        switch.submit_order(relayer, order)


@pytest.mark.parametrize("behavior", [2, 3, 4, 5, 6])
def test_reverts_for_a_contract_with_a_wrong_erc_1271_result(switch, deploy, principal, relayer, created, behavior):
    """I15: a wrong or dirty value, short or no data, or a revert."""
    contract = deploy("MockContractPrincipal", principal.address)
    contract.send(principal, "setBehavior", behavior)
    order = switch.sign_order(principal, OrderKind.REVOKE, contract.address, 4, created.wallet.address, unchecked=True)
    with refuses(errors.BadOrderSignature, signer=contract.address):
        switch.submit_order(relayer, replace(order, signer=contract.address))


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("role", ["principal", "with_guardian"])
def test_anyone_can_submit_an_order_at_any_time(
    switch, sign, created, stranger, time_travel, pays, kind, role, request
):
    """The principal or a guardian signs it. A watchtower can keep it for months."""
    order = sign(kind, request.getfixturevalue(role))
    time_travel(seconds=20 * DAY)
    pays(created)
    switch.submit_order(stranger, order)
    with refuses(STOPS[kind]):
        pays(created)


def test_orders_execute_in_any_sequence(switch, sign, created, relayer, pays):
    first, second = sign(OrderKind.PAUSE, nonce=9), sign(OrderKind.REVOKE, nonce=3)
    switch.submit_order(relayer, second)
    switch.submit_order(relayer, first)
    with refuses(errors.AgentIsRevoked):
        pays(created)


def test_contract_signs_by_erc_1271(switch, deploy, principal, relayer, created):
    contract = deploy("MockContractPrincipal", principal.address)
    order = switch.sign_order(principal, OrderKind.REVOKE, contract.address, 4, created.wallet.address, unchecked=True)
    switch.submit_order(relayer, replace(order, signer=contract.address))
    assert switch.read("isRevoked", contract.address, created.wallet.address, 0)


@pytest.mark.parametrize("kind", OrderKind)
@pytest.mark.parametrize("code", ["0x00", "0x60006000fd"], ids=["answers nothing", "reverts"])
def test_a_kept_order_stays_good_when_its_signer_delegates(
    switch, sign, relayer, principal, stranger, web3, kind, code
):
    """I36. It must work on the day when it is needed, although the account gained code (EIP-7702) meanwhile."""
    order, forged = sign(kind), sign(kind, stranger, nonce=2)
    web3.provider.make_request("anvil_setCode", [principal.address, code])
    with refuses(errors.BadOrderSignature, signer=principal.address):
        switch.submit_order(relayer, replace(forged, signer=principal.address))
    switch.submit_order(relayer, order)


@pytest.mark.parametrize("kind", OrderKind)
def test_digest_equals_the_signed_digest(switch, created, principal, kind):
    from peculium.mandate import digest_of

    wallet, epoch = (created.wallet.address, 0) if not kind.for_all else ("0x" + "00" * 20, 7)
    data = switch.order_typed_data(kind, principal.address, 5, wallet, epoch)
    assert switch.read("orderDigest", int(kind), principal.address, wallet, epoch, 5) == digest_of(data)
