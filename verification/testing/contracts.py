"""Deployment of contracts outside the shared suite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from web3 import Web3

from peculium import Contract, Signer
from peculium.devnet.contracts import create_contract
from peculium.devnet.entry_point import published


def deploy_published(web3: Web3, signer: Signer, name: str, version: str, *arguments: Any) -> Contract:
    """Deploys a contract from a version of the EntryPoint's npm package."""
    content = published(name, version)
    return create_contract(web3, signer, content["abi"], content["bytecode"], *arguments, kind=Contract)


def deploy_modules(deploy: Callable[..., Contract], registry: str, entry_point: str) -> tuple[str, str, str, str]:
    """Deploys mandate writer, mandate module, powers module and views module: the further arguments of the factory."""
    writer = deploy("MandateWriter").address
    mandate, powers, views = (
        deploy(f"{name}Module", registry, entry_point, writer).address for name in ("Mandate", "Powers", "Views")
    )
    return writer, mandate, powers, views
