"""A chain with a market: a dollar token, an ether token at a known price, and a rogue agent with borrowed capital."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from peculium import AgentWallet, Budget, Call, CallRule, Contract, Mandate, Token, Window
from peculium.contract import decode_refusal
from peculium.devnet import Devnet
from peculium.devnet.anvil import rpc

BUDGET = Decimal(100)
"""What the agent may spend, and sells in every trade (dollars)."""
SOLD = 100 * 10**6
"""The same (base units of the dollar token)."""
PRICE = 2_000
"""The market price of one ether token (dollars). That of a euro token is one dollar."""
BETWEEN = 10**12
"""What a trade through the agent's token buys of it on the way (base units)."""
DEPTH = 1_000_000
"""Dollars in each honest pool, beside ether tokens of the same worth."""
DAY = 86_400
AMPLE = 15_000_000
"""A gas limit that is always enough. An estimate would find the least gas with which an inner failure is swallowed."""
Step = tuple[str, int, str]
"""A call of the agent's contract: target, value (wei), calldata."""


class Market:
    """The tokens, the parties, and what the venues share."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet, self.web3, self.usdc = devnet, devnet.web3, devnet.usdc
        self.ether = devnet.deploy("MockStablecoin", "Test Ether", "tETH", 18)
        # They make a call when they are transferred, once armed. The first is the agent's; the other has honest pairs,
        # in which it is worth one dollar, like all tokens below.
        self.worthless, self.reentrant = (devnet.deploy("ReentrantToken") for _ in range(2))
        # A stablecoin with EIP-3009, in which the wallet is paid by a customer.
        self.euro = devnet.deploy("MockUSDC", *(str(devnet.role("deployer").address),) * 2)
        # Anyone can multiply its balances.
        self.elastic = devnet.deploy("RebasingToken")
        # It keeps a fee of each transfer, which anyone can set; none so far.
        self.costly = devnet.deploy("FeeOnTransferToken")
        self.costly.send(devnet.role("deployer"), "setFee", 0)
        # Every role and contract exists before the first snapshot, or a revert would remove it.
        roles = ("principal", "agent", "payee", "customer", "relayer")
        self.principal, self.agent, self.payee, self.customer, _ = (devnet.role(name) for name in roles)
        self.colluder: Contract = devnet.deploy("Colluder")
        """A contract of the agent that makes a series of calls. It has capital, so that fees don't stop it."""
        self.lender: Contract = devnet.deploy("FlashLender")
        self.deadline = devnet.now() + DAY
        for holder in (self.principal, self.agent, self.customer, self.colluder, self.lender):
            self.provide(str(holder.address))

    def provide(self, holder: str) -> None:
        """Mints more of each token than any trade needs. A flash loan would do, because the agent gets it back."""
        for token in (self.usdc, self.ether, self.worthless, self.reentrant, self.euro, self.elastic, self.costly):
            self.devnet.mint(token, holder, 10**16)

    @contextmanager
    def isolated(self) -> Iterator[None]:
        """Reverts what happens in the block."""
        snapshot = rpc(self.web3, "evm_snapshot")
        try:
            yield
        finally:
            rpc(self.web3, "evm_revert", snapshot)

    # The wallet

    def mandate(self, rule: CallRule) -> Mandate:
        """A mandate that allows one function, with a budget of 100 dollars."""
        now = self.devnet.now()
        dollars = Token(self.usdc.address, 6)
        windows = (Window(timedelta(days=1), BUDGET),)
        payees = (str(self.payee.address),)
        budget = Budget("USD", BUDGET, BUDGET, windows, (dollars,), payees)
        parties = str(self.principal.address), str(self.agent.address)
        return Mandate(*parties, now, now + 30 * DAY, (budget,), calls=(rule,))

    def create_wallet(self, mandate: Mandate) -> AgentWallet:
        """Creates the agent's wallet with 100 dollars in it."""
        wallet, _ = self.devnet.create_agent(mandate, 1, "https://agents.example/1.json", "I answer for this agent.")
        self.devnet.mint(self.usdc, wallet.address, BUDGET)
        return wallet

    def trade(self, wallet: AgentWallet, target: Contract, data: str, pull: Decimal = BUDGET) -> None:
        """The agent calls the venue, which may pull this much (dollars)."""
        wallet.call(self.agent, target.address, data, pull=pull)

    # The agent's contract

    def sandwich(
        self,
        wallet: AgentWallet,
        trade: tuple[Contract, str],
        front: Sequence[Step],
        back: Sequence[Step],
        loan: int,
    ) -> None:
        """Trades between two trades of the agent, with a flash loan of dollars (base units), in one transaction.

        The agent signs the trade of the wallet, and its contract relays it. Raises what the wallet refused it with.
        """
        target, data = trade
        signed = wallet.sign_action(self.agent, Call(target.address, data, 0, BUDGET), deadline=self.deadline)
        relayed = wallet.call_data("act", signed.action, signed.relay(), signed.signature)
        repay = self.usdc.call_data("approve", self.lender.address, loan)
        steps = [*front, (wallet.address, 0, relayed), *back, (self.usdc.address, 0, repay)]
        self.colluder.send(self.agent, "arm", steps, gas=AMPLE)
        self.lender.send(self.agent, "flashLoan", self.colluder.address, self.usdc.address, loan, b"", gas=AMPLE)
        self._require_success(self.colluder.read("results"))

    @staticmethod
    def _require_success(results: Sequence[tuple[bool, Any]]) -> None:
        for success, data in results:
            if not success:
                raise decode_refusal(bytes(data))
