"""A chain and the suite on it, named in whatever way is at hand."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

from web3 import Web3

from peculium.chain.node import Node
from peculium.chain.one_chain import OneChainProvider
from peculium.deployments import KnownNetwork, KnownToken, suite_addresses, tokens
from peculium.deployments import network as known_network
from peculium.errors import InvalidInput
from peculium.errors.redaction import seems, shown
from peculium.suite import Suite

URLS = ("http://", "https://")
EXAMPLE = "http://127.0.0.1:8545"


class Network:
    """A chain and the suite on it. Nothing is asked of the node before it is needed."""

    def __init__(self, web3: Web3, suite: Suite | None = None) -> None:
        self.web3 = web3
        self._suite = suite

    @classmethod
    def of(cls, network: Network | Suite | Web3 | str) -> Network:
        """Returns the network that is meant: a name, a URL of a node (JSON-RPC), a connection, a suite, or a network itself.

        A name is one of `peculium.deployments.networks()`, such as `base-sepolia`. The URL of the node is then in the
        environment variable of that network, `BASE_SEPOLIA_RPC`. Before the first request the node is asked for its chain
        id; every request raises `WrongChain`, and nothing is sent, if it serves another chain than the named one.

        Except for a suite and a network, the suite is that of the package, whose addresses are the same on every chain.
        Raises `InvalidInput` for anything else, for an unknown name, and if the environment variable has no URL.
        """
        if isinstance(network, Network):
            return network
        if isinstance(network, Suite):
            return cls(network.web3, network)
        if isinstance(network, Web3):
            return cls(network)
        if isinstance(network, str) and network.startswith(URLS):
            require_port(network)
            return cls(Web3(Web3.HTTPProvider(network)))
        if isinstance(network, str) and network and seems(network) is None and "://" not in network:
            return cls(_connection_to(_named(network)))
        raise InvalidInput(
            f"{shown(network)} names no network. Pass a name such as base-sepolia, the URL of a node such as "
            f"{EXAMPLE}, or a Web3 object.{_protocol(network)}"
        )

    @classmethod
    def at(cls, url: str, name: str) -> Network:
        """Returns a known network by the URL of one of its nodes. Every request raises `WrongChain` if it serves another."""
        if not url.startswith(URLS):
            raise InvalidInput(f"The node of {name} is no URL. Pass one such as {EXAMPLE}.")
        known = _named(name)
        return cls(Web3(OneChainProvider(url, known.chain_id, known.name, "that you passed")))

    @property
    def node(self) -> Node:
        """The node through which the chain is reached."""
        return Node.of(self.web3)

    @cached_property
    def suite(self) -> Suite:
        """The suite on this chain. Raises `NoContractHere` if it isn't deployed."""
        if self._suite is not None:
            return self._suite
        found = suite_addresses()
        return Suite.at(self.web3, found["AgentRegistry"], found["AgentWalletFactory"], found["CredentialRegistry"])

    @property
    def tokens(self) -> Mapping[str, KnownToken]:
        """The known stablecoins of this chain by symbol; none if the chain isn't known.

        A hint for people. What an agent may pay is in its mandate alone.
        """
        return tokens(self.node.chain_id())

    def __repr__(self) -> str:
        return f"Network({self.node.url})"


def require_port(url: str) -> None:
    """Raises `InvalidInput` if the URL has no host, or a port that none can be."""
    try:
        parts = urlsplit(url)
        good, port = bool(parts.hostname), parts.port
    except ValueError:
        good, port = False, None
    if not good or port == 0:
        raise InvalidInput(f"The URL {shown(url)} has no host, or no port from 1 to 65535. Pass one such as {EXAMPLE}.")


def _protocol(network: object) -> str:
    # What a URL of another kind lacks.
    if not isinstance(network, str) or "://" not in network:
        return ""
    return " The package talks HTTP with nodes: a URL must begin with http:// or https://."


def _named(name: str) -> KnownNetwork:
    try:
        return known_network(name)
    except InvalidInput as error:
        raise InvalidInput(f"{error} Or pass the URL of a node, such as {EXAMPLE}.") from None


def _connection_to(known: KnownNetwork) -> Web3:
    variable = known.rpc_variable
    url = os.environ.get(variable, "").strip()
    if not url:
        raise InvalidInput(
            f"No node of {known.name} is known: set the environment variable {variable} to the URL of one, such as "
            f"{variable}=https://rpc.example/key."
        )
    if not url.startswith(URLS):
        # What the variable holds isn't shown: it may be a key.
        raise InvalidInput(
            f"The environment variable {variable} has no URL: set it to that of a node of {known.name}, such as "
            f"{variable}=https://rpc.example/key."
        )
    return Web3(OneChainProvider(url, known.chain_id, known.name, f"in {variable}"))
