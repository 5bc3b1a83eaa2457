"""`isWallet`: recognizes the wallets of this factory by code and address."""

from __future__ import annotations

import pytest

from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.contracts import deploy_modules


def set_code(suite, address, code):
    """Replaces the code at an address."""
    suite.web3.provider.make_request("anvil_setCode", [address, "0x" + code.hex()])


def test_address_without_code_is_not_a_wallet(suite, principal, agent):
    assert not suite.factory.is_wallet(suite.factory.wallet_address(principal.address, agent.address, 5))


@pytest.mark.parametrize("name", ["zero", "account", "token", "registry", "factory", "implementation"])
def test_other_contracts_and_accounts_are_not_wallets(name, suite, principal, usdc):
    address = {
        "zero": ZERO_ADDRESS,
        "account": principal.address,
        "token": usdc.address,
        "registry": suite.registry.address,
        "factory": suite.factory.address,
        "implementation": suite.factory.read("IMPLEMENTATION"),
    }[name]
    assert not suite.factory.is_wallet(address)


def test_copied_code_at_another_address_is_not_a_wallet(suite, new_agent):
    """Code and clone arguments are those of a wallet, but the address does not follow from them."""
    code = bytes(suite.web3.eth.get_code(new_agent().wallet.address))
    copy = "0x00000000000000000000000000000000000c0de3"
    set_code(suite, copy, code)
    assert not suite.factory.is_wallet(copy)


@pytest.mark.parametrize("length", [-1, 1])
def test_code_of_another_length_is_not_a_wallet(length, suite, new_agent):
    address = new_agent().wallet.address
    code = bytes(suite.web3.eth.get_code(address))
    set_code(suite, address, code[:length] if length < 0 else code + b"\0")
    assert not suite.factory.is_wallet(address)


def test_wallet_of_another_factory_is_not_a_wallet(suite, new_agent, deploy):
    """Both factories use the same registry."""
    other = deploy(
        "AgentWalletFactory",
        suite.registry.address,
        ZERO_ADDRESS,
        *deploy_modules(deploy, suite.registry.address, ZERO_ADDRESS),
    )
    created = new_agent()
    assert other.read("isWallet", created.wallet.address) is False
    assert suite.factory.is_wallet(created.wallet.address)


@pytest.mark.parametrize("byte", [45, 64, 65, 84, 85, 96])
def test_other_clone_arguments_are_not_a_wallet(byte, suite, new_agent):
    """Principal, agent key and salt follow the code. Changing one of them changes the expected address."""
    address = new_agent().wallet.address
    code = bytearray(suite.web3.eth.get_code(address))
    assert len(code) == 97
    code[byte] ^= 1
    set_code(suite, address, bytes(code))
    assert not suite.factory.is_wallet(address)


def test_created_wallet_is_a_wallet(suite, new_agent):
    assert suite.factory.is_wallet(new_agent().wallet.address)


def test_wallet_remains_a_wallet_after_every_stop(suite, new_agent, other_principal, now):
    created = new_agent()
    suite.switch.revoke(created.principal, created.wallet.address)
    created.wallet.lift_mandate(created.principal)
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 60)
    created.wallet.accept_hand_over(other_principal)
    assert suite.factory.is_wallet(created.wallet.address)
