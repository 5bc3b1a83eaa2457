"""Fixtures of the wallet tests."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils import keccak
from web3 import Web3

from peculium import ERC20, Authorization, CallRequest, Contract, Domain, Mandate, Pay, Receipt, Request
from peculium.mandate import ZERO_HASH
from peculium.relays import SignedAction
from peculium.units import to_base_units
from verification.testing.agents import Agent
from verification.testing.durations import DAY
from verification.testing.guard_fixtures import (  # noqa: F401
    behave,
    charged,
    guard,
    guard_calls,
    guarded,
    paths,
    state,
)
from verification.testing.requests import asked


@pytest.fixture
def created(checkpoint: Any, new_agent: Callable[..., Agent]) -> Agent:
    """An agent under the default mandate."""
    return checkpoint.share("created", new_agent)


@pytest.fixture
def target(checkpoint: Any, deploy: Callable[..., Contract]) -> Contract:
    """A contract that accepts any call, and makes a call of its own once it is armed."""
    contract: Contract = checkpoint.share("target", lambda: deploy("MockTarget"))
    return contract


@pytest.fixture
def pay_at(time_travel: Callable[..., None], usdc: ERC20, payee: LocalAccount) -> Callable[..., Receipt]:
    """Pays in a block with exactly this timestamp. It skips the simulation, which would run at another time."""

    def pay(agent: Agent, timestamp: int, amount: Any) -> Receipt:
        time_travel(next_at=timestamp)
        units = to_base_units(amount, usdc.decimals)
        return agent.wallet.send(agent.agent, "pay", usdc.address, payee.address, units, ZERO_HASH, gas=1_000_000)

    return pay


@pytest.fixture
def replace_mandate(new_mandate: Callable[..., Mandate]) -> Callable[..., Mandate]:
    """Replaces the agent's mandate in a transaction of the principal."""

    def replace(agent: Agent, **overrides: Any) -> Mandate:
        overrides = {"principal": agent.principal.address, "agent_key": agent.agent.address, **overrides}
        mandate = new_mandate(**overrides).in_round(agent.wallet.round)
        agent.wallet.set_mandate(agent.principal, mandate, drop_currencies=True)
        return mandate

    return replace


@pytest.fixture
def sign_mandate() -> Callable[..., bytes]:
    """Signs a mandate for a wallet as an account."""

    def sign(account: LocalAccount, mandate: Mandate, agent: Agent) -> bytes:
        wallet = agent.wallet
        return bytes(account.sign_message(mandate.signable(wallet.address, wallet.web3.eth.chain_id)).signature)

    return sign


@pytest.fixture
def send_as(web3: Web3) -> Callable[..., None]:
    """Sends a call from any address, including a contract's, and asserts that it succeeds."""

    def send(sender: str, to: str, data: str) -> None:
        web3.provider.make_request("anvil_setBalance", [sender, hex(10**20)])
        web3.provider.make_request("anvil_impersonateAccount", [sender])
        transaction = {"from": sender, "to": to, "data": data, "gas": 3_000_000, "gasPrice": 10**10}
        receipt = web3.eth.wait_for_transaction_receipt(web3.eth.send_transaction(transaction), poll_latency=0.02)
        web3.provider.make_request("anvil_stopImpersonatingAccount", [sender])
        assert receipt["status"] == 1

    return send


@pytest.fixture
def following(created: Agent, new_mandate: Callable[..., Mandate]) -> Callable[..., Mandate]:
    """Creates the default mandate as successor of the current one. Keyword arguments override its fields."""

    def make(**overrides: Any) -> Mandate:
        return new_mandate(**overrides).in_round(created.wallet.round)

    return make


@pytest.fixture
def signed(created: Agent, usdc: ERC20, payee: LocalAccount, now: Callable[[], int]) -> Callable[..., SignedAction]:
    """Signs a payment of one dollar as the agent."""

    def sign(**terms: Any) -> SignedAction:
        arguments = terms.pop("arguments", (usdc.address, payee.address, 1, "relayed"))
        terms = {"deadline": now() + DAY, "nonce": 1, **terms}
        return created.wallet.sign_action(terms.pop("by", created.agent), Pay(*arguments), **terms)

    return sign


