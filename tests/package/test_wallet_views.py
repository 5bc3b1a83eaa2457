"""What `AgentWallet` reads from views and events."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from eth_utils import keccak
from web3 import Web3

from peculium import (
    ERC20,
    Authorization,
    AuthorizationKind,
    CallRequest,
    ChequeBook,
    Domain,
    InvalidInput,
    Request,
    errors,
)
from peculium.mandate import ZERO_ADDRESS
from peculium.units import to_timestamp
from peculium.wallet.views import LEDGERS_SLOT
from toolchain.storage_layout import SNAPSHOT
from verification.testing.actions import action_of
from verification.testing.refusals import refuses

DOMAIN = Domain("USD Coin", "2")
DAY = timedelta(days=1)


@pytest.fixture
def created(checkpoint, new_agent):
    return checkpoint.share("created", lambda: new_agent(max_requests=3, max_request_age=DAY))


@pytest.fixture
def authorize(created, usdc, payee, now):
    """Pre-authorizes a payment to the payee."""

    until = now() + 600

    def make(nonce, **fields):
        made = Authorization(usdc.address, payee.address, 10**6, until, DOMAIN, keccak(text=nonce), **fields)
        created.wallet.preauthorize(created.agent, made, nonce)
        return made

    return make


def test_wallet_without_offer_has_no_pending_hand_over(created):
    assert created.wallet.pending_hand_over() is None


def test_canceled_or_late_offer_is_not_pending(created, other_principal, now, time_travel):
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 60)
    created.wallet.cancel_hand_over(created.principal)
    assert created.wallet.pending_hand_over() is None
    created.wallet.offer_hand_over(created.principal, other_principal.address, now() + 60)
    time_travel(120)
    assert created.wallet.pending_hand_over() is None


def test_pending_hand_over_names_account_and_deadline(created, other_principal, now):
    deadline = now() + 60
    created.wallet.offer_hand_over(created.principal, other_principal.address, deadline)
    offer = created.wallet.pending_hand_over()
    assert (offer.new_principal, to_timestamp(offer.deadline)) == (other_principal.address, deadline)


def test_strangers_are_none_if_the_budget_allows_none(created):
    left = created.wallet.remaining("USD")
    assert left.strangers is None
    assert left.now_to_stranger == 0


def test_strangers_have_a_payment_limit_and_a_window(new_agent, usdc, stranger):
    created = new_agent(stranger_payment_limit=5, stranger_window_limit=8)
    created.wallet.pay(created.agent, usdc.address, stranger.address, 4)
    left = created.wallet.remaining("USD")
    assert (left.strangers.payment, left.strangers.window.remaining, left.strangers.window.length) == (5, 4, DAY)
    assert left.now_to_stranger == 4
    assert left.now == 100


def test_remaining_refuses_a_currency_that_no_budget_has(created):
    with refuses(errors.CurrencyNotBudgeted, currency="EUR"):
        created.wallet.remaining("EUR")


def test_currency_that_no_mandate_had_is_refused_instead_of_zero(created):
    assert created.wallet.decimals_of("EUR") is None
    with pytest.raises(errors.CurrencyNotBudgeted, match="no budget in"):
        created.wallet.spent("EUR")


@pytest.mark.parametrize("decimals", [0, 2, 6, 18])
def test_amounts_by_name_are_in_the_unit_of_the_budget(new_agent, dai, payee, decimals):
    """A wrong unit would be wrong by a power of ten, and an agent plans with it."""
    created = new_agent(decimals=decimals, stranger_payment_limit=5, stranger_window_limit=8)
    created.wallet.pay(created.agent, dai.address, payee.address, 40)
    by_name = created.wallet.remaining("USD")
    assert (by_name.now, by_name.payment, by_name.window, by_name.lifetime) == (100, 100, 460, 9_960)
    assert (by_name.strangers.payment, by_name.strangers.window.remaining) == (5, 8)
    assert (by_name.windows[0].limit, by_name.windows[0].returns) == (500, 40)
    assert by_name == created.wallet.remaining(created.mandate.budgets[0])
    assert created.wallet.spent("USD") == created.wallet.spent(created.mandate.budgets[0]) == 40


def test_spending_stays_readable_in_its_unit_after_the_currency_is_dropped(new_agent, new_mandate, dai, payee):
    created = new_agent(decimals=2)
    created.wallet.pay(created.agent, dai.address, payee.address, 40)
    other = new_mandate(currency="EUR").in_round(created.wallet.round)
    created.wallet.set_mandate(created.principal, other, drop_currencies=True)
    assert created.wallet.spent("USD") == 40


def test_decimals_are_read_once(new_agent, web3):
    wallet = new_agent(decimals=18).wallet
    wallet.remaining("USD")
    wallet.web3 = web3.__class__()  # Connected to nothing.
    assert wallet.decimals_of("USD") == 18


def test_slot_of_the_counters_is_that_of_the_storage_layout():
    layout = json.loads(SNAPSHOT.read_text())["AgentWallet"]
    (line,) = (each for each in layout if ": _ledgers: " in each)
    assert int(line.split()[0]) == LEDGERS_SLOT


def test_last_mandate_of_a_wallet_without_mandate_raises(suite, principal, agent, relayer):
    wallet = suite.wallet(suite.factory.create_wallet(relayer, principal.address, agent.address, 99).wallet)
    with pytest.raises(IndexError):
        wallet.last_mandate()


def test_pending_requests_return_payments_and_calls_as_they_were_made(created, deploy, usdc, dai, payee, now):
    target, until = deploy("MockVault").address, now() + 600
    made = [
        Request(usdc.address, payee.address, Decimal("350.5"), until, b"\1" * 32),
        CallRequest(target, b"\1\2\3\4", until, Decimal("0.5"), dai.address, Decimal("2.5"), 100_000, b"\2" * 32),
        CallRequest(target, b"\5", until, ref=b"\3" * 32),
    ]
    times = []
    for slot, request in enumerate(made):
        ask = created.wallet.request_payment if slot == 0 else created.wallet.request_call
        ask(created.agent, slot, request)
        times.append(now())
    pending = created.wallet.pending_requests()
    assert [each.request for each in pending] == made
    assert [(each.slot, to_timestamp(each.asked_at)) for each in pending] == list(enumerate(times))
    for each in pending:
        created.wallet.cancel_request(created.agent, each.slot, each.request)
    assert created.wallet.pending_requests() == []


@pytest.mark.parametrize("token", ["without code", "that reverts", "with 300 decimals"])
def test_request_in_a_token_without_decimals_does_not_hide_the_others(token, created, web3, usdc, payee, now):
    """A rogue agent could otherwise keep its principal from reading any request."""
    bad = "0x" + "99" * 20
    code = {"without code": "0x", "that reverts": "0x60006000fd", "with 300 decimals": "0x61012c60005260206000f3"}
    web3.provider.make_request("anvil_setCode", [bad, code[token]])
    until = now() + 600
    created.wallet.send(created.agent, "requestPayment", 0, (bad, payee.address, 5, bytes(32), until))
    created.wallet.request_payment(created.agent, 1, Request(usdc.address, payee.address, 350, until))
    unreadable, readable = created.wallet.pending_requests()
    assert unreadable.request is None
    with pytest.raises(InvalidInput, match="slot 0 is in a token without decimals"):
        created.wallet.approve_request(created.principal, 0, unreadable.request, unreadable.asked_at)
    assert readable.request.amount == 350
    created.wallet.refuse_request(created.principal, 0, unreadable.request_hash)
    assert [each.slot for each in created.wallet.pending_requests()] == [1]


def test_address_without_code_reports_no_decimals_where_ape_is_imported(web3):
    """Ape makes eth_abi decode missing data as zero, for each Web3 object that is created afterwards."""
    import_module("ape.utils.abi")
    with pytest.raises(InvalidInput, match="doesn't report its decimals"):
        _ = ERC20(Web3(web3.provider), "0x" + "99" * 20).decimals


def test_pending_request_is_approved_with_what_was_read(created, usdc, payee, now):
    created.wallet.request_payment(created.agent, 1, Request(usdc.address, payee.address, 350, now() + 600))
    (pending,) = created.wallet.pending_requests()
    created.wallet.approve_request(created.principal, pending.slot, pending.request, pending.asked_at)
    assert usdc.balance(payee.address) == 350


def test_held_authorizations_are_closed_by_their_event_data(created, authorize, relayer, usdc, time_travel):
    kept = authorize("one"), authorize("two", kind=AuthorizationKind.RECEIVE)
    held = created.wallet.held_authorizations()
    assert [each.as_tuple() for each in held] == [each.as_tuple() for each in kept]
    chain_id = created.wallet.web3.eth.chain_id
    assert [each.digest for each in held] == [each.digest(created.wallet.address, chain_id) for each in kept]
    assert {each.charge for each in held} == {10**6}
    time_travel(600)
    created.wallet.close_authorizations(relayer, held[0].currency, held)
    assert created.wallet.held_authorizations() == []
    assert created.wallet.remaining("USD").pending == 0


def test_authorization_that_was_closed_as_unused_and_made_again_is_held(created, authorize, relayer):
    for _ in range(3):
        made = authorize("again")
        assert [each.digest for each in created.wallet.held_authorizations()] == [made.digest(*place(created))]
        # The end of a round voids it, so that it can be closed as unused.
        created.wallet.refuse_all(created.principal)
        created.wallet.close_authorization(relayer, "USD", made)
        assert created.wallet.held_authorizations() == []


def place(created):
    """Wallet and chain, on which a digest depends."""
    return created.wallet.address, created.wallet.web3.eth.chain_id


@pytest.mark.parametrize("closed_in", ["USD", "EUR"])
def test_authorization_of_a_token_that_has_moved_is_held_in_the_other_currency(
    created, authorize, new_mandate, relayer, closed_in
):
    wallet, made = created.wallet, authorize("moved")
    euros = new_mandate(currency="EUR").in_round(wallet.round)
    wallet.set_mandate(created.principal, euros, drop_currencies=True)
    wallet.preauthorize(created.agent, made)
    assert [each.currency for each in wallet.held_authorizations()] == [keccak(text=name) for name in ("USD", "EUR")]
    wallet.refuse_all(created.principal)
    wallet.close_authorization(relayer, closed_in, made)
    (held,) = wallet.held_authorizations()
    assert held.currency == keccak(text="EUR" if closed_in == "USD" else "USD")


def test_authorizations_that_somebody_has_closed_do_not_keep_the_others_open(created, authorize, relayer, time_travel):
    """Anyone can close one, and the contract refuses the whole list then."""
    made = [authorize(name) for name in ("one", "two", "three")]
    held = created.wallet.held_authorizations()
    time_travel(600)
    created.wallet.close_authorization(relayer, "USD", made[0])
    created.wallet.close_authorization(relayer, "USD", made[2])
    receipt = created.wallet.close_authorizations(relayer, "USD", [held[0], made[1], held[2]])
    assert [event.arguments["digest"] for event in receipt.events] == [held[1].digest]
    assert created.wallet.held_authorizations() == []


def test_closing_raises_if_all_are_closed_or_one_was_never_made(created, authorize, relayer, time_travel):
    made = authorize("one")
    time_travel(600)
    with refuses(errors.AuthorizationUnknown, digest=replace(made, amount=1).digest(*place(created))):
        created.wallet.close_authorization(relayer, "USD", replace(made, amount=1))
    created.wallet.close_authorization(relayer, "USD", made)
    with refuses(errors.AuthorizationUnknown, digest=made.digest(*place(created))):
        created.wallet.close_authorization(relayer, "USD", made)


def test_find_relay_returns_the_event_of_its_nonce(created, usdc, payee, relayer, now):
    assert created.wallet.find_relay(7) is None
    payment = ("pay", usdc.address, payee.address, 1)
    receipt = created.wallet.act(
        relayer, created.wallet.sign_action(created.agent, action_of(*payment), deadline=now() + 60, nonce=7)
    )
    assert created.wallet.find_relay(7).transaction == receipt.transaction
    assert created.wallet.find_relay(8) is None


def test_cheque_to_a_stranger_is_valid_if_the_book_allows_it(new_agent, usdc, stranger):
    book = ChequeBook(usdc.address, 2, 1, DAY, strangers=True)
    wide = {"stranger_payment_limit": 5, "stranger_window_limit": 50, "further_windows": ()}
    created = new_agent(cheque_books=(book,), **wide)
    wallet = created.wallet
    cheque = wallet.write_cheque(created.agent, usdc.address, stranger.address, 1, DOMAIN, 0)
    digest = cheque.authorization.digest(wallet.address, wallet.web3.eth.chain_id)
    assert wallet.is_valid_signature(digest, cheque.signature)


def test_check_wallet_answers_both_questions(suite, created, stranger):
    check = suite.factory.check_wallet(created.wallet.address)
    assert check.active
    assert check.agent == suite.registry.check_wallet(created.wallet.address)
    assert check.agent.epoch == created.mandate.epoch
    other = suite.factory.check_wallet(stranger.address)
    assert (other.is_wallet, other.active, other.agent.principal) == (False, False, ZERO_ADDRESS)
