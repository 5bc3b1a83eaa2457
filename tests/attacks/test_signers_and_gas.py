"""H: signers whose accounts get code, and relayers that choose the gas."""

from __future__ import annotations

from contextlib import suppress

import pytest
from eth_account.messages import encode_typed_data

from peculium import Call, CallRequest, OrderKind, WalletCall, errors, send_transaction
from tests.attacks.conftest import AMPLE, TAKE
from verification.testing.durations import DAY

DENIES_ALL = "0x5f5ffd"
"""Code that reverts on every call, also when it is asked for a signature."""


@pytest.fixture
def delegate(web3):
    """Gives an account code, as an EIP-7702 delegation does."""
    return lambda account, code=DENIES_ALL: web3.provider.make_request("anvil_setCode", [account.address, code])


# H21: delegated accounts


@pytest.mark.parametrize("who", ["principal", "guardian"])
def test_h21_a_stop_order_of_a_delegated_account(
    who, attack, rogue, suite, principal, guardian, relayer, delegate, pay
):
    """Gets a signer to delegate its account to code that denies its signatures, so that its kept stop order is void."""
    suite.switch.set_guardian(principal, guardian.address)
    signer = {"principal": principal, "guardian": guardian}[who]
    order = suite.switch.sign_order(signer, OrderKind.REVOKE, principal.address, 1, wallet=rogue.wallet.address)
    delegate(signer)
    suite.switch.submit_order(relayer, order)
    with attack.refused(errors.AgentIsRevoked):
        pay(1)


def test_h21_signatures_of_a_delegated_principal(
    attack, rogue, principal, relayer, usdc, regrant, delegate, accomplice, new_mandate, budgets, powers
):
    """Signs for a principal whose account has code: with the agent's key, and with none."""
    wallet = rogue.wallet
    calls = [WalletCall(usdc.address, 0, usdc.call_data("transfer", principal.address, 0))]
    data = encode_typed_data(full_message=wallet.execute_typed_data(calls, 5, 2**34))
    delegate(principal)
    for signature in (bytes(rogue.agent.sign_message(data).signature), b"", b"\0" * 65):
        with attack.refused(errors.BadPrincipalSignature):
            wallet.execute_signed(relayer, calls, 5, 2**34, signature)
    # Its own key still signs: it can stop the agent and take its money.
    with attack.accepted():
        wallet.execute_signed(relayer, calls, 5, 2**34, bytes(principal.sign_message(data).signature))
    mandate = new_mandate(budgets=budgets, **powers).in_round(wallet.round)
    signable = mandate.signable(wallet.address, wallet.web3.eth.chain_id)
    signatures = [bytes(key.sign_message(signable).signature) for key in (principal, rogue.agent)]
    with attack.accepted():
        wallet.set_mandate_signed(relayer, mandate, *signatures)


def test_h21_an_old_mandate_of_a_delegated_key(
    attack, rogue, suite, principal, other_agent, relayer, deploy, new_mandate, web3, now
):
    """Anchors a replaced mandate of a key that is a wallet: for one transaction its account has code that claims it."""
    registry, key = suite.registry, other_agent
    agent_id = registry.register(principal)
    registry.accept_liability(principal, agent_id, bytes(32))
    typed = registry.wallet_set_typed_data(agent_id, key.address, principal.address, now() + 200)
    linked = bytes(key.sign_message(encode_typed_data(full_message=typed)).signature)
    registry.set_agent_wallet(principal, agent_id, key.address, now() + 200, linked)

    def anchor(mandate):
        signable = mandate.signable(key.address, web3.eth.chain_id)
        signatures = [bytes(each.sign_message(signable).signature) for each in (principal, key)]
        registry.anchor_mandate(relayer, agent_id, mandate, *signatures)

    wide = new_mandate(agent_key=key.address).in_round(registry.round_of(agent_id))
    anchor(wide)
    narrow = new_mandate(agent_key=key.address, payment_limit=1).in_round(registry.round_of(agent_id))
    anchor(narrow)
    claims = deploy("LookAlikeWallet")
    web3.provider.make_request("anvil_setCode", [key.address, "0xef0100" + claims.address[2:]])
    send_transaction(web3, relayer, key.address, claims.call_data("claim", principal.address, wide.hash(), 0))
    with attack.refused(errors.RoundEnded):
        anchor(wide)
    assert registry.check_agent(agent_id).mandate_hash == narrow.hash()


