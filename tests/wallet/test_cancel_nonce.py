"""Canceling a nonce: what was signed with it is worth nothing."""

from __future__ import annotations

import pytest

from peculium import exceptions as errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "other_principal"])
def test_anyone_but_the_principal_is_refused(caller, created, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.send(account, "cancelNonce", 0)
    assert created.wallet.read("isNonceSpent", 0) is False


def test_a_canceled_nonce_cannot_be_canceled_again(created):
    created.wallet.send(created.principal, "cancelNonce", 1)
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.send(created.principal, "cancelNonce", 1)


@pytest.mark.parametrize("nonce", [0, 1, 2**256 - 1])
def test_a_nonce_is_canceled_alone(nonce, created):
    """I16."""
    receipt = created.wallet.send(created.principal, "cancelNonce", nonce)
    assert receipt.event("NonceCanceled").arguments == {"nonce": nonce}
    assert created.wallet.read("isNonceSpent", nonce) is True
    assert created.wallet.read("isNonceSpent", (nonce + 2) % 2**256) is False


def test_a_nonce_is_canceled_for_one_wallet(created, new_agent, other_agent):
    """I28."""
    other = new_agent(key=other_agent)
    created.wallet.send(created.principal, "cancelNonce", 3)
    assert other.wallet.read("isNonceSpent", 3) is False
