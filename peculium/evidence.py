"""Verifies the evidence of a check, without the chain or with it.

Without the chain, hashes, signatures of keys and the wallet's address show who promised what. That the agent was live in a block
can only be shown by a chain: a node says so, and is believed. Proofs against the block's state root aren't verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from web3 import Web3

from peculium.counterparty.findings import Finding
from peculium.counterparty.offline import verify_offline
from peculium.counterparty.on_chain import compare, suite_of
from peculium.counterparty.shape import CONTRACTS, require_evidence
from peculium.deployments import suite_addresses
from peculium.errors import InvalidEvidence, InvalidInput
from peculium.network import Network
from peculium.suite import Suite
from peculium.units import to_address


@dataclass(frozen=True)
class EvidenceReport:
    """What evidence shows."""

    shown: tuple[str, ...]
    """What was verified."""
    wrong: tuple[str, ...]
    """What contradicts itself or the chain."""
    open: tuple[str, ...]
    """What can't be shown from the evidence alone."""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong. What is in `open` wasn't verified."""
        return not self.wrong

    def require(self) -> Self:
        """Returns the report itself. Raises `InvalidEvidence` if something is wrong."""
        if self.wrong:
            raise InvalidEvidence(self.wrong)
        return self

    def as_dict(self) -> dict[str, Any]:
        """Returns it JSON-ready."""
        return {"holds": self.holds, "shown": [*self.shown], "wrong": [*self.wrong], "open": [*self.open]}


def verify_evidence(
    evidence: Mapping[str, Any],
    network: Network | Suite | Web3 | str | None = None,
    contracts: Mapping[str, str] | None = None,
) -> EvidenceReport:
    """Verifies what `Counterparty.as_evidence` returned: offline, or also against the chain of `network`.

    `contracts` are the addresses of the suite that you trust, by name; by default those of this package, or of `network`.
    Raises `InvalidInput` for what isn't evidence at all, and `ChainUnavailable` if the node doesn't answer or doesn't keep the
    state of the block.
    """
    require_evidence(evidence)
    chain = None if network is None else Network.of(network)
    trusted = _trusted(contracts, chain)
    findings = [*verify_offline(evidence, trusted), *(compare(evidence, chain) if chain else _open(evidence))]
    return EvidenceReport(*(tuple(each.text for each in findings if each.held is held) for held in (True, False, None)))


def _trusted(contracts: Mapping[str, str] | None, chain: Network | None) -> dict[str, str]:
    found = contracts if contracts is not None else suite_of(chain) if chain else suite_addresses()
    if missing := [name for name in CONTRACTS if name not in found]:
        raise InvalidInput(f"contracts has no {missing[0]}. Pass the addresses of {', '.join(CONTRACTS)}.")
    return {name: to_address(found[name]) for name in CONTRACTS}


def _open(evidence: Mapping[str, Any]) -> list[Finding]:
    return [
        Finding(f"That the agent was {evidence['agent']['status']} in the block needs the chain.", None),
        Finding("That the block is one of the chain, and the code that of the hashes, needs the chain.", None),
    ]
