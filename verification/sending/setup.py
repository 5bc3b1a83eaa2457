"""A chain with a funded agent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from eth_account.signers.local import LocalAccount

from peculium import AgentWallet, Budget, GasTerms, Mandate, Token, Window
from peculium.devnet import Devnet, deploy_entry_point, run_anvil

DAYS_30 = 30 * 86_400


@contextmanager
def start_devnet() -> Iterator[tuple[Devnet, AgentWallet, LocalAccount, str]]:
    """Starts a chain. Yields it with a wallet, its agent key and a payee; the agent may pay 100 USD at once."""
    with run_anvil(int(time.time())) as web3:
        devnet = Devnet(web3)
        deploy_entry_point(web3, devnet.role("deployer"))
        principal, agent, payee = (devnet.role(name) for name in ("principal", "agent", "payee"))
        budget = Budget(
            currency="USD",
            payment_limit=100,
            lifetime_limit=10_000,
            windows=[Window(timedelta(days=1), 5_000)],
            tokens=[Token(devnet.usdc.address, decimals=6)],
            payees=[payee.address],
        )
        mandate = Mandate(
            principal=principal.address,
            agent_key=agent.address,
            valid_from=devnet.now(),
            valid_until=devnet.now() + DAYS_30,
            budgets=[budget],
            max_requests=2,
            max_request_age=timedelta(days=1),
            gas_terms=GasTerms(operation_limit=1, window_limit=100, window=timedelta(days=1)),
        )
        wallet, _ = devnet.create_agent(
            mandate, salt=1, uri="https://agents.example/1.json", statement="I answer for it."
        )
        devnet.mint(devnet.usdc, wallet.address, 10_000)
        devnet.set_balance(wallet.address, 10**20)
        yield devnet, wallet, agent, payee.address
