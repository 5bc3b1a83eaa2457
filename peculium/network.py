"""A chain and the suite on it, named in whatever way is at hand."""

from __future__ import annotations

from functools import cached_property

from web3 import Web3

from peculium.chain.node import Node
from peculium.deployments import suite_addresses
from peculium.errors import InvalidInput
from peculium.suite import Suite


class Network:
    """A chain and the suite on it. Nothing is asked of the node before it is needed."""

    def __init__(self, web3: Web3, suite: Suite | None = None) -> None:
        self.web3 = web3
        self._suite = suite

    @classmethod
    def of(cls, network: Network | Suite | Web3 | str) -> Network:
        """Returns the network that is meant: a URL of a node (JSON-RPC), a connection, a suite, or a network itself.

        For a URL and a connection the suite is that of the package, whose addresses are the same on every chain. Raises
        `InvalidInput` for anything else.
        """
        if isinstance(network, Network):
            return network
        if isinstance(network, Suite):
            return cls(network.web3, network)
        if isinstance(network, Web3):
            return cls(network)
        if isinstance(network, str) and network.startswith(("http://", "https://")):
            return cls(Web3(Web3.HTTPProvider(network)))
        raise InvalidInput(
            f"{network!r} names no network. Pass the URL of a node, such as http://127.0.0.1:8545, or a Web3 object."
        )

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

    def __repr__(self) -> str:
        return f"Network({self.node.url})"
