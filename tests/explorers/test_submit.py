"""Submission to several services, and what it refuses before it starts."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from peculium import InvalidInput
from peculium.deployments.explorers import Outcome, submit_sources
from tests.explorers.conftest import CHAIN


def test_contract_without_a_source_is_refused_before_anything_is_submitted(sourcify, sourcify_stub, registry):
    with pytest.raises(InvalidInput, match="no source of MockUSDC"):
        submit_sources(CHAIN, [registry, replace(registry, name="MockUSDC")], [sourcify])
    assert sourcify_stub.received == []


def test_malformed_address_is_refused_before_anything_is_submitted(sourcify, sourcify_stub, registry):
    with pytest.raises(InvalidInput):
        submit_sources(CHAIN, [replace(registry, address="0x12/../..")], [sourcify])
    assert sourcify_stub.received == []


def test_service_that_fails_does_not_stop_the_others(sourcify, sourcify_stub, etherscan, registry, factory, pace):
    sourcify_stub.fail("look up", 500, b"", times=8)
    results = submit_sources(CHAIN, [registry, factory], [sourcify, etherscan], pace=pace)
    assert [(each.service, each.contract, each.outcome) for each in results] == [
        ("Sourcify", "AgentRegistry", Outcome.UNKNOWN),
        ("Sourcify", "AgentWalletFactory", Outcome.UNKNOWN),
        ("Etherscan", "AgentRegistry", Outcome.VERIFIED),
        ("Etherscan", "AgentWalletFactory", Outcome.VERIFIED),
    ]


def test_one_refused_contract_does_not_stop_the_others(sourcify, sourcify_stub, registry, factory, pace):
    sourcify_stub.fail("submit", 400, {"customCode": "invalid_parameter", "message": "no", "errorId": "1"})
    results = submit_sources(CHAIN, [registry, factory], [sourcify], pace=pace)
    assert [each.outcome for each in results] == [Outcome.REFUSED, Outcome.VERIFIED]


def test_result_for_a_program_is_json_with_the_same_keys(sourcify, sourcify_stub, registry, pace):
    (verified,) = submit_sources(CHAIN, [registry], [sourcify], pace=pace)
    written = json.loads(json.dumps(verified.as_dict()))
    assert written["outcome"] == "verified"
    assert written["match"] == "match"
    sourcify_stub.verified.clear()
    sourcify_stub.error = {"customCode": "no_match", "message": "no", "errorId": "1"}
    (refused,) = submit_sources(CHAIN, [registry], [sourcify], pace=pace)
    assert refused.as_dict().keys() == written.keys()
    assert refused.as_dict()["verified"] is False
