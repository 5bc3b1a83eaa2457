"""`checkWallet`: all that a counterparty asks, in one call: what the registry says, and whether the wallet is real."""

from __future__ import annotations

import pytest

from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS


@pytest.fixture
def created(checkpoint, new_agent):
    """An active agent."""
    return checkpoint.share("created", new_agent)


def test_reports_an_active_agent_of_a_wallet_of_this_factory(created, suite):
    check = suite.factory.check_wallet(created.wallet.address)
    assert (check.is_wallet, check.agent.status, check.active) == (True, Status.ACTIVE, True)
    assert check.agent == suite.registry.check_wallet(created.wallet.address)
    assert check.agent.mandate_hash == created.mandate.hash()


def test_reports_a_stopped_agent(created, suite):
    suite.switch.revoke(created.principal, created.wallet.address)
    check = suite.factory.check_wallet(created.wallet.address)
    assert (check.is_wallet, check.agent.status, check.active) == (True, Status.REVOKED, False)


def test_reports_a_wallet_without_an_agent(suite, principal, agent, stranger):
    wallet = suite.factory.create_wallet(stranger, principal.address, agent.address, 77).wallet
    check = suite.factory.check_wallet(wallet)
    assert (check.is_wallet, check.agent.status, check.active) == (True, Status.UNKNOWN, False)


@pytest.mark.parametrize("name", ["nobody", "zero", "implementation", "registry"])
def test_reports_an_address_that_is_no_wallet(name, suite, stranger):
    address = {
        "nobody": stranger.address,
        "zero": ZERO_ADDRESS,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        "registry": suite.registry.address,
    }[name]
    check = suite.factory.check_wallet(address)
    assert (check.is_wallet, check.agent.status, check.active) == (False, Status.UNKNOWN, False)


def test_reports_an_active_agent_whose_wallet_is_not_of_this_factory(
    suite, principal, agent, deploy, now, new_mandate, relayer, web3
):
    """A contract may report any mandate as in force. Only the factory knows that it enforces it."""
    contract, mandate = deploy("LookAlikeWallet"), new_mandate()
    agent_id = suite.registry.register(principal, "")
    suite.registry.accept_liability(principal, agent_id, bytes(32))
    suite.registry.set_agent_wallet(principal, agent_id, contract.address, now() + 200, b"")
    contract.send(principal, "claim", principal.address, mandate.hash(), 0)
    signable = mandate.signable(contract.address, web3.eth.chain_id)
    signatures = [bytes(account.sign_message(signable).signature) for account in (principal, agent)]
    suite.registry.anchor_mandate(relayer, agent_id, mandate, *signatures)
    check = suite.factory.check_wallet(contract.address)
    assert (check.is_wallet, check.agent.status, check.active) == (False, Status.ACTIVE, False)
