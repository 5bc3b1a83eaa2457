"""Etherscan and the explorers that it runs, by one key for all chains (API v2)."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field

from peculium.deployments.explorers.submission import Job, Outcome, SourceRequest, Submission, outcome_of
from peculium.deployments.explorers.web import Answer, NoAnswer, Web
from peculium.deployments.networks import networks
from peculium.errors import InvalidInput

SERVER = "https://api.etherscan.io"
VARIABLE = "ETHERSCAN_API_KEY"
"""Environment variable with the key."""

_NUMBER = re.compile(r"[A-Za-z0-9]{1,100}")
_LATER = ("unable to locate contractcode", "address is not a smart", "the address is not a smart", "rate limit")
"""Answers to a request that succeeds later: the explorer hasn't seen the contract yet, or had too many requests."""


@dataclass(frozen=True)
class Etherscan:
    """See `Explorer`. The key is never shown."""

    key: str = field(repr=False)
    base: str = SERVER
    web: Web | None = field(default=None, repr=False)
    name: str = "Etherscan"
    attempts: int = 6
    """How often a source is submitted while the explorer hasn't seen the contract."""
    pause: float = 5.0
    """Seconds between two attempts."""

    def __post_init__(self) -> None:
        if not self.key.isascii() or not self.key.isalnum():
            raise InvalidInput(f"The key of Etherscan isn't made of letters and digits. Set {VARIABLE} to your key.")
        if self.web is None:
            object.__setattr__(self, "web", Web(self.name, self.base, secret=self.key))

    @classmethod
    def of_environment(cls) -> Etherscan | None:
        """Returns the service with the key of the environment; None without a key. Raises `InvalidInput` if it is malformed."""
        key = os.environ.get(VARIABLE, "").strip()
        return cls(key) if key else None

    def begin(self, request: SourceRequest) -> Job | Submission:
        """See `Explorer.begin`."""
        for attempt in range(1, self.attempts + 1):
            answer = self._service.post("/v2/api", self._query(request, "verifysourcecode"), form=_form(request))
            result = answer.text("result")
            if answer.status == 200 and answer.text("status") == "1" and _NUMBER.fullmatch(result):
                return Job(request, result)
            if "already verified" in result.lower():
                return self._done(request, Outcome.ALREADY_VERIFIED)
            if answer.text("status") != "0" or not result:
                raise self._strange(answer)
            if not _is_for_later(answer):
                return outcome_of(self, request, Outcome.REFUSED, reason=self._service.words(result))
            if attempt < self.attempts:
                self._service.sleep(self.pause)
        raise NoAnswer(f"Etherscan answers {self._service.words(result)} {self.attempts} times. Try again later.")

    def result(self, job: Job) -> Submission | None:
        """See `Explorer.result`. An answer that isn't known counts as none yet."""
        query = {**self._query(job.request, "checkverifystatus"), "guid": job.number}
        result = self._service.get("/v2/api", query).text("result")
        if result.startswith("Pass"):
            return self._done(job.request, Outcome.VERIFIED, job.number)
        if "already verified" in result.lower():
            return self._done(job.request, Outcome.ALREADY_VERIFIED, job.number)
        if result.startswith("Fail"):
            reason = self._service.words(result)
            return outcome_of(self, job.request, Outcome.REFUSED, job=job.number, reason=reason)
        return None

    @property
    def _service(self) -> Web:
        assert self.web is not None  # by __post_init__
        return self.web

    def _query(self, request: SourceRequest, action: str) -> dict[str, str]:
        return {"chainid": str(request.chain_id), "module": "contract", "action": action, "apikey": self.key}

    def _done(self, request: SourceRequest, outcome: Outcome, job: str | None = None) -> Submission:
        sites = {each.chain_id: each.explorer for each in networks().values()}
        site = sites.get(request.chain_id)
        url = f"{site}/address/{request.address}#code" if site else ""
        return outcome_of(self, request, outcome, job=job, url=url)

    def _strange(self, answer: Answer) -> NoAnswer:
        words = self._service.words(str(answer.content))
        return NoAnswer(f"Etherscan answers {answer.status} {words}, which isn't its API v2. Try again later.")


def _form(request: SourceRequest) -> dict[str, str]:
    source, arguments = request.source, request.arguments.hex()
    return {
        "contractaddress": request.address,
        "sourceCode": json.dumps(source.standard_json),
        "codeformat": "solidity-standard-json-input",
        "contractname": source.identifier,
        "compilerversion": f"v{source.compiler}",
        # Its documents spell the name right, its servers wrong.
        "constructorArguments": arguments,
        "constructorArguements": arguments,
    }


def _is_for_later(answer: Answer) -> bool:
    said = f"{answer.text('message')} {answer.text('result')}".lower()
    return any(words in said for words in _LATER)
