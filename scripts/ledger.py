"""Run random steps on the ledger's contract and on its definition, and compare them."""

from toolchain.current_build import needs_current_build
from verification.ledger.command import cli as command

cli = needs_current_build(command)