# H27: gas


@pytest.fixture
def inner(rogue, colluder, usdc, relayer, payee):
    """What a contract does in its call, whose failure it swallows: it pays out a cent that it holds. Whether it did."""
    usdc.send(relayer, "mint", colluder.address, 10**6)
    give = usdc.call_data("transfer", payee.address, 10**4)
    before = usdc.balance(payee.address)
    colluder.send(relayer, "arm", [(usdc.address, 0, give)])
    return lambda: usdc.balance(payee.address) > before


def every_gas(attack, least, step, attempt, done, spent):
    """Makes an attempt with each amount of gas until it succeeds. Until then nothing may be spent."""
    for gas in range(least, 1_000_000, step):
        attack.attempts += 1
        with suppress(errors.ContractError):
            attempt(gas)
        assert spent() == done(), f"with {gas} gas the signature is used up without its effect"
        if done():
            return
    raise AssertionError("no amount of gas was enough")


def test_h27_a_signed_batch_with_too_little_gas(attack, rogue, principal, relayer, colluder, inner):
    """Carries the principal's signed call with just too little gas for what it does inside another contract."""
    wallet, calls = rogue.wallet, [WalletCall(colluder.address, 0, TAKE)]
    data = wallet.execute_typed_data(calls, 5, 2**34, 250_000)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    arguments = ([call.as_tuple() for call in calls], 250_000, 5, 2**34, signature)
    with attack.refused(errors.GasTooLow, minimum=250_000):
        wallet.send(relayer, "executeSigned", *arguments, gas=250_000)
    every_gas(
        attack,
        50_000,
        10_000,
        lambda gas: wallet.send(relayer, "executeSigned", *arguments, gas=gas),
        inner,
        lambda: wallet.read("isNonceSpent", 5),
    )


def test_h27_a_relayed_call_with_too_little_gas(attack, rogue, relayer, colluder, inner, now):
    """Relays the agent's call with just too little gas for what it does inside another contract."""
    wallet = rogue.wallet
    action = wallet.sign_action(
        rogue.agent, Call(colluder.address, TAKE), deadline=now() + DAY, nonce=3, min_gas=600_000
    )
    arguments = (action.action, action.relay(), action.signature)
    with attack.refused(errors.GasTooLow, minimum=600_000):
        wallet.send(relayer, "act", *arguments, gas=600_000)
    every_gas(
        attack,
        100_000,
        25_000,
        lambda gas: wallet.send(relayer, "act", *arguments, gas=gas),
        inner,
        lambda: wallet.is_action_spent(3),
    )


def test_h15_an_approved_call_with_too_little_gas(attack, rogue, principal, relayer, colluder, inner, now):
    """Carries the approval of a requested call with just too little gas for what it does inside another contract."""
    wallet = rogue.wallet
    request = CallRequest(colluder.address, TAKE, now() + DAY, min_gas=400_000)
    wallet.request_call(rogue.agent, 0, request)
    when = wallet.read("pendingRequests")[0][1]
    data = wallet.approval_typed_data(0, request, when, 5, 2**34)
    signature = bytes(principal.sign_message(encode_typed_data(full_message=data)).signature)
    arguments = (0, request.as_tuple(18), when, 5, 2**34, signature)
    with attack.refused(errors.GasTooLow, minimum=400_000):
        wallet.send(relayer, "approveCallSigned", *arguments, gas=400_000)
    every_gas(
        attack,
        100_000,
        20_000,
        lambda gas: wallet.send(relayer, "approveCallSigned", *arguments, gas=gas),
        inner,
        lambda: wallet.read("isNonceSpent", 5),
    )
    assert not wallet.pending_requests()
    with attack.refused(errors.NonceSpent):
        wallet.send(relayer, "approveCallSigned", *arguments, gas=AMPLE)
