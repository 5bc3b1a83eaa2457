"""A local chain with funded accounts, the suite and test tokens."""

from __future__ import annotations

import atexit
import os
import secrets
import time
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception

from peculium import ERC20, AgentWallet, Mandate, Suite
from peculium.checks import check_methods
from peculium.deployments.deploy import deploy_suite
from peculium.devnet.anvil import rpc, run_anvil
from peculium.devnet.artifacts import artifact, suite_artifacts
from peculium.devnet.contracts import create_contract, find_or_create
from peculium.devnet.entry_point import deploy_entry_point
from peculium.devnet.errors import DevnetError, EntryPointMissing
from peculium.errors import quote
from peculium.factory import Creation
from peculium.units import Amount, to_base_units

ETHER = 10**18
STATEMENT = "I answer for it."
"""What a principal declares of its agents, if nothing else is given."""
URL = "http://127.0.0.1:8545"
"""Where `python -m peculium.devnet` listens by default."""
VARIABLE = "PECULIUM_RPC"
"""The environment variable that names a running devnet for `Devnet.open`."""
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
        """Starts Anvil at the present time, with the suite and the EntryPoint. It runs until the process ends.

        Without the EntryPoint's npm package it starts too; then no user operation runs on it.
        """
        stack = ExitStack()
        atexit.register(stack.close)
        devnet = cls(stack.enter_context(run_anvil(int(time.time()))))
        devnet.add_entry_point()
        return devnet

    @classmethod
    def connect(cls, url: str = URL) -> Devnet:
        """Returns the devnet that runs at a URL. Raises `DevnetError` if the node there is no Anvil, or there is none."""
        web3 = Web3(Web3.HTTPProvider(url))
        try:
            version = web3.client_version
        except (OSError, ValueError, Web3Exception):
            raise DevnetError(f"No devnet runs at {url}. Start one: python -m peculium.devnet") from None
        # Its accounts have known keys and its time is set at will: never on a chain with real money.
        if not version.lower().startswith("anvil"):
            raise DevnetError(
                f"The node at {url} is {quote(version)}, not a devnet. Start one: python -m peculium.devnet"
            )
        return cls(web3)

    @classmethod
    def open(cls) -> Devnet:
        """Connects to the devnet whose URL is in the environment variable `PECULIUM_RPC`; without it, starts one."""
        return cls.connect(url) if (url := os.environ.get(VARIABLE)) else cls.start()

    @property
    def url(self) -> str:
        """The URL under which other programs reach the chain."""
        assert isinstance(self.web3.provider, HTTPProvider)
        return str(self.web3.provider.endpoint_uri)

    def add_entry_point(self) -> bool:
        """Deploys the EntryPoint unless it is there. Returns False if its npm package isn't installed."""
        try:
            deploy_entry_point(self.web3, self.role("deployer"))
        except EntryPointMissing:
            return False
        return True

    def role(self, name: str) -> LocalAccount:
        """The account of a role, with ether for gas. Its key is derived from the name, so it is the same in every run."""
        if name not in self._accounts:
            account = Account.from_key(keccak(text=name))
            self.set_balance(account.address, 1_000_000 * ETHER)
            self._accounts[name] = account
        return self._accounts[name]

    def new_account(self) -> LocalAccount:
        """A new account with ether. A key can act for one live agent only, so each agent needs one of its own."""
        account: LocalAccount = Account.create()
        self.set_balance(account.address, 1_000_000 * ETHER)
        self._accounts[account.address] = account
        return account

    def set_balance(self, account: str, wei: int) -> None:
        """Sets the ether of an account."""
        rpc(self.web3, "anvil_setBalance", account, hex(wei))

    def ether(self, account: str) -> Decimal:
        """The ether of an account."""
        return Decimal(self.web3.eth.get_balance(to_checksum_address(account))) / ETHER

    # Tokens and other mocks

    def deploy(self, name: str, *arguments: object) -> ERC20:
        """Deploys a mock contract. Raises `DevnetError` if none has this name."""
        try:
            mock = artifact(name)
        except LookupError as error:
            raise DevnetError(f"{error.args[0]} The mocks are in contracts/mocks.") from None
        return create_contract(self.web3, self.role("deployer"), mock.abi, mock.init_code, *arguments, kind=ERC20)

    @cached_property
    def usdc(self) -> ERC20:
        """A test USDC with 6 decimals and EIP-3009, deployed at first use. `mint` creates balances."""
        deployer = self.role("deployer")
        roles = (deployer.address, deployer.address)  # it may pause the token and block accounts
        return find_or_create(self.web3, deployer, artifact("MockUSDC"), *roles, kind=ERC20)

    def mint(self, token: ERC20, to: str, amount: Amount) -> None:
        """Mints whole tokens."""
        token.send(self.role("deployer"), "mint", to, to_base_units(amount, token.decimals))

    # Time

    def now(self) -> int:
        """The time of the latest block (unix seconds)."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def next_block_at(self, timestamp: int) -> None:
        """Sets the time of the next block (unix seconds). Raises `DevnetError` for a time that has passed."""
        if timestamp <= self.now():
            raise DevnetError(
                f"The latest block is of {self.now()}; the next can't be of {timestamp}. Pass a later time."
            )
        rpc(self.web3, "evm_setNextBlockTimestamp", timestamp)

    def mine_at(self, timestamp: int) -> None:
        """Mines a block at this time (unix seconds)."""
        self.next_block_at(timestamp)
        rpc(self.web3, "evm_mine")

    # Agents

    def prepare_agent(self, mandate: Mandate, salt: int, uri: str, statement: str) -> Creation:
        """Signs the creation of an agent. Principal and agent key of the mandate must be roles of this devnet.

        The epoch 0, which mandates have by default, stands for the principal's current epoch. Raises `DevnetError` for another
        epoch that isn't the current one, and for an account that is no role.
        """
        signers = {str(account.address): account for account in self._accounts.values()}
        for part, address in (("principal", mandate.principal), ("agent key", mandate.agent_key)):
            if address not in signers:
                raise DevnetError(
                    f"The {part} {address} is no role of this devnet, so it can't sign here. Use devnet.role(name).address, or "
                    "sign with AgentWalletFactory.prepare."
                )
        epoch = self.suite.switch.epoch_of(mandate.principal)
        if mandate.epoch not in (0, epoch):
            raise DevnetError(
                f"The mandate is for epoch {mandate.epoch}; the current one is {epoch}. Pass epoch={epoch}."
            )
        current = replace(mandate, epoch=epoch)
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

    def create_agent(
        self, mandate: Mandate, salt: int | None = None, uri: str = "", statement: str = STATEMENT
    ) -> tuple[AgentWallet, int]:
        """Creates an agent. Returns its wallet and the gas used. Without a salt, which is a part of its address, a random one."""
        creation = self.prepare_agent(mandate, secrets.randbits(64) if salt is None else salt, uri, statement)
        created = self.suite.factory.create_agent(self.role("relayer"), creation)
        return AgentWallet(self.web3, created.wallet), created.receipt.gas_used


check_methods(Devnet)
