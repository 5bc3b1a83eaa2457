"""Payments to strangers by user operation: the strangers' limits hold as for a direct payment (I5, I32)."""

from __future__ import annotations

import pytest
from eth_utils import keccak, to_checksum_address

from peculium import Pay, decode_refusal, errors
from verification.testing.user_operations import TERMS

USD = 10**6
STRANGER = to_checksum_address(keccak(text="a stranger")[:20])


@pytest.fixture
def created(checkpoint, new_agent, fund):
    """An agent that may pay strangers 20 dollars at a time and 30 a day, with one ether in its wallet."""

    def create():
        agent = new_agent(gas_terms=TERMS, stranger_payment_limit=20, stranger_window_limit=30)
        fund(agent.wallet.address, 1)
        return agent

    return checkpoint.share("created", create)


def test_refuses_a_stranger_above_the_payment_limit(created, sign_action, send_bundle, usdc):
    bundle = send_bundle(sign_action(created, "pay", usdc.address, STRANGER, "20.000001"))
    assert bundle.succeeded == [False]
    refusal = decode_refusal(bundle.reasons[0])
    assert isinstance(refusal, errors.StrangerPaymentLimitExceeded)
    assert (refusal.arguments["charge"], refusal.arguments["limit"]) == (20 * USD + 1, 20 * USD)
    assert usdc.balance(STRANGER) == 0


def test_refuses_strangers_above_their_window_over_direct_payments_and_operations(
    created, sign_action, send_bundle, usdc
):
    created.wallet.pay(created.agent, usdc.address, STRANGER, 15)
    operations = [
        sign_action(created, "pay", usdc.address, STRANGER, 10),
        sign_action(created, "pay_batch", [Pay(usdc.address, STRANGER, 3)] * 2, nonce_key=1),
        sign_action(created, "pay", usdc.address, STRANGER, 5, nonce_key=2),
    ]
    bundle = send_bundle(*operations)
    assert bundle.succeeded == [True, False, True]
    assert isinstance(decode_refusal(bundle.reasons[0]), errors.StrangerWindowLimitExceeded)
    assert usdc.balance(STRANGER) == 30
    assert created.wallet.remaining("USD").strangers.window.remaining == 0


def test_pays_a_stranger(created, sign_action, send_bundle, usdc):
    assert send_bundle(sign_action(created, "pay", usdc.address, STRANGER, 20)).succeeded == [True]
    assert usdc.balance(STRANGER) == 20
