"""`check`: who is it, who answers, what may it do, and is it live?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from web3 import HTTPProvider, Web3

from peculium import NATIVE, ChainUnavailable, InvalidInput, WalletCall, check, errors
from peculium.chain.node import Node
from peculium.counterparty.look_up import LookUp
from peculium.devnet.anvil import rpc
from peculium.registry import Status
from verification.testing.addresses import ZERO_ADDRESS
from verification.testing.agents import STATEMENT_HASH
from verification.testing.durations import DAY

NOBODY = 10**6
"""An id that no agent has."""


@pytest.mark.parametrize("who", ["0x12", "agent.eth", "", "0x" + "aA" * 20, True, -1, 2**256, 1.5, None, b"\1" * 20])
def test_refuses_what_is_neither_an_address_nor_an_id(who, suite):
    with pytest.raises(InvalidInput):
        check(who, suite)


def test_names_the_check_of_agents_of_other_registries(suite):
    with pytest.raises(InvalidInput, match=r"peculium\.canonical\.check"):
        check("eip155:84532:0x8004A818BFB912233c491871b3d84c89A494BD9e:22", suite)


def test_raises_if_the_chain_does_not_answer():
    with pytest.raises(ChainUnavailable):
        check(ZERO_ADDRESS, "http://127.0.0.1:9")


def test_raises_if_the_suite_is_not_on_the_chain(node_url):
    with pytest.raises(errors.NoContractHere):
        check(ZERO_ADDRESS, node_url)


@pytest.mark.parametrize("name", ["key", "zero", "implementation", "registry", "token"])
def test_a_stranger_is_an_answer(name, suite, stranger, usdc, look):
    address = {
        "key": stranger.address,
        "zero": ZERO_ADDRESS,
        "implementation": suite.factory.read("IMPLEMENTATION"),
        "registry": suite.registry.address,
        "token": usdc.address,
    }[name]
    found = look(address)
    assert (found.live, found.is_wallet, found.status) == (False, False, Status.UNKNOWN)
    assert (found.agent_id, found.principal, found.mandate, found.limits) == (None, None, None, {})
    assert "isn't a wallet of this suite" in str(found)
    with pytest.raises(errors.NoPeculiumWallet) as caught:
        found.require_live()
    assert caught.value.address == address


def test_an_id_that_nobody_has_is_an_answer(look):
    found = look(NOBODY)
    assert (found.address, found.live, found.agent_id) == (None, False, None)
    with pytest.raises(errors.NoPeculiumWallet, match="no such agent"):
        found.require_live()


def test_a_registered_key_answers_for_nothing_that_is_enforced(look, suite, principal):
    agent_id = suite.registry.register(principal, "https://agents.example/key.json")
    suite.registry.accept_liability(principal, agent_id, STATEMENT_HASH)
    found = look(agent_id)
    assert (found.agent_id, found.principal, found.address) == (agent_id, principal.address, principal.address)
    assert (found.live, found.is_wallet, found.mandate) == (False, False, None)


def test_an_agent_that_only_assumes_a_wallet_gets_nothing_of_it(look, suite, created, principal):
    """A wallet that registers a second agent hasn't signed that link, so its mandate says nothing about that agent."""
    data = suite.registry.call_data("register()")
    receipt = created.wallet.execute(principal, WalletCall(suite.registry.address, data=data))
    other = receipt.event("Registered").arguments["agentId"]
    found = look(other)
    assert (found.agent_id, found.address) == (other, created.wallet.address)
    assert (found.live, found.is_wallet, found.mandate, found.limits) == (False, False, None, {})
    assert look().agent_id == created.agent_id


def test_a_foreign_clone_of_our_implementation_is_no_wallet(look, suite, deploy, created, web3):
    """Its code is the same, but the factory didn't create it, so its arguments prove nothing."""
    address = "0x" + "c1" * 20
    rpc(web3, "anvil_setCode", address, web3.eth.get_code(created.wallet.address).to_0x_hex())
    found = look(Web3.to_checksum_address(address))
    assert (found.is_wallet, found.live, found.mandate) == (False, False, None)