# Requests


@pytest.fixture
def payment_request(usdc: ERC20, stranger: LocalAccount, now: Callable[[], int]) -> Request:
    """A request for a payment above every limit, to an unlisted payee."""
    return Request(usdc.address, stranger.address, 5_000, now() + DAY, "a banquet")


@pytest.fixture
def pending_request(created: Agent, payment_request: Request) -> Request:
    """The same request, pending in the first slot."""
    created.wallet.request_payment(created.agent, 0, payment_request)
    return payment_request


@pytest.fixture
def venue(checkpoint: Any, deploy: Callable[..., Contract], dai: ERC20, deployer: LocalAccount) -> Contract:
    """A venue with DAI, which takes and gives what the caller says."""

    def create() -> Contract:
        venue = deploy("MockVenue")
        dai.send(deployer, "mint", venue.address, 10**24)
        return venue

    return checkpoint.share("venue", create)


@pytest.fixture
def trade(venue: Contract, usdc: ERC20, dai: ERC20, now: Callable[[], int]) -> CallRequest:
    """A trade of 5,000 dollars, above every limit."""
    data = venue.call_data("swap", usdc.address, 5_000 * 10**6, dai.address, 4_990 * 10**18)
    return CallRequest(venue.address, data, now() + DAY, pull_token=usdc.address, pull=5_000, ref="a trade")


@pytest.fixture
def pending_trade(created: Agent, trade: CallRequest) -> CallRequest:
    """The same trade, pending in the first slot."""
    created.wallet.request_call(created.agent, 0, trade)
    return trade


@pytest.fixture
def approve(created: Agent) -> Callable[..., Receipt]:
    """Approves the request in a slot as the principal, as asked at the time that the slot holds."""

    def make(
        request: Request | CallRequest,
        slot: int = 0,
        by: LocalAccount = created.principal,
        asked_at: int | None = None,
    ) -> Receipt:
        return created.wallet.approve_request(by, slot, request, asked(created, slot) if asked_at is None else asked_at)

    return make


@pytest.fixture
def ask_and_approve(created: Agent, approve: Callable[..., Receipt]) -> Callable[..., Receipt]:
    """Asks for a call and approves it."""

    def make(request: CallRequest) -> Receipt:
        created.wallet.request_call(created.agent, 0, request)
        return approve(request)

    return make


# Pre-authorizations


@pytest.fixture
def authorization(usdc: ERC20, payee: LocalAccount, now: Callable[[], int]) -> Authorization:
    """100 dollars to the payee, valid for five days."""
    domain = Domain("USD Coin", "2")
    return Authorization(usdc.address, payee.address, 100 * 10**6, now() + 5 * DAY, domain, keccak(text="nonce"))


@pytest.fixture
def settle(created: Agent, web3: Web3, usdc: ERC20, relayer: LocalAccount) -> Callable[..., Receipt]:
    """Settles an authorization at its token, by default with `transferWithAuthorization` and as the relayer."""

    def at_the_token(
        authorization: Authorization, by: LocalAccount = relayer, receive: bool = False, signature: bytes = b"\0"
    ) -> Receipt:
        name = "receiveWithAuthorization" if receive else "transferWithAuthorization"
        function = f"{name}(address,address,uint256,uint256,uint256,bytes32,bytes)"
        token = copy(usdc)
        token.bind(web3, authorization.token, usdc.abi)
        return token.send(by, function, *authorization.transfer(created.wallet.address), signature)

    return at_the_token


@pytest.fixture
def is_valid(created: Agent) -> Callable[[Authorization], bool]:
    """Whether the wallet accepts a signature of the authorization's digest (ERC-1271)."""
    chain = created.wallet.web3.eth.chain_id
    return lambda each: created.wallet.is_valid_signature(each.digest(created.wallet.address, chain), b"\0")


@pytest.fixture
def new_usdc(deploy: Callable[..., Contract], deployer: LocalAccount) -> Callable[[], Contract]:
    """Deploys another token with EIP-3009."""
    return lambda: deploy("MockUSDC", deployer.address, deployer.address)
