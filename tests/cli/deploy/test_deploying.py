"""`doctor`, `plan`, `deploy` and `verify` as commands: exit codes, what is printed, and what is never sent."""

from __future__ import annotations

import json

import pytest

from peculium.cli.exits import Exit
from peculium.deployments import suite_addresses
from peculium.devnet.anvil import rpc
from verification.testing.deploying import CREATIONS


@pytest.fixture
def key_file(deployer, tmp_path):
    """A file with the deployer's key."""
    path = tmp_path / "key"
    path.write_text("0x" + bytes(deployer.key).hex())
    return path


@pytest.fixture
def sent(web3, deployer):
    """How many transactions the deployer has sent since the start of the test."""
    before = web3.eth.get_transaction_count(deployer.address)
    return lambda: web3.eth.get_transaction_count(deployer.address) - before


@pytest.fixture
def run_deploy(peculium, node_url, key_file, tmp_path):
    """Runs `peculium deploy`."""
    manifest = tmp_path / "deployments" / "31337.json"
    return lambda *more: peculium(
        "deploy", "--network", node_url, "--key-file", key_file, "--manifest", manifest, *more
    )


def test_nothing_is_sent_without_a_person_who_agrees(run_deploy, sent):
    ran = run_deploy()
    assert (ran.exit, sent()) == (Exit.USAGE, 0)
    assert "10 contracts are missing" in ran.talk
    assert "pass --yes" in ran.talk


def test_refuses_an_account_that_cannot_pay(run_deploy, web3, deployer, sent):
    rpc(web3, "anvil_setBalance", deployer.address, "0x0")
    ran = run_deploy("--yes")
    assert (ran.exit, sent()) == (Exit.REFUSED, 0)
    assert "has 0 of the native currency; the deployment needs" in ran.talk


def test_refuses_an_entry_point_without_code(run_deploy, payee, sent):
    ran = run_deploy("--yes", "--entry-point", payee.address)
    assert (ran.exit, sent()) == (Exit.UNREACHABLE, 0)
    assert f"has no EntryPoint at {payee.address}" in ran.talk


def test_refuses_another_chain_than_the_named_one(peculium, node_url, monkeypatch, sent):
    monkeypatch.setenv("BASE_SEPOLIA_RPC", node_url)
    ran = peculium("plan", "--network", "base-sepolia")
    assert (ran.exit, ran.out) == (Exit.UNREACHABLE, "")
    assert "serves chain 31337, and base-sepolia is chain 84532" in ran.talk


def test_plans_deploys_and_verifies(peculium, node_url, run_deploy, deployer, sent, tmp_path):
    planned = peculium("plan", "--network", node_url, "--from", deployer.address)
    assert (planned.exit, "Next: peculium deploy" in planned.talk) == (Exit.OK, True)
    assert "Nobody can upgrade, pause or remove these contracts" in planned.out
    ran = run_deploy("--yes")
    assert (ran.exit, sent()) == (Exit.OK, CREATIONS)
    assert "AgentWallet: created by AgentWalletFactory" in ran.talk
    written = json.loads((tmp_path / "deployments" / "31337.json").read_text())
    assert {name: each["address"] for name, each in written["contracts"].items()} == suite_addresses()
    checked = peculium("verify", "--network", node_url, "--manifest", tmp_path / "deployments" / "31337.json", "--json")
    assert (checked.exit, checked.json["result"]["same"]) == (Exit.OK, True)
    assert max(map(len, planned.out.splitlines()[:11])) <= 80


def test_a_second_deployment_asks_nothing_and_sends_nothing(run_deploy, sent):
    run_deploy("--yes")
    ran = run_deploy()
    assert (ran.exit, sent()) == (Exit.OK, CREATIONS)
    assert "nothing was sent" in ran.out


def test_verify_names_what_differs(peculium, node_url, run_deploy, web3):
    run_deploy("--yes")
    rpc(web3, "anvil_setCode", suite_addresses()["ViewsModule"], "0x00")
    ran = peculium("verify", "--network", node_url)
    assert ran.exit == Exit.FAILED
    assert "The code of ViewsModule" in ran.out
    assert "Don't use what differs" in ran.talk


def test_verify_says_what_is_missing(peculium, node_url):
    ran = peculium("verify", "--network", node_url)
    assert (ran.exit, "Next: peculium plan" in ran.talk) == (Exit.FAILED, True)


def test_doctor_ends_with_a_code_and_the_next_step(peculium, node_url, web3, deployer):
    ran = peculium("doctor", "--network", node_url, "--from", deployer.address, "--json")
    grade = ran.json["result"]["grade"]
    assert (ran.exit, ran.json["exit"]) == ((Exit.FAILED,) * 2 if grade == "fail" else (Exit.OK,) * 2)
    rpc(web3, "anvil_setBalance", deployer.address, "0x0")
    ran = peculium("doctor", "--network", node_url, "--from", deployer.address)
    assert ran.exit == Exit.FAILED
    assert f"Send native currency to {deployer.address}" in ran.talk
    assert max(map(len, ran.out.splitlines())) <= 80
