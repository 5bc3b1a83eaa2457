"""Submits the sources of deployed contracts to services that publish them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from eth_abi import encode

from peculium.deployments.artifacts import packaged_artifact
from peculium.deployments.explorers.etherscan import Etherscan
from peculium.deployments.explorers.sourcify import Sourcify
from peculium.deployments.explorers.submission import Explorer, Job, Outcome, SourceRequest, Submission, outcome_of
from peculium.deployments.explorers.web import NoAnswer
from peculium.deployments.sources import contract_source, known_sources
from peculium.errors import InvalidInput
from peculium.units import to_address

MOST_UNANSWERED = 2
"""Submissions in a row without an answer, after which a service gets no more."""


class HasSource(Protocol):
    """A deployed contract, such as `Planned` and `Deployed`."""

    @property
    def name(self) -> str:
        """Name of the contract."""

    @property
    def address(self) -> str:
        """Where it is."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The constructor's arguments, in order."""


@dataclass(frozen=True)
class Pace:
    """How long to wait for results."""

    patience: float = 180.0
    """Seconds, for each service, after which what has no result is `PENDING`."""
    pause: float = 3.0
    """Seconds between two questions for results."""
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def submit_sources(
    chain_id: int,
    contracts: Iterable[HasSource],
    services: Sequence[Explorer] | None = None,
    progress: Callable[[Submission], None] = lambda _: None,
    *,
    transactions: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> list[Submission]:
    """Submits the contracts' sources to every service, and waits for the results.

    `services` are by default those of `explorers()`. `progress` gets each result as soon as it is known; the list has all of
    them, by service and contract. `transactions` are the hashes of the transactions that created the contracts, by contract
    name, as far as they are known. It can be called again: what is verified isn't submitted twice.

    Sends nothing to a chain. Raises `InvalidInput`, before anything is submitted, for a contract whose source the package
    doesn't have. Whatever a service does is a result, not an error.
    """
    known = transactions or {}
    requests = [_request(chain_id, each, known.get(each.name)) for each in contracts]
    found = []
    for service in explorers() if services is None else services:
        found += _submit_to(service, requests, progress, pace or Pace())
    return found


def explorers() -> list[Explorer]:
    """Returns Sourcify, and Etherscan if the environment has a key. Raises `InvalidInput` for a malformed key."""
    etherscan = Etherscan.of_environment()
    return [Sourcify()] if etherscan is None else [Sourcify(), etherscan]


def _request(chain_id: int, contract: HasSource, transaction: str | None) -> SourceRequest:
    if contract.name not in known_sources():
        raise InvalidInput(
            f"The package has no source of {contract.name}. It has {', '.join(known_sources())}. Leave the others out."
        )
    abi = packaged_artifact(contract.name).abi
    inputs: list[dict[str, Any]] = next((entry["inputs"] for entry in abi if entry["type"] == "constructor"), [])
    arguments = encode([each["type"] for each in inputs], list(contract.arguments.values()))
    return SourceRequest(chain_id, to_address(contract.address), contract_source(contract.name), arguments, transaction)


def _submit_to(
    service: Explorer, requests: Sequence[SourceRequest], progress: Callable[[Submission], None], pace: Pace
) -> list[Submission]:
    # All are submitted before the first result is asked for: a service compiles several at once.
    results: dict[int, Submission] = {}
    jobs: dict[int, Job] = {}
    unanswered, why = 0, ""

    def done(number: int, submission: Submission) -> None:
        results[number] = submission
        progress(submission)

    for number, request in enumerate(requests):
        if unanswered >= MOST_UNANSWERED:
            reason = f"Not submitted, because {service.name} didn't answer before: {why}"
            done(number, outcome_of(service, request, Outcome.UNKNOWN, reason=reason))
            continue
        try:
            begun = service.begin(request)
        except NoAnswer as error:
            unanswered, why = unanswered + 1, str(error)
            done(number, outcome_of(service, request, Outcome.UNKNOWN, reason=why))
            continue
        unanswered = 0
        if isinstance(begun, Job):
            jobs[number] = begun
        else:
            done(number, begun)
    _wait_for(service, jobs, done, pace)
    return [results[number] for number in range(len(requests))]


def _wait_for(service: Explorer, jobs: dict[int, Job], done: Callable[[int, Submission], None], pace: Pace) -> None:
    deadline, reasons = pace.clock() + pace.patience, dict[int, str]()
    while jobs:
        for number, job in list(jobs.items()):
            try:
                result = service.result(job)
            except NoAnswer as error:
                reasons[number] = str(error)
                continue
            if result is not None:
                del jobs[number]
                done(number, result)
        if jobs and pace.clock() >= deadline:
            break
        if jobs:
            pace.sleep(pace.pause)
    for number, job in jobs.items():
        reason = reasons.get(number) or f"{service.name} has no result after {pace.patience:g} seconds."
        done(number, outcome_of(service, job.request, Outcome.PENDING, job=job.number or None, reason=reason))
