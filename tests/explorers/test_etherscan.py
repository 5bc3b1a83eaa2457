"""Submission to Etherscan: its key, what it refuses, what goes wrong on the way, and what is verified."""

from __future__ import annotations

import json

import pytest
from eth_abi import encode

from peculium import InvalidInput
from peculium.deployments.explorers import Etherscan, Outcome, Web, explorers, submit_sources
from tests.explorers.conftest import CHAIN, KEY, said


@pytest.fixture
def submitted(etherscan, pace):
    """Submits contracts to Etherscan and returns the results."""

    def submit(*contracts):
        return submit_sources(CHAIN, contracts, [etherscan], pace=pace)

    return submit


@pytest.mark.parametrize("key", ["two words", "schlüssel", "a&b"])
def test_malformed_key_is_refused_and_not_repeated(key, monkeypatch):
    monkeypatch.setenv("ETHERSCAN_API_KEY", key)
    with pytest.raises(InvalidInput) as refused:
        explorers()
    assert key not in str(refused.value)
    assert "ETHERSCAN_API_KEY" in str(refused.value)


@pytest.mark.parametrize("key", ["", " "])
def test_without_a_key_there_is_only_sourcify(key, monkeypatch):
    monkeypatch.setenv("ETHERSCAN_API_KEY", key)
    assert [each.name for each in explorers()] == ["Sourcify"]


def test_key_of_the_environment_adds_etherscan(monkeypatch):
    monkeypatch.setenv("ETHERSCAN_API_KEY", KEY + "\n")
    sourcify, etherscan = explorers()
    assert (sourcify.name, etherscan.name, etherscan.key) == ("Sourcify", "Etherscan", KEY)
    assert KEY not in repr(etherscan)


def test_refusal_is_quoted_without_the_key(submitted, etherscan_stub, registry):
    etherscan_stub.faults.append(("submit", said("0", "NOTOK", f"Invalid API Key (#err2)|{KEY}\u202e")))
    (refused,) = submitted(registry)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason == '"Invalid API Key (#err2)|…"'


def test_no_result_has_the_key(submitted, etherscan_stub, registry, pace):
    nobody = Etherscan(KEY, web=Web("Etherscan", "http://127.0.0.1:1", secret=KEY, sleep=pace.sleep))
    (unreachable,) = submit_sources(CHAIN, [registry], [nobody], pace=pace)
    etherscan_stub.fail("submit", 500, KEY.encode(), times=4)
    (broken,) = submitted(registry)
    etherscan_stub.fail("submit", 200, {"status": KEY, "result": KEY})
    (strange,) = submitted(registry)
    assert [each.outcome for each in (unreachable, broken, strange)] == [Outcome.UNKNOWN] * 3
    assert KEY not in json.dumps([each.as_dict() for each in (unreachable, broken, strange)])


def test_source_that_does_not_match_is_refused(submitted, etherscan_stub, registry):
    etherscan_stub.result = ("0", "NOTOK", "Fail - Unable to verify")
    (refused,) = submitted(registry)
    assert (refused.outcome, refused.reason, refused.job) == (Outcome.REFUSED, '"Fail - Unable to verify"', "guid0")


def test_result_that_never_comes_is_pending(submitted, etherscan_stub, registry, time):
    etherscan_stub.polls = -1
    (pending,) = submitted(registry)
    assert (pending.outcome, pending.job) == (Outcome.PENDING, "guid0")
    assert time.now == 60


@pytest.mark.parametrize("words", ["Max calls per sec rate limit reached (3/sec)", "Unknown UID", ""])
def test_status_that_is_no_result_is_asked_for_again(submitted, etherscan_stub, registry, words):
    etherscan_stub.faults.append(("status", said("0", "NOTOK", words)))
    (verified,) = submitted(registry)
    assert verified.outcome is Outcome.VERIFIED
    assert len(etherscan_stub.asked("status")) == 2


@pytest.mark.parametrize(
    "words", ["Unable to locate ContractCode at 0x12", "Max calls per sec rate limit reached (3/sec)"]
)
def test_contract_that_etherscan_has_not_seen_yet_is_submitted_again(submitted, etherscan_stub, registry, time, words):
    etherscan_stub.faults.extend([("submit", said("0", "NOTOK", words))] * 2)
    (verified,) = submitted(registry)
    assert verified.outcome is Outcome.VERIFIED
    assert time.waits == [5, 5]


def test_contract_that_etherscan_never_sees_is_unknown(submitted, etherscan_stub, registry):
    etherscan_stub.faults.extend([("submit", said("0", "NOTOK", "Unable to locate ContractCode at 0x12"))] * 6)
    (unknown,) = submitted(registry)
    assert unknown.outcome is Outcome.UNKNOWN
    assert "Unable to locate" in unknown.reason
    assert len(etherscan_stub.asked("submit")) == 6


@pytest.mark.parametrize("body", [b"<html>502</html>", {"status": "1", "result": {"guid": 1}}, {"result": "x"}])
def test_answer_that_is_not_etherscans_leaves_the_outcome_unknown(submitted, etherscan_stub, registry, body):
    etherscan_stub.fail("submit", 200, body)
    (unknown,) = submitted(registry)
    assert unknown.outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("words", ["Contract source code already verified", "Smart-contract already verified."])
def test_verified_contract_is_already_verified(submitted, etherscan_stub, registry, words):
    etherscan_stub.faults.append(("submit", said("0", "NOTOK", words)))
    (found,) = submitted(registry)
    assert found.outcome is Outcome.ALREADY_VERIFIED


def test_source_is_verified_with_the_arguments_of_the_constructor(submitted, etherscan_stub, factory):
    etherscan_stub.polls = 1
    (verified,) = submitted(factory)
    assert (verified.outcome, verified.match) == (Outcome.VERIFIED, None)
    assert verified.url == f"https://sepolia.basescan.org/address/{factory.address}#code"
    (sent,) = etherscan_stub.asked("submit")
    arguments = encode(["address"] * 6, list(factory.arguments.values())).hex()
    assert sent.content["constructorArguments"] == arguments
    assert factory.init_code.hex().endswith(arguments)
