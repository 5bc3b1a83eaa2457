"""Scene 8: three agents share one budget, beside the limits of their own mandates."""

from __future__ import annotations

from datetime import timedelta

from eth_account.signers.local import LocalAccount

from examples.rogue_agent.demo import Demo
from examples.rogue_agent.money import plain
from peculium import AgentWallet, Budget, FleetBudget, Mandate, Token, Window, errors
from peculium.deployments.deploy import deploy_fleet_budget
from peculium.devnet import artifact

DAY = 86_400
WINDOW = timedelta(days=1)
FLEET_LIMIT, AGENT_LIMIT, PAYMENT = 100, 60, 40
"""Limits of the fleet and of each agent in any 24 hours, and what each agent pays (whole units)."""


class FleetScenes:
    """Three couriers of the principal under a fleet budget."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.devnet = demo, demo.devnet
        self.couriers = [demo.devnet.role(f"courier {number} of the fleet") for number in range(3)]
        self.fleet: FleetBudget

    def run(self) -> None:
        """Plays the scene."""
        self.demo.output.section(
            "8. One budget for all agents",
            f"The principal creates three couriers. The mandate of each allows {AGENT_LIMIT} USD in any 24 hours. A fleet "
            f"budget, which the mandates name as guard, allows {FLEET_LIMIT} USD to all of them together.",
        )
        start = len(self.demo.attempts)
        self.set_budget()
        first, second, third = [self.create_agent(courier, 8 + i) for i, courier in enumerate(self.couriers)]
        self.pay(first, self.couriers[0])
        self.pay(second, self.couriers[1])
        self.demo.output.success(f"The first and the second courier pay {PAYMENT} USDC each.")
        left, own = self.fleet.remaining("USD").now, third.remaining("USD").now
        self.demo.check(
            f"Left for the third: {plain(own)} USD by its own mandate, {plain(left)} USD by the fleet budget.",
            own == AGENT_LIMIT and left == FLEET_LIMIT - 2 * PAYMENT,
        )
        self.go_rogue(third, self.couriers[2])
        self.demo.show_attempts(start)

    def set_budget(self) -> None:
        """The principal's fleet budget, which anybody can deploy."""
        web3, factory = self.devnet.web3, self.devnet.suite.factory.address
        code, deployer = artifact("FleetBudget"), self.devnet.role("deployer")
        deployed = deploy_fleet_budget(web3, deployer, code, factory, self.demo.principal.address)
        self.fleet = FleetBudget(web3, deployed.address)
        self.fleet.set_budget(self.demo.principal, "USD", 10 * FLEET_LIMIT, [Window(WINDOW, FLEET_LIMIT)])

    def go_rogue(self, wallet: AgentWallet, courier: LocalAccount) -> None:
        """What the third courier tries."""
        self.demo.refuse(
            f"pay {PAYMENT} USDC, which its own mandate allows",
            errors.GuardRefused,
            lambda: self.pay(wallet, courier),
        )
        wider = [Window(WINDOW, 10 * FLEET_LIMIT)]
        self.demo.refuse(
            "raise the limit of the fleet budget",
            errors.NotPrincipal,
            lambda: self.fleet.set_budget(courier, "USD", 10 * FLEET_LIMIT, wider),
        )

    def create_agent(self, courier: LocalAccount, salt: int) -> AgentWallet:
        """A courier under the fleet budget, with 60 USDC in its wallet."""
        budget = Budget(
            "USD",
            payment_limit=AGENT_LIMIT,
            lifetime_limit=10 * AGENT_LIMIT,
            windows=(Window(WINDOW, AGENT_LIMIT),),
            tokens=(Token(self.demo.usdc.address, 6),),
            payees=(self.demo.supplier,),
        )
        now, principal = self.devnet.now(), self.demo.principal.address
        mandate = Mandate(principal, courier.address, now, now + 30 * DAY, (budget,), guard=self.fleet.address)
        wallet = self.demo.create_agent(self.demo.prepare_agent(mandate, salt))
        self.demo.fund(wallet, self.demo.usdc, AGENT_LIMIT)
        return wallet

    def pay(self, wallet: AgentWallet, courier: LocalAccount) -> None:
        """A payment to the supplier."""
        receipt = wallet.pay(courier, self.demo.usdc.address, self.demo.supplier, PAYMENT)
        self.demo.gas["pay under a fleet budget"] = receipt.gas_used
