"""The suite: the contracts of one deployment."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from requests.exceptions import RequestException
from web3 import Web3

from peculium.credentials import CredentialRegistry
from peculium.exceptions import ChainUnavailable
from peculium.factory import AgentWalletFactory
from peculium.registry import AgentRegistry
from peculium.switch import RevocationSwitch
from peculium.wallet import AgentWallet


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

        Raises `ChainUnavailable` if the node doesn't answer, serves another chain, or an address has no code.
        """
        content = json.loads(Path(manifest).read_text())
        web3 = Web3(Web3.HTTPProvider(rpc_url))
        try:
            chain_id = web3.eth.chain_id
        except (RequestException, OSError) as error:
            raise ChainUnavailable(f"No answer from {rpc_url}: {error}. Is the node running?") from error
        if chain_id != content["chain_id"]:
            raise ChainUnavailable(
                f"{rpc_url} serves chain {chain_id}; the manifest is for chain {content['chain_id']}. Use another URL."
            )
        addresses = {name: contract["address"] for name, contract in content["contracts"].items()}
        for name, address in addresses.items():
            if not web3.eth.get_code(address):
                raise ChainUnavailable(
                    f"The address {address} of {name} has no code on chain {chain_id}. Deploy it first."
                )
        return cls.at(
            web3, addresses["AgentRegistry"], addresses["AgentWalletFactory"], addresses["CredentialRegistry"]
        )

    def wallet(self, address: str) -> AgentWallet:
        """Returns the binding of the wallet at an address."""
        return AgentWallet(self.web3, address)
