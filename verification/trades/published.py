"""The contracts of Uniswap, from the bytecode that its authors publish on npm."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from web3 import Web3

from peculium import Contract, Signer
from peculium.devnet import DevnetError
from peculium.devnet.contracts import create_contract

NODE_MODULES = Path(__file__).parents[2] / "node_modules" / "@uniswap"
ARTIFACTS = {
    "UniswapV2Factory": "v2-core/build/UniswapV2Factory.json",
    "UniswapV2Pair": "v2-core/build/UniswapV2Pair.json",
    "UniswapV2Router02": "v2-periphery/build/UniswapV2Router02.json",
    "WETH9": "v2-periphery/build/WETH9.json",
    "UniswapV3Factory": "v3-core/artifacts/contracts/UniswapV3Factory.sol/UniswapV3Factory.json",
    "SwapRouter": "v3-periphery/artifacts/contracts/SwapRouter.sol/SwapRouter.json",
    "NonfungiblePositionManager": "v3-periphery/artifacts/contracts/NonfungiblePositionManager.sol/"
    "NonfungiblePositionManager.json",
}
"""Files with ABI and init code, by the contract's name."""


def published(name: str) -> dict[str, Any]:
    """A contract of Uniswap; the keys are `abi` and `bytecode`."""
    path = NODE_MODULES / ARTIFACTS[name]
    try:
        content: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        package = ARTIFACTS[name].partition("/")[0]
        raise DevnetError(f"@uniswap/{package} is not installed. Run `make setup`.") from None
    return content


def deploy_published(web3: Web3, signer: Signer, name: str, *arguments: Any) -> Contract:
    """Deploys a contract of Uniswap."""
    contract = published(name)
    return create_contract(web3, signer, contract["abi"], contract["bytecode"], *arguments, kind=Contract)


def at(web3: Web3, name: str, address: str) -> Contract:
    """A deployed contract of Uniswap."""
    contract = Contract.__new__(Contract)
    contract.bind(web3, address, published(name)["abi"])
    return contract
