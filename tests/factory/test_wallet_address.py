"""`walletAddress`: predicts a wallet's address from principal, agent key and salt."""

from __future__ import annotations

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import InvalidInput

MAX_SALT = 2**96 - 1


def predicted(suite, principal, agent_key, salt):
    """The address by CREATE2 and ERC-1167. Principal, agent key and salt are appended to the clone's code."""
    arguments = bytes.fromhex(principal[2:] + agent_key[2:]) + salt.to_bytes(12)
    implementation = bytes.fromhex(suite.factory.read("IMPLEMENTATION")[2:])
    runtime = (
        bytes.fromhex("363d3d373d3d3d363d73")
        + implementation
        + bytes.fromhex("5af43d82803e903d91602b57fd5bf3")
        + arguments
    )
    code = b"\x61" + len(runtime).to_bytes(2) + bytes.fromhex("3d81600a3d39f3") + runtime
    factory = bytes.fromhex(suite.factory.address[2:])
    return to_checksum_address(keccak(b"\xff" + factory + bytes(32) + keccak(code))[12:])


def test_refuses_a_salt_above_96_bits(suite, principal, agent):
    with pytest.raises(InvalidInput, match="salt"):
        suite.factory.wallet_address(principal.address, agent.address, MAX_SALT + 1)


@pytest.mark.parametrize("salt", [0, 1, 2**64, MAX_SALT])
def test_address_depends_on_principal_agent_key_and_salt(salt, suite, principal, agent):
    """I16."""
    address = suite.factory.wallet_address(principal.address, agent.address, salt)
    assert address == predicted(suite, principal.address, agent.address, salt)


def test_principal_agent_key_and_salt_each_change_the_address(suite, principal, agent, other_principal, other_agent):
    """I16."""
    triples = {
        (p.address, a.address, salt)
        for p in (principal, other_principal)
        for a in (agent, other_agent)
        for salt in (0, 1)
    } | {(agent.address, principal.address, 0)}
    assert len({suite.factory.wallet_address(*triple) for triple in triples}) == len(triples) == 9


def test_equals_the_address_of_the_created_wallet(suite, new_agent, principal, agent):
    created = new_agent(salt=MAX_SALT)
    assert created.wallet.address == suite.factory.wallet_address(principal.address, agent.address, MAX_SALT)


def test_is_the_same_before_and_after_creation(suite, new_agent, principal, agent):
    before = suite.factory.wallet_address(principal.address, agent.address, 77)
    assert not suite.web3.eth.get_code(before)
    assert new_agent(salt=77).wallet.address == before
    assert suite.factory.wallet_address(principal.address, agent.address, 77) == before


def test_package_predicts_the_code_of_a_wallet(suite, new_agent, principal, agent):
    """`SelfBundler` estimates with this code what runs in a wallet that does not exist yet."""
    created = new_agent(salt=MAX_SALT)
    code = suite.factory.wallet_code(principal.address, agent.address, MAX_SALT)
    assert suite.web3.eth.get_code(created.wallet.address) == code
