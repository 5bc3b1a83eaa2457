"""What is submitted to a service that publishes sources, and what becomes of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Literal, Protocol

from peculium.deployments.sources import Source


class Outcome(StrEnum):
    """What a service has done with a contract's source."""

    VERIFIED = "verified"
    ALREADY_VERIFIED = "already verified"
    PENDING = "pending"
    """It was accepted. The result isn't known yet."""
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """The service gave no answer that can be understood. It may have the source nevertheless."""


Match = Literal["exact", "match"]
"""Whether code and metadata are those of the source, or the code alone. The suite's code has no metadata: it is a `match`."""


@dataclass(frozen=True)
class SourceRequest:
    """One contract for one service."""

    chain_id: int
    address: str
    source: Source
    arguments: bytes
    """The constructor's arguments, ABI-encoded."""
    transaction: str | None = None
    """Hash (0x hex) of the transaction that created the contract, if it is known."""


@dataclass(frozen=True)
class Submission:
    """What became of one contract at one service."""

    contract: str
    """Name of the contract."""
    address: str
    service: str
    outcome: Outcome
    match: Match | None = None
    """None if the contract isn't verified, or the service doesn't say."""
    job: str | None = None
    """The service's number of the submission, if it gave one."""
    reason: str = ""
    """Why it was refused or isn't known. The service's own words are in quotes."""
    url: str = ""
    """Where people find the source, if the service has it."""

    @property
    def verified(self) -> bool:
        """Whether the service shows the source."""
        return self.outcome in (Outcome.VERIFIED, Outcome.ALREADY_VERIFIED)

    @property
    def next(self) -> str:
        """The next step, in one sentence."""
        if self.verified:
            return f"Read the source at {self.url}." if self.url else "Nothing to do."
        if self.outcome is Outcome.REFUSED:
            return f"Check that {self.contract} is at {self.address} on this chain, then submit its source again."
        return "Submit the sources again later; what is verified then isn't submitted twice."

    def as_dict(self) -> dict[str, Any]:
        """Returns the submission for a program; all of it is JSON."""
        return {**asdict(self), "outcome": str(self.outcome), "verified": self.verified, "next": self.next}


@dataclass(frozen=True)
class Job:
    """A submission that a service has accepted."""

    request: SourceRequest
    number: str = ""
    """The service's number of it; empty if the service works on an earlier one of somebody else."""


class Explorer(Protocol):
    """A service that publishes sources. Its methods raise `NoAnswer` if it gives no answer that can be understood."""

    @property
    def name(self) -> str:
        """Its name, for people."""

    def begin(self, request: SourceRequest) -> Job | Submission:
        """Submits a source. Returns the result if there is one already."""

    def result(self, job: Job) -> Submission | None:
        """Returns the result of an accepted submission, or None if there is none yet."""


def outcome_of(
    explorer: Explorer,
    request: SourceRequest,
    outcome: Outcome,
    *,
    match: Match | None = None,
    job: str | None = None,
    reason: str = "",
    url: str = "",
) -> Submission:
    """Returns what became of a request at a service."""
    return Submission(request.source.name, request.address, explorer.name, outcome, match, job, reason, url)
