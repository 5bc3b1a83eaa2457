"""User operations for the measurement of gas: those of wallets, and beside them a plain account's by the EntryPoint's own example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eth_account.signers.local import LocalAccount
from hexbytes import HexBytes

from peculium import AgentWallet, Contract, EntryPoint, SelfBundler, UserOperation
from peculium.devnet.contracts import create_contract
from peculium.devnet.devnet import Devnet
from peculium.devnet.entry_point import deploy_entry_point, published
from peculium.operations import ENTRY_POINT

DEPOSIT = 10
"""Ether that each account has put in ahead, so that none pays the EntryPoint during an operation."""


class Bundles:
    """Sends bundles, and tells the gas of the whole transaction."""

    def __init__(self, devnet: Devnet) -> None:
        self.devnet = devnet
        deploy_entry_point(devnet.web3, devnet.role("deployer"))
        self.bundler = SelfBundler(devnet.web3, devnet.role("bundler"))
        self.entry_point = EntryPoint(devnet.web3, ENTRY_POINT)

    def gas_of(self, operations: Sequence[UserOperation]) -> int:
        """Sends one bundle, and looks whether all in it succeeded; the gas of the transaction."""
        hashes = self.bundler.send_all(operations)
        return max(self.bundler.wait(each).transaction.gas_used for each in hashes)

    def pays(self, agents: Sequence[tuple[LocalAccount, AgentWallet]], *payment: object) -> list[UserOperation]:
        """One payment of each agent."""
        return [self.bundler.agent_operation(wallet, key, "pay", *payment) for key, wallet in agents]

    def in_a_row(self, key: LocalAccount, wallet: AgentWallet, count: int, *payment: object) -> list[UserOperation]:
        """Several payments of one agent, one after the other."""
        first = self.bundler.agent_operation(wallet, key, "pay", *payment)
        return [self.bundler.sign(replace(first, nonce=first.nonce + i), key) for i in range(count)]

    def fund(self, account: str) -> None:
        """Puts in for an account."""
        self.entry_point.deposit_to(self.devnet.role("bundler"), account, DEPOSIT)

    def simple_accounts(self, owners: Sequence[LocalAccount]) -> list[UserOperation]:
        """An operation for each owner that creates its `SimpleAccount`, and does nothing more."""
        factory = self._publish("SimpleAccountFactory", ENTRY_POINT)
        made = []
        for owner in owners:
            address = str(factory.read("getAddress", owner.address, 0))
            self.fund(address)
            create = bytes(HexBytes(factory.call_data("createAccount", owner.address, 0)))
            operation = self.simple(owner, address, owner.address, b"")
            operation = replace(operation, factory=factory.address, factory_data=create, verification_gas_limit=600_000)
            made.append(self.bundler.sign(operation, owner))
        return made

    def simple(self, owner: LocalAccount, account: str, target: str, data: bytes) -> UserOperation:
        """An owner's call by its `SimpleAccount`."""
        code = Contract.__new__(Contract)
        code.bind(self.devnet.web3, account, published("SimpleAccount")["abi"])
        max_fee, priority = self.bundler.fees()
        operation = UserOperation(
            sender=account,
            nonce=self.entry_point.next_nonce(account),
            call_data=bytes(HexBytes(code.call_data("execute", target, 0, data))),
            call_gas_limit=80_000,
            verification_gas_limit=100_000,
            pre_verification_gas=50_000,
            max_fee_per_gas=max_fee,
            max_priority_fee_per_gas=priority,
        )
        return self.bundler.sign(operation, owner)

    def _publish(self, name: str, *arguments: str) -> Contract:
        content, deployer = published(name), self.devnet.role("deployer")
        return create_contract(
            self.devnet.web3, deployer, content["abi"], content["bytecode"], *arguments, kind=Contract
        )
