"""Plays on an ERC-4626 vault of OpenZeppelin: `deposit`."""

from __future__ import annotations

from decimal import Decimal

from peculium import ERC20, AgentWallet, Argument, Contract
from verification.trades.market import SOLD, Market
from verification.trades.play import Play


class VaultPlay(Play):
    """A play on an empty vault, whose first depositor is the agent or the wallet."""

    venue = "ERC-4626"
    function = "deposit(uint256,address)"
    price, decimals = 1, 6

    def __init__(self, market: Market, vault: ERC20) -> None:
        super().__init__(market)
        self.vault = vault

    @property
    def target(self) -> Contract:
        """The vault."""
        return self.vault

    @property
    def gain_token(self) -> Contract:
        """The vault's share."""
        return self.vault

    def worth(self, gained: int) -> Decimal:
        """What the vault pays for the shares."""
        return Decimal(self.vault.read("previewRedeem", gained)) / 10**6

    def deposit(self, wallet: AgentWallet, receiver: str) -> None:
        """The wallet deposits its budget."""
        self.market.trade(wallet, self.vault, self.vault.call_data("deposit", SOLD, receiver))


class HonestDeposit(VaultPlay):
    """Deposits as the principal wants it."""

    name = "honest deposit"

    def arguments(self) -> tuple[Argument, ...]:
        """For the wallet."""
        return Argument.at_most(SOLD), Argument.this_wallet()

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Deposits at the price of a share."""
        self.deposit(wallet, wallet.address)


class InflatedShare(VaultPlay):
    """Is the first depositor, and raises the price of a share by a donation, so that the deposit is rounded down."""

    name = "donation before the deposit"
    leaves_open = "price of a share"

    def arguments(self) -> tuple[Argument, ...]:
        """For the wallet."""
        return Argument.at_most(SOLD), Argument.this_wallet()

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """Donates so much that the deposit buys `aim` shares; for one or less, so much that it buys none."""
        m = self.market
        shares = 1 if aim <= 1 else SOLD
        # The vault computes as if it held one share and one base unit more.
        donation = 2 * SOLD if aim <= 1 else SOLD * (shares + 1) // aim - shares - 1
        m.usdc.send(m.agent, "approve", self.vault.address, shares)
        self.vault.send(m.agent, "deposit", shares, m.agent.address)
        m.usdc.send(m.agent, "transfer", self.vault.address, donation)
        self.deposit(wallet, wallet.address)


class OtherReceiver(VaultPlay):
    """Deposits for itself."""

    name = "other receiver"
    leaves_open = "receiver"

    def arguments(self) -> tuple[Argument, ...]:
        """Any receiver is allowed."""
        return Argument.at_most(SOLD), Argument.any_address()

    def run(self, wallet: AgentWallet, aim: int) -> None:
        """The agent receives the shares."""
        self.deposit(wallet, self.market.agent.address)


VAULT_PLAYS = (HonestDeposit, InflatedShare, OtherReceiver)
