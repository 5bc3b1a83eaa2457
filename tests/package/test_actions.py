"""Agent keys, and what they sign instead of sending transactions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils import keccak

from peculium import Authorization, AuthorizationKind, Domain, InvalidInput, SignedAction, VerifiedKey
from peculium.cheques import CHEQUE, cheque_nonce, cheque_signature
from peculium.keys import dummy_signature, sign_with
from peculium.mandate import digest_of

WALLET, TOKEN, PAYEE = (f"0x{digit * 40}" for digit in "123")
DOMAIN = Domain("USD Coin", "2")
ACCOUNT = Account.from_key(b"\7" * 32)


@pytest.fixture
def key():
    """A verified key whose signature is the digest twice, so that a test can see what was signed."""
    return VerifiedKey(verifier="0x" + "44" * 20, key=b"\5" * 64, sign=lambda digest: digest * 2)


@pytest.fixture
def authorization():
    return Authorization.of(TOKEN, PAYEE, "12.5", 6, 2_000, DOMAIN)


def test_verified_key_refuses_to_sign_a_transaction(key):
    with pytest.raises(InvalidInput, match="have it relayed"):
        key.sign_transaction({})


@pytest.mark.parametrize("field", ["token", "payee"])
def test_authorization_refuses_a_malformed_address(field):
    with pytest.raises(InvalidInput, match="is not an address"):
        Authorization(**{"token": TOKEN, "payee": PAYEE, field: "0x1"}, amount=1, valid_before=1, domain=DOMAIN)


def test_authorization_refuses_a_nonce_that_is_not_32_bytes():
    with pytest.raises(InvalidInput, match="nonce has 31 bytes"):
        Authorization(TOKEN, PAYEE, 1, 1, DOMAIN, nonce=bytes(31))


def test_verified_key_has_the_address_of_its_erc_7913_signer(key):
    assert key.signer == bytes.fromhex("44" * 20) + b"\5" * 64
    assert bytes.fromhex(key.address[2:]) == keccak(key.signer)[12:]


def test_verified_key_prefixes_its_signature_with_the_signer(key, authorization):
    data = authorization.typed_data(WALLET, 1)
    assert sign_with(key, data) == len(key.signer).to_bytes(2) + key.signer + digest_of(data) * 2
    assert key.sign_typed_data(data) == sign_with(key, data)


def test_dummy_signature_is_as_long_as_a_real_one(key, authorization):
    data = authorization.typed_data(WALLET, 1)
    for signer in (key, ACCOUNT):
        assert len(dummy_signature(signer)) == len(sign_with(signer, data))
        assert dummy_signature(signer) != sign_with(signer, data)


def test_account_signs_the_digest_of_typed_data(authorization):
    data = authorization.typed_data(WALLET, 1)
    assert sign_with(ACCOUNT, data) == ACCOUNT.unsafe_sign_hash(digest_of(data)).signature
    assert authorization.digest(WALLET, 1) == digest_of(data)


def test_authorization_takes_whole_tokens_and_a_random_nonce(authorization):
    other = Authorization.of(TOKEN, PAYEE, "12.5", 6, 2_000, DOMAIN)
    assert authorization.amount == 12_500_000
    assert authorization.nonce != other.nonce
    assert authorization.as_tuple()[-2:] == (keccak(text="USD Coin"), keccak(text="2"))


def test_authorization_of_either_kind_signs_the_same_transfer(authorization):
    """Only the message's name differs, so that a token can't settle one as the other."""
    receive = replace(authorization, kind=AuthorizationKind.RECEIVE)
    ours, other = (each.typed_data(WALLET, 1) for each in (authorization, receive))
    assert (ours["primaryType"], other["primaryType"]) == ("TransferWithAuthorization", "ReceiveWithAuthorization")
    assert ours["message"] == other["message"]
    assert tuple(ours["message"].values()) == authorization.transfer(WALLET)
    assert authorization.digest(WALLET, 1) != receive.digest(WALLET, 1)


def test_signed_action_has_the_terms_of_its_relay():
    action = SignedAction(WALLET, b"\1", nonce=3, deadline=2_000, relayer=PAYEE, fee_token=TOKEN, fee=5, min_gas=9)
    assert action.relay() == (PAYEE, TOKEN, 5, 9, 2_000, 3)
    message = action.typed_data(b"\2" * 32, 1, ("Peculium AgentWallet", "1"))["message"]
    assert (message["mandateHash"], message["action"], message["fee"], message["minGas"]) == (b"\2" * 32, b"\1", 5, 9)


def test_cheque_nonce_depends_on_every_argument():
    nonces = {
        cheque_nonce(WALLET, TOKEN, bytes(32), 1, 0),
        cheque_nonce(PAYEE, TOKEN, bytes(32), 1, 0),
        cheque_nonce(WALLET, PAYEE, bytes(32), 1, 0),
        cheque_nonce(WALLET, TOKEN, b"\1" * 32, 1, 0),
        cheque_nonce(WALLET, TOKEN, bytes(32), 2, 0),
        cheque_nonce(WALLET, TOKEN, bytes(32), 1, 1),
    }
    assert len(nonces) == 6


def test_cheque_signature_is_prefix_eight_words_and_the_agents_signature(authorization):
    signature = cheque_signature(authorization, 9, b"agent")
    assert signature[:4] == CHEQUE
    assert signature[4 + 8 * 32 :] == b"agent"
    words = [int.from_bytes(signature[4 + 32 * i : 36 + 32 * i]) for i in range(6)]
    assert words == [int(TOKEN, 16), int(PAYEE, 16), 12_500_000, 0, 2_000, 9]
