"""`issue`: stores a credential, sent by its issuer or by any account with the issuer's signature."""

import pytest

from peculium import CredentialStatus, errors
from verification.testing.addresses import ZERO_ADDRESS, adjacent_addresses
from verification.testing.refusals import refuses


def test_reverts_for_a_stranger_without_a_signature(suite, new_credential, issuer, stranger):
    with refuses(errors.NotIssuer, caller=stranger.address, issuer=issuer.address):
        suite.credentials.issue(stranger, new_credential())


@pytest.mark.parametrize("side", [0, 1])
def test_reverts_for_addresses_adjacent_to_the_issuer(suite, new_credential, issuer, side):
    caller = adjacent_addresses(issuer.address)[side]
    with refuses(errors.NotIssuer, caller=caller, issuer=issuer.address):
        suite.credentials.read("issue", new_credential().as_tuple(), b"", sender=caller)


@pytest.mark.parametrize("length", [1, 64, 65, 66])
def test_reverts_for_a_malformed_signature(suite, new_credential, issuer, stranger, length):
    credential = new_credential()
    with refuses(errors.BadIssuerSignature, issuer=issuer.address, digest=suite.credentials.credential_id(credential)):
        suite.credentials.issue(stranger, credential, b"\x01" * length)


def test_reverts_for_the_signature_of_another(suite, new_credential, issuer, stranger):
    credential = new_credential()
    signature = suite.credentials.sign(stranger, credential)
    with refuses(errors.BadIssuerSignature, issuer=issuer.address):
        suite.credentials.issue(stranger, credential, signature)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "0x" + "11" * 20),
        ("schema", b"\x01" * 32),
        ("data_hash", b"\x01" * 32),
        ("valid_from", 1),
        ("valid_until", 2**34),
        ("nonce", 2),
    ],
)
def test_reverts_when_any_field_differs_from_what_was_signed(suite, new_credential, issuer, stranger, field, value):
    signature = suite.credentials.sign(issuer, new_credential())
    with refuses(errors.BadIssuerSignature, issuer=issuer.address):
        suite.credentials.issue(stranger, new_credential(**{field: value}), signature)


@pytest.mark.parametrize(
    ("overrides", "error"),
    [
        ({"subject": ZERO_ADDRESS}, errors.ZeroSubject),
        ({"issuer": ZERO_ADDRESS}, errors.ZeroIssuer),
        ({"schema": bytes(32)}, errors.ZeroSchema),
    ],
)
def test_reverts_for_zero_in_a_required_field(suite, new_credential, issuer, overrides, error):
    with refuses(error):
        suite.credentials.issue(issuer, new_credential(**overrides))


@pytest.mark.parametrize("length", [0, -1])
def test_reverts_for_inverted_validity(suite, new_credential, issuer, now, length):
    start = now() + 100
    with refuses(errors.InvertedValidity, valid_from=start, valid_until=start + length):
        suite.credentials.issue(issuer, new_credential(valid_from=start, valid_until=start + length))


def test_reverts_for_an_expired_credential(suite, new_credential, issuer, now):
    with refuses(errors.CredentialExpired, valid_until=now()):
        suite.credentials.issue(issuer, new_credential(valid_from=1, valid_until=now()))


def test_reverts_for_an_older_credential_after_a_newer_one(suite, new_credential, issuer, stranger):
    older = new_credential(nonce=1)
    signature = suite.credentials.sign(issuer, older)
    suite.credentials.issue(issuer, new_credential(nonce=2))
    with refuses(errors.NonceNotAbove, nonce=1, last_nonce=2):
        suite.credentials.issue(stranger, older, signature)


def test_reverts_for_another_credential_of_the_same_nonce(suite, new_credential, issuer):
    suite.credentials.issue(issuer, new_credential(nonce=1))
    with refuses(errors.NonceNotAbove, nonce=1, last_nonce=1):
        suite.credentials.issue(issuer, new_credential(nonce=1, data_hash=b"\x01" * 32))


def test_reverts_for_a_credential_that_was_revoked_before_it_was_issued(suite, new_credential, issuer):
    credential = new_credential()
    suite.credentials.revoke(issuer, suite.credentials.credential_id(credential))
    with refuses(errors.CredentialIsRevoked, issuer=issuer.address):
        suite.credentials.issue(issuer, credential)


def test_anyone_can_submit_a_credential_that_the_issuer_signed(suite, new_credential, issuer, stranger):
    credential = new_credential()
    receipt = suite.credentials.issue(stranger, credential, suite.credentials.sign(issuer, credential))
    assert receipt.event("CredentialIssued").arguments == {
        "credentialId": suite.credentials.credential_id(credential),
        **credential.message(),
    }


def test_contract_issues_by_erc_1271(suite, new_credential, issuer, stranger, deploy):
    contract = deploy("MockContractPrincipal", issuer.address)
    credential = new_credential(issuer=contract.address)
    receipt = suite.credentials.issue(stranger, credential, suite.credentials.sign(issuer, credential))
    assert receipt.event("CredentialIssued").arguments["issuer"] == contract.address


@pytest.mark.parametrize("code", ["0x00", "0x60006000fd"], ids=["answers nothing", "reverts"])
def test_a_signature_stays_good_when_the_issuer_delegates(suite, new_credential, issuer, stranger, web3, code):
    """I36. The issuer's account gained code (EIP-7702) that knows nothing of its key."""
    credential = new_credential()
    signature, forged = (suite.credentials.sign(account, credential) for account in (issuer, stranger))
    web3.provider.make_request("anvil_setCode", [issuer.address, code])
    with refuses(errors.BadIssuerSignature, issuer=issuer.address):
        suite.credentials.issue(stranger, credential, forged)
    assert suite.credentials.verify(credential, signature) is CredentialStatus.VALID
    suite.credentials.issue(stranger, credential, signature)
    assert suite.credentials.has_live(credential.subject, credential.schema, [issuer.address])
