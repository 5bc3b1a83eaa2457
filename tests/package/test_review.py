"""`AgentWallet.review` and `approvals`: what a principal should read before it signs or accepts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from peculium import Authorization, Budget, Domain, InvalidInput, LimitedPayee, Token, WalletCall, Window


@pytest.fixture
def created(checkpoint, new_agent):
    return checkpoint.share("created", new_agent)


@pytest.fixture
def in_euros(new_mandate, usdc, payee, created):
    """A mandate that counts the same token under another currency."""
    windows = [Window(timedelta(days=1), 500)]
    budget = Budget("EUR", 100, 10_000, windows, [Token(usdc.address, 6)], [payee.address])
    return new_mandate(budgets=(budget,)).in_round(created.wallet.round)


def test_set_mandate_refuses_to_drop_a_currency_with_spending(created, in_euros, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, "42.5")
    with pytest.raises(InvalidInput, match=r"drops USD \(42\.5 spent\)"):
        created.wallet.set_mandate(created.principal, in_euros)
    created.wallet.set_mandate(created.principal, in_euros, drop_currencies=True)
    assert created.wallet.mandate_hash == in_euros.hash()


def test_set_mandate_signed_refuses_to_drop_a_currency_with_spending(
    created, in_euros, usdc, payee, relayer, principal, agent, web3
):
    created.wallet.pay(created.agent, usdc.address, payee.address, 2)
    signable = in_euros.signable(created.wallet.address, web3.eth.chain_id)
    signatures = [bytes(each.sign_message(signable).signature) for each in (principal, agent)]
    with pytest.raises(InvalidInput, match=r"drops USD \(2 spent\)"):
        created.wallet.set_mandate_signed(relayer, in_euros, *signatures)
    created.wallet.set_mandate_signed(relayer, in_euros, *signatures, drop_currencies=True)
    assert created.wallet.enforces(in_euros)


def test_set_mandate_remembers_a_currency_that_was_dropped_before(created, in_euros, new_mandate, usdc, payee):
    wallet = created.wallet
    wallet.pay(created.agent, usdc.address, payee.address, 1)
    wallet.set_mandate(created.principal, in_euros, drop_currencies=True)
    with pytest.raises(InvalidInput, match="drops USD"):
        wallet.set_mandate(created.principal, in_euros.in_round(wallet.round))
    wallet.set_mandate(created.principal, new_mandate().in_round(wallet.round))


def test_currency_without_spending_can_be_dropped(created, in_euros):
    assert created.wallet.review(in_euros) == []
    created.wallet.set_mandate(created.principal, in_euros)


def test_review_of_the_same_mandate_finds_nothing(created, new_mandate, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert created.wallet.review(new_mandate()) == []


def test_review_names_what_a_limit_does_not_count(created, new_mandate, usdc, dai, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, 2)
    created.wallet.pay(created.agent, dai.address, payee.address, 1)
    limited = new_mandate(payees=(), limited_payees=(LimitedPayee(payee.address, 10),))
    (note,) = created.wallet.review(limited)
    assert f"{payee.address} has been paid at least 3.000000 USD while it had no limit" in note
    created.wallet.set_mandate(created.principal, limited.in_round(created.wallet.round))
    created.wallet.pay(created.agent, usdc.address, payee.address, 4)
    (again,) = created.wallet.review(limited)
    assert again == note


def test_review_does_not_mention_a_payee_without_limit_or_payments(created, new_mandate, usdc, payee, stranger):
    created.wallet.pay(created.agent, usdc.address, payee.address, 2)
    ends = LimitedPayee(payee.address, valid_until=2**34), LimitedPayee(stranger.address, 5)
    assert created.wallet.review(new_mandate(payees=(), limited_payees=ends)) == []


def test_review_lists_authorizations_that_the_mandate_voids(created, new_mandate, usdc, payee, now):
    authorization = Authorization(usdc.address, payee.address, 7, now() + 600, Domain("USD Coin", "2"))
    created.wallet.preauthorize(created.agent, authorization)
    (note,) = created.wallet.review(new_mandate())
    assert f"7 base units of {usdc.address} to {payee.address}" in note


def test_approvals_are_those_that_stand(created, usdc, dai, stranger, payee):
    wallet = created.wallet
    assert wallet.approvals() == []
    for token, spender, amount in ((usdc, stranger, 5), (dai, stranger, 6), (usdc, payee, 7), (usdc, payee, 0)):
        wallet.execute(
            created.principal, WalletCall(token.address, 0, token.call_data("approve", spender.address, amount))
        )
    found = {(each.token, each.spender, each.amount) for each in wallet.approvals()}
    assert found == {(usdc.address, stranger.address, 5), (dai.address, stranger.address, 6)}


def test_approvals_do_not_contain_those_of_others(created, usdc, stranger, payee):
    usdc.send(stranger, "approve", payee.address, 5)
    assert created.wallet.approvals() == []
