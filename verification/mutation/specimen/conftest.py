"""Fixtures of the specimen's tests: the runner's chain and two accounts. They need no suite."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from eth_account import Account
from eth_account.signers.local import LocalAccount
from web3 import Web3

from peculium import Contract
from peculium.devnet.anvil import rpc
from peculium.devnet.artifacts import artifact
from peculium.devnet.contracts import create_contract


@pytest.fixture(scope="session")
def web3() -> Web3:
    """The chain that the runner has started."""
    return Web3(Web3.HTTPProvider(os.environ["APE_FOUNDRY_HOST"]))


@pytest.fixture(scope="session")
def owner(web3: Web3) -> LocalAccount:
    """Deploys and owns the specimen."""
    return _account(web3, "owner")


@pytest.fixture(scope="session")
def stranger(web3: Web3) -> LocalAccount:
    """Somebody else."""
    return _account(web3, "stranger")


def _account(web3: Web3, name: str) -> LocalAccount:
    account: LocalAccount = Account.from_key(Web3.keccak(text=name))
    rpc(web3, "anvil_setBalance", account.address, hex(10**20))
    return account


@pytest.fixture
def deploy(web3: Web3, owner: LocalAccount) -> Callable[..., Contract]:
    """Deploys a contract by its name."""

    def deploy_contract(name: str, *arguments: Any) -> Contract:
        contract = artifact(name)
        return create_contract(web3, owner, contract.abi, contract.init_code, *arguments, kind=Contract)

    return deploy_contract


@pytest.fixture(autouse=True)
def isolation(web3: Web3) -> Iterator[None]:
    """Reverts the chain after every test."""
    snapshot = rpc(web3, "evm_snapshot")
    yield
    rpc(web3, "evm_revert", snapshot)
