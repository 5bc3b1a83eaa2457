"""The ABI that ERC-8004's SDKs and indexers rely on: selectors, event signatures and interface ids."""

import pytest
from eth_utils import function_abi_to_4byte_selector, keccak

SELECTORS = {
    "0x1aa3a008": "register()",
    "0xf2c298be": "register(string)",
    "0x8ea42286": "register(string,(string,bytes)[])",
    "0x0af28bd3": "setAgentURI(uint256,string)",
    "0xcb4799f2": "getMetadata(uint256,string)",
    "0x466648da": "setMetadata(uint256,string,bytes)",
    "0x2d1ef5ae": "setAgentWallet(uint256,address,uint256,bytes)",
    "0x00339509": "getAgentWallet(uint256)",
    "0x3fddcf19": "unsetAgentWallet(uint256)",
    "0xd95e72be": "isAuthorizedOrOwner(address,uint256)",
    "0x84b0196e": "eip712Domain()",
    "0xc87b56dd": "tokenURI(uint256)",
    "0x6352211e": "ownerOf(uint256)",
}
EVENTS = (
    "Registered(uint256,string,address)",
    "MetadataSet(uint256,string,string,bytes)",
    "URIUpdated(uint256,string,address)",
    "MetadataUpdate(uint256)",
    "Transfer(address,address,uint256)",
)


def test_every_function_of_erc_8004_exists(registry):
    present = {
        "0x" + function_abi_to_4byte_selector(entry).hex() for entry in registry.abi if entry["type"] == "function"
    }
    assert not set(SELECTORS) - present
    assert all("0x" + keccak(text=signature)[:4].hex() == selector for selector, signature in SELECTORS.items())


def test_every_event_of_erc_8004_exists(registry):
    present = {
        f"{entry['name']}({','.join(each['type'] for each in entry['inputs'])})"
        for entry in registry.abi
        if entry["type"] == "event"
    }
    assert not set(EVENTS) - present


@pytest.mark.parametrize(
    ("interface", "supported"),
    [("80ac58cd", True), ("5b5e139f", True), ("49064906", True), ("01ffc9a7", True), ("ffffffff", False)],
)
def test_supports_the_interfaces_of_erc_165(registry, interface, supported):
    """ERC-721, its metadata, ERC-4906 and ERC-165. ERC-165 requires false for 0xffffffff."""
    assert registry.read("supportsInterface", bytes.fromhex(interface)) is supported


def test_eip_712_domain_equals_the_signed_domain(registry, web3):
    _, name, version, chain_id, contract, _, _ = registry.read("eip712Domain")
    assert (name, version, chain_id, contract) == ("ERC8004IdentityRegistry", "1", web3.eth.chain_id, registry.address)
