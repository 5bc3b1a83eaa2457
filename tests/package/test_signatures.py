"""The package lowers `s` of signatures, which some devices and key services don't."""

from __future__ import annotations

import pytest
from Crypto.Hash import SHA256
from Crypto.PublicKey import ECC
from Crypto.Signature import DSS
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import OrderKind, Pay, WalletCall, errors
from peculium.signatures import low_s, p256_signature
from verification.testing.refusals import refuses

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def high_s(signature):
    """The other signature of the same key for the same digest."""
    return signature[:32] + (ORDER - int.from_bytes(signature[32:64])).to_bytes(32) + bytes([55 - signature[64]])


class Device:
    """A signer that doesn't lower `s`."""

    def __init__(self, account):
        self._account = account
        self.address = account.address

    def sign_message(self, message):
        signed = self._account.sign_message(message)
        return signed._replace(signature=high_s(bytes(signed.signature)))


@pytest.fixture
def order(new_agent, web3, payee, now):
    """Calls of the principal and their genuine signature."""
    created = new_agent()
    calls, nonce, deadline = [WalletCall(payee.address)], 1, now() + 3600
    data = created.wallet.execute_typed_data(calls, nonce, deadline)
    signature = created.principal.sign_message(encode_typed_data(full_message=data)).signature
    return created.wallet, calls, nonce, deadline, bytes(signature)


def test_wallet_refuses_a_high_s(order, relayer):
    """Otherwise the tests below would show nothing."""
    wallet, calls, nonce, deadline, signature = order
    arguments = [call.as_tuple() for call in calls], 0, nonce, deadline, high_s(signature)
    with refuses(errors.BadPrincipalSignature, principal=wallet.principal):
        wallet.send(relayer, "executeSigned", *arguments)


def test_package_lowers_a_high_s(order, relayer):
    wallet, calls, nonce, deadline, signature = order
    wallet.execute_signed(relayer, calls, nonce, deadline, high_s(signature))
    with refuses(errors.NonceSpent, nonce=nonce):
        wallet.execute_signed(relayer, calls, nonce, deadline, signature)


def test_device_with_high_s_creates_and_acts(suite, new_agent, agent, principal, relayer, usdc, payee, now):
    created = new_agent(by=principal, key=Device(agent))
    action = created.wallet.sign_action(Device(agent), Pay(usdc.address, payee.address, 1), deadline=now() + 60)
    created.wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 1
    order = suite.switch.sign_order(
        Device(principal), OrderKind.REVOKE, principal.address, nonce=1, wallet=created.wallet.address
    )
    suite.switch.submit_order(relayer, order)


@pytest.mark.parametrize("number", range(20))
def test_low_s_recovers_to_the_same_account(number):
    account = Account.from_key(bytes([number + 1]) * 32)
    digest = bytes([number]) * 32
    signature = bytes(account.unsafe_sign_hash(digest).signature)
    assert low_s(signature) == signature
    assert low_s(high_s(signature)) == signature


@pytest.mark.parametrize(
    "signature", [b"", b"\xff" * 64, b"\xff" * 65, b"\xff" * 64 + b"\x1b", b"\xff" * 66, b"\x11" * 65]
)
def test_low_s_returns_what_it_does_not_know_unchanged(signature):
    assert low_s(signature) == signature


P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SECRET = ECC.construct(curve="P-256", d=int.from_bytes(keccak(text="enclave")) % P256_ORDER)
POINT = SECRET.public_key().pointQ
P256_KEY = int(POINT.x).to_bytes(32) + int(POINT.y).to_bytes(32)
DER_OF_ONES = bytes.fromhex("3006020101020101")


def with_s(signature, high):
    """The signature with its `s` in the higher or the lower half."""
    s = int.from_bytes(signature[32:])
    return signature[:32] + (max if high else min)(s, P256_ORDER - s).to_bytes(32)


def sign_p256(number, encoding="binary"):
    return DSS.new(SECRET, "deterministic-rfc6979", encoding=encoding).sign(SHA256.new(bytes([number])))


@pytest.mark.parametrize("number", range(30))
def test_p256_signature_has_a_low_s_whatever_the_key_returned(number):
    signature = sign_p256(number)
    expected = with_s(signature, high=False)
    assert p256_signature(P256_KEY, with_s(signature, high=True)) == expected
    assert p256_signature(P256_KEY, expected) == expected
    assert p256_signature(P256_KEY, sign_p256(number, "der")) == expected


def test_p256_signature_with_small_numbers_is_read_from_der():
    assert p256_signature(P256_KEY, DER_OF_ONES) == (1).to_bytes(32) * 2


HIGH = with_s(sign_p256(0), high=True)
NOT_P256 = {
    "another curve's key": (b"\x11" * 64, HIGH),
    "a longer key": (P256_KEY + b"\0", HIGH),
    "no key": (b"", HIGH),
    "a key with a coordinate beyond the field": ((2**256 - 1).to_bytes(32) + P256_KEY[32:], HIGH),
    "no signature": (P256_KEY, b""),
    "zeros": (P256_KEY, bytes(64)),
    "a number beyond the order": (P256_KEY, b"\xff" * 64),
    "a longer signature": (P256_KEY, HIGH + b"\0"),
    "DER with a byte more": (P256_KEY, DER_OF_ONES + b"\0"),
    "DER cut short": (P256_KEY, DER_OF_ONES[:-1]),
    "DER with another length": (P256_KEY, bytes.fromhex("3007020101020101")),
    "DER of a negative number": (P256_KEY, bytes.fromhex("3006020181020101")),
    "DER of zero": (P256_KEY, bytes.fromhex("3006020100020101")),
    "a passkey's answer": (P256_KEY, bytes(31) + b"\x20" + bytes(300)),
}


@pytest.mark.parametrize("case", NOT_P256)
def test_p256_signature_returns_what_it_does_not_know_unchanged(case):
    key, signature = NOT_P256[case]
    assert p256_signature(key, signature) == signature
