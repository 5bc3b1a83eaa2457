"""`deploy_paymaster`: one paymaster for each factory and principal, at the same address whoever deploys it."""

import pytest

from peculium import InvalidInput, PrincipalPaymaster
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.deploy import deploy_paymaster
from peculium.devnet.artifacts import artifact
from peculium.errors import ChainUnavailable
from verification.testing.addresses import ZERO_ADDRESS


@pytest.fixture(scope="module")
def compiled():
    """The compiled paymaster."""
    return artifact("PrincipalPaymaster")


def test_refuses_a_chain_without_the_create2_deployer(web3, relayer, compiled, suite, principal):
    web3.provider.make_request("anvil_setCode", [DEPLOYER, "0x"])
    with pytest.raises(ChainUnavailable, match="no CREATE2 deployer"):
        deploy_paymaster(web3, relayer, compiled, suite.factory.address, principal.address)


def test_refuses_the_zero_address_as_principal(web3, relayer, compiled, suite):
    with pytest.raises(InvalidInput, match="zero address"):
        deploy_paymaster(web3, relayer, compiled, suite.factory.address, ZERO_ADDRESS)


def test_paymaster_belongs_to_the_principal_when_a_stranger_deploys_it(
    web3, stranger, compiled, suite, principal, created
):
    deployed = deploy_paymaster(web3, stranger, compiled, suite.factory.address, principal.address)
    paymaster = PrincipalPaymaster(web3, deployed.address)
    assert paymaster.read("PRINCIPAL") == principal.address
    assert paymaster.read("FACTORY") == suite.factory.address
    assert paymaster.read("SWITCH") == suite.switch.address
    assert paymaster.read("entryPoint") == created.wallet.read("ENTRY_POINT")


def test_finds_an_existing_paymaster_and_sends_nothing(web3, relayer, stranger, compiled, suite, principal):
    first = deploy_paymaster(web3, relayer, compiled, suite.factory.address, principal.address)
    sent = web3.eth.get_transaction_count(stranger.address)
    second = deploy_paymaster(web3, stranger, compiled, suite.factory.address, principal.address)
    assert (second.address, second.found, first.found) == (first.address, True, False)
    assert web3.eth.get_transaction_count(stranger.address) == sent


def test_deploys_another_paymaster_for_another_principal(web3, relayer, compiled, suite, principal, other_principal):
    first, other = (
        deploy_paymaster(web3, relayer, compiled, suite.factory.address, owner.address)
        for owner in (principal, other_principal)
    )
    assert first.address != other.address
