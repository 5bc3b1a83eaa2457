"""`enroll`: a wallet registers itself as an agent of the principal that has signed for it."""

import pytest

from peculium import Status, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses

STATEMENT = b"\x07" * 32


@pytest.fixture
def signed(registry, principal, agent, sign, now):
    """The arguments of an enrollment of the agent's plain key, with overrides."""

    def arguments(signer=principal, wallet=agent, **changes):
        fields = {
            "principal": principal.address,
            "epoch": 0,
            "agent_uri": "ipfs://x",
            "statement_hash": STATEMENT,
            "deadline": now() + 100,
            **changes,
        }
        data = registry.enrollment_typed_data(wallet=wallet.address, **fields)
        return [*fields.values(), sign(signer, data)]

    return arguments


def test_reverts_for_the_zero_address_as_principal(registry, agent, signed):
    arguments = signed()
    arguments[0] = ZERO_ADDRESS
    with refuses(errors.ZeroAddress):
        registry.send(agent, "enroll", *arguments)


def test_reverts_for_a_signature_of_another(registry, agent, principal, stranger, signed):
    """I23, F17: a wallet must not register itself under somebody else's name."""
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.send(agent, "enroll", *signed(stranger))


def test_reverts_for_another_wallet_than_was_signed_for(registry, stranger, principal, signed):
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.send(stranger, "enroll", *signed())


@pytest.mark.parametrize("position", [2, 3, 4])
def test_reverts_when_a_field_differs_from_what_was_signed(registry, agent, principal, signed, position):
    """I16."""
    arguments = signed()
    arguments[position] = {2: "ipfs://y", 3: b"\x08" * 32, 4: arguments[4] + 1}[position]
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.send(agent, "enroll", *arguments)


def test_reverts_for_another_epoch_than_the_current(registry, agent, signed):
    with refuses(errors.EpochMismatch, given=1, expected=0):
        registry.send(agent, "enroll", *signed(epoch=1))


def test_reverts_after_the_deadline(registry, agent, signed, now):
    with refuses(errors.DeadlinePassed, deadline=now() - 1):
        registry.send(agent, "enroll", *signed(deadline=now() - 1))


def test_reverts_on_replay(registry, agent, signed):
    """I16, I23: a wallet is linked to one agent."""
    arguments = signed()
    agent_id = registry.send(agent, "enroll", *arguments).event("Registered").arguments["agentId"]
    with refuses(errors.WalletAlreadyLinked, wallet=agent.address, agent_id=agent_id):
        registry.send(agent, "enroll", *arguments)


def test_registers_links_and_accepts(registry, agent, principal, signed):
    receipt = registry.send(agent, "enroll", *signed())
    names = [event.name for event in receipt.events if event.name != "MetadataUpdate"]
    assert names == ["Transfer", "Registered", "MetadataSet", "LiabilityAccepted"]
    check = registry.check_wallet(agent.address)
    assert (check.principal, check.status) == (principal.address, Status.UNACCEPTED)
    assert registry.owner_of(check.agent_id) == principal.address


def test_replay_after_unlinking_registers_a_revoked_agent(registry, agent, principal, signed):
    """The signature needs no nonce, because unlinking revokes the wallet for ever."""
    arguments = signed()
    registry.send(agent, "enroll", *arguments)
    registry.unset_agent_wallet(principal, registry.check_wallet(agent.address).agent_id)
    registry.send(agent, "enroll", *arguments)
    assert registry.check_wallet(agent.address).status is Status.REVOKED


@pytest.mark.parametrize("code", ["0x00", "0x60006000fd"], ids=["answers nothing", "reverts"])
def test_accepts_the_signature_of_a_principal_that_delegates(registry, agent, principal, stranger, signed, web3, code):
    """I36. Its account gained code (EIP-7702) that knows nothing of its key."""
    web3.provider.make_request("anvil_setCode", [principal.address, code])
    with refuses(errors.BadAcceptanceSignature, principal=principal.address):
        registry.send(agent, "enroll", *signed(stranger))
    registry.send(agent, "enroll", *signed())
    assert registry.check_wallet(agent.address).principal == principal.address