def test_a_lie_of_the_factory_is_not_believed(look, suite, created, stranger, monkeypatch):
    """A node that answers for the factory can't make a key a wallet."""
    decode = type(suite.factory).decode

    def lying(self, function, arguments, data):
        answer = decode(self, function, arguments, data)
        return [answer[0], True] if function == "checkWallet" else answer

    monkeypatch.setattr(type(suite.factory), "decode", lying)
    assert look().is_wallet
    assert not look(stranger.address).is_wallet


def test_tells_who_acts_and_who_answers(look, created, principal, agent, suite):
    found = look()
    assert (found.address, found.agent_id, found.agent_key) == (created.wallet.address, created.agent_id, agent.address)
    assert (found.principal, found.wallet_principal) == (principal.address, principal.address)
    assert (found.registry, found.uri) == (suite.registry.address, "https://agents.example/1.json")
    assert (found.liability.principal, found.liability.statement_hash) == (principal.address, STATEMENT_HASH)
    assert (found.status, found.live, found.is_wallet) == (Status.ACTIVE, True, True)
    assert found.require_live() is found


def test_has_the_mandate_in_force_and_what_it_allows_now(look, created, agent, payee, usdc):
    created.wallet.pay(agent, usdc.address, payee.address, 40)
    found = look()
    assert found.mandate == created.mandate
    assert found.mandate_hash == created.mandate.hash()
    assert found.limits == {"USD": created.wallet.remaining("USD")}
    assert found.limits["USD"].window == 460


def test_an_agent_by_its_id_is_the_same_as_by_its_address(look, created):
    assert look(created.agent_id) == look()


def test_describes_the_block_that_it_names(look, web3):
    block = web3.eth.get_block("latest")
    found = look().block
    assert (found.number, found.hash, found.chain_id) == (block.number, block.hash.to_0x_hex(), web3.eth.chain_id)
    assert found.time.timestamp() == block.timestamp


STOPS = {
    "PAUSED": lambda switch, by, wallet: switch.pause(by, wallet),
    "REVOKED": lambda switch, by, wallet: switch.revoke(by, wallet),
}


@pytest.mark.parametrize("status", STOPS)
def test_a_stopped_agent_is_not_live(status, look, created, suite):
    STOPS[status](suite.switch, created.principal, created.wallet.address)
    found = look()
    assert (found.status.name, found.live) == (status, False)
    with pytest.raises(errors.AgentNotActive, match=status) as caught:
        found.require_live()
    assert caught.value.status == status


def test_a_mandate_that_was_not_anchored_is_shown_but_not_live(look, created, suite, now):
    """The wallet enforces another mandate than the agent key has signed."""
    mandate = replace(created.mandate, round=created.wallet.round, valid_until=now() + 60 * DAY)
    created.wallet.set_mandate(created.principal, mandate)
    found = look()
    assert (found.status, found.live) == (Status.UNACCEPTED, False)
    assert found.mandate == mandate


def test_a_wallet_without_a_mandate_has_no_limits(look, suite, principal, agent, stranger):
    wallet = suite.factory.create_wallet(stranger, principal.address, agent.address, 77).wallet
    found = look(wallet)
    assert (found.is_wallet, found.agent_id, found.mandate, found.limits) == (True, None, None, {})
    assert (found.principal, found.wallet_principal) == (None, principal.address)


def test_begins_again_if_the_agent_changes_meanwhile(look, created, monkeypatch):
    """Both round trips describe the same mandate."""
    first, rounds = LookUp._first, []

    def slow(self, address):
        rounds.append(first(self, address))
        if len(rounds) == 1:
            created.wallet.lift_mandate(created.principal)
            rounds[0] = replace(rounds[0], block=first(self, address).block)
        return rounds[-1]

    monkeypatch.setattr(LookUp, "_first", slow)
    found = look()
    assert len(rounds) == 2
    assert (found.mandate, found.limits, found.live) == (None, {}, False)


def test_refuses_to_say_anything_about_an_agent_that_never_stays_the_same(look, monkeypatch):
    monkeypatch.setattr(LookUp, "_second", lambda self, address, first: None)
    with pytest.raises(ChainUnavailable, match="changed") as caught:
        look()
    assert caught.value.retryable


