"""`Credential` and `schema_of`; the registry itself is tested in tests/credentials."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from eth_utils import keccak

from peculium import Credential, InvalidInput
from peculium.credentials import SignedCredential, schema_of

ISSUER, SUBJECT = "0x" + "11" * 20, "0x" + "22" * 20
FIELDS = {
    "issuer": ISSUER,
    "subject": SUBJECT,
    "schema": schema_of("kyc"),
    "data_hash": bytes(32),
    "valid_from": 1_000,
    "valid_until": 2_000,
}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("issuer", "me.eth", "is not an address"),
        ("subject", "0x1", "is not an address"),
        ("schema", b"\1", "schema has 1 bytes; it must have 32"),
        ("data_hash", "zz", "data_hash is 'zz'"),
        ("nonce", 0, "nonce is 0; it must be 1 or more"),
        ("nonce", -1, "nonce is -1; it must be 1 or more"),
    ],
)
def test_refuses_a_malformed_field(field, value, words):
    with pytest.raises(InvalidInput, match=words):
        Credential(**{**FIELDS, field: value})


def test_message_has_the_order_of_the_struct():
    credential = Credential(**{**FIELDS, "valid_from": datetime.fromtimestamp(1_000, UTC)}, nonce=3)
    assert credential.as_tuple() == (ISSUER, SUBJECT, keccak(text="kyc"), bytes(32), 1_000, 2_000, 3)
    assert list(credential.message()) == ["issuer", "subject", "schema", "dataHash", "validFrom", "validUntil", "nonce"]


def test_schema_is_the_keccak256_of_its_name():
    assert schema_of("kyc") == keccak(text="kyc")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "it lacks 'credential'"),
        ("text", "a field has another type"),
        ({"credential": None}, "a field has another type"),
    ],
)
def test_content_that_is_no_credential_says_what_is_wrong(content, message):
    with pytest.raises(InvalidInput, match=f"isn't a signed credential: {message}"):
        SignedCredential.from_dict(content)
