"""Calls by an agent: of listed functions, compared with the same call by a plain account, and such as the principal approves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from eth_account.signers.local import LocalAccount

from peculium import AgentWallet, Argument, CallRequest, CallRule, Contract, Receipt, Token
from verification.gas.setup import DAY, Rows, Setup, counted

UNITS = 10 * 10**6
"""The deposit, in base units of the token."""


def measure_calls(setup: Setup) -> Rows:
    """A deposit into a vault that pulls the token, with one and with two tokens in the budget."""
    vault = setup.devnet.deploy("MockVault")
    rule = CallRule(
        vault.address,
        "deposit(address,uint256)",
        (Argument.equal(setup.usd.address), Argument.at_most(100 * 10**6)),
        pull_limit=Decimal(100),
        token=setup.usd.address,
        max_calls=100,
        window=timedelta(days=1),
    )
    calls, above = [], []
    for count in (1, 2):
        tokens = tuple(Token(token.address, 6) for token in (setup.usd, setup.usdc)[:count])
        agent = setup.new_agent(f"with a call rule, {counted(count, 'token')}", calls=(rule,), tokens=tokens)
        baseline, called = _deposits(setup, vault, *agent)
        calls.append(called)
        above.append(called.gas_used - baseline.gas_used)
    return {
        "baseline: vault deposit, plain account": baseline,
        "call with one pull": calls[0],
        "call with one pull, above the baseline": above[0],
        "call with one pull, above the baseline, USDC behind its proxy also listed": above[1],
    }


def _deposits(setup: Setup, vault: Contract, key: LocalAccount, wallet: AgentWallet) -> tuple[Receipt, Receipt]:
    """A deposit by a plain account and by an agent; each is the second of its kind."""
    token = setup.usd.address
    data = vault.call_data("deposit", token, UNITS)
    setup.usd.send(setup.principal, "approve", vault.address, 2**255)
    for _ in range(2):
        baseline = vault.send(setup.principal, "deposit", token, UNITS)
        called = wallet.call(key, vault.address, data, pull=10, ref="deposit")
    return baseline, called


def measure_requested_calls(setup: Setup) -> Rows:
    """The same deposit by an agent without a rule: a request, and its approval by the principal."""
    vault = setup.devnet.deploy("MockVault")
    key, wallet = setup.new_agent("that asks for calls", max_requests=1, max_request_age=timedelta(days=7))
    request = CallRequest(
        vault.address,
        vault.call_data("deposit", setup.usd.address, UNITS),
        setup.devnet.now() // DAY * DAY + 5 * DAY,
        pull_token=setup.usd.address,
        pull=10,
        ref="deposit",
    )
    for _ in range(2):
        asked = wallet.request_call(key, 0, request)
        approved = wallet.approve_request(setup.principal, 0, request, setup.devnet.now())
    return {"requestCall, one pull": asked, "approveCall, one pull": approved}
