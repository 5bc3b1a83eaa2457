"""`run_anvil` and `Devnet`: start, stop, and one sentence for what is missing."""

import socket
import sys
import tempfile

import pytest
from web3 import Web3

from peculium.devnet import (
    Devnet,
    DevnetError,
    anvil,
    artifact,
    artifacts,
    deploy_entry_point,
    entry_point,
    find_anvil,
    run_anvil,
)
from peculium.devnet.anvil import rpc
from peculium.devnet.errors import EntryPointMissing
from peculium.operations import ENTRY_POINT

START = 1_800_000_000


@pytest.fixture
def bare_machine(monkeypatch, tmp_path):
    """A machine with none of the places where Anvil and the EntryPoint are looked for."""
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for module in (anvil, entry_point):
        monkeypatch.setattr(module, "node_modules", lambda: [tmp_path / "node_modules"])
    return tmp_path


def test_says_how_to_get_anvil(bare_machine):
    with (
        pytest.raises(DevnetError, match=r"Anvil is not installed. Install Foundry .* or run `npm install"),
        run_anvil(START),
    ):
        pass


@pytest.mark.parametrize(
    "place",
    ["", ".foundry/bin", f"node_modules/@foundry-rs/anvil-{anvil.npm_platform()}/bin"],
    ids=lambda each: each[:8],
)
def test_finds_anvil_where_it_is_installed(bare_machine, place):
    executable = bare_machine / place / "anvil"
    executable.parent.mkdir(parents=True, exist_ok=True)
    executable.touch(mode=0o755)
    assert find_anvil() == str(executable)


def test_refuses_a_port_in_use():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with (
            pytest.raises(DevnetError, match=f"Port {port} is in use. .* such as --port {port + 1}"),
            run_anvil(START, port=port),
        ):
            pass


def test_starts_without_the_entry_point_where_its_package_is_missing(monkeypatch):
    monkeypatch.setattr(entry_point, "node_modules", list)
    with run_anvil(START) as web3:
        devnet = Devnet(web3)
        assert not devnet.add_entry_point()
        with pytest.raises(EntryPointMissing, match=r"run `npm install @account-abstraction/contracts@0\.8\.0`"):
            deploy_entry_point(web3, devnet.role("deployer"))


def test_never_connects_to_a_node_that_is_no_devnet(node_url, monkeypatch):
    with pytest.raises(
        DevnetError, match=r"No devnet runs at http://127.0.0.1:1\. Start one: python -m peculium.devnet"
    ):
        Devnet.connect("http://127.0.0.1:1")
    monkeypatch.setattr(Web3, "client_version", "Geth/v1.14")
    with pytest.raises(DevnetError, match=r'is "Geth/v1.14", not a devnet'):
        Devnet.connect(node_url)


def test_connects_to_a_running_devnet_with_the_same_token(monkeypatch):
    with run_anvil(START) as web3:
        first = Devnet(web3)
        first.mint(first.usdc, first.role("agent").address, 5)
        monkeypatch.setenv("PECULIUM_RPC", first.url)
        second = Devnet.open()
        assert second.url == first.url
        assert second.usdc.balance(first.role("agent").address) == 5


def test_reports_why_anvil_ended():
    reason = r"Anvil ended with exit code \d+\. .*--no-such-option"
    with pytest.raises(DevnetError, match=reason), run_anvil(START, "--no-such-option"):
        pass


def test_stops_anvil_when_the_block_fails():
    with pytest.raises(RuntimeError), run_anvil(START) as web3:
        raise RuntimeError
    assert not Web3(Web3.HTTPProvider(web3.provider.endpoint_uri)).is_connected()


def test_leaves_no_states_of_old_blocks_on_the_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with run_anvil(START) as web3:
        rpc(web3, "anvil_mine", 1_000)
        assert list(tmp_path.glob("anvil-*/*/*"))
    assert not list(tmp_path.iterdir())


def test_names_the_command_that_compiles(monkeypatch, tmp_path):
    monkeypatch.setattr(artifacts, "BUILD", tmp_path / "missing.json")
    with pytest.raises(DevnetError, match="Run `make compile`"):
        artifacts.contract_types.__wrapped__()


def test_refuses_a_contract_that_the_build_does_not_have():
    with pytest.raises(LookupError, match="The build has no contract NoSuchContract"):
        artifact("NoSuchContract")


def test_gives_the_same_addresses_in_every_run():
    addresses = []
    for _ in range(2):
        with run_anvil(START) as web3:
            devnet = Devnet(web3)
            addresses.append((devnet.suite.factory.address, devnet.usdc.address, devnet.role("agent").address))
    assert addresses[0] == addresses[1]


def test_sets_the_time_and_deploys_the_entry_point_once():
    with run_anvil(START) as web3:
        devnet = Devnet(web3)
        devnet.mine_at(START + 86_400)
        assert devnet.now() == START + 86_400
        devnet.next_block_at(START + 86_500)
        assert deploy_entry_point(web3, devnet.role("deployer")) == ENTRY_POINT
        assert devnet.now() == START + 86_500
        assert deploy_entry_point(web3, devnet.role("deployer")) == ENTRY_POINT
        assert devnet.now() == START + 86_500
        rpc(web3, "anvil_setCode", ENTRY_POINT, "0x")
        assert not web3.eth.get_code(ENTRY_POINT)
