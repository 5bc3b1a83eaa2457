"""Sourcify, a public service that compares sources with deployed code and forwards them to block explorers (API v2)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from peculium.deployments.explorers.submission import Job, Match, Outcome, SourceRequest, Submission, outcome_of
from peculium.deployments.explorers.web import Answer, NoAnswer, Web

SERVER = "https://sourcify.dev/server"
PAGES = "https://repo.sourcify.dev"

_MATCHES: dict[Any, Match] = {"exact_match": "exact", "match": "match"}
_NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Sourcify:
    """See `Explorer`. It needs no key, and tells Blockscout, Routescan and Etherscan by itself."""

    web: Web = field(default_factory=lambda: Web("Sourcify", SERVER))
    name: str = "Sourcify"

    def begin(self, request: SourceRequest) -> Job | Submission:
        """See `Explorer.begin`. What is verified already isn't submitted."""
        if (found := self._look_up(request)) is not None:
            return found
        source = request.source
        content = {
            "stdJsonInput": source.standard_json,
            "compilerVersion": source.compiler,
            "contractIdentifier": source.identifier,
        }
        if request.transaction is not None:
            content["creationTransactionHash"] = request.transaction
        answer = self.web.post(f"/v2/verify/{request.chain_id}/{request.address}", content=content)
        number, code = answer.text("verificationId"), answer.text("customCode")
        if answer.status == 202 and _NUMBER.fullmatch(number):
            return Job(request, number)
        if code == "already_verified":
            return self._look_up(request) or self._verified(request, Outcome.ALREADY_VERIFIED, None)
        if code == "duplicate_verification_request":
            return Job(request)
        if 400 <= answer.status < 500:
            return self._refused(request, answer.content)
        raise self._strange(answer)

    def result(self, job: Job) -> Submission | None:
        """See `Explorer.result`."""
        if not job.number:
            return self._look_up(job.request)
        answer = self.web.get(f"/v2/verify/{job.number}")
        if answer.status != 200 or not isinstance(answer.content.get("isJobCompleted"), bool):
            raise self._strange(answer)
        if not answer.content["isJobCompleted"]:
            return None
        match = _MATCHES.get(answer.table("contract").get("match"))
        error = answer.table("error")
        if match is not None:
            return self._verified(job.request, Outcome.VERIFIED, match, job.number)
        if error.get("customCode") == "already_verified":
            return self._verified(job.request, Outcome.ALREADY_VERIFIED, None, job.number)
        if error:
            return self._refused(job.request, error, job.number)
        raise self._strange(answer)

    def _look_up(self, request: SourceRequest) -> Submission | None:
        answer = self.web.get(f"/v2/contract/{request.chain_id}/{request.address}")
        match = _MATCHES.get(answer.content.get("match"))
        if answer.status == 200 and match is not None:
            return self._verified(request, Outcome.ALREADY_VERIFIED, match)
        if "customCode" in answer.content and 400 <= answer.status < 500:
            return self._refused(request, answer.content)
        if answer.status == 404 and answer.content.get("match", "") is None:
            return None
        raise self._strange(answer)

    def _verified(
        self, request: SourceRequest, outcome: Outcome, match: Match | None, job: str | None = None
    ) -> Submission:
        url = f"{PAGES}/{request.chain_id}/{request.address}"
        return outcome_of(self, request, outcome, match=match, job=job, url=url)

    def _refused(self, request: SourceRequest, error: dict[str, Any], job: str | None = None) -> Submission:
        words = ": ".join(str(error[key]) for key in ("customCode", "message") if error.get(key))
        return outcome_of(self, request, Outcome.REFUSED, job=job, reason=self.web.words(words or "(no reason)"))

    def _strange(self, answer: Answer) -> NoAnswer:
        return NoAnswer(
            f"Sourcify answers {answer.status} {self.web.words(str(answer.content))}, which isn't its API v2. "
            "Look the contract up on its site, or try again later."
        )
