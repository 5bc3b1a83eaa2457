"""The factory's constructor: all modules must be of one suite, or parts of a wallet would ask different switches."""

from __future__ import annotations

import pytest

from peculium import AgentWallet, errors
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.contracts import deploy_modules
from verification.testing.refusals import refuses

MODULES = ["mandate module", "powers module", "views module"]


@pytest.fixture
def arguments(suite, deploy):
    """Valid arguments of the constructor: registry, EntryPoint, mandate writer, and the three modules."""
    return [suite.registry.address, ZERO_ADDRESS, *deploy_modules(deploy, suite.registry.address, ZERO_ADDRESS)]


@pytest.fixture
def construct(deploy, arguments):
    """Deploys a factory, with arguments replaced at some positions."""

    def make(changes):
        return deploy("AgentWalletFactory", *(changes.get(i, argument) for i, argument in enumerate(arguments)))

    return make


@pytest.mark.parametrize("account", ["principal", "zero"])
@pytest.mark.parametrize("position", [0, 2, 3, 4, 5], ids=["registry", "writer", *MODULES])
def test_reverts_for_an_argument_without_code(position, account, construct, principal):
    address = principal.address if account == "principal" else ZERO_ADDRESS
    with refuses(errors.NotAContract, account=address):
        construct({position: address})


@pytest.mark.parametrize("account", ["principal", "zero"])
def test_reverts_for_the_registry_first_if_nothing_has_code(account, construct, principal):
    address = principal.address if account == "principal" else ZERO_ADDRESS
    with refuses(errors.NotAContract, account=address):
        construct(dict.fromkeys(range(6), address))


def test_reverts_for_a_registry_or_module_that_returns_nothing(construct, arguments, web3):
    """One byte of code passes the check for code, but not the check of the suite."""
    empty_contract = web3.to_checksum_address(f"0x{0xC0DE0:040x}")
    web3.provider.make_request("anvil_setCode", [empty_contract, "0x00"])
    for position in (3, 4, 5):
        with pytest.raises(errors.UnknownRevert):
            construct({position: empty_contract})
    with refuses(errors.OtherSuite, module=arguments[3]):
        construct({0: empty_contract})


@pytest.mark.parametrize("field", ["registry", "EntryPoint", "writer"])
@pytest.mark.parametrize(
    ("position", "name"), [(3, "MandateModule"), (4, "PowersModule"), (5, "ViewsModule")], ids=MODULES
)
def test_reverts_for_a_module_of_another_suite(position, name, field, construct, arguments, deploy, principal):
    """E15."""
    registry, entry_point, writer = arguments[:3]
    if field == "registry":
        registry = deploy("AgentRegistry").address
    elif field == "EntryPoint":
        entry_point = principal.address
    else:
        writer = deploy("MandateWriter").address
    module = deploy(name, registry, entry_point, writer).address
    with refuses(errors.OtherSuite, module=module):
        construct({position: module})


@pytest.mark.parametrize("side", [0, 1])
def test_reverts_for_another_writer_than_the_modules(side, construct, arguments, web3):
    writer = adjacent_addresses(arguments[2])[side]
    web3.provider.make_request("anvil_setCode", [writer, "0x00"])
    with refuses(errors.OtherSuite, module=arguments[3]):
        construct({2: writer})


def test_wallets_name_the_suite(construct, arguments, web3):
    factory = construct({})
    wallet = AgentWallet(web3, factory.read("IMPLEMENTATION"))
    names = ("REGISTRY", "ENTRY_POINT", "WRITER", "MANDATE_MODULE", "POWERS_MODULE", "VIEWS_MODULE")
    assert [wallet.read(name) for name in names] == arguments
    assert (factory.read("REGISTRY"), wallet.read("FACTORY")) == (arguments[0], factory.address)
