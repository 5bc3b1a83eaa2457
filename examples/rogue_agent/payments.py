"""Scenes 1 to 4: an agent pays within its mandate, goes rogue and is revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from eth_account.signers.local import LocalAccount

from examples.rogue_agent.demo import Demo
from examples.rogue_agent.forgeries import Forgeries
from peculium import ERC20, AgentWallet, Budget, ContractError, Mandate, Pay, Status, Token, WalletCall, Window, errors
from peculium.factory import Creation

START = int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp())
"""Noon. The agent goes rogue shortly before midnight of this day."""
HOUR, DAY = 3_600, 86_400
MIDNIGHT = START + 12 * HOUR


class PaymentScenes:
    """A procurement agent, and a temporary agent of the same principal."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.devnet, self.suite = demo, demo.devnet, demo.suite
        self.agent, self.temporary_agent = demo.devnet.role("agent"), demo.devnet.role("temporary agent")
        self.creation: Creation
        self.wallet: AgentWallet
        self.temporary_wallet: AgentWallet
        self.forgeries: Forgeries

    def run(self) -> None:
        """Plays the scenes in order."""
        self.create_agents()
        self.pay_invoices()
        self.go_rogue()
        self.revoke_all()

    # Scenes

    def create_agents(self) -> None:
        """The principal signs two mandates and funds two wallets."""
        demo = self.demo
        demo.output.section(
            "1. An agent with a mandate",
            "A principal gives its procurement agent a wallet with 5,000 USD, and signs a mandate: [b]at most 100 USD "
            "per payment, 500 in any 24 hours and 10,000 for life[/b], in three stablecoins together, to one "
            "supplier. A temporary agent gets the same mandate for one hour.",
        )
        self.creation = demo.prepare_agent(self.mandate(self.agent, 30 * DAY), salt=1)
        self.wallet = demo.create_agent(self.creation)
        temporary = demo.prepare_agent(self.mandate(self.temporary_agent, HOUR), salt=2)
        self.temporary_wallet = demo.create_agent(temporary)
        for token, amount in ((demo.usdc, 3_000), (demo.dai, 1_500), (demo.reentrant, 500), (demo.unlisted, 500)):
            demo.fund(self.wallet, token, amount)
        demo.fund(self.temporary_wallet, demo.usdc, 200)
        self.forgeries = Forgeries(demo, self.wallet, self.agent, self.creation)
        demo.check("The wallet enforces the mandate as signed.", self.wallet.enforces(self.creation.mandate))
        demo.check_status(self.wallet, Status.ACTIVE)

    def pay_invoices(self) -> None:
        """The agent pays within its mandate."""
        self.demo.output.section("2. The agent works", "The agent pays two invoices of the supplier.")
        for amount, invoice in (("42.50", "INV-2027-0001"), ("10", "INV-2027-0002")):
            self.pay(amount, invoice)
            self.demo.output.success(f"It pays {amount} USDC with the reference {invoice}.")
        left = self.wallet.remaining("USD")
        self.demo.output.success(
            f"Left: {left.window:,.2f} of 500 USD in any 24 hours, {left.lifetime:,.2f} of 10,000 USD for life."
        )

    def go_rogue(self) -> None:
        """The agent spends what it may, then tries to get more."""
        self.demo.output.section(
            "3. The agent goes rogue",
            "At 23:50 the agent turns against the principal, with an accomplice. It spends all that the mandate still "
            "allows. Then it tries to get more.",
        )
        self.devnet.mine_at(MIDNIGHT - 600)
        for number, amount in enumerate(("100", "100", "100", "100", "47.50"), 1):
            self.pay(amount, f"rogue {number}")
        paid = self.demo.usdc.balance(self.demo.supplier)
        self.demo.check("It has spent exactly 500 USD, the limit in any 24 hours.", paid == 500)
        self.devnet.mine_at(MIDNIGHT + 5)
        start = len(self.demo.attempts)
        self.exceed_limits()
        self.use_the_key_elsewhere()
        self.take_control()
        self.demo.show_attempts(start)

    def revoke_all(self) -> None:
        """The principal stops every agent."""
        demo = self.demo
        demo.output.section(
            "4. The principal revokes all agents",
            "One transaction with one storage write revokes every agent of the principal. The agent goes on trying.",
        )
        signed_before = demo.prepare_agent(self.mandate(self.agent, 30 * DAY), salt=3)
        demo.gas["revoke all agents"] = self.suite.switch.revoke_all(demo.principal).gas_used
        demo.check_status(self.wallet, Status.REVOKED)
        start = len(demo.attempts)
        self.refuse_payment("pay the supplier after 24 hours without payments", errors.EpochEnded)
        demo.refuse("install the revoked mandate again", errors.RoundEnded, self.forgeries.replay_mandate)
        demo.refuse(
            "create an agent from a mandate signed before",
            errors.EpochMismatch,
            lambda: self.suite.factory.create_agent(self.agent, signed_before),
        )
        demo.show_attempts(start)

    # Attempts

    def exceed_limits(self) -> None:
        """Payments that the mandate does not allow."""
        demo, refuse = self.demo, self.refuse_payment
        refuse("pay 100.000001 USDC at once", errors.PaymentLimitExceeded, amount="100.000001")
        refuse("pay 1 USDC five seconds after midnight", errors.WindowLimitExceeded)
        refuse("pay in DAI after spending the limit in USDC", errors.WindowLimitExceeded, token=demo.dai)
        demo.refuse("pay 1 USDC in a batch of two payments", errors.WindowLimitExceeded, self.pay_batch)
        refuse("pay its accomplice", errors.PayeeNotListed, payee=demo.accomplice)
        refuse("pay the wallet itself", errors.PayeeNotListed, payee=self.wallet.address)
        refuse("pay the EntryPoint", errors.PayeeNotListed, payee=demo.entry_point.address)
        refuse("pay in a stablecoin that is not listed", errors.TokenNotListed, token=demo.unlisted)
        refuse("pay nothing", errors.ZeroAmount, amount="0")

    def use_the_key_elsewhere(self) -> None:
        """Calls and signatures that would move tokens without `pay`."""
        demo, wallet, usdc = self.demo, self.wallet, self.demo.usdc.address
        approve = WalletCall(usdc, 0, demo.usdc.call_data("approve", demo.accomplice, 10**12))
        demo.refuse(
            "approve the accomplice as a spender", errors.NotPrincipal, lambda: wallet.execute(self.agent, approve)
        )
        demo.refuse("sign a permit for the wallet (ERC-2612)", errors.UnknownRevert, self.forgeries.permit)
        demo.refuse("sign a transfer for the wallet (ERC-3009)", errors.UnknownRevert, self.forgeries.transfer)
        demo.refuse(
            "withdraw from the wallet",
            errors.NotPrincipal,
            lambda: wallet.withdraw(self.agent, usdc, demo.accomplice, 1),
        )

    def take_control(self) -> None:
        """Attacks on the mandate, the wallet, the switch and the time."""
        demo, wallet, agent = self.demo, self.wallet, self.agent
        wide = self.mandate(agent, 365 * DAY, limit=1_000_000)
        demo.refuse("set a wider mandate", errors.NotPrincipal, lambda: wallet.set_mandate(agent, wide))
        demo.refuse("take over the wallet", errors.NotPendingPrincipal, lambda: wallet.accept_hand_over(agent))
        demo.refuse("install the signed mandate again", errors.RoundEnded, self.forgeries.replay_mandate)
        demo.refuse(
            "create a second wallet with the same signatures",
            errors.AlreadyInitialized,
            lambda: self.suite.factory.create_agent(agent, self.creation),
        )
        demo.refuse(
            "pause another agent of the principal",
            errors.NotPrincipalOrGuardian,
            lambda: self.suite.switch.pause(agent, self.temporary_wallet.address, demo.principal.address),
        )
        demo.refuse(
            "call the wallet again from a token's transfer", errors.ReentrancyGuardReentrantCall, self.forgeries.reenter
        )
        self.refuse_payment(
            "pay after the end of the temporary mandate",
            errors.MandateExpired,
            wallet=self.temporary_wallet,
            agent=self.temporary_agent,
        )

    # Helpers

    def mandate(self, agent: LocalAccount, seconds: int, limit: int = 100) -> Mandate:
        """A mandate in three stablecoins for one supplier."""
        listed = (self.demo.usdc, self.demo.dai, self.demo.reentrant)
        budget = Budget(
            currency="USD",
            payment_limit=Decimal(limit),
            lifetime_limit=Decimal(100 * limit),
            windows=(Window(timedelta(days=1), Decimal(5 * limit)),),
            tokens=tuple(Token(token.address, token.decimals) for token in listed),
            payees=(self.demo.supplier,),
        )
        now = self.devnet.now()
        return Mandate(self.demo.principal.address, agent.address, now, now + seconds, (budget,))

    def pay(self, amount: str, ref: str) -> None:
        """Pays the supplier within the mandate."""
        receipt = self.wallet.pay(self.agent, self.demo.usdc.address, self.demo.supplier, amount, ref)
        self.demo.gas["pay"] = receipt.gas_used

    def pay_batch(self) -> None:
        """Two payments that together exceed what is left."""
        self.wallet.pay_batch(self.agent, [Pay(self.demo.usdc.address, self.demo.supplier, "0.5")] * 2)

    def refuse_payment(
        self,
        title: str,
        expected: type[ContractError],
        *,
        wallet: AgentWallet | None = None,
        agent: LocalAccount | None = None,
        token: ERC20 | None = None,
        payee: str | None = None,
        amount: str = "1",
    ) -> None:
        """A payment that must be refused; by default 1 USDC from the agent's wallet to the supplier."""
        token, payee = token or self.demo.usdc, payee or self.demo.supplier
        payer, key = wallet or self.wallet, agent or self.agent
        self.demo.refuse(title, expected, lambda: payer.pay(key, token.address, payee, amount))
