"""`verify` and `requireValid`: the status of a credential that was issued or only signed."""

import pytest

from peculium import CredentialStatus, errors
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


def test_signature_of_another_account_is_invalid(suite, new_credential, stranger):
    credential = new_credential()
    signature = suite.credentials.sign(stranger, credential)
    assert suite.credentials.verify(credential, signature) is CredentialStatus.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("offset", "status"),
    [
        (-1, CredentialStatus.NOT_YET_VALID),
        (0, CredentialStatus.VALID),
        (DAY - 1, CredentialStatus.VALID),
        (DAY, CredentialStatus.EXPIRED),
        (DAY + 1, CredentialStatus.EXPIRED),
    ],
)
def test_is_valid_from_valid_from_until_before_valid_until(
    suite, new_credential, issuer, now, time_travel, offset, status
):
    """I21: `validFrom` is inclusive, `validUntil` is exclusive."""
    start = now() + 100
    credential = new_credential(valid_from=start, valid_until=start + DAY)
    signature = suite.credentials.sign(issuer, credential)
    time_travel(to=start + offset)
    assert suite.credentials.verify(credential, signature) is status


def test_revocation_is_permanent(suite, new_credential, issuer):
    credential = new_credential()
    signature = suite.credentials.sign(issuer, credential)
    suite.credentials.revoke(issuer, suite.credentials.credential_id(credential))
    assert suite.credentials.verify(credential, signature) is CredentialStatus.REVOKED


def test_earlier_credential_is_superseded_by_a_later_one(suite, new_credential, issuer):
    older = new_credential(nonce=1)
    signature = suite.credentials.sign(issuer, older)
    suite.credentials.issue(issuer, new_credential(nonce=2))
    assert suite.credentials.verify(older, signature) is CredentialStatus.SUPERSEDED


def test_credential_with_the_nonce_of_an_issued_one_is_superseded(suite, new_credential, issuer):
    other = new_credential(nonce=1, data_hash=b"\x01" * 32)
    signature = suite.credentials.sign(issuer, other)
    suite.credentials.issue(issuer, new_credential(nonce=1))
    assert suite.credentials.verify(other, signature) is CredentialStatus.SUPERSEDED


def test_revoked_takes_precedence_over_superseded(suite, new_credential, issuer):
    older = new_credential(nonce=1)
    signature = suite.credentials.sign(issuer, older)
    suite.credentials.revoke(issuer, suite.credentials.credential_id(older))
    suite.credentials.issue(issuer, new_credential(nonce=2))
    assert suite.credentials.verify(older, signature) is CredentialStatus.REVOKED


@pytest.mark.parametrize(
    "overrides",
    [
        {"issuer": ZERO_ADDRESS},
        {"subject": ZERO_ADDRESS},
        {"schema": bytes(32)},
        {"valid_from": 1_000, "valid_until": 1_000},
        {"valid_from": 2**34 + 1, "valid_until": 2**34},
    ],
)
def test_credential_that_cannot_be_issued_is_malformed(suite, new_credential, issuer, overrides):
    """It is malformed even with the issuer's signature."""
    credential = new_credential(**overrides)
    signature = suite.credentials.sign(issuer, credential)
    assert suite.credentials.verify(credential, signature) is CredentialStatus.MALFORMED


def test_nonce_zero_is_malformed(suite, new_credential, issuer):
    """The test bypasses the package, which refuses such a credential."""
    *fields, _ = new_credential().as_tuple()
    assert suite.credentials.read("verify", (*fields, 0), b"") == CredentialStatus.MALFORMED


def test_require_valid_reverts_with_the_status(suite, new_credential, stranger):
    credential = new_credential()
    with refuses(
        errors.CredentialNotValid,
        credential_id=suite.credentials.credential_id(credential),
        status=CredentialStatus.BAD_SIGNATURE,
    ):
        suite.credentials.read("requireValid", credential.as_tuple(), suite.credentials.sign(stranger, credential))


def test_signed_credential_is_valid_without_being_issued(suite, new_credential, issuer):
    credential = new_credential()
    assert suite.credentials.verify(credential, suite.credentials.sign(issuer, credential)) is CredentialStatus.VALID


def test_issued_credential_is_valid_without_a_signature(suite, new_credential, issuer):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    assert suite.credentials.verify(credential, b"") is CredentialStatus.VALID


def test_require_valid_returns_the_id(suite, new_credential, issuer):
    credential = new_credential()
    signature = suite.credentials.sign(issuer, credential)
    result = suite.credentials.read("requireValid", credential.as_tuple(), signature)
    assert result == suite.credentials.credential_id(credential)
