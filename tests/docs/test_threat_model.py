"""What the threat model says is not promised: each of these limits exists in the contracts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_account.messages import encode_typed_data
from eth_utils import keccak

from peculium import (
    NATIVE,
    AgentWallet,
    Authorization,
    CallRequest,
    Domain,
    FleetBudget,
    Floor,
    LimitedPayee,
    OrderKind,
    Request,
    Status,
    WalletCall,
    Window,
    errors,
    send_transaction,
)
from peculium.devnet.contracts import contract_address
from verification.testing.agents import STATEMENT_HASH
from verification.testing.call_rules import call_rule
from verification.testing.durations import DAY
from verification.testing.guards import guard_selector
from verification.testing.refusals import refuses

USD = 10**6
DAI = 10**18


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent with the default mandate and one request slot."""
    return checkpoint.share("created", lambda: new_agent(max_requests=1, max_request_age=timedelta(days=1)))


def signatures(created, mandate):
    """The signatures of principal and agent key under a mandate."""
    signable = mandate.signable(created.wallet.address, created.wallet.web3.eth.chain_id)
    return [bytes(key.sign_message(signable).signature) for key in (created.principal, created.agent)]


def hand_over(created, new_principal, now):
    created.wallet.offer_hand_over(created.principal, new_principal.address, now() + 3600)
    created.wallet.accept_hand_over(new_principal)


# Money


def test_an_agent_cannot_be_created_without_its_keys_signature_but_the_money_is_not_held(
    suite, new_mandate, principal, stranger, relayer, usdc, now
):
    creation = suite.factory.prepare(
        suite.registry, new_mandate(), principal, stranger, "", STATEMENT_HASH, now() + 3600, salt=7777
    )
    usdc.send(relayer, "mint", creation.wallet, 100 * USD)
    with refuses(errors.BadMandateSignature, signer=creation.mandate.agent_key):
        suite.factory.create_agent(relayer, creation)
    suite.factory.create_wallet(relayer, principal.address, creation.mandate.agent_key, 7777)
    before = usdc.balance(principal.address)
    AgentWallet(suite.factory.web3, creation.wallet).withdraw_all(principal, usdc.address, principal.address)
    assert usdc.balance(principal.address) == before + 100


def test_a_payees_limit_counts_from_when_it_stands(created, usdc, payee, new_mandate):
    created.wallet.pay(created.agent, usdc.address, payee.address, 50)
    limited = new_mandate(payees=(), limited_payees=(LimitedPayee(payee.address, 60),))
    created.wallet.set_mandate(created.principal, limited.in_round(created.wallet.round))
    created.wallet.pay(created.agent, usdc.address, payee.address, 60)
    with refuses(errors.PayeeLimitExceeded, remaining=0):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_income_that_arrives_inside_a_call_meets_a_floor(new_agent, deploy, usdc, dai, stranger, relayer, now, web3):
    venue = deploy("Colluder")
    floor = Floor.of(usdc.address, 6, "0.95", 18)
    rule = call_rule(venue.address, "take()", pull_limit=100, token=dai.address, floor=floor)
    created = new_agent(calls=(rule,))
    wallet = created.wallet
    # A customer has paid for something by a signed transfer, which anybody may carry.
    usdc.send(relayer, "mint", stranger.address, 95 * USD)
    paid = Authorization(usdc.address, wallet.address, 95 * USD, now() + 3600, Domain("USD Coin", "2"))
    typed = paid.typed_data(stranger.address, web3.eth.chain_id)
    signature = bytes(stranger.sign_message(encode_typed_data(full_message=typed)).signature)
    _, _, to, amount, after, before, nonce, _, _ = paid.as_tuple()
    settle = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    carried = usdc.call_data(settle, stranger.address, to, amount, after, before, nonce, signature)
    pull = dai.call_data("transferFrom", wallet.address, venue.address, 100 * DAI)
    venue.send(relayer, "arm", [(dai.address, 0, pull), (usdc.address, 0, carried)])
    wallet.call(created.agent, venue.address, rule.selector, pull=100)
    assert dai.balance(venue.address) == 100


