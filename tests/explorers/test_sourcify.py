"""Submission to Sourcify: what it refuses, what goes wrong on the way, and what is verified."""

from __future__ import annotations

import pytest

from peculium.deployments.explorers import Outcome, Sourcify, Web, submit_sources
from tests.explorers.conftest import CHAIN, JOB

HTML = b"<html>Sign in to the wireless network</html>"


@pytest.fixture
def submitted(sourcify, pace):
    """Submits contracts to Sourcify and returns the results."""

    def submit(*contracts, **options):
        return submit_sources(CHAIN, contracts, [sourcify], pace=pace, **options)

    return submit


def test_source_that_does_not_match_is_refused_in_the_words_of_sourcify(submitted, sourcify_stub, registry):
    sourcify_stub.error = {"customCode": "no_match", "message": "The bytecodes don't\u202e match.\n", "errorId": "1"}
    (refused,) = submitted(registry)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason == '"no_match: The bytecodes don\'t match."'
    assert refused.job == JOB.format(0)
    assert not refused.verified
    assert registry.address in refused.next


def test_unsupported_chain_is_refused_without_a_submission(submitted, sourcify_stub, registry):
    unsupported = {"customCode": "unsupported_chain", "message": f"Chain {CHAIN} isn't supported", "errorId": "1"}
    sourcify_stub.fail("look up", 404, unsupported)
    (refused,) = submitted(registry)
    assert refused.outcome is Outcome.REFUSED
    assert "unsupported_chain" in refused.reason
    assert sourcify_stub.asked("submit") == []


def test_rejected_request_is_refused(submitted, sourcify_stub, registry):
    sourcify_stub.fail("submit", 400, {"customCode": "invalid_parameter", "message": "no", "errorId": "1"})
    (refused,) = submitted(registry)
    assert (refused.outcome, refused.reason) == (Outcome.REFUSED, '"invalid_parameter: no"')


@pytest.mark.parametrize(
    ("kind", "status", "body", "said"),
    [
        ("look up", 200, HTML, "wireless network"),
        ("look up", 200, {"match": "perfect"}, "which isn't its API v2"),
        ("look up", 404, {"message": "no such page"}, "which isn't its API v2"),
        ("look up", 302, b"", "answers 302"),
        ("submit", 200, {}, "which isn't its API v2"),
        ("submit", 202, {"verificationId": "../contract/1"}, "which isn't its API v2"),
        ("submit", 202, b"[]", "answers 202"),
        ("submit", 413, HTML, "answers 413"),
    ],
)
def test_answer_that_is_not_sourcifys_leaves_the_outcome_unknown(
    submitted, sourcify_stub, registry, kind, status, body, said
):
    sourcify_stub.fail(kind, status, body)
    (unknown,) = submitted(registry)
    assert unknown.outcome is Outcome.UNKNOWN
    assert said in unknown.reason
    assert "again later" in unknown.next


@pytest.mark.parametrize("kind", ["look up", "submit"])
def test_redirect_is_not_followed(submitted, sourcify_stub, registry, kind):
    """The sources, and the key of a service that needs one, are for this service alone."""
    elsewhere = f"/v2/contract/{CHAIN}/0x{'11' * 20}"
    sourcify_stub.fail(kind, 307, b"", Location=elsewhere)
    (unknown,) = submitted(registry)
    assert unknown.outcome is Outcome.UNKNOWN
    assert "answers 307" in unknown.reason
    assert elsewhere not in [each.path for each in sourcify_stub.received]


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("kind", ["look up", "submit"])
def test_service_that_stays_busy_leaves_the_outcome_unknown(submitted, sourcify_stub, registry, time, kind, status):
    sourcify_stub.fail(kind, status, HTML, times=4)
    (unknown,) = submitted(registry)
    assert unknown.outcome is Outcome.UNKNOWN
    assert f"answers {status}" in unknown.reason
    assert len(sourcify_stub.asked(kind)) == 4
    assert time.waits == [1, 2, 4]


def test_service_that_cannot_be_reached_gets_two_contracts_at_most(suite_contracts, pace, time):
    nobody = Sourcify(Web("Sourcify", "http://127.0.0.1:1", sleep=time.sleep))
    results = submit_sources(CHAIN, suite_contracts.values(), [nobody], pace=pace)
    assert [each.outcome for each in results] == [Outcome.UNKNOWN] * len(suite_contracts)
    assert all("Not submitted" in each.reason for each in results[2:])
    assert len(time.waits) == 2 * 3


def test_slow_answer_leaves_the_outcome_unknown(sourcify_stub, registry, pace, time):
    sourcify_stub.answer = lambda request: __import__("time").sleep(0.5) or (200, {}, {})
    slow = Sourcify(Web("Sourcify", sourcify_stub.url, timeout=0.05, attempts=2, sleep=time.sleep))
    (unknown,) = submit_sources(CHAIN, [registry], [slow], pace=pace)
    assert unknown.outcome is Outcome.UNKNOWN
    assert "can't be reached" in unknown.reason


