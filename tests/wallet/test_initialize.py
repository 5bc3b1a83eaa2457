"""`initialize`: the factory calls it once, for the first mandate of a wallet."""

from __future__ import annotations

import pytest

from peculium import AgentWallet, errors
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.refusals import refuses

ENROLLMENT = ("", bytes(32), 2**256 - 1, b"", b"", b"")


@pytest.mark.parametrize("caller", ["principal", "agent", "stranger", "relayer"])
@pytest.mark.parametrize("target", ["wallet", "implementation"])
def test_refuses_every_caller_but_the_factory(caller, target, created, suite, web3, request):
    """I12."""
    account = request.getfixturevalue(caller)
    wallet = created.wallet
    if target == "implementation":
        wallet = AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))
    with refuses(errors.NotFactory, caller=account.address, factory=suite.factory.address):
        wallet.send(account, "initialize", created.mandate.as_tuple(), ENROLLMENT)


@pytest.mark.parametrize("side", [0, 1])
def test_refuses_callers_adjacent_to_the_factory(side, created, suite, web3):
    """I12."""
    caller = adjacent_addresses(suite.factory.address)[side]
    arguments = (created.mandate.as_tuple(), ENROLLMENT)
    for wallet in (created.wallet, AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))):
        with refuses(errors.NotFactory, caller=caller, factory=suite.factory.address):
            wallet.read("initialize", *arguments, sender=caller)


def test_refuses_a_second_initialization(created, suite):
    arguments = (created.mandate.as_tuple(), ENROLLMENT)
    with refuses(errors.AlreadyInitialized, principal=created.principal.address):
        created.wallet.read("initialize", *arguments, sender=suite.factory.address)


@pytest.mark.parametrize("signature", [b"", bytes(65), b"\x1b" * 65], ids=["empty", "zeros", "nonsense"])
def test_refuses_every_signature_for_the_implementation(signature, suite, web3, relayer, now):
    """I12. Its principal is the zero address, which a failed recovery must not match."""
    implementation = AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))
    with refuses(errors.BadPrincipalSignature, principal=ZERO_ADDRESS):
        implementation.execute_signed(relayer, [], 0, now() + 3600, signature)


def test_implementation_has_no_principal(suite, web3, stranger):
    """I12."""
    implementation = AgentWallet(web3, suite.factory.read("IMPLEMENTATION"))
    assert implementation.principal == ZERO_ADDRESS
    assert implementation.mandate_hash == bytes(32)
    with refuses(errors.NotPrincipal, caller=stranger.address, principal=ZERO_ADDRESS):
        implementation.withdraw_all(stranger, stranger.address, stranger.address)
    with refuses(errors.NotPendingPrincipal, caller=stranger.address, pending_principal=ZERO_ADDRESS):
        implementation.accept_hand_over(stranger)


def test_created_wallet_is_initialized(created, suite):
    """I27."""
    assert created.wallet.principal == created.principal.address
    assert created.wallet.enforces(created.mandate)
    check = suite.registry.check_agent(created.agent_id)
    assert (check.wallet, check.mandate_hash, check.active) == (created.wallet.address, created.mandate.hash(), True)
