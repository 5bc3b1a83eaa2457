"""The EIP-712 domain of a token is found from what it reports, and only if its separator proves it."""

from __future__ import annotations

import pytest
from eth_abi import encode

from peculium import ERC20, Domain, errors
from peculium.wallet.domains import domain_of
from peculium.wallet.settlement import separator_of

ADDRESS = "0x" + "99" * 20


@pytest.fixture
def token(web3, answering):
    """A token that reports parts of a domain, and the separator of `proven`."""

    def report(proven, name=None, version=None, eip712=None, chain_id=None):
        answers = {}
        if proven is not None:
            answers["DOMAIN_SEPARATOR()"] = separator_of(proven, chain_id or web3.eth.chain_id, ADDRESS)
        if name is not None:
            answers["name()"] = encode(["string"], [name])
        if version is not None:
            answers["version()"] = encode(["string"], [version])
        if eip712 is not None:
            types = ["bytes1", "string", "string", "uint256", "address", "bytes32", "uint256[]"]
            answers["eip712Domain()"] = encode(types, [b"\x0f", *eip712, web3.eth.chain_id, ADDRESS, bytes(32), []])
        return ERC20(web3, answering(answers, ADDRESS))

    return report


def test_a_token_without_a_separator_is_refused(token):
    with pytest.raises(errors.WrongDomain, match=r"has no DOMAIN_SEPARATOR\(\).*or use pay"):
        domain_of(token(None, "USD Coin", "2", ("USD Coin", "2")))


def test_a_separator_that_nothing_gives_is_refused(token):
    with pytest.raises(errors.WrongDomain, match=r"name and version don't give.*Ask the token's issuer"):
        domain_of(token(Domain("Another", "2"), "USD Coin", "2"))


def test_the_separator_of_another_chain_is_refused(token):
    with pytest.raises(errors.WrongDomain):
        domain_of(token(Domain("USD Coin", "2"), "USD Coin", "2", chain_id=1))


def test_an_answer_that_is_no_text_is_refused(web3, answering):
    answers = {"DOMAIN_SEPARATOR()": b"\x07" * 32, "name()": b"\xff" * 64, "eip712Domain()": b"\xff" * 300}
    with pytest.raises(errors.WrongDomain):
        domain_of(ERC20(web3, answering(answers)))


@pytest.mark.parametrize(
    ("reported", "domain"),
    [
        ({"name": "USD Coin", "version": "2"}, Domain("USD Coin", "2")),
        ({"name": "Old Coin"}, Domain("Old Coin", "1")),
        ({"name": "USDC", "version": "1"}, Domain("USDC", "2")),
        ({"eip712": ("Euro Coin", "7")}, Domain("Euro Coin", "7")),
        ({"name": "Shown", "version": "1", "eip712": ("Signed", "3")}, Domain("Signed", "3")),
    ],
)
def test_what_the_separator_proves_is_the_domain(token, reported, domain):
    assert domain_of(token(domain, **reported)) == domain
