"""What the threat model says is not promised: each of these limits exists in the contracts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import Argument, Budget, Call, CallRule, Request, Status, Token, Window
from peculium import exceptions as errors
from verification.testing.agents import STATEMENT_HASH
from verification.testing.refusals import refuses

USD = 10**6


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent with the default mandate and one request slot."""
    return checkpoint.share("created", lambda: new_agent(max_requests=1, max_request_age=timedelta(days=1)))


def signatures(created, mandate):
    """The signatures of principal and agent key under a mandate."""
    signable = mandate.signable(created.wallet.address, created.wallet.web3.eth.chain_id)
    return [bytes(key.sign_message(signable).signature) for key in (created.principal, created.agent)]


def hand_over(created, new_principal):
    created.wallet.offer_hand_over(created.principal, new_principal.address)
    created.wallet.accept_hand_over(new_principal)


def test_a_wallet_cannot_be_created_without_the_agent_keys_signature(
    suite, new_mandate, principal, stranger, relayer, usdc, now
):
    creation = suite.factory.prepare(
        suite.registry, new_mandate(), principal, stranger, "", STATEMENT_HASH, now() + 3600, salt=7777
    )
    usdc.send(relayer, "mint", creation.wallet, 100 * USD)
    with refuses(errors.BadMandateSignature, signer=creation.mandate.agent_key):
        suite.factory.create_agent(relayer, creation)
    assert not suite.factory.is_wallet(creation.wallet)


def test_a_mandate_signed_before_a_lift_can_be_installed_after_it(created, new_mandate, relayer, usdc, payee):
    mandate = new_mandate(payment_limit=500, replaces=created.wallet.last_mandate_hash)
    signed = signatures(created, mandate)
    created.wallet.lift_mandate(created.principal)
    created.wallet.set_mandate_signed(relayer, mandate, *signed)
    created.wallet.pay(created.agent, usdc.address, payee.address, 500)


def test_another_mandate_voids_a_signed_one(created, new_mandate, relayer):
    mandate = new_mandate(payment_limit=500, replaces=created.wallet.last_mandate_hash)
    signed = signatures(created, mandate)
    created.wallet.set_mandate(created.principal, replace(mandate, terms_uri=""))
    with refuses(errors.ReplacesMismatch):
        created.wallet.set_mandate_signed(relayer, mandate, *signed)


def test_a_revoked_agent_can_have_a_signed_mandate_installed_but_not_use_it(
    created, new_mandate, suite, relayer, usdc, payee
):
    mandate = new_mandate(payment_limit=500, replaces=created.wallet.last_mandate_hash)
    suite.switch.revoke(created.principal, created.wallet.address)
    created.wallet.set_mandate_signed(relayer, mandate, *signatures(created, mandate))
    with refuses(errors.AgentIsRevoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_the_agent_chooses_the_token_of_a_pull_and_so_the_budget(new_agent, deploy, payee, usdc, dai):
    vault = deploy("MockVault")
    rule = CallRule(vault.address, "deposit(address,uint256)", (Argument.any_address(), Argument.any()), pull_limit=50)
    tokens = {"USD": usdc, "EUR": dai}
    budgets = [
        Budget(
            name, 100, 1000, [Window(timedelta(days=1), 500)], [Token(token.address, token.decimals)], [payee.address]
        )
        for name, token in tokens.items()
    ]
    created = new_agent(budgets=tuple(budgets), calls=(rule,))
    for currency, token in tokens.items():
        data = vault.call_data("deposit", token.address, 50 * 10**token.decimals)
        created.wallet.call(created.agent, vault.address, data, pull=(token.address, 50))
        assert created.wallet.spent(currency) == 50


def test_an_approval_by_the_old_principal_survives_a_hand_over(created, other_principal, stranger, usdc):
    approve = usdc.call_data("approve", stranger.address, 5 * USD)
    created.wallet.execute(created.principal, Call(usdc.address, data=approve))
    hand_over(created, other_principal)
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 5 * USD)
    assert usdc.balance(stranger.address) == 5


def test_a_wallet_stays_linked_to_the_old_agent_after_a_hand_over(created, suite, other_principal, now):
    hand_over(created, other_principal)
    assert suite.registry.check_wallet(created.wallet.address).status is Status.UNACCEPTED
    epoch, deadline = suite.switch.epoch_of(other_principal.address), now() + 3600
    data = suite.registry.enrollment_typed_data(
        other_principal.address, created.wallet.address, "", STATEMENT_HASH, epoch, deadline
    )
    signature = bytes(other_principal.sign_message(encode_typed_data(full_message=data)).signature)
    enroll = suite.registry.call_data("enroll", other_principal.address, epoch, "", STATEMENT_HASH, deadline, signature)
    call = Call(suite.registry.address, data=enroll)
    with refuses(errors.WalletAlreadyLinked):
        created.wallet.execute(other_principal, call)
    suite.registry.unset_agent_wallet(created.principal, created.agent_id)
    created.wallet.execute(other_principal, call)
    assert suite.registry.check_wallet(created.wallet.address).principal == other_principal.address


def test_a_revoked_agent_can_give_up_its_request_and_its_nonces(created, suite, usdc, payee, now):
    request = Request(usdc.address, payee.address, 5, now() + 3600, keccak(text="rent"))
    created.wallet.request_payment(created.agent, 0, request)
    suite.switch.revoke(created.principal, created.wallet.address)
    created.wallet.cancel_request(created.agent, 0, request)
    created.wallet.cancel_action(created.agent, 1)
    assert created.wallet.is_action_spent(1)
