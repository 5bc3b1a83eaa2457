"""The network that an ape command is connected to: its node, the account that pays, and readable errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ape
import click
from ape.cli import ConnectedProviderCommand, network_option
from eth_account import Account
from eth_typing import ChecksumAddress
from web3 import Web3
from web3.exceptions import Web3Exception, Web3RPCError

from peculium import PeculiumError, Signer, Suite
from peculium.devnet import deploy_entry_point
from peculium.journal import Journal
from peculium.operations import ENTRY_POINT

DEPLOYMENTS = Path(__file__).parent.parent / "deployments"
"""The folder of the manifests."""
DEVELOPMENT_CHAINS = (1337, 31337)
"""The chain ids of local nodes."""


@dataclass(frozen=True)
class Signed:
    """A signed transaction, with the attribute that `eth_account` has."""

    raw_transaction: bytes


@dataclass(frozen=True)
class Signature:
    """A signed message, with the attribute that `eth_account` has."""

    signature: bytes


class ApeSigner:
    """An account of ape's as a `Signer` of the package."""

    def __init__(self, account: Any) -> None:
        self._account = account
        self._address = Web3.to_checksum_address(account.address)

    @property
    def address(self) -> ChecksumAddress:
        """The account's address."""
        return self._address

    def sign_transaction(self, transaction_dict: Any) -> Signed:
        """Signs a transaction."""
        ecosystem = ape.networks.provider.network.ecosystem
        signed = self._account.sign_transaction(ecosystem.create_transaction(**transaction_dict))
        if signed is None:
            raise click.ClickException(f"The account {self.address} did not sign. This transaction was not sent.")
        return Signed(signed.serialize_transaction())

    def sign_message(self, signable_message: Any) -> Signature:
        """Signs a message."""
        return Signature(self._account.sign_message(signable_message).encode_rsv())


def for_principal(command: Callable[..., None]) -> click.Command:
    """Makes a command that deploys a contract of one principal, with the options of all of them."""
    options = [
        network_option(default="ethereum:local:foundry"),
        click.option("--principal", required=True, help="The address of the principal: owner of the wallets."),
        click.option(
            "--account", "alias", help="The ape account that pays. On a local chain a test account pays by default."
        ),
        click.option("--manifest", type=click.Path(path_type=Path), help="Default: deployments/<chain id>.json."),
        click.option(
            "--json", "as_json", is_flag=True, help="Print the result as JSON; add -v ERROR to print nothing else."
        ),
    ]
    for option in reversed(options):
        command = option(command)
    made: click.Command = click.command(cls=ConnectedProviderCommand)(command)
    return made


def rpc_url() -> str:
    """The URL of the node that ape is connected to."""
    return str(ape.networks.provider.http_uri)


def connected_web3() -> Web3:
    """The node that ape is connected to."""
    return Web3(Web3.HTTPProvider(rpc_url()))


def deployed_suite(web3: Web3, manifest: Path | None) -> Suite:
    """The suite of a manifest, by default that of the connected chain. Ends the command if there is no such file."""
    if ends_with_command():
        raise click.ClickException(
            "Without --network the chain ends with this command, so nothing is deployed on it. Name a chain that stays, such as "
            "--network ethereum:local:http://127.0.0.1:8545, here and for `ape run deploy`."
        )
    path = manifest or DEPLOYMENTS / f"{web3.eth.chain_id}.json"
    if not path.is_file():
        raise click.ClickException(f"{relative(path)} does not exist. Run `ape run deploy` first.")
    return Suite.connect(rpc_url(), path)


def is_development(web3: Web3) -> bool:
    """Whether this is a local chain, where test accounts pay."""
    return bool(ape.networks.provider.network.is_dev) or web3.eth.chain_id in DEVELOPMENT_CHAINS


def ends_with_command() -> bool:
    """Whether ape started the node itself, and stops it when the command ends."""
    return getattr(ape.networks.provider, "process", None) is not None


def payer(web3: Web3, alias: str | None) -> Signer:
    """The account that pays: one of ape's by its alias, or on a development chain ape's first test account."""
    if alias is not None:
        if alias not in ape.accounts.aliases:
            raise click.ClickException(f"ape has no account {alias!r}. `ape accounts list` shows what it has.")
        account = ape.accounts.load(alias)
        if hasattr(account, "set_autosign"):
            # ape asks for the passphrase once now, instead of for each transaction.
            account.set_autosign(True)
        signer: Signer = ApeSigner(account)
    elif is_development(web3):
        signer = Account.from_key(ape.accounts.test_accounts[0].private_key)
    else:
        raise click.ClickException("Name the account that pays: --account ALIAS (`ape accounts list` shows yours).")
    if not web3.eth.get_balance(signer.address):
        raise click.ClickException(f"{signer.address} has no ether on chain {web3.eth.chain_id}. Fund it first.")
    return signer


def journal() -> Journal | None:
    """Where deployments write down what they send; None on a chain that ends with the command."""
    if ends_with_command():
        return None
    DEPLOYMENTS.mkdir(exist_ok=True)
    return Journal(DEPLOYMENTS / ".sent.db")


def ensure_entry_point(web3: Web3, signer: Signer, address: str) -> None:
    """Deploys the canonical EntryPoint on a local chain. Elsewhere, refuses an address without an EntryPoint."""
    if address == ENTRY_POINT and is_development(web3):
        deploy_entry_point(web3, signer)
    require_entry_point(web3, address)


def require_entry_point(web3: Web3, address: str) -> None:
    """Ends the command if the chain has no EntryPoint there."""
    if not web3.eth.get_code(Web3.to_checksum_address(address)):
        raise click.ClickException(f"Chain {web3.eth.chain_id} has no EntryPoint at {address}. Use another chain.")


@contextmanager
def readable_errors() -> Iterator[None]:
    """Ends a command with one sentence instead of a traceback, where the package or the node refuses."""
    try:
        yield
    except PeculiumError as error:
        raise click.ClickException(str(error)) from None
    except Web3Exception as error:
        raise click.ClickException(f"The node refused: {_message(error)}") from None
    except OSError as error:
        raise click.ClickException(f"The node does not answer: {error}") from None


def _message(error: Web3Exception) -> str:
    response = error.rpc_response if isinstance(error, Web3RPCError) else None
    return str(response["error"]["message"]) if response and "error" in response else str(error)


def relative(path: Path) -> Path:
    """A path relative to the working directory, where it is inside."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
