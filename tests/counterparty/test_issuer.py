"""`Issuer`, and which credentials `check` finds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from peculium import CredentialStatus, ExternalSigner, InvalidInput, Issuer, SignedCredential, errors
from peculium.credentials import data_hash_of, verify
from verification.testing.durations import DAY

SCHEMA, OTHER = "https://schemas.example/audit/1", "https://schemas.example/insurance/1"


@pytest.fixture
def issuer(suite, other_principal):
    return Issuer(other_principal, suite)


@pytest.fixture
def term(now):
    return {"valid_from": now(), "valid_until": now() + DAY}


@pytest.fixture
def offline(suite, web3, issuer, now):
    """Verifies without the chain."""

    def verified(signed, at=None, issuers=None, chain_id=None):
        return verify(
            signed, issuers or [issuer.address], at or now(), chain_id or web3.eth.chain_id, suite.credentials.address
        )

    return verified


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"credentials": [SCHEMA]}, "No issuer"),
        ({"issuers": ["0x" + "11" * 20]}, "no credential"),
        ({"credentials": SCHEMA, "issuers": ["0x" + "11" * 20]}, "Pass a list"),
        ({"credentials": [""], "issuers": ["0x" + "11" * 20]}, "empty"),
        ({"credentials": [SCHEMA], "issuers": ["0x11"]}, "not an address"),
    ],
)
def test_check_refuses_a_question_that_would_prove_nothing(options, words, look):
    with pytest.raises(InvalidInput, match=words):
        look(**options)


@pytest.mark.parametrize("data", [{"score": 0.5}, {"list": [1.0]}, {"x": object()}, {"x": {1, 2}}])
def test_refuses_data_without_one_hash(data):
    with pytest.raises(InvalidInput):
        data_hash_of(data)


def test_the_order_of_keys_does_not_change_the_hash_of_data():
    assert data_hash_of({"b": 1, "a": "é"}) == data_hash_of('{"a":"é","b":1}') == data_hash_of({"a": "é", "b": 1})


def test_a_missing_credential_is_named(look, issuer):
    found = look(credentials=[SCHEMA], issuers=[issuer.address])
    assert (found.credentials, found.missing) == ((), (SCHEMA,))
    with pytest.raises(errors.NoLiveCredential, match="audit"):
        found.require_credentials()


def test_an_issued_credential_of_agent_or_principal_is_found(look, issuer, created, term):
    issuer.issue(created.wallet.address, SCHEMA, {"grade": "A"}, **term)
    issuer.issue(created.principal.address, OTHER, **term)
    found = look(credentials=[SCHEMA, OTHER], issuers=[issuer.address])
    assert [(each.schema, each.live) for each in found.credentials] == [(SCHEMA, True), (OTHER, True)]
    assert found.require_credentials().missing == ()
    assert look(credentials=[SCHEMA], issuers=[created.principal.address]).missing == (SCHEMA,)


def test_a_revoked_credential_is_not_live(look, issuer, created, term):
    issued = issuer.issue(created.wallet.address, SCHEMA, **term)
    issuer.revoke(issued)
    found = look(credentials=[SCHEMA], issuers=[issuer.address])
    assert ([each.status for each in found.credentials], found.missing) == ([CredentialStatus.REVOKED], (SCHEMA,))
    assert issuer.status(issued.signed) is CredentialStatus.REVOKED


def test_a_presented_credential_counts_until_it_is_revoked(look, issuer, created, term):
    signed = issuer.sign(created.wallet.address, SCHEMA, **term)
    presented = SignedCredential.from_dict(json.loads(json.dumps(signed.as_dict())))
    assert presented == signed
    assert look(credentials=[presented], issuers=[issuer.address]).missing == ()
    issuer.revoke(signed)
    assert look(credentials=[presented], issuers=[issuer.address]).missing == (SCHEMA,)


def test_a_presented_credential_about_somebody_else_or_of_another_issuer_does_not_count(
    look, issuer, created, term, stranger, suite
):
    about_other = issuer.sign(stranger.address, SCHEMA, **term)
    assert look(credentials=[about_other], issuers=[issuer.address]).missing == (SCHEMA,)
    own = Issuer(stranger, suite).sign(created.wallet.address, SCHEMA, **term)
    assert look(credentials=[own], issuers=[issuer.address]).missing == (SCHEMA,)


def test_a_schema_or_data_that_do_not_belong_to_a_credential_are_refused(issuer, created, term):
    signed = issuer.sign(created.wallet.address, SCHEMA, "the report", **term)
    with pytest.raises(InvalidInput, match="schema"):
        replace(signed, schema_name=OTHER)
    with pytest.raises(InvalidInput, match="data"):
        replace(signed, data="another report")


def test_refuses_to_revoke_what_another_issued(issuer, created, term, stranger, suite):
    with pytest.raises(InvalidInput, match="Only it can revoke"):
        Issuer(stranger, suite).revoke(issuer.sign(created.wallet.address, SCHEMA, **term))


def test_offline_verification_needs_signature_time_chain_and_trust(offline, issuer, created, term, stranger):
    signed = issuer.sign(created.wallet.address, SCHEMA, **term)
    assert offline(signed) is CredentialStatus.VALID
    assert offline(signed, at=term["valid_until"]) is CredentialStatus.EXPIRED
    assert offline(signed, at=term["valid_from"] - 1) is CredentialStatus.NOT_YET_VALID
    forged = replace(signed, credential=replace(signed.credential, subject=stranger.address))
    bad = (offline(forged), offline(signed, issuers=[stranger.address]), offline(signed, chain_id=1))
    assert set(bad) == {CredentialStatus.BAD_SIGNATURE}
    assert offline(replace(signed, signature=b"\1" * 65)) is CredentialStatus.BAD_SIGNATURE


def test_a_later_credential_replaces_the_one_before(issuer, created, term):
    first, second = (issuer.issue(created.wallet.address, SCHEMA, **term).signed for _ in range(2))
    assert (first.credential.nonce, second.credential.nonce) == (1, 2)
    assert (issuer.status(first), issuer.status(second)) == (CredentialStatus.SUPERSEDED, CredentialStatus.VALID)


def test_a_key_without_money_issues_and_revokes_by_its_signature(
    suite, other_principal, relayer, created, term, look, web3
):
    """A key service signs, another account pays."""
    service = ExternalSigner(
        other_principal.address, lambda data: other_principal.sign_typed_data(full_message=data).signature, relayer
    )
    issuer, sent = Issuer(service, suite), web3.eth.get_transaction_count(other_principal.address)
    issued = issuer.issue(created.wallet.address, SCHEMA, **term)
    assert look(credentials=[SCHEMA], issuers=[issuer.address]).missing == ()
    issuer.revoke(issued.credential_id)
    assert look(credentials=[SCHEMA], issuers=[issuer.address]).missing == (SCHEMA,)
    assert web3.eth.get_transaction_count(other_principal.address) == sent


def test_refuses_a_signer_without_a_payer(suite, other_principal, created, term):
    service = ExternalSigner(other_principal.address, lambda data: b"")
    with pytest.raises(InvalidInput, match="Pass payer="):
        Issuer(service, suite).issue(created.wallet.address, SCHEMA, **term)


@pytest.mark.parametrize("account", [5, None, object(), "0x12"])
def test_refuses_what_can_not_sign(account, suite):
    with pytest.raises(InvalidInput):
        Issuer(account, suite)


@pytest.mark.parametrize("credential", [7, "0x" + "11" * 32, b"short", None])
def test_refuses_to_revoke_what_is_no_credential(credential, issuer):
    with pytest.raises(InvalidInput):
        issuer.revoke(credential)
