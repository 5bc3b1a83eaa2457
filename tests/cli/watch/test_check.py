"""`peculium check` and `peculium explain`."""

from __future__ import annotations

import pytest

from peculium.cli.exits import Exit


@pytest.fixture(autouse=True)
def _profile(on_chain):
    """Every test has it."""


def test_check_of_a_stranger_fails(peculium, stranger):
    ran = peculium("check", stranger.address)
    assert ran.exit == Exit.FAILED
    assert "Nothing limits what it does" in ran.out


def test_check_refuses_a_credential_without_issuer(peculium, created):
    assert peculium("check", "research", "--credential", "kyc").exit == Exit.USAGE


def test_check_fails_without_the_credential(peculium, created, principal):
    ran = peculium("check", "research", "--credential", "kyc", "--issuer", principal.address)
    assert ran.exit == Exit.FAILED
    assert "no live credential" in ran.out


def test_check_of_a_stopped_agent_fails(peculium, created, suite, principal):
    suite.switch.pause(principal, created.wallet.address)
    assert peculium("check", "research").exit == Exit.FAILED


def test_check_says_who_answers(peculium, created, principal):
    for who in ("research", created.wallet.address, created.agent_id):
        ran = peculium("check", who)
        assert ran.exit == Exit.OK
        assert f"{principal.address} answers for it" in ran.out


def test_check_has_evidence_for_programs(peculium):
    assert peculium("check", "research", "--evidence", "--json").json["result"]["evidence"]["format"]


@pytest.mark.parametrize("data", ["hello", "0x1", "12"])
def test_explain_refuses_what_is_no_hex(peculium, data):
    assert peculium("explain", data).exit == Exit.USAGE


def test_explain_fails_for_bytes_of_others(peculium):
    assert peculium("explain", "0xdeadbeef" + "00" * 32).exit == Exit.FAILED


def test_explain_has_whole_units_of_the_chain_and_names(peculium, created, usdc, payee):
    data = created.wallet.call_data("pay", usdc.address, payee.address, 12_500_000, bytes(32))
    ran = peculium("explain", data)
    assert ran.exit == Exit.OK
    assert "The agent pays 12.5" in ran.out
    assert f"payee ({payee.address})" in ran.out


def test_explain_finds_a_mandate_by_its_hash(peculium, created):
    ran = peculium("explain", "0x" + created.mandate.hash().hex())
    assert f"Hash of a mandate that this wallet has installed. Wallet {created.wallet.address}" in ran.out


def test_explain_of_an_unknown_hash_says_so(peculium):
    assert "Only the chain says" in peculium("explain", "0x" + "12" * 32).out


def test_explain_needs_no_network(peculium, home, created, usdc, payee):
    (home / "current").unlink()
    data = created.wallet.call_data("pay", usdc.address, payee.address, 12_500_000, bytes(32))
    assert "12500000 base units" in peculium("explain", data).out


@pytest.mark.parametrize("text", ["{", '{"order": "revoke-all"}', '{"order": "dance"}'])
def test_explain_refuses_a_damaged_order(peculium, text):
    assert peculium("explain", text).exit == Exit.USAGE


def test_explain_says_what_an_order_does(peculium, principal):
    order = peculium("order", "sign", "revoke-all").out
    ran = peculium("explain", order)
    assert ran.exit == Exit.OK
    assert f"revokes all agents of {principal.address} in epoch 0 for ever" in ran.out
