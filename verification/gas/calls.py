"""Calls of listed functions by an agent, compared with the same call by a plain account."""

from __future__ import annotations

from decimal import Decimal

from eth_account.signers.local import LocalAccount

from peculium import AgentWallet, Argument, CallRule, Contract, Token
from verification.gas.setup import Setup, counted

UNITS = 10 * 10**6
"""The deposit, in base units of the token."""


def measure_calls(setup: Setup) -> dict[str, int]:
    """A deposit into a vault that pulls the token, with one and with two tokens in the budget."""
    vault = setup.devnet.deploy("MockVault")
    rule = CallRule(
        vault.address,
        "deposit(address,uint256)",
        (Argument.equal(setup.usd.address), Argument.at_most(100 * 10**6)),
        pull_limit=Decimal(100),
    )
    above = []
    for count in (1, 2):
        tokens = tuple(Token(token.address, 6) for token in (setup.usd, setup.usdc)[:count])
        agent = setup.new_agent(f"with a call rule, {counted(count, 'token')}", calls=(rule,), tokens=tokens)
        baseline, called = _deposits(setup, vault, *agent)
        above.append(called - baseline)
    return {
        "baseline: vault deposit, plain account": baseline,
        "call with one pull, above the baseline": above[0],
        "call with one pull, above the baseline, USDC behind its proxy also listed": above[1],
    }


def _deposits(setup: Setup, vault: Contract, key: LocalAccount, wallet: AgentWallet) -> tuple[int, int]:
    """The gas of a deposit by a plain account and by an agent; each is the second of its kind."""
    token = setup.usd.address
    data = vault.call_data("deposit", token, UNITS)
    setup.usd.send(setup.principal, "approve", vault.address, 2**255)
    for _ in range(2):
        baseline = vault.send(setup.principal, "deposit", token, UNITS)
        called = wallet.call(key, vault.address, data, pull=(token, 10), ref="deposit")
    return baseline.gas_used, called.gas_used