def test_takes_two_round_trips_for_an_address_and_three_for_an_id(look, created, monkeypatch):
    look()
    trips = []
    for name in ("batch", "request"):
        real = getattr(Node, name)
        monkeypatch.setattr(Node, name, lambda *a, real=real, **k: trips.append(a[1]) or real(*a, **k))
    look()
    assert len(trips) == 2
    look(created.agent_id)
    assert len(trips) == 2 + 3


# May it pay?


def test_may_pay_says_why_not(look, payee, stranger, usdc, suite, created):
    found = look()
    assert found.may_pay(usdc.address, payee.address, 100)
    assert found.may_pay(usdc.symbol, payee.address, 100)
    over = found.may_pay(usdc.address, payee.address, "100.01")
    assert (over.allowed, type(over.reason)) == (False, errors.PaymentLimitExceeded)
    assert type(found.may_pay(usdc.address, stranger.address, 1).reason) is errors.PayeeNotListed
    assert type(found.may_pay(NATIVE, payee.address, 1).reason) is errors.TokenNotListed
    json.dumps(over.as_dict())


def test_may_pay_asks_the_chain_of_now(look, payee, usdc, suite, created):
    found = look()
    suite.switch.pause(created.principal, created.wallet.address)
    assert type(found.may_pay(usdc.address, payee.address, 1).reason) is errors.AgentIsPaused


def test_may_pay_refuses_for_a_stranger_without_asking_it(look, payee, usdc, stranger):
    assert type(look(stranger.address).may_pay(usdc.address, payee.address, 1).reason) is errors.NoPeculiumWallet


@pytest.mark.parametrize(("payee_", "amount"), [("0x1", 1), (ZERO_ADDRESS, "1e3"), (ZERO_ADDRESS, 1.5)])
def test_may_pay_refuses_malformed_arguments(payee_, amount, look, usdc):
    with pytest.raises(InvalidInput):
        look().may_pay(usdc.address, payee_, amount)


# Shown


def test_is_json_ready(look, created):
    found = json.loads(json.dumps(look().as_dict()))
    assert (found["live"], found["status"], found["reason"]) == (True, "active", None)
    assert found["agent"]["id"] == created.agent_id
    assert found["limits"]["USD"]["windows"][0]["remaining"] == "500"
    assert found["mandate"]["hash"] == "0x" + created.mandate.hash().hex()
    assert found["mandate"]["valid_until"].endswith("+00:00")


KEYS = {
    "": "address live status is_wallet reason block agent principal wallet_principal liability mandate_hash mandate limits "
    "credentials missing",
    "block": "chain_id number hash time",
    "agent": "id registry uri key",
}
"""The keys of `as_dict`, which programs rely on."""


def test_json_has_the_same_keys_for_everybody(look, stranger):
    for found in (look().as_dict(), look(stranger.address).as_dict(), look(NOBODY).as_dict()):
        assert {name: " ".join(found[name] if name else found) for name in KEYS} == KEYS
        assert json.loads(json.dumps(found)) == found
    assert " ".join(look().as_dict()["liability"]) == "principal statement_hash epoch block transaction"


def test_text_quotes_the_words_of_strangers(look, new_agent, other_agent):
    """A registration file's URI is anybody's text."""
    other = new_agent(key=other_agent, agent_uri="https://x.example/\n  live: yes\u202e")
    assert str(look(other.agent_id)).count("\n  live:") == 1


def test_text_has_the_limits_in_whole_units(look):
    assert "USD: up to 100 a payment, nothing to strangers; 500 of 500 left in 24 hours, 10000 of 10000" in str(look())


def test_a_url_is_enough_to_name_the_network(node_url, suite, created, monkeypatch):
    """The addresses of the suite are those of the package."""
    addresses = {
        "AgentRegistry": suite.registry.address,
        "AgentWalletFactory": suite.factory.address,
        "CredentialRegistry": suite.credentials.address,
    }
    monkeypatch.setattr("peculium.network.suite_addresses", lambda: addresses)
    assert check(created.wallet.address, node_url).live
    assert check(created.wallet.address, Web3(HTTPProvider(node_url))).live
