"""Fixtures of the tests of what principals meet."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils import keccak
from web3 import Web3

from peculium import Contract, Request
from peculium.accounts import Safe
from peculium.devnet.contracts import create_contract
from peculium.mandate import ZERO_ADDRESS

SAFES = (
    Path(__file__).parents[2] / "node_modules" / "@safe-global" / "safe-contracts" / "build" / "artifacts" / "contracts"
)


def published(path: str) -> dict:
    """A contract of Safe 1.4.1, as npm has it."""
    return json.loads((SAFES / path).read_text())


@pytest.fixture
def created(checkpoint, new_agent):
    """An agent whose mandate also allows requests."""
    terms = {"max_requests": 2, "max_request_age": timedelta(days=1)}
    return checkpoint.share("created", lambda: new_agent(**terms))


@pytest.fixture
def boss(principal, suite, people):
    """The principal, once in blocking and once in asynchronous form."""
    return people.Principal(principal, suite)


@pytest.fixture
def request_of(created, usdc, stranger, now):
    """Asks for a payment and returns what waits."""

    def ask(amount=7, slot=0):
        wallet = created.wallet
        wallet.request_payment(created.agent, slot, Request(usdc.address, stranger.address, amount, now() + 3_600))
        return next(each for each in wallet.pending_requests() if each.slot == slot)

    return ask


@pytest.fixture
def funded(web3):
    """A new key with native currency."""

    def fund(name):
        account = Account.from_key(keccak(text=f"of a test: {name}"))
        web3.provider.make_request("anvil_setBalance", [account.address, hex(10**20)])
        return account

    return fund


@pytest.fixture
def owners(funded):
    """Three keys that own a Safe."""
    return [funded(f"owner {index}") for index in range(3)]


@pytest.fixture
def safe_address(web3: Web3, deployer, owners):
    """A Safe of which two of the three owners must sign."""

    def create(path, *arguments):
        found = published(path)
        return create_contract(web3, deployer, found["abi"], found["bytecode"], *arguments, kind=Contract)

    singleton = create("Safe.sol/Safe.json")
    handler = create("handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json")
    proxy = create("proxies/SafeProxy.sol/SafeProxy.json", singleton.address)
    safe = Contract.__new__(Contract)
    safe.bind(web3, proxy.address, singleton.abi)
    safe.send(
        deployer,
        "setup",
        [each.address for each in owners],
        2,
        ZERO_ADDRESS,
        b"",
        handler.address,
        ZERO_ADDRESS,
        0,
        ZERO_ADDRESS,
    )
    return safe.address


@pytest.fixture
def safe(safe_address, suite, tmp_path):
    """Binds the Safe with the keys of some owners."""
    return lambda *owners, **options: Safe(safe_address, suite, owners=owners, folder=tmp_path, **options)