@pytest.fixture
def fleet(web3, deploy, suite, principal):
    """The principal's fleet budget of 100 dollars a day."""
    made = FleetBudget(web3, deploy("FleetBudget", suite.factory.address, principal.address).address)
    made.set_budget(principal, "USD", 1_000, [Window(timedelta(days=1), 100)])
    return made


def test_a_guard_that_refuses_stops_every_payment_but_not_the_principal(
    fleet, new_agent, new_mandate, principal, usdc, payee, stranger
):
    created = new_agent(guard=fleet.address)
    fleet.set_budget(principal, "USD", 0, [Window(timedelta(days=1), 0)])
    with refuses(errors.GuardRefused):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    created.wallet.withdraw(principal, usdc.address, stranger.address, 5)
    created.wallet.set_mandate(principal, new_mandate(round=created.wallet.round))
    created.wallet.pay(created.agent, usdc.address, payee.address, 1)
    assert (usdc.balance(stranger.address), usdc.balance(payee.address)) == (5, 1)


def test_a_fleet_budget_counts_only_mandates_that_name_it(fleet, created, usdc, payee):
    created.wallet.pay(created.agent, usdc.address, payee.address, 60)
    assert fleet.spent("USD") == 0


def test_a_fleet_budget_keeps_what_is_pending_until_somebody_closes_it_also_after_a_hand_over(
    fleet, new_agent, other_principal, usdc, payee, relayer, now, time_travel
):
    created = new_agent(guard=fleet.address, max_authorization_age=timedelta(hours=1))
    held = Authorization(usdc.address, payee.address, 60 * USD, now() + 1_800, Domain("USD Coin", "2"))
    created.wallet.preauthorize(created.agent, held)
    hand_over(created, other_principal, now)
    time_travel(to=held.valid_before + 2 * DAY)
    assert fleet.remaining("USD").pending == 60
    created.wallet.close_authorization(relayer, "USD", held)
    assert (fleet.remaining("USD").pending, fleet.spent("USD")) == (0, 0)


def test_no_wallet_can_call_a_function_that_guards_reserve(created, deploy):
    """Also not of a contract that is no guard."""
    other = deploy("MockTarget")
    for function in ("onCharge", "onClose"):
        with refuses(errors.ReservedForGuards, target=other.address):
            created.wallet.execute(created.principal, WalletCall(other.address, 0, guard_selector(function)))


def test_an_approved_call_can_move_a_token_that_no_budget_lists(created, deploy, relayer, stranger, now):
    other = deploy("MockStablecoin", "Other", "OTHER", 6)
    other.send(relayer, "mint", created.wallet.address, 5 * USD)
    request = CallRequest(other.address, other.call_data("transfer", stranger.address, 5 * USD), now() + 3600)
    created.wallet.request_call(created.agent, 0, request)
    asked_at = created.wallet.pending_requests()[0].asked_at
    created.wallet.approve_request(created.principal, 0, request, asked_at)
    assert other.balance(stranger.address) == 5


# People


def test_of_two_mandates_signed_for_one_round_the_carrier_chooses(created, new_mandate, agent):
    wide, narrow = (new_mandate(payment_limit=limit, round=created.wallet.round) for limit in (500, 1))
    signed = {limit: signatures(created, mandate) for limit, mandate in ((500, wide), (1, narrow))}
    created.wallet.set_mandate_signed(agent, wide, *signed[500])
    with refuses(errors.RoundEnded):
        created.wallet.set_mandate_signed(agent, narrow, *signed[1])


def test_a_signed_mandate_ends_a_pending_offer_once(created, new_mandate, other_principal, agent, now):
    mandate = new_mandate(round=created.wallet.round)
    signed = signatures(created, mandate)
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 3600)
    created.wallet.set_mandate_signed(agent, mandate, *signed)
    with refuses(errors.RoundEnded):
        created.wallet.accept_hand_over(other_principal)
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 3600)
    with refuses(errors.RoundEnded):
        created.wallet.set_mandate_signed(agent, mandate, *signed)
    created.wallet.accept_hand_over(other_principal)


