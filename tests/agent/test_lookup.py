"""Tokens by symbol, and payees by name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from eth_abi import encode

from peculium import NATIVE, Budget, InvalidInput, Pay, Token, Window, errors
from peculium.chain.node import Node
from peculium.lookup import read_symbols
from peculium.mandate.toml import InvalidMandateFile

_DAY = timedelta(days=1)


def test_an_unknown_symbol_is_refused_with_those_of_the_mandate(buyer, usdc):
    with pytest.raises(InvalidInput, match=rf'calls itself "EURC"\. It lists USDC \({usdc.address}\), tDAI'):
        buyer.pay("EURC", "supplier", 1)


def test_a_symbol_in_other_letters_is_refused(buyer):
    with pytest.raises(InvalidInput, match='calls itself "usdc"'):
        buyer.pay("usdc", "supplier", 1)


def test_a_symbol_of_two_tokens_is_refused_with_both_addresses(new_agent, connected, usdc, new_usdc):
    other = new_usdc()
    agent = connected(new_agent(tokens=(Token(usdc.address, 6), Token(other.address, 6))))
    with pytest.raises(InvalidInput, match=rf'2 tokens .* "USDC": {usdc.address}, {other.address}\. Pass the address'):
        agent.pay("USDC", "supplier", 1)


def test_an_unknown_name_is_refused_with_the_likely_one(buyer):
    with pytest.raises(
        InvalidInput, match=r'"suplier" is neither .* Did you mean "supplier"\? .*: "supplier", "caterer"'
    ):
        buyer.pay("USDC", "suplier", 1)


def test_a_name_without_an_address_book_is_refused(created, connected):
    with pytest.raises(InvalidInput, match=r"no address book\. Pass 0x and 40 hex digits, or Agent\(\.\.\., names="):
        connected(created, names=None).pay("USDC", "supplier", 1)


@pytest.mark.parametrize("name", ["0xsupplier", "", " supplier", "sup\u202eplier"])
def test_a_name_that_misleads_is_refused(created, connected, payee, name):
    with pytest.raises(InvalidInput, match="name"):
        connected(created, names={name: payee.address})


def test_an_address_with_a_wrong_checksum_is_refused_as_one(buyer, payee):
    wrong = (
        payee.address[:-1] + payee.address[-1].swapcase()
        if payee.address[-1].isalpha()
        else "0x" + payee.address[2:].swapcase()
    )
    with pytest.raises(InvalidInput, match="checksum"):
        buyer.pay("USDC", wrong, 1)


@pytest.mark.parametrize("amount", ["0.0000001", "1e2", 1.5, "-1"])
def test_an_amount_that_the_token_cannot_express_is_refused(buyer, amount):
    with pytest.raises(InvalidInput, match="amount"):
        buyer.pay("USDC", "supplier", amount)


def test_a_payment_with_another_key_is_refused_with_the_right_one(created, connected, relayer):
    with pytest.raises(errors.NotAgentKey) as caught:
        connected(created, key=relayer).pay("USDC", "supplier", 1)
    assert created.agent.address in str(caught.value)
    assert relayer.address in str(caught.value)


def test_pays_by_symbol_and_name(buyer, usdc, payee):
    receipt = buyer.pay("USDC", "supplier", "12.50", ref="INV-1")
    made = receipt.event("PaymentMade").arguments
    assert (made["token"], made["payee"], made["amount"]) == (usdc.address, payee.address, 12_500_000)


def test_pays_many_by_symbol_and_name(buyer, usdc, dai, payee):
    buyer.pay_many([Pay("USDC", "supplier", 1), Pay("tDAI", payee.address, "0.5")])
    assert (usdc.balance(payee.address), dai.balance(payee.address)) == (1, 0.5)


def test_finds_a_token_of_a_mandate_that_was_installed_later(
    new_agent, connected, new_mandate, usdc, dai, payee, principal
):
    made = new_agent(tokens=(Token(usdc.address, 6),))
    agent = connected(made)
    with pytest.raises(InvalidInput, match="It lists USDC"):
        agent.pay("tDAI", "supplier", 1)
    both = new_mandate(tokens=(Token(usdc.address, 6), Token(dai.address, 18))).in_round(made.wallet.round)
    made.wallet.set_mandate(principal, both)
    agent.pay("tDAI", "supplier", 1)
    assert dai.balance(payee.address) == 1


def test_a_symbol_that_another_token_has_under_a_new_mandate_is_found_after_a_refusal(
    new_agent, connected, new_mandate, new_usdc, usdc, payee, principal
):
    made, other = new_agent(tokens=(Token(usdc.address, 6),)), new_usdc()
    agent = connected(made)
    agent.pay("USDC", "supplier", 1)
    following = new_mandate(tokens=(Token(other.address, 6),)).in_round(made.wallet.round)
    made.wallet.set_mandate(principal, following)
    other.send(principal, "mint", made.wallet.address, 10**6)
    with pytest.raises(errors.TokenNotListed):
        agent.pay("USDC", "supplier", 1)
    agent.pay("USDC", "supplier", 1)
    assert other.balance(payee.address) == 1


def test_the_native_currency_is_called_native_and_by_its_budget(new_agent, connected, usdc, payee):
    budgets = (
        Budget("USD", 1, 1, [Window(_DAY, 1)], [Token(usdc.address, 6)], [payee.address]),
        Budget("ETH", 1, 1, [Window(_DAY, 1)], [Token(NATIVE, 18)], [payee.address], decimals=18),
    )
    agent = connected(new_agent(budgets=budgets))
    assert agent.lookup.token("native") == agent.lookup.token("ETH") == NATIVE
    assert agent.lookup.symbol(NATIVE) == "ETH"


@pytest.mark.parametrize(
    ("answer", "symbol"),
    [
        (encode(["string"], ["USDC"]), "USDC"),
        (b"MKR".ljust(32, b"\0"), "MKR"),
        (encode(["string"], ["USD\u20ae0"]), "USD\u20ae0"),
        (encode(["string"], ["US\u202eDC"]), ""),
        (encode(["string"], ["USDC\nEURC"]), ""),
        (encode(["string"], ["0x" + "11" * 20]), ""),
        (encode(["string"], ["A" * 33]), ""),
        (encode(["string"], [""]), ""),
        (b"\xff" * 32, ""),
        (b"\xff" * 64, ""),
        (b"", ""),
    ],
    ids=[
        "text",
        "32 bytes",
        "unicode",
        "bidirectional",
        "two lines",
        "address",
        "too long",
        "empty",
        "no text",
        "malformed",
        "nothing",
    ],
)
def test_a_symbol_is_one_printable_word_or_none(web3, answering, answer, symbol):
    token = answering({"symbol()": answer})
    assert read_symbols(Node.of(web3), [token]) == [symbol]


def test_a_token_without_a_symbol_is_shown_by_its_address(buyer, answering):
    token = answering({"decimals()": encode(["uint8"], [6])})
    assert buyer.lookup.symbol(token) == token


# Names of a mandate's file

FILE = """\
principal = "boss"
[names]
supplier = "{supplier}"
[budget.USD]
per_payment = "not read here"
"""


@pytest.fixture
def file(tmp_path, payee):
    """A mandate's file of which only the names matter."""
    path = tmp_path / "agent.toml"
    path.write_text(FILE.replace("{supplier}", payee.address))
    return path


def test_a_file_without_names_that_can_be_read_is_refused(created, connected, file):
    file.write_text(file.read_text().replace('"0x', '"0x0'))
    with pytest.raises(InvalidMandateFile, match=r"^Line 3: supplier: "):
        connected(created, names=file)


def test_a_file_that_is_not_there_is_refused(created, connected, tmp_path):
    with pytest.raises(InvalidMandateFile, match="can't be read: No such file"):
        connected(created, names=str(tmp_path / "none.toml"))


def test_agent_and_principal_take_the_names_of_a_file(created, connected, file, usdc, payee, suite, principal, people):
    before = usdc.balance(payee.address)
    connected(created, names=str(file)).pay("USDC", "supplier", 1)
    assert usdc.balance(payee.address) == before + 1
    assert people.Principal(principal, suite, names=file).names == {"supplier": payee.address}
