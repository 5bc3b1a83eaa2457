"""A local chain with funded accounts, the suite and test tokens."""

from __future__ import annotations

import atexit
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import cached_property

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import Web3

from peculium import ERC20, AgentWallet, Mandate, Suite
from peculium.deployment import deploy_suite
from peculium.devnet.anvil import rpc, run_anvil
from peculium.devnet.artifacts import artifact, suite_artifacts
from peculium.devnet.contracts import create_contract
from peculium.devnet.entry_point import deploy_entry_point
from peculium.factory import Creation
from peculium.units import Amount, to_base_units

ETHER = 10**18
SIGNATURE_SECONDS = 3_600
"""How long the signatures of a prepared creation are valid."""


class Devnet:
    """The suite on a local chain, and an account for each role."""

    def __init__(self, web3: Web3) -> None:
        """Deploys the suite."""
        self.web3 = web3
        self._accounts: dict[str, LocalAccount] = {}
        self.suite: Suite = deploy_suite(web3, self.role("deployer"), suite_artifacts()).suite

    @classmethod
    def start(cls) -> Devnet:
        """Starts Anvil at the present time, with the suite and the EntryPoint. It runs until the process ends."""
        stack = ExitStack()
        atexit.register(stack.close)
        devnet = cls(stack.enter_context(run_anvil(int(time.time()))))
        deploy_entry_point(devnet.web3, devnet.role("deployer"))
        return devnet

    def role(self, name: str) -> LocalAccount:
        """The account of a role, with ether for gas. Its key is derived from the name, so it is the same in every run."""
        if name not in self._accounts:
            account = Account.from_key(keccak(text=name))
            self.set_balance(account.address, 1_000_000 * ETHER)
            self._accounts[name] = account
        return self._accounts[name]

    def set_balance(self, account: str, wei: int) -> None:
        """Sets the ether of an account."""
        rpc(self.web3, "anvil_setBalance", account, hex(wei))

    # Tokens and other mocks

    def deploy(self, name: str, *arguments: object) -> ERC20:
        """Deploys a mock contract."""
        mock = artifact(name)
        return create_contract(self.web3, self.role("deployer"), mock.abi, mock.init_code, *arguments, kind=ERC20)

    @cached_property
    def usdc(self) -> ERC20:
        """A test USDC with 6 decimals and EIP-3009, deployed at first use. `mint` creates balances."""
        deployer = self.role("deployer").address
        return self.deploy("MockUSDC", deployer, deployer)

    def mint(self, token: ERC20, to: str, amount: Amount) -> None:
        """Mints whole tokens."""
        token.send(self.role("deployer"), "mint", to, to_base_units(amount, token.decimals))

    # Time

    def now(self) -> int:
        """The time of the latest block (unix seconds)."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def next_block_at(self, timestamp: int) -> None:
        """Sets the time of the next block (unix seconds)."""
        rpc(self.web3, "evm_setNextBlockTimestamp", timestamp)

    def mine_at(self, timestamp: int) -> None:
        """Mines a block at this time (unix seconds)."""
        self.next_block_at(timestamp)
        rpc(self.web3, "evm_mine")

    # Agents

    def prepare_agent(self, mandate: Mandate, salt: int, uri: str, statement: str) -> Creation:
        """Signs the creation of an agent. Principal and agent key of the mandate must be roles of this devnet."""
        signers = {str(account.address): account for account in self._accounts.values()}
        current = replace(mandate, epoch=self.suite.switch.epoch_of(mandate.principal))
        return self.suite.factory.prepare(
            self.suite.registry,
            current,
            signers[mandate.principal],
            signers[mandate.agent_key],
            uri,
            keccak(text=statement),
            self.now() + SIGNATURE_SECONDS,
            salt,
        )

    def create_agent(self, mandate: Mandate, salt: int, uri: str, statement: str) -> tuple[AgentWallet, int]:
        """Creates an agent. Returns its wallet and the gas used."""
        creation = self.prepare_agent(mandate, salt, uri, statement)
        created = self.suite.factory.create_agent(self.role("relayer"), creation)
        return AgentWallet(self.web3, created.wallet), created.receipt.gas_used
