"""A local chain that poses as a public one: chain id, pace of blocks, fees, finality, headers, limits of its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import HTTPProvider, Web3

from peculium import Network
from peculium.deployments import KnownNetwork
from peculium.devnet import artifact, deploy_entry_point
from peculium.devnet.anvil import rpc, run_paced_anvil
from peculium.devnet.contracts import create_contract
from peculium.token import ERC20
from verification.sending.proxy import Forward, Hook, HttpFault, Proxy

SPEED = 20
"""How many times as fast as in reality blocks come, by default."""
LOG_BLOCKS = 50
"""The blocks that one search for events may cover; what nodes allow differs, and is more."""
FEW_SECONDS = 0.5
"""Time between two blocks where the data file doesn't say."""
TOKEN_SLOTS = 12
"""The slots in which the test token keeps its name, its symbol and its roles."""
ETHER = 10**18
GWEI = 10**9


@dataclass(frozen=True)
class Manner:
    """In what else the nodes of a network differ from Anvil."""

    base_fee: int = GWEI // 100
    """Of the first block (wei)."""
    no_base_fee: bool = False
    """Whether blocks have no base fee, and transactions are of the old kind."""
    hardfork: str = "prague"
    gas_cap: bool = False
    """Whether a transaction may have 2^24 gas at most (EIP-7825)."""


MANNERS = {
    "ethereum": Manner(5 * GWEI, hardfork="osaka", gas_cap=True),
    "sepolia": Manner(GWEI, hardfork="osaka", gas_cap=True),
    "polygon": Manner(30 * GWEI),
    "polygon-amoy": Manner(30 * GWEI),
    "avalanche": Manner(GWEI, hardfork="cancun"),
    "avalanche-fuji": Manner(GWEI, hardfork="cancun"),
    "celo": Manner(25 * GWEI),
    "celo-sepolia": Manner(25 * GWEI),
}
"""By the name of the network; the others are like rollups, with low fees. Fees are of a usual order of magnitude."""
OLD = Manner(no_base_fee=True, hardfork="cancun")
"""A chain without base fee, as some private ones are."""


@dataclass(frozen=True)
class Posed:
    """A running chain that poses as another."""

    known: KnownNetwork
    proxy: Proxy
    direct: Web3
    """A connection to Anvil itself, for what no public node offers."""

    @property
    def network(self) -> Network:
        """The network as a user reaches it, by a new connection."""
        return Network.at(self.proxy.url, self.known.name)

    def account(self, role: str) -> LocalAccount:
        """Returns the account of a role with native currency, as from a faucet."""
        account: LocalAccount = Account.from_key(keccak(text=f"{self.known.name} {role}"))
        rpc(self.direct, "anvil_setBalance", account.address, hex(100 * ETHER))
        return account

    def token(self) -> ERC20:
        """Puts a test token at the address of the network's USDC. It stands in for Circle's, and at Arc's address for the
        token form of its native currency."""
        deployer, address = self.account("deployer"), self.network.tokens["USDC"].address
        mock = artifact("MockUSDC")
        made = create_contract(
            self.direct, deployer, mock.abi, mock.init_code, deployer.address, deployer.address, kind=ERC20
        )
        rpc(self.direct, "anvil_setCode", address, rpc(self.direct, "eth_getCode", made.address, "latest"))
        for slot in range(TOKEN_SLOTS):
            word = rpc(self.direct, "eth_getStorageAt", made.address, hex(slot), "latest")
            rpc(self.direct, "anvil_setStorageAt", address, f"0x{slot:064x}", word)
        made.bind(self.direct, address, mock.abi)
        return made

    def entry_point(self) -> None:
        """Deploys the canonical EntryPoint, which public networks have."""
        deploy_entry_point(self.direct, self.account("deployer"))


@contextmanager
def pose(known: KnownNetwork, speed: float = SPEED, manner: Manner | None = None) -> Iterator[Posed]:
    """Runs a chain that poses as a known network until the block ends."""
    manner = manner or MANNERS.get(known.name, Manner())
    options = ["--chain-id", str(known.chain_id), "--hardfork", manner.hardfork, "--base-fee", str(manner.base_fee)]
    # Blocks are final after two of these.
    options += ["--slots-in-an-epoch", "1", *(["--enable-tx-gas-limit"] if manner.gas_cap else [])]
    with run_paced_anvil((known.block_seconds or FEW_SECONDS) / speed, *options) as web3, Proxy(_url(web3)) as proxy:
        proxy.hook = as_node_of(known, manner)
        yield Posed(known, proxy, web3)


def as_node_of(known: KnownNetwork, manner: Manner) -> Hook:
    """Returns the hook that answers as a node of the network."""

    def hook(method: str, parameters: list[Any], forward: Forward) -> dict[str, Any]:
        if method == "eth_getLogs" and _blocks(parameters[0]) > LOG_BLOCKS:
            return _error(-32005, f"query exceeds max block range {LOG_BLOCKS}")
        if manner.no_base_fee and method in ("eth_feeHistory", "eth_maxPriorityFeePerGas"):
            return _error(-32601, f"the method {method} does not exist/is not available")
        if method.startswith(("anvil_", "evm_")):
            raise HttpFault(403, "no public node does this")
        answer = forward()
        if method.startswith("eth_getBlockBy") and answer.get("result"):
            if known.poa:
                answer["result"]["extraData"] = "0x" + "11" * 97
            if manner.no_base_fee:
                answer["result"].pop("baseFeePerGas", None)
        return answer

    return hook


def _url(web3: Web3) -> str:
    assert isinstance(web3.provider, HTTPProvider)
    return str(web3.provider.endpoint_uri)


def _blocks(query: dict[str, Any]) -> int:
    if "blockHash" in query:
        return 1
    first, last = query.get("fromBlock", "latest"), query.get("toBlock", "latest")
    numbers = [int(each, 16) if each.startswith("0x") else None for each in (first, last)]
    if None in numbers:
        return 1 if first == last else LOG_BLOCKS + 1
    return int(numbers[1] or 0) - int(numbers[0] or 0) + 1


def _error(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
