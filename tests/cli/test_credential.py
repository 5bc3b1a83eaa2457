"""Credentials from the command line."""

from __future__ import annotations

import json

import pytest

from peculium.cli.exits import Exit

SCHEMA = "https://schemas.example/audit/1"


@pytest.fixture
def issue(peculium, bot, tmp_path):
    """The principal attests something of the agent. Returns the credential's file."""

    def make(*options):
        path = tmp_path / "credential.json"
        ran = peculium("credential", "issue", "bot", SCHEMA, "--until", "90 days", "--file", path, "--yes", *options)
        assert ran.exit == Exit.OK
        return path

    return make


@pytest.mark.parametrize("until", ["soon", "2027-13-01", "90"])
def test_end_that_is_no_time_is_refused(peculium, bot, until):
    ran = peculium("credential", "issue", "bot", SCHEMA, "--until", until, "--yes")
    assert ran.exit == Exit.USAGE
    assert "is no time" in ran.talk


def test_signed_only_needs_a_file(peculium, bot):
    assert "Pass --file FILE" in peculium("credential", "issue", "bot", SCHEMA, "--until", "1 day", "--sign-only").talk


def test_credential_is_issued_listed_and_revoked(peculium, issue, principal):
    path = issue()
    (held,) = peculium("credential", "list", "bot", "--json").json["result"]
    assert (held["issuer"], held["status"]) == (principal.address, "valid")
    assert peculium("credential", "verify", path, "--issuer", principal.address).exit == Exit.OK
    assert peculium("credential", "revoke", path, "--yes", "--json").json["result"]["revoked"] is True
    ran = peculium("credential", "verify", path, "--issuer", principal.address)
    assert ran.exit == Exit.FAILED
    assert f"The credential {SCHEMA} of bot is revoked." in ran.out


def test_issuer_that_is_not_trusted_proves_nothing(peculium, issue, stranger):
    path = issue("--sign-only")
    assert peculium("credential", "verify", path).exit == Exit.USAGE
    ran = peculium("credential", "verify", path, "--issuer", stranger.address, "--json")
    assert (ran.exit, ran.json["result"]["valid"], ran.json["result"]["status"]) == (Exit.FAILED, False, None)


def test_altered_credential_is_refused(peculium, issue, principal):
    path = issue("--sign-only")
    content = json.loads(path.read_text())
    content["credential"]["validUntil"] += 1
    path.write_text(json.dumps(content))
    ran = peculium("credential", "verify", path, "--issuer", principal.address)
    assert (ran.exit, "bad signature" in ran.out) == (Exit.FAILED, True)


def test_credential_of_another_chain_is_refused(peculium, issue, principal):
    path = issue("--sign-only")
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "chain_id": 1}))
    ran = peculium("credential", "verify", path, "--issuer", principal.address)
    assert (ran.exit, "on chain 1, not for this one" in ran.out) == (Exit.FAILED, True)


def test_credential_of_another_issuer_is_not_revoked(peculium, issue, key_file, stranger):
    path = issue("--sign-only")
    ran = peculium("credential", "revoke", path, "--yes", "--key-file", key_file(stranger))
    assert ran.exit == Exit.USAGE
    assert "Only it can revoke it." in ran.talk
