"""A way in which a rogue agent trades against its principal, and the measurement of the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from peculium import AgentWallet, Argument, CallRule, Contract, Floor
from peculium.errors import FloorMissed
from peculium.units import from_base_units
from verification.trades.market import BUDGET, PRICE, SOLD, Market

PART = Decimal("0.95")
"""The floor: which part of the market value the principal requires in every trade."""
MAX_CALLS, CALL_WINDOW = 10, timedelta(days=1)
"""How often the mandate allows the function, in which interval."""


@dataclass(frozen=True)
class Outcome:
    """What a play cost the principal."""

    loss: Decimal
    """Dollars lost per 100 of budget, at the market price."""
    gained: int
    """What the wallet received for it (base units)."""


class Play(ABC):
    """One play at one venue. It aims at what the wallet receives: the less, the more the principal loses."""

    venue: ClassVar[str]
    name: ClassVar[str]
    function: ClassVar[str]
    """The function that the mandate allows."""
    leaves_open: ClassVar[str] = ""
    """What the mandate should have required besides. Empty for an honest trade, which is measured for comparison."""
    price: ClassVar[int] = PRICE
    """The market price of a whole gain token when the principal signs the mandate (dollars)."""
    decimals: ClassVar[int] = 18
    """Decimals of the gain token."""

    def __init__(self, market: Market) -> None:
        self.market = market

    @property
    @abstractmethod
    def target(self) -> Contract:
        """The contract that the mandate allows."""

    @property
    def gain_token(self) -> Contract:
        """What the principal wants for his dollars."""
        return self.market.ether

    @property
    def gain_address(self) -> str:
        """The same, as a floor names it."""
        return self.gain_token.address

    @abstractmethod
    def arguments(self) -> tuple[Argument, ...]:
        """The principal's rules for the arguments. They leave one thing open."""

    @abstractmethod
    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Plays, so that the wallet's balance grows by `aim` (base units) or little more. Raises what the wallet refuses it with."""

    def floor(self, part: Decimal) -> Floor:
        """A floor of this part of the market price."""
        return Floor.of(self.gain_address, self.decimals, part / self.price, 6)

    def rule(self, floor: Floor | None = None) -> CallRule:
        """The call rule of the mandate."""
        return CallRule(
            self.target.address,
            self.function,
            self.arguments(),
            pull_limit=BUDGET,
            floor=floor,
            max_calls=MAX_CALLS,
            window=CALL_WINDOW,
        )

    def income(self, aim: int) -> int:
        """What the wallet receives during the play, but would have received without it (base units)."""
        return 0

    def worth(self, gained: int) -> Decimal:
        """The market value of what the wallet received (dollars)."""
        return from_base_units(gained, self.decimals) * self.price

    def balance(self, wallet: AgentWallet) -> int:
        """The wallet's balance of the gain token (base units)."""
        return int(self.gain_token.read("balanceOf", wallet.address))


def needed(floor: Floor) -> int:
    """What a floor requires for the whole budget (base units)."""
    return -(-SOLD * floor.gain // floor.per)


def measure(play: Play, aim: int = 1, floor: Floor | None = None) -> Outcome:
    """Plays once with a new wallet, and reverts the chain afterwards."""
    market = play.market
    with market.isolated():
        wallet = market.create_wallet(market.mandate(play.rule(floor)))
        dollars, before = market.usdc.balance(wallet.address), play.balance(wallet)
        play.run(wallet, aim)
        paid = dollars - market.usdc.balance(wallet.address)
        gained = play.balance(wallet) - before - play.income(aim)
        return Outcome((paid - play.worth(gained)) * 100 / BUDGET, gained)


def measure_with_floor(play: Play, part: Decimal = PART) -> Outcome | None:
    """Plays so that the wallet gets as little as a floor allows. None: the play can't meet the floor at all."""
    floor = play.floor(part)
    try:
        return measure(play, 1, floor)
    except FloorMissed:
        pass
    try:
        return measure(play, needed(floor), floor)
    except FloorMissed:
        return None
