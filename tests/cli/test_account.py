"""`peculium account`: keystores, and which account signs."""

from __future__ import annotations

import json

import pytest
from eth_account import Account

from peculium.cli.caller import Caller
from peculium.cli.exits import Exit
from peculium.cli.keys import find_key
from peculium.cli.profiles import Profile
from peculium.errors import InvalidInput

KEY = "0x" + "11" * 32
PASSPHRASE = "correct horse"


@pytest.fixture
def keystore(home, monkeypatch):
    """A keystore named `treasury`; few rounds, so that it opens at once."""
    path = home / "keystores" / "treasury.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(Account.encrypt(KEY, PASSPHRASE, kdf="pbkdf2", iterations=2)))
    monkeypatch.setenv("PECULIUM_PASSPHRASE", PASSPHRASE)
    return path


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "agent.key"
    path.write_text("0x" + "22" * 32 + "\n")
    return path


def test_no_account_says_how_to_name_one():
    with pytest.raises(InvalidInput, match="No account is named"):
        find_key(Caller(Profile()))


def test_wrong_passphrase_is_refused(keystore, monkeypatch):
    monkeypatch.setenv("PECULIUM_PASSPHRASE", "wrong")
    with pytest.raises(InvalidInput, match="wrong"):
        find_key(Caller(Profile(), account="treasury"))


def test_without_a_terminal_nobody_types_the_passphrase(keystore, monkeypatch):
    monkeypatch.delenv("PECULIUM_PASSPHRASE")
    with pytest.raises(InvalidInput, match="PECULIUM_PASSPHRASE"):
        find_key(Caller(Profile(), account="treasury"))


def test_file_without_a_key_is_refused_and_not_shown(tmp_path):
    path = tmp_path / "agent.key"
    path.write_text("my secret words")
    with pytest.raises(InvalidInput, match="no private key") as refused:
        find_key(Caller(Profile(), key_file=path))
    assert "secret" not in str(refused.value)


def test_new_account_needs_a_long_passphrase(peculium, home, monkeypatch):
    monkeypatch.setenv("PECULIUM_PASSPHRASE", "short")
    ran = peculium("account", "new", "treasury")
    assert ran.exit == Exit.USAGE
    assert not (home / "keystores").exists()


def test_existing_account_is_not_overwritten(peculium, keystore):
    before = keystore.read_text()
    assert peculium("account", "new", "treasury").exit == Exit.USAGE
    assert keystore.read_text() == before


def test_imported_key_can_be_unlocked_and_only_its_owner_reads_the_file(peculium, home, key_file, monkeypatch):
    monkeypatch.setenv("PECULIUM_PASSPHRASE", PASSPHRASE)
    ran = peculium("account", "import", "agent", "--from-file", key_file, "--json")
    path = home / "keystores" / "agent.json"
    assert path.stat().st_mode & 0o077 == 0
    assert ran.json["result"]["address"] == Account.from_key("0x" + "22" * 32).address
    assert find_key(Caller(Profile(), account="agent")).key.hex().removeprefix("0x") == "22" * 32


def test_accounts_of_ape_are_found(peculium, keystore, tmp_path):
    folder = tmp_path / "ape" / "accounts"
    folder.mkdir(parents=True)
    keystore.rename(folder / "apes.json")
    assert peculium("account", "list", "--json").json["result"][0]["origin"] == "ape"
    assert find_key(Caller(Profile(), account="apes")).address == Account.from_key(KEY).address


def test_option_is_before_environment_is_before_profile(keystore, key_file, monkeypatch):
    profile = Profile(account="treasury")
    assert find_key(Caller(profile)).address == Account.from_key(KEY).address
    monkeypatch.setenv("PECULIUM_KEY", "0x" + "33" * 32)
    assert find_key(Caller(profile)).address == Account.from_key("0x" + "33" * 32).address
    assert find_key(Caller(profile, key_file=key_file)).address == Account.from_key("0x" + "22" * 32).address


def test_address_is_read_without_the_passphrase(keystore, monkeypatch):
    monkeypatch.delenv("PECULIUM_PASSPHRASE")
    assert Caller(Profile(account="treasury")).principal_address == Account.from_key(KEY).address
