"""The network that a command was pointed at: its node, and who pays there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ape
import click
from eth_account import Account
from web3 import Web3

FOLDER = Path(__file__).parent.parent / "deployments"
"""Where the manifests are."""


class ApeSigner:
    """An account of ape's as the package takes signers."""

    def __init__(self, account: Any) -> None:
        self._account = account
        self.address = Web3.to_checksum_address(account.address)

    def sign_transaction(self, transaction_dict: Any) -> Any:
        """The signed transaction, as `eth_account` returns it."""
        ecosystem = ape.networks.provider.network.ecosystem
        signed = self._account.sign_transaction(ecosystem.create_transaction(**transaction_dict))
        if signed is None:
            raise click.Abort("The account didn't sign.")
        return type("Signed", (), {"raw_transaction": signed.serialize_transaction()})

    def sign_message(self, signable_message: Any) -> Any:
        """The signature, as `eth_account` returns it."""
        return type("Signed", (), {"signature": self._account.sign_message(signable_message).encode_rsv()})


def compiler() -> dict[str, Any]:
    """The settings that the bytecode depends on."""
    solidity = ape.project.config.solidity
    return {
        "solc": str(solidity.version),
        "evm_version": solidity.evm_version,
        "optimizer_runs": solidity.optimization_runs,
        "via_ir": solidity.via_ir,
    }


def web3_of_provider() -> Web3:
    """The network that ape is connected to."""
    provider: Any = ape.networks.provider
    return Web3(Web3.HTTPProvider(provider.http_uri))


def signer_of(web3: Web3, alias: str | None) -> Any:
    """Who pays: an account of ape's by its name, or on a development network its first test account."""
    if alias is not None:
        return ApeSigner(ape.accounts.load(alias))
    provider: Any = ape.networks.provider
    if not provider.network.is_dev and web3.eth.chain_id not in (1337, 31337):
        raise click.UsageError("Name the account that pays: --account NAME (see `ape accounts list`).")
    return Account.from_key(ape.accounts.test_accounts[0].private_key)


def shown(path: Path) -> Path:
    """A path as people would type it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
