"""Shows that a stop holds: every way out of a wallet, tried by simulation."""

from peculium.stop_proof.proof import prove_stopped
from peculium.stop_proof.way import StopProof, Way, WayKind

__all__ = ["StopProof", "Way", "WayKind", "prove_stopped"]
