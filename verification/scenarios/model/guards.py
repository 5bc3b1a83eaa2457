"""Guards: contracts that a mandate names. They are asked about every charge, and can only refuse (I34)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from verification.scenarios.model.outcomes import Hashed, Refused, require
from verification.scenarios.model.switch import Switch

if TYPE_CHECKING:
    from verification.scenarios.model.signed_mandate import SignedMandate

MOODY = "moody guard"
MOODS = ("agrees", "reverts", "answers wrongly", "answers nothing", "reverts at length", "stops")
"""How the moody guard can behave, in the order of the contract's enum."""
RESERVED = ("onCharge", "onClose")
"""Functions with which wallets ask and tell their guards. Nobody makes a wallet call them in another way."""
ANY = 2**256 - 1
"""Allows every charge."""
MAX_REASON = 256
"""How many bytes of a guard's answer a refusal contains."""
ANSWER = "an answer"
"""The name of a refusal by an answer that isn't what the wallet expects. Its argument are the bytes of the answer."""
ANSWERS = {
    "answers wrongly": b"\xff" * 4 + bytes(28),
    "answers nothing": b"",
    "reverts at length": bytes(300),
}


class Charge(NamedTuple):
    """What a wallet is about to pay."""

    principal: str
    currency: Hashed
    token: str
    payee: str
    amount: int
    charge: int
    ref: int
    pending: bool
    """Whether it is a pre-authorization."""


class Guard(Protocol):
    """A guard. It refuses by raising `Refused`."""

    def accepts(self, wallet: str, mandate: SignedMandate) -> None:
        """Refuses a mandate that it doesn't agree to."""

    def on_charge(self, wallet: str, charge: Charge) -> None:
        """Refuses a charge that it doesn't agree to."""

    def on_close(self, wallet: str, currency: str, charge: int, settled: bool) -> None:
        """Learns that a pre-authorization was closed."""


def refused_by(guard: str, reason: Refused) -> Refused:
    """The wallet's refusal because of a guard's."""
    if reason.error == ANSWER:
        return Refused("GuardRefused", guard, reason.arguments[0][:MAX_REASON])
    return Refused("GuardRefused", guard, reason)


@dataclass
class MoodyGuard:
    """A guard that agrees or refuses as anyone sets it, and emits what wallets ask and tell it."""

    emit: Callable[..., None]
    switch: Switch
    mood: str = MOODS[0]
    most: int = ANY
    """The largest charge that it agrees to."""

    def set_mood(self, mood: str, most: int) -> None:
        """Sets how it behaves."""
        self.mood, self.most = mood, most

    def accepts(self, wallet: str, mandate: SignedMandate) -> None:
        """Agrees if it is in the mood."""
        self._answer()

    def on_charge(self, wallet: str, charge: Charge) -> None:
        """Agrees up to the largest charge, if it is in the mood. As a guardian it may pause the agent."""
        self.emit(MOODY, "Asked", wallet, charge)
        require(charge.charge <= self.most, "TooMuch", charge.charge, self.most)
        if self.mood == "stops" and MOODY in self.switch.of(charge.principal).guardians:
            self.switch.pause(MOODY, charge.principal, wallet)
        self._answer()

    def on_close(self, wallet: str, currency: str, charge: int, settled: bool) -> None:
        """Reverts if it is in the mood, which changes nothing else."""
        require(self.mood != "reverts", "NotInTheMood")
        self.emit(MOODY, "Heard", wallet, Hashed(currency), charge, settled)

    def _answer(self) -> None:
        require(self.mood != "reverts", "NotInTheMood")
        if self.mood in ANSWERS:
            raise Refused(ANSWER, ANSWERS[self.mood])
