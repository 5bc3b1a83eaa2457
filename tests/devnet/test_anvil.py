"""`run_anvil` and `Devnet`: start, stop, and one sentence for what is missing."""

import sys
import tempfile

import pytest
from web3 import Web3

from peculium.devnet import Devnet, DevnetError, artifact, artifacts, deploy_entry_point, run_anvil
from peculium.devnet.anvil import rpc
from peculium.operations import ENTRY_POINT

START = 1_800_000_000


def test_names_the_command_that_installs_anvil(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DevnetError, match=r"Anvil is not installed. Run `make setup`"), run_anvil(START):
        pass


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
