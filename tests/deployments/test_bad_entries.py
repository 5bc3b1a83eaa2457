"""A wrong entry of the data files is refused by name."""

from __future__ import annotations

import re

import pytest

from peculium.deployments.networks import read_networks, read_tokens
from peculium.deployments.registries import read_registries
from peculium.errors import InvalidInput

NETWORK = {
    "chain_id": "7",
    "test": "true",
    "explorer": '"https://scan.example"',
    "final": '"finalized"',
    "sources": '["a page"]',
}
ADDRESS = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
OTHER = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
TOKEN = {"address": f'"{ADDRESS}"', "decimals": "6", "source": '"a page"'}


def network_text(name="one", **changes):
    """The text of an entry. A change to None leaves the value out."""
    values = {**NETWORK, **changes}
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)


def token_text(symbol="USDC", network="one", **changes):
    """The text of a network with one token."""
    values = {**TOKEN, **changes}
    inline = ", ".join(f"{key} = {value}" for key, value in values.items() if value is not None)
    return f"[{network}]\n{symbol} = {{ {inline} }}\n"


@pytest.fixture
def known():
    """One network."""
    return read_networks(network_text())


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"chain_id": None}, "chain_id is missing."),
        ({"chain_id": "0"}, "chain_id is no whole number above zero."),
        ({"chain_id": "true"}, "chain_id is no whole number above zero."),
        ({"chain_id": '"7"'}, "chain_id is no whole number above zero."),
        ({"test": None}, "test is missing."),
        ({"test": "1"}, "test is neither true nor false."),
        ({"explorer": None}, "explorer is missing."),
        ({"explorer": '"http://scan.example"'}, "explorer has something else than an https URL."),
        ({"explorer": '"https://scan.example/a b"'}, "explorer has something else than an https URL."),
        ({"faucets": '"https://drip.example"'}, "faucets is no list."),
        ({"faucets": '["drip.example"]'}, "faucets has something else than an https URL."),
        ({"test": "false", "faucets": '["https://drip.example"]'}, "faucets are for test networks."),
        ({"block_seconds": "0"}, "block_seconds is no number of seconds above zero."),
        ({"block_seconds": "inf"}, "block_seconds is no number of seconds above zero."),
        ({"block_seconds": "nan"}, "block_seconds is no number of seconds above zero."),
        ({"block_seconds": "true"}, "block_seconds is no number of seconds above zero."),
        ({"final": None}, "final is missing."),
        ({"final": '"latest"'}, 'final is neither "finalized" nor a number of blocks.'),
        ({"final": "0"}, 'final is neither "finalized" nor a number of blocks.'),
        ({"poa": "1"}, "poa is neither true nor false."),
        ({"p256": '"yes"'}, "p256 is neither true nor false."),
        ({"sources": None}, "sources is missing."),
        ({"sources": "[]"}, "sources is no list with at least one text."),
        ({"sources": '["a page", " "]'}, "sources is no text, or empty."),
        ({"faucet": "[]"}, '"faucet" is no value of an entry. Known: chain_id, test,'),
    ],
)
def test_a_wrong_value_of_a_network_is_refused(changes, why):
    with pytest.raises(InvalidInput, match=re.escape(f"networks.toml, one: {why}")):
        read_networks(network_text(**changes))


@pytest.mark.parametrize("name", ["One", "one_two", "one--two", "-one", '"one two"'])
def test_a_name_that_nobody_types_is_refused(name):
    with pytest.raises(
        InvalidInput, match=r"^networks.toml, .+: a name has small letters, digits and single hyphens\.$"
    ):
        read_networks(network_text(name))


def test_two_networks_with_one_chain_id_are_refused():
    with pytest.raises(InvalidInput, match=r"^networks.toml, two: chain_id 7 is that of one too\.$"):
        read_networks(network_text() + network_text("two"))


def test_an_entry_that_is_no_table_is_refused():
    with pytest.raises(InvalidInput, match=r"^networks.toml, the file: one is no table\.$"):
        read_networks("one = 7")


def test_text_that_is_no_toml_is_refused():
    with pytest.raises(InvalidInput, match=r"^networks.toml isn't valid TOML: "):
        read_networks("[one")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"address": None}, "address is missing."),
        ({"address": '"0x12"'}, "'0x12' is not an address."),
        ({"address": f'"{ADDRESS[:-1]}9"'}, "The checksum (ERC-55) of"),
        ({"address": f'"{ADDRESS.lower()}"'}, f"the address isn't written with its checksum, {ADDRESS}."),
        ({"decimals": None}, "decimals is missing."),
        ({"decimals": "0"}, "decimals is no whole number above zero."),
        ({"decimals": "19"}, "19 decimals are more than 18."),
        ({"source": None}, "source is missing."),
        ({"source": '""'}, "source is no text, or empty."),
        ({"domain": '"USD Coin"'}, "domain is no table."),
        ({"name": '"USD Coin"'}, '"name" is no value of an entry.'),
    ],
)
def test_a_wrong_value_of_a_token_is_refused(changes, why, known):
    with pytest.raises(InvalidInput, match=re.escape(f"tokens.toml, one.USDC: {why}")):
        read_tokens(token_text(**changes), known)


