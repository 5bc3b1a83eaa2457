"""Deployment of a principal's paymaster: one for each factory and principal, whoever deploys it."""

import pytest

from peculium import ContractError, PrincipalPaymaster
from peculium.deployment import DEPLOYER, deploy_paymaster
from peculium.devnet.artifacts import artifact
from peculium.exceptions import ChainUnavailable
from verification.expectations import ZERO


@pytest.fixture(scope="module")
def built():
    """The paymaster as compiled."""
    return artifact("PrincipalPaymaster")


def test_reverts_where_the_deployer_is_missing(web3, relayer, built, suite, principal):
    web3.provider.make_request("anvil_setCode", [DEPLOYER, "0x"])
    with pytest.raises(ChainUnavailable, match="no CREATE2 deployer"):
        deploy_paymaster(web3, relayer, built, suite.factory.address, principal.address)


def test_nobody_has_none(web3, relayer, built, suite):
    with pytest.raises(ContractError):
        deploy_paymaster(web3, relayer, built, suite.factory.address, ZERO)


def test_it_is_the_principals_whoever_deploys_it(web3, stranger, built, suite, principal, created_wallet):
    made = deploy_paymaster(web3, stranger, built, suite.factory.address, principal.address)
    paymaster = PrincipalPaymaster(web3, made.address)
    assert paymaster.read("PRINCIPAL") == principal.address
    assert paymaster.read("FACTORY") == suite.factory.address
    assert paymaster.read("SWITCH") == suite.switch.address
    assert paymaster.read("entryPoint") == created_wallet.read("ENTRY_POINT")


def test_a_second_run_finds_it_and_sends_nothing(web3, relayer, stranger, built, suite, principal, other_principal):
    first = deploy_paymaster(web3, relayer, built, suite.factory.address, principal.address)
    sent = web3.eth.get_transaction_count(stranger.address)
    second = deploy_paymaster(web3, stranger, built, suite.factory.address, principal.address)
    assert (second.address, second.found, first.found) == (first.address, True, False)
    assert web3.eth.get_transaction_count(stranger.address) == sent
    assert (
        deploy_paymaster(web3, relayer, built, suite.factory.address, other_principal.address).address != first.address
    )


@pytest.fixture
def created_wallet(new_agent):
    """A wallet of the factory's."""
    return new_agent().wallet
