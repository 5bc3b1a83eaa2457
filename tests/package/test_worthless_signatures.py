"""Cheques and pre-authorizations that nobody could settle are refused before they are handed out or charged."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import timedelta

import pytest
from eth_abi import encode
from eth_utils import keccak

from peculium import Authorization, AuthorizationKind, ChequeBook, Domain, LimitedPayee, Preauthorize, errors
from peculium.wallet import settlement
from peculium.wallet.settlement import require_settleable
from verification.testing.refusals import refuses

HOUR = timedelta(hours=1)
DOMAIN, OTHER = Domain("USD Coin", "2"), Domain("USDC", "2")
SALTED = keccak(text="EIP712Domain(string name,string version,address verifyingContract,bytes32 salt)")


@pytest.fixture
def created(checkpoint, new_agent, usdc, payee, stranger):
    """An agent with a book of five cheques of one dollar. One payee has terms of its own."""
    book = ChequeBook(usdc.address, 5, 1, HOUR)
    limited = (LimitedPayee(stranger.address, 50),)
    return checkpoint.share("created", lambda: new_agent(cheque_books=(book,), limited_payees=limited))


@pytest.fixture
def write(created, usdc, payee):
    """Writes a cheque of one dollar to the payee, or as overridden."""

    def write_cheque(agent=created.agent, to=payee.address, amount=1, domain=DOMAIN, slot=0, **options):
        return created.wallet.write_cheque(agent, usdc.address, to, amount, domain, slot, **options)

    return write_cheque


@pytest.fixture
def authorization(usdc, payee, now):
    """80 dollars to the payee, valid for ten minutes."""
    return Authorization.of(usdc.address, payee.address, 80, 6, now() + 600, DOMAIN)


def test_cheque_in_another_domain_is_refused_and_the_right_one_named(write):
    with pytest.raises(
        errors.WrongDomain, match=r'isn\'t "USDC".*Use Domain\(name="USD Coin", version="2"\)'
    ) as caught:
        write(domain=OTHER)
    assert caught.value.domain == DOMAIN
    copy = pickle.loads(pickle.dumps(caught.value))
    assert (str(copy), copy.next, copy.domain) == (str(caught.value), caught.value.next, DOMAIN)


def test_cheque_above_the_limit_of_the_book_is_refused(write):
    with pytest.raises(errors.InvalidCheque, match=r"pays 5 tokens; the cheque book allows 1 a cheque\."):
        write(amount=5)


def test_cheque_in_base_units_is_refused(write):
    """An API asks for "10000", which is 0.01."""
    with pytest.raises(errors.InvalidCheque, match="check that the amount is in whole tokens"):
        write(amount="10000")


def test_cheque_of_zero_is_refused(write):
    with refuses(errors.ZeroAmount):
        write(amount=0)


@pytest.mark.parametrize("slot", [5, 255])
def test_cheque_in_a_slot_that_the_book_does_not_have_is_refused(write, slot):
    with pytest.raises(errors.InvalidCheque, match=f"no slot {slot}: it has 5 cheques a period, numbered from 0"):
        write(slot=slot)


def test_cheque_to_a_payee_that_is_not_listed_is_refused(write, relayer):
    with refuses(errors.PayeeNotListed, payee=relayer.address):
        write(to=relayer.address)


def test_cheque_to_a_payee_with_terms_of_its_own_is_refused(write, stranger):
    with pytest.raises(errors.InvalidCheque, match="the payee has terms of its own"):
        write(to=stranger.address)


def test_cheque_of_another_key_is_refused(write, created, relayer):
    with refuses(errors.NotAgentKey, agent_key=created.agent.address, caller=relayer.address):
        write(agent=relayer)


def test_cheque_of_a_stopped_agent_is_refused(write, created, suite):
    suite.switch.pause(created.principal, created.wallet.address)
    with refuses(errors.AgentIsPaused):
        write()


def test_cheque_in_a_token_that_takes_no_signatures_of_contracts_is_refused(new_agent, dai, payee):
    created = new_agent(cheque_books=(ChequeBook(dai.address, 5, 1, HOUR),))
    with pytest.raises(errors.ContractSignaturesRefused, match="Use pay, or another token"):
        created.wallet.write_cheque(created.agent, dai.address, payee.address, 1, Domain("Test Dai", "1"), 0)


@pytest.mark.parametrize(("stop", "error"), [("pause", errors.TokenPaused), ("blacklist", errors.TokenFrozen)])
def test_cheque_in_a_stopped_token_is_refused(write, created, usdc, deployer, stop, error):
    usdc.send(deployer, stop, *([created.wallet.address] if stop == "blacklist" else []))
    with pytest.raises(error):
        write()


def test_cheque_without_cover_is_refused(write, created, usdc, principal):
    created.wallet.withdraw_all(principal, usdc.address, principal.address)
    with pytest.raises(errors.NotEnoughMoney):
        write()


def test_cheque_that_is_handed_out_is_settled(write, usdc, payee, relayer, created):
    cheque = write()
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(relayer, function, *cheque.authorization.transfer(created.wallet.address), cheque.signature)
    assert usdc.balance(payee.address) == 1


def test_cheque_in_a_slot_that_is_settled_is_refused_without_advice_to_pay_again(write, usdc, relayer, created):
    """The retry of a purchase whose answer was lost."""
    cheque = write()
    function = "transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,bytes)"
    usdc.send(relayer, function, *cheque.authorization.transfer(created.wallet.address), cheque.signature)
    with pytest.raises(errors.InvalidCheque, match=r"slot 0 of this period is settled already.*Don't pay again"):
        write()
    write(slot=1)


def test_cheque_of_a_later_period_is_checked_as_far_as_it_can_be(write, now):
    with pytest.raises(errors.WrongDomain):
        write(domain=OTHER, now=now() + 7200)
    cheque = write(now=now() + 7200)
    assert cheque.authorization.valid_before > now() + 7200


# Pre-authorizations


def test_preauthorization_in_another_domain_is_refused_and_not_charged(created, authorization):
    with pytest.raises(errors.WrongDomain):
        created.wallet.preauthorize(created.agent, replace(authorization, domain=OTHER))
    assert created.wallet.spent("USD") == 0


def test_signed_preauthorization_in_another_domain_is_refused(created, authorization, now):
    wrong = replace(authorization, domain=OTHER)
    with pytest.raises(errors.WrongDomain):
        created.wallet.sign_action(created.agent, Preauthorize(wrong), deadline=now() + 60)


def test_preauthorization_of_more_than_the_wallet_holds_is_refused_and_not_charged(created, authorization, principal):
    created.wallet.withdraw_all(principal, authorization.token, principal.address)
    with pytest.raises(errors.NotEnoughMoney):
        created.wallet.preauthorize(created.agent, authorization)
    assert created.wallet.spent("USD") == 0


def test_what_the_mandate_refuses_comes_before_what_the_token_refuses(created, authorization, relayer):
    wrong = replace(authorization, domain=OTHER, payee=relayer.address)
    with refuses(errors.PayeeNotListed, payee=relayer.address):
        created.wallet.preauthorize(created.agent, wrong)


@pytest.mark.parametrize("kind", AuthorizationKind)
@pytest.mark.parametrize("start", [0, 300])
def test_preauthorization_that_can_be_settled_is_charged(created, authorization, now, kind, start):
    good = replace(authorization, kind=kind, valid_after=now() + start)
    created.wallet.preauthorize(created.agent, good)
    assert created.wallet.spent("USD") == 80


# Tokens


def token_with(web3, separator):
    """The address of a token that reports this domain separator and reverts otherwise."""
    # Calls of four bytes get the separator: CALLDATASIZE, PUSH1 4, EQ, PUSH1 11, JUMPI, PUSH1 0, DUP1, REVERT.
    code = bytes.fromhex("3660041460 0b57600080fd5b 7f") + separator + bytes.fromhex("60005260206000f3")
    address = "0x" + "99" * 20
    web3.provider.make_request("anvil_setCode", [address, "0x" + code.hex()])
    return address


def test_domain_with_a_salt_is_named_as_the_reason(created, authorization, web3):
    """Bridged tokens on Polygon have one."""
    chain_id = web3.eth.chain_id
    types = ["bytes32", "bytes32", "bytes32", "address", "uint256"]
    domain, token = Domain("USD Coin (PoS)", "1"), "0x" + "99" * 20
    hashes = keccak(text=domain.name), keccak(text=domain.version)
    assert token_with(web3, keccak(encode(types, [SALTED, *hashes, token, chain_id]))) == token
    with pytest.raises(errors.WrongDomain, match="has a salt instead of the chain id") as caught:
        require_settleable(created.wallet, replace(authorization, token=token, domain=domain))
    assert caught.value.next == "Use pay, or another token."


def test_domain_that_nothing_explains_is_refused(created, authorization, web3):
    token = token_with(web3, b"\x07" * 32)
    with pytest.raises(errors.WrongDomain, match="Ask the token's issuer") as caught:
        require_settleable(created.wallet, replace(authorization, token=token))
    assert caught.value.domain is None


def test_token_with_the_right_domain_that_refuses_contracts_is_named(created, authorization, web3):
    """It takes signatures of keys only, by ecrecover."""
    separator = settlement.separator_of(DOMAIN, web3.eth.chain_id, "0x" + "99" * 20)
    token = token_with(web3, separator)
    with pytest.raises(errors.ContractSignaturesRefused, match="signatures of keys only"):
        require_settleable(created.wallet, replace(authorization, token=token))


def test_domain_is_compared_where_the_node_can_not_simulate(created, authorization, monkeypatch):
    monkeypatch.setattr(settlement, "_simulate", lambda *_: settlement.UNSUPPORTED)
    with pytest.raises(errors.WrongDomain):
        require_settleable(created.wallet, replace(authorization, domain=OTHER))
    require_settleable(created.wallet, authorization)


def test_node_that_refuses_to_answer_is_not_taken_for_a_token_without_domain(write, created, monkeypatch):
    """A rate limit says nothing about the token."""
    request = type(created.wallet.node).request
    busy = errors.NodeRefused("Too many requests. Wait.", 429, "too many requests", transient=True)

    def limited(node, method, call, *rest, **options):
        if isinstance(call, dict) and call["data"].startswith("0x" + keccak(text="DOMAIN_SEPARATOR()")[:4].hex()):
            raise busy
        return request(node, method, call, *rest, **options)

    monkeypatch.setattr(type(created.wallet.node), "request", limited)
    with pytest.raises(errors.NodeRefused) as caught:
        write(domain=OTHER)
    assert caught.value is busy
