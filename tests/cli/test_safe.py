"""A Safe of which two of three owners sign, as the principal of the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils import keccak

from peculium import Status
from peculium.cli.exits import Exit
from peculium.cli.profiles import load_profile, save_profile
from peculium.devnet import Devnet
from peculium.devnet.anvil import rpc
from peculium.devnet.safe import deploy_safe
from peculium.mandate.toml import dump_mandate


@pytest.fixture
def owners(web3):
    """Three keys with native currency."""
    made = [Account.from_key(keccak(text=f"owner {index}")) for index in range(3)]
    for owner in made:
        rpc(web3, "anvil_setBalance", owner.address, hex(10**20))
    return made


@pytest.fixture
def safe(web3, profile, owners, key_file, tmp_path, monkeypatch):
    """The Safe's address. The profile has it, and the first owner's key; files are in the folder of the test."""
    address = deploy_safe(Devnet(web3), [owner.address for owner in owners], 2)
    save_profile(replace(load_profile("test"), safe=address, key_file=str(key_file(owners[0]))))
    monkeypatch.chdir(tmp_path)
    return address


@pytest.fixture
def sign(peculium, owners, key_file):
    """The second owner signs a file."""
    return lambda file: peculium("safe", "sign", file, "--yes", "--key-file", key_file(owners[1]))


@pytest.fixture
def wallet(peculium, safe, sign, new_mandate, agent, key_file, tmp_path):
    """A wallet that the Safe has created."""
    (tmp_path / "mandate.toml").write_text(dump_mandate(new_mandate(principal=safe)))
    ran = peculium(
        "create", "mandate.toml", "--agent-key-file", key_file(agent), "--draft", "draft.json", "--yes", "--json"
    )
    assert ran.exit == Exit.WAITING
    for file in ran.json["result"]["safe_files"]:
        assert sign(file).exit == Exit.OK
    created = peculium("create", "draft.json", "--yes", "--json")
    assert created.exit == Exit.OK
    return created.json["result"]["wallet"]


def test_stranger_does_not_sign(peculium, wallet, key_file, stranger):
    file = peculium("pause", wallet, "--yes", "--json").json["error"]["file"]
    ran = peculium("safe", "sign", file, "--yes", "--key-file", key_file(stranger))
    assert ran.exit == Exit.USAGE
    assert f"{stranger.address} is no owner of the Safe" in ran.talk


def test_owners_read_what_they_sign(peculium, wallet, safe, sign):
    file = peculium("pause", wallet, "--yes", "--json").json["error"]["file"]
    ran = peculium("safe", "sign", file)
    assert ran.exit == Exit.USAGE
    assert "RevocationSwitch.pause" in ran.talk
    assert wallet in ran.talk


def test_stop_is_executed_when_enough_owners_have_signed(peculium, wallet, sign, suite):
    waiting = peculium("pause", wallet, "--yes")
    assert waiting.exit == Exit.WAITING
    assert "peculium safe sign" in waiting.talk
    assert suite.registry.check_wallet(wallet).status is Status.ACTIVE
    file = peculium("pause", wallet, "--yes", "--json").json["error"]["file"]
    assert "2 of 2 signatures are there" in sign(file).out
    ran = peculium("pause", wallet, "--yes")
    assert ran.out.startswith(f"The agent of {wallet} is paused.")
    assert suite.registry.check_wallet(wallet).status is Status.PAUSED


def test_order_is_the_same_in_every_run(peculium, wallet, sign):
    waiting = peculium("order", "sign", "pause", wallet, "--json").json["error"]["file"]
    assert peculium("order", "sign", "pause", wallet, "--json").json["error"]["file"] == waiting
    sign(waiting)
    assert peculium("order", "sign", "pause", wallet, "--file", "order.json").exit == Exit.OK
    assert peculium("order", "submit", "order.json", "--yes").exit == Exit.OK


@pytest.mark.parametrize("part", ["message", "signs"])
def test_file_that_shows_something_else_is_refused(peculium, wallet, sign, part):
    file = peculium("order", "sign", "pause-all", "--json").json["error"]["file"]
    content = json.loads(Path(file).read_text())
    if part == "signs":
        content["signs"]["message"]["nonce"] += 1
    else:
        content["typed_data"]["message"]["message"] = "0x" + "11" * 32
    Path(file).write_text(json.dumps(content))
    ran = sign(file)
    assert ran.exit == Exit.USAGE
    assert "shows something else" in ran.talk


def test_line_for_cast_is_refused(peculium, wallet):
    ran = peculium("pause", wallet, "--show-cast")
    assert ran.exit == Exit.USAGE
    assert "--show-cast is for a key" in ran.talk
