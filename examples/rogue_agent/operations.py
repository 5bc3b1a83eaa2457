"""The demo's third act: agents without ether of their own act through the EntryPoint of ERC-4337, and can't burn a coin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes

from examples.rogue_agent.narration import Attempt, Story
from peculium import (
    AgentWallet,
    Budget,
    EntryPoint,
    GasTerms,
    Mandate,
    PrincipalPaymaster,
    SelfBundler,
    Token,
    UserOperation,
    Window,
)
from peculium import exceptions as errors
from peculium.deployment import deploy_paymaster
from peculium.devnet.artifacts import artifact
from peculium.devnet.entry_point import deploy_entry_point
from peculium.operations import ENTRY_POINT

DAY = 86_400
GWEI = 10**9


class ByOperations:
    """A courier whose wallet pays for its operations within gas terms, and a clerk whose principal's paymaster does."""

    def __init__(self, story: Story) -> None:
        self.story, self.devnet = story, story.devnet
        self.principal, self.usdc = story.principal, story.usdc
        self.courier, self.clerk = self.devnet.role("courier agent"), self.devnet.role("clerk agent")
        deploy_entry_point(self.devnet.web3, self.devnet.role("deployer"))
        self.entry_point = EntryPoint(self.devnet.web3, ENTRY_POINT)
        self.bundler = SelfBundler(self.devnet.web3, self.devnet.role("bundler"))
        self.attempts: list[Attempt] = []
        self.wallet: AgentWallet
        self.clerks: AgentWallet
        self.paymaster: PrincipalPaymaster

    def play(self) -> None:
        """All scenes, in order."""
        self.story.say(
            "6. Through the EntryPoint",
            "Two more agents have no ether. The courier's wallet pays for its user operations within [b]gas terms[/b]: at most 0.01 "
            "ether an operation, 0.02 in any 24 hours. The clerk's wallet pays for none: the principal's [b]paymaster[/b] does. Then "
            "both go rogue, with a bundler of their own.",
        )
        self.grant()
        for scene in (self.honest, self.sponsored, self.rogue, self.stopped):
            scene()
        self.story.show_attempts(self.attempts)

    def grant(self) -> None:
        """Two wallets; one has ether, the other a paymaster."""
        self.wallet = self.create(self.courier, 5, GasTerms("0.01", "0.02", timedelta(days=1)))
        self.clerks = self.create(self.clerk, 6, GasTerms())
        self.devnet.web3.provider.make_request("anvil_setBalance", [self.wallet.address, hex(10**18)])
        made = deploy_paymaster(
            self.devnet.web3,
            self.devnet.role("deployer"),
            artifact("PrincipalPaymaster"),
            self.devnet.suite.factory.address,
            self.principal.address,
        )
        self.paymaster = PrincipalPaymaster(self.devnet.web3, made.address)
        self.paymaster.deposit(self.principal, 1)
        self.paymaster.add_stake(self.principal, 1, timedelta(days=1))
        self.paymaster.set_gas_terms(self.principal, self.clerks.address, GasTerms("0.01", "0.02", timedelta(days=1)))

    def create(self, key: LocalAccount, salt: int, gas_terms: GasTerms) -> AgentWallet:
        """A wallet with 300 dollars in it."""
        budget = Budget(
            "USD", 100, 1_000, (Window(timedelta(days=1), 200),), (Token(self.usdc.address, 6),), (self.story.supplier,)
        )
        now = self.devnet.now()
        mandate = Mandate(self.principal.address, key.address, now, now + 30 * DAY, (budget,), gas_terms=gas_terms)
        wallet, _ = self.devnet.create_agent(
            mandate, salt, f"https://agents.example/{salt}.json", "I answer for the agents that act by operations."
        )
        self.story.wallets.append(wallet)
        self.story.fund(self.usdc, wallet, 300)
        self.story.names |= {key.address: "the agent", wallet.address: "the wallet"}
        return wallet

    def honest(self) -> None:
        """The wallet pays for the operation."""
        done = self.bundler.perform(self.wallet, self.courier, "pay", *self.payment(20), "by operation")
        self.story.gas["pay by a user operation"] = done.transaction.gas_used
        self.story.console.print(
            f"  [green]✓[/] pay 20 by a user operation ({done.transaction.gas_used:,} gas; the wallet paid {done.gas_cost:.6f} ether)"
        )

    def sponsored(self) -> None:
        """The paymaster pays for it."""
        done = self.bundler.perform(self.clerks, self.clerk, "pay", *self.payment(20), paymaster=self.paymaster)
        self.story.gas["pay by a user operation, a paymaster pays"] = done.transaction.gas_used
        self.story.console.print(
            f"  [green]✓[/] pay 20 by a user operation that the paymaster pays for ({done.transaction.gas_used:,} gas)"
        )

    def rogue(self) -> None:
        """What the agents try while they are live."""
        self.good = self.bundler.agent_operation(self.wallet, self.courier, "pay", *self.payment(1))
        approve = bytes(HexBytes(self.wallet.call_data("execute", self.usdc.address, 0, b"")))
        self.refused(
            "pay more than the limit by an operation",
            errors.PaymentLimitExceeded,
            lambda: self.bundler.perform(self.wallet, self.courier, "pay", *self.payment(101)),
        )
        self.refused(
            "have the operation do what only the principal may",
            errors.NotAnAgentOperation,
            self.send,
            replace(self.good, call_data=approve),
        )
        self.refused(
            "burn the wallet's ether as gas, for its own bundler",
            errors.OperationCostExceeded,
            self.send,
            replace(self.good, pre_verification_gas=999 * 10**6, max_fee_per_gas=GWEI),
        )
        terms = Decimal("0.0099")
        greedy = replace(self.good, max_fee_per_gas=GWEI, max_priority_fee_per_gas=GWEI)
        spare = int(terms * 10**18) // GWEI - greedy.max_cost // GWEI
        greedy = replace(greedy, pre_verification_gas=greedy.pre_verification_gas + spare)
        # Two of them fit into a day, one more doesn't: what was charged for honest ones counts too.
        self.refused(
            "burn it in many small fires",
            errors.WindowLimitExceeded,
            lambda: self.bundler.send_all(
                [self.sign(replace(greedy, nonce=(self.wallet.nonce_key(lane) << 64))) for lane in (1, 2, 3)]
            ),
        )
        self.refused(
            "use the paymaster's ether for a wallet that it doesn't pay for",
            errors.OperationCostExceeded,
            lambda: self.bundler.perform(self.wallet, self.courier, "pay", *self.payment(1), paymaster=self.paymaster),
        )

    def stopped(self) -> None:
        """What they try after the switch."""
        sponsored = self.bundler.agent_operation(
            self.clerks, self.clerk, "pay", *self.payment(1), paymaster=self.paymaster
        )
        self.story.suite.switch.revoke(self.principal, self.wallet.address)
        self.refused(
            "send an operation signed before the agent was revoked", errors.AgentStopped, self.bundler.send, self.good
        )
        self.story.suite.switch.revoke_all(self.principal)
        self.refused("have the paymaster pay after all were revoked", errors.AgentStopped, self.bundler.send, sponsored)

    # Helpers

    def payment(self, amount: int) -> tuple[str, str, int]:
        """Whole dollars to the supplier."""
        return self.usdc.address, self.story.supplier, amount

    def sign(self, operation: UserOperation) -> UserOperation:
        """Signed by the courier."""
        return self.bundler.sign(operation, self.courier)

    def send(self, operation: UserOperation) -> None:
        """Signed by the courier, and sent."""
        self.bundler.send(self.sign(operation))

    def ether(self) -> int:
        """All the ether that is at stake: in the wallets, and put in at the EntryPoint (wei)."""
        accounts = (self.wallet.address, self.clerks.address, self.paymaster.address)
        deposits = sum(int(self.entry_point.read("balanceOf", account)) for account in accounts)
        return deposits + sum(self.devnet.web3.eth.get_balance(account) for account in accounts)

    def refused(self, title: str, expected: type[errors.ContractError], act: Any, *arguments: Any) -> None:
        """It has to be refused, and to cost nothing, not even gas."""
        attempt = Attempt(title, expected, lambda: act(*arguments))
        before = self.ether()
        self.story.try_all([attempt])
        attempt.moved += abs(before - self.ether())
        self.attempts.append(attempt)
