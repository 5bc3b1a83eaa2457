"""The Identity Registry of ERC-8004, whoever deployed it."""

from __future__ import annotations

from peculium.contract import Contract, Receipt, Sender
from peculium.deployments import registries
from peculium.errors import InvalidInput
from peculium.mandate import typed_data
from peculium.network import Network
from peculium.registry import REGISTRY_DOMAIN
from peculium.signatures import low_s
from peculium.units import to_address


class IdentityRegistry(Contract):
    """A registry of agents (ERC-721). Of the functions of our own registry, only those of ERC-8004 are used."""

    abi_name = "AgentRegistry"

    def next_id(self, owner: str, uri: str) -> int:
        """Returns the id that an agent would have if `owner` registered it now. Somebody else can take it first."""
        return int(self.read("register(string)", uri, sender=to_address(owner)))

    def register(self, owner: Sender, uri: str) -> tuple[int, Receipt]:
        """Registers an agent that the sender owns. Returns its id and the receipt."""
        receipt = self.send(owner, "register(string)", uri, event="Registered")
        # A contract that owns agents can register more of them in the same transaction, while it receives this one.
        ours = [each for each in receipt.events if (each.name, each.address) == ("Registered", self.address)]
        (agent_id,) = (each.arguments["agentId"] for each in ours if each.arguments["agentURI"] == uri)
        return int(agent_id), receipt

    def set_uri(self, owner: Sender, agent_id: int, uri: str) -> Receipt:
        """Sets the URI of the registration file."""
        return self.send(owner, "setAgentURI", agent_id, uri, event="URIUpdated")

    def set_wallet(self, owner: Sender, agent_id: int, wallet: str, deadline: int, signature: bytes) -> Receipt:
        """Links an account that has signed `wallet_typed_data`. `deadline` is unix seconds, at most 5 minutes ahead."""
        return self.send(
            owner, "setAgentWallet", agent_id, to_address(wallet), deadline, low_s(signature), event="MetadataSet"
        )

    def wallet_typed_data(self, agent_id: int, wallet: str, owner: str, deadline: int) -> dict[str, object]:
        """Returns the EIP-712 typed data with which an account agrees to be the agent's wallet."""
        members = {
            "agentId": ("uint256", agent_id),
            "newWallet": ("address", to_address(wallet)),
            "owner": ("address", to_address(owner)),
            "deadline": ("uint256", deadline),
        }
        types = {"AgentWalletSet": [{"name": name, "type": type_} for name, (type_, _) in members.items()]}
        message = {name: value for name, (_, value) in members.items()}
        return typed_data(REGISTRY_DOMAIN, self.node.chain_id(), self.address, types, "AgentWalletSet", message)


def identity_registry(network: Network, address: str | None = None) -> IdentityRegistry:
    """Returns the canonical Identity Registry of a chain, or the one at `address`, which you trust instead.

    Raises `InvalidInput` if none is known for the chain.
    """
    chain_id = network.node.chain_id()
    if address is None:
        known = registries().get(chain_id)
        if known is None:
            raise InvalidInput(
                f"No canonical registry of ERC-8004 is known for chain {chain_id}. Pass registry=, the address of the one that "
                "you trust."
            )
        address = known.identity
    return IdentityRegistry(network.web3, address)
