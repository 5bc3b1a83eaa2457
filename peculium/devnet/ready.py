"""An agent that is ready to pay, so that the first line of a newcomer is a payment."""

from __future__ import annotations

from datetime import timedelta

from eth_account.signers.local import LocalAccount

from peculium.agent import Agent
from peculium.devnet.devnet import Devnet
from peculium.mandate import Budget, ChequeBook, GasTerms, Mandate, Token, Window

ROLES = ("principal", "agent", "supplier", "relayer", "guardian", "stranger")
"""Who has an account of the devnet, with ether, before anything happens on it."""
BALANCE = 1_000
"""Test USDC in the wallet of the ready agent."""
YEAR = 365 * 86_400
CHEQUES = 5
"""Cheques of the ready agent in each day. Its limits reserve what they can come to."""


def ready_agent(
    devnet: Devnet, by: str = "principal", key: LocalAccount | None = None, salt: int | None = None
) -> Agent:
    """Creates an agent that pays the role `supplier`, asks, authorizes payments and writes cheques.

    Its wallet has 1,000 test USDC, and 1 ether for the gas of user operations.

    `by` is the role of its principal. Without a key and a salt it is another one at every call.
    """
    principal, supplier, key = devnet.role(by), devnet.role("supplier"), key or devnet.new_account()
    budget = Budget(
        currency="USD",
        payment_limit=100,
        lifetime_limit=10_000,
        windows=[Window(timedelta(days=1), 500)],
        tokens=[Token(devnet.usdc.address, decimals=6)],
        payees=[supplier.address],
    )
    mandate = Mandate(
        principal=principal.address,
        agent_key=key.address,
        valid_from=devnet.now(),
        valid_until=devnet.now() + YEAR,
        budgets=[budget],
        max_requests=3,
        max_request_age=timedelta(days=7),
        max_authorization_age=timedelta(hours=1),
        cheque_books=[ChequeBook(devnet.usdc.address, CHEQUES, limit="0.10", period=timedelta(days=1))],
        gas_terms=GasTerms(operation_limit="0.01", window_limit="0.1", window=timedelta(days=1)),
    )
    wallet, _ = devnet.create_agent(mandate, salt)
    devnet.mint(devnet.usdc, wallet.address, BALANCE)
    devnet.set_balance(wallet.address, 10**18)
    return Agent(wallet.address, key, devnet.web3)
