"""Publication of the contracts' sources: Sourcify, which forwards them to other explorers, and Etherscan."""

from __future__ import annotations

from peculium.deployments.explorers.etherscan import Etherscan
from peculium.deployments.explorers.sourcify import Sourcify
from peculium.deployments.explorers.submission import Explorer, Job, Match, Outcome, SourceRequest, Submission
from peculium.deployments.explorers.submit import HasSource, Pace, explorers, submit_sources
from peculium.deployments.explorers.web import NoAnswer, Web

__all__ = [
    "Etherscan",
    "Explorer",
    "HasSource",
    "Job",
    "Match",
    "NoAnswer",
    "Outcome",
    "Pace",
    "SourceRequest",
    "Sourcify",
    "Submission",
    "Web",
    "explorers",
    "submit_sources",
]
