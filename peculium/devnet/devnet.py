"""A chain of one's own for a script: Anvil on a free port, with the suite and some stablecoins on it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak, to_checksum_address
from rlp import encode as rlp_encode
from web3 import Web3

from peculium import ERC20, AgentWallet, Contract, Mandate, Signer, Suite, send_transaction
from peculium.deployment import Artifact, deploy_suite
from peculium.factory import Creation

START_SECONDS = 20
C = TypeVar("C", bound=Contract)


def created_address(creator: str, nonce: int) -> str:
    """The address of what an account creates by the transaction of this nonce."""
    return to_checksum_address(keccak(rlp_encode([bytes.fromhex(creator[2:]), nonce]))[12:])


def create(web3: Web3, creator: Signer, abi: list[dict[str, Any]], init_code: Any, *arguments: Any, kind: type[C]) -> C:
    """Creates a contract by a plain transaction, as `kind` shows it."""
    address = created_address(creator.address, web3.eth.get_transaction_count(creator.address))
    made = web3.eth.contract(abi=abi, bytecode=init_code)
    send_transaction(web3, creator, None, made.constructor(*arguments).data_in_transaction)
    contract = kind.__new__(kind)
    contract.bind(web3, address, abi)
    return contract


def stop(process: subprocess.Popen[bytes], patience: float = 5) -> None:
    """Ends a process, by force after `patience` seconds."""
    process.terminate()
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()


@contextmanager
def own_chain(timestamp: int, *options: str) -> Iterator[Web3]:
    """Anvil, from `timestamp` (unix seconds) on, with further `options`; stopped when the block ends, also by Ctrl-C."""
    binary = shutil.which("anvil", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if binary is None:
        raise SystemExit("There is no anvil: run `make setup` first.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [binary, "--port", str(port), "--silent", "--timestamp", str(timestamp), "--hardfork", "cancun", *options]
    # A session of its own, so that Ctrl-C reaches this script first, and it stops the chain in its own time.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
    try:
        web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": 60}))
        deadline = time.monotonic() + START_SECONDS
        while not web3.is_connected():
            if process.poll() is not None or time.monotonic() > deadline:
                reason = process.stderr.read().decode().strip() if process.poll() is not None and process.stderr else ""
                raise SystemExit(f"Anvil doesn't answer on port {port}. {reason}".strip())
            time.sleep(0.05)
        # A second a block, whatever the clock says: timestamps are calldata, and would move the gas from run to run.
        web3.provider.make_request("anvil_setBlockTimestampInterval", [1])
        yield web3
    finally:
        stop(process)


class Devnet:
    """Roles, the suite and the doubles on one chain."""

    def __init__(self, web3: Web3, artifacts: dict[str, Artifact], doubles: Any) -> None:
        self.web3 = web3
        self._doubles = doubles
        self._accounts: dict[str, LocalAccount] = {}
        self.suite: Suite = deploy_suite(web3, self.role("deployer"), artifacts).suite

    def role(self, name: str) -> LocalAccount:
        """An account by its role, with ether for gas; the same key in every run."""
        if name not in self._accounts:
            account = Account.from_key(keccak(text=name))
            self.web3.provider.make_request("anvil_setBalance", [account.address, hex(10**24)])
            self._accounts[name] = account
        return self._accounts[name]

    def deploy(self, name: str, *arguments: Any) -> ERC20:
        """Deploys a test double by its name."""
        double: Artifact = self._doubles(name)
        return create(self.web3, self.role("deployer"), double.abi, double.init_code, *arguments, kind=ERC20)

    def mint(self, token: ERC20, to: str, whole: int) -> None:
        """Mints whole tokens."""
        token.send(self.role("deployer"), "mint", to, whole * 10**token.decimals)

    def now(self) -> int:
        """Unix seconds of the latest block."""
        return int(self.web3.eth.get_block("latest")["timestamp"])

    def next_block_at(self, timestamp: int) -> None:
        """The next block has this time (unix seconds)."""
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])

    def travel(self, to: int) -> None:
        """Mines a block at this time (unix seconds)."""
        self.next_block_at(to)
        self.web3.provider.make_request("evm_mine", [])

    def prepare(self, mandate: Mandate, salt: int, uri: str, statement: str) -> Creation:
        """The signed creation of an agent whose principal and agent key are roles."""
        by = {account.address: account for account in self._accounts.values()}
        dated = replace(mandate, epoch=self.suite.switch.epoch_of(mandate.principal))
        return self.suite.factory.prepare(
            self.suite.registry,
            dated,
            by[mandate.principal],
            by[mandate.agent_key],
            uri,
            keccak(text=statement),
            self.now() + 3600,
            salt,
        )

    def create(self, mandate: Mandate, salt: int, uri: str, statement: str) -> tuple[AgentWallet, int]:
        """Creates an agent; returns its wallet and the gas that it took."""
        created = self.suite.factory.create_agent(self.role("relayer"), self.prepare(mandate, salt, uri, statement))
        return AgentWallet(self.web3, created.wallet), created.receipt.gas_used
