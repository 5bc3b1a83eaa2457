"""`setAgentWallet` and `unsetAgentWallet`: link a wallet that has signed for it, and unlink it."""

import pytest

from peculium import Status, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses


@pytest.fixture
def attempt(registry, registered, sign, now):
    """Links a wallet with a valid proof, except for the given overrides."""

    def set_wallet(caller, owner, wallet, signer=None, ahead=200, address=None):
        deadline = now() + ahead
        address = address or wallet.address
        data = registry.wallet_set_typed_data(registered, address, owner.address, deadline)
        return registry.set_agent_wallet(caller, registered, address, deadline, sign(signer or wallet, data))

    return set_wallet


def test_reverts_for_a_stranger(attempt, registered, principal, agent, stranger):
    with refuses(errors.NotAuthorized, caller=stranger.address, agent_id=registered):
        attempt(stranger, principal, agent)


def test_reverts_for_the_zero_address_as_wallet(attempt, principal, agent):
    with refuses(errors.ZeroAddress):
        attempt(principal, principal, agent, address=ZERO_ADDRESS)


def test_reverts_for_a_signature_of_another_account(attempt, principal, agent, stranger):
    with refuses(errors.BadWalletSignature, wallet=agent.address):
        attempt(principal, principal, agent, signer=stranger)


@pytest.mark.parametrize("signer", [0, 2])
def test_reverts_for_a_signature_of_an_account_adjacent_to_the_wallet(
    attempt, principal, agent, other_agent, stranger, signer
):
    accounts = sorted((agent, other_agent, stranger), key=lambda account: int(account.address, 16))
    with refuses(errors.BadWalletSignature, wallet=accounts[1].address):
        attempt(principal, principal, accounts[1], signer=accounts[signer])


@pytest.mark.parametrize("behavior", ["by another", "answered wrongly"])
def test_reverts_for_a_contract_without_a_valid_erc_1271_result(attempt, principal, agent, stranger, deploy, behavior):
    """I15."""
    contract = deploy("MockContractPrincipal", agent.address)
    if behavior == "answered wrongly":
        contract.send(principal, "setBehavior", 2)
    signer = stranger if behavior == "by another" else agent
    with refuses(errors.BadWalletSignature, wallet=contract.address):
        attempt(principal, principal, agent, signer=signer, address=contract.address)


def test_reverts_for_a_signature_for_another_owner(attempt, principal, agent, stranger):
    with refuses(errors.BadWalletSignature, wallet=agent.address):
        attempt(principal, stranger, agent)


@pytest.mark.parametrize(
    ("offset", "error"), [(-1, errors.DeadlinePassed), (0, None), (300, None), (301, errors.DeadlineTooFar)]
)
def test_reverts_for_a_deadline_that_has_passed_or_is_too_far(
    registry, registered, principal, agent, sign, now, time_travel, offset, error
):
    """I21."""
    block = now() + 50
    deadline = block + offset
    signature = sign(agent, registry.wallet_set_typed_data(registered, agent.address, principal.address, deadline))
    time_travel(next_at=block)
    arguments = (registered, agent.address, deadline, signature)
    if error is None:
        registry.send(principal, "setAgentWallet", *arguments, gas=1_000_000)
        assert registry.read("getAgentWallet", registered) == agent.address
    else:
        with refuses(error, deadline=deadline):
            registry.send(principal, "setAgentWallet", *arguments, gas=1_000_000)


def test_reverts_for_a_wallet_of_another_agent(registry, created, principal, link, agent, attempt):
    """I23."""
    second = registry.register(principal)
    link(principal, second, agent)
    with refuses(errors.WalletAlreadyLinked, wallet=agent.address, agent_id=second):
        attempt(principal, principal, agent)


@pytest.mark.parametrize("role", ["stranger", "agent"])
def test_unsetting_reverts_for_others(registry, created, role, request):
    caller = request.getfixturevalue(role)
    with refuses(errors.NotAuthorized, caller=caller.address, agent_id=created.agent_id):
        registry.unset_agent_wallet(caller, created.agent_id)


def test_links_a_key_by_its_signature(registry, registered, attempt, principal, agent):
    event = attempt(principal, principal, agent).event("MetadataSet")
    assert event.arguments["metadataValue"] == bytes.fromhex(agent.address[2:])
    assert registry.check_wallet(agent.address).agent_id == registered


def test_links_a_contract_by_erc_1271(attempt, registry, registered, principal, agent, deploy):
    """The contract's owner signs."""
    contract = deploy("MockContractPrincipal", agent.address)
    attempt(principal, principal, agent, address=contract.address)
    assert registry.read("getAgentWallet", registered) == contract.address


def test_revokes_the_previous_wallet(registry, created, principal, other_agent, link, suite):
    """I14: an unlinked wallet loses its authority."""
    link(principal, created.agent_id, other_agent)
    assert suite.switch.read("isRevoked", principal.address, created.wallet.address, 0)
    assert registry.check_wallet(created.wallet.address).status is Status.UNKNOWN
    assert registry.check_agent(created.agent_id).status is Status.UNACCEPTED


def test_unsetting_revokes_the_wallet(registry, created, principal, usdc, payee):
    """I14."""
    receipt = registry.unset_agent_wallet(principal, created.agent_id)
    assert receipt.event("MetadataSet").arguments["metadataValue"] == b""
    assert receipt.event("AgentRevoked").arguments["wallet"] == created.wallet.address
    assert int(registry.read("getAgentWallet", created.agent_id), 16) == 0
    with refuses(errors.AgentIsRevoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_unsetting_clears_wallet_and_mandate(registry, created, principal):
    registry.unset_agent_wallet(principal, created.agent_id)
    nothing = (ZERO_ADDRESS, bytes(32), 0, 0)
    expected = (created.agent_id, principal.address, *nothing, created.mandate.epoch, Status.UNACCEPTED)
    assert registry.read("checkAgent", created.agent_id) == expected


@pytest.mark.parametrize("proven", ["the younger agent", "the older agent"])
def test_unsetting_an_assumed_wallet_keeps_the_link_of_its_real_agent(registry, principal, link, proven):
    """ERC-8004 assumes that the registering account is the wallet. Only one agent can prove it."""
    agents = [registry.register(principal), registry.register(principal)]
    holder, other = agents[::-1] if proven == "the younger agent" else agents
    link(principal, holder, principal)
    registry.unset_agent_wallet(principal, other)
    assert registry.check_wallet(principal.address).agent_id == holder


def test_unsetting_without_liability_revokes_nothing(registry, registered, principal, link, agent):
    """Without a principal, there is nothing to revoke."""
    link(principal, registered, agent)
    names = [event.name for event in registry.unset_agent_wallet(principal, registered).events]
    assert names == ["MetadataSet"]


def test_unsetting_an_assumed_wallet_revokes_nothing(registry, registered, principal):
    """An account may register many agents without being the wallet of any."""
    names = [event.name for event in registry.unset_agent_wallet(principal, registered).events]
    assert names == ["MetadataSet"]
