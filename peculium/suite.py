"""The suite: the contracts of one deployment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3

from peculium.chain.node import Node
from peculium.credentials import CredentialRegistry
from peculium.errors import InvalidInput, NoContractHere, NodeRefused, WrongChain
from peculium.factory import AgentWalletFactory
from peculium.registry import AgentRegistry
from peculium.switch import RevocationSwitch
from peculium.units import to_address
from peculium.wallet import AgentWallet

_NEEDED = ("AgentRegistry", "AgentWalletFactory", "CredentialRegistry")


@dataclass(frozen=True)
class Suite:
    """The registry, switch, factory and credential registry of one deployment."""

    web3: Web3
    registry: AgentRegistry
    switch: RevocationSwitch
    factory: AgentWalletFactory
    credentials: CredentialRegistry

    @classmethod
    def at(cls, web3: Web3, registry: str, factory: str, credentials: str) -> Suite:
        """Returns the suite at these addresses. The registry knows the address of the switch."""
        agent_registry = AgentRegistry(web3, registry)
        return cls(
            web3,
            agent_registry,
            RevocationSwitch(web3, agent_registry.read("SWITCH")),
            AgentWalletFactory(web3, factory),
            CredentialRegistry(web3, credentials),
        )

    @classmethod
    def connect(cls, rpc_url: str, manifest: str | Path) -> Suite:
        """Returns the suite of a deployment manifest (JSON file), over JSON-RPC.

        Raises `ChainUnavailable` if the node doesn't answer, serves another chain, or an address has no code, and
        `InvalidInput` if the file isn't a manifest.
        """
        expected, addresses = _read_manifest(Path(manifest))
        web3 = Web3(Web3.HTTPProvider(rpc_url))
        node = Node.of(web3)
        chain_id = node.chain_id()
        if chain_id != expected:
            raise WrongChain(
                f"{rpc_url} serves chain {chain_id}; the manifest is for chain {expected}. Use another URL."
            )
        codes = node.batch([("eth_getCode", (address, "latest")) for address in addresses.values()])
        for (name, address), code in zip(addresses.items(), codes, strict=True):
            if isinstance(code, NodeRefused):
                raise code
            if code == "0x":
                raise NoContractHere(
                    f"The address {address} of {name} has no code on chain {chain_id}. Deploy it first."
                )
        return cls.at(web3, *(addresses[name] for name in _NEEDED))

    def wallet(self, address: str) -> AgentWallet:
        """Returns the binding of the wallet at an address."""
        return AgentWallet(self.web3, address)


def _read_manifest(path: Path) -> tuple[int, dict[str, str]]:
    # The chain id, and the addresses by name.
    try:
        content = json.loads(path.read_text())
        addresses = {name: to_address(contract["address"]) for name, contract in content["contracts"].items()}
        missing = [name for name in _NEEDED if name not in addresses]
        chain_id = int(content["chain_id"])
    except OSError as error:
        raise InvalidInput(
            f"The manifest {path} can't be read: {error.strerror}. Pass the file of a deployment."
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidInput(f"{path} isn't a deployment manifest: {error!r}. Pass the file of a deployment.") from None
    if missing:
        raise InvalidInput(f"The manifest {path} lacks {', '.join(missing)}. Pass the file of a deployment.")
    return chain_id, addresses
