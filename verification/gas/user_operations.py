"""Payments as ERC-4337 user operations, compared with transfers by the EntryPoint's own `SimpleAccount`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hexbytes import HexBytes

from peculium import GasTerms, Pay
from verification.gas.bundles import Bundles, SimpleAccount
from verification.gas.setup import Rows, Setup, per_item

COUNT = 10
"""User operations in the large bundles."""


def measure_user_operations(setup: Setup) -> Rows:
    """Bundles of one and of ten operations. Each bundle is sent twice; the second is measured."""
    bundles = Bundles(setup.devnet)
    terms = GasTerms(Decimal(1), Decimal(100), timedelta(days=1))
    agents = [setup.new_agent(f"by operations {i}", gas_terms=terms) for i in range(COUNT)]
    for _, wallet in agents:
        bundles.deposit(wallet.address)
    accounts = _simple_accounts(setup, bundles)
    payment = Pay(setup.usd.address, setup.payee, 1)
    transfer = bytes(HexBytes(setup.usd.call_data("transfer", setup.payee, 10**6)))
    setup.skip_buckets(2)
    figures: Rows = {}
    for _ in range(2):
        figures["user operation: pay, second in its window"] = bundles.send(bundles.pays(agents[:1], payment))
        figures["baseline: user operation, transfer by a SimpleAccount"] = bundles.send(
            bundles.calls(accounts[:1], setup.usd.address, transfer)
        )
    for _ in range(2):
        ten_wallets = bundles.send(bundles.pays(agents, payment))
        ten_accounts = bundles.send(bundles.calls(accounts, setup.usd.address, transfer))
    one_wallet = bundles.send(bundles.pays_of_one(*agents[0], COUNT, payment))
    return figures | {
        "user operations: pays of ten wallets in one bundle, each": per_item(ten_wallets.gas_used, COUNT),
        "baseline: user operations, transfers by ten SimpleAccounts in one bundle, each": per_item(
            ten_accounts.gas_used, COUNT
        ),
        "user operations: ten pays of one wallet in one bundle, each": per_item(one_wallet.gas_used, COUNT),
    }


def _simple_accounts(setup: Setup, bundles: Bundles) -> list[SimpleAccount]:
    """Ten `SimpleAccount`s, each with a deposit at the EntryPoint and 1,000 test dollars."""
    accounts = bundles.create_simple_accounts([setup.devnet.role(f"owner {i}") for i in range(COUNT)])
    for account in accounts:
        setup.devnet.mint(setup.usd, account.address, 1_000)
    return accounts
