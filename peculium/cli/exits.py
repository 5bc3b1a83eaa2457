"""The exit codes of all commands."""

from __future__ import annotations

from enum import IntEnum

from peculium.errors import ChainUnavailable, InvalidInput, OutcomeUnknown, PeculiumError, SignaturesMissing, Stopped


class Exit(IntEnum):
    """Why a command ended."""

    OK = 0
    FAILED = 1
    """A check found a fault, or the command itself is defective."""
    USAGE = 2
    """The command line, a file or a profile is wrong. Nothing was sent."""
    REFUSED = 3
    """The mandate, a contract or a person refused. Nothing was sent."""
    WAITING = 4
    """It waits for a person: a principal's decision, or signatures of further owners."""
    STOPPED = 5
    """The agent is stopped."""
    UNREACHABLE = 6
    """The chain can't be used: no answer, another chain, no contract there."""
    UNKNOWN = 7
    """Something was sent, and whether it is done isn't known."""
    INTERRUPTED = 130
    """Ctrl-C."""


# The first that fits: some are kinds of others.
_KINDS: tuple[tuple[type[PeculiumError], Exit], ...] = (
    (OutcomeUnknown, Exit.UNKNOWN),
    (Stopped, Exit.STOPPED),
    (SignaturesMissing, Exit.WAITING),
    (ChainUnavailable, Exit.UNREACHABLE),
    (InvalidInput, Exit.USAGE),
)


def exit_of(error: PeculiumError) -> Exit:
    """Returns the exit code of an error."""
    return next((code for kind, code in _KINDS if isinstance(error, kind)), Exit.REFUSED)
