"""`ape run deploy` and `ape run paymaster`: what they print, and one sentence for each refusal."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import ape
import click
import pytest
from eth_account import Account
from eth_utils import to_checksum_address
from requests import ConnectionError
from web3.exceptions import Web3RPCError

from peculium import ChainUnavailable
from peculium.deployments.create2 import DEPLOYER
from peculium.devnet.anvil import rpc
from peculium.operations import ENTRY_POINT
from scripts import deploy, paymaster
from toolchain import ape_network

ROOT = Path(__file__).parents[2]
PRINCIPAL = to_checksum_address("0x" + "0a11ce".zfill(40))


@pytest.fixture(autouse=True)
def network(node_url, tmp_path, monkeypatch):
    """Connects ape to the chain of the tests, as `--network` does. The folder of the manifests is the test's."""
    monkeypatch.setattr(ape_network, "DEPLOYMENTS", tmp_path)
    with ape.networks.parse_network_choice(f"ethereum:local:{node_url}"):
        yield


@pytest.fixture
def manifest(tmp_path):
    """Where the commands write and read the manifest."""
    return tmp_path / "manifest.json"


@pytest.fixture
def run_deploy(manifest, capsys):
    """Runs `ape run deploy` on the chain of the tests, and returns what it prints."""

    def run(alias=None, entry_point=ENTRY_POINT, as_json=False):
        deploy.cli.callback(alias=alias, entry_point=entry_point, manifest=manifest, as_json=as_json)
        return capsys.readouterr().out

    return run


@pytest.fixture
def run_paymaster(manifest, capsys):
    """Runs `ape run paymaster` on the chain of the tests, and returns what it prints."""

    def run(as_json=False):
        paymaster.cli.callback(principal=PRINCIPAL, alias=None, manifest=manifest, as_json=as_json)
        return capsys.readouterr().out

    return run


def test_deploys_and_prints_the_manifest(web3, run_deploy, manifest):
    printed = run_deploy(as_json=True)
    assert printed == manifest.read_text()
    for contract in json.loads(printed)["contracts"].values():
        assert web3.eth.get_code(contract["address"])


def test_finds_a_deployment_and_says_so(run_deploy):
    assert "deployed, " in run_deploy()
    printed = run_deploy()
    assert "deployed, " not in printed
    assert "The code on chain 31337 is the code of the build." in printed


def test_deploys_a_paymaster_and_names_the_next_steps(run_deploy, run_paymaster):
    run_deploy()
    printed = run_paymaster()
    assert f"Paymaster of {PRINCIPAL}" in printed
    assert "paymaster.deposit(principal" in printed
    result = json.loads(run_paymaster(as_json=True))
    assert (result["found"], result["deposit"]) == (True, "0")


def test_refuses_a_paymaster_without_a_manifest(run_paymaster):
    with pytest.raises(click.ClickException, match=r"does not exist. Run `ape run deploy` first\."):
        run_paymaster()


def test_refuses_a_chain_whose_create2_deployer_cannot_be_created(web3, run_deploy):
    rpc(web3, "anvil_setCode", DEPLOYER, "0x")
    with pytest.raises(click.ClickException, match="The CREATE2 deployer can't be created on this chain"):
        run_deploy()


def test_refuses_a_chain_without_the_entry_point(web3, run_deploy, run_paymaster):
    with pytest.raises(click.ClickException, match=f"Chain 31337 has no EntryPoint at {PRINCIPAL}"):
        run_deploy(entry_point=PRINCIPAL)
    run_deploy()
    rpc(web3, "anvil_setCode", ENTRY_POINT, "0x")
    with pytest.raises(click.ClickException, match=f"Chain 31337 has no EntryPoint at {ENTRY_POINT}"):
        run_paymaster()


def test_refuses_an_unknown_account_in_one_sentence():
    ape = Path(sys.executable).parent / "ape"
    command = [ape, "run", "deploy", "--account", "nobody", "-v", "ERROR"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr == "Error: ape has no account 'nobody'. `ape accounts list` shows what it has.\n"


def test_refuses_an_account_without_ether(web3, monkeypatch):
    accounts = SimpleNamespace(aliases=["empty"], load=lambda alias: Account.create())
    monkeypatch.setattr(ape_network, "ape", SimpleNamespace(accounts=accounts))
    with pytest.raises(click.ClickException, match=r"has no ether on chain 31337. Fund it first\."):
        ape_network.payer(web3, "empty")


def test_asks_for_an_account_on_a_public_chain(monkeypatch):
    network = SimpleNamespace(provider=SimpleNamespace(network=SimpleNamespace(is_dev=False)))
    monkeypatch.setattr(ape_network, "ape", SimpleNamespace(networks=network))
    with pytest.raises(click.ClickException, match="Name the account that pays"):
        ape_network.payer(SimpleNamespace(eth=SimpleNamespace(chain_id=1)), None)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ChainUnavailable("The chain is another."), "The chain is another."),
        (
            Web3RPCError("", rpc_response={"error": {"message": "insufficient funds"}}),
            "The node refused: insufficient funds",
        ),
        (ConnectionError("refused"), "The node does not answer: refused"),
    ],
)
def test_replaces_tracebacks_by_a_sentence(error, sentence):
    with pytest.raises(click.ClickException) as raised, ape_network.readable_errors():
        raise error
    assert raised.value.message == sentence
