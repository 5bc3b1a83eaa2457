"""Bundles of user operations: those of agents' wallets, and those of the EntryPoint's `SimpleAccount`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes

from peculium import AgentWallet, Contract, EntryPoint, Pay, Receipt, SelfBundler, UserOperation
from peculium.devnet import Devnet, deploy_entry_point
from peculium.devnet.contracts import create_contract
from peculium.devnet.entry_point import published
from peculium.operations import ENTRY_POINT

DEPOSIT = 10
"""Ether that each account deposits before, so that no operation pays a prefund to the EntryPoint."""


@dataclass(frozen=True)
class SimpleAccount:
    """An account of the EntryPoint's example implementation."""

    owner: LocalAccount
    address: str


class Bundles:
    """Builds user operations and sends them as one bundle."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        deploy_entry_point(devnet.web3, devnet.role("deployer"))
        self.bundler = SelfBundler(devnet.web3, devnet.role("bundler"))
        self.entry_point = EntryPoint(devnet.web3, ENTRY_POINT)

    def send(self, operations: Sequence[UserOperation]) -> Receipt:
        """Sends one bundle and requires that all its operations succeed. Returns the bundle's transaction."""
        hashes = self.bundler.send_all(operations)
        return [self.bundler.wait(operation_hash).transaction for operation_hash in hashes][-1]

    def deposit(self, account: str) -> None:
        """Deposits ether for an account at the EntryPoint."""
        self.entry_point.deposit_to(self.devnet.role("bundler"), account, DEPOSIT)

    def pays(self, agents: Sequence[tuple[LocalAccount, AgentWallet]], payment: Pay) -> list[UserOperation]:
        """The same payment by each agent."""
        return [self.bundler.agent_operation(wallet, key, payment) for key, wallet in agents]

    def pays_of_one(self, key: LocalAccount, wallet: AgentWallet, count: int, payment: Pay) -> list[UserOperation]:
        """The same payment by one agent, several times."""
        first = self.bundler.agent_operation(wallet, key, payment)
        return [self.bundler.sign(replace(first, nonce=first.nonce + i), key) for i in range(count)]

    def calls(self, accounts: Sequence[SimpleAccount], target: str, data: bytes) -> list[UserOperation]:
        """The same call by each `SimpleAccount`."""
        return [self.bundler.sign(self._call(account, target, data), account.owner) for account in accounts]

    def create_simple_accounts(self, owners: Sequence[LocalAccount]) -> list[SimpleAccount]:
        """Creates a `SimpleAccount` for each owner, by a user operation that does nothing else."""
        code, deployer = published("SimpleAccountFactory"), self.devnet.role("deployer")
        factory = create_contract(self.devnet.web3, deployer, code["abi"], code["bytecode"], ENTRY_POINT, kind=Contract)
        accounts, operations = [], []
        for owner in owners:
            account = SimpleAccount(owner, str(factory.read("getAddress", owner.address, 0)))
            self.deposit(account.address)
            operation = replace(
                self._call(account, owner.address, b""),
                factory=factory.address,
                factory_data=bytes(HexBytes(factory.call_data("createAccount", owner.address, 0))),
                verification_gas_limit=600_000,
            )
            accounts.append(account)
            operations.append(self.bundler.sign(operation, owner))
        self.send(operations)
        return accounts

    def _call(self, account: SimpleAccount, target: str, data: bytes) -> UserOperation:
        contract = Contract.__new__(Contract)
        contract.bind(self.devnet.web3, account.address, published("SimpleAccount")["abi"])
        max_fee, priority = self.bundler.fees()
        return UserOperation(
            sender=account.address,
            nonce=self.entry_point.next_nonce(account.address),
            call_data=bytes(HexBytes(contract.call_data("execute", target, 0, data))),
            call_gas_limit=80_000,
            verification_gas_limit=100_000,
            pre_verification_gas=50_000,
            max_fee_per_gas=max_fee,
            max_priority_fee_per_gas=priority,
        )
