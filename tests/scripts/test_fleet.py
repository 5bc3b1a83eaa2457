"""`ape run fleet`: what it prints, and one sentence for each refusal."""

import json
from datetime import timedelta

import ape
import click
import pytest
from eth_utils import to_checksum_address

from peculium import FleetBudget, Mandate, Window
from peculium.devnet.anvil import rpc
from scripts import deploy, fleet
from toolchain import ape_network

PRINCIPAL = to_checksum_address("0x" + "0a11ce".zfill(40))


@pytest.fixture(autouse=True)
def network(node_url):
    """Connects ape to the chain of the tests, as `--network` does."""
    with ape.networks.parse_network_choice(f"ethereum:local:{node_url}"):
        yield


@pytest.fixture
def manifest(tmp_path):
    """Where the commands write and read the manifest."""
    return tmp_path / "manifest.json"


@pytest.fixture
def deployed(manifest, capsys):
    """The suite on the chain of the tests, deployed by `ape run deploy`. Returns its manifest."""
    deploy.cli.callback(alias=None, entry_point=deploy.ENTRY_POINT, manifest=manifest, as_json=False)
    capsys.readouterr()
    return json.loads(manifest.read_text())


@pytest.fixture
def run_fleet(manifest, capsys):
    """Runs `ape run fleet` on the chain of the tests, and returns what it prints."""

    def run(principal=PRINCIPAL, alias=None, as_json=False):
        fleet.cli.callback(principal=principal, alias=alias, manifest=manifest, as_json=as_json)
        return capsys.readouterr().out

    return run


# Refusals


def test_refuses_without_a_manifest(run_fleet):
    with pytest.raises(click.ClickException, match=r"does not exist. Run `ape run deploy` first\."):
        run_fleet()


def test_refuses_a_chain_that_ends_with_the_command(run_fleet, deployed, monkeypatch):
    """`ape run deploy` would deploy on another such chain, and so on."""
    monkeypatch.setattr(ape_network, "ends_with_command", lambda: True)
    with pytest.raises(click.ClickException, match=r"--network ethereum:local:http"):
        run_fleet()


@pytest.mark.parametrize(
    ("principal", "sentence"),
    [
        ("0x1234", "'0x1234' is not an address"),
        ("alice.eth", "'alice.eth' is not an address"),
        ("0x" + PRINCIPAL[2:].swapcase(), "The checksum"),
        ("0x" + "00" * 20, "The principal is the zero address"),
    ],
)
def test_refuses_an_invalid_principal(principal, sentence, deployed, run_fleet):
    with pytest.raises(click.ClickException, match=sentence):
        run_fleet(principal=principal)


def test_refuses_an_unknown_account(deployed, run_fleet):
    with pytest.raises(click.ClickException, match="ape has no account 'nobody'"):
        run_fleet(alias="nobody")


def test_refuses_a_manifest_of_contracts_that_the_chain_does_not_have(web3, deployed, run_fleet):
    rpc(web3, "anvil_setCode", deployed["contracts"]["AgentWalletFactory"]["address"], "0x")
    with pytest.raises(click.ClickException, match="AgentWalletFactory"):
        run_fleet()


# Deployments


def test_deploys_a_fleet_budget_of_the_principal(web3, deployed, run_fleet):
    printed = run_fleet()
    result = json.loads(run_fleet(as_json=True))
    assert f"Fleet budget of {PRINCIPAL}: {result['address']} (deployed, " in printed
    budget = FleetBudget(web3, result["address"])
    assert budget.read("PRINCIPAL") == PRINCIPAL
    assert budget.read("FACTORY") == deployed["contracts"]["AgentWalletFactory"]["address"]


def test_finds_a_fleet_budget_and_says_so(deployed, run_fleet):
    run_fleet()
    assert json.loads(run_fleet(as_json=True))["found"] is True
    assert " (found).\n" in run_fleet()


def test_next_steps_are_a_program_that_runs(web3, deployed, run_fleet, principal, new_mandate):
    """A new operator pastes them."""
    lines = run_fleet(principal=principal.address).split("\n\n", 2)[2]
    program = lines.replace("  ", "").replace("Mandate(..., ", "new_mandate(")
    names = {"web3": web3, "principal": principal, "FleetBudget": FleetBudget, "Window": Window}
    exec(program, names | {"timedelta": timedelta, "new_mandate": new_mandate}, scope := {})
    assert scope["fleet"].remaining("USD").now == 200
    assert isinstance(scope["mandate"], Mandate)
    assert scope["mandate"].guard == scope["fleet"].address
