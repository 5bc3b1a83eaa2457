"""Messages never have a private key, a seed phrase, or the key in a node's URL, and say what was swapped."""

from __future__ import annotations

import pytest

from peculium import Agent, AgentWallet, InvalidInput, Issuer, Network, Principal, Request, check
from peculium.errors.redaction import redacted, shown
from peculium.units import to_address

KEY = "0x" + "5ec4e7" * 10 + "5ec4"
WALLET, URL = "0x" + "11" * 20, "https://node.example/v2/secretpath"
PHRASE = "test " * 11 + "junk"
SECRET = ("5ec4e7", "secretpath", "junk")
ORDER = r"the order is Agent\(wallet, key, network\)"
MISTAKES = {
    "URL, wallet, key": (lambda: Agent(URL, WALLET, KEY), ORDER),
    "key, wallet, URL": (lambda: Agent(KEY, WALLET, URL), ORDER),
    "wallet, URL, key": (lambda: Agent(WALLET, URL, KEY), ORDER),
    "wallet, URL, key without 0x": (lambda: Agent(WALLET, URL, KEY[2:]), ORDER),
    "the key twice": (lambda: Agent(KEY, KEY, URL), "wallet looks like a private key, which isn't shown"),
    "a seed phrase": (lambda: Agent(WALLET, PHRASE, URL), "key looks like a seed phrase, which isn't shown"),
    "URL, key": (lambda: Principal(URL, KEY), r"swapped: the order is Principal\(account, network\)"),
    "an issuer's URL, key": (lambda: Issuer(URL, KEY), r"swapped: the order is Issuer\(account, network\)"),
    "a key to check": (lambda: check(KEY, URL), r"who looks like a private key, which isn't shown"),
    "URL, who": (lambda: check(URL, WALLET), r"swapped: the order is check\(who, network\)"),
    "a key as network": (lambda: Network.of(KEY), "what looks like a private key and isn't shown names no network"),
    "a key as bytes": (lambda: AgentWallet(Network.of(URL).web3, bytes.fromhex(KEY[2:])), "private key"),
    "a contract's address, web3": (
        lambda: AgentWallet(WALLET, Network.of(URL).web3),
        r"order is AgentWallet\(web3, addr",
    ),
    "a contract's URL": (lambda: AgentWallet(URL, WALLET), "Pass a Web3 object"),
    "a mistyped key": (lambda: Agent(WALLET, KEY[:-1], URL), "has 63 hex digits, so it is no private key"),
    "no key": (lambda: Agent(WALLET, "", URL), "The key is empty: perhaps its environment variable isn't set"),
    "an address as key": (lambda: Principal(WALLET, URL), "an address can't sign"),
    "a path as key": (lambda: Agent(WALLET, "keys/agent.json", URL), "open_keystore"),
    "a key as an address": (lambda: to_address(KEY), "looks like a private key: it isn't shown"),
    "a key as an amount": (lambda: Request(WALLET, WALLET, KEY, 1).as_tuple(6), "isn't a plain number"),
    "a node's URL as an address": (lambda: to_address(URL), "looks like the URL of a node"),
    "another protocol": (lambda: Network.of("wss://node.example/secretpath"), "must begin with http:// or https://"),
    "a port that is none": (lambda: Network.of("http://node.example:99999/secretpath"), "no port from 1 to 65535"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistake_is_named_without_the_secret(mistake):
    make, message = MISTAKES[mistake]
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    said = f"{caught.value} {caught.value!r} {caught.value.as_dict()}"
    assert not [each for each in SECRET if each in said]


@pytest.mark.parametrize("value", [KEY, KEY[2:], KEY[:-3], PHRASE, int(KEY, 16), bytes.fromhex(KEY[2:]), f" {KEY}\n"])
def test_shown_value_has_no_secret(value):
    assert not [each for each in (*SECRET, str(int(KEY, 16))) if each in shown(value)]


def test_message_keeps_what_is_no_secret():
    text = f"The node at https://node.example:8545 has no contract at {WALLET}; it expects 0x12345678."
    assert redacted(text) == text


def test_message_of_another_place_loses_its_key_too():
    """Whatever a caller puts into the message, for example what a library says about a value."""
    assert "5ec4e7" not in str(InvalidInput(f"invalid value: {KEY}"))


@pytest.mark.parametrize(
    "url", ["https://user:S3CRET@rpc.example", "https://S3CRET@rpc.example/", "https://user:a/S3CRET@rpc.example"]
)
def test_account_in_a_url_is_not_shown(url):
    assert "S3CRET" not in redacted(url)
    assert "rpc.example" in redacted(url)


def test_seed_phrase_in_capitals_is_not_shown():
    assert redacted("Abandon " * 11 + "About") == "[not shown]"
