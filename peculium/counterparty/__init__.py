"""Who an agent is, who answers for it, and what it may do: for whoever deals with it."""

from peculium.counterparty.counterparty import Counterparty
from peculium.counterparty.look_up import check
from peculium.counterparty.parts import Block, HeldCredential, Liability

__all__ = ["Block", "Counterparty", "HeldCredential", "Liability", "check"]
