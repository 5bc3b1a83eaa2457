"""The package lowers `s` of secp256k1 signatures, which some devices and key services don't."""

from __future__ import annotations

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data

from peculium import Call, OrderKind
from peculium import exceptions as errors
from peculium.signatures import low_s
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
    calls, nonce, deadline = [Call(payee.address)], 1, now() + 3600
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
    action = created.wallet.sign_action(Device(agent), "pay", usdc.address, payee.address, 1, deadline=now() + 60)
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
