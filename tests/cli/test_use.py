"""`peculium use`, `profile` and `name`."""

from __future__ import annotations

import pytest

from peculium.cli.exits import Exit
from peculium.cli.profiles import load_profile

ADDRESS = "0x" + "12" * 20


def test_unknown_network_is_refused_with_the_likely_one(peculium, home):
    ran = peculium("use", "base-sepola")
    assert ran.exit == Exit.USAGE
    assert "Did you mean base-sepolia?" in ran.talk
    assert not home.exists()


def test_unknown_account_is_refused(peculium):
    ran = peculium("use", "base-sepolia", "--account", "treasury")
    assert ran.exit == Exit.USAGE
    assert 'There is no account "treasury" (there are: none yet)' in ran.talk


def test_missing_profile_is_refused(peculium):
    ran = peculium("profile", "--profile", "work")
    assert ran.exit == Exit.USAGE
    assert 'There is no profile "work"' in ran.talk


@pytest.mark.parametrize("content", ["network = 1", "chain = 'base'", "network = ", "[names]\nshop = '0x12'"])
def test_damaged_profile_is_named(peculium, home, content):
    peculium("use", "base-sepolia")
    (home / "profiles" / "base-sepolia.toml").write_text(content)
    ran = peculium("profile")
    assert ran.exit == Exit.USAGE
    assert "base-sepolia.toml" in ran.talk


def test_network_is_kept(peculium):
    assert peculium("use", "base-sepolia").exit == Exit.OK
    assert load_profile().network == "base-sepolia"


def test_url_of_a_local_node_is_kept_as_local(peculium):
    peculium("use", "http://127.0.0.1:8545")
    assert (load_profile().name, load_profile().network) == ("local", "http://127.0.0.1:8545")


def test_profile_in_use_is_chosen_by_its_name(peculium):
    peculium("use", "base", "--as", "work")
    peculium("use", "base-sepolia")
    ran = peculium("use", "work", "--json")
    assert ran.json["result"]["network"] == "base"
    assert peculium("profile", "--json").json["result"]["current"] == "work"


def test_url_that_may_have_a_key_is_not_shown(peculium, home):
    peculium("use", "base", "--rpc", "https://rpc.example/v2/SECRET")
    for ran in (peculium("profile"), peculium("profile", "--json"), peculium("use", "base")):
        assert "SECRET" not in ran.out + ran.talk
    assert (home / "profiles" / "base.toml").stat().st_mode & 0o077 == 0
    assert load_profile().rpc == "https://rpc.example/v2/SECRET"


def test_another_network_forgets_the_url_of_the_last(peculium):
    peculium("use", "base", "--rpc", "https://rpc.example", "--as", "work")
    peculium("use", "base-sepolia", "--as", "work")
    assert load_profile().rpc is None


def test_name_is_taken_for_the_address(peculium):
    peculium("use", "base")
    peculium("name", "shop", ADDRESS)
    assert peculium("name", "shop").out.strip() == load_profile().names["shop"]


def test_unknown_name_says_the_likely_one(peculium):
    peculium("use", "base")
    peculium("name", "research", ADDRESS)
    ran = peculium("name", "reserch")
    assert ran.exit == Exit.USAGE
    assert "Did you mean research?" in ran.talk


def test_removed_name_is_unknown(peculium):
    peculium("use", "base")
    peculium("name", "shop", ADDRESS)
    peculium("name", "shop", "--remove")
    assert peculium("name", "shop").exit == Exit.USAGE
