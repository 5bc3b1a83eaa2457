"""`cancelNonce`: voids what the principal has signed with a nonce."""

from __future__ import annotations

import pytest

from peculium import errors
from verification.testing.refusals import refuses


@pytest.mark.parametrize("caller", ["agent", "stranger", "guardian", "other_principal"])
def test_refuses_every_caller_but_the_principal(caller, created, request):
    account = request.getfixturevalue(caller)
    with refuses(errors.NotPrincipal, caller=account.address, principal=created.principal.address):
        created.wallet.send(account, "cancelNonce", 0)
    assert created.wallet.read("isNonceSpent", 0) is False


def test_refuses_a_second_cancellation(created):
    created.wallet.send(created.principal, "cancelNonce", 1)
    with refuses(errors.NonceSpent, nonce=1):
        created.wallet.send(created.principal, "cancelNonce", 1)


@pytest.mark.parametrize("nonce", [0, 1, 2**256 - 1])
def test_cancels_only_the_given_nonce(nonce, created):
    """I16."""
    receipt = created.wallet.send(created.principal, "cancelNonce", nonce)
    assert receipt.event("NonceCanceled").arguments == {"nonce": nonce}
    assert created.wallet.read("isNonceSpent", nonce) is True
    assert created.wallet.read("isNonceSpent", (nonce + 2) % 2**256) is False


def test_cancels_the_nonce_of_one_wallet_only(created, new_agent, other_agent):
    """I28."""
    other = new_agent(key=other_agent)
    created.wallet.send(created.principal, "cancelNonce", 3)
    assert other.wallet.read("isNonceSpent", 3) is False
