"""A deployment in a process of its own."""

from __future__ import annotations

from eth_account import Account
from web3 import HTTPProvider, Web3

from peculium.deployments.deploy import deploy
from peculium.journal import Journal

CREATIONS = 8
"""Transactions of a deployment: two of its ten contracts are created by others."""


def deploy_with_journal(url: str, key: str, path: str) -> None:
    """Deploys the suite with the account of a private key, which the devnet's accounts have."""
    deploy(Web3(HTTPProvider(url)), Account.from_key(key), journal=Journal(path))
