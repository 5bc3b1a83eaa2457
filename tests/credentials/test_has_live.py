"""`hasLive`, `requireLive` and `credentialOf`: whether a subject has a live credential from a trusted issuer."""

from peculium import CredentialStatus, errors
from peculium.credentials import schema_of
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.durations import DAY
from verification.testing.refusals import refuses


def test_issuer_outside_the_list_is_not_trusted(suite, new_credential, issuer, stranger):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    for trusted in ([], [stranger.address], [ZERO_ADDRESS]):
        assert not suite.credentials.has_live(credential.subject, credential.schema, trusted)


def test_credential_of_another_schema_does_not_count(suite, new_credential, issuer):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    assert not suite.credentials.has_live(credential.subject, schema_of("other"), [issuer.address])


def test_require_live_reverts_without_one(suite, new_credential, issuer):
    credential = new_credential()
    with refuses(errors.NoLiveCredential, subject=credential.subject, schema=credential.schema):
        suite.credentials.read("requireLive", credential.subject, credential.schema, [issuer.address])


def test_credential_is_live_until_it_ends(suite, new_credential, issuer, now, time_travel):
    credential = new_credential(valid_until=now() + DAY)
    suite.credentials.issue(issuer, credential)
    assert suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])
    time_travel(to=credential.valid_until)
    assert not suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])


def test_returns_the_issuer(suite, new_credential, issuer, stranger):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    result = suite.credentials.read(
        "hasLive", credential.subject, credential.schema, [stranger.address, issuer.address]
    )
    assert result == [True, issuer.address]


def test_require_live_returns_the_issuer(suite, new_credential, issuer):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    result = suite.credentials.read("requireLive", credential.subject, credential.schema, [issuer.address])
    assert result == issuer.address


def test_later_credential_replaces_the_earlier(suite, new_credential, issuer, now):
    """The latest credential counts, even if it begins later."""
    suite.credentials.issue(issuer, new_credential(nonce=1))
    later = new_credential(nonce=5, valid_from=now() + DAY, valid_until=now() + 2 * DAY)
    suite.credentials.issue(issuer, later)
    found, id_, status = suite.credentials.read("credentialOf", later.subject, later.schema, issuer.address)
    assert (tuple(found), id_, status) == (
        later.as_tuple(),
        suite.credentials.credential_id(later),
        CredentialStatus.NOT_YET_VALID,
    )
    assert not suite.credentials.has_live(later.subject, later.schema, [issuer.address])


def test_status_is_valid_and_then_expired(suite, new_credential, issuer, time_travel):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    arguments = (credential.subject, credential.schema, issuer.address)
    assert suite.credentials.read("credentialOf", *arguments)[2] == CredentialStatus.VALID
    time_travel(seconds=366 * DAY)
    assert suite.credentials.read("credentialOf", *arguments)[2] == CredentialStatus.EXPIRED


def test_returns_the_zero_address_without_a_credential(suite, new_credential, issuer):
    credential = new_credential()
    result = suite.credentials.read("hasLive", credential.subject, credential.schema, [issuer.address])
    assert tuple(result) == (False, ZERO_ADDRESS)


def test_unissued_credential_is_unknown(suite, new_credential, issuer):
    credential = new_credential()
    _, _, status = suite.credentials.read("credentialOf", credential.subject, credential.schema, issuer.address)
    assert status == CredentialStatus.UNKNOWN