def test_result_that_never_comes_is_pending(submitted, sourcify_stub, registry, time):
    sourcify_stub.polls = -1
    (pending,) = submitted(registry)
    assert pending.outcome is Outcome.PENDING
    assert pending.job == JOB.format(0)
    assert pending.reason == "Sourcify has no result after 60 seconds."
    assert time.now == 60
    assert not pending.verified


@pytest.mark.parametrize(("status", "body"), [(500, HTML), (404, {"customCode": "job_not_found", "message": "no"})])
def test_job_whose_result_cannot_be_read_is_pending(submitted, sourcify_stub, registry, status, body):
    sourcify_stub.fail("status", status, body, times=1000)
    (pending,) = submitted(registry)
    assert pending.outcome is Outcome.PENDING
    assert f"answers {status}" in pending.reason


def test_completed_job_without_match_or_error_is_no_success(submitted, sourcify_stub, registry):
    body = {"isJobCompleted": True, "verificationId": JOB.format(0), "contract": {"match": None}}
    sourcify_stub.fail("status", 200, body, times=1000)
    (pending,) = submitted(registry)
    assert pending.outcome is Outcome.PENDING


def test_busy_service_is_asked_again_when_it_says(submitted, sourcify_stub, registry, time):
    sourcify_stub.fail("submit", 429, HTML, Retry_After="17")
    sourcify_stub.fail("submit", 503, HTML, Retry_After="86400")
    (verified,) = submitted(registry)
    assert verified.outcome is Outcome.VERIFIED
    assert time.waits == [17, 60]


def test_too_many_requests_are_no_refusal(submitted, sourcify_stub, registry):
    sourcify_stub.fail("submit", 429, {"customCode": "too_many_requests", "message": "later", "errorId": "1"})
    (verified,) = submitted(registry)
    assert verified.outcome is Outcome.VERIFIED


def test_interrupted_connection_is_tried_again(submitted, sourcify_stub, registry):
    sourcify_stub.fail("submit", 0, b"")
    (verified,) = submitted(registry)
    assert verified.outcome is Outcome.VERIFIED
    assert len(sourcify_stub.asked("submit")) == 2


@pytest.mark.parametrize(("said", "match"), [("exact_match", "exact"), ("match", "match")])
def test_source_is_verified(submitted, sourcify_stub, registry, said, match):
    sourcify_stub.match, sourcify_stub.polls = said, 2
    (verified,) = submitted(registry)
    assert (verified.outcome, verified.match, verified.verified) == (Outcome.VERIFIED, match, True)
    assert verified.url == f"https://repo.sourcify.dev/{CHAIN}/{registry.address}"
    assert len(sourcify_stub.asked("status")) == 3


def test_verified_contract_is_not_submitted_again(submitted, sourcify_stub, registry):
    submitted(registry)
    (again,) = submitted(registry)
    assert (again.outcome, again.match) == (Outcome.ALREADY_VERIFIED, "match")
    assert len(sourcify_stub.asked("submit")) == 1


def test_contract_that_somebody_verifies_meanwhile_is_already_verified(submitted, sourcify_stub, registry):
    sourcify_stub.fail("submit", 409, {"customCode": "already_verified", "message": "it is", "errorId": "1"})
    (found,) = submitted(registry)
    assert (found.outcome, found.match) == (Outcome.ALREADY_VERIFIED, None)


def test_job_that_finds_it_verified_is_already_verified(submitted, sourcify_stub, registry):
    sourcify_stub.error = {"customCode": "already_verified", "message": "no better match", "errorId": "1"}
    (found,) = submitted(registry)
    assert found.outcome is Outcome.ALREADY_VERIFIED


def test_job_of_somebody_else_is_waited_for(submitted, sourcify_stub, registry):
    sourcify_stub.fail("submit", 429, {"customCode": "duplicate_verification_request", "message": "x", "errorId": "1"})
    sourcify_stub.fail("look up", 404, sourcify_stub.contract(registry.address, None))
    sourcify_stub.faults.rotate(1)
    sourcify_stub.verified[registry.address] = "match"
    (found,) = submitted(registry)
    assert found.outcome is Outcome.ALREADY_VERIFIED
    assert len(sourcify_stub.asked("submit")) == 1


def test_submission_has_the_hash_of_the_creation_if_it_is_known(submitted, sourcify_stub, registry, factory):
    created = "0x" + "ab" * 32
    submitted(registry, factory, transactions={registry.name: created})
    first, second = sourcify_stub.asked("submit")
    assert first.content["creationTransactionHash"] == created
    assert "creationTransactionHash" not in second.content


def test_whole_suite_is_submitted_before_the_first_result_is_asked_for(submitted, sourcify_stub, suite_contracts):
    sourcify_stub.polls = 1
    seen = []
    results = submitted(*suite_contracts.values(), progress=seen.append)
    assert [each.contract for each in results] == list(suite_contracts)
    assert {each.outcome for each in results} == {Outcome.VERIFIED}
    assert sorted(seen, key=lambda each: results.index(each)) == results
    kinds = [each.kind for each in sourcify_stub.received]
    assert kinds.index("status") > max(index for index, kind in enumerate(kinds) if kind == "submit")