def test_a_revoked_agent_can_have_a_signed_mandate_installed_but_not_use_it(
    created, new_mandate, suite, relayer, usdc, payee
):
    mandate = new_mandate(payment_limit=500, round=created.wallet.round)
    suite.switch.revoke(created.principal, created.wallet.address)
    created.wallet.set_mandate_signed(relayer, mandate, *signatures(created, mandate))
    with refuses(errors.AgentIsRevoked):
        created.wallet.pay(created.agent, usdc.address, payee.address, 1)


def test_orders_of_a_guardian_that_is_appointed_again_are_valid_again(created, suite, guardian, relayer):
    switch, principal = suite.switch, created.principal
    switch.set_guardian(principal, guardian.address)
    order = switch.sign_order(guardian, OrderKind.REVOKE, principal.address, 1, wallet=created.wallet.address)
    switch.set_guardian(principal, guardian.address, False)
    with refuses(errors.NotPrincipalOrGuardian):
        switch.submit_order(relayer, order)
    switch.set_guardian(principal, guardian.address)
    switch.submit_order(relayer, order)
    assert suite.registry.check_wallet(created.wallet.address).status is Status.REVOKED


def test_an_approval_by_the_old_principal_survives_a_hand_over(created, other_principal, stranger, usdc, now):
    approve = usdc.call_data("approve", stranger.address, 5 * USD)
    created.wallet.execute(created.principal, WalletCall(usdc.address, data=approve))
    hand_over(created, other_principal, now)
    usdc.send(stranger, "transferFrom", created.wallet.address, stranger.address, 5 * USD)
    assert usdc.balance(stranger.address) == 5


def test_the_old_principals_link_gives_way_and_its_stop_stays(created, suite, other_principal, now):
    suite.switch.revoke(created.principal, created.wallet.address)
    hand_over(created, other_principal, now)
    assert not suite.registry.check_wallet(created.wallet.address).active
    epoch, deadline = suite.switch.epoch_of(other_principal.address), now() + 3600
    data = suite.registry.enrollment_typed_data(
        other_principal.address, created.wallet.address, "", STATEMENT_HASH, epoch, deadline
    )
    signature = bytes(other_principal.sign_message(encode_typed_data(full_message=data)).signature)
    enroll = suite.registry.call_data("enroll", other_principal.address, epoch, "", STATEMENT_HASH, deadline, signature)
    created.wallet.execute(other_principal, WalletCall(suite.registry.address, data=enroll))
    assert suite.registry.check_wallet(created.wallet.address).principal == other_principal.address
    assert any(suite.switch.read("stopWord", created.principal.address, created.wallet.address))


def test_a_foreign_clone_works_for_the_principal_in_its_code_but_is_no_wallet_of_the_factory(
    created, suite, stranger, web3
):
    code = bytes(web3.eth.get_code(created.wallet.address))
    header = bytes.fromhex("61") + len(code).to_bytes(2) + bytes.fromhex("80600a3d393df3")
    nonce = web3.eth.get_transaction_count(stranger.address)
    send_transaction(web3, stranger, None, "0x" + (header + code).hex())
    clone = AgentWallet(web3, contract_address(stranger.address, nonce))
    web3.provider.make_request("anvil_setBalance", [clone.address, hex(10**18)])
    clone.withdraw_all(created.principal, NATIVE, created.principal.address)
    assert not suite.factory.check_wallet(clone.address).is_wallet


def test_a_revoked_agent_can_give_up_its_request_and_its_nonces(created, suite, usdc, payee, now):
    request = Request(usdc.address, payee.address, 5, now() + 3600, keccak(text="rent"))
    created.wallet.request_payment(created.agent, 0, request)
    suite.switch.revoke(created.principal, created.wallet.address)
    created.wallet.cancel_request(created.agent, 0, request)
    created.wallet.cancel_action(created.agent, 1)
    assert created.wallet.is_action_spent(1)
