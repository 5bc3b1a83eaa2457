"""`revoke` and `revokeBySignature`: end a credential for ever, by its issuer only."""

from eth_account.messages import encode_typed_data

from peculium import errors
from verification.testing.refusals import refuses


def test_reverts_for_a_signature_of_another(suite, new_credential, issuer, stranger):
    id_ = suite.credentials.credential_id(new_credential())
    data = suite.credentials.revocation_typed_data(issuer.address, id_)
    signature = bytes(stranger.sign_message(encode_typed_data(full_message=data)).signature)
    with refuses(errors.BadIssuerSignature, issuer=issuer.address):
        suite.credentials.revoke_by_signature(stranger, issuer.address, id_, signature)


def test_revocation_by_a_stranger_has_no_effect(suite, new_credential, issuer, stranger):
    """I28."""
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    suite.credentials.revoke(stranger, suite.credentials.credential_id(credential))
    assert suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])


def test_issuer_revokes(suite, new_credential, issuer):
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    id_ = suite.credentials.credential_id(credential)
    event = suite.credentials.revoke(issuer, id_).event("CredentialRevoked")
    assert event.arguments == {"credentialId": id_, "issuer": issuer.address}
    assert not suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])


def test_second_revocation_changes_nothing(suite, new_credential, issuer):
    id_ = suite.credentials.credential_id(new_credential())
    suite.credentials.revoke(issuer, id_)
    assert suite.credentials.revoke(issuer, id_).events == ()


def test_anyone_can_submit_a_revocation_that_the_issuer_signed(suite, new_credential, issuer, stranger):
    id_ = suite.credentials.credential_id(new_credential())
    data = suite.credentials.revocation_typed_data(issuer.address, id_)
    signature = bytes(issuer.sign_message(encode_typed_data(full_message=data)).signature)
    suite.credentials.revoke_by_signature(stranger, issuer.address, id_, signature)
    assert suite.credentials.read("isRevoked", issuer.address, id_)


def test_a_signed_revocation_stays_good_when_the_issuer_delegates(suite, new_credential, issuer, stranger, web3):
    """I36. The issuer's account gained code (EIP-7702) that knows nothing of its key."""
    credential = new_credential()
    suite.credentials.issue(issuer, credential)
    id_ = suite.credentials.credential_id(credential)
    data = suite.credentials.revocation_typed_data(issuer.address, id_)
    signature = bytes(issuer.sign_message(encode_typed_data(full_message=data)).signature)
    web3.provider.make_request("anvil_setCode", [issuer.address, "0x00"])
    suite.credentials.revoke_by_signature(stranger, issuer.address, id_, signature)
    assert not suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])
