"""`UserOperations`: a bundler sends, and an action is done once under a key."""

from __future__ import annotations

import pytest

from peculium import InvalidInput, SelfBundler, errors
from peculium.devnet.anvil import rpc
from peculium.transports import UserOperations
from peculium.transports.bundled import bundled_actions
from verification.sending.proxy import HttpFault, pass_on

SEND, RECEIPT, LOGS = "eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getLogs"


@pytest.fixture(params=["journal", "none"])
def book(request, journal):
    """A journal, or none."""
    return journal if request.param == "journal" else None


@pytest.fixture
def operate(connect, devnet):
    """Returns the agent as a new process has it, whose actions are user operations."""

    def connected(book=None, **options):
        agent = connect(book, **options)
        agent.via = UserOperations(SelfBundler(agent.network.web3, devnet.role("relayer")), timeout=3)
        return agent

    return connected


# Refusals


@pytest.mark.parametrize("subkey", [-1, 2**64])
def test_refuses_a_subkey_outside_of_64_bits(subkey, operate, devnet):
    with pytest.raises(InvalidInput):
        UserOperations(SelfBundler(devnet.web3, devnet.role("relayer")), subkey=subkey)


def test_refused_payment_leaves_the_key_free(book, operate, pay, received):
    with pytest.raises(errors.PaymentLimitExceeded):
        pay(operate(book), 101)
    pay(operate(book), 40)
    assert received() == 40


def test_refuses_the_key_for_another_amount_and_says_what_was_done(book, operate, pay, received):
    pay(operate(book))
    with pytest.raises(errors.OnceMismatch, match="a payment of 40 of the token"):
        pay(operate(book), 41)
    assert received() == 40


# Done once


def test_pays_again_without_a_key(operate, pay, received):
    agent = operate()
    for _ in range(2):
        assert pay(agent, once=None).event("PaymentMade")
    assert received() == 80


def test_retry_by_another_process_returns_the_first_receipt(book, operate, pay, received):
    first = pay(operate(book))
    assert first.event("PaymentMade")
    assert pay(operate(book)) == first
    assert received() == 40


def test_other_keys_pay_again(book, operate, pay, received):
    for once in ("INV-42", "INV-43"):
        pay(operate(book), once=once)
    assert received() == 80


@pytest.mark.parametrize("before", [True, False], ids=["before the node had it", "after the node had it"])
def test_retry_after_a_lost_answer_pays_once(before, book, proxy, operate, pay, received):
    def lose(name, parameters, forward):
        if name not in (SEND, RECEIPT):
            return forward()
        if name == SEND and not before:
            forward()
        raise HttpFault(502)

    proxy.hook = lose
    with pytest.raises(errors.OutcomeUnknown):
        pay(operate(book, timeout=0.3, patience=0.2))
    proxy.hook = pass_on
    receipt = pay(operate(book))
    assert receipt.event("PaymentMade")
    assert received() == 40
    assert pay(operate(book)) == receipt


def test_operation_that_failed_in_its_block_is_tried_again(book, operate, pay, received, devnet, proxy):
    """The token fails between the estimate and the block."""
    token, broken = devnet.usdc.address, "0x60006000fd"
    code = devnet.web3.eth.get_code(token).to_0x_hex()

    def hook(name, parameters, forward):
        if name == SEND:
            rpc(devnet.web3, "anvil_setCode", token, broken)
        return forward()

    proxy.hook = hook
    with pytest.raises(errors.ContractError) as caught:
        pay(operate(book))
    assert caught.value.receipt.transaction
    proxy.hook = pass_on
    rpc(devnet.web3, "anvil_setCode", token, code)
    receipt = pay(operate(book))
    assert pay(operate(book)) == receipt
    assert received() == 40


def test_survives_a_new_mandate(book, operate, pay, received, made):
    first = pay(operate(book))
    mandate = made.wallet.last_mandate()
    made.wallet.set_mandate(made.principal, mandate.in_round(made.wallet.round))
    assert pay(operate(book)) == first
    assert received() == 40


def test_another_operation_with_the_nonce_makes_the_first_void(journal, proxy, operate, pay, received):
    """With a journal: the process died after it had written the operation down."""

    def refuse(name, parameters, forward):
        if name == SEND:
            raise HttpFault(502)
        return forward()

    proxy.hook = refuse
    with pytest.raises(errors.OutcomeUnknown):
        pay(operate(journal, timeout=0.2, patience=0.2))
    proxy.hook = pass_on
    pay(operate(), 1, once=None)
    for _ in range(2):
        pay(operate(journal))
    assert received() == 41


@pytest.mark.parametrize("hidden", [RECEIPT, LOGS])
def test_never_sends_a_second_one_while_its_outcome_is_hidden(hidden, book, proxy, operate, pay, received):
    """The node shows that the nonce is used, and answers nothing for the receipt or the events."""
    first = pay(operate(book))
    proxy.hook = lambda name, parameters, forward: (
        {"result": None if name == RECEIPT else []} if name == hidden else forward()
    )
    with pytest.raises(errors.OutcomeUnknown):
        pay(operate(book))
    proxy.hook = pass_on
    assert pay(operate(book)) == first
    assert received() == 40


def test_never_sends_a_second_one_while_events_are_missing(proxy, operate, pay, received):
    """The node has the nonce of the first one and not its event."""
    pay(operate())

    def hook(name, parameters, forward):
        return {"result": []} if name == LOGS else forward()

    proxy.hook = hook
    with pytest.raises(errors.OutcomeUnknown, match="Call again with the same key"):
        pay(operate())
    assert received() == 40


def test_reads_no_action_from_other_calldata():
    assert list(bundled_actions(b"\x01" * 200)) == []
