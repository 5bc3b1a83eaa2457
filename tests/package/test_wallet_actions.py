"""`AgentWallet.action` and `nonce_key`: calldata and nonce keys of relayed actions and user operations."""

from __future__ import annotations

import pytest

from peculium import Authorization, Domain, InvalidInput, Payment, Request


@pytest.fixture
def wallet(new_agent):
    return new_agent().wallet


@pytest.mark.parametrize("action", ["withdraw", "payBatch", ""])
def test_refuses_an_action_that_is_not_the_agents(wallet, action):
    with pytest.raises(InvalidInput, match=r"isn't an action of the agent\. Use one of: pay, pay_batch, call"):
        wallet.action(action)


@pytest.mark.parametrize("subkey", [-1, 2**64])
def test_nonce_key_refuses_a_subkey_outside_of_64_bits(wallet, subkey):
    with pytest.raises(InvalidInput, match="must be an unsigned number of 64 bits"):
        wallet.nonce_key(subkey)


def test_nonce_key_begins_with_the_mandate_hash(wallet):
    assert wallet.nonce_key(5) == int.from_bytes(wallet.mandate_hash[:16] + (5).to_bytes(8))


def test_encodes_every_action_of_the_agent(wallet, usdc, payee, now):
    token, to = usdc.address, payee.address
    authorization = Authorization(token, to, 1_000_000, now() + 60, Domain("USD Coin", "2"))
    request = Request(token, to, 1, now() + 60)
    ref = b"a".ljust(32, b"\0")
    asked = request.as_tuple(6)
    expected = {
        ("pay", token, to, 1, "a"): ("pay", token, to, 1_000_000, ref),
        ("pay_batch", (Payment(token, to, 1, "a"),)): ("payBatch", [(token, to, 1_000_000, ref)]),
        ("call", to, b"\1", 0, (token, 1), "a"): ("call", to, 0, b"\1", (token, 1_000_000), ref),
        ("request_payment", 0, request): ("requestPayment", 0, asked),
        ("cancel_request", 0, request): ("cancelRequest", 0, asked),
        ("preauthorize", authorization, "a"): ("preauthorize", authorization.as_tuple(), ref),
        ("resign",): ("resign",),
    }
    for arguments, function in expected.items():
        assert "0x" + wallet.action(*arguments).hex() == wallet.call_data(*function)
