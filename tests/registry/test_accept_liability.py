"""`acceptLiability` and `acceptLiabilitySigned`: the owner of an agent becomes its principal."""

import pytest

from peculium import Status, errors
from verification.testing.addresses import adjacent_addresses
from verification.testing.refusals import refuses

STATEMENT = b"\x07" * 32


@pytest.fixture
def signed(registry, registered, principal, sign, now, suite):
    """The arguments of an acceptance that the owner has signed, with overrides."""

    def arguments(signer=principal, **changes):
        fields = {"statement_hash": STATEMENT, "epoch": 0, "nonce": 0, "deadline": now() + 100, **changes}
        data = registry.acceptance_typed_data(registered, principal.address, **fields)
        return registered, fields["statement_hash"], fields["epoch"], fields["deadline"], sign(signer, data)

    return arguments


@pytest.mark.parametrize("role", ["stranger", "agent"])
def test_reverts_for_an_account_that_does_not_own_the_agent(registry, registered, principal, role, request):
    caller = request.getfixturevalue(role)
    with refuses(errors.NotOwner, caller=caller.address, agent_id=registered, owner=principal.address):
        registry.accept_liability(caller, registered, STATEMENT)


@pytest.mark.parametrize("side", [0, 1])
def test_reverts_for_addresses_adjacent_to_the_owner(registry, registered, principal, side):
    caller = adjacent_addresses(principal.address)[side]
    with refuses(errors.NotOwner, caller=caller, agent_id=registered, owner=principal.address):
        registry.read("acceptLiability", registered, STATEMENT, sender=caller)


def test_reverts_for_an_unknown_agent(registry, principal):
    with refuses(errors.ERC721NonexistentToken, token_id=10**9):
        registry.accept_liability(principal, 10**9, STATEMENT)


def test_reverts_for_an_agent_already_accepted_by_its_principal(registry, created, suite, principal):
    """I11: a new acceptance must not undo `revokeAll`."""
    suite.switch.revoke_all(principal)
    with refuses(errors.LiabilityAlreadyAccepted, agent_id=created.agent_id, principal=principal.address):
        registry.accept_liability(principal, created.agent_id, STATEMENT)


def test_reverts_for_a_signature_for_an_accepted_agent(registry, created, suite, principal, relayer, sign, now):
    """I11: a signature for the new epoch must not undo `revokeAll`."""
    suite.switch.revoke_all(principal)
    fields = {"statement_hash": STATEMENT, "epoch": 1, "nonce": 0, "deadline": now() + 100}
    signature = sign(principal, registry.acceptance_typed_data(created.agent_id, principal.address, **fields))
    with refuses(errors.LiabilityAlreadyAccepted, agent_id=created.agent_id, principal=principal.address):
        registry.accept_liability_signed(relayer, created.agent_id, STATEMENT, 1, fields["deadline"], signature)


def test_reverts_for_a_signature_of_another(registry, principal, stranger, relayer, signed):
    """I23."""
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.accept_liability_signed(relayer, *signed(stranger))


@pytest.mark.parametrize("position", range(4))
def test_reverts_when_a_field_differs_from_what_was_signed(registry, principal, relayer, signed, position):
    """I16."""
    arguments = list(signed())
    other = registry.register(principal)
    arguments[position] = {0: other, 1: b"\x08" * 32, 2: 1, 3: arguments[3] + 1}[position]
    expected = errors.EpochMismatch if position == 2 else errors.BadAcceptanceSignature
    with refuses(expected):
        registry.accept_liability_signed(relayer, *arguments)


def test_reverts_for_a_signature_of_an_ended_epoch(registry, suite, principal, relayer, signed):
    """I8."""
    arguments = signed()
    suite.switch.revoke_all(principal)
    with refuses(errors.EpochMismatch, given=0, expected=1):
        registry.accept_liability_signed(relayer, *arguments)


@pytest.mark.parametrize(("offset", "late"), [(0, False), (1, True)])
def test_signature_is_valid_through_the_second_of_its_deadline(registry, relayer, signed, time_travel, offset, late):
    """I21."""
    arguments = signed()
    time_travel(next_at=arguments[3] + offset)
    if late:
        with refuses(errors.DeadlinePassed, deadline=arguments[3], timestamp=arguments[3] + 1):
            registry.send(relayer, "acceptLiabilitySigned", *arguments, gas=1_000_000)
    else:
        registry.send(relayer, "acceptLiabilitySigned", *arguments, gas=1_000_000)


def test_reverts_on_replay(registry, registered, principal, other_principal, relayer, signed):
    """I16: includes an agent that was transferred and returned."""
    arguments = signed()
    registry.accept_liability_signed(relayer, *arguments)
    registry.transfer(principal, other_principal.address, registered)
    registry.transfer(other_principal, principal.address, registered)
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.accept_liability_signed(relayer, *arguments)


def test_acceptance_makes_the_owner_the_principal(registry, registered, principal):
    event = registry.accept_liability(principal, registered, STATEMENT).event("LiabilityAccepted")
    assert event.arguments == {
        "agentId": registered,
        "principal": principal.address,
        "statementHash": STATEMENT,
        "epoch": 0,
    }
    assert registry.principal_of(registered) == principal.address


def test_anyone_can_submit_the_signature_of_the_owner(registry, registered, principal, relayer, signed):
    registry.accept_liability_signed(relayer, *signed())
    assert registry.principal_of(registered) == principal.address
    assert registry.read("nonces", principal.address) == 1


def test_acceptance_joins_the_current_epoch(registry, registered, suite, principal, link, agent):
    """An earlier `revokeAll` does not affect the agent, a later one does."""
    suite.switch.revoke_all(principal)
    registry.accept_liability(principal, registered, STATEMENT)
    link(principal, registered, agent)
    assert registry.check_agent(registered).status is Status.UNACCEPTED
    suite.switch.revoke_all(principal)
    assert registry.check_agent(registered).status is Status.REVOKED
