"""What is malformed is `InvalidInput`, whatever the method: nothing of another library's comes through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from web3 import Web3

from peculium import ChequeBook, InvalidInput, Window, configure_sending, errors
from peculium.agent import Agent
from peculium.explain import diff, explain
from peculium.mandate.toml import load_mandate

TARGET = "0x" + "77" * 20
MALFORMED = {
    "calldata that is no hex": (lambda agent: agent.call(TARGET, "deposit"), "data is 'deposit'"),
    "calldata of half a byte": (lambda agent: agent.call(TARGET, "0x123"), "even number of hex digits"),
    "calldata that is a number": (lambda agent: agent.call(TARGET, 5), "data is 5"),
    "a variant below zero": (lambda agent: agent.call(TARGET, "0x12345678", variant=-1), "variant is -1"),
    "a variant above a byte": (lambda agent: agent.call(TARGET, "0x12345678", variant=256, pull=1), "variant is 256"),
    "a pull that is a float": (lambda agent: agent.call(TARGET, "0x12345678", pull=0.5), "0.5, a float"),
    "a reference that is a number": (lambda agent: agent.pay("USDC", "supplier", 1, ref=5), "ref is 5, an int"),
    "a reference of 31 bytes": (lambda agent: agent.pay("USDC", "supplier", 1, ref=b"1" * 31), "has 31 bytes"),
    "no token": (lambda agent: agent.pay(None, "supplier", 1), "is None"),
    "no payee": (lambda agent: agent.pay("USDC", None, 1), "is None"),
    "no amount": (lambda agent: agent.pay("USDC", "supplier", None), "amount is None"),
    "payments that are tuples": (lambda agent: agent.pay_many([("USDC", "supplier", 1)]), r"member of payments is a tuple\. Pass Pay\(token, payee, amount\)"),
    "an end in milliseconds": (
        lambda agent: agent.request_payment("USDC", "supplier", 1, expires_at=1_900_000_000_000),
        "not milliseconds",
    ),
    "an end that is a float": (lambda agent: agent.preauthorize("USDC", "supplier", 1, valid_before=1.5), "1.5, a float"),
    "a call's data": (lambda agent: agent.request_call(TARGET, "zz"), "data is 'zz'"),
    "gas below zero": (lambda agent: agent.request_call(TARGET, "0x", min_gas=-1), "min_gas is -1"),
    "a slot that is a text": (lambda agent: agent.cancel_request("0"), "request is '0', a str"),
    "a request that is a number": (lambda agent: agent.request_outcome(0), "asked is 0, an int"),
    "a domain that is a text": (
        lambda agent: agent.preauthorize("USDC", "supplier", 1, domain="USD Coin"),
        r"domain is 'USD Coin', a str\. Pass Domain\(name, version\)",
    ),
    "a cheque's slot": (lambda agent: agent.write_cheque("USDC", "supplier", 1, slot="1"), "slot is '1', a str"),
    "a cheque's domain": (lambda agent: agent.write_cheque("USDC", "supplier", 1, domain="2"), "domain is '2', a str"),
    "a day in words": (lambda agent: agent.history(since="yesterday"), "time is 'yesterday'"),
    "cheques since a day in words": (lambda agent: agent.cheques_cashed(since="yesterday"), "time is 'yesterday'"),
}  # fmt: skip


@pytest.mark.parametrize(("action", "message"), MALFORMED.values(), ids=MALFORMED)
def test_what_is_malformed_is_refused(buyer, action, message):
    with pytest.raises(InvalidInput, match=message):
        action(buyer)


def test_an_address_book_that_is_a_list_is_refused(created, connected):
    with pytest.raises(InvalidInput, match="names is a list"):
        connected(created, names=["supplier"])


@pytest.mark.parametrize("ask", [lambda agent: agent.overview(), lambda agent: agent.pay("USDC", "supplier", 1)])
def test_a_contract_that_is_no_wallet_is_refused(created, suite, usdc, names, ask):
    agent = Agent(usdc.address, created.agent, suite, names=names)
    with pytest.raises(errors.WrongContract, match=f"{usdc.address} on chain 31337 isn't an agent's wallet"):
        ask(agent)


def test_the_native_currency_has_no_authorizations(buyer):
    with pytest.raises(errors.NotAuthorizable):
        buyer.preauthorize("native", "supplier", 1)


def test_the_native_currency_has_no_cheques(buyer):
    with pytest.raises(errors.NoChequeBook):
        buyer.write_cheque("native", "supplier", 1)


FOREIGN = {
    "a text in place of a mandate": (lambda: explain("text"), "mandate is 'text', a str. Pass a Mandate"),
    "two texts in place of mandates": (lambda: diff("a", "b"), "old is 'a', a str. Pass a Mandate"),
    "no mandate": (lambda: load_mandate(None), "The mandate is None. Pass the path of a file, or its text"),
    "bytes in place of a mandate": (lambda: load_mandate(b""), "The mandate is b''. Pass the path of a file"),
    "an empty mandate": (lambda: load_mandate(""), "The mandate is empty. Pass the path of a file"),
    "the URL of a node in place of a connection": (
        lambda: configure_sending("http://node"),
        r"Pass the connection itself.*agent\.network\.web3",
    ),
    "an unknown option": (
        lambda: configure_sending(Web3(), confirmation=2),
        "no option confirmation. Did you mean confirmations",
    ),
    "a window in place of a length": (lambda: Window(None, 1), "length is None"),
}


@pytest.mark.parametrize("mistake", FOREIGN)
def test_mistake_outside_of_an_agent_is_invalid_input_too(mistake):
    make, message = FOREIGN[mistake]
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    assert caught.value.next != str(caught.value)


NAMES = {
    "a missing argument": (
        lambda agent: agent.pay("USDC", "supplier"),
        r"Agent\.pay: missing.*'amount'.*Pass Agent\.pay\(token, payee, amount, ref=…",
    ),
    "a mistyped name": (
        lambda agent: agent.pay("USDC", "supplier", 1, onec="INV-42"),
        r"'onec'\. Did you mean once\? Pass Agent\.pay\(",
    ),
    "one argument too many": (
        lambda agent: agent.pay("USDC", "supplier", 1, "ref", "INV-42"),
        r"Agent\.pay: too many positional arguments",
    ),
    "a currency without a budget": (
        lambda agent: agent.overview().currency("GBP"),
        "no budget in 'GBP'. Pass one of its currencies: USD",
    ),
    "an amount as payee": (
        lambda agent: agent.pay("USDC", "5", "supplier"),
        "It looks like an amount: the order is token, payee, amount",
    ),
    "a symbol as payee": (
        lambda agent: agent.pay("0x" + "77" * 20, "USDC", 1),
        "It is a token of the mandate: the order is token, payee, amount",
    ),
    "a payee as token": (
        lambda agent: agent.pay("supplier", "USDC", 1),
        "It looks like a payee: the order is token, payee, amount",
    ),
    "a symbol in small letters": (lambda agent: agent.pay("usdc", "supplier", 1), 'Did you mean "USDC"'),
}


@pytest.mark.parametrize("mistake", NAMES)
def test_wrong_names_and_orders_of_arguments_say_the_right_ones(created, suite, names, mistake):
    make, message = NAMES[mistake]
    with pytest.raises(InvalidInput, match=message):
        make(Agent(created.wallet.address, created.agent, suite, names=names))


@pytest.mark.parametrize("token", ["USDC", "native"])
def test_account_without_code_is_no_contract_whatever_the_token(created, suite, stranger, token):
    with pytest.raises(errors.NoContractHere, match="There is no contract at"):
        Agent(stranger.address, created.agent, suite).pay(token, stranger.address, 1)


def test_window_of_seconds_is_that_of_a_length():
    assert Window(86_400, 1) == Window(timedelta(days=1), 1)
    assert ChequeBook(TARGET, 1, 1, 3_600).period == timedelta(hours=1)
    assert Window(86_400, 1).length.days == 1
