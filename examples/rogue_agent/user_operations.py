"""Scene 7: agents without ether act through the ERC-4337 EntryPoint, and cannot burn ether as gas."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes

from examples.rogue_agent.demo import Demo
from examples.rogue_agent.money import ETH
from peculium import (
    AgentWallet,
    Budget,
    GasTerms,
    Mandate,
    Pay,
    PrincipalPaymaster,
    SelfBundler,
    Token,
    UserOperation,
    Window,
    errors,
)
from peculium.deployments.deploy import deploy_paymaster
from peculium.devnet import artifact

DAY = 86_400
GWEI = 10**9
GAS_TERMS = GasTerms(Decimal("0.01"), Decimal("0.02"), timedelta(days=1))


class UserOperationScenes:
    """A courier whose wallet pays for its operations, and a clerk for whom the principal's paymaster pays."""

    def __init__(self, demo: Demo) -> None:
        self.demo, self.devnet = demo, demo.devnet
        self.principal, self.usdc = demo.principal, demo.usdc
        self.courier, self.clerk = demo.devnet.role("courier"), demo.devnet.role("clerk")
        self.bundler = SelfBundler(demo.devnet.web3, demo.devnet.role("bundler"))
        self.wallet: AgentWallet
        self.clerk_wallet: AgentWallet
        self.paymaster: PrincipalPaymaster
        self.valid: UserOperation

    def run(self) -> None:
        """Plays the scene."""
        self.demo.output.section(
            "7. User operations (ERC-4337)",
            "Two more agents have no ether. The courier's wallet pays for its user operations: at most 0.01 ETH each "
            "and 0.02 ETH in any 24 hours. For the clerk's wallet the principal's paymaster pays. Then both agents go "
            "rogue, and bundle their operations themselves.",
        )
        start = len(self.demo.attempts)
        self.create_agents()
        self.deploy_paymaster()
        self.pay_by_operation()
        self.go_rogue()
        self.use_operations_after_revocation()
        self.demo.show_attempts(start)

    # Scenes

    def create_agents(self) -> None:
        """Two wallets; only the courier's has ether and gas terms."""
        self.wallet = self.create_agent(self.courier, 5, GAS_TERMS)
        self.clerk_wallet = self.create_agent(self.clerk, 6, GasTerms())
        self.devnet.set_balance(self.wallet.address, 10**18)

    def deploy_paymaster(self) -> None:
        """The principal's paymaster, with a deposit, a stake and gas terms for the clerk's wallet."""
        web3, factory = self.devnet.web3, self.devnet.suite.factory.address
        code = artifact("PrincipalPaymaster")
        deployed = deploy_paymaster(web3, self.devnet.role("deployer"), code, factory, self.principal.address)
        self.paymaster = PrincipalPaymaster(web3, deployed.address)
        self.paymaster.deposit(self.principal, 1)
        self.paymaster.add_stake(self.principal, 1, timedelta(days=1))
        self.paymaster.set_gas_terms(self.principal, self.clerk_wallet.address, GAS_TERMS)
        self.demo.ether_accounts.append(self.paymaster.address)

    def pay_by_operation(self) -> None:
        """One payment each."""
        own = self.bundler.perform(self.wallet, self.courier, Pay(*self.payment(20)))
        self.demo.gas["pay by a user operation"] = own.transaction.gas_used
        self.demo.output.success("The courier pays 20 USDC by a user operation. Its wallet pays the gas.")
        sponsored = self.bundler.perform(
            self.clerk_wallet, self.clerk, Pay(*self.payment(20)), paymaster=self.paymaster
        )
        self.demo.gas["pay by a user operation, a paymaster pays"] = sponsored.transaction.gas_used
        self.demo.output.success("The clerk pays 20 USDC by a user operation. The paymaster pays the gas.")

    def go_rogue(self) -> None:
        """What the agents try before they are revoked."""
        self.valid = self.bundler.agent_operation(self.wallet, self.courier, Pay(*self.payment(1)))
        execute = bytes(HexBytes(self.wallet.call_data("execute", self.usdc.address, 0, b"")))
        self.demo.refuse(
            "pay 101 USDC by a user operation",
            errors.PaymentLimitExceeded,
            lambda: self.bundler.perform(self.wallet, self.courier, Pay(*self.payment(101))),
        )
        self.demo.refuse(
            "call a function that only the principal may call",
            errors.NotAnAgentOperation,
            lambda: self.send(replace(self.valid, call_data=execute)),
        )
        costly = replace(self.valid, pre_verification_gas=999 * 10**6, max_fee_per_gas=GWEI)
        self.demo.refuse(
            "burn the wallet's ether as gas, for its own bundler",
            errors.OperationCostExceeded,
            lambda: self.send(costly),
            ETH,
        )
        self.demo.refuse(
            "burn it with three operations within the limit",
            errors.WindowLimitExceeded,
            lambda: self.bundler.send_all(self.expensive_operations(3)),
            ETH,
        )
        self.demo.refuse(
            "let the paymaster pay for a wallet that has no gas terms there",
            errors.OperationCostExceeded,
            lambda: self.bundler.perform(self.wallet, self.courier, Pay(*self.payment(1)), paymaster=self.paymaster),
            ETH,
        )

    def use_operations_after_revocation(self) -> None:
        """Operations signed before a revocation are void after it."""
        sponsored = self.bundler.agent_operation(
            self.clerk_wallet, self.clerk, Pay(*self.payment(1)), paymaster=self.paymaster
        )
        self.demo.suite.switch.revoke(self.principal, self.wallet.address)
        self.demo.refuse(
            "send an operation signed before the agent was revoked",
            errors.AgentStopped,
            lambda: self.bundler.send(self.valid),
        )
        self.demo.suite.switch.revoke_all(self.principal)
        self.demo.refuse(
            "let the paymaster pay after all agents were revoked",
            errors.AgentStopped,
            lambda: self.bundler.send(sponsored),
        )

    # Helpers

    def create_agent(self, key: LocalAccount, salt: int, gas_terms: GasTerms) -> AgentWallet:
        """An agent with 300 USDC in its wallet."""
        budget = Budget(
            "USD",
            payment_limit=Decimal(100),
            lifetime_limit=Decimal(1_000),
            windows=(Window(timedelta(days=1), Decimal(200)),),
            tokens=(Token(self.usdc.address, 6),),
            payees=(self.demo.supplier,),
        )
        now = self.devnet.now()
        mandate = Mandate(self.principal.address, key.address, now, now + 30 * DAY, (budget,), gas_terms=gas_terms)
        wallet = self.demo.create_agent(self.demo.prepare_agent(mandate, salt))
        self.demo.fund(wallet, self.usdc, 300)
        return wallet

    def payment(self, amount: int) -> tuple[str, str, int]:
        """Whole USDC to the supplier."""
        return self.usdc.address, self.demo.supplier, amount

    def send(self, operation: UserOperation) -> None:
        """Signs an operation with the courier's key and sends it."""
        self.bundler.send(self.bundler.sign(operation, self.courier))

    def expensive_operations(self, count: int) -> list[UserOperation]:
        """Signed operations of which each costs almost the limit per operation."""
        cheap = replace(self.valid, max_fee_per_gas=GWEI, max_priority_fee_per_gas=GWEI)
        spare = int(Decimal("0.0099") * 10**18) // GWEI - cheap.max_cost // GWEI
        expensive = replace(cheap, pre_verification_gas=cheap.pre_verification_gas + spare)
        nonces = (self.wallet.nonce_key(number) << 64 for number in range(1, count + 1))
        return [self.bundler.sign(replace(expensive, nonce=nonce), self.courier) for nonce in nonces]
