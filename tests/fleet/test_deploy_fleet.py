"""`deploy_fleet_budget`: one fleet budget for each factory and principal, at the same address whoever deploys it."""

import pytest

from peculium import ContractError, FleetBudget, InvalidInput
from peculium.deployments.create2 import DEPLOYER
from peculium.deployments.deploy import deploy_fleet_budget
from peculium.devnet.artifacts import artifact
from peculium.errors import ChainUnavailable, NoFleetBudget, ZeroAddress
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.refusals import refuses
from verification.testing.snapshots import revert


@pytest.fixture(scope="module")
def compiled():
    """The compiled fleet budget."""
    return artifact("FleetBudget")


@pytest.fixture
def deploy_for(web3, suite, compiled):
    """Deploys the fleet budget of a principal as a role, or finds it."""
    return lambda by, principal: deploy_fleet_budget(web3, by, compiled, suite.factory.address, principal)


def test_refuses_a_chain_without_the_create2_deployer(web3, relayer, principal, deploy_for):
    web3.provider.make_request("anvil_setCode", [DEPLOYER, "0x"])
    with pytest.raises(ChainUnavailable, match="no CREATE2 deployer"):
        deploy_for(relayer, principal.address)


def test_refuses_the_zero_address_as_principal(relayer, deploy_for):
    with pytest.raises(InvalidInput, match="zero address"):
        deploy_for(relayer, ZERO_ADDRESS)


def test_constructor_names_the_zero_address_in_its_refusal(deploy, suite):
    with refuses(ZeroAddress):
        deploy("FleetBudget", suite.factory.address, ZERO_ADDRESS)


def test_refuses_a_factory_that_is_none(deploy, principal, usdc):
    """Without its implementation the fleet could not recognize wallets."""
    for address in (principal.address, usdc.address):
        with pytest.raises(ContractError):
            deploy("FleetBudget", address, principal.address)


def test_fleet_belongs_to_the_principal_when_a_stranger_deploys_it(web3, stranger, suite, principal, deploy_for):
    fleet = FleetBudget(web3, deploy_for(stranger, principal.address).address)
    assert fleet.read("PRINCIPAL") == principal.address
    assert fleet.read("FACTORY") == suite.factory.address


def test_new_fleet_has_no_budget(web3, relayer, principal, deploy_for):
    fleet = FleetBudget(web3, deploy_for(relayer, principal.address).address)
    with refuses(NoFleetBudget, currency="USD"):
        fleet.remaining("USD")


def test_finds_an_existing_fleet_and_sends_nothing(web3, relayer, stranger, principal, deploy_for):
    first = deploy_for(relayer, principal.address)
    sent = web3.eth.get_transaction_count(stranger.address)
    second = deploy_for(stranger, principal.address)
    assert (second.address, second.found, first.found) == (first.address, True, False)
    assert web3.eth.get_transaction_count(stranger.address) == sent


def test_address_does_not_depend_on_the_deployer(web3, relayer, stranger, principal, deploy_for):
    snapshot = web3.provider.make_request("evm_snapshot", [])["result"]
    first = deploy_for(relayer, principal.address)
    revert(web3, snapshot)
    second = deploy_for(stranger, principal.address)
    assert (first.found, second.found, first.address) == (False, False, second.address)


def test_deploys_another_fleet_for_another_principal(relayer, principal, other_principal, deploy_for):
    first, other = (deploy_for(relayer, owner.address) for owner in (principal, other_principal))
    assert first.address != other.address
