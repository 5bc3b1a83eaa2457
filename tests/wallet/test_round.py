"""The round of a wallet: what ends it, what ends with it, and what doesn't (I31)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data

from peculium import ChequeBook, Domain, Pay, Request, WalletCall, errors
from peculium.wallet.cheques import sign_cheque
from verification.testing.durations import DAY
from verification.testing.refusals import refuses

USDC = Domain("USD Coin", "2")
TERMS = {"max_requests": 2, "max_request_age": timedelta(days=2)}


@pytest.fixture
def created(checkpoint, new_agent, usdc):
    """An agent with every power that the principal can end: requests, authorizations and cheques."""
    book = ChequeBook(usdc.address, 4, 1, timedelta(days=1))
    return checkpoint.share("created", lambda: new_agent(cheque_books=(book,), **TERMS))


@pytest.fixture
def end_round(created, replace_mandate, other_principal, now):
    """Ends the round in one of four ways."""

    def end(how):
        wallet, principal = created.wallet, created.principal
        if how == "another mandate":
            replace_mandate(created, **TERMS)
        elif how == "lifting":
            wallet.lift_mandate(principal)
        elif how == "refuseAll":
            wallet.refuse_all(principal)
        else:
            wallet.offer_hand_over(principal, other_principal.address, now() + DAY)
            wallet.accept_hand_over(other_principal)

    return end


ENDS = pytest.mark.parametrize("how", ["another mandate", "lifting", "refuseAll", "hand-over"])


@ENDS
def test_round_increases_by_one(how, created, end_round):
    before = created.wallet.round
    end_round(how)
    assert created.wallet.round == before + 1


@ENDS
def test_a_signed_mandate_ends_with_its_round(how, created, end_round, new_mandate, sign_mandate, relayer):
    mandate = new_mandate().in_round(created.wallet.round)
    signatures = [sign_mandate(account, mandate, created) for account in (created.principal, created.agent)]
    end_round(how)
    expected = errors.PrincipalMismatch if how == "hand-over" else errors.RoundEnded
    with refuses(expected):
        created.wallet.set_mandate_signed(relayer, mandate, *signatures)


@ENDS
def test_a_request_and_its_approval_end_with_their_round(how, created, end_round, usdc, stranger, relayer, now):
    request, deadline = Request(usdc.address, stranger.address, 700, now() + DAY), now() + DAY
    created.wallet.request_payment(created.agent, 0, request)
    asked_at = created.wallet.read("pendingRequests")[0][1]
    typed = created.wallet.approval_typed_data(0, request, asked_at, 1, deadline)
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=typed)).signature)
    end_round(how)
    with refuses(errors.BadPrincipalSignature):
        created.wallet.approve_request_signed(relayer, 0, request, asked_at, 1, deadline, signature)
    expected = errors.NotPrincipal if how == "hand-over" else errors.RequestMismatch
    with refuses(expected):
        created.wallet.approve_request(created.principal, 0, request, asked_at)
    assert usdc.balance(stranger.address) == 0


@ENDS
def test_an_authorization_ends_with_its_round(how, created, end_round, authorization, settle, is_valid, stranger, usdc):
    """It can be closed at once."""
    created.wallet.preauthorize(created.agent, authorization)
    end_round(how)
    assert not is_valid(authorization)
    with pytest.raises(errors.ContractError):
        settle(authorization)
    closed = created.wallet.close_authorization(stranger, "USD", authorization).event("AuthorizationClosed")
    assert closed.arguments["settled"] is False
    assert created.wallet.spent("USD") == 0


@ENDS
def test_an_offer_to_hand_over_ends_with_its_round(how, created, end_round, stranger, now):
    created.wallet.offer_hand_over(created.principal, stranger.address, now() + DAY)
    if how == "hand-over":
        end_round(how)
        with refuses(errors.NotPendingPrincipal):
            created.wallet.accept_hand_over(stranger)
        return
    end_round(how)
    with refuses(errors.RoundEnded, given=1, expected=2):
        created.wallet.accept_hand_over(stranger)


# What ends with the mandate, not with the round


@pytest.fixture
def cheque(created, usdc, payee):
    """Writes a cheque of one dollar in the first slot."""
    return lambda: sign_cheque(created.wallet, created.agent, usdc.address, payee.address, 1, USDC, 0)


def accepts(wallet, cheque):
    """Whether the wallet accepts a cheque."""
    return wallet.is_valid_signature(
        cheque.authorization.digest(wallet.address, wallet.web3.eth.chain_id), cheque.signature
    )


def test_cheques_outlive_the_round(created, cheque):
    """I29. A round in their nonces would free all slots again."""
    written = cheque()
    created.wallet.refuse_all(created.principal)
    assert accepts(created.wallet, written)
    assert cheque().authorization.nonce == written.authorization.nonce


def test_relayed_actions_outlive_the_round(created, relayer, usdc, payee, now):
    action = created.wallet.sign_action(created.agent, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    created.wallet.refuse_all(created.principal)
    created.wallet.act(relayer, action)
    assert usdc.balance(payee.address) == 1


def test_calls_signed_by_the_principal_outlive_the_round(created, relayer, usdc, stranger, now):
    """They end with nonce and deadline."""
    calls, deadline = [WalletCall(usdc.address, 0, usdc.call_data("transfer", stranger.address, 1))], now() + DAY
    typed = created.wallet.execute_typed_data(calls, 1, deadline)
    signature = bytes(created.principal.sign_message(encode_typed_data(full_message=typed)).signature)
    created.wallet.refuse_all(created.principal)
    created.wallet.execute_signed(relayer, calls, 1, deadline, signature)
    assert usdc.read("balanceOf", stranger.address) == 1


@pytest.mark.parametrize("how", ["another mandate", "lifting", "hand-over"])
def test_cheques_and_actions_end_with_their_mandate(how, created, end_round, cheque, relayer, usdc, payee, now):
    written = cheque()
    action = created.wallet.sign_action(created.agent, Pay(usdc.address, payee.address, 1), deadline=now() + DAY)
    end_round(how)
    assert not accepts(created.wallet, written)
    with refuses(errors.BadAgentSignature if how == "another mandate" else errors.NoMandate):
        created.wallet.act(relayer, action)


# Nobody else moves the round


def test_agent_and_guardian_cannot_move_the_round(created, suite, guardian, usdc, payee, authorization, now):
    wallet, agent = created.wallet, created.agent
    suite.switch.set_guardian(created.principal, guardian.address)
    request = Request(usdc.address, payee.address, 1, now() + DAY)
    wallet.pay(agent, usdc.address, payee.address, 1)
    wallet.preauthorize(agent, authorization)
    wallet.request_payment(agent, 0, request)
    wallet.cancel_request(agent, 0, request)
    suite.switch.pause(guardian, wallet.address, created.principal.address)
    suite.switch.unpause(created.principal, wallet.address)
    suite.switch.revoke(guardian, wallet.address, created.principal.address)
    wallet.resign(agent)
    assert wallet.round == 1