@pytest.mark.parametrize(
    ("domain", "why"),
    [
        ('{ name = "USD Coin" }', "version is missing."),
        ('{ version = "2" }', "name is missing."),
        ('{ name = "USD Coin", version = 2 }', "version is no text, or empty."),
        ('{ name = "USD Coin", version = "2", salt = "1" }', '"salt" is no value of an entry.'),
    ],
)
def test_a_wrong_domain_is_refused(domain, why, known):
    with pytest.raises(InvalidInput, match=re.escape(f"tokens.toml, one.USDC.domain: {why}")):
        read_tokens(token_text(domain=domain), known)


@pytest.mark.parametrize("symbol", ["usdc", "U", "USDC-e", '"USD C"'])
def test_a_wrong_symbol_is_refused(symbol, known):
    with pytest.raises(InvalidInput, match=r": a symbol has 2 to 11 capital letters and digits\.$"):
        read_tokens(token_text(symbol), known)


def test_a_token_of_an_unknown_network_is_refused(known):
    with pytest.raises(InvalidInput, match=r"^tokens.toml, ones: no network has this name. Did you mean one\?$"):
        read_tokens(token_text(network="ones"), known)


def test_two_tokens_with_one_address_are_refused(known):
    both = token_text() + token_text("USDT").removeprefix("[one]\n")
    with pytest.raises(InvalidInput, match=r"^tokens.toml, one.USDT: the address is that of USDC too\.$"):
        read_tokens(both, known)


def test_a_symbol_twice_is_refused(known):
    both = token_text() + token_text(address=f'"{OTHER}"').removeprefix("[one]\n")
    with pytest.raises(InvalidInput, match=r"^tokens.toml isn't valid TOML: "):
        read_tokens(both, known)


def test_what_no_source_confirms_is_none(known):
    assert (known["one"].block_seconds, known["one"].p256) == (None, None)
    token = read_tokens(token_text(), known)[7]["USDC"]
    assert (token.domain_name, token.domain_version) == (None, None)


def test_a_full_entry_is_read():
    text = network_text(
        "a-1", faucets='["https://drip.example/x"]', block_seconds="0.25", final="3", poa="true", p256="false"
    )
    found = read_networks(text)["a-1"]
    assert found.as_dict() == {
        "name": "a-1",
        "chain_id": 7,
        "test": True,
        "explorer": "https://scan.example",
        "final": 3,
        "faucets": ["https://drip.example/x"],
        "block_seconds": 0.25,
        "poa": True,
        "p256": False,
        "sources": ["a page"],
        "rpc_variable": "A_1_RPC",
    }


def test_a_domain_is_read(known):
    token = read_tokens(token_text(domain='{ name = "USD Coin", version = "2" }'), known)[7]["USDC"]
    assert token.as_dict() == {
        "symbol": "USDC",
        "chain_id": 7,
        "address": ADDRESS,
        "decimals": 6,
        "source": "a page",
        "domain_name": "USD Coin",
        "domain_version": "2",
    }


REGISTRIES = {"identity": f'"{ADDRESS}"', "reputation": f'"{OTHER}"', "source": '"a page"'}


def registries_text(network="one", **changes):
    """The text of a network with registries."""
    values = {**REGISTRIES, **changes}
    return f"[{network}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value is not None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"identity": None}, "identity is missing"),
        ({"identity": '"0x12"'}, "'0x12' is not an address"),
        ({"identity": f'"{ADDRESS.lower()}"'}, "identity isn't written with its checksum"),
        ({"reputation": f'"{ADDRESS}"'}, "identity and reputation are the same address"),
        ({"source": '""'}, "source is no text"),
        ({"validation": f'"{ADDRESS}"'}, '"validation" is no value'),
    ],
)
def test_refuses_wrong_registries(changes, why, known):
    with pytest.raises(InvalidInput, match=re.escape(f"registries.toml, one: {why}")):
        read_registries(registries_text(**changes), known)


def test_refuses_registries_of_an_unknown_network_and_a_broken_file(known):
    with pytest.raises(InvalidInput, match="two: no network has this name"):
        read_registries(registries_text(network="two"), known)
    with pytest.raises(InvalidInput, match=r"^registries.toml isn't valid TOML: "):
        read_registries("[", known)
